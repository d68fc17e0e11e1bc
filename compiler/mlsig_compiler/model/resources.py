"""Resources: what is stored, how it hangs together, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from mlsig_compiler.model.expressions import Expr
from mlsig_compiler.model.python import PythonRef
from mlsig_compiler.model.records import Field
from mlsig_compiler.model.types import ListType, OptionalType, ResourceType, ScalarType, Type
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """`draft -> active | archived`, members of the attribute's enum."""

    source: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute; with `transitions`, only those changes of its value are allowed."""

    field: Field
    transitions: tuple[Transition, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BelongsTo:
    """`belongs_to space: VariableSpace?`: one of another resource, or none where it is optional."""

    name: str
    resource: str
    module: str
    optional: bool = False
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class HasMany:
    """`has_many runs: OptimizationRun(on_delete=restrict)`: those whose `inverse` names this one."""

    name: str
    resource: str
    module: str
    inverse: str
    on_delete: Literal["restrict", "cascade", "nullify"] = "restrict"
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """`calculate optimization_count: int = len(runs)`."""

    name: str
    type: Type
    value: Expr | PythonRef
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`action execute(inputs: json) -> Execution = python("…")`; `returns` is None for nothing.

    It may be a resource, or a list of them.
    """

    name: str
    parameters: tuple[Field, ...]
    returns: Type | None
    python: PythonRef
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """`before update = python("…")`."""

    moment: Literal["before", "after"]
    event: Literal["create", "update", "delete"]
    python: PythonRef
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """`resource Program { … }`."""

    name: str
    attributes: tuple[Attribute, ...]
    belongs_to: tuple[BelongsTo, ...] = ()
    has_many: tuple[HasMany, ...] = ()
    calculations: tuple[Calculation, ...] = ()
    actions: tuple[Action, ...] = ()
    hooks: tuple[Hook, ...] = ()
    description: str = ""
    span: Span

    @property
    def fields(self) -> tuple[Field, ...]:
        """What an expression may read of it: what every resource has, and all of its own but actions."""
        return (
            *BUILT_IN,
            *(attribute.field for attribute in self.attributes),
            *(
                Field(name=one.name, type=related(one.resource, one.module, one.optional), span=one.span)
                for one in self.belongs_to
            ),
            *(
                Field(name=one.name, type=ListType(ResourceType(one.resource, one.module)), span=one.span)
                for one in self.has_many
            ),
            *(Field(name=one.name, type=one.type, span=one.span) for one in self.calculations),
        )


NOWHERE: Final = Span(0, 0)
BUILT_IN: Final = (
    Field(name="id", type=ScalarType("str"), description="a UUID, version 7", span=NOWHERE),
    Field(name="created_at", type=ScalarType("datetime"), span=NOWHERE),
    Field(name="updated_at", type=ScalarType("datetime"), span=NOWHERE),
    Field(name="version", type=ScalarType("int"), description="how often it was written", span=NOWHERE),
)


def related(name: str, module: str, optional: bool) -> Type:
    """Return the type of what a `belongs_to` stands for."""
    one = ResourceType(name, module)
    return OptionalType(one) if optional else one
