"""MLS0710: something that is marked `@deprecated`, used.

A declaration where another one mentions it; a member of an enum as `Enum.member` and as a default; a field in
the checks, transforms and examples of its own record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.lint.run import Home, Run, Subject
from mlsig_compiler.lint.types import parts
from mlsig_compiler.lint.words import words
from mlsig_compiler.source import Span


class Use(NamedTuple):
    """A place that mentions something deprecated."""

    span: Span
    what: str
    instead: str


def deprecated(subject: Subject, run: Run) -> None:
    """Report the uses of what is deprecated."""
    for use in (*_mentions(subject, run), *_defaults(subject, run), *_in_records(subject)):
        subject.report("MLS0710", use.span, f"{use.what} is deprecated", help=use.instead)


def _mentions(subject: Subject, run: Run) -> Iterator[Use]:
    for owner, mentioned in subject.words.items():
        for word in mentioned:
            home = subject.home(word.text)
            node = run.declarations.get(home) if home and word.text != owner else None
            if node is None:
                continue
            instead = getattr(node, "deprecated", None)
            if instead is not None:
                yield Use(word.span, f"`{word.text}`", instead)
            elif isinstance(node, model.Enum) and word.rest:
                yield from _member(node, word.rest[0], word.span)


def _defaults(subject: Subject, run: Run) -> Iterator[Use]:
    """Yield the bare members of enums that are defaults of fields."""
    nodes = subject.nodes
    for declaration in subject.module.declarations:
        written = nodes[declaration.name]
        if not isinstance(written, syntax.Schema | syntax.Signature):
            continue
        types = {field.name: field.type for field in _fields(declaration)}
        for member in written.members:
            default = member.default if isinstance(member, syntax.Field) else None
            if not isinstance(member, syntax.Field) or not isinstance(default, syntax.Reference):
                continue
            name, *more = default.path
            for part in parts(types[member.name.text]):
                if isinstance(part, model.EnumType) and not more:
                    node = run.declarations.get(Home(part.module, part.name))
                    if isinstance(node, model.Enum):
                        yield from _member(node, name, default.span)


def _in_records(subject: Subject) -> Iterator[Use]:
    """Yield the fields that checks, transforms and examples of their record mention."""
    for declaration in subject.module.declarations:
        old = {field.name: field.deprecated for field in _fields(declaration) if field.deprecated is not None}
        written = subject.nodes[declaration.name]
        if not old or not isinstance(written, syntax.Schema | syntax.Signature):
            continue
        for member in written.members:
            for name, span in _named(member):
                if name in old:
                    yield Use(span, f"`{name}`", old[name])


def _named(member: syntax.SchemaMember | syntax.SignatureMember) -> Iterator[tuple[str, Span]]:
    match member:
        case syntax.Check() | syntax.Transform():
            yield from ((word.text, word.span) for word in words(member))
        case syntax.Example():
            yield from (entry.key for entry in member.row.entries)
        case _:
            return


def _fields(node: model.Declaration) -> tuple[model.Field, ...]:
    if isinstance(node, model.Signature):
        return (*node.inputs, *node.outputs)
    return node.fields if isinstance(node, model.Schema) else ()


def _member(enum: model.Enum, name: str, span: Span) -> Iterator[Use]:
    for member in enum.members:
        if member.name == name and member.deprecated is not None:
            yield Use(span, f"`{enum.name}.{name}`", member.deprecated)
