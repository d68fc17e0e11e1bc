"""Checks and transforms: what must hold of a record, and what is done to one before.

    check not_blank: len(text) > 0 "a passage needs text"
    transform text = strip(text)
    transform python("clean:normalise")

Bare names are the fields of the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.resolve import annotated, expressions
from mlsig_compiler.resolve.python import is_python, python_ref
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.typecheck import BOOL, Environment, expect, sorts_of


class Record:
    """What the expressions of a schema or signature can mention: its fields."""

    def __init__(self, owner: str, fields: Iterable[model.Field], scope: Scope) -> None:
        self.owner = owner
        self.fields = {field.name: field for field in fields}
        self.scope = scope
        self.partial = scope.partial(owner)

    @cached_property
    def names(self) -> expressions.Names:
        """What bare names are."""
        return expressions.Names.of_fields(self.fields, open=self.partial)

    @cached_property
    def environment(self) -> Environment:
        """The types of the names."""
        sorts = {field.name: sorts_of(field.type) for field in self.fields.values()}
        return expressions.environment(sorts, self.scope)


def checks(
    nodes: Iterable[syntax.Check], inherited: tuple[model.Check, ...], record: Record, scope: Scope
) -> tuple[model.Check, ...]:
    """Return checks, each with a name of its own and a condition that is true or false."""
    bases = {check.name for check in inherited}
    first: dict[str, syntax.Check] = {}
    found: list[model.Check] = []
    for node in nodes:
        annotated.read(node.annotations, "check", scope)
        name = node.name.text
        if name in bases:
            help = "checks are inherited: give this one another name"
            scope.report("MLS0310", node.name.span, f"check `{name}` is inherited already", help=help)
            continue
        earlier = first.setdefault(name, node)
        if earlier is not node:
            scope.twice(node.name, earlier.name.span, f"check `{name}`")
            continue
        try:
            condition = expressions.read(node.condition, record.names, scope)
        except Skip:
            continue
        expect(condition, BOOL, "a check", record.environment, scope.diagnostics)
        made = model.Check(
            name=name,
            condition=condition,
            message=text(node.message),
            text=scope.written(node.condition.span),
            span=node.name.span,
        )
        scope.origins.put(made, node)
        found.append(made)
    return tuple(found)


def transforms(
    nodes: Iterable[syntax.Transform], record: Record, scope: Scope
) -> tuple[model.Transform, ...]:
    """Return transforms, in their order."""
    found: list[model.Transform] = []
    for node in nodes:
        annotated.read(node.annotations, "transform", scope)
        try:
            made = _transform(node, record, scope)
        except Skip:
            continue
        scope.origins.put(made, node)
        found.append(made)
    return tuple(found)


def _transform(node: syntax.Transform, record: Record, scope: Scope) -> model.Transform:
    if node.target is None:
        if is_python(node.value):
            return model.Transform(field=None, value=python_ref(node.value, scope), span=node.span)
        help = 'write `transform text = strip(text)`, or `transform python("module:callable")` for all of it'
        scope.report("MLS0427", node.value.span, "this transform does not say which field it sets", help=help)
        raise Skip
    field = _target(node.target, record, scope)
    if is_python(node.value):
        return model.Transform(field=field.name, value=python_ref(node.value, scope), span=node.span)
    value = expressions.read(node.value, record.names, scope)
    expect(value, sorts_of(field.type), f"the new `{field.name}`", record.environment, scope.diagnostics)
    return model.Transform(field=field.name, value=value, span=node.span)


def _target(node: syntax.Expr, record: Record, scope: Scope) -> model.Field:
    if not isinstance(node, syntax.Reference) or len(node.path) != 1:
        help = f"set the whole field; `{record.owner}` has {listed(record.fields)}" if record.fields else ""
        scope.report("MLS0427", node.span, "a transform sets a field of its own schema", help=help)
        raise Skip
    name = node.path[0]
    if name in record.fields:
        return record.fields[name]
    if not record.partial:
        meant = nearest(name, record.fields)
        help = f"did you mean `{meant}`?" if meant else f"it has {listed(record.fields)}"
        fix = replacing(node.span, meant) if meant and sure(name, record.fields) else None
        message = f"`{record.owner}` has no field `{name}`"
        scope.report("MLS0414", node.span, message, help=help, fix=fix)
    raise Skip
