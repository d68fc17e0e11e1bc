"""Making a record of a value that was read: as it is, without its wrapping, or as the only field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from mlsig import shapes
from mlsig.errors import Issue, ValidationError
from mlsig.parsing.align import absent, align, align_record
from mlsig.parsing.candidates import decoded_text
from mlsig.parsing.keys import keys_of, plain_names
from mlsig.parsing.options import plain
from mlsig.parsing.repairs import Notes, Repair
from mlsig.records import Record
from mlsig.types.jsonlike import is_array, is_object

OutputT = TypeVar("OutputT", bound=Record)
DEEPEST: Final = 3
MOST_MEMBERS: Final = 32


class Fit(NamedTuple, Generic[OutputT]):
    """An output, the fields that precede it, and what was changed to get there."""

    output: OutputT
    lead: dict[str, str]
    repairs: list[Repair]


class Target(Generic[OutputT]):
    """What answers are read into.

    Attributes:
        output: The record.
        shape: Its declaration.
        lead: Text fields that precede the outputs, such as the reasoning.
        names: All names of fields, in lower case.
    """

    __slots__ = ("_plain", "lead", "names", "output", "shape", "wide")

    def __init__(
        self, output: type[OutputT], shape: shapes.RecordShape, lead: Sequence[shapes.Field] = ()
    ) -> None:
        self.output = output
        self.shape = shape
        self.lead = tuple(lead)
        self.wide = msgspec.structs.replace(shape, fields=(*lead, *shape.fields)) if lead else shape
        if not lead and shape is output.shape():
            self.names, self._plain = _names(output)  # as in most calls
        else:
            self.names, self._plain = keys_of(shape, lead), plain_names(self.wide)

    def fit(self, value: Any, *, whole: bool) -> Fit[OutputT] | list[Issue]:
        """Make an output of a value, or say what is wrong with it.

        Args:
            value: Decoded JSON.
            whole: It is all that the answer says, so it may be the only field's value alone.
        """
        direct = self.direct(value)
        if isinstance(direct, Fit):
            return direct
        fits: list[Fit[OutputT]] = []
        for inside, repair in _unwrapped(value, 0):
            found = self.direct(inside)
            if isinstance(found, Fit):
                fits.append(Fit(found.output, found.lead, [*repair, *found.repairs]))
        if not fits and whole and len(self.shape.fields) == 1:
            alone = self._alone(value)
            if isinstance(alone, Fit):
                fits.append(alone)
            elif not is_object(value):
                return alone
        if not fits:
            return direct
        best = min(fits, key=lambda fit: len(fit.repairs))
        if any(fit.output != best.output for fit in fits):
            return [Issue("", "ambiguous", "holds two answers that differ")]
        return best

    def direct(self, value: Any) -> Fit[OutputT] | list[Issue]:
        """Make an output of an object that has its fields, or say what is wrong with it."""
        if not is_object(value):
            return [Issue("", "type", "must be an object")]
        notes = Notes()
        data: dict[str, Any] = align_record(self.wide, value, "", notes)
        if value and not self.knows(value, DEEPEST):
            found = self.made(data, notes)
            return found if isinstance(found, list) else [Issue("", "no_field", "has none of the fields")]
        return self.made(data, notes)

    def knows(self, value: Any, depth: int = 0) -> bool:
        """Say whether a value is, or holds, an object with at least one of the fields."""
        if is_array(value):
            return depth < DEEPEST and len(value) == 1 and self.knows(value[0], depth + 1)
        if not is_object(value):
            return False
        if any(key.lower() in self.names or plain(key[:200]) in self._plain for key in value):
            return True
        inside = list(value.values())[:MOST_MEMBERS] if depth < DEEPEST else []
        return any(self.knows(item, depth + 1) for item in inside)

    def made(self, data: dict[str, Any], notes: Notes) -> Fit[OutputT] | list[Issue]:
        """Make an output of values by field name, unless something speaks against it."""
        lead = {field.name: str(data.pop(field.name)) for field in self.lead if field.name in data}
        for name in absent(self.shape.fields, data):
            notes.note(name, "absent")
            data[name] = None
        try:
            output = self.output.validate(data)
        except ValidationError as error:
            doubts = {issue.path for issue in notes.issues}
            return [*notes.issues, *(issue for issue in error.issues if issue.path not in doubts)]
        return notes.issues or Fit(output, lead, notes.repairs)

    def _alone(self, value: Any) -> Fit[OutputT] | list[Issue]:
        field = self.shape.fields[0]
        notes = Notes(f"{field.name} {field.description}", field.name)
        notes.note(field.name, "implied")
        return self.made({field.name: align(field.shape, value, field.name, notes)}, notes)


@cache
def _names(output: type[Record]) -> tuple[Collection[str], dict[str, str]]:
    """Return the names of an output's fields, and the field of each plain one."""
    shape = output.shape()
    return keys_of(shape), plain_names(shape)


def _unwrapped(value: Any, depth: int) -> Iterator[tuple[Any, list[Repair]]]:
    """Yield the objects inside a value, and how each was come by."""
    if depth == DEEPEST:
        return
    if is_array(value):
        if len(value) == 1:
            yield from _with(value[0], [Repair("", "list_of_one")], depth)
        return
    if not is_object(value):
        return
    for key, item in list(value.items())[:MOST_MEMBERS]:
        if is_object(item) or (is_array(item) and len(item) == 1):
            yield from _with(item, [Repair("", "wrapped", key)], depth)
        elif isinstance(item, str) and (inner := decoded_text(item, ())) and not inner.issues:
            yield from _with(inner.value, [Repair("", "wrapped", key), Repair("", "decoded")], depth)


def _with(value: Any, repairs: list[Repair], depth: int) -> Iterator[tuple[Any, list[Repair]]]:
    if is_object(value):
        yield value, repairs
    for inside, more in _unwrapped(value, depth + 1):
        yield inside, [*repairs, *more]
