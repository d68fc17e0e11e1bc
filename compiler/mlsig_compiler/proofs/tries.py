"""Conditions as decision diagrams over cells: one node for each question that is still open.

    tries.add(["a", "b"], decide)      ->   the node that asks for the cell of `a`, then for that of `b`

Nodes are shared: two conditions that ask the same from here on are one node. A node whose answers are all
the same is that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mlsig_compiler.proofs.abstraction import UNKNOWN, Range
from mlsig_compiler.proofs.cells import Cell, Listed
from mlsig_compiler.proofs.effort import QUESTIONS, Effort

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


class Form(NamedTuple):
    """A condition, worked out for some variables in some order, whatever they are called.

    Attributes:
        nodes: The variable that each node asks for, by its number, and its answers: `FALSE`, `TRUE`, `MAYBE`,
            or 3 and more for the nodes themselves, each after its answers.
        root: The first question, or the answer.
    """

    nodes: tuple[tuple[int, tuple[int, ...]], ...]
    root: int


class Known:
    """What was worked out of the conditions of a space, for all its components.

    Attributes:
        effort: The questions that may still be asked.
        forms: The conditions by what they say, None for those that are too much.
        kinds: A number for each list of cells.
    """

    __slots__ = ("effort", "forms", "kinds")

    def __init__(self, effort: Effort | None = None) -> None:
        self.effort = effort or Effort(QUESTIONS)
        self.forms: dict[Hashable, Form | None] = {}
        self.kinds: dict[Hashable, int] = {}


class Tries:
    """The nodes of a component, whose variables stand in `order`."""

    def __init__(
        self,
        order: Sequence[str],
        cells: Mapping[str, Sequence[Cell]],
        worked: Known | None = None,
    ) -> None:
        self._worked = worked or Known()
        self._order = tuple(order)
        self.place = {name: k for k, name in enumerate(order)}
        self.asks: list[int] = [len(order)] * 3  # which variable each node asks for
        self.answers: list[tuple[int, ...]] = [()] * 3
        self._shown = {
            name: [(cell.arm, cell.piece.sample, known(cell)) for cell in cells[name]] for name in order
        }
        self._nodes: dict[tuple[int, tuple[int, ...]], int] = {}
        self._kinds: dict[str, int] = {}

    def add(self, names: Sequence[str], decide: Decision, shape: Hashable = None) -> int:
        """Return the node of a condition that reads the named variables.

        Args:
            names: The variables.
            decide: The condition.
            shape: Equal for conditions that say the same of their variables, which stand for themselves in
                the order of `names`: such are worked out once. None where that is not known.

        Raises:
            TooWideError: It would take too many questions.
        """
        scope = sorted(names, key=self.place.__getitem__)
        if shape is None:
            form = self._worked_out(scope, decide)
        else:
            turned = tuple([names.index(name) for name in scope])
            identity = (shape, turned, tuple([self._kind(name) for name in scope]))
            if identity not in self._worked.forms:
                self._worked.forms[identity] = self._worked_out(scope, decide)
            form = self._worked.forms[identity]
        if form is None:
            raise TooWideError
        numbers = [FALSE, TRUE, MAYBE]
        for depth, answers in form.nodes:
            numbers.append(self.node(scope[depth], tuple([numbers[answer] for answer in answers])))
        return numbers[form.root]

    def _worked_out(self, scope: Sequence[str], decide: Decision) -> Form | None:
        """Return a condition over its variables in their order; None where that is too much."""
        unknown: dict[Any, Any] = dict.fromkeys(scope, UNKNOWN)
        unknown |= {("arm", name): UNKNOWN for name in scope}
        building = _Building([self._shown[name] for name in scope], scope, decide, unknown)
        each = max(1, len(scope))
        most = building.left = min(MOST, self._worked.effort.left // each)
        try:
            root = building.node(0)
        except TooWideError:
            return None
        finally:
            self._worked.effort.allows((most - building.left) * each)
        return Form(tuple(building.nodes), root)

    def _kind(self, name: str) -> int:
        """Return a number that variables with the same cells share."""
        if name not in self._kinds:
            cells = tuple(
                (arm, value.__class__, value, id(getattr(value, "figures", None)), every)
                for arm, value, every in self._shown[name]
            )
            self._kinds[name] = self._worked.kinds.setdefault(cells, len(self._worked.kinds))
        return self._kinds[name]

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
    """One condition on its way to a form; `left` is how many questions it may still ask."""

    def __init__(
        self,
        shown: Sequence[list[tuple[int, Any, Any]]],
        scope: Sequence[str],
        decide: Decision,
        values: dict[Any, Any],
    ) -> None:
        self._shown = shown
        self._scope = scope
        self._decide = decide
        self._values = values
        self._ranges = dict(values)
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self.nodes: list[tuple[int, tuple[int, ...]]] = []
        self.left = MOST

    def node(self, depth: int) -> int:
        if not self.left:
            raise TooWideError
        self.left -= 1
        answer = self._decide(self._values, self._ranges)
        if answer is not UNKNOWN:
            return TRUE if answer else FALSE
        if depth == len(self._scope):
            return MAYBE
        name = self._scope[depth]
        answers: list[int] = []
        for arm, value, every in self._shown[depth]:
            self._values[name] = value
            self._values["arm", name] = arm
            self._ranges[name] = every
            answers.append(self.node(depth + 1))
        self._values[name] = self._values["arm", name] = self._ranges[name] = UNKNOWN
        return self._node(depth, tuple(answers))

    def _node(self, depth: int, answers: tuple[int, ...]) -> int:
        if all(answer == answers[0] for answer in answers):
            return answers[0]
        question = (depth, answers)
        if question not in self._known:
            self.nodes.append(question)
            self._known[question] = len(self.nodes) + MAYBE
        return self._known[question]


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
