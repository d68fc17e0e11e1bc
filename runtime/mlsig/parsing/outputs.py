"""From a model's answer to a typed record, or an error that names the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from mlsig import shapes
from mlsig.errors import Issue, ParseError, ValidationError
from mlsig.parsing.candidates import NOTHING, Candidate, candidates, decoded, said
from mlsig.parsing.fitting import Fit, Target
from mlsig.parsing.labelled import Labels
from mlsig.parsing.layouts import by_tags, layouts
from mlsig.parsing.repairs import Notes, Repair
from mlsig.parsing.segments import from_segment
from mlsig.readings import Reading
from mlsig.records import Record
from mlsig.types.jsonlike import is_object

OutputT = TypeVar("OutputT", bound=Record)


def parse(text: str, output: type[OutputT]) -> OutputT:
    """Read an answer of unknown layout, as `read` does, and return the output alone.

    Raises:
        ParseError: As of `read`.
    """
    return read(text, output).output


def read(text: str, output: type[OutputT]) -> Reading[OutputT]:
    """Read an answer of unknown layout: JSON if there is any that fits, else labelled fields.

    Raises:
        ParseError: Neither gives a valid output; the issues are those of the layout that came closer.
    """
    try:
        return Reading(output.from_json(text, True))
    except ValidationError:
        target = Target(output, output.shape())
    found = _json(text, target)
    if isinstance(found, Reading):
        return found
    if not found.known:
        labels = Labels([field.name for field in target.shape.fields], ())
        labelled = _labelled(text, target, labels, tried=True)
        if isinstance(labelled, Reading):
            return labelled
        found = labelled
    raise unfit(found.issues, text)


def read_json(
    text: str, output: type[OutputT], shape: shapes.RecordShape, lead: Sequence[shapes.Field] = ()
) -> Reading[OutputT]:
    """Read a JSON object; clean JSON that fits takes no detour.

    Raises:
        ParseError: There is no JSON object, none that fits, or several that differ.
    """
    if not lead:
        try:
            return Reading(output.from_json(text, True))
        except ValidationError:
            return _only_json(text, Target(output, shape))
    value = decoded(text)
    if is_object(value):
        before = {field.name: value.pop(field.name) for field in lead if field.name in value}
        if all(isinstance(item, str) for item in before.values()):
            try:
                return Reading(output.validate(value, True), before)
            except ValidationError:
                pass  # look closer
    return _only_json(text, Target(output, shape, lead))


def read_labelled(
    text: str,
    output: type[OutputT],
    shape: shapes.RecordShape,
    labels: Labels,
    lead: Sequence[shapes.Field] = (),
) -> Reading[OutputT]:
    """Read `name: value` fields; the first one may come without its label.

    Where that does not fit, fields in tags, under headings, in a table or in indented lines are looked for.

    Raises:
        ParseError: A field is missing, or a value does not fit.
    """
    if len(shape.fields) == 1 and not lead and _PLAIN.fullmatch(text):
        [field] = shape.fields
        if type(field.shape) is shapes.Text:
            try:
                return Reading(output.validate({field.name: text.strip()}, True))
            except ValidationError:
                pass  # look closer
    found = _labelled(text, Target(output, shape, lead), labels)
    if isinstance(found, Reading):
        return found
    raise unfit(found.issues, text)


def unfit(issues: Sequence[Issue], text: str) -> ParseError:
    """Return the error about an answer whose values break rules."""
    if len(issues) == 1 and not issues[0].path and issues[0].code in _WHOLE:
        return ParseError(f"the answer {issues[0].message}", issues, text)
    said = "; ".join(str(issue) for issue in issues[:3])
    more = f"; and {len(issues) - 3} more" if len(issues) > 3 else ""
    return ParseError(f"the answer does not fit: {said}{more}", issues, text)


_WHOLE = frozenset({"ambiguous", "no_field", "no_json", "unreadable"})


_OPENING = re.compile(
    r"\n{0,9} ?(?:`{3,}\w{0,12}\s{1,9})?\{\s{0,99}[\"'\u201c]?(\w[\w -]{0,99})[\"'\u201d]?\s{0,9}:"
)
"""How an object begins that has fields: such a text is not to be taken for a field's text."""


_PLAIN = re.compile(r" *\w(?:[\w ,.;!?'\"()%$/]|-(?=\w))*+\s*")
"""A line without a sign that any layout gives a meaning to: for the only field, a text, it is the text."""


