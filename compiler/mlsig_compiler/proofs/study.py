"""A space cut into cells, and what its components allow.

study = Study(space, served)
study.components            variables that conditions join, with the diagram of what is legal
study.free                  variables that no condition reads and none decides about
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.proofs.abstraction import Meanings
from mlsig_compiler.proofs.arms import values
from mlsig_compiler.proofs.cells import INACTIVE, Cell
from mlsig_compiler.proofs.components import Component, Form, joined, settle, whole
from mlsig_compiler.proofs.cutting import Cutting
from mlsig_compiler.proofs.deciding import has_value, which_arm
from mlsig_compiler.proofs.intervals import Intervals
from mlsig_compiler.proofs.overflow import fallible
from mlsig_compiler.proofs.tries import MAYBE, TRUE, Known, TooWideError


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
        roots = joined(list(self.values), [form.names for form in forms])
        by_first: dict[str, list[Form]] = {}
        for form in forms:
            if form.names:
                by_first.setdefault(roots[form.names[0]], []).append(form)
        members: dict[str, list[str]] = {}
        for name in self.values:
            members.setdefault(roots[name], []).append(name)
        self.free = [names[0] for root, names in members.items() if root not in by_first]
        for root, found in by_first.items():
            names = tuple(members[root])
            cells = {name: self.cutting.cells(name) for name in names}
            self.components.append(whole(Component(names, tuple(found), cells, worked)))
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
                settle(again, endless)
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
            found.append(Form(names, has_value(meaning), sure, None, composite.name))
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
            decide = which_arm(variable.name, names, active, tests)
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


def _endless(cell: Cell) -> bool:
    return cell.piece.size is None
