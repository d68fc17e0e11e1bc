"""Data sets: rows from a file or a function, read as examples of a signature.

    data = load("reviews.jsonl", Classify)
    train, held_out = split(data.examples, 0.3, seed=7)

A flat row has the signature's inputs and any of its outputs. Every row that does not fit is reported with its
place and all its reasons, many rows at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from mlsig.data.cells import typed_rows
from mlsig.data.errors import BrokenRow, DataError, DataUnreadable
from mlsig.data.rows import Row, is_table, read_rows
from mlsig.errors import ValidationError
from mlsig.signatures import Example, Signature

__all__ = ["BrokenRow", "Data", "DataError", "DataUnreadable", "load", "split"]

KEPT: Final = 100
ExampleT = TypeVar("ExampleT", bound=Example[Any, Any])


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        source: Where from, as it was asked for.
        examples: The rows that fit, in their order, each once.
        places: Where each of them is, such as `reviews.jsonl:12`.
        duplicates: How many rows said the same as an earlier one, and were dropped.
        skipped: How many rows were broken; 0 unless `load` was told to skip them.
        broken: The first of those.
    """

    source: str
    examples: tuple[Example[Any, Any], ...]
    places: tuple[str, ...] = ()
    duplicates: int = 0
    skipped: int = 0
    broken: tuple[BrokenRow, ...] = ()

    def notes(self) -> list[str]:
        """Return what a person should know about the reading, a line each; empty when all is plain."""
        said: list[str] = []
        if self.duplicates:
            said.append(f"{self.source}: dropped {_count(self.duplicates, 'duplicate row')}")
        if self.skipped:
            said.append(
                f"{self.source}: skipped {_count(self.skipped, 'broken row')}, the first: {self.broken[0]}"
            )
        return said


def load(source: str, signature: type[Signature], *, skip_broken: bool = False) -> Data:
    """Read a data set as examples of a signature.

    Args:
        source: A `.jsonl` or `.csv` file, or a function written `module:name`, which is imported and called.
        signature: A generated signature class.
        skip_broken: Leave broken rows out, and say so in the notes, where there is at least one good row.

    Raises:
        DataUnreadable: There is no such file or function, or it is not in a form that is known.
        DataError: Rows are broken, with place and reasons; or there are no rows.
    """
    rows = read_rows(source)
    if is_table(source):
        rows = typed_rows(source, rows, signature)
    examples: dict[str, tuple[Example[Any, Any], str]] = {}
    broken: list[BrokenRow] = []
    good = bad = 0
    for row in rows:
        outcome = row if isinstance(row, BrokenRow) else _read(row, signature)
        if isinstance(outcome, BrokenRow):
            bad += 1
            if bad <= KEPT:
                broken.append(outcome)
            continue
        good += 1
        examples.setdefault(outcome.id, (outcome, row.place))
    if bad and not (skip_broken and good):
        raise DataError(source, f"{bad} of {_count(good + bad, 'row')} cannot be used", broken, bad)
    if not good:
        raise DataError(source, "has no rows")
    return Data(
        source=source,
        examples=tuple(example for example, _ in examples.values()),
        places=tuple(place for _, place in examples.values()),
        duplicates=good - len(examples),
        skipped=bad,
        broken=tuple(broken),
    )


def split(
    examples: Sequence[ExampleT], held_out: float, *, seed: int = 0
) -> tuple[tuple[ExampleT, ...], tuple[ExampleT, ...]]:
    """Part examples into those to learn from and those to measure on.

    An example's side depends on its content and the seed alone: the order of the rows does not matter, and
    rows that are added later move none of the others. So the parts are only about as large as asked for.

    Args:
        examples: What to part.
        held_out: The share to measure on, between 0 and 1.
        seed: Another seed gives another division.

    Returns:
        The examples to learn from and those held out, each in the given order.

    Raises:
        ValueError: `held_out` is not between 0 and 1.
    """
    if not 0.0 <= held_out <= 1.0:
        raise ValueError(f"held_out is a share between 0 and 1, not {held_out}")
    learn: list[ExampleT] = []
    measure: list[ExampleT] = []
    for example in examples:
        digest = hashlib.blake2b(f"{seed}:{example.id}".encode(), digest_size=8).digest()
        share = int.from_bytes(digest, "big") / 2**64
        (measure if share < held_out else learn).append(example)
    return tuple(learn), tuple(measure)


def _read(row: Row, signature: type[Signature]) -> Example[Any, Any] | BrokenRow:
    try:
        return Example.read(row.values, signature.Input, signature.Expected)
    except ValidationError as error:
        return BrokenRow(row.place, error.issues)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
