r"""What is certain of an answer that is still being written.

    {"title": "Lamp", "tags": ["home", "li      ->  title "Lamp", tags ["home"]
    title: Lamp\nsummary: A lamp th            ->  title "Lamp", summary "A lamp th"

A field is certain once its value has ended. Of a text what has come so far is certain, of a list the items
that have ended. Nothing is mended here: what needs mending waits for the whole answer. A text that may stand
without its label, because it is the only field, is shown as it comes; should its label come after all, what
stood before that is forgotten.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, NamedTuple, NoReturn

from mlsig import shapes
from mlsig.parsing.align import align
from mlsig.parsing.candidates import NOTHING, behind_thoughts, decoded
from mlsig.parsing.cursor import past_blanks
from mlsig.parsing.labelled import NAME, label_pattern, wide_pattern
from mlsig.parsing.repairs import Notes
from mlsig.parsing.segments import from_segment
from mlsig.parsing.text import read_text
from mlsig.types.jsonlike import is_array

_KEY = re.compile(r'\s*+"((?:[^"\\\n]|\\.)*+)"\s*+:\s*+')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BROKEN_ESCAPE: Final = re.compile(
    r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?\\(?:u[0-9a-fA-F]{0,3})?\Z|\\u[dD][89abAB][0-9a-fA-F]{2}\Z"
)
_OPEN_TAG: Final = 80


class Part(NamedTuple):
    """The value of a field as far as it has come: decoded JSON, or the text of a segment."""

    value: Any
    done: bool
    segment: bool = False


def so_far(text: str, fields: tuple[shapes.Field, ...]) -> dict[str, Any]:
    """Return what is certain of an unfinished answer, bent to the declared types, by field."""
    found: dict[str, Any] = {}
    parts = _parts(text, tuple(field.name for field in fields))
    for field in fields:
        part = parts.get(field.name)
        if part is None:
            continue
        notes = Notes(f"{field.name} {field.description}", field.name)
        inner = field.shape.shape if isinstance(field.shape, shapes.Optional) else field.shape
        if part.segment and part.done:
            value = from_segment(field.shape, part.value, field.name, notes)
        elif part.segment:
            if not isinstance(inner, shapes.Text):
                continue
            value = read_text(part.value)
            if not value:
                continue
        elif part.done or (is_array(part.value) and isinstance(inner, shapes.Array)):
            value = align(field.shape, part.value, field.name, notes)
        elif isinstance(part.value, str) and isinstance(inner, shapes.Text):
            value = part.value
        else:
            continue
        if not notes.issues:
            found[field.name] = value
    return found


def _parts(text: str, names: tuple[str, ...]) -> dict[str, Part]:
    answer = behind_thoughts(text)
    if not answer and text.lstrip()[:6] == "<think":
        return {}
    text = text[answer:]
    opening = _opening(names).search(text)
    if opening:
        return _members(text, opening.end() - len(opening[1]))
    if text.lstrip()[:1] in {"{", "["}:
        return {}
    tags = _tags(text, names)
    return tags or _segments(text, names)


@cache
def _opening(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf'\{{\s{{0,200}}("(?:{"|".join(map(re.escape, names))})"\s{{0,40}}:)')


def _members(text: str, at: int) -> dict[str, Part]:
    """Read the members of an object up to the first that is not JSON, or not finished."""
    found: dict[str, Part] = {}
    while match := _KEY.match(text, at):
        key, at = match[1], match.end()
        part, at = _value(text, at)
        if part.value is not NOTHING:
            found[key] = part
        if not part.done or text[at : at + 1] != ",":
            return found
        at += 1
    return found


def _value(text: str, at: int) -> tuple[Part, int]:
    """Return a value as far as it has come, and the offset of the comma or bracket behind a finished one."""
    if text[at : at + 1] == '"':
        return _string(text, at)
    value, end = _scanned(text, at)
    if value is not NOTHING:
        end = past_blanks(text, end)
        if text[end : end + 1] in {",", "}", "]"}:
            return Part(value, True), end
        return Part(NOTHING, False), end
    if text[at : at + 1] != "[":
        return Part(NOTHING, False), at
    items: list[Any] = []
    at = past_blanks(text, at + 1)
    while at < len(text):
        part, at = _value(text, at)
        if not part.done:
            break
        items.append(part.value)
        if text[at : at + 1] != ",":
            break
        at = past_blanks(text, at + 1)
    return Part(items, False), at


def _string(text: str, at: int) -> tuple[Part, int]:
    whole = _STRING.match(text, at)
    if not whole:
        begun = _BROKEN_ESCAPE.sub("", text[at:])
        value = decoded(begun + '"')
        return Part(value if isinstance(value, str) else NOTHING, False), len(text)
    value = decoded(whole[0])
    end = past_blanks(text, whole.end())
    if text[end : end + 1] in {",", "}", "]"} and isinstance(value, str):
        return Part(value, True), end
    return Part(value if isinstance(value, str) and end >= len(text) else NOTHING, False), end


def _refused(word: str) -> NoReturn:
    raise ValueError(word)


_SCANNER: Final = json.JSONDecoder(parse_constant=_refused)


def _scanned(text: str, at: int) -> tuple[Any, int]:
    try:
        return _SCANNER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return NOTHING, at


def _tags(text: str, names: tuple[str, ...]) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for name in names:
        start = text.find(f"<{name}>")
        if start < 0:
            continue
        start += len(name) + 2
        end = text.find(f"</{name}>", start)
        if end >= 0:
            found[name] = Part(_plain(text[start:end]), True, segment=True)
            continue
        begun = text[start:]
        open_tag = begun.rfind("<", max(0, len(begun) - _OPEN_TAG))
        found[name] = Part(_plain(begun[:open_tag] if open_tag >= 0 else begun), False, segment=True)
    return found


def _plain(said: str) -> str:
    """Return text without entities; one that has only begun is left out."""
    begun = said.rfind("&", max(0, len(said) - 10))
    if begun >= 0 and ";" not in said[begun:]:
        said = said[:begun]
    return html.unescape(said)


@cache
def _labels(names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return label_pattern(names), wide_pattern(names)


def _segments(text: str, names: tuple[str, ...]) -> dict[str, Part]:
    """Split labelled lines; a last line that may become a label is left out until it is whole."""
    matches: list[re.Match[str]] = []
    for pattern in _labels(names):
        matches = matches or list(pattern.finditer(text))
    known = {_key(name): name for name in names}
    starts = [(known[_key(match[NAME] or match[0])], match.end()) for match in matches]
    ends = [*(match.start() for match in matches[1:]), len(text)]
    found: dict[str, Part] = {}
    for (name, start), end in zip(starts, ends, strict=False):
        done = end < len(text)
        found.setdefault(name, Part(text[start:end] if done else _settled(text[start:], names), done, True))
    if names[0] not in found and (matches or len(names) == 1):
        head = text[: matches[0].start()] if matches else _settled(text, names)
        if head.strip():
            found[names[0]] = Part(head, bool(matches), segment=True)
    return found


def _settled(text: str, names: Iterable[str]) -> str:
    head, newline, line = text.rpartition("\n")
    begun = _key(line)
    if any(_key(name).startswith(begun) or begun.startswith(_key(name)) for name in names):
        return head
    return head + newline + line


def _key(said: str) -> str:
    return re.sub(r"[\W_]", "", said.lower())[:100]
