"""From a model's answer to a typed record, or an error that names the fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from mlsig import shapes
from mlsig.errors import Issue, ParseError, ValidationError
from mlsig.parsing.coerce import Repairs, align_record, from_segment
from mlsig.parsing.json_text import json_values
from mlsig.parsing.labelled import Labels, Splitter
from mlsig.records import Record

OutputT = TypeVar("OutputT", bound=Record)


class Reading(msgspec.Struct, Generic[OutputT], frozen=True):
    """What was read from an answer: the output, the fields that precede it, and what had to be mended."""

    output: OutputT
    lead: dict[str, str] = {}
    repairs: tuple[str, ...] = ()


def parse(text: str, output: type[OutputT]) -> OutputT:
    """Read an answer of unknown layout: JSON if there is any that fits, else labelled fields.

    Raises:
        ParseError: Neither gives a valid output; the issues are those of the layout that came closer.
    """
    shape = output.shape()
    try:
        return read_json(text, output, shape).output
    except ParseError as error:
        as_json = error
    try:
        return read_labelled(text, output, shape, Labels([field.name for field in shape.fields], ())).output
    except ParseError as error:
        if "{" in text and as_json.issues[0].path:
            raise as_json from None
        raise error from None


def read_json(
    text: str, output: type[OutputT], shape: shapes.RecordShape, lead: Sequence[shapes.Field] = ()
) -> Reading[OutputT]:
    """Read a JSON object; clean JSON that fits takes no detour.

    Raises:
        ParseError: There is no JSON object, or none that fits.
    """
    if not lead:
        try:
            return Reading(output.validate(msgspec.json.decode(text)))
        except (msgspec.DecodeError, ValidationError, RecursionError, UnicodeEncodeError):
            pass  # look closer
    failure: ParseError | None = None
    for value, note in json_values(text):
        if not isinstance(value, dict):
            continue
        repairs: Repairs = [f"the answer: {note}"] if note else []
        wide = msgspec.structs.replace(shape, fields=(*lead, *shape.fields))
        data = align_record(wide, value, "", repairs)
        before = {field.name: str(data.pop(field.name)) for field in lead if field.name in data}
        try:
            return Reading(output.validate(data), before, tuple(repairs))
        except ValidationError as error:
            failure = failure or unfit(error.issues, text)
    if failure:
        raise failure
    raise ParseError(
        "the answer holds no JSON object", [Issue("", "no_json", "holds no JSON object", text[:80])], text
    )


def read_labelled(
    text: str,
    output: type[OutputT],
    shape: shapes.RecordShape,
    labels: Splitter,
    lead: Sequence[shapes.Field] = (),
) -> Reading[OutputT]:
    """Read `name: value` fields, or those that another splitter finds.

    Raises:
        ParseError: A field is missing, or a value does not fit.
    """
    segments = labels.split(text)
    repairs: Repairs = []
    before = _segments(lead, segments, repairs)
    data = _segments(shape.fields, segments, repairs)
    try:
        return Reading(output.validate(data), before, tuple(repairs))
    except ValidationError as error:
        raise unfit(error.issues, text) from None


def _segments(fields: Iterable[shapes.Field], segments: dict[str, str], repairs: Repairs) -> dict[str, Any]:
    return {
        field.name: from_segment(field.shape, segments[field.name], field.name, repairs)
        for field in fields
        if field.name in segments
    }


def unfit(issues: Sequence[Issue], text: str) -> ParseError:
    """Return the error about an answer whose values break rules."""
    said = "; ".join(str(issue) for issue in issues[:3])
    more = f"; and {len(issues) - 3} more" if len(issues) > 3 else ""
    return ParseError(f"the answer does not fit: {said}{more}", issues, text)
