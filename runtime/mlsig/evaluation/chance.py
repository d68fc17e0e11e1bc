"""Random choices that are the same on every platform, in every order of work, and after a resume.

There is no shared generator. Whoever needs chance names the decision, and gets a generator of its own:

    rng = generator(seed, "step", 3, "demos")

so that what happens elsewhere, or in another order, cannot change the outcome. Only `.random()` is drawn
from it: its values are fixed by the Mersenne Twister, while the integer helpers of `random` may change
between Python versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

_SEPARATOR: Final = "\x1f"


def digest(*parts: object) -> int:
    """Return 64 bits that depend on every part and its place; parts are ints and strings."""
    return _hashed(_SEPARATOR.join([f"{type(part).__name__}:{part}" for part in parts]))


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def generator(seed: int, *purpose: int | str) -> Random:
    """Return the generator of one decision of the run that `seed` started."""
    return Random(digest(seed, *purpose))  # noqa: S311 - reproducible chance, not secrets


def call_seed(seed: int, example: str, trial: int) -> int:
    """Return the sampling seed of a call, in [0, 2**31).

    It depends on the example: one fixed seed would give every example the same random draw, and so answers
    that err together. It does not depend on the candidate: candidates are compared under the same draw.
    """
    # As `digest` would have it, at half the price: every call of an evaluation comes by here.
    return _hashed(f"int:{seed}\x1fstr:call\x1fstr:{example}\x1fint:{trial}") >> 33


def pick(items: Sequence[T], rng: Random) -> T:
    """Return one item, each as likely; `items` is not empty."""
    return items[min(int(rng.random() * len(items)), len(items) - 1)]


def weighted(items: Sequence[T], weights: Sequence[float], rng: Random) -> T:
    """Return one item in proportion to its weight; each as likely when no weight is above zero."""
    total = sum(weights)
    if total <= 0:
        return pick(items, rng)
    mark = rng.random() * total
    for item, weight in zip(items, weights, strict=True):
        mark -= weight
        if mark < 0:
            return item
    return items[-1]


def shuffled(items: Sequence[T], rng: Random) -> list[T]:
    """Return the items in random order."""
    out = list(items)
    for last in range(len(out) - 1, 0, -1):
        other = min(int(rng.random() * (last + 1)), last)
        out[last], out[other] = out[other], out[last]
    return out
