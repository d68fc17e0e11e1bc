"""Parquet, through pyarrow: typed columns, read in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from mlsig.data.errors import DataUnreadable
from mlsig.data.rows import Row, Rows

_type: Final = cast("Callable[[object], type[Any]]", type)  # so that no type checker narrows what we look at

BATCH: Final = 1_024
"""Rows that are held at a time."""

ODD: Final = ("decimal", "binary", "time32", "time64", "duration")
"""Types whose values JSON has otherwise."""


def parquet_rows(source: str) -> Rows:
    """Read the rows of a file, nulls included.

    Values are what JSON or Python has for them: decimals are numbers, bytes that are UTF-8 are text,
    durations are seconds, and instants are cut to microseconds.

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
                yield _rows(_micro(arrow, batch))
    except FileNotFoundError:
        raise DataUnreadable(source, "there is no such file", storage=True) from None
    except (arrow.ArrowException, ValueError) as error:
        raise DataUnreadable(source, f"is not Parquet that can be read: {error}") from None
    except OSError as error:
        raise DataUnreadable(source, f"cannot be read: {error.strerror or error}", storage=True) from error


def _rows(batch: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist(maps_as_pydicts="strict")
    # The name of a type has those of all inside of it.
    odd = [field.name for field in batch.schema if any(kind in str(field.type) for kind in ODD)]
    for row in rows if odd else ():
        for name in odd:
            row[name] = _plain(row[name])
    return rows


def _plain(value: Any) -> Any:
    kind = _type(value)
    if kind is list:
        return [_plain(each) for each in value]
    if kind is dict:
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value  # which no field takes, and that is told with its place
    return value


def _micro(arrow: Any, batch: Any) -> Any:
    """Return a batch whose instants Python can hold."""
    for at, field in enumerate(batch.schema):
        if arrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            instants = batch.column(at).cast(arrow.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(at, field.name, instants)
    return batch
