"""Where domains are cut, so that each atom of each condition has one answer on each cell.

An atom is a part of a condition without `and`, `or` and `not`. Where all its variables can be listed, its
table says which values it cannot tell apart. Where one is too large to list and stands in a place where the
atom is monotone in it, the cuts are found by bisection for each combination of the others: to the last bit,
since rounding is monotone too. All else is *hard*: it is cut coarsely, and has no sure answer on some cells.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, Final, Literal

from mlsig_compiler import model
from mlsig_compiler.evaluate import EvaluationError
from mlsig_compiler.proofs.abstraction import UNKNOWN, VAGUE, Meaning, Meanings, truth
from mlsig_compiler.proofs.arms import Values
from mlsig_compiler.proofs.cells import INACTIVE, NULL, Cell, Listed, Piece, Span, Steps, prior, whole
from mlsig_compiler.proofs.effort import TABLES, Effort
from mlsig_compiler.proofs.priors import share
from mlsig_compiler.proofs.tries import Decision
from mlsig_compiler.source import Span as Place
from mlsig_compiler.walking import key, variables_in

TABLE: Final = 1 << 16  # entries of the table of one atom
OTHERS: Final = 1 << 12  # combinations for which one variable is bisected
COARSE: Final = {1: 64, 2: 16, 3: 8}  # parts of a range, by how many large variables a hard atom has
_BISECTION: Final = 64  # evaluations for one cut, at most
_FINE: Final = 16  # values that are told apart in a hard atom
_MONOTONE: Final = frozenset({"round", "floor", "ceil", "exp", "sqrt", "log", "min", "max"})


class Cutting:
    """Collects what tells the values of variables apart, atom by atom.

    Attributes:
        hard: The keys of atoms that have no sure answer on every cell.
        effort: The entries of tables that may still be computed; an atom for which they are too few is hard.
    """

    def __init__(self, known: Mapping[str, Values], meanings: Meanings, effort: Effort | None = None) -> None:
        self.effort = effort or Effort(TABLES)
        self._composed = meanings.composed
        self._kinds: dict[Hashable, int] = {}
        self._kind_of: dict[str, int] = {}
        self._worked: dict[Hashable, _Worked] = {}
        self._known = known
        self._meanings = meanings
        self._seen: set[Hashable] = set()
        self._marks: dict[str, list[list[Hashable]]] = {}
        self._cuts: dict[str, dict[int, set[int]]] = {}
        self.hard: set[Hashable] = set()

    def take(self, conditions: Iterable[model.Expr]) -> None:
        """Take account of conditions, the smallest tables first: they tell most for the work."""
        waiting: dict[Hashable, tuple[int, model.Expr]] = {}
        for condition in conditions:
            for atom in self._atoms(condition):
                size = prod(len(self._known[name].points) or 1 for name in self._meanings.reads(atom))
                waiting.setdefault(key(atom), (size, atom))
        for _, atom in sorted(waiting.values(), key=lambda item: item[0]):
            self.add(atom)

    def add(self, condition: model.Expr) -> bool:
        """Take account of a condition; return whether it has a sure answer on every cell."""
        sure = True
        for atom in self._atoms(condition):
            identity = key(atom)
            if identity not in self._seen:
                self._seen.add(identity)
                if not self._cut(atom):
                    self.hard.add(identity)
            sure = sure and identity not in self.hard
        return sure

    def add_value(self, expr: model.Expr) -> bool:
        """Take account of whether an expression has a value; return whether that is sure on every cell."""
        names = self._meanings.reads(expr)
        size = prod(len(self._known[name].points) for name in names)
        if size > TABLE or any(self._known[name].large for name in names):
            return False
        if not self.effort.allows(size):
            return False
        meaning = self._meanings.of(expr)
        worked = _Worked(names)
        sure = self._table(names, lambda known: valued(meaning, known), worked)
        for place, signs in worked.marks:
            self._marks.setdefault(names[place], []).append(signs)
        return sure

    def decision(self, condition: model.Expr) -> Decision:
        """Return a condition as a question about cells: hard atoms look at all values, others at one."""
        if not any(key(atom) in self.hard for atom in self._atoms(condition)):
            meaning = self._meanings.of(condition)
            return lambda values, _: truth(meaning, values)
        match condition:
            case model.BoolOp(op, operands):
                return _joined([self.decision(operand) for operand in operands], decisive=op == "or")
            case model.Unary("not", operand):
                return _negated(self.decision(operand))
            case model.Comparison(first, rest, span) if len(rest) > 1:
                return _joined([self.decision(link) for link in _links(first, rest, span)], decisive=False)
            case _:
                meaning = self._meanings.of(condition)
                return lambda _, ranges: truth(meaning, ranges)

    def shape(self, condition: model.Expr, names: Sequence[str], *more: Hashable) -> Hashable:
        """Return what conditions have in common that say the same of variables alike, in order of `names`.

        None where composites are read: each stands for variables of its own.
        """
        if self._composed and any(self._meanings.composite(name) for name in variables_in(condition)):
            return None
        places = {name: k for k, name in enumerate(names)}
        return (key(condition, places), *more, tuple([self._kind(name) for name in names]))

    def _kind(self, name: str) -> int:
        """Return a number that variables with the same values share."""
        if name not in self._kind_of:
            values = self._known[name]
            points = tuple(
                (value.__class__, value, id(getattr(value, "figures", None))) for value in values.points
            )
            self._kind_of[name] = self._kinds.setdefault(
                (points, tuple(values.large.items())), len(self._kinds)
            )
        return self._kind_of[name]

    def refine(self, name: str, arm: int, place: int) -> None:
        """Cut a large arm at one more place."""
        self._cuts.setdefault(name, {}).setdefault(arm, set()).add(place)

    def cells(self, name: str) -> list[Cell]:
        """Return the cells of a variable."""
        values = self._known[name]
        marks = self._marks.get(name, [])
        signs: list[Hashable] = list(zip(*marks, strict=True)) if marks else [()] * len(values.points)
        found: list[Cell] = []
        for arm in values.arms:
            if arm.number in values.large:
                cuts = sorted(self._cuts.get(name, {}).get(arm.number, ()))
                found += _pieces(arm.number, values.large[arm.number], cuts)
            else:
                places = values.listed[arm.number]
                listed = [(values.points[place], signs[place]) for place in places]
                found += _grouped(arm.number, arm.domain, listed)
        return [*found, NULL] if INACTIVE in values.listed else found

    def _atoms(self, expr: model.Expr) -> Iterator[model.Expr]:
        match expr:
            case model.BoolOp(_, operands):
                for operand in operands:
                    yield from self._atoms(operand)
            case model.Unary("not", operand):
                yield from self._atoms(operand)
            case model.Comparison(first, rest, span) if len(rest) > 1:
                yield from _links(first, rest, span)
            case model.VariableRef(name) if (composite := self._meanings.composite(name)) is not None:
                yield from self._atoms(composite.value)
                if composite.active is not None:
                    yield from self._atoms(composite.active)
            case model.Constant():
                return
            case _:
                yield expr

    def _cut(self, atom: model.Expr) -> bool:
        names = self._meanings.reads(atom)
        shape = self.shape(atom, names)
        known = self._worked.get(shape)
        if known is None:
            known = self._worked_out(atom, names)
            if shape is not None:
                self._worked[shape] = known
        for place, signs in known.marks:
            marks = self._marks.setdefault(names[place], [])
            if signs not in marks:
                marks.append(signs)
        for place, arm, cut in known.cuts:
            self.refine(names[place], arm, cut)
        return known.sure

    def _worked_out(self, atom: model.Expr, names: tuple[str, ...]) -> _Worked:
        found = _Worked(names)
        large = [name for name in names if self._known[name].large]
        others = [name for name in names if name not in large]
        size = prod(len(self._known[name].points) for name in others)
        if not large and size <= TABLE and self.effort.allows(size):
            found.sure = self._table(names, self._answer(self._meanings.of(atom)), found)
            return found
        if len(large) == 1 and size <= OTHERS and isinstance(atom, model.Comparison):
            questions = self._questions(atom, large[0])
            if questions and self.effort.allows(size * len(questions) * _BISECTION):
                sure = [self._bisected(others, large[0], question, found) for question in questions]
                found.sure = all(sure)
                return found
        self._coarse(large, others, found)
        return found

    @staticmethod
    def _answer(meaning: Meaning) -> Callable[[Mapping[str, Any]], Hashable]:
        return lambda known: truth(meaning, known)

    def _table(
        self, names: tuple[str, ...], answer: Callable[[Mapping[str, Any]], Hashable], found: _Worked
    ) -> bool:
        """Tell values apart by the answers for all values of the others."""
        columns = [self._known[name].points for name in names]
        numbers: dict[Hashable, int] = {}
        answers = [
            numbers.setdefault(answer(dict(zip(names, row, strict=True))), len(numbers))
            for row in product(*columns)
        ]
        stride = len(answers)
        for name, column in zip(names, columns, strict=True):
            block, stride = stride, stride // len(column)
            signs = [
                tuple(
                    answer
                    for start in range(place * stride, len(answers), block)
                    for answer in answers[start : start + stride]
                )
                for place in range(len(column))
            ]
            found.mark(name, signs)
        return UNKNOWN not in numbers

    def _questions(self, atom: model.Comparison, name: str) -> list[model.Comparison]:
        """Return comparisons that change their answer at most once along a variable; none where unsure."""
        ((op, right),) = atom.rest
        if op in {"in", "not in"}:
            items = right.items if isinstance(right, model.ListOf) else ()
            apart = [model.Comparison(atom.first, (("==", item),), atom.span) for item in items]
            found = [self._questions(one, name) for one in apart]
            return [question for part in found for question in part] if all(found) else []
        sides = [self._occurs(side, name) for side in (atom.first, right)]
        if sorted(sides) != [0, 1] or not self._monotone((atom.first, right)[sides[1]], name):
            return []
        words: tuple[Literal["<", "<="], ...] = ("<", "<=")
        ops = words if op in {"==", "!="} else (op,)
        return [model.Comparison(atom.first, ((one, right),), atom.span) for one in ops]

    def _occurs(self, expr: model.Expr, name: str) -> int:
        """Return 1 where a variable is read, if only through composites, and 0 where it is not."""
        return int(name in self._meanings.reads(expr))

    def _monotone(self, expr: model.Expr, name: str) -> bool:
        """Tell whether an expression rises or falls along a variable, whatever the others are."""
        if not self._occurs(expr, name):
            return True
        match expr:
            case model.VariableRef(other):
                composite = self._meanings.composite(other)
                if composite is None:
                    return True
                inactive = composite.active is not None and self._occurs(composite.active, name)
                return not inactive and self._monotone(composite.value, name)
            case model.Unary("-", operand):
                return self._monotone(operand, name)
            case model.Binary("+" | "-" | "*", left, right):
                once = self._occurs(left, name) + self._occurs(right, name) == 1
                return once and self._monotone(left, name) and self._monotone(right, name)
            case model.Binary("/" | "//", left, right):
                if not self._occurs(right, name):
                    return self._monotone(left, name)
                direct = isinstance(right, model.VariableRef) and right.name == name
                return direct and not self._occurs(left, name) and self._one_sign(name)
            case model.Conditional(then, condition, otherwise):
                fixed = not self._occurs(condition, name)
                return fixed and self._monotone(then, name) and self._monotone(otherwise, name)
            case model.Call(function, arguments) if function in _MONOTONE:
                once = sum(self._occurs(argument, name) for argument in arguments) == 1
                return once and all(self._monotone(argument, name) for argument in arguments)
            case _:
                return False

    def _one_sign(self, name: str) -> bool:
        ends = [piece.ends for piece in self._known[name].large.values()]
        return all(low > 0 or high < 0 for low, high in ends)

    def _bisected(self, others: list[str], name: str, question: model.Comparison, worked: _Worked) -> bool:
        """Cut the large arms of a variable where the answer changes, and tell the others apart by that."""
        answer = self._meanings.of(question)
        values = self._known[name]

        def places(known: Mapping[str, Any]) -> Hashable:
            found: list[Hashable] = []
            for arm, piece in values.large.items():
                place = _change(piece, lambda value: truth(answer, {**known, name: value}))
                if place is not None:
                    worked.cut(name, arm, place)
                found.append((place, truth(answer, {**known, name: piece.ends[0]})))
            found += [truth(answer, {**known, name: value}) for value in values.points]
            return tuple(found)

        unsure = False
        if values.points:  # values of other arms stand for themselves
            unsure = not self._table((*others, name), lambda known: truth(answer, known), worked)
        if others:
            self._table(tuple(others), places, worked)
        else:
            places({})
        return not unsure

    def _coarse(self, large: list[str], others: list[str], found: _Worked) -> None:
        parts = COARSE.get(len(large), 4)
        for name in large:
            for arm, piece in self._known[name].large.items():
                for k in range(1, parts):
                    found.cut(name, arm, _at(piece, k / parts))
        for name in others:
            points = self._known[name].points
            if len(points) <= _FINE:
                found.mark(name, list(range(len(points))))


class _Worked:
    """What one atom tells, of its variables by their numbers.

    Attributes:
        marks: Which values of a variable it tells apart.
        cuts: Where it cuts the large arms of one.
        sure: Whether it has an answer on every cell then.
    """

    __slots__ = ("_place", "cuts", "marks", "sure")

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: k for k, name in enumerate(names)}
        self.marks: list[tuple[int, list[Hashable]]] = []
        self.cuts: list[tuple[int, int, int]] = []
        self.sure = False

    def mark(self, name: str, signs: Sequence[Hashable]) -> None:
        """Note for each value of a variable a sign that it shares with those that are alike."""
        short: dict[Hashable, int] = {}
        self.marks.append((self._place[name], [short.setdefault(sign, len(short)) for sign in signs]))

    def cut(self, name: str, arm: int, place: int) -> None:
        """Note a place at which a large arm of a variable is cut."""
        self.cuts.append((self._place[name], arm, place))


def _links(first: model.Expr, rest: Any, span: Place) -> Iterator[model.Comparison]:
    """Return `a < b < c` as `a < b` and `b < c`."""
    for op, right in rest:
        yield model.Comparison(first, ((op, right),), span)
        first = right


def _joined(decisions: list[Decision], *, decisive: bool) -> Decision:
    def joined(values: Mapping[Any, Any], ranges: Mapping[Any, Any]) -> Any:
        vague = False
        for decide in decisions:
            answer = decide(values, ranges)
            if answer is decisive:
                return decisive
            if answer is None:  # what decides before it is reached may not be known
                return UNKNOWN if vague else None
            vague = vague or answer is UNKNOWN
        return UNKNOWN if vague else not decisive

    return joined


def _negated(decide: Decision) -> Decision:
    def negated(values: Mapping[Any, Any], ranges: Mapping[Any, Any]) -> Any:
        answer = decide(values, ranges)
        return answer if answer is UNKNOWN or answer is None else not answer

    return negated


def valued(meaning: Meaning, known: Mapping[str, Any]) -> Any:
    """Return whether an expression has a value: True, False or UNKNOWN."""
    try:
        return UNKNOWN if isinstance(meaning(known), VAGUE) else True
    except (EvaluationError, TypeError):
        return False


def _change(piece: Steps | Span, holds: Callable[[Any], Any]) -> int | None:
    """Return the first place of a piece where the answer is not that of its beginning; None for nowhere."""
    low, high = _ends(piece)
    first = holds(_value(piece, low))
    if holds(_value(piece, high)) == first:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if holds(_value(piece, middle)) == first:
            low = middle
        else:
            high = middle
    return high


def _ends(piece: Steps | Span) -> tuple[int, int]:
    """Return the places of the first and the last value: numbers of steps, or floats in order."""
    if isinstance(piece, Steps):
        return piece.first, piece.first + piece.count - 1
    return ordinal(piece.low), ordinal(piece.high)


def _value(piece: Steps | Span, place: int) -> Any:
    return piece.at(place) if isinstance(piece, Steps) else float_at(place)


def _at(piece: Steps | Span, part: float) -> int:
    """Return the place at a part of a range, evenly in the values or in their logarithms."""
    if isinstance(piece, Steps):
        return piece.first + max(1, min(piece.count - 1, int(piece.count * part)))
    if prior(piece.domain) == "log":
        low, high = ordinal(piece.low), ordinal(piece.high)  # floats stand evenly in the logarithm, nearly
        return max(low + 1, min(high, low + int((high - low) * part)))
    return max(ordinal(piece.low) + 1, ordinal(piece.low * (1 - part) + piece.high * part))


def ordinal(value: float) -> int:
    """Return the number of a float among all floats, in order; -0.0 and 0.0 are one."""
    bits: int
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


def float_at(number: int) -> float:
    """Return the float of a number."""
    value: float
    (value,) = struct.unpack("<d", struct.pack("<q", abs(number)))
    return value if number >= 0 else -value


def _pieces(arm: int, piece: Steps | Span, cuts: list[int]) -> list[Cell]:
    """Return the parts of a large range between cuts."""
    low, high = _ends(piece)
    starts = [low, *(cut for cut in cuts if low < cut <= high)]
    found: list[Cell] = []
    for start, end in zip(starts, [*starts[1:], high + 1], strict=True):
        part: Piece
        if isinstance(piece, Steps):
            part = Steps(piece.domain, piece.origin, piece.step, piece.scale, start, end - start)
        else:
            part = Span(piece.domain, float_at(start), float_at(end - 1))
        found.append(Cell(arm, part, share(part, piece)))
    return found


def _grouped(arm: int, domain: model.Domain, listed: list[tuple[Any, Hashable]]) -> list[Cell]:
    """Return values that nothing tells apart as cells: equally likely ones together, others in a row."""
    if isinstance(domain, model.OptionsDomain):
        weights = domain.weights or (1.0,) * len(listed)
        total = sum(weights)
        groups: dict[Hashable, list[int]] = {}
        for k, (_, sign) in enumerate(listed):
            groups.setdefault((sign, weights[k]), []).append(k)
        return [
            Cell(arm, Listed(tuple(listed[k][0] for k in places)), len(places) * weights[places[0]] / total)
            for places in groups.values()
        ]
    every = whole(domain)
    if isinstance(every, Span):
        return [Cell(arm, every, 1.0)]
    runs: dict[Hashable, list[int]] = {}
    run = 0
    for k, (_, sign) in enumerate(listed):
        run += k > 0 and sign != listed[k - 1][1]
        runs.setdefault(sign if prior(domain) == "even" else run, []).append(k)
    found: list[Cell] = []
    for places in runs.values():
        if places[-1] - places[0] + 1 == len(places):
            part: Piece = Steps(domain, every.origin, every.step, every.scale, places[0], len(places))
            found.append(Cell(arm, part, share(part, every)))
        else:
            values = tuple(listed[k][0] for k in places)
            found.append(Cell(arm, Listed(values), len(values) / every.count))
    return found
