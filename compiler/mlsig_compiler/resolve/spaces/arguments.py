"""The arguments of a kind of variable, sorted by what they are.

(0..2, step=0.1, log)   ->   a range, a step, and that draws are even in the logarithm

Also the mistakes that domains of every kind report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from mlsig_compiler import syntax
from mlsig_compiler.findings.nearest import correction, listed
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span

NUMERIC: Final = ("float", "int")


@dataclass(slots=True)
class Said:
    """The arguments of a kind or of a branch, sorted by what they are."""

    values: list[syntax.Value | syntax.Range]
    range: syntax.Range | None = None
    step: syntax.Literal | None = None
    weights: syntax.ListValue | None = None
    log: bool = False
    normal: syntax.Call | None = None


def wrong(span: Span, message: str, scope: Scope, code: str = "MLS0502", **more: Any) -> Skip:
    """Report what is wrong, and return what is to be raised."""
    scope.report(code, span, message, **more)
    return Skip()


def sort(kind: str, arguments: tuple[syntax.Argument, ...], scope: Scope) -> Said:
    """Return the arguments of a kind.

    Raises:
        Skip: There is one that the kind does not take, which has been reported.
    """
    said = Said([])
    numeric = kind in NUMERIC
    for name, value in arguments:
        if name is None and isinstance(value, syntax.Range):
            if not numeric or said.range is not None:
                raise wrong(value.span, f"`{kind}` takes {'one range' if numeric else 'no range'}", scope)
            said.range = value
        elif name is None and numeric and isinstance(value, syntax.Reference) and value.path == ("log",):
            said.log = True
        elif name is None and kind == "float" and _is_normal(value):
            said.normal = value
        elif name is None:
            if numeric:
                raise wrong(
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
            takes: tuple[str, ...] = ("step", "log") if numeric else () if kind == "bool" else ("weights",)
            if name.text in takes:
                needs = {"step": "a number", "weights": "a list of numbers"}.get(
                    name.text, "`true` or `false`"
                )
                raise wrong(value.span, f"`{name.text}` needs {needs}", scope)
            lead = correction(name.text, name.span, takes, f"it takes {listed(takes)}" if takes else "")
            raise wrong(name.span, f"`{kind}` takes no `{name.text}`", scope, **lead)
    return said


def _is_normal(value: syntax.Value | syntax.Range) -> TypeGuard[syntax.Call]:
    return isinstance(value, syntax.Call) and value.function.text == "normal"
