"""Values of unions: the first option that accepts a value has it.

    { kind: "dog", name: 3 } of Cat | Dog      reports that 3 is not a `str`, since only a Dog has that kind

When none accepts it and one option is the one that was meant, what that one says is reported; otherwise what
each of them wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.resolve import apart
from mlsig_compiler.resolve.scalars import refused
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.wording import described, shown

Read: TypeAlias = Callable[[syntax.Value, model.Type, Scope], model.Value]


class Refusal(NamedTuple):
    """An option that did not accept a value, and what it found wrong."""

    option: model.Type
    findings: tuple[Diagnostic, ...]


def union(node: syntax.Value, type_: model.UnionType, scope: Scope, read: Read) -> model.Value:
    """Return a value of the first option that accepts it.

    Raises:
        Skip: None does, which has been reported.
    """
    refusals: list[Refusal] = []
    for option in type_.options:
        found = Diagnostics(scope.source)
        before, scope.diagnostics = scope.diagnostics, found
        try:
            return read(node, option, scope)
        except Skip:
            refusals.append(Refusal(option, tuple(found)))
        finally:
            scope.diagnostics = before
    if not all(refusal.findings for refusal in refusals):
        raise Skip  # an option that is not understood may be the one
    meant = _meant(node, refusals, scope)
    if meant is not None:
        return read(node, meant, scope)
    help = "; ".join(
        f"as {described(refusal.option)}: {refusal.findings[0].message}"
        for refusal in refusals
        if isinstance(refusal.option, model.SchemaType) and isinstance(node, syntax.MapValue)
    )
    raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope, help=help)


def _meant(node: syntax.Value, refusals: Sequence[Refusal], scope: Scope) -> model.Type | None:
    """Return the option that a value was meant for, if only one is of its kind."""
    kind = _kind(node)
    near = [refusal for refusal in refusals if kind in apart.kinds(refusal.option)]
    if len(near) > 1 and isinstance(node, syntax.Reference):
        near = [refusal for refusal in near if isinstance(refusal.option, model.EnumType)]
    if len(near) > 1 and isinstance(node, syntax.MapValue):
        near = [refusal for refusal in near if not _another(node, refusal, scope)] or near
    return near[0].option if len(near) == 1 else None


def _kind(node: syntax.Value) -> str:
    match node:
        case syntax.ListValue():
            return "array"
        case syntax.MapValue():
            return "object"
        case syntax.Literal(bool()):
            return "bool"
        case syntax.Literal(int() | float()):
            return "number"
        case syntax.Literal(None):
            return "null"
        case _:
            return "string"


def _another(node: syntax.MapValue, refusal: Refusal, scope: Scope) -> bool:
    """Say whether a record is plainly not of an option: it has no such field, or another fixed value."""
    if not isinstance(refusal.option, model.SchemaType):
        return False
    fields = {field.name: field.type for field in scope.fields(refusal.option)}
    wrong = {found.span for found in refusal.findings}
    for key, value in node.entries:
        type_ = fields.get(key.text)
        fixed = isinstance(type_, model.LiteralType | model.EnumType)
        if type_ is None or (fixed and value.span in wrong):
            return True
    return False
