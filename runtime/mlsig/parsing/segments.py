"""One labelled field: everything between its label and the next one."""

from __future__ import annotations

import re
from typing import Any, Final

from mlsig import shapes
from mlsig.parsing.align import align
from mlsig.parsing.blocks import read_block
from mlsig.parsing.candidates import NOTHING, candidates, decoded
from mlsig.parsing.fit import fewest
from mlsig.parsing.repairs import Notes
from mlsig.parsing.tables import rows
from mlsig.parsing.text import NULLS, read_text
from mlsig.records.explain import explain
from mlsig.records.unions import fits

_LISTS: Final = (shapes.Array, shapes.Tensor, shapes.Tokens)
_COMPOUND: Final = (*_LISTS, shapes.Keyed, shapes.Mapping, shapes.RecordShape, shapes.Ref)
_FENCED = re.compile(r" ?(?:[ \t]*\n)*(`{3,}|~{3,})[\w+-]*[ \t]*\n(.*?)\n?[ \t]*\1\s*", re.DOTALL)


def from_segment(shape: shapes.Shape, segment: str, path: str, notes: Notes) -> Any:
    """Read one labelled field as its declared type; what does not fit comes back as it is."""
    if isinstance(shape, shapes.Optional):
        if segment.strip().lower() in NULLS:
            return None
        return from_segment(shape.shape, segment, path, notes)
    if isinstance(shape, shapes.Text):
        return _text(segment, path, notes)
    if isinstance(shape, shapes.Json):
        value = decoded(segment.strip())
        return read_text(segment) if value is NOTHING else value
    if isinstance(shape, _COMPOUND):
        return _compound(shape, segment, path, notes)
    if isinstance(shape, shapes.Union):
        return _union(shape, segment, path, notes)
    if isinstance(shape, shapes.Literal) and (bare := _bare_literal(shape, segment)) is not None:
        return bare
    return _line(shape, _text(segment, path, notes), path, notes)


def _union(shape: shapes.Union, segment: str, path: str, notes: Notes) -> Any:
    """Read one of several types: what is JSON of one of them as it stands, is that."""
    whole = segment.strip()
    said = decoded(whole)
    if said is not NOTHING and any(fits(option, said, explain) for option in shape.options):
        return said
    return fewest(shape, lambda option, trial: from_segment(option, segment, path, trial), notes, whole)


def fenced(text: str) -> str | None:
    """Return what stands in the fence that a text is, None where it is none or more than one."""
    match = _FENCED.fullmatch(text)
    return match[2] if match and "\n" + match[1] not in match[2] else None


def _text(segment: str, path: str, notes: Notes) -> str:
    inside = fenced(segment)
    if inside is None:
        return read_text(segment)
    notes.note(path, "fence")
    return inside


def _line(shape: shapes.Shape, text: str, path: str, notes: Notes) -> Any:
    """Read a value that takes one line; what follows is left out, unless only the whole makes sense."""
    line, _, rest = text.strip().partition("\n")
    trial = notes.trial()
    value = align(shape, line.rstrip(), path, trial)
    if rest.strip():
        if trial.issues or not fits(shape, value, explain):
            return align(shape, text.strip(), path, notes)
        notes.note(path, "rest", rest.strip())
    notes.take(trial)
    return value


def _compound(shape: shapes.Shape, segment: str, path: str, notes: Notes) -> Any:
    listed = isinstance(shape, _LISTS)
    said = _text(segment, path, notes)
    if said.lstrip()[:1] in {"[", "{"}:
        for candidate in candidates(said, ()):
            if _is_a(candidate.value, listed) and not candidate.issues:
                for repair in candidate.repairs:
                    notes.note(path, repair.code, repair.was, repair.made)
                return align(shape, candidate.value, path, notes)
    table = rows(said) if "|" in said else None
    if table and listed:
        notes.note(path, "table")
        one = len(table[0]) == 1
        return align(shape, [next(iter(row.values())) if one else row for row in table], path, notes)
    block = read_block(said) if "\n" in said else NOTHING
    if _is_a(block, listed):
        notes.note(path, "block")
        return align(shape, block, path, notes)
    return align(shape, said.strip("\n") if listed else said.strip(), path, notes)


def _is_a(value: Any, listed: bool) -> bool:
    return isinstance(value, list if listed else dict)


def _bare_literal(shape: shapes.Literal, segment: str) -> int | bool | None:
    """Return the number or bool among the options that the text is, unless it stands in quotes."""
    value = decoded(segment.strip())
    if not isinstance(value, int):
        return None
    same = any(type(option) is type(value) and option == value for option in shape.options)
    return value if same else None
