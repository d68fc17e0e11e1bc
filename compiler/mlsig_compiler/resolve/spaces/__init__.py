"""Spaces: what they take from others and declare themselves, in dependency order.

    var a: int { when b == "x": (0..1) }  var b: choice("x")   ->   variables b, a; declared a, b

Everything is flattened: a variable of a group has the condition of the group, and what is extended and
included stands in the space as if it were written there.
"""

from __future__ import annotations

from dataclasses import replace

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import annotated, expressions
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces import (
    composites,
    composition,
    models,
    overriding,
    rules,
    taking,
    variables,
)
from mlsig_compiler.resolve.spaces.drafts import Draft, inherited, learn, unique
from mlsig_compiler.resolve.spaces.groups import Conditions, Placed, flat, joined
from mlsig_compiler.resolve.spaces.order import Entry, in_order
from mlsig_compiler.resolve.spaces.taking import Taken, Taking


def read_all(scope: Scope) -> None:
    """Read the spaces of a file."""
    for node in composition.in_order(scope):
        scope.make(node, read(node, scope))


def read(node: syntax.Space, scope: Scope) -> model.Space:
    """Return the space; what is wrong in it is reported and left out."""
    return _Space(node, scope).read()


class _Space:
    """One space that is being read."""

    def __init__(self, node: syntax.Space, scope: Scope) -> None:
        self.node = node
        self.scope = scope
        self.members = list(flat(node.members))
        self.taking: Taking = taking.read(node, self.members, scope)
        self.names = expressions.Names()
        self.names.open = self.taking.open or scope.partial(node.head.name.text)
        if self.taking.open:
            scope.incomplete.add(node.head.name.text)
        self.conditions = Conditions(self.names, scope)
        self.drafts: dict[str, Draft] = {}
        self.groups: dict[str, tuple[syntax.Group, ...]] = {}
        self.composites: list[Placed] = []

    def read(self) -> model.Space:
        """Return the space."""
        node, scope = self.node, self.scope
        annotated.read(node.annotations, "space", scope)
        self._learn_names()
        for member, groups in self.members:
            if isinstance(member, syntax.Group):
                annotated.read(member.annotations, "group", scope)
                self._condition((*groups, member))
            elif isinstance(member, syntax.Include):
                annotated.read(member.annotations, "include", scope)
        entries = [*self._taken(), *self._own_variables(), *self._own_composites()]
        position = {name: index for index, name in enumerate(self.taking.order)}
        entries.sort(key=lambda entry: position.get(entry.item.name, len(position)))
        items = in_order(variables.understood(entries, self.names), scope)
        constraints, preferences = rules.read(self.members, self.taking, self.names, self.conditions, scope)
        head = node.head
        if self.names.poisoned:
            scope.incomplete.add(head.name.text)
        return model.Space(
            name=head.name.text,
            variables=tuple(item for item in items if isinstance(item, model.Variable)),
            declared=tuple(self.taking.order),
            constraints=constraints,
            preferences=preferences,
            composites=tuple(item for item in items if isinstance(item, model.Composite)),
            extends=head.extends.text if head.extends else None,
            description=head.description.text if head.description else "",
            span=head.name.span,
        )

    def _learn_names(self) -> None:
        """Tell expressions what they may mention, and settle what is declared here and taken too."""
        written = [placed for placed in self.members if isinstance(placed.member, syntax.Variable)]
        own = {
            each.name.text: each
            for each in unique([m for m, _ in written if isinstance(m, syntax.Variable)], self.scope)
        }
        self.groups = dict(self._groups_of(own))
        drafts = variables.drafted(own.values(), self.names, self.scope)
        taking.report_clashes(self.taking, own, self.scope)
        wrong = overriding.check(own, drafts, self.taking, self.scope)
        self.names.poisoned.update(wrong)
        items = {name: taken.item for name, taken in self.taking.items.items() if name not in own}
        taken = [item for item in items.values() if isinstance(item, model.Variable)]
        self.drafts = {item.name: inherited(item) for item in taken}
        self.drafts |= {name: draft for name, draft in drafts.items() if name not in wrong}
        self.composites = self._unique_composites(own)
        learn(self.drafts, self.names, self.scope)
        self.names.variables.update(item.name for item in items.values() if isinstance(item, model.Composite))
        for member, _ in self.composites:
            if isinstance(member, syntax.Composite):
                self.names.variables.add(member.name.text)

    def _groups_of(self, own: dict[str, syntax.Variable]) -> list[tuple[str, tuple[syntax.Group, ...]]]:
        return [
            (member.name.text, groups)
            for member, groups in self.members
            if isinstance(member, syntax.Variable) and own[member.name.text] is member
        ]

    def _unique_composites(self, own: dict[str, syntax.Variable]) -> list[Placed]:
        found: dict[str, Placed] = {}
        for placed in self.members:
            member = placed.member
            if not isinstance(member, syntax.Composite):
                continue
            name = member.name.text
            earlier = own.get(name) or (found[name].member if name in found else None)
            if isinstance(earlier, syntax.Variable | syntax.Composite):
                word = "composite" if isinstance(earlier, syntax.Composite) else "name"
                self.scope.twice(member.name, earlier.name.span, f"{word} `{name}`")
            elif name in self.taking.items:
                overriding.hides(member.name, self.taking.items[name], self.scope)
            else:
                found[name] = placed
        return list(found.values())

    def _condition(self, groups: tuple[syntax.Group, ...]) -> model.Expr | None:
        try:
            return self.conditions.of(groups)
        except Skip:
            return None

    def _lose(self, name: str) -> None:
        self.names.variables.discard(name)
        self.names.poisoned.add(name)

    # What the space has

    def _taken(self) -> list[Entry]:
        found: list[Entry] = []
        for name, taken in self.taking.items.items():
            if name in self.groups:
                continue  # overridden
            try:
                item = self._fitted(taken)
            except Skip:
                self._lose(name)
                continue
            self._has_what_it_reads(taken, item)
            found.append(Entry(item, taken.place.span, taken=True))
        return found

    def _fitted(self, taken: Taken) -> model.Variable | model.Composite:
        """Return what is taken as it is in this space: in its groups, with the models that can be chosen."""
        item = taken.item
        if not taken.place.groups and (isinstance(item, model.Composite) or item.kind != "model"):
            return item
        active = self.conditions.of(taken.place.groups)
        if isinstance(item, model.Composite):
            if active is None:
                return item
            whole = joined(active, item.active)
            depends = {**expressions.variables_in(whole), **expressions.variables_in(item.value)}
            return replace(item, active=whole, depends=tuple(depends))
        fitted = item
        if item.kind == "model":
            said = models.chooser_of(item)
            fitted = models.fitted(item, self.drafts.get(said[0]) if said else None, self.scope)
        if active is not None:
            fitted = replace(fitted, active=joined(active, item.active))
        return item if fitted is item else variables.placed(fitted, None, self.scope)

    def _has_what_it_reads(self, taken: Taken, item: model.Variable | model.Composite) -> None:
        """Report a variable that is taken without one that it depends on."""
        if self.names.open or not item.depends:
            return
        names = self.names
        missing = [
            each for each in item.depends if each not in names.variables and each not in names.poisoned
        ]
        if missing:
            shown = " and ".join(f"`{name}`" for name in missing)
            message = f"`{item.name}` depends on {shown}, which this space does not have"
            help = f"include {shown} too, or declare {'them' if len(missing) > 1 else 'it'}"
            self.scope.report("MLS0520", taken.place.span, message, help=help)

    def _own_variables(self) -> list[Entry]:
        found: list[Entry] = []
        for name, draft in self.drafts.items():
            if draft.node is None:
                continue
            taken = self.taking.items.get(name)
            base = taken.item if taken and isinstance(taken.item, model.Variable) else None
            try:
                active = self._activity(name, base, taken)
                made = variables.variable(draft, self.drafts, self.names, self.scope, active=active)
            except Skip:
                self._lose(name)
                continue
            if base is not None:
                said = made.description or base.description
                made = replace(made, description=said, hints=made.hints or base.hints)
                self.scope.origins.put(made, draft.node)
            found.append(Entry(made, draft.span))
        return found

    def _activity(self, name: str, base: model.Variable | None, taken: Taken | None) -> model.Expr | None:
        """Return when a variable exists: in its groups, and where the one was that it overrides."""
        own = self.conditions.of(self.groups[name])
        if base is None or taken is None:
            return own
        return joined(self.conditions.of(taken.place.groups), base.active, own)

    def _own_composites(self) -> list[Entry]:
        found: list[Entry] = []
        for member, groups in self.composites:
            if not isinstance(member, syntax.Composite):
                continue
            try:
                active = self.conditions.of(groups)
                made = composites.read(member, active, self.names, self.scope)
            except Skip:
                self._lose(member.name.text)
                continue
            found.append(Entry(made, made.span))
        return found
