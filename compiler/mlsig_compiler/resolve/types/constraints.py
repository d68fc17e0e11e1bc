"""The constraints in parentheses after a type: `str(min_length=1)`, `int(1..10)`.

    read("int", (1..10), scope) -> Constraints(ge=1, le=10)

A word that the type does not take, a value of the wrong kind and constraints that nothing satisfies are
reported.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Final

from mlsig.types.checks import is_multiple

from mlsig_compiler import model, syntax
from mlsig_compiler.backtracking import danger
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import correction, listed
from mlsig_compiler.patterns import anchored
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span

BOUNDS: Final = ("ge", "gt", "le", "lt", "multiple_of")
LENGTHS: Final = ("min_length", "max_length")
TAKES: Final[dict[str, tuple[str, ...]]] = {
    "str": (*LENGTHS, "pattern"),
    "int": BOUNDS,
    "float": BOUNDS,
    "probability": BOUNDS,
    "confidence_score": BOUNDS,
    "list": (*LENGTHS, "unique"),
    "map": LENGTHS,
    "token_list": LENGTHS,
    "reasoning_chain": LENGTHS,
}
WORDS: Final = (*BOUNDS, *LENGTHS, "pattern", "unique")
NUMBERS: Final = frozenset({"int", "float", "probability", "confidence_score"})
OWN: Final = {"probability": model.Constraints(ge=0.0, le=1.0), "confidence_score": model.Constraints(ge=0.0)}


def read(name: str, node: syntax.TypeName, scope: Scope, distinct: int | None = None) -> model.Constraints:
    """Return the constraints of a type; `distinct` is how many different items a list can have, if few."""
    if name in NUMBERS and _two_numbers(node, scope):
        return OWN.get(name, model.Constraints())
    given: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    for argument in node.arguments:
        where = argument.name.span if argument.name else argument.value.span
        for key, value in _said(name, argument, where, scope).items():
            if key in given:
                scope.report(
                    "MLS0407", where, f"`{key}` is said twice", labels=(Label(spans[key], "first said here"),)
                )
                continue
            given[key] = value
            spans[key] = where
    own = OWN.get(name, model.Constraints())
    merged = _merged(own, given)
    problem = contradiction(name, merged, distinct) or _outside(name, own, given)
    if problem and given:
        scope.report("MLS0403", node.span, problem)
        return own
    return merged


def _two_numbers(node: syntax.TypeName, scope: Scope) -> bool:
    """Report a range that is written as two arguments, `int(1, 10)`, and say whether it is."""
    values = [value for word, value in node.arguments if word is None and isinstance(value, syntax.Literal)]
    if len(values) != len(node.arguments) or len(values) != 2:
        return False
    low, high = (scope.written(value.span) for value in values)
    span = Span(values[0].span.start, values[1].span.end)
    fix = replacing(span, f"{low}..{high}")
    help = f"write `{low}..{high}`"
    scope.report("MLS0405", span, "a range is written with two dots", help=help, fix=fix)
    return True


def _said(name: str, argument: syntax.Argument, where: Span, scope: Scope) -> dict[str, Any]:
    """Return what one argument says, nothing when it is wrong, which is reported."""
    word, value = argument
    if word is None and isinstance(value, syntax.Range):
        return _range(name, value, scope)
    if word is not None:
        said, found = word.text, None
    elif isinstance(value, syntax.Reference) and value.path == ("unique",):
        said, found = "unique", True
    else:
        help = f"it takes {listed(TAKES[name])}" if name in TAKES else f"write `{name}` alone"
        message = f"`{name}` takes no {'such argument' if name in TAKES else 'arguments'}"
        scope.report("MLS0405", where, message, help=help)
        return {}
    if said not in TAKES.get(name, ()):
        _refused(name, said, where, scope)
        return {}
    if found is None:
        found = _constraint_value(name, said, value, scope)
    return {} if found is None else {said: found}


def _range(name: str, node: syntax.Range, scope: Scope) -> dict[str, Any]:
    if name in NUMBERS:
        bounds = {"ge": _number(name, node.low, scope), "le": _number(name, node.high, scope)}
        return {key: bound for key, bound in bounds.items() if bound is not None}
    takes_lengths = "min_length" in TAKES.get(name, ())
    help = "to bound the length write `min_length=…, max_length=…`" if takes_lengths else ""
    scope.report("MLS0405", node.span, f"`{name}` has no range", help=help)
    return {}


def _refused(name: str, word: str, where: Span, scope: Scope) -> None:
    takes = TAKES.get(name, ())
    help = f"`{name}` takes {listed(takes)}" if takes else f"`{name}` takes no constraints"
    if word in BOUNDS and "min_length" in takes:
        help = "to bound the length write `min_length` or `max_length`"
    lead = correction(word, where, takes, help)
    scope.report("MLS0405", where, f"`{name}` has no constraint `{word}`", **lead)


def _constraint_value(name: str, word: str, value: syntax.Value | syntax.Range, scope: Scope) -> Any:
    """Return the value of `word=value`, or None when it is of the wrong kind, which is reported."""
    if not isinstance(value, syntax.Literal):
        scope.report("MLS0401", value.span, f"`{word}` needs {_needs(name, word)}")
        return None
    if word in BOUNDS:
        number = _number(name, value, scope)
        if word == "multiple_of" and number is not None and number <= 0:
            scope.report("MLS0401", value.span, "`multiple_of` must be greater than 0")
            return None
        return number
    if word in LENGTHS and type(value.value) is int and value.value >= 0:
        return value.value
    if word == "unique" and type(value.value) is bool:
        return value.value
    if word == "pattern" and isinstance(value.value, str):
        return pattern_of(value.value, value.span, scope)
    scope.report("MLS0401", value.span, f"`{word}` needs {_needs(name, word)}")
    return None


def _needs(name: str, word: str) -> str:
    if word in BOUNDS:
        return "a whole number" if name == "int" else "a number"
    return {"pattern": "a string", "unique": "`true` or `false`"}.get(word, "a whole number, 0 or more")


def _number(name: str, value: syntax.Literal, scope: Scope) -> int | float | None:
    number = value.value
    if type(number) is int:
        return number if name == "int" else float(number)
    if type(number) is float and name != "int":
        return number
    needs = "a whole number" if name == "int" else "a number"
    scope.report("MLS0401", value.span, f"a bound of `{name}` must be {needs}")
    return None


def pattern_of(pattern: str, span: Span, scope: Scope) -> str | None:
    """Return a pattern that is a regular expression, and a quick one; another is reported."""
    try:
        re.compile(anchored(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        scope.report("MLS0406", span, f"this is not a regular expression: {error}")
        return None
    problem = danger(anchored(pattern))
    if problem:
        scope.report("MLS0408", span, f"this pattern could take very long: {problem}")
        return None
    return pattern


def _merged(own: model.Constraints, given: dict[str, Any]) -> model.Constraints:
    """Return a type's own constraints, with given ones in their place: one lower and one upper bound."""
    if "gt" in given and "ge" not in given:
        own = replace(own, ge=None)
    if "lt" in given and "le" not in given:
        own = replace(own, le=None)
    return replace(own, **given)


