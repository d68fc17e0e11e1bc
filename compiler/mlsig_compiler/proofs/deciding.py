"""Conditions that are no expressions: that a value is there, and which arm of a variable holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mlsig_compiler.proofs.abstraction import UNKNOWN, Meaning
from mlsig_compiler.proofs.cells import INACTIVE
from mlsig_compiler.proofs.cutting import valued
from mlsig_compiler.proofs.tries import Decision


def has_value(meaning: Meaning) -> Decision:
    """Return whether something has a value."""

    def exists(values: Mapping[Any, Any], _: Mapping[Any, Any]) -> Any:
        return valued(meaning, values)

    return exists


class _Arms:
    """Which arm of a variable holds, given what its conditions read.

    Attributes:
        sure: The answers for arms where they are not `otherwise`.
        otherwise: The answer for all other arms.
        any: The answer where the arm of the cell is not known.
    """

    __slots__ = ("any", "otherwise", "read", "sure")

    def __init__(self, read: Sequence[Any], there: Any, tests: Iterator[tuple[int, Any]]) -> None:
        self.read = read  # kept, so that nothing else gets its identity
        self.sure: dict[int, Any] = {}
        self.otherwise: Any = False
        self.any: Any = UNKNOWN
        if there is None:
            self.any = False
            return
        if there is False:
            self.sure[INACTIVE] = True
            return
        sure = there is True
        self.sure[INACTIVE] = False if sure else UNKNOWN
        refused: list[int] = []
        for number, holds in tests:
            if holds is None:
                self.otherwise = self.any = False if sure else UNKNOWN
                break
            if holds is True:
                self.sure[number] = True if sure else UNKNOWN
                return
            if holds is False:
                refused.append(number)
            else:
                self.sure[number] = UNKNOWN
                sure = False
        else:
            self.otherwise = UNKNOWN
        self.sure.update(dict.fromkeys(refused, False))


_REMEMBERED: Final = 1 << 10  # answers of the conditions of one variable


def which_arm(
    name: str, names: Sequence[str], active: Decision | None, tests: Sequence[tuple[int, Decision | None]]
) -> Decision:
    """Return whether the arm of a variable's cell is the one that holds.

    The conditions are answered once for the values that they read, and not for each arm of the variable.
    """
    read = [other for other in names if other != name]
    known: dict[tuple[int, ...], _Arms] = {}

    def answered(values: Mapping[Any, Any], ranges: Mapping[Any, Any]) -> Iterator[tuple[int, Any]]:
        for number, test in tests:
            yield number, True if test is None else test(values, ranges)

    def which(values: Mapping[Any, Any], ranges: Mapping[Any, Any]) -> Any:
        given = [side[other] for other in read for side in (values, ranges)]
        identity = tuple(map(id, given))
        arms = known.get(identity)
        if arms is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            there = True if active is None else active(values, ranges)
            arms = known[identity] = _Arms(given, there, answered(values, ranges))
        own = values["arm", name]
        return arms.any if own is UNKNOWN else arms.sure.get(own, arms.otherwise)

    return which
