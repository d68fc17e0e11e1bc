"""Patterns that could keep Python's regular expressions busy for ages.

    danger("^([a-z]+)*$")  ->  "its repetitions can share the same text in many ways"
    danger("^[a-z]+(-[a-z]+)*$")  ->  ""
    slow("^[a-z]*[a-z]*$")  ->  True: not ages, and longer than a long text is worth

Python tries one way after the other to spread a text over the repetitions of a pattern. Where the same text
can be spread in two ways inside of a repetition, the ways double with each character, so a long text from a
model would never be done. The pattern is made into an automaton of its characters (Glushkov's), with two
copies of it run side by side: they must never leave each other and meet again within a loop.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, Final, NamedTuple, TypeAlias, cast

MOST_CHARACTERS: Final = 200
FEW: Final = 10
MOST_STEPS: Final = 200_000
SAMPLE: Final = frozenset([*range(0x180), 0x0663, 0x2003, 0x3042, 0x6F22, 0x1F600])

Edge: TypeAlias = tuple[int, int]
Ways: TypeAlias = dict[int, int]


class Part(NamedTuple):
    """A part of a pattern: the characters that can begin and end it, and empty texts, each with its ways."""

    first: Ways
    last: Ways
    empty: int


EMPTY: Final = Part({}, {}, 1)


def joined(one: Ways, other: Ways, times: int = 1) -> Ways:
    """Return the ways of both, the second ones as many times. Beyond two, more ways are no news."""
    found = dict(one)
    for at, ways in other.items():
        if times:
            found[at] = min(2, found.get(at, 0) + ways * times)
    return found


class Refused(Exception):
    """The pattern has something that cannot be judged; the text says what."""


def danger(pattern: str) -> str:
    """Say why a valid pattern may take very long, or nothing."""
    try:
        automaton = _automaton(pattern)
    except Refused as refused:
        return str(refused)
    except RecursionError:
        return "it is nested too deeply"
    return "its repetitions can share the same text in many ways" if automaton.ambiguous() else ""


def slow(pattern: str) -> bool:
    """Say whether a pattern without danger takes a time that grows faster than the text.

    It does where two repetitions that can follow each other take the same text.
    """
    try:
        return _automaton(pattern).overlapping()
    except (Refused, RecursionError):
        return False


def _automaton(pattern: str) -> Automaton:
    parser = cast("Any", import_module("re._parser"))
    parsed = parser.parse(pattern)
    automaton = Automaton(SAMPLE | set(codes(parsed)))
    automaton.sequence(parsed)
    return automaton


class Automaton:
    """The characters of a pattern, numbered, and which can follow which, in how many ways."""

    def __init__(self, alphabet: frozenset[int]) -> None:
        self.alphabet = alphabet
        self.sets: list[frozenset[int]] = []
        self.follows: defaultdict[Edge, int] = defaultdict(int)

    def sequence(self, nodes: Iterable[tuple[Any, Any]]) -> Part:
        """Add the parts of a pattern that stand one after the other."""
        whole = EMPTY
        for op, argument in nodes:
            whole = self._joined(whole, self._part(str(op), argument))
        return whole

    def _joined(self, one: Part, other: Part) -> Part:
        self._link(one.last, other.first)
        return Part(
            joined(one.first, other.first, one.empty),
            joined(other.last, one.last, other.empty),
            min(2, one.empty * other.empty),
        )

    def _link(self, last: Ways, first: Ways) -> None:
        for before, ways in last.items():
            for after, more in first.items():
                self.follows[before, after] += ways * more

    def _part(self, op: str, argument: Any) -> Part:
        match op:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self._character(self._members(op, argument))
            case "AT":
                return EMPTY
            case "SUBPATTERN":
                return self.sequence(argument[3])
            case "ATOMIC_GROUP":
                return self.sequence(argument)
            case "BRANCH":
                whole = Part({}, {}, 0)
                for option in map(self.sequence, argument[1]):
                    empty = min(2, whole.empty + option.empty)
                    whole = Part(joined(whole.first, option.first), joined(whole.last, option.last), empty)
                return whole
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*argument)
            case "GROUPREF" | "GROUPREF_EXISTS":
                raise Refused("it refers back to what a group matched")
            case _:
                raise Refused("it looks ahead or behind")

    def _repeated(self, least: int, most: int, inner: Any) -> Part:
        part = self.sequence(inner)
        if most > FEW:
            self._link(part.last, part.first)
        elif most > 1:
            part = self._joined(part, self.sequence(inner))
        return part._replace(empty=min(2, part.empty + (least == 0)))

    def _character(self, members: frozenset[int]) -> Part:
        if len(self.sets) >= MOST_CHARACTERS:
            raise Refused(f"it has more than {MOST_CHARACTERS} characters")
        self.sets.append(members)
        here = {len(self.sets) - 1: 1}
        return Part(here, here, 0)

    def _members(self, op: str, argument: Any) -> frozenset[int]:
        match op:
            case "LITERAL":
                return frozenset({argument, *(ord(char) for char in chr(argument).swapcase())})
            case "NOT_LITERAL":
                return self.alphabet - {argument}
            case "ANY":
                return self.alphabet
            case "RANGE":
                return frozenset(code for code in self.alphabet if argument[0] <= code <= argument[1])
            case "CATEGORY":
                return frozenset(code for code in self.alphabet if in_category(str(argument), chr(code)))
            case _:
                negated = bool(argument) and str(argument[0][0]) == "NEGATE"
                parts = [self._members(str(inner), value) for inner, value in argument[negated:]]
                found = frozenset[int]().union(*parts)
                return self.alphabet - found if negated else found

    # Two copies side by side

    def _onward(self) -> dict[int, list[int]]:
        onward: defaultdict[int, list[int]] = defaultdict(list)
        for before, after in self.follows:
            onward[before].append(after)
        return onward

    def ambiguous(self) -> bool:
        """Say whether some loop can be gone through in two ways with the same text."""
        onward = self._onward()
        reach = {start: reached([start], onward) for start in range(len(self.sets))}
        for start in range(len(self.sets)):
            loop = {other for other in reach[start] if start in reach[other]}
            if start in loop and start == min(loop) and self._parts_and_meets(loop, onward):
                return True
        return False

    def _parts_and_meets(self, loop: set[int], onward: dict[int, list[int]]) -> bool:
        if any(ways > 1 for (one, other), ways in self.follows.items() if one in loop and other in loop):
            return True
        pairs: defaultdict[Edge, list[Edge]] = defaultdict(list)
        back: defaultdict[Edge, list[Edge]] = defaultdict(list)
        waiting = [(at, at) for at in loop]
        seen = set(waiting)
        while waiting:
            pair = waiting.pop()
            for one in onward.get(pair[0], ()):
                for other in onward.get(pair[1], ()):
                    if one in loop and other in loop and self.sets[one] & self.sets[other]:
                        pairs[pair].append((one, other))
                        back[one, other].append(pair)
                        if (one, other) not in seen:
                            seen.add((one, other))
                            waiting.append((one, other))
        meeting = reached([(at, at) for at in loop], back)
        return any(one != other for one, other in meeting & seen)

    # Three copies side by side

    def overlapping(self) -> bool:
        """Say whether one text leads around a loop, around a later loop, and from the first to the second."""
        onward = self._onward()
        reach = {start: reached([start], onward) for start in range(len(self.sets))}
        loops = [at for at in reach if at in reach[at]]
        budget = MOST_STEPS
        for one in loops:
            for other in loops:
                if other in reach[one] and one not in reach[other]:
                    met, budget = self._meets(one, other, onward, reach, budget)
                    if met:
                        return True
        return False

    def _meets(
        self, one: int, other: int, onward: dict[int, list[int]], reach: dict[int, set[int]], budget: int
    ) -> tuple[bool, int]:
        start, goal = (one, one, other), (one, other, other)
        seen, waiting = {start}, [start]
        while waiting and budget > 0:
            at = waiting.pop()
            for first in onward.get(at[0], ()):
                if one not in reach[first]:
                    continue
                for second in onward.get(at[1], ()):
                    common = self.sets[first] & self.sets[second]
                    if not common or (second != other and other not in reach[second]):
                        continue
                    for third in onward.get(at[2], ()):
                        budget -= 1
                        if other not in reach[third] or common.isdisjoint(self.sets[third]):
                            continue
                        state = (first, second, third)
                        if state == goal:
                            return True, budget
                        if state not in seen:
                            seen.add(state)
                            waiting.append(state)
        return False, budget


def reached(starts: list[Any], onward: dict[Any, list[Any]]) -> set[Any]:
    """Return what can be reached from some nodes in one step or more."""
    found: set[Any] = set()
    waiting = list(starts)
    while waiting:
        for after in onward.get(waiting.pop(), ()):
            if after not in found:
                found.add(after)
                waiting.append(after)
    return found


def codes(node: Any) -> Iterator[int]:
    """Yield the numbers in a parsed pattern, among which are all the characters that it names."""
    if isinstance(node, int):
        if node <= sys.maxunicode:
            yield int(node)
    elif not isinstance(node, str) and hasattr(node, "__getitem__"):
        for inner in node:
            yield from codes(inner)


def in_category(name: str, char: str) -> bool:
    r"""Say whether a character is in a category of Python's patterns: \d, \s, \w and their opposites."""
    kind = name.removeprefix("CATEGORY_").removeprefix("NOT_")
    tests = {"DIGIT": char.isdecimal(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
    return tests[kind] != ("NOT_" in name)
