"""The set of values of a variable: `float(0.0..2.0, step=0.1)`, `choice("a", "b")`, and of an arm of one.

read("int", (8..96, step=8), …) -> IntDomain(low=8, high=96, step=8)
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.spaces import options
from mlsig_compiler.resolve.spaces.arguments import NUMERIC, Said, sort, wrong
from mlsig_compiler.source import Span

KINDS: Final[tuple[model.VariableKind, ...]] = (
    "float",
    "int",
    "bool",
    "choice",
    "module",
    "provider",
    "model",
)


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
    said = sort(kind, arguments, scope)
    if kind in NUMERIC:
        if base is not None and said.range is None:
            raise wrong(span, "a branch needs a range here, such as `(0..1)`", scope)
        return _numbers(kind, said, span, scope, base)
    if kind == "bool":
        return options.bools(said, span, scope, base)
    return options.options(kind, said, span, scope)


def _numbers(kind: str, said: Said, span: Span, scope: Scope, base: model.Domain | None) -> model.Domain:
    whole = kind == "int"
    inherited = base if isinstance(base, model.FloatDomain | model.IntDomain) else None
    low: Any = 1 if whole else 0.0
    high: Any = 100 if whole else 1.0
    if said.range is not None:
        low = _number(kind, said.range.low, scope)
        high = _number(kind, said.range.high, scope)
        if low > high:
            raise wrong(
                said.range.span,
                f"the range ends below its start: {low:g} is greater than {high:g}",
                scope,
                "MLS0503",
            )
    log = said.log or bool(inherited and inherited.log)
    if log and low <= 0:
        raise wrong(span, f"a `log` range must begin above 0, and this begins at {low:g}", scope, "MLS0503")
    step: Any = inherited.step if inherited else (1 if whole else None)
    if said.step is not None:
        step = _number(kind, said.step, scope)
        if step <= 0:
            raise wrong(said.step.span, "`step` must be greater than 0", scope, "MLS0503")
        if low < high and Fraction(repr(step)) > Fraction(repr(high)) - Fraction(repr(low)):  # as written
            raise wrong(
                said.step.span, f"`step` is greater than the whole range, {high - low:g}", scope, "MLS0503"
            )
    if whole:
        return model.IntDomain(low=low, high=high, step=step, log=log)
    normal = inherited.normal if isinstance(inherited, model.FloatDomain) else None
    if said.normal is not None:
        normal = _normal(said.normal, low, high, scope)
    if log and normal:
        where = said.normal.span if said.normal else span
        raise wrong(where, "`log` and `normal` are two ways to draw: choose one", scope)
    return model.FloatDomain(low=low, high=high, step=step, log=log, normal=normal)


def _normal(node: syntax.Call, low: float, high: float, scope: Scope) -> tuple[float, float]:
    """Return the mean and the deviation of `normal(mean, deviation)`."""
    numbers = [value for name, value in node.arguments if name is None and isinstance(value, syntax.Literal)]
    if len(node.arguments) != 2 or len(numbers) != 2:
        help = "for example `normal(0.7, 0.2)`"
        raise wrong(node.span, "`normal` needs a mean and a deviation, two numbers", scope, help=help)
    mean, deviation = (_number("float", number, scope) for number in numbers)
    if not low <= mean <= high:
        help = "values are drawn around the mean, and only those of the range are kept"
        message = f"the mean is outside of the range, {low:g} to {high:g}"
        raise wrong(numbers[0].span, message, scope, "MLS0503", help=help)
    if deviation <= 0:
        raise wrong(numbers[1].span, "the deviation must be greater than 0", scope, "MLS0503")
    return mean, deviation


def _number(kind: str, node: syntax.Literal, scope: Scope) -> float | int:
    value = node.value
    if type(value) is int:
        return value if kind == "int" else float(value)
    if type(value) is float and kind == "float":
        return value
    raise wrong(
        node.span, "a whole number is needed here" if kind == "int" else "a number is needed here", scope
    )
