"""All legal assignments of cells to the variables of a component, as one diagram in layers.

A state of layer k is what the first k variables left open: the set of nodes that are still to be answered.
Equal states are merged, so the diagram grows with how much has to be remembered, not with how many
assignments there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from mlsig_compiler.proofs.effort import STATES, Effort
from mlsig_compiler.proofs.tries import FALSE, MAYBE, TRUE, TooWideError, Tries

WIDEST: Final = 100_000  # edges of a diagram
_TINY: Final = 2.0**-512


class Edge(NamedTuple):
    """From a state, with any of these cells, to a state of the next layer."""

    cells: tuple[int, ...]
    to: int


@dataclass(slots=True)
class Diagram:
    """Layers of states; the last layer has one state, `legal`, or none.

    Attributes:
        order: The variable that each layer decides.
        layers: For each variable the states before it, and for each of those its edges; only states and
            edges from which a legal assignment can be reached.
    """

    order: tuple[str, ...]
    layers: list[list[list[Edge]]]

    @property
    def legal(self) -> bool:
        """Whether there is a legal assignment."""
        return not self.layers or bool(self.layers[0])

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return sum(len(edges) for layer in self.layers for edges in layer)

    def reached(self) -> dict[str, set[int]]:
        """Return the cells of each variable that some legal assignment has."""
        return {
            name: {cell for edges in layer for edge in edges for cell in edge.cells}
            for name, layer in zip(self.order, self.layers, strict=True)
        }

    def masses(self, mass: Mapping[str, Sequence[float]]) -> tuple[list[list[float]], int]:
        """Return the mass of what follows each state, from the last layer on.

        Each layer is scaled by a power of two; the exponents add up to the number returned beside.
        """
        after = [1.0]
        found = [after]
        exponent = 0
        for name, layer in zip(reversed(self.order), reversed(self.layers), strict=True):
            weights = mass[name]
            after = [
                sum(sum(weights[cell] for cell in edge.cells) * after[edge.to] for edge in edges)
                for edges in layer
            ]
            if after and 0.0 < max(after) < _TINY:
                after = [x * 2.0**512 for x in after]
                exponent -= 512
            found.append(after)
        return found[::-1], exponent

    def count(self, sizes: Mapping[str, Sequence[int | None]]) -> int:
        """Return the number of legal assignments of values; variables with a None are only asked whether.

        Those stand last.
        """
        after = [1]
        for name, layer in zip(reversed(self.order), reversed(self.layers), strict=True):
            size = sizes[name]
            if None in size:
                after = [1 for _ in layer]
            else:
                after = [
                    sum(sum(size[cell] or 0 for cell in edge.cells) * after[edge.to] for edge in edges)
                    for edges in layer
                ]
        return after[0] if after else 0

    def paths(self) -> int:
        """Return how many paths of edges there are."""
        after = [1]
        for layer in reversed(self.layers):
            after = [sum(after[edge.to] for edge in edges) for edges in layer]
        return after[0] if after else 0

    def example(self) -> dict[str, int]:
        """Return one legal assignment of cells; there is one."""
        state = 0
        found: dict[str, int] = {}
        for name, layer in zip(self.order, self.layers, strict=True):
            edge = layer[state][0]
            found[name] = edge.cells[0]
            state = edge.to
        return found


def build(
    order: Sequence[str],
    sizes: Mapping[str, int],
    tries: Tries,
    roots: Collection[int],
    only: Mapping[str, Collection[int]] | None = None,
    *,
    widest: int = WIDEST,
) -> Diagram:
    """Return the diagram of the conjunction of conditions.

    Args:
        order: The variables, as in `tries`.
        sizes: How many cells each has.
        tries: The nodes.
        roots: The node of each condition.
        only: The cells that variables are held to.
        widest: The edges that it may have.

    Raises:
        TooWideError: It would have more than `widest` edges, or more open conditions than `STATES`.
    """
    effort = Effort(STATES)
    if FALSE in roots:
        return Diagram(tuple(order), [[] for _ in order])
    starting: dict[int, set[int]] = {}
    for root in roots:
        if root not in (TRUE, MAYBE):
            starting.setdefault(tries.asks[root], set()).add(root)
    states: list[frozenset[int]] = [frozenset()]
    layers: list[list[list[Edge]]] = []
    edges = 0
    for k, name in enumerate(order):
        cells = only[name] if only and name in only else range(sizes[name])
        following: dict[frozenset[int], int] = {}
        layer: list[list[Edge]] = []
        fresh = starting.get(k, set())
        for state in states:
            here = _edges(k, state | fresh, cells, tries, following)
            layer.append(here)
            edges += len(here)
            if edges > widest or not effort.allows((len(state) + 1) * len(here)):
                raise TooWideError
        layers.append(layer)
        states = list(following)
    return Diagram(tuple(order), _alive(layers))


def _edges(
    k: int,
    state: frozenset[int],
    cells: Collection[int],
    tries: Tries,
    following: dict[frozenset[int], int],
) -> list[Edge]:
    """Return the edges out of one state, those to the same state as one."""
    asks, answers = tries.asks, tries.answers
    asking = [node for node in state if asks[node] == k]
    if not asking:
        to = following.setdefault(state, len(following))
        return [Edge(tuple(cells), to)]
    kept = state.difference(asking)
    asked = [answers[node] for node in asking]
    ways: dict[tuple[int, ...], list[int]] = {}
    for cell in cells:
        ways.setdefault(tuple([answer[cell] for answer in asked]), []).append(cell)
    found: dict[int, list[int]] = {}
    for way, through in ways.items():
        if FALSE in way:
            continue
        left = kept.union([node for node in way if node > MAYBE])
        to = following.setdefault(left, len(following))
        found.setdefault(to, []).extend(through)
    return [Edge(tuple(sorted(through)), to) for to, through in found.items()]


def _alive(layers: list[list[list[Edge]]]) -> list[list[list[Edge]]]:
    """Drop edges and states that lead nowhere."""
    found: list[list[list[Edge]]] = []
    places: dict[int, int] = {0: 0}
    for layer in reversed(layers):
        kept: list[list[Edge]] = []
        now: dict[int, int] = {}
        for k, edges in enumerate(layer):
            alive = [Edge(edge.cells, places[edge.to]) for edge in edges if edge.to in places]
            if alive:
                now[k] = len(kept)
                kept.append(alive)
        found.append(kept)
        places = now
    return found[::-1]
