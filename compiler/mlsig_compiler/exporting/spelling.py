"""Values and variables of a running program, spelt as a `.mlsig` file has them."""

from __future__ import annotations

from typing import Any

from mlsig import shapes
from mlsig.spaces import Branch, FloatDomain, IntDomain, OptionsDomain, Variable
from mlsig.spaces.domains import Domain, Scalar
from mlsig.types.jsonlike import is_array, is_object

from mlsig_compiler.drafting.printing import string


def scalar(value: Scalar) -> str:
    """Return a literal."""
    if isinstance(value, str):
        return string(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def value(found: Any, shape: Any) -> str:
    """Return JSON-like data as a value of the type that `shape` describes: members of enums by name."""
    match shape:
        case shapes.Optional():
            return value(found, shape.shape)
        case shapes.Choice() if isinstance(found, str):
            return found
        case shapes.Array() if is_array(found):
            return f"[{', '.join(value(item, shape.items) for item in found)}]"
        case shapes.Mapping() if is_object(found):
            return _entries({key: (item, shape.values) for key, item in found.items()})
        case shapes.Ref():
            return value(found, shape.type.shape())
        case shapes.RecordShape() if is_object(found):
            kinds = {field.name: field.shape for field in shape.fields}
            return _entries({key: (item, kinds.get(key)) for key, item in found.items()})
        case _:
            return _plain(found)


def _plain(found: Any) -> str:
    if is_array(found):
        return f"[{', '.join(map(_plain, found))}]"
    if is_object(found):
        return _entries({str(key): (item, None) for key, item in found.items()})
    return scalar(found)


def _entries(items: dict[str, tuple[Any, Any]]) -> str:
    inner = ", ".join(f"{string(key)}: {value(item, shape)}" for key, (item, shape) in items.items())
    return f"{{ {inner} }}" if inner else "{ }"


def variable(declared: Variable, chosen: Scalar, branch: Branch | None, word: str) -> str:
    """Return the declaration of a variable whose default, in the arm that is active, is the chosen value.

    Args:
        declared: The variable.
        chosen: What it is to be.
        branch: The arm that holds now; None for its own domain.
        word: `var`, or `override var`.
    """
    kind = declared.kind
    # What is overridden keeps what is said of it.
    said = f"  {string(declared.description)}" if declared.description and word == "var" else ""
    if kind == "model":
        return f"{word} {declared.name}: model(provider) = {scalar(chosen)}{said}"
    own = declared.default if branch is not None else chosen
    # An arm that always holds leaves the own default to nobody.
    text = f"{word} {declared.name}: {kind}{_domain(declared.domain, kind)} = {_option(own, kind)}{said}"
    arms = [
        f"    {f'when {arm.text}' if arm.when is not None else 'else'}: {_domain(arm.domain, kind)} = "
        f"{_option(chosen if arm is branch else arm.default, kind)}"
        for arm in declared.branches
    ]
    return "\n".join([f"{text} {{", *arms, "  }"]) if arms else text


def _option(found: Scalar, kind: str) -> str:
    if kind in {"module", "provider"} and isinstance(found, str):
        return f"python({string(found)})" if ":" in found else found
    return scalar(found)


def _domain(domain: Domain, kind: str) -> str:
    if kind == "bool":
        return ""
    match domain:
        case FloatDomain():
            more = [f"step={domain.step!r}"] if domain.step is not None else []
            more += ["log"] if domain.log else []
            if domain.normal is not None:
                more.append(f"normal({domain.normal[0]!r}, {domain.normal[1]!r})")
            return f"({', '.join([f'{domain.low!r}..{domain.high!r}', *more])})"
        case IntDomain():
            more = [f"step={domain.step}"] if domain.step != 1 else []
            more += ["log"] if domain.log else []
            return f"({', '.join([f'{domain.low}..{domain.high}', *more])})"
        case OptionsDomain():
            options = [_option(option, kind) for option in domain.options]
            if domain.weights is not None:
                options.append(f"weights=[{', '.join(map(repr, domain.weights))}]")
            return f"({', '.join(options)})"
