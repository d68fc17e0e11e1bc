"""Conditions as lists of values: what libraries without expressions can be told.

    adapter == JSON and demos < 2     ->     adapter in [JSON], demos in [0, 1]

A condition is evaluated for every combination of the values that it reads, and the combinations for which
it holds are joined to boxes, each a set of values for each parameter. So any condition can be said, exactly,
that reads few enough values: no continuous numbers, and no wide ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mlsig.bridges.parameters import Parameter, parameter, parameters
from mlsig.functions import NO_VALUE
from mlsig.spaces.designs import spread
from mlsig.spaces.domains import Domain, IntDomain, OptionsDomain
from mlsig.spaces.members import behind, members
from mlsig.spaces.variables import Composite, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

LISTED: Final = 256
"""Up to so many values of a parameter are listed."""

COMBINATIONS: Final = 20_000
BOXES: Final = 100

Box: TypeAlias = dict[str, tuple[int, ...]]
"""The numbers of the values, in the order of its domain, that each parameter may have."""

Point: TypeAlias = tuple[tuple[str, int] | None, ...]
"""For each variable its parameter and the number of its value, or None where it is not active."""


class NotListedError(Exception):
    """The condition reads too much to be said in lists of values; the message says what."""


def boxes(space: type[Space], reads: Sequence[str], holds: Callable[[Mapping[str, Any]], bool]) -> list[Box]:
    """Return when something holds, as boxes of which one or none has a configuration.

    Args:
        space: The space.
        reads: The variables and composites that are read.
        holds: What is asked of their values, by name; it holds not where it has no value.

    Raises:
        NotListedError: The values that it reads cannot be listed, or make too many boxes.
    """
    direct = [variable for variable in space.variables if variable.name in behind(space, reads)]
    every = _ancestors(space, reads)
    _small_enough(space, every)
    points = list(_points(space, every, holds))
    shown = every
    if not any(None in _projected(point, every, direct) for point, held in points if held):
        shown = direct  # what is read is there whenever it holds
    held = {_projected(point, every, shown) for point, found in points if found}
    shapes: dict[tuple[str | None, ...], list[tuple[int, ...]]] = {}
    for point in held:
        shape = tuple(None if place is None else place[0] for place in point)
        shapes.setdefault(shape, []).append(tuple(-1 if place is None else place[1] for place in point))
    found: list[Box] = []
    for shape, rows in shapes.items():
        for sets in _joined(rows, len(shape)):
            found.append({name: values for name, values in zip(shape, sets, strict=True) if name is not None})
    if len(found) > BOXES:
        raise NotListedError(f"it takes {len(found)} lists of values")
    return [_without_all(space, box) for box in found]


def listed(domain: Domain) -> bool:
    """Tell whether the values of a domain are listed one by one; steps that grow with the value are not."""
    if isinstance(domain, OptionsDomain):
        return True
    if domain.size is None or domain.size > LISTED:
        return False
    return not domain.log or (isinstance(domain, IntDomain) and domain.step == 1)


def values(domain: Domain) -> list[Any]:
    """Return the values of a domain that is listed."""
    return list(spread(domain, LISTED))


def _ancestors(space: type[Space], reads: Sequence[str]) -> list[Variable]:
    """Return the variables that decide about some names: themselves, and what their own conditions read."""
    depends = {member.name: member.depends for member in members(space)}
    found = set(reads)
    waiting = list(reads)
    while waiting:
        for name in depends[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return [variable for variable in space.variables if variable.name in found]


def _small_enough(space: type[Space], variables: Sequence[Variable]) -> None:
    combinations = 1
    for variable in variables:
        for found in parameters(space)[variable.name]:
            if not listed(found.domain):
                raise NotListedError(f"it reads `{variable.name}`, {found.domain}")
        combinations *= max(found.domain.size or 1 for found in parameters(space)[variable.name])
    if combinations > COMBINATIONS:
        raise NotListedError(f"it reads {combinations:,} combinations of values")


def _points(
    space: type[Space], variables: Sequence[Variable], holds: Callable[[Mapping[str, Any]], bool]
) -> Iterator[tuple[Point, bool]]:
    """Yield every combination of the values of some variables, and whether something holds there."""
    wanted = {variable.name for variable in variables}
    steps: list[Variable | Composite] = []
    known: set[str] = set()
    for member in members(space):
        if member.name in wanted or (isinstance(member, Composite) and known.issuperset(member.depends)):
            steps.append(member)
            known.add(member.name)

    def walk(k: int, known: dict[str, Any], point: Point) -> Iterator[tuple[Point, bool]]:
        if k == len(steps):
            try:
                yield point, holds(known)
            except NO_VALUE:
                yield point, False
            return
        member = steps[k]
        if isinstance(member, Composite):
            try:
                more = {member.name: member.value(known)} if member.exists(known) else {}
            except NO_VALUE:
                more = {}  # no configuration has these values
            yield from walk(k + 1, {**known, **more}, point)
            return
        try:
            arm = member.branch(known) or member if member.exists(known) else None
        except NO_VALUE:
            return
        if arm is None:
            yield from walk(k + 1, known, (*point, None))
            return
        name = parameter(space, member, arm).name
        for number, value in enumerate(values(arm.domain)):
            yield from walk(k + 1, {**known, member.name: value}, (*point, (name, number)))

    yield from walk(0, {}, ())


def _projected(point: Point, every: Sequence[Variable], shown: Sequence[Variable]) -> Point:
    names = {variable.name for variable in shown}
    return tuple(place for place, variable in zip(point, every, strict=True) if variable.name in names)


def _joined(rows: list[tuple[int, ...]], width: int) -> list[tuple[tuple[int, ...], ...]]:
    """Join points to boxes, one dimension after the other, as long as that makes fewer of them."""
    found: set[tuple[tuple[int, ...], ...]] = {tuple((value,) for value in row) for row in rows}
    before = 0
    while len(found) != before:
        before = len(found)
        for k in range(width):
            groups: dict[Any, set[int]] = {}
            for box in found:
                groups.setdefault((box[:k], box[k + 1 :]), set()).update(box[k])
            found = {(*left, tuple(sorted(union)), *right) for (left, right), union in groups.items()}
    return sorted(found)


def _without_all(space: type[Space], box: Box) -> Box:
    """Leave out parameters that are always active and may have any of their values."""
    always: dict[str, Parameter] = {
        found.name: found
        for several in parameters(space).values()
        for found in several
        if len(several) == 1 and found.variable.when is None
    }
    return {
        name: numbers
        for name, numbers in box.items()
        if name not in always or len(numbers) < (always[name].domain.size or 0)
    }
