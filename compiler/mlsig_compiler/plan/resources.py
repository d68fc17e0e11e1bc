"""Resources as the strings of a class: a record of one row, with the methods that read and write it.

    resource Run { score: probability = 0.0  belongs_to project: Project }

becomes a record with `id`, times, `version`, `score` and `project_id`, the methods `create`, `update` and
`project`, and a class `Fields` of what lists of it are filtered by. What it declares is in `_declaration`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.literals import docstring, dotted, identifier, literal
from mlsig_compiler.model.resources import BUILT_IN
from mlsig_compiler.plan.calls import function_of
from mlsig_compiler.plan.layout import (
    WIDTH,
    Atom,
    Expression,
    Prefixed,
    Suffixed,
    Text,
    call,
    lay,
    mapping,
    subscript,
    tuple_of,
)
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.records import RecordUnit, Side, plan_record
from mlsig_compiler.plan.resource_nodes import node
from mlsig_compiler.plan.shapes import shape
from mlsig_compiler.plan.types import Types, annotation
from mlsig_compiler.plan.values import expression, factory, shareable

_METHODS: Final = frozenset({"create", "get", "list", "update", "delete", "declaration", "Fields"})
_SCALARS: Final = frozenset(
    {"str", "int", "float", "bool", "date", "datetime", "probability", "confidence_score"}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUnit:
    """A class, for `resource.py.j2`."""

    name: str
    record: RecordUnit
    fields_doc: str
    fields: tuple[str, ...]
    protocols: tuple[ProtocolUnit, ...]
    methods: tuple[MethodUnit, ...]


def plan_resource(resource: model.Resource, types: Types, names: Names) -> ResourceUnit:
    """Return the class of a resource."""
    return _Planning(resource, types, names).unit()


class _Planning:
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
        self.protocols: list[ProtocolUnit] = []

    def unit(self) -> ResourceUnit:
        """Return everything of the class."""
        resource = self.resource
        told = resource.description or f"The resource `{resource.name}`."
        side = Side(
            resource.name,
            self.stored,
            told,
            resource.description,
            base="Resource",
            hidden=self.scope.hidden,
        )
        methods = [
            self._create(),
            *([self._update()] if resource.attributes or resource.belongs_to else []),
            *map(self._owner, resource.belongs_to),
            *map(self._items, resource.has_many),
            *(self._calculation(one) for one in resource.calculations),
            *(self._action(one) for one in resource.actions),
            *self._functions(),
            self._declaration(),
        ]
        return ResourceUnit(
            name=self.name,
            record=plan_record(side, self.types, self.names),
            fields_doc=docstring(f"What lists of `{resource.name}` are filtered and ordered by.", WIDTH - 8),
            fields=tuple(self._columns()),
            protocols=tuple(self.protocols),
            methods=tuple(methods),
        )

    # Columns

    def _columns(self) -> Iterator[str]:
        calculated = [
            model.Field(name=one.name, type=one.type, span=one.span)
            for one in self.resource.calculations
            if not isinstance(one.value, model.PythonRef)
        ]
        own = self.scope.own(self.name)
        for field in (*self.stored, *calculated):
            if not _comparable(field.type):
                continue
            kind = annotation(field.type, self.scope, bare=True)
            head = f"{identifier(field.name)}: "
            made = f" = {self.resources}.Column({literal(self.name)}, {literal(field.name)})"
            column = subscript(f"{self.resources}.Column", Atom(own), kind)
            yield head + lay(column, 8, len(head), len(made)) + made

    # Methods

    def _create(self) -> MethodUnit:
        params: list[Expression] = []
        for attribute in self.resource.attributes:
            params.append(self._parameter(attribute.field))
        params += [self._owned(one) for one in self.resource.belongs_to]
        given = [one.field.name for one in self.resource.attributes]
        values = mapping({name: Atom(identifier(name)) for name in (*given, *self._owners())})
        own = self.scope.own(self.name)
        return self._method(
            "create",
            params,
            Atom(own),
            f"Store a new `{self.resource.name}`.",
            (f"return {lay(call(f'{self.session}.create', Atom('cls'), values), 8, 7)}",),
            first="cls",
            decorator=self.scope("classmethod"),
        )

    def _update(self) -> MethodUnit:
        unset = self.scope("UNSET")
        params: list[Expression] = []
        for attribute in self.resource.attributes:
            field = attribute.field
            kind = self._unset(annotation(field.type, self.scope, bare=True))
            params.append(Prefixed(f"{identifier(field.name)}: ", Suffixed(kind, f" = {unset}")))
        for one in self.resource.belongs_to:
            kind = self._unset(self._reference(one))
            params.append(Prefixed(f"{identifier(one.name)}: ", Suffixed(kind, f" = {unset}")))
        given = [one.field.name for one in self.resource.attributes]
        values = mapping({name: Atom(identifier(name)) for name in (*given, *self._owners())})
        return self._method(
            "update",
            params,
            Atom(self.scope.own(self.name)),
            "Change what is given, and return the row as it is then.",
            (f"return {lay(call(f'{self.session}.update', Atom('self'), values), 8, 7)}",),
        )

    def _owner(self, one: model.BelongsTo) -> MethodUnit:
        own = self.scope.own(one.resource)
        kind = f"{own} | None" if one.optional else own
        read = call(f"{self.session}.owner", Atom("self"), Text(one.name))
        told = one.description or f"Read the `{one.resource}` that it belongs to."
        return self._method(identifier(one.name), [], Atom(kind), told, self._found(kind, read))

    def _items(self, many: model.HasMany) -> MethodUnit:
        own = self.scope.own(many.resource)
        none = f"[{own}] | None = None"
        params: list[Expression] = [
            Atom(f"where: {self.resources}.Condition{none}"),
            Atom(f"order: {self.resources}.Order{none}"),
            Atom(f"limit: {self.scope('int')} = 100"),
            Atom(f'after: {self.scope("str")} = ""'),
        ]
        same = {word: Atom(word) for word in ("where", "order", "limit", "after")}
        parts = (Atom(own), Text(many.inverse), Atom("self"))
        read = call(f"{self.session}.items", *parts, keywords=same)
        told = many.description or f"Read those `{many.resource}` that belong to it; see `list`."
        result = Atom(f"{self.resources}.Page[{own}]")
        return self._method(identifier(many.name), params, result, told, (f"return {lay(read, 8, 7)}",))

    def _calculation(self, one: model.Calculation) -> MethodUnit:
        kind = lay(annotation(one.type, self.scope, bare=True), 0, WIDE)
        read = call(f"{self.session}.calculate", Atom("self"), Text(one.name))
        told = one.description or f"Work out `{one.name}` of what is stored now."
        return self._method(identifier(one.name), [], Atom(kind), told, self._found(kind, read))

    def _action(self, action: model.Action) -> MethodUnit:
        kind = self._result(action.returns, self.scope)
        params = [self._parameter(field) for field in action.parameters]
        values = mapping({field.name: Atom(identifier(field.name)) for field in action.parameters})
        done = call(f"{self.session}.act", Atom("self"), Text(action.name), values)
        told = action.description or f"Do what `{action.name}` says."
        return self._method(identifier(action.name), params, Atom(kind), told, self._found(kind, done))

    def _found(self, kind: str, read: Expression) -> tuple[str, ...]:
        """Return statements that give a value a type; no parameter is called `_found`."""
        if kind == "None":
            head = f"_done: {self.scope('object')} = "
            return (head + lay(read, 8, len(head)),)
        head = f"_found: {kind} = "
        return (head + lay(read, 8, len(head)), "return _found")

    # The user's functions, imported when they are first used

    def _functions(self) -> Iterator[MethodUnit]:
        own, session = self.scope.own(self.name), f"{self.resources}.Session"
        callable_ = self.scope("Callable")
        for one in self.resource.calculations:
            if isinstance(one.value, model.PythonRef):
                kind = lay(annotation(one.type, self.scope, bare=True), 0, WIDE)
                type_ = f"{callable_}[[{session}, {own}], {kind}]"
                yield self._function(f"_function_of_{identifier(one.name)}", one.value, type_, one.name)
        for action in self.resource.actions:
            name = self._protocol(action)
            type_ = f"{self.name}.{name}"
            yield self._function(f"_function_of_{identifier(action.name)}", action.python, type_, action.name)
        for number, hook in enumerate(self.resource.hooks, 1):
            type_ = f"{callable_}[[{session}, {self.resources}.Change[{own}]], {self.scope('object')}]"
            yield self._function(f"_hook_{number}", hook.python, type_, f"{hook.moment} {hook.event}")

    def _function(self, method: str, python: model.PythonRef, type_: str, what: str) -> MethodUnit:
        imported, source = function_of(python, "function")
        return MethodUnit(
            decorator=self.scope("staticmethod"),
            head=f"def {method}() -> {type_}:",
            doc=docstring(f"Import what `{what}` is done by.", WIDTH - 8),
            body=(
                f"from {dotted(python.module)} import {imported}",
                "",
                f"checked: {type_} = {source}",
                "return checked",
            ),
        )

    def _protocol(self, action: model.Action) -> str:
        """Note what an action's function is called like, and return the name of that class."""
        words = "".join(word[:1].upper() + word[1:] for word in action.name.split("_"))
        name = stem = f"_{words}Function"
        number = 1
        while any(one.name == name for one in self.protocols):
            number += 1
            name = f"{stem}{number}"
        # A function is handed every argument: it may have defaults of its own, and needs none.
        plain = [replace(field, default=model.REQUIRED) for field in action.parameters]
        params = [self._parameter(field) for field in plain]
        first = f"session: {self.resources}.Session, row: {self.scope.own(self.name)}"
        python = action.python
        told = action.description or f"Do what `{action.name}` says."
        self.protocols.append(
            ProtocolUnit(
                name=name,
                base=self.scope("Protocol"),
                doc=docstring(f"What `{python.module}:{python.attribute}` is called like.", WIDTH - 8),
                head=self._head(
                    "def __call__",
                    params,
                    Atom(self._result(action.returns, self.scope)),
                    f"self, {first}",
                    8,
                ),
                call_doc=docstring(told, WIDTH - 12),
            )
        )
        return name

    # What is declared

    def _declaration(self) -> MethodUnit:
        resource, made = self.resource, self.names("resources")
        keywords: dict[str, Expression] = {"name": Text(resource.name)}
        if resource.description:
            keywords["description"] = Text(resource.description)
        parts: dict[str, list[Expression]] = {
            "attributes": [self._attribute(one) for one in resource.attributes],
            "belongs_to": [self._belongs_to(one) for one in resource.belongs_to],
            "has_many": [self._has_many(one) for one in resource.has_many],
            "calculations": [self._calculated(one) for one in resource.calculations],
            "actions": [self._acting(one) for one in resource.actions],
            "hooks": [
                call(f"{made}.Hook", Text(one.moment), Text(one.event), Atom(f"cls._hook_{number}"))
                for number, one in enumerate(resource.hooks, 1)
            ],
        }
        keywords |= {word: tuple_of(found) for word, found in parts.items() if found}
        declared = call(f"{made}.Declaration", keywords=keywords)
        return MethodUnit(
            decorator=self.scope("classmethod"),
            head=f"def _declaration(cls) -> {self.resources}.Declaration:",
            doc=docstring(f"Return what `{resource.name}` declares.", WIDTH - 8),
            body=(f"return {lay(declared, 8, 7)}",),
        )

    def _attribute(self, attribute: model.ResourceAttribute) -> Expression:
        field = attribute.field
        keywords: dict[str, Expression] = {
            "name": Text(field.name),
            "shape": shape(field.type, self.types, self.names),
        }
        if not isinstance(field.default, model.Missing):
            keywords["default"] = factory(field, self.types, Scope(self.names))
        if field.description:
            keywords["description"] = Text(field.description)
        if attribute.transitions is not None:
            ways = {one.source: tuple_of(map(Text, one.targets)) for one in attribute.transitions}
            keywords["transitions"] = mapping(ways)
        if field.variable:
            keywords["variable"] = Atom("True")
        return call(f"{self.names('resources')}.Attribute", keywords=keywords)

    def _belongs_to(self, one: model.BelongsTo) -> Expression:
        keywords: dict[str, Expression] = {
            "name": Text(one.name),
            "resource": Atom(self.names.own(one.resource)),
        }
        if one.optional:
            keywords["optional"] = Atom("True")
        if one.description:
            keywords["description"] = Text(one.description)
        return call(f"{self.names('resources')}.BelongsTo", keywords=keywords)

    def _has_many(self, many: model.HasMany) -> Expression:
        keywords: dict[str, Expression] = {
            "name": Text(many.name),
            "resource": Atom(self.names.own(many.resource)),
            "inverse": Text(many.inverse),
        }
        if many.on_delete != "restrict":
            keywords["on_delete"] = Text(many.on_delete)
        if many.description:
            keywords["description"] = Text(many.description)
        return call(f"{self.names('resources')}.HasMany", keywords=keywords)

    def _calculated(self, one: model.Calculation) -> Expression:
        keywords: dict[str, Expression] = {
            "name": Text(one.name),
            "shape": shape(one.type, self.types, self.names),
        }
        if isinstance(one.value, model.PythonRef):
            keywords["load"] = Atom(f"cls._function_of_{identifier(one.name)}")
        else:
            keywords["value"] = node(one.value, self.names)
        if one.description:
            keywords["description"] = Text(one.description)
        return call(f"{self.names('resources')}.Calculation", keywords=keywords)

    def _acting(self, action: model.Action) -> Expression:
        parameters: list[Expression] = []
        for field in action.parameters:
            said: dict[str, Expression] = {
                "name": Text(field.name),
                "shape": shape(field.type, self.types, self.names),
            }
            if field.description:
                said["description"] = Text(field.description)
            if not isinstance(field.default, model.Missing):
                said["default"] = factory(field, self.types, Scope(self.names))
            parameters.append(call(f"{self.names('shapes')}.Field", keywords=said))
        keywords: dict[str, Expression] = {
            "name": Text(action.name),
            "parameters": tuple_of(parameters),
            "load": Atom(f"cls._function_of_{identifier(action.name)}"),
        }
        returns = action.returns
        if isinstance(returns, model.OptionalType) and mentions(returns):
            keywords["optional"], returns = Atom("True"), returns.type
        if isinstance(returns, model.ListType) and isinstance(returns.items, model.ResourceType):
            keywords["many"], returns = Atom("True"), returns.items
        if isinstance(returns, model.ResourceType):
            keywords["returns"] = Atom(self.names.own(returns.name))
        elif returns is not None:
            keywords["returns"] = shape(returns, self.types, self.names)
        if action.description:
            keywords["description"] = Text(action.description)
        return call(f"{self.names('resources')}.Action", keywords=keywords)

    # Parts of signatures

    def _owners(self) -> list[str]:
        return [one.name for one in self.resource.belongs_to]

    def _parameter(self, field: model.Field) -> Expression:
        head = f"{identifier(field.name)}: "
        kind = annotation(field.type, self.scope, bare=True)
        if isinstance(field.default, model.Missing):
            return Prefixed(head, kind)
        if not shareable(field.type, field.default):
            return Prefixed(head, Suffixed(self._unset(kind), f" = {self.scope('UNSET')}"))
        made = lay(expression(field.default, field.type, self.types, self.scope), 8, WIDE)
        return Prefixed(head, Suffixed(kind, f" = {made}"))

    def _unset(self, kind: Expression) -> Expression:
        if kind == Atom(self.scope("Any")):
            return kind
        unset = f" | {self.scope('UnsetType')}"
        if isinstance(kind, Suffixed) and kind.suffix == " | None":
            return Suffixed(kind.expression, f"{unset} | None")
        return Suffixed(kind, unset)

    def _owned(self, one: model.BelongsTo) -> Expression:
        kind = self._reference(one)
        return Prefixed(f"{identifier(one.name)}: ", Suffixed(kind, " = None") if one.optional else kind)

    def _reference(self, one: model.BelongsTo) -> Expression:
        kind = Atom(f"{self.scope.own(one.resource)} | {self.scope('str')}")
        return Suffixed(kind, " | None") if one.optional else kind

    def _result(self, returns: model.Type | None, scope: Scope) -> str:
        match returns:
            case None:
                return "None"
            case model.ResourceType():
                return scope.own(returns.name)
            case model.ListType(items) if mentions(items):
                return f"{scope('list')}[{self._result(items, scope)}]"
            case model.OptionalType(inner) if mentions(inner):
                return f"{self._result(inner, scope)} | None"
            case _:
                return lay(annotation(returns, scope, bare=True), 0, WIDE)

    def _method(
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
        taken = f"{first}, {self.session}: {self.resources}.Session, /"
        return MethodUnit(
            decorator=decorator,
            head=self._head(f"def {name}", params, result, taken, 4),
            doc=docstring(doc, WIDTH - 8),
            body=body,
        )

    def _head(self, start: str, params: list[Expression], result: Expression, first: str, indent: int) -> str:
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


def _comparable(type_: model.Type) -> bool:
    """Say whether a column holds the value as it is, so that the database can compare it."""
    match type_:
        case model.OptionalType(inner):
            return _comparable(inner)
        case model.ScalarType(name):
            return name in _SCALARS
        case model.LiteralType(options):
            return len({type(option) for option in options}) == 1
        case model.EnumType():
            return True
        case _:
            return isinstance(type_, model.BuiltinType) and type_.name in _SCALARS