class _Failure(NamedTuple):
    """Why an answer was not read; `known` says that it is JSON with some of the fields, or the only one."""

    issues: list[Issue]
    known: bool


def _only_json(text: str, target: Target[OutputT]) -> Reading[OutputT]:
    found = _json(text, target)
    if isinstance(found, Reading):
        return found
    raise unfit(found.issues, text)


def _json(text: str, target: Target[OutputT]) -> Reading[OutputT] | _Failure:
    before: list[Repair] = []
    fits: list[tuple[Candidate, Fit[OutputT]]] = []
    failure: _Failure | None = None
    for candidate in _all(said(text, before), target, before):
        found = candidate.issues or target.fit(candidate.value, whole=candidate.whole)
        if isinstance(found, Fit):
            fits.append((candidate, found))
        elif failure is None or not failure.known:
            alone = candidate.whole and bool(candidate.issues) and len(target.shape.fields) == 1
            known = alone or target.knows(candidate.value)
            failure = _Failure(found, known) if failure is None or known else failure
    if fits:
        return _chosen(fits, before)
    return failure or _Failure([Issue("", "no_json", "holds no JSON object", text[:80])], False)


def _all(text: str, target: Target[OutputT], before: list[Repair]) -> Iterator[Candidate]:
    """Yield the candidates of a text, or of the text that it encodes."""
    inner = decoded(text.strip())
    if isinstance(inner, str) and ("{" in inner or "[" in inner):
        before.append(Repair("", "decoded"))
        yield from candidates(inner, target.names)
    elif inner is not NOTHING:
        yield Candidate(inner, whole=True)
    else:
        yield from candidates(text, target.names)


def _chosen(fits: list[tuple[Candidate, Fit[OutputT]]], before: list[Repair]) -> Reading[OutputT] | _Failure:
    """Return the one that is meant: in a fence, called final, or with the fewest repairs."""
    fenced = [fit for fit in fits if fit[0].fenced] or fits
    last = fenced[-1]
    if not last[0].final and any(fit.output != last[1].output for _, fit in fenced):
        issue = Issue("", "ambiguous", "holds two answers that differ, and neither is called final")
        return _Failure([issue], True)
    same = [fit for fit in fenced if fit[1].output == last[1].output]
    candidate, best = min(same, key=lambda fit: len(fit[0].repairs) + len(fit[1].repairs))
    return Reading(best.output, best.lead, (*before, *candidate.repairs, *best.repairs))


def _labelled(
    text: str, target: Target[OutputT], labels: Labels, *, tried: bool = False
) -> Reading[OutputT] | _Failure:
    """Read an answer that is no JSON, or was not asked for as such; `tried` says that it has been as JSON."""
    before: list[Repair] = []
    bare = said(text, before)
    first = bare.lstrip("\n").removeprefix(" ")[:1]
    if first == "{" and not tried:
        as_json = _json(text, target)
        if isinstance(as_json, Reading) or as_json.known:
            return as_json
    elif first == "<" and (tagged := by_tags(bare, target)):
        fit = target.direct(tagged.data)
        if isinstance(fit, Fit):
            return Reading(fit.output, fit.lead, (*before, *tagged.repairs, *fit.repairs))
    if (opening := _OPENING.match(bare)) and target.knows({opening[1]: None}):
        return _Failure([Issue("", "unreadable", "begins as JSON and cannot be read as such")], True)
    plainly = _by_segments(labels.split(bare), target)
    if isinstance(plainly, Fit):
        return Reading(plainly.output, plainly.lead, (*before, *plainly.repairs))
    for found in layouts(labels.answered(bare), target):
        fit = _by_segments(found.data, target) if found.texts else target.direct(found.data)
        if isinstance(fit, Fit):
            return Reading(fit.output, fit.lead, (*before, *found.repairs, *fit.repairs))
    return _Failure(plainly, False)


def _by_segments(segments: dict[str, Any], target: Target[OutputT]) -> Fit[OutputT] | list[Issue]:
    notes = Notes()
    data: dict[str, Any] = {}
    for field in target.wide.fields:
        if field.name in segments:
            notes.about, notes.name = f"{field.name} {field.description}", field.name
            data[field.name] = from_segment(field.shape, segments[field.name], field.name, notes)
    return target.made(data, notes)
