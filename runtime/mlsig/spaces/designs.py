"""Sets of configurations that cover a space: all of a grid, Latin hypercubes and Sobol points.

The last two spread the uniform numbers that `sample` asks for, and `sample` makes legal configurations of any
numbers. So they cover what is legal, by the declared priors, however little of the space that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any, Final, cast

from mlsig.functions import NO_VALUE
from mlsig.spaces.coding import scale
from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain
from mlsig.spaces.draws import Rng, index
from mlsig.spaces.members import ConfigT, holds, made, members
from mlsig.spaces.variables import Composite, Constraint

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

_BITS: Final = 32
"""Sobol points are multiples of 2**-32; they can be told apart up to 2**32 of them."""


def grid(space: type[Space], config: type[ConfigT], points: int) -> Iterator[ConfigT]:
    """Yield every legal combination; see `Space.grid`."""
    if points < 1:
        raise ValueError(f"a grid needs at least 1 point for each number, not {points}")
    rules = _ready(cast("Any", space))
    steps = members(space)

    def walk(k: int, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not all(holds(rule, known) for rule in rules.get(k, ())):
            return
        if k == len(steps):
            yield dict(known)
            return
        member = steps[k]
        try:
            if not member.exists(known):
                yield from walk(k + 1, known)
                return
            if isinstance(member, Composite):
                found: Sequence[Any] = (member.value(known),)
            else:
                found = spread(member.active(known), points)
        except NO_VALUE:
            return
        for value in found:
            known[member.name] = value
            yield from walk(k + 1, known)
        del known[member.name]

    for values in walk(0, {}):
        yield made(config, values)


def latin_hypercube(space: type[Space], n: int, rng: Rng) -> list[Any]:
    """Return `n` legal configurations; see `Space.latin_hypercube`."""
    columns = [_shuffled(n, rng) for _ in range(_draws(cast("Any", space)))]
    rows = ([(column[i] + rng.random()) / n for column in columns] for i in range(n))
    return [space.sample(_Given(row)) for row in rows]


def sobol(space: type[Space], n: int, seed: int) -> list[Any]:
    """Return `n` legal configurations; see `Space.sobol`."""
    count = _draws(cast("Any", space))
    if not count:
        return [space.sample(_Given(())) for _ in range(n)]
    try:
        qmc: Any = import_module("scipy.stats.qmc")  # an extra, slow to import, without types
    except ImportError:
        message = "Sobol points need SciPy: pip install 'mlsig[sobol]'; `latin_hypercube` does without"
        raise ImportError(message) from None
    if count > qmc.Sobol.MAXDIM:
        message = f"{space.name} needs {count} numbers a sample; Sobol points have at most {qmc.Sobol.MAXDIM}"
        raise ValueError(f"{message}: use `latin_hypercube`")
    power = max(0, (n - 1).bit_length())  # whole powers of two are balanced; what is too much is left out
    made_points = qmc.Sobol(d=count, scramble=True, bits=_BITS, rng=seed).random_base2(power)
    return [space.sample(_Given(row)) for row in made_points[:n].tolist()]


def spread(domain: Domain, points: int) -> Sequence[Any]:
    """Return all values of a finite domain, but at most `points` of a number's, ends included."""
    if isinstance(domain, OptionsDomain):
        return domain.options
    size = domain.size
    count = points if size is None else min(points, size)
    if count == 1:
        middle = scale(domain)[1](0.5)
        return (middle,)
    if isinstance(domain, FloatDomain) and size is None:
        value = scale(domain)[1]
        return tuple(value(k / (count - 1)) for k in range(count))
    whole = size or count
    numbers = dict.fromkeys(k * (whole - 1) // (count - 1) for k in range(count))
    return tuple(_nth(domain, number) for number in numbers)


def _nth(domain: FloatDomain | IntDomain, k: int) -> float:
    if isinstance(domain, IntDomain):
        return domain.low + k * domain.step
    grid = domain.grid
    return domain.low if grid is None else grid.at(k)


@lru_cache(maxsize=256)
def _ready(space: Any) -> Mapping[int, tuple[Constraint, ...]]:
    """Return the constraints by the number of members after which all that they read is decided."""
    places = {member.name: k + 1 for k, member in enumerate(members(space))}
    found: dict[int, tuple[Constraint, ...]] = {}
    for rule in space.constraints:
        place = max((places[name] for name in rule.reads), default=0)
        found[place] = (*found.get(place, ()), rule)
    return found


class _Given:
    """Numbers that were chosen before, in turn."""

    def __init__(self, numbers: Sequence[float]) -> None:
        self._numbers = iter(numbers)

    def random(self) -> float:
        return next(self._numbers)


class _Counting:
    def __init__(self) -> None:
        self.count = 0
        self._rng = Random(0)  # noqa: S311  (any numbers do)

    def random(self) -> float:
        self.count += 1
        return self._rng.random()


@lru_cache(maxsize=256)
def _draws(space: Any) -> int:
    """Return how many numbers a sample asks for; every sample of a space asks for as many."""
    counting = _Counting()
    space.sample(counting)
    return counting.count


def _shuffled(n: int, rng: Rng) -> list[int]:
    found = list(range(n))
    for k in range(n - 1, 0, -1):
        other = index(rng.random(), k + 1)
        found[k], found[other] = found[other], found[k]
    return found
