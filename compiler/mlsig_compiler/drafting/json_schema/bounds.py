"""The keywords that bound a value, as constraints of the language."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final, TypeGuard, cast

from mlsig_compiler import model
from mlsig_compiler.drafting.json_schema.document import Schema

COMPARED: Final = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"
)  # fmt: skip
LARGEST_INT: Final = 2**63 - 1
NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
Lost = Callable[[str, str], None]

# What a class of characters of ECMAScript means; Python's classes are those of Unicode.
ECMA_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_"}


def number(schema: Schema, kind: str, lost: Lost) -> model.Constraints:
    """Return the bounds of a number; `lost` is told of each that cannot be one."""
    low = [(schema.get("minimum"), False), (schema.get("exclusiveMinimum"), True)]
    high = [(schema.get("maximum"), False), (schema.get("exclusiveMaximum"), True)]
    # In draft 4 the exclusive words were true or false, and said how the others are meant.
    if isinstance(schema.get("exclusiveMinimum"), bool):
        low = [(schema.get("minimum"), schema["exclusiveMinimum"])]
    if isinstance(schema.get("exclusiveMaximum"), bool):
        high = [(schema.get("maximum"), schema["exclusiveMaximum"])]
    lows = [
        (bound, open_)
        for value, open_ in low
        if (bound := _bound(value, kind, math.ceil, lost, open_)) is not None
    ]
    highs = [
        (bound, open_)
        for value, open_ in high
        if (bound := _bound(value, kind, math.floor, lost, open_)) is not None
    ]
    found: dict[str, Any] = {}
    if lows:
        bound, open_ = max(lows)
        found["gt" if open_ else "ge"] = bound
    if highs:
        bound, closed = min((bound, not open_) for bound, open_ in highs)
        found["le" if closed else "lt"] = bound
    step = schema.get("multipleOf")
    if kind == "int" and isinstance(step, float) and step.is_integer():
        step = int(step)
    if step is not None and not is_number(step):
        lost("multipleOf", f"multipleOf {step!r}, which is no number")
    elif kind == "int" and isinstance(step, float):
        lost("multipleOf", f"multipleOf {step} of an integer")
    elif step is not None:
        found["multiple_of"] = step
    return model.Constraints(**found)


def _bound(value: Any, kind: str, towards: Callable[[float], int], lost: Lost, open_: bool) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        lost("minimum", f"the bound {value!r}, which is no number")
        return None
    if kind == "int" and isinstance(value, float):
        # 2.5 < x is 3 <= x; the sign stays as it is where the bound is whole.
        if not value.is_integer() and open_:
            value = math.floor(value) if towards is math.ceil else math.ceil(value)
        else:
            value = towards(value)
    if isinstance(value, int) and abs(value) > LARGEST_INT:
        if kind == "int":
            lost("minimum", f"the bound {value}, which is beyond 64 bits")
            return None
        return float(value)
    return value


def within(value: object, schema: Schema) -> bool:
    """Say whether a listed value fits the type and the bounds beside the list."""
    types = schema.get("type", [])
    kind = _KINDS.get(type(value), "object")
    known = cast("list[object]", types) if isinstance(types, list) else [types]
    if known and kind not in known and not (kind == "integer" and "number" in known):
        # 2.0 is a whole number, and null may be said elsewhere
        whole = isinstance(value, float) and value.is_integer() and "integer" in known
        nullable = value is None and schema.get("nullable") is True
        if not whole and not nullable and not (kind == "number" and "number" in known):
            return False
    if isinstance(value, str):
        return _between(len(value), schema, "minLength", "maxLength")
    if isinstance(value, int | float) and not isinstance(value, bool):
        outside = not _between(value, schema, "minimum", "maximum")
        over = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        low, high = (bound if is_number(bound) else None for bound in over)
        return not outside and (low is None or value > low) and (high is None or value < high)
    return True


def is_number(value: object) -> TypeGuard[float]:
    """Say whether a bound is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _between(value: float, schema: Schema, low: str, high: str) -> bool:
    least, most = schema.get(low), schema.get(high)
    if is_number(least) and value < least:
        return False
    return not is_number(most) or value <= most


_KINDS: Final[dict[type, str]] = {
    str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null", list: "array"
}  # fmt: skip


def lengths(schema: Schema, low: str, high: str, lost: Lost) -> dict[str, int]:
    """Return the bounds of a length."""
    found: dict[str, int] = {}
    for word, name in ((low, "min_length"), (high, "max_length")):
        value = schema.get(word)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or (value == 0 and name == "min_length"):
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_INT:
            lost(word, f"{word} {value}, which is no length")
        else:
            found[name] = value
    return found


def constraints(limits: dict[str, int], *, unique: bool = False) -> model.Constraints:
    """Return bounds of a length as constraints."""
    return model.Constraints(
        min_length=limits.get("min_length"), max_length=limits.get("max_length"), unique=unique
    )


def pattern(text: str, *, ecma: bool) -> str:
    r"""Return a pattern as the language writes it.

    ECMAScript's `\d` and `\w` are of ASCII, its groups are named by `(?<name>`; `\z` and `\Z` are `$`.
    """
    out: list[str] = []
    inside = False
    index = 0
    while index < len(text):
        char, after = text[index], text[index + 1 : index + 2]
        if char == "\\" and after:
            out.append(_escape(after, inside=inside, ecma=ecma))
            index += 2
            continue
        if char == "[" and not inside:
            inside = True
        elif char == "]" and inside:
            inside = False
        elif text.startswith("(?<", index) and not inside and re.match(r"\(\?<[A-Za-z_]", text[index:]):
            out.append("(?P<")
            index += 3
            continue
        out.append(char)
        index += 1
    return "".join(out)


def _escape(letter: str, *, inside: bool, ecma: bool) -> str:
    if letter == "/":
        return "/"
    if letter in "zZ" and not inside and not ecma:
        return "$"
    if ecma and letter in ECMA_CLASSES:
        return ECMA_CLASSES[letter] if inside else f"[{ECMA_CLASSES[letter]}]"
    if ecma and letter in "DW" and not inside:
        return f"[^{ECMA_CLASSES[letter.lower()]}]"
    return f"\\{letter}"
