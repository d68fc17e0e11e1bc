"""The choice: front-runners meet on examples that the search has not seen.

The best of many scores on the same examples is partly luck. A fresh comparison is what the choice can be
trusted for; what the search knows still counts a little, since it is evidence too. What is said of the chosen
score is less what choosing has added to it (`expected`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mlsig.evaluation.intervals import Estimate
from mlsig.evaluation.ledger import VALIDATION
from mlsig.simba.batches import Item
from mlsig.simba.events import FinalsStarted, Listener
from mlsig.simba.expected import expected
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.race import race
from mlsig.simba.trials import Trials

KEEP: Final = (3, 2)
"""How many finalists stay after the first third of the examples, and after the second."""

MEMORY: Final = 6.0
"""How many examples the search's evidence weighs as much as, at most."""

REPEAT: Final = 1_000
"""The trial of validation runs where the data are too few to keep a part back.

At least the sampling seeds are new.
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who took part, who is chosen, and what the chosen one may be expected to score on new examples."""

    contestants: tuple[Entry, ...]
    chosen: Entry
    expected: Estimate


def price(size: int, contestants: int) -> int:
    """Return the runs that finals on `size` examples take at most."""
    first, second, third = rungs(size)
    stays = [min(contestants, keep) for keep in KEEP]
    return contestants * first + stays[0] * (second - first) + stays[1] * (third - second)


def rungs(size: int) -> tuple[int, int, int]:
    """Return after how many examples the finals are cut down."""
    first = max(1, size // 3)
    return first, max(first, 2 * size // 3), size


def affordable(runs: int, contestants: int, most: int) -> int:
    """Return on how many examples, at most `most`, such finals can be held with `runs` runs."""
    return max((size for size in range(1, most + 1) if price(size, contestants) <= runs), default=0)


async def finals(
    pool: Pool,
    validation: Sequence[Item],
    *,
    fresh: bool,
    finalists: int,
    trials: Trials,
    limit: int,
    tell: Listener,
    seed: int,
) -> Choice | None:
    """Hold the finals, the baseline among the contestants.

    Returns:
        None when the budget does not reach for one example each.
    """
    ranking = pool.ranking()
    entries = [entry for entry in ranking if entry is not pool.baseline][:finalists]
    entries.append(pool.baseline)
    size = affordable(trials.affordable(limit), len(entries), len(validation))
    if size == 0:
        return None
    trial = 0 if fresh else REPEAT
    batch = [(item, trial) for item in validation[:size]]
    tell(FinalsStarted(tuple(entry.key for entry in entries), size))

    async def measure(alive: Sequence[Entry], stretch: Sequence[tuple[Item, int]]) -> bool:
        return await trials.measure(alive, stretch, split=VALIDATION, limit=limit)

    def prior(entry: Entry) -> tuple[float, float]:
        return entry.mean, min(len(entry.runs) / 2, MEMORY)

    found = await race(entries, batch, rungs(size), split=VALIDATION, measure=measure, prior=prior, keep=KEEP)
    chosen = found.rounds[-1][0].entry
    scored = expected(entries, batch, rungs(size), best=chosen, prior=prior, keep=KEEP, seed=seed)
    return Choice(tuple(standing.entry for standing in found.rounds[0]), chosen, scored)
