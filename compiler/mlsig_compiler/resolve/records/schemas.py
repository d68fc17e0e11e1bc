"""Schemas: fields, transforms, checks and variables, those of the base first."""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import annotated
from mlsig_compiler.resolve.records import extending, fields, tunes
from mlsig_compiler.resolve.records.checks import Record, checks, transforms
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope


def schema(node: syntax.Schema, scope: Scope) -> model.Schema:
    """Return a schema, the types of its fields having been read already."""
    head = node.head
    said = annotated.read(node.annotations, "schema", scope)
    base = extending.base_of(node, scope)
    if not isinstance(base, model.Schema):
        base = model.Schema(name="", fields=(), span=head.span)
    inherited = extending.here(base.fields, node, scope)
    every = (*inherited, *fields.with_defaults(scope.pairs[head.name.text], scope))
    record = Record(head.name.text, every, scope)
    members = node.members
    own_transforms = transforms((m for m in members if isinstance(m, syntax.Transform)), record, scope)
    own_checks = checks((m for m in members if isinstance(m, syntax.Check)), base.checks, record, scope)
    return model.Schema(
        name=head.name.text,
        fields=every,
        transforms=(*base.transforms, *own_transforms),
        checks=(*base.checks, *own_checks),
        tunes=tunes.read(node, every, base.tunes, scope),
        extends=scope.bases.get(head.name.text),
        open=said.open or base.open,
        description=text(head.description),
        deprecated=said.deprecated,
        span=head.name.span,
    )
