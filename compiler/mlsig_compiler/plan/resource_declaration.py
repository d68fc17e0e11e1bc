"""What a resource declares, as the data that its class has of it: `_declaration`.

calculate run_count: int = len(runs)   ->   resources.Calculation(name="run_count", shape=…, value=…)
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.literals import docstring, identifier
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Text, call, lay, mapping, tuple_of
from mlsig_compiler.plan.names import Scope
from mlsig_compiler.plan.resource_nodes import node
from mlsig_compiler.plan.resource_spelling import MethodUnit, Spelling, mentions
from mlsig_compiler.plan.shapes import shape
from mlsig_compiler.plan.values import factory


class Declaring:
    """One resource, and the expressions that make its declaration."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self.resource = spelling.resource
        self.names = spelling.names

    def method(self) -> MethodUnit:
        """Return the method that says it."""
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
            decorator=self.spelling.scope("classmethod"),
            head=f"def _declaration(cls) -> {self.spelling.resources}.Declaration:",
            doc=docstring(f"Return what `{resource.name}` declares.", WIDTH - 8),
            body=(f"return {lay(declared, 8, 7)}",),
        )

    def _attribute(self, attribute: model.ResourceAttribute) -> Expression:
        field = attribute.field
        keywords: dict[str, Expression] = {
            "name": Text(field.name),
            "shape": shape(field.type, self.spelling.types, self.names),
        }
        if not isinstance(field.default, model.Missing):
            keywords["default"] = factory(field, self.spelling.types, Scope(self.names))
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
            "shape": shape(one.type, self.spelling.types, self.names),
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
                "shape": shape(field.type, self.spelling.types, self.names),
            }
            if field.description:
                said["description"] = Text(field.description)
            if not isinstance(field.default, model.Missing):
                said["default"] = factory(field, self.spelling.types, Scope(self.names))
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
            keywords["returns"] = shape(returns, self.spelling.types, self.names)
        if action.description:
            keywords["description"] = Text(action.description)
        return call(f"{self.names('resources')}.Action", keywords=keywords)
