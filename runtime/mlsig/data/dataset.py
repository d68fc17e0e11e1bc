"""A data set: rows that are read, prepared and validated whenever somebody asks for them.

    reviews = Dataset("reviews.parquet", Review, prepare=in_english)
    for example in reviews: ...                 # one at a time, however many there are
    learn, held_out = reviews.split(0.3, seed=7)
    data = learn.load()                         # all of them, each once

`prepare` changes a row before it is validated, or leaves it out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Generic, Self, TypeAlias, TypeVar, overload

import msgspec

from mlsig.data.cells import typed_rows
from mlsig.data.errors import BrokenRow, DataError
from mlsig.data.parts import check_share, is_held_out, shuffled
from mlsig.data.rows import Origin, Row, Rows, Source, broken, origin, read_rows, row_of
from mlsig.data.targets import ItemT, Target, identity, target_of
from mlsig.errors import ValidationError
from mlsig.records import Record
from mlsig.signatures import Example, Signature

KEPT: Final = 100
"""Of so many broken rows it is said what is wrong."""

Prepare: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""Changes a row before it is validated, or leaves it out."""

RecordT = TypeVar("RecordT", bound=Record)


class Data(msgspec.Struct, Generic[ItemT], frozen=True, kw_only=True):
    """What was read.

    Attributes:
        source: Where from, as it was asked for.
        examples: The rows that fit, in their order, each once.
        places: Where each of them is, such as `reviews.jsonl:12`.
        duplicates: How many rows said the same as an earlier one, and were dropped.
        skipped: How many rows were broken; 0 unless they were to be skipped.
        broken: The first of those.
    """

    source: str
    examples: tuple[ItemT, ...]
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


