"""Variables that conditions join, and the diagram of what is legal of them together.

component = whole(Component(names, forms, cells, worked))
component.diagram           the legal assignments of cells, None where they are too many to be listed
component.tested            the constraints that the diagram leaves open
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Final

from mlsig_compiler.proofs.cells import Cell, Span, Steps
from mlsig_compiler.proofs.diagrams import WIDEST, Diagram, build
from mlsig_compiler.proofs.ordering import ordered
from mlsig_compiler.proofs.tries import MAYBE, Decision, Known, TooWideError, Tries

_FEW: Final = 2_000  # edges of a diagram for which a second order of its variables is tried
_PART: Final = 30_000  # edges of a diagram without its widest constraints
_OPEN: Final = (10, 5, 2)  # constraints that a component has open at a time where all are too many


@dataclass(frozen=True, slots=True)
class Form:
    """A condition that every configuration meets: constraint number `constraint`, or which arm holds."""

    names: tuple[str, ...]
    decide: Decision
    sure: bool
    constraint: int | None
    variable: str = ""
    shape: Hashable = None


@dataclass
class Component:
    """Variables that conditions join.

    Attributes:
        names: The variables, in the space's order.
        forms: The conditions.
        cells: The cells of each variable.
        worked: What is known of the conditions of the space.
        diagram: What is legal, None where it is too wide to be built.
        tested: The constraints that the diagram leaves open, if only on some cells.
        vague: Variables of which it is not sure on every cell which arm holds.
    """

    names: tuple[str, ...]
    forms: tuple[Form, ...]
    cells: dict[str, list[Cell]]
    worked: Known = field(default_factory=Known)
    order: list[str] = field(default_factory=list[str])
    roots: dict[int, int] = field(default_factory=dict[int, int])  # by constraint
    arms: dict[str, int] = field(default_factory=dict[str, int])  # by variable
    tries: Tries | None = None
    diagram: Diagram | None = None
    tested: tuple[int, ...] = ()
    vague: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the diagram says exactly what is legal, and not more."""
        return self.diagram is not None and not self.tested and not self.vague

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many cells each variable has."""
        return {name: len(self.cells[name]) for name in self.names}

    def allowed(
        self,
        constraints: Collection[int],
        only: Mapping[str, Collection[int]] | None = None,
        *,
        widest: int = WIDEST,
    ) -> Diagram:
        """Return what some of the constraints allow.

        Raises:
            TooWideError: That is too wide.
        """
        if self.tries is None:
            raise TooWideError
        roots = [*self.arms.values(), *(self.roots[k] for k in constraints if k in self.roots)]
        return build(self.order, self.sizes, self.tries, roots, only, widest=widest)

    def possible(self, roots: Collection[int]) -> bool:
        """Tell whether some conditions can hold together; true where that is too wide to be told."""
        if self.tries is None:
            return True
        try:
            return build(self.order, self.sizes, self.tries, roots).legal
        except TooWideError:
            return True

    @property
    def mass(self) -> tuple[float, int]:
        """The share of the prior that the diagram keeps, as a number and a power of two."""
        if self.diagram is None:
            return 1.0, 0
        masses, exponent = self.diagram.masses(self.weights)
        return (masses[0][0] if masses[0] else 0.0), exponent

    @property
    def weights(self) -> dict[str, list[float]]:
        """The mass of each cell."""
        return {name: [cell.mass for cell in self.cells[name]] for name in self.names}


def whole(component: Component) -> Component:
    """Build the diagram of a component, without its widest constraints where it is too wide."""
    try:
        settle(component)
    except TooWideError:
        for most in _OPEN:
            try:
                _give_up(component, most)
            except TooWideError:
                continue
            return component
        component.diagram = None
        component.tested = tuple(form.constraint for form in component.forms if form.constraint is not None)
    if component.diagram is not None and 0 < component.diagram.edges <= _FEW:
        _turn(component)
    return component


def _turn(component: Component) -> None:
    """Decide ranges last where that leaves fewer paths: one can then say "any number from here to there"."""
    ranges = [
        name
        for name in component.names
        if any(isinstance(c.piece, Steps | Span) for c in component.cells[name])
    ]
    if not ranges or len(ranges) == len(component.names):
        return
    other = Component(component.names, component.forms, component.cells, component.worked)
    try:
        settle(other, ranges)
    except TooWideError:
        return
    if other.diagram is None or component.diagram is None:
        return
    if other.diagram.paths() < component.diagram.paths():
        component.order, component.roots, component.arms = other.order, other.roots, other.arms
        component.tries, component.diagram = other.tries, other.diagram


def _give_up(component: Component, most: int) -> None:
    """Build a diagram in which no more than `most` constraints are open at a time, the widest not at all."""
    place = {name: k for k, name in enumerate(component.order)}
    scopes = {
        form.constraint: sorted(place[name] for name in form.names)
        for form in component.forms
        if form.constraint is not None
    }
    left = [0] * len(component.order)
    dropped: list[int] = []
    for constraint, scope in sorted(scopes.items(), key=lambda item: item[1][-1] - item[1][0]):
        layers = range(scope[0], scope[-1])
        if any(left[k] >= most for k in layers):
            dropped.append(constraint)
            continue
        for k in layers:
            left[k] += 1
    left_out = set(dropped)
    kept = [constraint for constraint in component.roots if constraint not in left_out]
    component.diagram = component.allowed(kept, widest=_PART)
    component.tested = tuple(sorted({*component.tested, *dropped}))


def settle(component: Component, last: Collection[str] = ()) -> None:
    """Build the diagram of a component, with some variables `last` in its order.

    Raises:
        TooWideError: It is too wide.
    """
    scopes = [form.names for form in component.forms]
    component.order = ordered(component.names, scopes, component.sizes, last)
    tries = component.tries = Tries(component.order, component.cells, component.worked)
    tested: list[int] = []
    vague: list[str] = []
    component.roots.clear()
    sizes = component.sizes
    for form in sorted(component.forms, key=lambda form: prod(sizes[name] for name in form.names)):
        try:
            root = tries.add(form.names, form.decide, form.shape)
        except TooWideError:
            root = MAYBE
        if form.constraint is None:
            component.arms[form.variable] = root
            if root == MAYBE or (not form.sure and tries.vague(root)):
                vague.append(form.variable)
        else:
            component.roots[form.constraint] = root
            if root == MAYBE or (not form.sure and tries.vague(root)):
                tested.append(form.constraint)
    component.tested = tuple(sorted(tested))
    component.vague = tuple(name for name in component.names if name in vague)
    component.diagram = component.allowed(component.roots)


def joined(names: Sequence[str], scopes: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return for each name one that stands for all that are joined with it."""
    above = {name: name for name in names}

    def root(name: str) -> str:
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for scope in scopes:
        for one, other in pairwise(scope):
            above[root(one)] = root(other)
    return {name: root(name) for name in names}
