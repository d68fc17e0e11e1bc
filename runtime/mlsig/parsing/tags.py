"""Fields in tags: `<name>Ada</name><age>36</age>`.

Only what the declaration names is a tag; all else between two tags is text, as it stands but for entities.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any, Final

from mlsig import shapes
from mlsig.parsing.options import plain
from mlsig.types.jsonlike import is_array

DEEPEST: Final = 40
MOST_TAGS: Final = 50_000
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.\-]{0,80})((?:\s[^<>]{0,200})?)(/?)>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


@dataclass(slots=True)
class Element:
    """A tag with what is in it."""

    name: str
    start: int
    end: int = 0
    children: list[Element] = field(default_factory=list["Element"])


def elements(text: str) -> list[Element]:
    """Return the outermost tags that are closed, with those inside; a tag that is never closed is text."""
    root = Element("", 0)
    stack = [root]
    for count, tag in enumerate(_TAG.finditer(text)):
        if count > MOST_TAGS:
            return []
        closing, name, empty = tag[1], tag[2].lower(), tag[4]
        if empty:
            continue
        if not closing:
            if len(stack) <= DEEPEST:
                stack.append(Element(name, tag.end()))
            continue
        depth = next((n for n in range(len(stack) - 1, 0, -1) if stack[n].name == name), 0)
        if depth:
            done = stack[depth]
            done.end = tag.start()
            # What was opened inside and never closed is text; what is complete in it stays.
            for lost in stack[depth + 1 :]:
                done.children += lost.children
            del stack[depth:]
            stack[-1].children.append(done)
    for lost in stack[1:]:
        root.children += lost.children
    return root.children


def read_tags(text: str, fields: tuple[shapes.Field, ...]) -> dict[str, Any] | None:
    """Return the fields that stand in tags, None where there are none.

    They may stand in one more tag that holds all of them. Of a field that stands there twice nothing is
    returned: its value is not known.
    """
    if "</" not in text:
        return None
    top = elements(text)
    wanted = _names(fields)
    while len(top) == 1 and plain(top[0].name) not in wanted:
        top = top[0].children
    return _record(text, top, wanted) or None


def _names(fields: tuple[shapes.Field, ...]) -> dict[str, shapes.Field]:
    found = {plain(field.alias): field for field in fields if field.alias}
    return found | {plain(field.name): field for field in fields}


def _record(text: str, inside: list[Element], wanted: dict[str, shapes.Field]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    twice: set[str] = set()
    for element in inside:
        field = wanted.get(plain(element.name))
        if field is None:
            continue
        value = _value(text, element, field.shape)
        if field.name in found and isinstance(_bare(field.shape), shapes.Array):
            found[field.name] = _list(found[field.name]) + _list(value)
        elif field.name in found and found[field.name] != value:
            twice.add(field.name)
        else:
            found[field.name] = value
    return {name: value for name, value in found.items() if name not in twice}


def _value(text: str, element: Element, shape: shapes.Shape) -> Any:
    shape = _bare(shape)
    inside = element.children
    if isinstance(shape, shapes.Ref):
        shape = shape.type.shape()
    if inside and isinstance(shape, shapes.RecordShape):
        return _record(text, inside, _names(shape.fields))
    if inside and isinstance(shape, shapes.Array):
        return [_value(text, child, shape.items) for child in inside]
    if inside and isinstance(shape, shapes.Mapping):
        return {child.name: _value(text, child, shape.values) for child in inside}
    if inside and isinstance(shape, shapes.Union):
        return {child.name: _text(text[child.start : child.end]) for child in inside}
    return _text(text[element.start : element.end])


def _bare(shape: shapes.Shape) -> shapes.Shape:
    return _bare(shape.shape) if isinstance(shape, shapes.Optional) else shape


def _list(value: Any) -> list[Any]:
    return value if is_array(value) else [value]


def _text(said: str) -> str:
    data = _CDATA.fullmatch(said.strip())
    if data:
        return data[1]
    said = html.unescape(said)
    return said.strip("\n") if "\n" in said.strip() else said.strip()
