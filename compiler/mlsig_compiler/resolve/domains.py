"""The set of values of a variable: `float(0.0..2.0, step=0.1)`, `choice("a", "b")`, and of an arm of one.

read("int", (8..96, step=8), …) -> IntDomain(low=8, high=96, step=8)
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from mlsig.spaces.grids import float_grid

from mlsig_compiler import model, syntax
from mlsig_compiler.nearest import listed, suggestion
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span

MODULES: Final = ("Chat", "JSON", "Predict", "ChainOfThought")
MODULES_NOT_YET: Final = ("Markdown", "ProgramOfThought", "ReAct")
NUMERIC: Final = ("float", "int")
KINDS: Final[tuple[model.VariableKind, ...]] = (
    "float",
    "int",
    "bool",
    "choice",
    "module",
    "provider",
    "model",
)


@dataclass(slots=True)
class Said:
    """The arguments of a kind or of a branch, sorted by what they are."""

    values: list[syntax.Value | syntax.Range]
    range: syntax.Range | None = None
    step: syntax.Literal | None = None
    weights: syntax.ListValue | None = None
    log: bool = False


def read(
    kind: model.VariableKind,
    arguments: tuple[syntax.Argument, ...],
    span: Span,
    scope: Scope,
    base: model.Domain | None = None,
) -> model.Domain:
    """Return the domain that arguments describe; an arm inherits `step` and `log` from its variable's `base`.

    Raises:
        Skip: They describe none, which has been reported.
    """
    said = _sort(kind, arguments, scope)
    if kind in NUMERIC:
        if base is not None and said.range is None:
            raise _wrong(span, "a branch needs a range here, such as `(0..1)`", scope)
        return _numbers(kind, said, span, scope, base)
    if kind == "bool":
        return _bools(said, span, scope, base)
    return _options(kind, said, span, scope)


def _wrong(span: Span, message: str, scope: Scope, code: str = "MLS0502", **more: Any) -> Skip:
    scope.report(code, span, message, **more)
    return Skip()


def _sort(kind: str, arguments: tuple[syntax.Argument, ...], scope: Scope) -> Said:
    said = Said([])
    numeric = kind in NUMERIC
    for name, value in arguments:
        if name is None and isinstance(value, syntax.Range):
            if not numeric or said.range is not None:
                raise _wrong(value.span, f"`{kind}` takes {'one range' if numeric else 'no range'}", scope)
            said.range = value
        elif name is None and numeric and isinstance(value, syntax.Reference) and value.path == ("log",):
            said.log = True
        elif name is None:
            if numeric:
                raise _wrong(
                    value.span,
                    f"`{kind}` takes a range, such as `{kind}(0..8)`, and no list of values",
                    scope,
                )
            said.values.append(value)
        elif numeric and name.text == "step" and isinstance(value, syntax.Literal):
            said.step = value
        elif (
            numeric and name.text == "log" and isinstance(value, syntax.Literal) and type(value.value) is bool
        ):
            said.log = value.value
        elif (
            not numeric and kind != "bool" and name.text == "weights" and isinstance(value, syntax.ListValue)
        ):
            said.weights = value
        else:
            takes = ("step", "log") if numeric else () if kind == "bool" else ("weights",)
            if name.text in takes:
                needs = {"step": "a number", "weights": "a list of numbers"}.get(
                    name.text, "`true` or `false`"
                )
                raise _wrong(value.span, f"`{name.text}` needs {needs}", scope)
            help = suggestion(name.text, takes) or (f"it takes {listed(takes)}" if takes else "")
            raise _wrong(name.span, f"`{kind}` takes no `{name.text}`", scope, help=help)
    return said


def _numbers(kind: str, said: Said, span: Span, scope: Scope, base: model.Domain | None) -> model.Domain:
    whole = kind == "int"
    inherited = base if isinstance(base, model.FloatDomain | model.IntDomain) else None
    low: Any = 1 if whole else 0.0
    high: Any = 100 if whole else 1.0
    if said.range is not None:
        low = _number(kind, said.range.low, scope)
        high = _number(kind, said.range.high, scope)
        if low > high:
            raise _wrong(
                said.range.span,
                f"the range ends below its start: {low:g} is greater than {high:g}",
                scope,
                "MLS0503",
            )
    log = said.log or bool(inherited and inherited.log)
    if log and low <= 0:
        raise _wrong(span, f"a `log` range must begin above 0, and this begins at {low:g}", scope, "MLS0503")
    step: Any = inherited.step if inherited else (1 if whole else None)
    if said.step is not None:
        step = _number(kind, said.step, scope)
        if step <= 0:
            raise _wrong(said.step.span, "`step` must be greater than 0", scope, "MLS0503")
        if step > high - low > 0:
            raise _wrong(
                said.step.span, f"`step` is greater than the whole range, {high - low:g}", scope, "MLS0503"
            )
    if whole:
        return model.IntDomain(low=low, high=high, step=step, log=log)
    return model.FloatDomain(low=low, high=high, step=step, log=log)


def _number(kind: str, node: syntax.Literal, scope: Scope) -> float | int:
    value = node.value
    if type(value) is int:
        return value if kind == "int" else float(value)
    if type(value) is float and kind == "float":
        return value
    raise _wrong(
        node.span, "a whole number is needed here" if kind == "int" else "a number is needed here", scope
    )


def _bools(said: Said, span: Span, scope: Scope, base: model.Domain | None) -> model.Domain:
    if base is None and said.values:
        raise _wrong(span, "`bool` takes no arguments", scope)
    if base is None:
        return model.OptionsDomain(options=(False, True))
    options = [_scalar_option("bool", node, scope) for node in said.values]
    if not options:
        raise _wrong(span, "a branch needs options here, such as `(true)`", scope)
    return model.OptionsDomain(options=tuple(options))


def _options(kind: str, said: Said, span: Span, scope: Scope) -> model.Domain:
    options: list[model.Scalar] = []
    skipped = False
    for node in said.values:
        try:
            option = _scalar_option(kind, node, scope)
        except Skip:
            skipped = True
            continue
        if any(type(other) is type(option) and other == option for other in options):
            scope.report("MLS0515", node.span, "this option is listed twice")
            continue
        options.append(option)
    if skipped:
        raise Skip
    if not options:
        if kind == "provider" and scope.providers and not said.values:
            options.extend(scope.providers)
        elif kind == "provider" and (scope.open or scope.poisoned):
            raise Skip
        else:
            raise _wrong(span, f"`{kind}` needs at least one option", scope, help=_example(kind))
    return model.OptionsDomain(options=tuple(options), weights=_weights(said, len(said.values), scope))


def _example(kind: str) -> str:
    return {
        "choice": 'for example `choice("terse", "friendly")`',
        "module": "for example `module(Chat, JSON)`",
        "provider": "declare a `provider` in this file, and name it here",
    }.get(kind, "")


def _scalar_option(kind: str, node: syntax.Value | syntax.Range, scope: Scope) -> model.Scalar:
    if isinstance(node, syntax.Literal) and kind == "choice":
        return node.value
    if isinstance(node, syntax.Literal) and kind == "bool" and type(node.value) is bool:
        return node.value
    if isinstance(node, syntax.Literal) and kind == "model" and isinstance(node.value, str):
        return node.value
    if not isinstance(node, syntax.Reference) or len(node.path) != 1 or kind in ("choice", "bool", "model"):
        needs = {
            "choice": "a string, number, `true`, `false` or `null`",
            "bool": "`true` or `false`",
            "model": "a string",
        }
        help = (
            f'write "{node.path[0]}", with quotes'
            if isinstance(node, syntax.Reference) and kind == "choice"
            else ""
        )
        if isinstance(node, syntax.Literal) and isinstance(node.value, str):
            help = f"write `{node.value}`, without quotes"
        raise _wrong(node.span, f"an option of `{kind}` is {needs.get(kind, 'a name')}", scope, help=help)
    name = node.path[0]
    if kind == "module":
        _known_module(name, node.span, scope)
    elif name not in scope.providers:
        scope.wrong_kind(name, node.span, "provider")
        raise Skip
    return name


def _known_module(name: str, span: Span, scope: Scope) -> None:
    if name in MODULES:
        return
    if name in MODULES_NOT_YET:
        scope.report("MLS0190", span, f"`{name}` is not supported yet")
        raise Skip
    if name in scope.poisoned:
        raise Skip
    help = suggestion(name, MODULES) or f"there are {listed(MODULES)}"
    raise _wrong(span, f"there is no module `{name}`", scope, "MLS0513", help=help)


def _weights(said: Said, count: int, scope: Scope) -> tuple[float, ...] | None:
    if said.weights is None:
        return None
    found: list[float] = []
    for item in said.weights.items:
        value = item.value if isinstance(item, syntax.Literal) else None
        if type(value) not in (int, float) or float(value or 0) < 0:
            raise _wrong(item.span, "a weight is a number, 0 or more", scope)
        found.append(float(value or 0))
    if len(found) != count:
        raise _wrong(said.weights.span, f"there are {len(found)} weights for {count} options", scope)
    if not math.fsum(found) > 0:
        raise _wrong(said.weights.span, "at least one weight must be greater than 0", scope)
    return tuple(found)


# What a domain contains


def default_of(domain: model.Domain) -> model.Scalar:
    """Return the default when nothing is said: the first option, the least int, the middle of a float."""
    if isinstance(domain, model.OptionsDomain):
        return domain.options[0]
    if isinstance(domain, model.IntDomain):
        return domain.low
    middle = (
        math.sqrt(domain.low) * math.sqrt(domain.high) if domain.log else domain.low / 2 + domain.high / 2
    )
    if domain.step is None:
        return min(max(middle, domain.low), domain.high)
    grid = float_grid(domain.low, domain.high, domain.step)
    return grid.at(grid.nearest(middle))


def refusal(value: model.Scalar, domain: model.Domain) -> str:
    """Say why a domain does not contain a value, or nothing; `off_grid` looks at the steps."""
    if isinstance(domain, model.OptionsDomain):
        if any(type(option) is type(value) and option == value for option in domain.options):
            return ""
        return f"not one of {options_text(domain)}"
    whole = isinstance(domain, model.IntDomain)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (whole and not isinstance(value, int))
    ):
        return "not a whole number" if whole else "not a number"
    if value < domain.low:
        return f"less than {domain.low:g}"
    return f"greater than {domain.high:g}" if value > domain.high else ""


def off_grid(
    value: float | int, domain: model.FloatDomain | model.IntDomain
) -> tuple[float | int, float | int] | None:
    """Return the values on the step grid below and above a value of the range that is not on it."""
    if domain.step is None:
        return None
    if isinstance(domain, model.IntDomain):
        rest = (int(value) - domain.low) % domain.step
        below: float | int = int(value) - rest
        above = below + domain.step
        return (below, above if above <= domain.high else below) if rest else None
    grid = float_grid(domain.low, domain.high, domain.step)
    near = grid.nearest(float(value))
    if grid.at(near) == value:
        return None
    near -= grid.at(near) > value
    return grid.at(near), grid.at(min(near + 1, grid.size - 1))


def contains(value: model.Scalar, domain: model.Domain) -> bool:
    """Say whether a domain has a value: in its range, and on its steps."""
    if refusal(value, domain):
        return False
    if isinstance(domain, model.OptionsDomain) or not isinstance(value, int | float):
        return True
    return off_grid(value, domain) is None


def options_text(domain: model.OptionsDomain) -> str:
    """Return the options for a message."""
    shown = [json.dumps(option, ensure_ascii=False) for option in domain.options[:8]]
    return ", ".join(shown) + (", …" if len(domain.options) > len(shown) else "")
