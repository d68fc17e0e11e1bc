"""Cells: the parts of a domain on which every condition of a space has one answer.

    float(0.0..2.0), with `heat > 1.0` somewhere         ->   Span(0.0, 1.0) and Span(1.0000000000000002, 2.0)
    int(16..4096, step=16), with `tokens >= 1024`        ->   Steps(first=0, count=63) and Steps(first=63, …)
    choice("a", "b", "c"), with `style == "b"`           ->   Listed("b") and Listed("a", "c")

A variable has one list of cells, over all the domains that it can have: each knows its arm. Where a
variable can be inactive, one more cell stands for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from mlsig.spaces.grids import float_grid

from mlsig_compiler.model import FloatDomain, IntDomain, OptionsDomain

INACTIVE: Final = -1
"""The arm of the cell in which a variable is not there at all; its only value is null."""

Prior: TypeAlias = Literal["even", "log", "normal"]


@dataclass(frozen=True, slots=True)
class Listed:
    """Values that are equally likely, named one by one."""

    values: tuple[Any, ...]

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def sample(self) -> Any:
        """One of them."""
        return self.values[0]


@dataclass(frozen=True, slots=True)
class Steps:
    """The values (origin + k * step) / scale for k = first … first + count - 1; ints where `scale` is 0."""

    domain: IntDomain | FloatDomain
    origin: int
    step: int
    scale: int
    first: int
    count: int

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.count

    def at(self, k: int) -> Any:
        """Return value number `k` of the whole domain, the nearest float to its decimal."""
        number = self.origin + k * self.step
        return number / self.scale if self.scale else number

    @property
    def sample(self) -> Any:
        """One of them."""
        return self.at(self.first)

    @property
    def ends(self) -> tuple[Any, Any]:
        """The least and the greatest."""
        return self.at(self.first), self.at(self.first + self.count - 1)


@dataclass(frozen=True, slots=True)
class Span:
    """Every float from `low` to `high`, both included."""

    domain: FloatDomain
    low: float
    high: float

    @property
    def size(self) -> int | None:
        """One where it is a point, None for a continuum."""
        return 1 if self.low == self.high else None

    @property
    def sample(self) -> Any:
        """One of them."""
        return self.low

    @property
    def ends(self) -> tuple[Any, Any]:
        """The least and the greatest."""
        return self.low, self.high


Piece: TypeAlias = Listed | Steps | Span


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of one of the domains of a variable.

    Attributes:
        arm: Which domain: the number of a branch, `len(branches)` for the variable's own, or `INACTIVE`.
        piece: The values.
        mass: The chance of the cell where this arm holds.
    """

    arm: int
    piece: Piece
    mass: float


NOTHING: Final = Listed((None,))
"""The piece of a variable that is not there; a null that is an option is another piece."""

NULL: Final = Cell(INACTIVE, NOTHING, 1.0)


def prior(domain: FloatDomain | IntDomain | OptionsDomain) -> Prior:
    """Return how a domain is drawn from."""
    if isinstance(domain, OptionsDomain):
        return "even"
    if domain.log:
        return "log"
    return "normal" if isinstance(domain, FloatDomain) and domain.normal else "even"


def whole(domain: FloatDomain | IntDomain) -> Steps | Span:
    """Return a range as one piece."""
    if isinstance(domain, IntDomain):
        count = (domain.high - domain.low) // domain.step + 1
        return Steps(domain, domain.low, domain.step, 0, 0, count)
    if domain.step is None:
        return Span(domain, float(domain.low), float(domain.high))
    grid = float_grid(float(domain.low), float(domain.high), float(domain.step))
    return Steps(domain, grid.first, grid.step, grid.scale, 0, grid.size)
