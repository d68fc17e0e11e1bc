"""What a resource declares, as data: `Project.declaration()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from mlsig import shapes
from mlsig.resources.nodes import Node

if TYPE_CHECKING:
    from mlsig.resources.resource import Resource


class Attribute(Struct, frozen=True, kw_only=True):
    """A stored value.

    Attributes:
        transitions: What each value can become; None where it changes freely.
        variable: Whether it is one that optimisers vary (`@variable`).
    """

    name: str
    shape: shapes.Shape
    default: Callable[[], Any] | None = None
    description: str = ""
    transitions: dict[str, tuple[str, ...]] | None = None
    variable: bool = False


class BelongsTo(Struct, frozen=True, kw_only=True):
    """One of another resource; its id is stored in the column `<name>_id`."""

    name: str
    resource: type[Resource]
    optional: bool = False
    description: str = ""

    @property
    def column(self) -> str:
        """The name of the field that holds the id."""
        return f"{self.name}_id"


class HasMany(Struct, frozen=True, kw_only=True):
    """Those of another resource whose `inverse` is this one, and what becomes of them when it is deleted."""

    name: str
    resource: type[Resource]
    inverse: str
    on_delete: Literal["restrict", "cascade", "nullify"] = "restrict"
    description: str = ""


class Calculation(Struct, frozen=True, kw_only=True):
    """A value that is worked out when asked for: by an expression, or by a function of the user's.

    `load` imports the function, which is called with the session and the row.
    """

    name: str
    shape: shapes.Shape
    value: Node | None = None
    load: Callable[[], Callable[[Any, Any], Any]] | None = None
    description: str = ""


class Action(Struct, frozen=True, kw_only=True):
    """What can be done with one; `load` imports what is called with the session, the row and the arguments.

    `returns` is a shape, a resource, or None for nothing; `many` says that it is a list of the resource.
    """

    name: str
    parameters: tuple[shapes.Field, ...]
    load: Callable[[], Callable[..., Any]]
    returns: shapes.Shape | type[Resource] | None = None
    many: bool = False
    optional: bool = False
    description: str = ""


class Hook(Struct, frozen=True):
    """What is called with the session and a `Change`, before or after it is written; `load` imports it."""

    moment: Literal["before", "after"]
    event: Literal["create", "update", "delete"]
    load: Callable[[], Callable[[Any, Any], object]]


class Declaration(Struct, frozen=True, kw_only=True):
    """A resource, for code that stores, describes or compares resources."""

    name: str
    description: str = ""
    attributes: tuple[Attribute, ...] = ()
    belongs_to: tuple[BelongsTo, ...] = ()
    has_many: tuple[HasMany, ...] = ()
    calculations: tuple[Calculation, ...] = ()
    actions: tuple[Action, ...] = ()
    hooks: tuple[Hook, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the attributes that optimisers vary; `Project.variables()` is the space of them."""
        return tuple(attribute.name for attribute in self.attributes if attribute.variable)

    def configuration(self, row: Resource) -> dict[str, Any]:
        """Return what a row has of these attributes: a configuration of that space."""
        return {name: getattr(row, name) for name in self.variables}

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute, or None where there is none of that name."""
        return next((one for one in self.attributes if one.name == name), None)

    def calculation(self, name: str) -> Calculation | None:
        """Return a calculation, or None where there is none of that name."""
        return next((one for one in self.calculations if one.name == name), None)

    def owner(self, name: str) -> BelongsTo | None:
        """Return a `belongs_to`, or None where there is none of that name."""
        return next((one for one in self.belongs_to if one.name == name), None)

    def items(self, name: str) -> HasMany | None:
        """Return a `has_many`, or None where there is none of that name."""
        return next((one for one in self.has_many if one.name == name), None)
