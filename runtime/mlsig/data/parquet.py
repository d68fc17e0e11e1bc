"""Parquet, through pyarrow: typed columns, read in batches."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mlsig.data.errors import DataUnreadable
from mlsig.data.rows import Row, Rows

BATCH: Final = 1_024
"""Rows that are held at a time."""


def parquet_rows(source: str) -> Rows:
    """Read the rows of a file, nulls included; instants are cut to microseconds, which is what Python has.

    Raises:
        DataUnreadable: It is not there or not Parquet, or pyarrow is not installed.
    """
    number = 0
    for batch in _batches(source):
        for values in batch:
            number += 1
            yield Row(f"{source} row {number}", values)


def _batches(source: str) -> Iterator[list[dict[str, Any]]]:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise DataUnreadable(
            source, 'Parquet needs pyarrow: install it with `pip install "mlsig[parquet]"`'
        ) from None
    try:
        with Path(source).open("rb") as stream, parquet.ParquetFile(stream) as file:
            for batch in file.iter_batches(BATCH):
                yield _micro(arrow, batch).to_pylist(maps_as_pydicts="strict")
    except FileNotFoundError:
        raise DataUnreadable(source, "there is no such file", storage=True) from None
    except arrow.ArrowException as error:
        raise DataUnreadable(source, f"is not Parquet: {error}") from None
    except OSError as error:
        raise DataUnreadable(source, f"cannot be read: {error.strerror or error}", storage=True) from error


def _micro(arrow: Any, batch: Any) -> Any:
    """Return a batch whose instants Python can hold."""
    for at, field in enumerate(batch.schema):
        if arrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            instants = batch.column(at).cast(arrow.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(at, field.name, instants)
    return batch
