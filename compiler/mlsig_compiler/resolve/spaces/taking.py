"""What a space takes from others: everything of those that it extends and includes.

space B extends A { include top_p }   ->   the variables, composites and rules of A, and the variable `top_p`

The same thing reached twice is taken once. Two different things of one name clash, unless the space overrides
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve.scope import Scope, article
from mlsig_compiler.resolve.spaces.groups import Placed
from mlsig_compiler.source import Span
from mlsig_compiler.varying import attributes

Item: TypeAlias = model.Variable | model.Composite
Rule: TypeAlias = model.Constraint | model.Preference
INCLUDED: Final = ("space", "var", "resource")
"""What can be included: of a resource, its attributes that are marked `@variable`."""
WORDS: Final[dict[type, str]] = {model.Variable: "variable", model.Composite: "composite"}


class Place(NamedTuple):
    """Where something is taken: the name of what has it, as it is written, and the groups around that."""

    owner: str
    span: Span
    groups: tuple[syntax.Group, ...] = ()


class Taken(NamedTuple):
    """A variable or composite of another space."""

    item: Item
    place: Place


@dataclass(slots=True)
class Taking:
    """Everything that a space takes. `order` has the names of variables, its own too, as they are written.

    It is `open` when something that it takes could not be understood.
    """

    items: dict[str, Taken] = field(default_factory=dict[str, Taken])
    rules: list[tuple[Rule, Place]] = field(default_factory=list[tuple[Rule, Place]])
    clashes: list[tuple[Taken, Taken]] = field(default_factory=list[tuple[Taken, Taken]])
    order: dict[str, None] = field(default_factory=dict[str, None])
    open: bool = False

    def take(self, item: Item, place: Place) -> None:
        """Take a variable or composite, or note that it clashes with another."""
        taken = Taken(item, place)
        earlier = self.items.setdefault(item.name, taken)
        if earlier is not taken and (earlier.item != item or earlier.place.groups != place.groups):
            self.clashes.append((earlier, taken))
        if isinstance(item, model.Variable):
            self.order[item.name] = None


def read(node: syntax.Space, members: list[Placed], scope: Scope) -> Taking:
    """Return what a space takes; what cannot be taken is reported."""
    taking = Taking()
    if node.head.extends is not None:
        base = node.head.extends
        _take(taking, Place(base.text, base.span), ("space",), scope)
    for member, groups in members:
        if isinstance(member, syntax.Include):
            path = member.reference.path
            if len(path) != 1:
                help = f"import it: `from {'.'.join(path[:-1])} import {path[-1]}`, then `include {path[-1]}`"
                message = "`include` takes a name of this file"
                scope.report("MLS0304", member.reference.span, message, help=help)
                taking.open = True
                continue
            _take(taking, Place(path[0], member.reference.span, groups), INCLUDED, scope)
        elif isinstance(member, syntax.Variable):
            taking.order[member.name.text] = None
    return taking


def _take(taking: Taking, place: Place, kinds: tuple[str, ...], scope: Scope) -> None:
    found = scope.declaration(place.owner)
    kind = scope.kind(place.owner)
    if kind not in kinds:
        taking.open = True
        _wrong_kind(place, kind, kinds, scope)
        return
    if found is None or _partial(place.owner, scope):
        taking.open = True
    if isinstance(found, model.Fragment):
        taking.take(found.variable, place)
    elif isinstance(found, model.Space):
        every: list[Item] = [*found.variables, *found.composites]
        items = {item.name: item for item in every}
        for name in dict.fromkeys((*found.declared, *items)):
            if name in items:
                taking.take(items[name], place)
        taking.rules += [(rule, place) for rule in found.constraints]
        taking.rules += [(rule, place) for rule in found.preferences]
    elif isinstance(found, model.Resource):
        varied = attributes(found, scope.enum)
        for variable in varied:
            taking.take(variable, place)
        if not varied:
            message = f"no attribute of `{place.owner}` is marked `@variable`, so there is nothing to include"
            scope.report("MLS0305", place.span, message, help="write `@variable` before those that vary")


def _partial(name: str, scope: Scope) -> bool:
    """Say whether a space may have members that could not be understood."""
    imported = scope.imported.get(name)
    if imported is None:
        return scope.partial(name)
    exports = scope.library.get(imported.module)
    return exports is None or imported.name in exports.poisoned


def _wrong_kind(place: Place, kind: str | None, kinds: tuple[str, ...], scope: Scope) -> None:
    name, span, _ = place
    if scope.unknowable(name):
        return
    wanted = "space or variable" if "var" in kinds else "space"
    if kind is None:
        message = f"there is no {wanted} `{name}` in this file"
        scope.report("MLS0304", span, message, **scope.lead(name, span, *kinds))
        return
    where = scope.where(name)
    labels = (Label(where, "declared here"),) if where else ()
    message = f"`{name}` is {article(kind)}, and a {wanted} is needed here"
    help = ""
    if kind == "var":
        help = f"a variable at the top level of a file is included: `include {name}`"
    scope.report("MLS0305", span, message, labels=labels, help=help)


def report_clashes(taking: Taking, own: dict[str, syntax.Variable], scope: Scope) -> None:
    """Report what is taken twice and different; a variable that the space declares itself settles it."""
    for (item, first), (other, second) in taking.clashes:
        if item.name in own and isinstance(item, model.Variable) and isinstance(other, model.Variable):
            continue
        word = WORDS[type(other)]
        message = f"{word} `{other.name}` of `{second.owner}` is another than that of `{first.owner}`"
        help = "include only one of the two"
        if isinstance(item, model.Variable) and isinstance(other, model.Variable):
            help = f"say which is meant: `override var {other.name}: {other.kind}…`"
        if item == other:
            help = "include it once"
            message = f"{word} `{other.name}` is included twice, under different conditions"
        labels = (Label(first.span, f"`{first.owner}` is taken here"),)
        scope.report("MLS0517", second.span, message, labels=labels, help=help)