class Dataset(Generic[ItemT]):
    """Rows of a source as examples of a signature, or as records. Making one reads nothing.

    Args:
        source: A `.jsonl`, `.json`, `.csv` or `.parquet` file, a function or its name (`module:name`), `-`
            for standard input, or a list of mappings.
        schema: A generated signature or record class.
        prepare: Is given the values of each row, and returns those to validate, or None to leave it out.
            Cells of CSV are texts then.
        skip_broken: Pass over rows that do not fit.

    Raises:
        DataUnreadable: The source is of no kind that is known.
        TypeError: The schema is no class of that kind, or the source can be read only once.
    """

    @overload
    def __init__(
        self: Dataset[Example[Any, Any]],
        source: Source | Origin,
        schema: type[Signature],
        *,
        prepare: Prepare | None = None,
        skip_broken: bool = False,
    ) -> None: ...
    @overload
    def __init__(
        self: Dataset[RecordT],
        source: Source | Origin,
        schema: type[RecordT],
        *,
        prepare: Prepare | None = None,
        skip_broken: bool = False,
    ) -> None: ...
    def __init__(
        self,
        source: Source | Origin,
        schema: type[Signature] | type[Record],
        *,
        prepare: Prepare | None = None,
        skip_broken: bool = False,
    ) -> None:
        self.origin = source if isinstance(source, Origin) else origin(source)
        self.skip_broken = skip_broken
        self._target: Target[ItemT] = target_of(schema)
        self._prepare = prepare
        self._wanted: tuple[Callable[[ItemT], bool], ...] = ()

    def __repr__(self) -> str:
        return f"<data set {self.origin.name}>"

    def __iter__(self) -> Reading[ItemT]:
        """Read from the beginning, one item at a time, equal ones too."""
        return Reading(self.origin.name, self._read(), self.skip_broken)

    def batches(self, size: int) -> Iterator[tuple[ItemT, ...]]:
        """Read `size` items at a time, at the end as many as there are.

        Raises:
            ValueError: `size` is not above zero.
        """
        if size < 1:
            raise ValueError(f"batches of {size} hold nothing: it must be at least 1")
        items = iter(self)
        # Nothing left is the empty tuple.
        return iter(lambda: tuple(islice(items, size)), ())

    def shuffled(self, *, seed: int = 0, window: int = 10_000) -> Iterator[ItemT]:
        """Read in an order by chance, and hold only `window` items, as `mlsig.data.shuffled` does."""
        return shuffled(self, seed=seed, window=window)

    def split(self, held_out: float, *, seed: int = 0) -> tuple[Self, Self]:
        """Part it into what to learn from and what to measure on, as `mlsig.data.split` does.

        Each part reads the source and passes over what is the other's.

        Raises:
            ValueError: `held_out` is not between 0 and 1.
        """
        check_share(held_out)
        return (
            self._only(lambda item: not is_held_out(item, held_out, seed)),
            self._only(lambda item: is_held_out(item, held_out, seed)),
        )

    def load(self) -> Data[ItemT]:
        """Read all of it, each item once.

        Raises:
            DataUnreadable: The source is not there, or is not in the form that its name says.
            DataError: Rows are broken, with place and reasons; or there are no rows.
        """
        name = self.origin.name
        found: dict[str, tuple[ItemT, str]] = {}
        wrong: list[BrokenRow] = []
        good = bad = 0
        for place, outcome in self._read():
            if isinstance(outcome, BrokenRow):
                bad += 1
                if bad <= KEPT:
                    wrong.append(outcome)
                continue
            good += 1
            found.setdefault(identity(outcome), (outcome, place))
        if bad and not (self.skip_broken and good):
            raise DataError(name, f"{bad} of {_count(good + bad, 'row')} cannot be used", wrong, bad)
        if not good:
            raise DataError(name, "has no rows")
        return Data(
            source=name,
            examples=tuple(item for item, _ in found.values()),
            places=tuple(place for _, place in found.values()),
            duplicates=good - len(found),
            skipped=bad,
            broken=tuple(wrong),
        )

    def _only(self, wanted: Callable[[ItemT], bool]) -> Self:
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        part._wanted = (*self._wanted, wanted)
        return part

    def _read(self) -> Iterator[tuple[str, ItemT | BrokenRow]]:
        rows = read_rows(self.origin)
        if self._prepare is not None:
            rows = _prepared(rows, self._prepare)
        if self.origin.table:
            rows = typed_rows(self.origin.name, rows, self._target)
        for row in rows:
            outcome = row if isinstance(row, BrokenRow) else self._item(row)
            if isinstance(outcome, BrokenRow) or all(wanted(outcome) for wanted in self._wanted):
                yield row.place, outcome

    def _item(self, row: Row) -> ItemT | BrokenRow:
        try:
            return self._target.read(row.values)
        except ValidationError as error:
            return BrokenRow(row.place, error.issues)


class Reading(Iterator[ItemT]):
    """One way through a data set.

    Attributes:
        place: Where the last item was, such as `reviews.jsonl:12`.
        skipped: How many broken rows were passed over.
        broken: The last of them.
    """

    def __init__(
        self, name: str, outcomes: Iterator[tuple[str, ItemT | BrokenRow]], skip_broken: bool
    ) -> None:
        self.place = ""
        self.skipped = 0
        self.broken: deque[BrokenRow] = deque(maxlen=KEPT)
        self._name = name
        self._outcomes = outcomes
        self._skip = skip_broken

    def __next__(self) -> ItemT:
        """Return the next item.

        Raises:
            DataUnreadable: The source is not there, or not in a form that is known.
            DataError: The next row is broken.
        """
        for place, outcome in self._outcomes:
            self.place = place
            if not isinstance(outcome, BrokenRow):
                return outcome
            if not self._skip:
                raise DataError(self._name, "a row cannot be used", [outcome], 1)
            self.skipped += 1
            self.broken.append(outcome)
        raise StopIteration


def _prepared(rows: Rows, prepare: Prepare) -> Rows:
    """Change rows as somebody wants; one that this fails for is broken."""
    for row in rows:
        if isinstance(row, BrokenRow):
            yield row
            continue
        try:
            values = prepare(row.values)
        except Exception as error:
            yield broken(row.place, "prepare", f"could not be prepared: {type(error).__name__}: {error}")
            continue
        if values is None:
            continue
        changed = row_of(row.place, values)
        yield changed if isinstance(changed, BrokenRow) else Row(row.place, values, row.texts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
