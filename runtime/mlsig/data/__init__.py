"""Data sets: rows from files, functions and memory, read as examples of a signature or as records.

    data = load("reviews.jsonl", Classify)
    train, held_out = split(data.examples, 0.3, seed=7)

    for example in Dataset("reviews.parquet", Classify): ...    # one at a time, however many there are

A flat row has the signature's inputs and any of its outputs. Every row that does not fit is reported with its
place and all its reasons, many rows at once.
"""

from __future__ import annotations

from typing import Any, overload

from mlsig.data.dataset import Data, Dataset, Prepare, Reading, RecordT
from mlsig.data.errors import BrokenRow, DataError, DataUnreadable
from mlsig.data.parts import shuffled, split
from mlsig.data.rows import Source
from mlsig.records import Record
from mlsig.signatures import Example, Signature

__all__ = [
    "BrokenRow",
    "Data",
    "DataError",
    "DataUnreadable",
    "Dataset",
    "Prepare",
    "Reading",
    "Source",
    "load",
    "shuffled",
    "split",
]


@overload
def load(
    source: Source, schema: type[Signature], *, prepare: Prepare | None = None, skip_broken: bool = False
) -> Data[Example[Any, Any]]: ...
@overload
def load(
    source: Source, schema: type[RecordT], *, prepare: Prepare | None = None, skip_broken: bool = False
) -> Data[RecordT]: ...
def load(
    source: Source,
    schema: type[Signature] | type[Record],
    *,
    prepare: Prepare | None = None,
    skip_broken: bool = False,
) -> Data[Any]:
    """Read all of a data set, each example once; `Dataset` says what the arguments are.

    Raises:
        DataUnreadable: There is no such file or function, or it is not in a form that is known.
        DataError: Rows are broken, with place and reasons; or there are no rows.
    """
    found: Dataset[Any] = Dataset(source, schema, prepare=prepare, skip_broken=skip_broken)
    return found.load()
