"""A space cut into cells, and what its components allow.

study = Study(space, served)
study.components            variables that conditions join, with the diagram of what is legal
study.free                  variables that no condition reads and none decides about
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, Final

from mlsig_compiler import model
from mlsig_compiler.proofs.abstraction import UNKNOWN, Meaning, Meanings
from mlsig_compiler.proofs.arms import values
from mlsig_compiler.proofs.cells import INACTIVE, Cell, Span, Steps
from mlsig_compiler.proofs.cutting import Cutting, valued
from mlsig_compiler.proofs.diagrams import WIDEST, Diagram, build
from mlsig_compiler.proofs.intervals import Intervals
from mlsig_compiler.proofs.ordering import ordered
from mlsig_compiler.proofs.overflow import fallible
from mlsig_compiler.proofs.tries import MAYBE, TRUE, Decision, Known, TooWideError, Tries

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


class Study:
    """What a space allows.

    Args:
        space: The space, which is well formed.
        served: The providers that its variables can choose, for the figures of models.
    """

    def __init__(self, space: model.Space, served: Mapping[str, model.Provider] | None = None) -> None:
        self.space = space
        self.served = dict(served or {})
        self.meanings = Meanings(space)
        self.values = {
            variable.name: values(variable, space, self.meanings, self.served) for variable in space.variables
        }
        self.cutting = Cutting(self.values, self.meanings)
        self.cutting.take(self._conditions())
        worked = Known()
        forms = [*self._arms(), *self._computed(), *self._constraints()]
        self.components: list[Component] = []
        self.fixed = [form for form in forms if not form.names]  # constraints that read no variable
        joined = _joined(list(self.values), [form.names for form in forms])
        by_first: dict[str, list[Form]] = {}
        for form in forms:
            if form.names:
                by_first.setdefault(joined[form.names[0]], []).append(form)
        members: dict[str, list[str]] = {}
        for name in self.values:
            members.setdefault(joined[name], []).append(name)
        self.free = [names[0] for root, names in members.items() if root not in by_first]
        for root, found in by_first.items():
            names = tuple(members[root])
            cells = {name: self.cutting.cells(name) for name in names}
            self.components.append(_whole(Component(names, tuple(found), cells, worked)))
        self.by_name = {name: component for component in self.components for name in component.names}

    def cells(self, name: str) -> list[Cell]:
        """Return the cells of a variable."""
        component = self.by_name.get(name)
        return component.cells[name] if component else self.cutting.cells(name)

    @cached_property
    def contradiction(self) -> Form | None:
        """A constraint without variables that does not hold, if there is one."""
        return next((form for form in self.fixed if form.decide({}, {}) is not True), None)

    @cached_property
    def satisfiable(self) -> bool | None:
        """Whether there is a legal configuration; None where that was not proved."""
        if self.contradiction is not None:
            return False
        diagrams = [component.diagram for component in self.components]
        if any(diagram is not None and not diagram.legal for diagram in diagrams):
            return False
        return True if all(component.exact for component in self.components) else None

    @cached_property
    def exact(self) -> bool:
        """Whether all that is said is exact."""
        return all(component.exact for component in self.components)

    @cached_property
    def continuous(self) -> tuple[str, ...]:
        """The variables that can have more values than there is a count of."""
        return tuple(name for name in self.values if any(_endless(cell) for cell in self.cells(name)))

    @cached_property
    def cardinality(self) -> int | None:
        """How many combinations of the values of discrete variables are legal; None where not proved.

        A combination is counted once, whatever the continuous variables are, if they can be anything.
        Where a continuous variable decides about the domain of a discrete one, each decision counts for
        itself.
        """
        total = 0 if self.contradiction is not None else 1
        for name in self.free:
            if name not in self.continuous:
                total *= sum(cell.piece.size or 0 for cell in self.cells(name))
        for component in self.components:
            counted = self._counted(component)
            if counted is None:
                return None
            total *= counted
        return total

    @cached_property
    def mass(self) -> float | None:
        """The share of the prior that is legal; None where that was not proved."""
        if self.contradiction is not None:
            return 0.0
        total = 1.0
        for component in self.components:
            if not component.exact:
                return None
            mass, exponent = component.mass
            total *= mass * 2.0 ** max(exponent, -1022)
        return min(1.0, total)

    def always(self, constraint: int) -> bool:
        """Tell whether a constraint holds wherever the domains are kept to, so that it forbids nothing."""
        form = next((form for form in self.fixed if form.constraint == constraint), None)
        if form is not None:
            return form.decide({}, {}) is True
        names = self.meanings.reads(self.space.constraints[constraint].condition)
        component = self.by_name[names[0]]
        root = component.roots.get(constraint, MAYBE)
        if root == TRUE or component.tries is None:
            return root == TRUE
        needed = set(names)
        for variable in reversed(self.space.variables):
            if variable.name in needed and variable.name in component.arms:
                needed.update(
                    name for form in component.forms if form.variable == variable.name for name in form.names
                )
        arms = [node for name, node in component.arms.items() if name in needed]
        return bool(arms) and not component.possible([*arms, component.tries.negated(root)])

    def _counted(self, component: Component) -> int | None:
        if not component.exact or component.diagram is None:
            return None
        endless = {name for name in component.names if name in self.continuous}
        diagram = component.diagram
        tail = diagram.order[len(diagram.order) - len(endless) :]
        if not endless.issuperset(tail):
            again = Component(component.names, component.forms, component.cells, component.worked)
            try:
                _settle(again, endless)
            except TooWideError:
                return None
            if again.diagram is None:
                return None
            diagram = again.diagram
        sizes: dict[str, list[int | None]] = {
            name: [None if name in endless else cell.piece.size for cell in component.cells[name]]
            for name in component.names
        }
        return diagram.count(sizes)

    def _conditions(self) -> Iterator[model.Expr]:
        """Return what decides about configurations, without what composites need to have a value."""
        for variable in self.space.variables:
            if variable.active is not None:
                yield variable.active
            for arm in self.values[variable.name].arms:
                if arm.condition is not None:
                    yield arm.condition
        for constraint in self.space.constraints:
            yield constraint.condition

    def _constraints(self) -> list[Form]:
        found: list[Form] = []
        for k, constraint in enumerate(self.space.constraints):
            sure = self.cutting.add(constraint.condition)
            decide = self.cutting.decision(constraint.condition)
            names = self.meanings.reads(constraint.condition)
            shape = self.cutting.shape(constraint.condition, names)
            found.append(Form(names, decide, sure, k, shape=shape))
        return found

    def _computed(self) -> list[Form]:
        """Return that composites have a value, where they may have none."""
        variables = {variable.name: variable for variable in self.space.variables}
        intervals = Intervals(variables, {composite.name: composite for composite in self.space.composites})
        found: list[Form] = []
        for composite in self.space.composites:
            if not fallible(composite.value, intervals):
                continue
            sure = self.cutting.add_value(composite.value)
            meaning = self.meanings.of(model.VariableRef(composite.name, composite.span))
            names = self.meanings.reads(model.VariableRef(composite.name, composite.span))
            if composite.active is not None:
                sure = self.cutting.add(composite.active) and sure
            found.append(Form(names, _exists(meaning), sure, None, composite.name))
        return found

    def _arms(self) -> list[Form]:
        found: list[Form] = []
        for variable in self.space.variables:
            arms = self.values[variable.name].arms
            conditions = [arm.condition for arm in arms if arm.condition is not None]
            if variable.active is not None:
                conditions.append(variable.active)
            if not conditions:
                continue
            answers = [self.cutting.add(condition) for condition in conditions]
            read = {name: None for condition in conditions for name in self.meanings.reads(condition)}
            names = tuple({**read, variable.name: None})
            active = None if variable.active is None else self.cutting.decision(variable.active)
            tests = [
                (arm.number, None if arm.condition is None else self.cutting.decision(arm.condition))
                for arm in arms
            ]
            decide = _which(variable.name, names, active, tests)
            shape = self._arms_shape(variable, names)
            found.append(Form(names, decide, all(answers), None, variable.name, shape))
        return found

    def _arms_shape(self, variable: model.Variable, names: tuple[str, ...]) -> Hashable:
        """Return what variables have in common whose domains are decided about alike."""
        found: list[Hashable] = [names.index(variable.name)]
        numbered = [(arm.number, arm.condition) for arm in self.values[variable.name].arms]
        for number, condition in [(INACTIVE, variable.active), *numbered]:
            shape = None if condition is None else self.cutting.shape(condition, names, number)
            if condition is not None and shape is None:
                return None
            found.append(shape or number)
        return tuple(found)


_KEPT: Final = 64
_LAST: dict[tuple[int, int, int], Study] = {}  # the latest last; a study keeps alive what it is known by


def studied(space: model.Space, served: Mapping[str, model.Provider] | None = None) -> Study:
    """Return the study of a space; for one of the last that were studied, the same study.

    The check asks first, and what is generated of the space after it; its name may be another one then.
    """
    identity = id(space.variables), id(space.composites), id(space.constraints)
    known = _LAST.pop(identity, None)
    if known is None or known.served != (served or {}):
        known = Study(space, served)
    _LAST[identity] = known
    while len(_LAST) > _KEPT:
        _LAST.pop(next(iter(_LAST)), None)
    return known


def _exists(meaning: Meaning) -> Decision:
    def exists(values: Mapping[Any, Any], _: Mapping[Any, Any]) -> Any:
        return valued(meaning, values)

    return exists


class _Arms:
    """Which arm of a variable holds, given what its conditions read.

    Attributes:
        sure: The answers for arms where they are not `otherwise`.
        otherwise: The answer for all other arms.
        any: The answer where the arm of the cell is not known.
    """

    __slots__ = ("any", "otherwise", "read", "sure")

    def __init__(self, read: Sequence[Any], there: Any, tests: Iterator[tuple[int, Any]]) -> None:
        self.read = read  # kept, so that nothing else gets its identity
        self.sure: dict[int, Any] = {}
        self.otherwise: Any = False
        self.any: Any = UNKNOWN
        if there is None:
            self.any = False
            return
        if there is False:
            self.sure[INACTIVE] = True
            return
        sure = there is True
        self.sure[INACTIVE] = False if sure else UNKNOWN
        refused: list[int] = []
        for number, holds in tests:
            if holds is None:
                self.otherwise = self.any = False if sure else UNKNOWN
                break
            if holds is True:
                self.sure[number] = True if sure else UNKNOWN
                return
            if holds is False:
                refused.append(number)
            else:
                self.sure[number] = UNKNOWN
                sure = False
        else:
            self.otherwise = UNKNOWN
        self.sure.update(dict.fromkeys(refused, False))


_REMEMBERED: Final = 1 << 10  # answers of the conditions of one variable


def _which(
    name: str, names: Sequence[str], active: Decision | None, tests: Sequence[tuple[int, Decision | None]]
) -> Decision:
    """Return whether the arm of a variable's cell is the one that holds.

    The conditions are answered once for the values that they read, and not for each arm of the variable.
    """
    read = [other for other in names if other != name]
    known: dict[tuple[int, ...], _Arms] = {}

    def answered(values: Mapping[Any, Any], ranges: Mapping[Any, Any]) -> Iterator[tuple[int, Any]]:
        for number, test in tests:
            yield number, True if test is None else test(values, ranges)

    def which(values: Mapping[Any, Any], ranges: Mapping[Any, Any]) -> Any:
        given = [side[other] for other in read for side in (values, ranges)]
        identity = tuple(map(id, given))
        arms = known.get(identity)
        if arms is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            there = True if active is None else active(values, ranges)
            arms = known[identity] = _Arms(given, there, answered(values, ranges))
        own = values["arm", name]
        return arms.any if own is UNKNOWN else arms.sure.get(own, arms.otherwise)

    return which


def _whole(component: Component) -> Component:
    """Build the diagram of a component, without its widest constraints where it is too wide."""
    try:
        _settle(component)
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
        _settle(other, ranges)
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


def _settle(component: Component, last: Collection[str] = ()) -> None:
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


def _joined(names: Sequence[str], scopes: Sequence[Sequence[str]]) -> dict[str, str]:
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


def _endless(cell: Cell) -> bool:
    return cell.piece.size is None
