"""Rows from files, Python functions and memory, each with the place it came from, one at a time.

    reviews.jsonl         one JSON object a line, UTF-8; blank lines are skipped; also .ndjson
    reviews.json          an array of JSON objects, or one object
    reviews.csv           a header line, then records; cells may hold quoted line breaks
    reviews.parquet       a table with typed columns
    -                     JSON Lines from standard input
    my_data:train         function `train` of module `my_data`, returning mappings
    train                 the function itself, which is called each time that its rows are read
    [{"text": "…"}, …]    mappings in memory

Only what is needed for one row is held, however large the file (of Parquet, `BATCH` rows). A row that cannot
be read becomes a `BrokenRow`, and the next one is read; what spoils everything is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from mlsig.data.errors import BrokenRow, DataUnreadable
from mlsig.errors import Issue, MlsigError

Function: TypeAlias = Callable[[], Iterable[object]]
Source: TypeAlias = str | PathLike[str] | Function | Sequence[Mapping[str, Any]]
"""What rows are read from."""

Kind: TypeAlias = Literal[
    "lines", "array", "csv", "parquet", "standard input", "import", "function", "memory"
]

FILES: Final[Mapping[str, Kind]] = {
    "jsonl": "lines",
    "ndjson": "lines",
    "json": "array",
    "csv": "csv",
    "parquet": "parquet",
}
FUNCTION: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


class Row(msgspec.Struct, frozen=True):
    """The values of one row, and where they are. In a row of `texts`, every value is one, as in CSV."""

    place: str
    values: Mapping[str, Any]
    texts: bool = False


Rows: TypeAlias = Iterator[Row | BrokenRow]


class Origin(msgspec.Struct, frozen=True):
    """A source that is known to be of a kind; whether it is there shows when it is read.

    Attributes:
        name: What errors call it.
        path: The file, where it is one.
    """

    name: str
    kind: Kind
    source: Any
    path: Path | None = None

    @property
    def table(self) -> bool:
        """Whether each row has the same columns, so that a wrong one is told once."""
        return self.kind in ("csv", "parquet")


def origin(source: Source) -> Origin:
    """Say what kind of source this is.

    Raises:
        DataUnreadable: It has the name of no kind that is known.
        TypeError: It can be read only once, such as a generator.
    """
    if callable(source):
        return Origin(f"{source.__module__}:{getattr(source, '__qualname__', source)}", "function", source)
    if not isinstance(source, str | PathLike):
        return _memory(source)
    name = fspath(source)
    kind = FILES.get(name.lower().rpartition(".")[2])
    if kind is not None:
        return Origin(name, kind, name, Path(name))
    if name == "-":
        return Origin("standard input", "standard input", name)
    if FUNCTION.fullmatch(name):
        return Origin(name, "import", name)
    *most, last = (f".{ending}" for ending in FILES)
    raise DataUnreadable(
        name, f"data is a {', '.join(most)} or {last} file, or a function written `module:name`"
    )


def _memory(source: object) -> Origin:
    if not isinstance(source, Sequence):
        raise TypeError(
            f"rows are a list of mappings, or a function that makes them: a {type(source).__name__} "
            "can be read only once"
        )
    return Origin("memory", "memory", cast("Sequence[object]", source))


def read_rows(source: Source | Origin) -> Rows:
    """Read the rows of a source.

    Raises:
        DataUnreadable: There is nothing to read by that name, or not in a form that is known.
    """
    found = source if isinstance(source, Origin) else origin(source)
    # Each kind is imported when it is read: most programs read one.
    match found.kind:
        case "lines" | "standard input":
            from mlsig.data.lines import json_lines, opened, standard_input  # noqa: PLC0415

            reading = standard_input() if found.path is None else opened(found.name)
            return json_lines(found.name, reading)
        case "array":
            from mlsig.data.arrays import json_array  # noqa: PLC0415

            return json_array(found.name)
        case "csv":
            from mlsig.data.tables import csv_rows  # noqa: PLC0415

            return csv_rows(found.name)
        case "parquet":
            from mlsig.data.parquet import parquet_rows  # noqa: PLC0415

            return parquet_rows(found.name)
        case "memory":
            return _counted(found.name, found.source)
        case "function":
            return _function(found.name, found.source)
        case "import":
            return _function(found.name, _callable(found.name))


def row_of(place: str, values: object) -> Row | BrokenRow:
    """Return a row, if it is a mapping."""
    if isinstance(values, Mapping):
        return Row(place, cast("Mapping[str, Any]", values))
    return broken(place, "type", f"a row must be an object with named values, not {_shown(values)}")


def _shown(values: object) -> str:
    """Say what a value is in the words of JSON, if it has any for it."""
    words: dict[type, str] = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    number = isinstance(values, int | float) and not isinstance(values, bool)
    return "a number" if number else words.get(type(values), type(values).__name__)


def broken(place: str, code: str, message: str) -> BrokenRow:
    """Return a row that has no values, with the reason."""
    return BrokenRow(place, (Issue("", code, message),))


def _counted(name: str, rows: Iterable[object]) -> Rows:
    for number, values in enumerate(rows, 1):
        yield row_of(f"{name} row {number}", values)


def _function(name: str, function: Function) -> Rows:
    try:
        # A generator runs while it is read, so its exceptions come from here too.
        yield from _counted(name, function())
    except MlsigError:
        raise
    except Exception as error:
        raise DataUnreadable(name, f"failed: {type(error).__name__}: {error}") from error


def _callable(source: str) -> Function:
    """Import what the user named, and nothing else."""
    name, _, attribute = source.partition(":")
    try:
        module = import_module(name)
    except Exception as error:
        raise DataUnreadable(
            source, f"the module {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    function = getattr(module, attribute, None)
    if not callable(function):
        raise DataUnreadable(source, f"the module {name} has no function `{attribute}`")
    return cast("Function", function)
