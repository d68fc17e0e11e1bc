"""How methods of a resource are spelled inside of its class: its session, its parameters, its results.

    Spelling(resource, types, names).method("touch", [], Atom("None"), "Do it.", ("…",))

A user may call an attribute `session`, `list` or `str`: names that its members hide are spelled otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.literals import docstring, identifier
from mlsig_compiler.model.resources import BUILT_IN
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Prefixed, Suffixed, lay
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.types import Types, annotation
from mlsig_compiler.plan.values import expression, shareable

_METHODS: Final = frozenset(
    {"create", "get", "list", "update", "delete", "declaration", "Fields", "Variables", "variables"}
)
WIDE: Final = -100_000
"""Added to the width: everything stands on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodUnit:
    """A method. `body` are statements, whose further lines are indented already."""

    decorator: str
    head: str
    doc: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolUnit:
    """What a function of the user's is called like."""

    name: str
    base: str
    doc: str
    head: str
    call_doc: str


class Spelling:
    """One resource, and how everything is spelled inside of its class."""

    def __init__(self, resource: model.Resource, types: Types, names: Names) -> None:
        self.resource = resource
        self.types = types
        self.names = names
        self.name = identifier(resource.name)
        ids = [
            model.Field(
                name=f"{one.name}_id",
                type=_id(optional=one.optional),
                default=None if one.optional else model.REQUIRED,
                description=f"the id of its `{one.name}`",
                span=one.span,
            )
            for one in resource.belongs_to
        ]
        self.stored = (*BUILT_IN, *(attribute.field for attribute in resource.attributes), *ids)
        members = {field.name for field in (*self.stored, *resource.fields)}
        members |= {action.name for action in resource.actions}
        self.scope = Scope(names, frozenset(members | _METHODS))
        self.resources = self.scope("resources")
        # No name of a user's begins with an underscore.
        parameters = {one.name for action in resource.actions for one in action.parameters} | members
        self.session = "_session" if "session" in parameters else "session"

    def owners(self) -> list[str]:
        """Return the names of what it belongs to."""
        return [one.name for one in self.resource.belongs_to]

    def parameter(self, field: model.Field) -> Expression:
        """Return a parameter for a value, with the default that it has."""
        head = f"{identifier(field.name)}: "
        kind = annotation(field.type, self.scope, bare=True)
        if isinstance(field.default, model.Missing):
            return Prefixed(head, kind)
        if not shareable(field.type, field.default):
            return Prefixed(head, Suffixed(self.unset(kind), f" = {self.scope('UNSET')}"))
        made = lay(expression(field.default, field.type, self.types, self.scope), 8, WIDE)
        return Prefixed(head, Suffixed(kind, f" = {made}"))

    def unset(self, kind: Expression) -> Expression:
        """Return a type that may also be left unsaid."""
        if kind == Atom(self.scope("Any")):
            return kind
        unset = f" | {self.scope('UnsetType')}"
        if isinstance(kind, Suffixed) and kind.suffix == " | None":
            return Suffixed(kind.expression, f"{unset} | None")
        return Suffixed(kind, unset)

    def owned(self, one: model.BelongsTo) -> Expression:
        """Return the parameter for what it belongs to."""
        kind = self.reference(one)
        return Prefixed(f"{identifier(one.name)}: ", Suffixed(kind, " = None") if one.optional else kind)

    def reference(self, one: model.BelongsTo) -> Expression:
        """Return the type of what stands for a row: itself, or its id."""
        kind = Atom(f"{self.scope.own(one.resource)} | {self.scope('str')}")
        return Suffixed(kind, " | None") if one.optional else kind

    def result(self, returns: model.Type | None, scope: Scope) -> str:
        """Return the type of what an action gives back."""
        match returns:
            case None:
                return "None"
            case model.ResourceType():
                return scope.own(returns.name)
            case model.ListType(items) if mentions(items):
                return f"{scope('list')}[{self.result(items, scope)}]"
            case model.OptionalType(inner) if mentions(inner):
                return f"{self.result(inner, scope)} | None"
            case _:
                return lay(annotation(returns, scope, bare=True), 0, WIDE)

    def method(
        self,
        name: str,
        params: list[Expression],
        result: Expression,
        doc: str,
        body: tuple[str, ...],
        *,
        first: str = "self",
        decorator: str = "",
    ) -> MethodUnit:
        """Return a method that takes the session, and then names."""
        taken = f"{first}, {self.session}: {self.resources}.Session, /"
        return MethodUnit(
            decorator=decorator,
            head=self.head(f"def {name}", params, result, taken, 4),
            doc=docstring(doc, WIDTH - 8),
            body=body,
        )

    def head(self, start: str, params: list[Expression], result: Expression, first: str, indent: int) -> str:
        """Return the first lines of a method; what is in `first` goes by position."""
        end = f") -> {lay(result, 0, WIDE)}:"
        if not params:
            return f"{start}({first}{end}"
        flat = f"{start}({first}, *, {', '.join(lay(param, 0, WIDE) for param in params)}{end}"
        if len(flat) <= WIDTH - indent:
            return flat
        inner = " " * (indent + 4)
        lines = [*(f"{inner}{part}," for part in first.split(", ")), f"{inner}*,"]
        lines += [f"{inner}{lay(param, indent + 4, 0, 1)}," for param in params]
        return "\n".join([f"{start}(", *lines, f"{' ' * indent}{end}"])


def mentions(type_: model.Type) -> bool:
    """Say whether a resource is somewhere in a type."""
    match type_:
        case model.ResourceType():
            return True
        case model.ListType(inner) | model.OptionalType(inner):
            return mentions(inner)
        case _:
            return False


def returnable(type_: model.Type | None) -> bool:
    """Say whether an action may return this: a type, a resource, or a list of one; each perhaps null."""
    if type_ is None or not mentions(type_):
        return True
    inner = type_.type if isinstance(type_, model.OptionalType) else type_
    return isinstance(inner, model.ResourceType) or (
        isinstance(inner, model.ListType) and isinstance(inner.items, model.ResourceType)
    )


def _id(*, optional: bool) -> model.Type:
    text = model.ScalarType("str")
    return model.OptionalType(text) if optional else text