def _outside(name: str, own: model.Constraints, given: dict[str, Any]) -> str:
    """Say how given bounds are wider than the type's own."""
    low = given.get("ge", given.get("gt"))
    high = given.get("le", given.get("lt"))
    for bound in (low, high):
        if bound is None:
            continue
        if (own.ge is not None and bound < own.ge) or (own.le is not None and bound > own.le):
            allowed = "from 0 to 1" if own.le is not None else "0 or more"
            return f"a `{name}` is {allowed}, and {bound:g} is outside"
    return ""


def contradiction(name: str, c: model.Constraints, distinct: int | None = None) -> str:
    """Say why nothing satisfies these constraints, or nothing."""
    if c.ge is not None and c.gt is not None:
        return "`ge` and `gt` are both lower bounds: say one"
    if c.le is not None and c.lt is not None:
        return "`le` and `lt` are both upper bounds: say one"
    if c.min_length is not None and c.max_length is not None and c.min_length > c.max_length:
        return f"no length is at least {c.min_length} and at most {c.max_length}"
    if c.unique and distinct is not None and (c.min_length or 0) > distinct:
        return f"a list of {c.min_length} different items is asked for, and there are only {distinct}"
    low = c.ge if c.ge is not None else c.gt
    high = c.le if c.le is not None else c.lt
    if low is None or high is None:
        return ""
    above = "at least" if c.ge is not None else "more than"
    below = "at most" if c.le is not None else "less than"
    shown = f"{above} {low:g} and {below} {high:g}"
    if low > high or (low == high and (c.gt is not None or c.lt is not None)):
        return f"no number is {shown}"
    if name == "int" and _first_int(c, low) > high - (c.lt is not None):
        return f"no whole number is {shown}" + (
            f" and a multiple of {c.multiple_of}" if c.multiple_of else ""
        )
    if c.multiple_of and name != "int":
        first = math.ceil(low / c.multiple_of) * c.multiple_of
        if first > high and not is_multiple(high, c.multiple_of):
            return f"no multiple of {c.multiple_of:g} is {shown}"
    return ""


def _first_int(c: model.Constraints, low: float | int) -> int:
    """Return the smallest whole number above the lower bound that is a multiple of `multiple_of`."""
    least = int(low) + (c.gt is not None)
    step = int(c.multiple_of or 1)
    return -(-least // step) * step
