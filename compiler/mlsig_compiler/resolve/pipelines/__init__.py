"""Pipelines: steps in the order of their dependence, and what comes out.

    pipeline Research(question: str) -> Answer {
      plan = Plan(question=question)
      docs = search(query=plan.query) retry 2 timeout 10s
      return QA(question=question, passages=docs)
    }

A step may read the parameters and the steps above it, so steps cannot wait for each other in a circle;
pipelines that call each other can, and that is reported.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import annotated, programs
from mlsig_compiler.resolve.circles import MOST_NAMES, circles
from mlsig_compiler.resolve.pipelines import callees, fitting, steps
from mlsig_compiler.resolve.pipelines.visible import Visible, walk
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope, Skip, article
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.narrowing import name_of


def read_all(scope: Scope) -> None:
    """Read the pipelines of a file, which may call each other before they are declared."""
    heads = callees.heads(scope)
    for node in scope.of(syntax.Pipeline):
        scope.make(node, _read(node, heads, scope))
    _report_circles(scope)


def _read(node: syntax.Pipeline, heads: callees.Heads, scope: Scope) -> model.Pipeline:
    annotated.read(node.annotations, "pipeline", scope)
    head = heads[node.head.name.text]
    visible = Visible(scope, open=node.broken or head.open)
    taken: dict[str, Span] = {}
    for parameter in head.parameters:
        visible.add(parameter.name, parameter.type)
        taken[parameter.name] = parameter.span
    for member in reversed(node.members):
        if member.name and member.name.text not in taken and scope.kind(member.name.text) is None:
            visible.later[member.name.text] = member.name.span
    parameters = set(taken)
    found: list[model.Step] = []
    for member in node.members:
        annotated.read(member.annotations, "step", scope)
        name = member.name
        fresh = name is not None and _fresh(name, taken, parameters, scope)
        try:
            made = steps.read(member, heads, visible)
        except Skip:
            if fresh and name is not None:
                visible.poison(name.text)
            continue
        if name is None:
            _check_result(member, made, node, head, visible)
            found.append(made.step)
        elif fresh:
            visible.add(name.text, made.step.type, made.sorts)
            if made.continues:
                visible.reasons[name.text] = made.continues
            found.append(made.step)
    _check_returns(node, found, scope)
    metrics, objectives = programs.aims(node.aims, scope)
    whole = model.Pipeline(
        name=node.head.name.text,
        parameters=head.parameters,
        returns=head.returns,
        steps=tuple(found),
        metrics=metrics,
        objectives=objectives,
        description=text(node.head.description),
        span=node.head.name.span,
    )
    scope.origins.put(whole, node)
    return whole


def _fresh(name: syntax.Name, taken: dict[str, Span], parameters: set[str], scope: Scope) -> bool:
    """Say whether a step has a name of its own, and report it otherwise."""
    first = taken.get(name.text)
    kind = scope.kind(name.text)
    if first is None:
        taken[name.text] = name.span
    if first is not None and name.text in parameters:
        labels = scope.labels(first, "the parameter is declared here")
        message = f"`{name.text}` is already the name of a parameter"
        scope.report("MLS0310", name.span, message, labels=labels, help="give the step another name")
    elif first is not None:
        scope.twice(name, first, f"step `{name.text}`", "a step has one value: give the second another name")
    elif kind is not None:
        where = scope.where(name.text)
        message = f"`{name.text}` is already the name of {article(kind)}"
        labels = scope.labels(where, "declared here")
        scope.report("MLS0310", name.span, message, labels=labels, help="give the step another name")
    return first is None


def _check_result(
    member: syntax.Step, made: steps.Made, node: syntax.Pipeline, head: callees.Callee, visible: Visible
) -> None:
    """Report a `return` of something else than the pipeline says that it returns."""
    step, scope = made.step, visible.scope
    expr = step.value if step.mapped is None else None
    expr = expr or model.VariableRef("", member.value.span)
    labels = scope.labels(node.returns.span if node.returns else None, "said here")
    reason = made.continues or visible.reasons.get(name_of(expr) or "")
    value = fitting.Offered(expr, made.sorts, step.type, reason)
    rule = f"pipeline `{head.name}` returns"
    fitting.check(value, fitting.Taker(f"what {rule}", rule, head.returns, labels), scope)


def _check_returns(node: syntax.Pipeline, found: list[model.Step], scope: Scope) -> None:
    """Report a pipeline that does not end with its one `return`."""
    returns = [index for index, member in enumerate(node.members) if member.name is None]
    name = node.head.name
    if not returns:
        if node.broken:
            return
        last = found[-1].name if found else "…"
        scope.report(
            "MLS0626",
            name.span,
            f"pipeline `{name.text}` returns nothing",
            help=f"end it with `return {last}`",
        )
        return
    first = node.members[returns[0]]
    labels = (Label(_word(first), "the first `return`"),)
    for index in returns[1:]:
        scope.report("MLS0626", _word(node.members[index]), "a pipeline returns once", labels=labels)
    after = next((member for member in node.members[returns[0] + 1 :] if member.name is not None), None)
    if after is not None and after.name is not None:
        message = f"step `{after.name.text}` stands after `return`"
        help = "a pipeline ends with its `return`: move the step above it"
        scope.report("MLS0626", after.name.span, message, labels=labels, help=help)


def _word(member: syntax.Step) -> Span:
    return Span(member.span.start, member.span.start + len("return"))


def _report_circles(scope: Scope) -> None:
    calls = {node.head.name.text: _calls(node, scope) for node in scope.of(syntax.Pipeline)}
    for circle in circles(calls):
        names = circle[:MOST_NAMES]
        following = [*circle[1:], circle[0]]
        labels = tuple(
            Label(calls[one][other], f"`{one}` calls `{other}` here")
            for one, other in zip(names, following, strict=False)
        )
        more = ["…"] if len(circle) > MOST_NAMES else []
        message = "these pipelines call each other" if len(circle) > 1 else f"`{circle[0]}` calls itself"
        shown = " -> ".join([*names, *more, circle[0]])
        help = "a pipeline is a graph that ends: repeat inside a tool or program"
        span = scope.syntax[circle[0]].head.name.span
        scope.report("MLS0629", span, message, label=shown, labels=labels, help=help)


def _calls(node: syntax.Pipeline, scope: Scope) -> dict[str, Span]:
    """Return the pipelines of this file that a pipeline calls, each where it first does."""
    found: dict[str, Span] = {}
    for member in node.members:
        for part in walk(member.value):
            if isinstance(part, syntax.Apply) and isinstance(part.function, syntax.Reference):
                name = part.function.path[0]
                if isinstance(scope.syntax.get(name), syntax.Pipeline):
                    found.setdefault(name, part.function.span)
    return found
