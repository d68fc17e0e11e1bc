"""The option of a union that a value fits best: with the fewest changes; text only if nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from mlsig import shapes
from mlsig.parsing.keys import plain_names
from mlsig.parsing.options import plain
from mlsig.parsing.repairs import Notes
from mlsig.records import unions
from mlsig.records.explain import explain
from mlsig.types.jsonlike import is_array, is_object

Align: TypeAlias = Callable[[shapes.Shape, Any, str, Notes], Any]
Held: TypeAlias = Callable[[Any, str, Notes], Any]


def best_option(shape: shapes.Union, value: Any, path: str, notes: Notes, *, align: Align, held: Held) -> Any:
    """Bend a value to the option of a union that it is meant to be."""
    records = [unions.record_of(o) for o in shape.options if isinstance(o, shapes.Ref | shapes.RecordShape)]
    if records:
        trial = notes.trial()
        found = held(value, path, trial)
        if is_object(found) or is_array(found):
            notes.take(trial)
            value = _unwrapped(found, records, path, notes)
    if is_object(value) and records:
        scores = [unions.misfits(record, _outline(record, value, align)) for record in records]
        best = records[scores.index(min(scores))]
        return align(best, value, path, notes)
    return fewest(shape, lambda option, trial: align(option, value, path, trial), notes, value)


def fewest(
    shape: shapes.Union, read: Callable[[shapes.Shape, Notes], Any], notes: Notes, otherwise: Any
) -> Any:
    """Return the value as the option that it fits with the fewest changes, `otherwise` if it fits none."""
    best: tuple[Notes, Any] | None = None
    for option in sorted(shape.options, key=lambda option: isinstance(option, shapes.Text)):
        trial = notes.trial()
        value = read(option, trial)
        if trial.issues or not unions.fits(option, value, explain):
            continue
        if best is None or len(trial.repairs) < len(best[0].repairs):
            best = trial, value
    if best is None:
        return otherwise
    notes.take(best[0])
    return best[1]


def _unwrapped(value: Any, records: list[shapes.RecordShape], path: str, notes: Notes) -> Any:
    """Return the object in a list of one, or under the name of a record: `{"Circle": {…}}`."""
    if is_array(value) and len(value) == 1 and is_object(value[0]):
        notes.note(path, "list_of_one")
        return value[0]
    if is_object(value) and len(value) == 1:
        key, item = next(iter(value.items()))
        if is_object(item) and plain(key) in {plain(record.type.__name__) for record in records}:
            notes.note(path, "wrapped", key)
            return item
    return value


def _outline(record: shapes.RecordShape, value: dict[str, Any], align: Align) -> dict[str, Any]:
    """Return an object with its keys, and its fixed values, as the record says them."""
    names = plain_names(record)
    fields = {field.name: field for field in record.fields}
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = key if key in fields else names.get(plain(key[:200]))
        field = fields.get(name) if name else None
        if field is None:
            found[key] = item
            continue
        if item is None and field.default is not None:
            continue
        fixed = isinstance(field.shape, shapes.Literal | shapes.Choice)
        found[field.name] = align(field.shape, item, "", Notes()) if fixed else item
    return found
