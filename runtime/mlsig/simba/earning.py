"""What each rule and demonstration of the chosen candidate earned: it is run without one of them at a time.

All run the same examples of the validation part under the same sampling seeds: differences are paired.
What the budget does not reach for is left out, the last demonstrations first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from mlsig.evaluation.intervals import bootstrap
from mlsig.programs.candidates import Candidate, Taught
from mlsig.simba.batches import Item
from mlsig.simba.pool import Entry

Thing = TypeVar("Thing")

SHARE: Final = 0.1
"""The part of the budget that is kept for this, where it is asked for."""

FEWEST: Final = 4
"""On fewer examples a difference says nothing."""


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """What the chosen candidate loses without a rule or a demonstration.

    Attributes:
        what: The rule or the demonstration, in words.
        key: Of the candidate without it.
        gain: Mean difference of the score, over `count` examples; above 0, it earned its place.
        low: The end of a 95 % interval, as `high` is.
    """

    what: str
    key: str
    gain: float
    low: float
    high: float
    count: int


Admit = Callable[[Candidate], Awaitable[Entry]]
Measure = Callable[[Sequence[Entry], Sequence[tuple[Item, int]]], Awaitable[bool]]


async def earned(
    best: Entry,
    validation: Sequence[Item],
    *,
    shown: int,
    runs: int,
    admit: Admit,
    measure: Measure,
    split: str,
    seed: int,
) -> tuple[Earned, ...]:
    """Run the best candidate without each of its parts, as far as the budget reaches.

    Args:
        best: The chosen candidate.
        validation: What it was chosen on.
        shown: How many demonstrations its prompt shows.
        runs: How many runs may be made.
        admit: Makes a candidate ready to run, and writes it down.
        measure: Runs candidates on examples.
        split: The part of the data that these are of.
        seed: The run's.
    """
    places = [(item, trial) for item in validation for example, trial in best.of(split) if example == item.id]
    parts = list(without(best.candidate, shown))
    parts = parts[: runs // FEWEST]
    if not parts or len(places) < FEWEST:
        return ()
    stretch = places[: runs // len(parts)]
    entries = [await admit(candidate) for _, candidate in parts]
    await measure(entries, stretch)
    found: list[Earned] = []
    for (what, _), entry in zip(parts, entries, strict=True):
        mine, theirs = best.of(split), entry.of(split)
        common = [(item.id, trial) for item, trial in stretch if (item.id, trial) in theirs]
        gains = [mine[place].score - theirs[place].score for place in common]
        if not gains:
            continue
        low, high = bootstrap(gains, seed=seed)
        gain = sum(gains) / len(gains)
        found.append(Earned(what=what, key=entry.key, gain=gain, low=low, high=high, count=len(gains)))
    return tuple(found)


def without(candidate: Candidate, shown: int) -> Iterator[tuple[str, Candidate]]:
    """Yield what a candidate may do without, in words, and the candidate that does."""
    replaced = msgspec.structs.replace
    for number, rule in enumerate(candidate.rules):
        yield f"rule: {rule}", replaced(candidate, rules=_but(candidate.rules, number))
    for number, demo in enumerate(candidate.demos[:shown]):
        less = replaced(candidate, demos=_but(candidate.demos[:shown], number))
        yield f"example: {_words(demo.inputs.to_dict())}", less
    for path, taught in candidate.steps.items():
        for number, rule in enumerate(taught.rules):
            lesson = Taught(_but(taught.rules, number), taught.demos)
            yield f"{path}, rule: {rule}", replaced(candidate, steps={**candidate.steps, path: lesson})
        for number, demo in enumerate(taught.demos):
            lesson = Taught(taught.rules, _but(taught.demos, number))
            words = f"{path}, example: {_words(demo.inputs.to_dict())}"
            yield words, replaced(candidate, steps={**candidate.steps, path: lesson})


def _but(items: tuple[Thing, ...], number: int) -> tuple[Thing, ...]:
    return (*items[:number], *items[number + 1 :])


def _words(inputs: Mapping[str, object]) -> str:
    return "; ".join(str(value) for value in inputs.values())
