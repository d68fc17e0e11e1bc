"""Conditions as decision diagrams over cells: one node for each question that is still open.

    tries.add(["a", "b"], decide)      ->   the node that asks for the cell of `a`, then for that of `b`

Nodes are shared: two conditions that ask the same from here on are one node. A node whose answers are all
the same is that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mlsig_compiler.proofs.abstraction import UNKNOWN, Range
from mlsig_compiler.proofs.cells import Cell, Listed

FALSE: Final = 0
TRUE: Final = 1
MAYBE: Final = 2
"""A node for what has no sure answer on a cell: taken for true, and tested on the values."""

MOST: Final = 1 << 17  # questions for one condition

Decision = Callable[[Mapping[Any, Any], Mapping[Any, Any]], Any]
"""Says True, False or UNKNOWN, given one value of each cell, and all that its values can be, by name.

In the first, the arm of the cell stands under `("arm", name)`.
"""


class TooWideError(Exception):
    """A condition, or a component, is too large to be looked at whole."""


class Tries:
    """The nodes of a component, whose variables stand in `order`."""

    def __init__(self, order: Sequence[str], cells: Mapping[str, Sequence[Cell]]) -> None:
        self._order = tuple(order)
        self.place = {name: k for k, name in enumerate(order)}
        self.asks: list[int] = [len(order)] * 3  # which variable each node asks for
        self.answers: list[tuple[int, ...]] = [()] * 3
        self._shown = {
            name: [(cell.arm, cell.piece.sample, known(cell)) for cell in cells[name]] for name in order
        }
        self._nodes: dict[tuple[int, tuple[int, ...]], int] = {}

    def add(self, names: Sequence[str], decide: Decision) -> int:
        """Return the node of a condition that reads the named variables.

        Raises:
            TooWideError: It would take too many questions.
        """
        scope = sorted(names, key=self.place.__getitem__)
        unknown: dict[Any, Any] = dict.fromkeys(scope, UNKNOWN)
        unknown |= {("arm", name): UNKNOWN for name in scope}
        return _Building(self, scope, decide, unknown).node(0)

    def node(self, name: str, answers: tuple[int, ...]) -> int:
        """Return the node that asks for a variable and goes on as said for each cell."""
        if all(answer == answers[0] for answer in answers):
            return answers[0]
        question = (self.place[name], answers)
        if question not in self._nodes:
            self._nodes[question] = len(self.asks)
            self.asks.append(question[0])
            self.answers.append(answers)
        return self._nodes[question]

    def negated(self, node: int) -> int:
        """Return the node of the opposite of a condition."""
        known = {FALSE: TRUE, TRUE: FALSE, MAYBE: MAYBE}

        def negated(node: int) -> int:
            if node not in known:
                name = self._order[self.asks[node]]
                known[node] = self.node(name, tuple([negated(answer) for answer in self.answers[node]]))
            return known[node]

        return negated(node)

    def shown(self, name: str) -> list[tuple[int, Any, Any]]:
        """Return the arm of each cell of a variable, one of its values, and what is known of all of them."""
        return self._shown[name]

    def vague(self, node: int) -> bool:
        """Tell whether a condition has no sure answer somewhere."""
        seen = {node}
        waiting = [node]
        while waiting:
            for answer in self.answers[waiting.pop()]:
                if answer not in seen:
                    seen.add(answer)
                    waiting.append(answer)
        return MAYBE in seen


class _Building:
    """One condition on its way to nodes."""

    def __init__(self, tries: Tries, scope: Sequence[str], decide: Decision, values: dict[Any, Any]) -> None:
        self._tries = tries
        self._scope = scope
        self._decide = decide
        self._values = values
        self._ranges = dict(values)
        self._asked = 0

    def node(self, depth: int) -> int:
        self._asked += 1
        if self._asked > MOST:
            raise TooWideError
        answer = self._decide(self._values, self._ranges)
        if answer is not UNKNOWN:
            return TRUE if answer else FALSE
        if depth == len(self._scope):
            return MAYBE
        name = self._scope[depth]
        answers: list[int] = []
        for arm, value, every in self._tries.shown(name):
            self._values[name] = value
            self._values["arm", name] = arm
            self._ranges[name] = every
            answers.append(self.node(depth + 1))
        self._values[name] = self._values["arm", name] = self._ranges[name] = UNKNOWN
        return self._tries.node(name, tuple(answers))


def known(cell: Cell) -> Any:
    """Return what is known of every value of a cell."""
    piece = cell.piece
    if isinstance(piece, Listed):
        if piece.size == 1:
            return piece.sample
        numbers = [x for x in piece.values if isinstance(x, int | float) and not isinstance(x, bool)]
        return Range(min(numbers), max(numbers)) if len(numbers) == piece.size else UNKNOWN
    low, high = piece.ends
    return low if low == high else Range(low, high)
