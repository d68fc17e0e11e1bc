"""Resources: what is stored, how it hangs together, and what may be done with it."""

from __future__ import annotations

from typing import Literal

from mlsig_compiler.ir.node import Node, Placed
from mlsig_compiler.ir.python import PythonRef
from mlsig_compiler.ir.records import Field, Given
from mlsig_compiler.ir.types import Type


class Transition(Node):
    """From one member of the attribute's enum to others."""

    source: str
    targets: tuple[str, ...]


class ResourceAttribute(Node):
    """What is stored of a resource."""

    field: Field
    transitions: tuple[Transition, ...] | None = None
    """The only changes of its value that are allowed; absent: all are."""


class BelongsTo(Placed):
    """One of another resource, or none where it is optional."""

    name: str
    resource: str
    """The name of the other resource where it is declared."""
    module: str
    """The module that declares it."""
    optional: bool
    description: str


class HasMany(Placed):
    """Those of another resource that belong to this one."""

    name: str
    resource: str
    """The name of the other resource where it is declared."""
    module: str
    """The module that declares it."""
    inverse: str
    """The `belongs_to` of the other resource that names this one."""
    on_delete: Literal["restrict", "cascade", "nullify"]
    """What becomes of them when this one is deleted."""
    description: str


class Calculation(Placed):
    """A value that is computed when it is asked for."""

    name: str
    type: Type
    value: Given
    description: str


class Action(Placed):
    """What may be done with a resource, in Python."""

    name: str
    parameters: tuple[Field, ...]
    returns: Type | None = None
    """A type, a resource or a list of them; absent: nothing."""
    python: PythonRef
    description: str


class Hook(Placed):
    """Python that is called before or after something happens to a resource."""

    moment: Literal["before", "after"]
    event: Literal["create", "update", "delete"]
    python: PythonRef


class Resource(Placed):
    """Something that is stored."""

    kind: Literal["resource"]
    name: str
    attributes: tuple[ResourceAttribute, ...]
    belongs_to: tuple[BelongsTo, ...]
    has_many: tuple[HasMany, ...]
    calculations: tuple[Calculation, ...]
    actions: tuple[Action, ...]
    hooks: tuple[Hook, ...]
    description: str
