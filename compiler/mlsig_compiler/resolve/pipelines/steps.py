"""One step of a pipeline: what it calls and with what, or its value; what it goes through; its options.

    docs = [search(query=q) for q in plan.queries if len(q) > 0] retry 2 concurrency 8

The value of a step that calls is what the callee returns: null too after `on_error continue`, and a list of
that where it goes through a list. Its options are those of each call.
"""

from __future__ import annotations

from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve.pipelines import arguments as call_arguments
from mlsig_compiler.resolve.pipelines import callees
from mlsig_compiler.resolve.pipelines import options as step_options
from mlsig_compiler.resolve.pipelines.visible import Visible
from mlsig_compiler.resolve.scope import DEEPEST, Skip
from mlsig_compiler.resolve.types import notation
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.calls import gone_through
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS
from mlsig_compiler.typecheck.sorts import BOOL, ListOf, Sorts, sorts_of
from mlsig_compiler.walking import variables_in


class Made(NamedTuple):
    """A step, the sorts of its value, and where it says that it continues on an error."""

    step: model.Step
    sorts: Sorts
    continues: Span | None


def read(node: syntax.Step, heads: callees.Heads, visible: Visible) -> Made:
    """Return a step.

    Raises:
        Skip: Something in it is wrong, which has been reported.
    """
    each = node.value
    if not isinstance(each, syntax.Each):
        return _step(node, each, None, heads, visible)
    items = visible.read(each.items)
    typing = visible.typing
    sorts = gone_through(typing, items, typing.of(items, visible.facts))
    with visible.inside(each.variable.text, items, sorts):
        condition, inner = None, visible
        if each.condition is not None:
            condition = visible.read(each.condition)
            visible.typing.expect(condition, BOOL, "what stands after `if`", visible.facts)
            inner = visible.where(condition)
        mapped = model.Mapped(variable=each.variable.text, items=items, condition=condition)
        return _step(node, each.element, mapped, heads, inner)


def _step(
    node: syntax.Step,
    body: syntax.Expr,
    mapped: model.Mapped | None,
    heads: callees.Heads,
    visible: Visible,
) -> Made:
    called = _called(body, visible)
    said = step_options.read(node, visible.scope, called=called is not None, mapped=mapped is not None)
    given: dict[str, model.Expr] = {}
    callee = value = None
    if called is not None:
        function, call = called
        callee = callees.callee(function, call.function.span, heads, visible.scope)
        given = call_arguments.read(call, callee, visible)
        type_, sorts = callee.returns, sorts_of(callee.returns)
    else:
        value = visible.read(body)
        sorts = visible.typing.of(value, visible.facts)
        type_ = notation.type_of(value, sorts, visible.types, visible.scope)
    if said.continues and type_ is not model.ANYTHING:
        type_ = type_ if isinstance(type_, model.OptionalType) else model.OptionalType(type_)
        sorts = sorts | sorts_of(type_)
    if mapped:
        type_, sorts = model.ListType(type_), frozenset({ListOf(sorts)})
    if notation.deep(type_):
        visible.scope.report("MLS0108", node.span, f"this is nested more than {DEEPEST} levels deep")
        raise Skip
    step = model.Step(
        name=node.name.text if node.name else "",
        callee=callee.name if callee else None,
        arguments=given,
        value=value,
        mapped=mapped,
        retry=said.retry,
        timeout=said.timeout,
        on_error=said.on_error,
        concurrency=said.concurrency,
        type=type_,
        depends=_depends([*given.values(), *([value] if value else [])], mapped, visible),
        span=node.name.span if node.name else Span(node.span.start, node.span.start + len("return")),
    )
    return Made(step, sorts, said.continues)


def _called(node: syntax.Expr, visible: Visible) -> tuple[str, syntax.Apply] | None:
    """Return the name that a step calls; functions of the language are parts of expressions."""
    if not isinstance(node, syntax.Apply) or not isinstance(node.function, syntax.Reference):
        return None
    name = node.function.path[0]
    function = name in FUNCTIONS or name in OVER_ITEMS
    if name == "python" or (function and visible.scope.kind(name) is None):
        return None
    return name, node


def _depends(exprs: list[model.Expr], mapped: model.Mapped | None, visible: Visible) -> tuple[str, ...]:
    """Return the parameters and steps that a step reads, in the order in which it does."""
    read: dict[str, int] = {}
    if mapped and mapped.condition:
        exprs = [*exprs, mapped.condition]
    for expr in exprs:
        for name, reference in variables_in(expr).items():
            if mapped is None or name != mapped.variable:
                read.setdefault(name, reference.span.start)
    if mapped:
        for name, reference in variables_in(mapped.items).items():
            read.setdefault(name, reference.span.start)
    known = sorted((where, name) for name, where in read.items() if name in visible.sorts)
    return tuple(name for _, name in known)
