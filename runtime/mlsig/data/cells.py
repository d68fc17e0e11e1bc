"""What a CSV cell means: CSV has only text, and the signature says what the text is of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

import msgspec

from mlsig import shapes
from mlsig.data.errors import BrokenRow, DataUnreadable
from mlsig.data.rows import Row, Rows
from mlsig.records import unions
from mlsig.records.explain import explain
from mlsig.signatures import Signature


def typed_rows(source: str, rows: Rows, signature: type[Signature]) -> Rows:
    """Turn each row's texts into values; what does not read as its type stays text, for the validator.

    An empty cell is no value at all, except for an input that is a text and has no default.

    Raises:
        DataUnreadable: A column is neither an input nor an output, or a required input has no column.
    """
    columns = {field.name: field for field in signature.Expected.shape().fields}
    columns |= {field.name: field for field in signature.Input.shape().fields}
    inputs = signature.Input.shape().fields
    empty_texts = {f.name for f in inputs if isinstance(f.shape, shapes.Text) and f.default is None}
    checked = False
    for row in rows:
        if isinstance(row, BrokenRow):
            yield row
            continue
        if not checked:
            _check_columns(source, row.values, columns, [f.name for f in inputs if f.default is None])
            checked = True
        values = {
            name: value_of(cell, columns[name].shape)
            for name, cell in row.values.items()
            if cell or name in empty_texts
        }
        yield Row(row.place, values)


def _check_columns(
    source: str, header: Iterable[str], known: Collection[str], required: Iterable[str]
) -> None:
    """Report all columns that are wrong once, and not again in every row."""
    header = list(header)
    wrong = [_unknown(name, known) for name in header if name not in known]
    wrong += [f"there is no column for the input `{name}`" for name in required if name not in header]
    if wrong:
        raise DataUnreadable(f"{source}:1", "; ".join(wrong))


def _unknown(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(f'`{word}`' for word in known)}"
    return f"column `{name}` is neither an input nor an output: {hint}"


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
