"""Whether what a step gives is what its taker takes: a parameter, or what the pipeline returns.

check(plan, ScalarType("str"), "`query` of tool `search`", …)
    "`query` of tool `search` is a `str`, and this is what `Plan` returns": did you mean `plan.query`?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Edit, Fix, Label
from mlsig_compiler.findings.nearest import listed
from mlsig_compiler.resolve.pipelines.visible import CONTINUES, Visible
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.types import notation
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.narrowing import name_of
from mlsig_compiler.typecheck.sorts import FLOAT, INT, NULL, ListOf, Sorts, assignable, sorts_of, unknown


@dataclass(frozen=True, slots=True)
class Offered:
    """A value that is handed over: where it is written, what it can be, and why it may be null.

    A call has no name that an expression could read, so `expr` is a reference to nothing at its place.
    """

    expr: model.Expr
    sorts: Sorts
    type: model.Type
    reason: Span | None = None


def offered(expr: model.Expr, visible: Visible) -> Offered:
    """Return the value of an expression, as it is handed over; what is wrong inside it is reported."""
    sorts = visible.typing.of(expr, visible.facts)
    type_ = notation.type_of(expr, sorts, visible.types, visible.scope)
    return Offered(expr, sorts, type_, visible.reasons.get(name_of(expr) or ""))


@dataclass(frozen=True, slots=True)
class Taker:
    """What takes a value: "`query` of tool `search`". Its type is said after `rule`; `labels` show where."""

    what: str
    rule: str
    type: model.Type
    labels: tuple[Label, ...] = ()


def check(value: Offered, taker: Taker, scope: Scope) -> None:
    """Report a value of another type than is taken."""
    sorts = sorts_of(taker.type)
    if unknown(value.sorts) or assignable(value.sorts, sorts):
        return
    rest = _without_null(value.sorts)
    if rest and assignable(rest, sorts):
        _maybe_null(value, taker, scope)
        return
    message = f"{taker.rule} {notation.written(taker.type)}, and this is {notation.written(value.type)}"
    mend = _mend(value, taker.type, scope)
    scope.report("MLS0625", value.expr.span, message, labels=taker.labels, **mend)


def _without_null(sorts: Sorts) -> Sorts:
    """Return sorts without null, in lists too."""
    return frozenset(
        ListOf(_without_null(one.items)) if isinstance(one, ListOf) else one for one in sorts - NULL
    )


def _maybe_null(value: Offered, taker: Taker, scope: Scope) -> None:
    name = name_of(value.expr)
    inside = NULL.isdisjoint(value.sorts)
    subject = f"`{name}`" if name else "this"
    subject = f"an item of {subject}" if inside else subject
    because, labels = "", taker.labels
    if value.reason:
        because = f", because {CONTINUES}"
        labels = (Label(value.reason, "so it is null when the step fails"), *labels)
    help = ""
    if name and inside:
        help = f"leave those out in a step before this one: `[x for x in {name} if x != null]`"
    elif name:
        help = f"say what to use then: `{name} if {name} != null else …`"
    message = f"{subject} may be null{because}, and {taker.what} may not"
    scope.report("MLS0460", value.expr.span, message, labels=labels, help=help)


def _mend(value: Offered, wanted: model.Type, scope: Scope) -> dict[str, Any]:
    """Return the help, and the fix where it is certain, for a value of another type."""
    expr, found = value.expr, value.type
    sorts, end = sorts_of(wanted), expr.span.end
    written = scope.written(expr.span)
    if sorts == INT and value.sorts == FLOAT:
        return {"help": f"`round({written})` makes a whole number of it"}
    if not isinstance(expr, model.Attribute | model.Index) and not name_of(expr):
        return {}
    if isinstance(found, model.SchemaType | model.OutputType):
        fields = scope.fields(found)
        fit = [field.name for field in fields if assignable(sorts_of(field.type), sorts)]
        if len(fit) == 1:
            fix = Fix("", (Edit(Span(end, end), f".{fit[0]}"),))
            return {"help": f"did you mean `{written}.{fit[0]}`?", "fix": fix}
        if fit:
            return {"help": f"did you mean one of its fields? {listed(fit)} would do"}
    if isinstance(found, model.ListType) and assignable(sorts_of(found.items), sorts):
        return {"help": f"for each of its items: `[… for x in {written}]`"}
    if isinstance(wanted, model.ListType) and assignable(sorts_of(found), sorts_of(wanted.items)):
        return {"help": f"a list of one is `[{written}]`"}
    return {}
