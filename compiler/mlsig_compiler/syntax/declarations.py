"""Declarations, and the file that holds them.

`span` is a whole declaration, from its first word to its last character; `broken` says that a part of it
could not be read, so that nothing should be said about what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from mlsig_compiler.source import Span
from mlsig_compiler.syntax.members import (
    Annotations,
    EnumMember,
    Metric,
    Objective,
    Parameter,
    ProgramMember,
    ProviderMember,
    ResourceMember,
    SchemaMember,
    SignatureMember,
    SpaceMember,
    Step,
    Variable,
)
from mlsig_compiler.syntax.types import Type
from mlsig_compiler.syntax.values import Reference, Value
from mlsig_compiler.syntax.words import Comment, Name, Text


class Head(NamedTuple):
    """What stands before a declaration's body; `broken` when only its name could be read."""

    name: Name
    extends: Name | None
    description: Text | None
    span: Span
    broken: bool = False


class Imported(NamedTuple):
    """`Topic as T` in an import; `alias` is None where the name is kept."""

    name: Name
    alias: Name | None
    span: Span


class Import(NamedTuple):
    """`from a.b import Passage, Topic as T`."""

    module: Reference
    names: tuple[Imported, ...]
    span: Span
    annotations: Annotations = ()


class Enum(NamedTuple):
    """`enum Verdict { … }`."""

    head: Head
    members: tuple[EnumMember, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Alias(NamedTuple):
    """`type Slug = str(pattern="…")`."""

    head: Head
    type: Type
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Schema(NamedTuple):
    """`schema Passage { … }`."""

    head: Head
    members: tuple[SchemaMember, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Signature(NamedTuple):
    """`signature Answer { … }`; `instructions` is the string that begins the body.

    `string` is the text of the string form, whose fields are in `members`.
    """

    head: Head
    instructions: Text | None
    members: tuple[SignatureMember, ...]
    span: Span
    string: Text | None = None
    annotations: Annotations = ()
    broken: bool = False


class Space(NamedTuple):
    """`space Tuning { … }`."""

    head: Head
    members: tuple[SpaceMember, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Fragment(NamedTuple):
    """`var top_p: …` at the top level of a file, for spaces to include. Its head repeats the name."""

    head: Head
    variable: Variable
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Provider(NamedTuple):
    """`provider openai { … }`."""

    head: Head
    members: tuple[ProviderMember, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Tool(NamedTuple):
    """`tool search(query: str) -> list[Passage] = python("…")`."""

    head: Head
    parameters: tuple[Parameter, ...]
    returns: Type
    value: Value
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class Program(NamedTuple):
    """`program QA { … }`."""

    head: Head
    members: tuple[ProgramMember, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False


class PipelineHead(NamedTuple):
    """`pipeline Research(question: str) -> Answer`; no `returns` where it could not be read."""

    head: Head
    parameters: tuple[Parameter, ...]
    returns: Type | None


class Pipeline(NamedTuple):
    """`pipeline Research(question: str) -> Answer { … }`; `aims` are what it is judged by."""

    head: Head
    parameters: tuple[Parameter, ...]
    returns: Type | None
    members: tuple[Step, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False
    aims: tuple[Metric | Objective, ...] = ()


def apart(
    members: Iterable[Step | Metric | Objective],
) -> tuple[tuple[Step, ...], tuple[Metric | Objective, ...]]:
    """Return the steps among the members of a pipeline, and what it is judged by."""
    found = list(members)
    steps = tuple(member for member in found if isinstance(member, Step))
    return steps, tuple(member for member in found if not isinstance(member, Step))


class Resource(NamedTuple):
    """`resource Program { … }`."""

    head: Head
    members: tuple[ResourceMember, ...]
    span: Span
    annotations: Annotations = ()
    broken: bool = False


Declaration: TypeAlias = (
    Enum | Alias | Schema | Signature | Space | Fragment | Provider | Tool | Program | Pipeline | Resource
)


class File(NamedTuple):
    """A file, in its order. `broken` says that a declaration or an import could not be read at all."""

    imports: tuple[Import, ...]
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = ()
    broken: bool = False
