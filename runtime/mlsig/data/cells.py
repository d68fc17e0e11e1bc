"""What cells of tables mean: the declaration says what a text of CSV is a text of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from mlsig import shapes
from mlsig.data.errors import BrokenRow, DataUnreadable
from mlsig.data.rows import Row, Rows
from mlsig.data.targets import Target
from mlsig.records import unions
from mlsig.records.explain import explain
from mlsig.spelling import nearest

SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What spreadsheets write between cells where a comma is a decimal point, and others elsewhere."""


def typed_rows(source: str, rows: Rows, target: Target[Any]) -> Rows:
    """Turn the cells of a table into values; what does not read as its type stays text, for the validator.

    A null is no value at all, and neither is an empty cell of CSV, except for what has to be there: it is
    empty if it is a text, and null if it may be.

    Raises:
        DataUnreadable: A column is not declared, or a required field has no column.
    """
    checked = False
    for row in rows:
        if isinstance(row, BrokenRow):
            yield row
            continue
        if not checked:
            _check_columns(source, row.values, target)
            checked = True
        yield Row(row.place, dict(_values(row, target)))


def _values(row: Row, target: Target[Any]) -> Iterable[tuple[str, Any]]:
    for name, cell in row.values.items():
        if cell is None or (row.texts and cell == "" and name not in target.empty):
            if name in target.nullable:
                yield name, None
            continue
        field = target.columns.get(name)
        yield name, cell if field is None or not isinstance(cell, str) else value_of(cell, field.shape)


def _check_columns(source: str, header: Iterable[str], target: Target[Any]) -> None:
    """Report all columns that are wrong once, and not again in every row."""
    header = list(header)
    unknown = () if target.open else (name for name in header if name not in target.columns)
    wrong = [_unknown(name, target.columns, target.what) for name in unknown]
    wrong += [
        f"there is no column for the {'input' if 'input' in target.what else 'field'} `{names[0]}`"
        for names in target.required
        if not any(name in header for name in names)
    ]
    if wrong:
        hint = _separator(header)
        raise DataUnreadable(f"{source}:1", "; ".join(wrong) + hint)


def _separator(header: list[str]) -> str:
    """Say what a header of one column seems to be separated by, if not by commas."""
    if len(header) != 1:
        return ""
    name = next((name for mark, name in SEPARATORS.items() if mark in header[0]), "")
    return f"; cells seem to be separated by {name}: save the file with commas" if name else ""


def _unknown(name: str, known: Collection[str], what: str) -> str:
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near else f"known are {', '.join(f'`{word}`' for word in known)}"
    return f"column `{name}` is {what}: {hint}"


def value_of(cell: str, shape: shapes.Shape) -> Any:
    """Return what a text says as a value of a shape; the text itself where it says nothing of the kind."""
    if isinstance(shape, shapes.Optional):
        return value_of(cell, shape.shape)
    if isinstance(shape, shapes.Union):
        for option in sorted(shape.options, key=lambda option: isinstance(option, shapes.Text)):
            value = value_of(cell, option)
            if unions.fits(option, value, explain):
                return value
        return cell
    if isinstance(shape, shapes.Text | shapes.Choice | shapes.Date | shapes.DateTime):
        return cell
    if isinstance(shape, shapes.Literal) and cell in shape.options:
        return cell
    if isinstance(shape, shapes.Boolean):
        cell = cell.lower()  # spreadsheets write TRUE, pandas writes True
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError):
        return cell
