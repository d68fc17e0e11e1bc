"""Which examples are used when: a part to search on, a part to choose on, and mini-batches.

A mini-batch of four should not hold four positive reviews: a candidate that always says "positive" would look
perfect. So examples are dealt out in an order in which every stretch has about the same mix of expected
answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from mlsig.evaluation.chance import generator, shuffled
from mlsig.signatures import Example

AnyExample = Example[Any, Any]

VALIDATION_SHARE: Final = 0.4
VALIDATION_MOST: Final = 100
FEWEST: Final = 12
"""With fewer examples than this, both parts are all of them."""

_FEW_VALUES: Final = 12


class Item(msgspec.Struct, frozen=True):
    """An example with what is asked of it over and over.

    Attributes:
        id: The id of the example.
        source: What it shares with every demonstration made from it.
        label: What its answers are mixed by.
    """

    id: str
    source: str
    label: str
    example: AnyExample


def items(examples: Sequence[AnyExample]) -> list[Item]:
    """Return each different example once, in the given order, labelled.

    The label is made of those expected fields that have few different values over the data: an enum, not an
    essay.
    """
    unique = {example.id: example for example in examples}
    rows = {name: example.expected.to_dict() for name, example in unique.items()}
    values: dict[str, set[bytes]] = {}
    for row in rows.values():
        for field, value in row.items():
            values.setdefault(field, set()).add(msgspec.json.encode(value, order="sorted"))
    most = min(_FEW_VALUES, len(unique) // 3)
    fields = sorted(field for field, seen in values.items() if 2 <= len(seen) <= most)
    return [
        Item(
            name,
            source(example),
            msgspec.json.encode([rows[name].get(field) for field in fields], order="sorted").decode(),
            example,
        )
        for name, example in unique.items()
    ]


def source(example: AnyExample) -> str:
    """Return a hash of the inputs alone.

    A demonstration may say more of the answer than the example it was.
    """
    canonical = msgspec.json.encode(example.inputs.to_dict(), order="sorted")
    return blake2b(canonical, digest_size=8).hexdigest()


def mixed(items: Sequence[Item], seed: int, *purpose: int | str) -> list[Item]:
    """Return the items in a random order in which every stretch has about the mix of labels of the whole."""
    rng = generator(seed, *purpose)
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.label, []).append(item)
    places: list[tuple[float, str, Item]] = []
    for label in sorted(groups):
        start = rng.random()
        for index, item in enumerate(shuffled(groups[label], rng)):
            places.append(((index + start) / len(groups[label]), label, item))
    return [item for _, _, item in sorted(places, key=lambda place: place[:2])]


def parts(items: Sequence[Item], seed: int) -> tuple[list[Item], list[Item]]:
    """Return the search part and the validation part, which share nothing unless examples are very few."""
    order = mixed(items, seed, "parts")
    if len(order) < FEWEST:
        return order, order
    size = min(VALIDATION_MOST, int(len(order) * VALIDATION_SHARE))
    return order[size:], order[:size]


class Batches:
    """Mini-batches, one after the other; when the examples run out, they are mixed anew.

    Each comes with its trial: how often the examples have been dealt out before. The same example then gets
    another sampling seed.
    """

    def __init__(self, items: Sequence[Item], seed: int) -> None:
        self._items = items
        self._seed = seed
        self._epoch = 0
        self._left = mixed(items, seed, "epoch", 0)

    def next(self, size: int) -> list[tuple[Item, int]]:
        """Return the next `size` examples with their trials; fewer only when there are not as many at all."""
        size = min(size, len(self._items))
        if len(self._left) < size:
            # A tail too short for a batch is dropped, as mixing it with the next round could repeat an
            # example.
            self._epoch += 1
            self._left = mixed(self._items, self._seed, "epoch", self._epoch)
        batch, self._left = self._left[:size], self._left[size:]
        return [(item, self._epoch) for item in batch]
