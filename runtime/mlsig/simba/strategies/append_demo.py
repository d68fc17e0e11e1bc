"""append_demo: show the model worked examples.

Which examples: those whose bucket has the widest spread come first, and answers are kept in balance, since
four positive examples teach a model to say "positive". A candidate with few demonstrations gets several at
once, from different buckets, so that whole sets are compared early; a full one has some replaced.

Which answer: the expected one of the data, because a demonstration should be right, and the model's own
best run may be right by luck and worded badly. The best run fills in what the data leaves unsaid (other
outputs, the reasoning), provided that it scored well.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

import msgspec

from mlsig.errors import ValidationError
from mlsig.evaluation.chance import pick, shuffled, weighted
from mlsig.programs.candidates import Candidate
from mlsig.records import Record
from mlsig.signatures import Example
from mlsig.simba.batches import source
from mlsig.simba.buckets import Bucket
from mlsig.simba.pool import Entry
from mlsig.simba.strategies import View

GOOD: Final = 0.5
"""A run below this score teaches nothing by example."""

AFRESH: Final = 0.25
"""How often a full set is replaced as a whole."""


class AppendDemo:
    """Adds demonstrations, or replaces some."""

    name = "append_demo"
    share = 0.5

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate with other demonstrations.

        None when it can show none, or there are none to add.
        """
        del parent
        room = room_for_demos(candidate, view.settings.max_demos)
        if room < 1:
            return None
        kept = list(candidate.demos)[:room]
        if len(kept) == room:
            # One or two places are enough to learn which ones matter; now and then, all of them start anew.
            gone = room if rng.random() < AFRESH else 1 + int(rng.random() * min(2, room))
            kept = shuffled(kept, rng)[gone:]
        wanted = room - len(kept) if not kept else 1 + int(rng.random() * (room - len(kept)))
        shown = {source(demo) for demo in kept}
        labels = [item.label for item in view.items if item.source in shown]
        left = [bucket for bucket in view.buckets if bucket.item.source not in shown]
        for bucket in choose(left, labels, wanted, rng):
            demo = demonstration(bucket)
            if demo is not None:
                kept.append(demo)
        if not kept:
            return None
        return msgspec.structs.replace(candidate, demos=tuple(shuffled(kept, rng)))


def room_for_demos(candidate: Candidate, most: int) -> int:
    """Return how many demonstrations the candidate's prompt shows at most."""
    return int(candidate.config.to_dict().get("demos", most))


def choose(left: Sequence[Bucket], labels: Sequence[str], wanted: int, rng: Random) -> list[Bucket]:
    """Pick up to `wanted` buckets, for the labels that are shown least; `labels` are those shown already."""
    counts = {bucket.item.label: 0 for bucket in left}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    remaining = list(left)
    chosen: list[Bucket] = []
    while remaining and len(chosen) < wanted:
        offered = sorted({bucket.item.label for bucket in remaining})
        fewest = min(counts[label] for label in offered)
        label = pick([label for label in offered if counts[label] == fewest], rng)
        fitting = [bucket for bucket in remaining if bucket.item.label == label]
        # A wide spread is a hint, no more: sets must differ, or comparing them teaches nothing.
        bucket = weighted(fitting, [1.0 + bucket.spread[0] for bucket in fitting], rng)
        chosen.append(bucket)
        remaining.remove(bucket)
        counts[label] += 1
    return chosen


def demonstration(bucket: Bucket) -> Example[Any, Any] | None:
    """Return the bucket's example with the best answer known; None when no answer is known."""
    example = bucket.item.example
    best = bucket.best
    if best.score < GOOD or best.result.output is None:
        return example if example.expected.to_dict() else None
    answer = {**best.result.output, **example.expected.to_dict()}
    known: Record = example.expected
    try:
        expected = type(known).validate(answer)
    except ValidationError:
        # What the model said beside it may not fit what the data says; then the data stands alone.
        expected = known
    reasoning = example.reasoning or best.result.reasoning or ""
    return msgspec.structs.replace(example, expected=expected, reasoning=reasoning)
