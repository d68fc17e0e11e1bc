"""Resources as the strings of a class: a record of one row, with the methods that read and write it.

    resource Run { score: probability = 0.0  belongs_to project: Project }

becomes a record with `id`, times, `version`, `score` and `project_id`, the methods `create`, `update` and
`project`, and a class `Fields` of what lists of it are filtered by. What it declares is in `_declaration`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.literals import docstring, identifier, literal
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
)
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.records import RecordUnit, Side, plan_record
from mlsig_compiler.plan.resource_declaration import Declaring
from mlsig_compiler.plan.resource_functions import Functions
from mlsig_compiler.plan.resource_spelling import WIDE, MethodUnit, ProtocolUnit, Spelling
from mlsig_compiler.plan.space import SpaceUnit, plan_space
from mlsig_compiler.plan.types import Types, annotation

_SCALARS: Final = frozenset(
    {"str", "int", "float", "bool", "date", "datetime", "probability", "confidence_score"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUnit:
    """A class, for `resource.py.j2`; `variables` is the space of its `@variable` attributes."""

    name: str
    record: RecordUnit
    fields_doc: str
    fields: tuple[str, ...]
    protocols: tuple[ProtocolUnit, ...]
    methods: tuple[MethodUnit, ...]
    variables: SpaceUnit | None


def plan_resource(
    resource: model.Resource,
    types: Types,
    names: Names,
    *,
    variables: model.Space | None = None,
    served: Mapping[str, model.Provider] | None = None,
) -> ResourceUnit:
    """Return the class of a resource.

    Args:
        resource: The resource.
        types: The enums and schemas of the module.
        names: The names of the module.
        variables: The space of its `@variable` attributes, None where it has none.
        served: The providers that can be chosen, by name.
    """
    methods = _Methods(resource, types, names)
    inner = WIDTH - 4
    space = None
    if variables is not None:
        spelled = f"{names.own(resource.name)}.Variables"
        space = plan_space(variables, names, "Variables", inner, spelled=spelled, served=served)
    return methods.unit(space)


class _Methods(Spelling):
    """One resource: its record, its columns, and the methods that read and write it."""

    def unit(self, variables: SpaceUnit | None) -> ResourceUnit:
        """Return everything of the class."""
        resource = self.resource
        functions = Functions(self)
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
            *([self._variables()] if variables else []),
            *functions.methods(),
            Declaring(self).method(),
        ]
        return ResourceUnit(
            name=self.name,
            record=plan_record(side, self.types, self.names),
            fields_doc=docstring(f"What lists of `{resource.name}` are filtered and ordered by.", WIDTH - 8),
            fields=tuple(self._columns()),
            protocols=tuple(functions.protocols),
            methods=tuple(methods),
            variables=variables,
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

    def _variables(self) -> MethodUnit:
        inner = self.names.inner(self.name, "Variables")
        return MethodUnit(
            decorator=self.scope("classmethod"),
            head=f"def variables(cls) -> {self.scope('type')}[{inner}]:",
            doc=docstring(f"Return the space of what varies about `{self.resource.name}`.", WIDTH - 8),
            body=("return cls.Variables",),
        )

    def _create(self) -> MethodUnit:
        params: list[Expression] = []
        for attribute in self.resource.attributes:
            params.append(self.parameter(attribute.field))
        params += [self.owned(one) for one in self.resource.belongs_to]
        given = [one.field.name for one in self.resource.attributes]
        values = mapping({name: Atom(identifier(name)) for name in (*given, *self.owners())})
        own = self.scope.own(self.name)
        return self.method(
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
            kind = self.unset(annotation(field.type, self.scope, bare=True))
            params.append(Prefixed(f"{identifier(field.name)}: ", Suffixed(kind, f" = {unset}")))
        for one in self.resource.belongs_to:
            kind = self.unset(self.reference(one))
            params.append(Prefixed(f"{identifier(one.name)}: ", Suffixed(kind, f" = {unset}")))
        given = [one.field.name for one in self.resource.attributes]
        values = mapping({name: Atom(identifier(name)) for name in (*given, *self.owners())})
        return self.method(
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
        return self.method(identifier(one.name), [], Atom(kind), told, self._found(kind, read))

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
        return self.method(identifier(many.name), params, result, told, (f"return {lay(read, 8, 7)}",))

    def _calculation(self, one: model.Calculation) -> MethodUnit:
        kind = lay(annotation(one.type, self.scope, bare=True), 0, WIDE)
        read = call(f"{self.session}.calculate", Atom("self"), Text(one.name))
        told = one.description or f"Work out `{one.name}` of what is stored now."
        return self.method(identifier(one.name), [], Atom(kind), told, self._found(kind, read))

    def _action(self, action: model.Action) -> MethodUnit:
        kind = self.result(action.returns, self.scope)
        params = [self.parameter(field) for field in action.parameters]
        values = mapping({field.name: Atom(identifier(field.name)) for field in action.parameters})
        done = call(f"{self.session}.act", Atom("self"), Text(action.name), values)
        told = action.description or f"Do what `{action.name}` says."
        return self.method(identifier(action.name), params, Atom(kind), told, self._found(kind, done))

    def _found(self, kind: str, read: Expression) -> tuple[str, ...]:
        """Return statements that give a value a type; no parameter is called `_found`."""
        if kind == "None":
            head = f"_done: {self.scope('object')} = "
            return (head + lay(read, 8, len(head)),)
        head = f"_found: {kind} = "
        return (head + lay(read, 8, len(head)), "return _found")


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
