"""Parts and order by chance: functions of a seed and of what an item says, not of where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from mlsig.data.targets import Item, ItemT, identity


def split(
    items: Sequence[ItemT], held_out: float, *, seed: int = 0
) -> tuple[tuple[ItemT, ...], tuple[ItemT, ...]]:
    """Part items into those to learn from and those to measure on.

    An item's side depends on its content and the seed alone: the order of the rows does not matter, and
    rows that are added later move none of the others. So the parts are only about as large as asked for.

    Args:
        items: What to part: examples, or records.
        held_out: The share to measure on, between 0 and 1.
        seed: Another seed gives another division.

    Returns:
        The items to learn from and those held out, each in the given order.

    Raises:
        ValueError: `held_out` is not between 0 and 1.
    """
    check_share(held_out)
    learn: list[ItemT] = []
    measure: list[ItemT] = []
    for item in items:
        (measure if is_held_out(item, held_out, seed) else learn).append(item)
    return tuple(learn), tuple(measure)


def check_share(held_out: float) -> None:
    """Refuse what is no share.

    Raises:
        ValueError: It is not between 0 and 1.
    """
    if not 0.0 <= held_out <= 1.0:
        raise ValueError(f"held_out is a share between 0 and 1, not {held_out}")


def is_held_out(item: Item, held_out: float, seed: int) -> bool:
    """Say on which side of a split an item is."""
    digest = blake2b(f"{seed}:{identity(item)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 < held_out


def shuffled(items: Iterable[ItemT], *, seed: int = 0, window: int = 10_000) -> Iterator[ItemT]:
    """Yield items in an order by chance, and hold only `window` of them.

    Each is drawn from a window that slides over the items. What has no more than fits is shuffled through
    and through; an item of more than that comes about as late as it stands.

    Raises:
        ValueError: `window` is not above zero.
    """
    if window < 1:
        raise ValueError(f"a window of {window} shuffles nothing: it must be at least 1")
    return _shuffled(items, seed, window)


def _shuffled(items: Iterable[ItemT], seed: int, window: int) -> Iterator[ItemT]:
    from mlsig.evaluation.chance import generator  # noqa: PLC0415  (with all that evaluates)

    rng = generator(seed, "shuffle")
    held: list[ItemT] = []
    for item in items:
        if len(held) < window:
            held.append(item)
            continue
        at = int(rng.random() * window)
        yield held[at]
        held[at] = item
    while held:
        at = int(rng.random() * len(held))
        held[at], held[-1] = held[-1], held[at]
        yield held.pop()
