"""The legal assignments of a component, as rows of pieces with their masses.

Cells that lead to the same state, and stand side by side, are one piece: so a row says "any number from here
to there" where nothing but the number depends on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from mlsig_compiler.proofs.cells import Cell, Listed, Piece, Span, Steps
from mlsig_compiler.proofs.components import Component
from mlsig_compiler.proofs.diagrams import Diagram


class Part(NamedTuple):
    """Some cells of a variable that are drawn from as one."""

    piece: Piece
    mass: float


class Row(NamedTuple):
    """One part for each variable of a component, in the order of its diagram."""

    parts: tuple[Part, ...]
    mass: float


def parts(cells: Sequence[Cell], chosen: Collection[int]) -> list[Part]:
    """Return some cells of a variable as parts, without those that have no chance."""
    found: list[tuple[Cell, float]] = []
    for k in sorted(chosen):
        cell = cells[k]
        if not cell.mass:
            continue
        if found:
            last, mass = found[-1]
            joined = _joined(last, mass, cell)
            if joined is not None:
                found[-1] = (Cell(cell.arm, joined, 0.0), mass + cell.mass)
                continue
        found.append((cell, cell.mass))
    return [Part(cell.piece, mass) for cell, mass in found]


def _joined(last: Cell, mass: float, cell: Cell) -> Piece | None:
    """Return two cells as one piece, where they stand side by side in one arm and are drawn from alike."""
    one, other = last.piece, cell.piece
    if last.arm != cell.arm:
        return None
    if isinstance(one, Steps) and isinstance(other, Steps):
        if one.first + one.count != other.first:
            return None
        return Steps(one.domain, one.origin, one.step, one.scale, one.first, one.count + other.count)
    if isinstance(one, Span) and isinstance(other, Span):
        return Span(one.domain, one.low, other.high)
    if isinstance(one, Listed) and isinstance(other, Listed):
        alike = abs(mass * other.size - cell.mass * one.size) <= 1e-12 * mass * other.size
        return Listed((*one.values, *other.values)) if alike else None
    return None


def count(component: Component, diagram: Diagram, most: int) -> int | None:
    """Return how many rows there are, None where there are more than `most`."""
    after = [1]
    for name, layer in zip(reversed(diagram.order), reversed(diagram.layers), strict=True):
        cells = component.cells[name]
        after = [sum(len(parts(cells, edge.cells)) * after[edge.to] for edge in edges) for edges in layer]
        if after and max(after) > most:
            return None
    return after[0] if after else 0


def rows(component: Component, diagram: Diagram) -> Iterator[Row]:
    """Return every row that has a chance, in the order of the diagram."""
    paths: list[tuple[int, tuple[Part, ...], float]] = [(0, (), 1.0)] if diagram.legal else []
    while paths:  # no recursion: a component can have a thousand variables
        state, taken, mass = paths.pop()
        if len(taken) == len(diagram.order):
            yield Row(taken, mass)
            continue
        depth = len(taken)
        cells = component.cells[diagram.order[depth]]
        paths += [
            (edge.to, (*taken, part), mass * part.mass)
            for edge in reversed(diagram.layers[depth][state])
            for part in reversed(parts(cells, edge.cells))
        ]
