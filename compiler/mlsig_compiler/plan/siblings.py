"""The statements that import from generated modules of the same run.

    from .text import Passage          where the folder of modules is a package: `generated.qa`
    from text import Passage           where modules are imported from the folder itself: `qa`

One text serves both: a module knows by its own name which of the two it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlsig_compiler.literals import dotted, identifier, literal
from mlsig_compiler.plan.linking import Taken
from mlsig_compiler.plan.names import Names, Natural, lines, natural


@dataclass(frozen=True, slots=True)
class SiblingUnit:
    """The two ways, for `module.py.j2`: `packaged` is the condition, then the lines of each.

    `names` are what stands in them, as (module as it is written, without dots in front; name).
    """

    packaged: str
    relative: tuple[str, ...]
    absolute: tuple[str, ...]
    names: frozenset[tuple[str, str]]
    homes: tuple[str, ...]


def plan_siblings(module: str, names: Names) -> SiblingUnit | None:
    """Return what a module imports from others, None where it imports nothing."""
    entries = names.siblings()
    if not entries:
        return None
    homes = sorted({taken.module for taken, _ in entries}, key=natural)
    relative = sorted(((*_relative(module, home), home) for home in homes), key=_nearness)
    written = {home: rest for _, rest, home in relative}
    return SiblingUnit(
        f"{names('TYPE_CHECKING')} or __name__ != {literal(module)}",
        tuple(line for dots, rest, home in relative for line in _lines(dots * "." + rest, home, entries)),
        tuple(line for home in homes for line in _lines(dotted(home), home, entries)),
        frozenset(
            (path, taken.name) for taken, _ in entries for path in (taken.module, written[taken.module])
        ),
        tuple(homes),
    )


def _nearness(entry: tuple[int, str, str]) -> tuple[int, Natural]:
    """Return a key that sorts relative imports as ruff does: the furthest first."""
    dots, rest, _ = entry
    return -dots, natural(rest)


def _relative(module: str, target: str) -> tuple[int, str]:
    """Return how many dots lead from a module to another, and what follows them."""
    package, parts = module.split(".")[:-1], target.split(".")
    common = 0
    while common < min(len(package), len(parts) - 1) and package[common] == parts[common]:
        common += 1
    return len(package) - common + 1, dotted(".".join(parts[common:]))


def _lines(written: str, home: str, entries: Iterable[tuple[Taken, str]]) -> list[str]:
    mine = {(written, identifier(taken.name), here) for taken, here in entries if taken.module == home}
    return lines(mine, 84)
