"""A draft as text: two spaces, lines up to 100 columns where strings let them, descriptions in a column.

    @open
    schema Review {
      @alias("user name")
      user_name: str
      stars: int(1..5)?      "how many"
    }

Text of users becomes a string with JSON's escapes, or a comment of one line, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from textwrap import wrap
from typing import Final, NamedTuple

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import (
    Alias,
    Declaration,
    Draft,
    Enum,
    Field,
    Record,
    Signature,
    Space,
    Tuned,
)

WIDTH: Final = 100
INDENT: Final = "  "
# A description further to the right than this does not draw the others after it.
COLUMN: Final = 60
SHOWN: Final = 300


class Line(NamedTuple):
    """A line of the file, and what it belongs to."""

    text: str
    owner: Declaration | Field | Tuned | None = None


def printed(draft: Draft) -> str:
    """Return the text of a file."""
    return "".join(f"{line.text}\n" for line in lines(draft))


def lines(draft: Draft) -> list[Line]:
    """Return the lines of a file, each with what it was written for."""
    found = [Line(line) for text in draft.heading for line in comment(text)]
    for node in draft.declarations:
        if found:
            found.append(Line(""))
        found += _declaration(node)
    return found


def string(text: str) -> str:
    """Return a text as a string of the language; what a reader would not see is escaped."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    shown: list[str] = []
    for char in json.dumps(clean, ensure_ascii=False):
        shown.append(char if char.isprintable() else json.dumps(char)[1:-1])
    return "".join(shown)


def comment(text: str, indent: str = "") -> list[str]:
    """Return a text as comments of one line each; what is very long is cut."""
    said = string(" ".join(text.split()))[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    cut = said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
    lines = wrap(cut, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}# {line}" for line in lines]


# Declarations


def _declaration(node: Declaration) -> Iterator[Line]:
    yield from _before(node, "")
    match node:
        case Enum():
            yield from _enum(node)
        case Alias():
            yield from _wrapped(f"type {node.name} = ", node.type, "", node.description, node)
        case Record() | Signature():
            yield from _block(node)
        case Space():
            yield from _space(node)


def _space(node: Space) -> Iterator[Line]:
    yield Line(f"space {node.name}{_text(node.description)} {{", node)
    for member in node.members:
        yield from _before(member, INDENT)
        if member.left_out:
            continue
        if not member.domain:
            yield Line(f"{INDENT}forbid {member.name}", member)
            continue
        said = f"  {string(member.description)}" if member.description else ""
        text = f"var {member.name}: {member.domain}{said}"
        if not member.when:
            yield Line(INDENT + text, member)
            continue
        yield Line(f"{INDENT}when {member.when} {{", member)
        yield Line(INDENT * 2 + text, member)
        yield Line(f"{INDENT}}}", member)
    yield Line("}", node)


def _before(node: Declaration | Field | Tuned, indent: str) -> Iterator[Line]:
    for text in node.comments:
        yield from (Line(line, node) for line in comment(text, indent))
    if isinstance(node, Record) and node.open:
        yield Line(f"{indent}@open", node)
    if isinstance(node, Field) and node.alias is not None:
        yield Line(f"{indent}@alias({string(node.alias)})", node)
    if node.deprecated is not None:
        yield Line(f"{indent}@deprecated({string(node.deprecated)})", node)


def _enum(node: Enum) -> Iterator[Line]:
    head = f"enum {node.name}{_text(node.description)}"
    whole = f"{head} {{ {', '.join(node.members)} }}"
    if len(whole) <= WIDTH:
        yield Line(whole, node)
        return
    yield Line(f"{head} {{", node)
    for name in node.members:
        yield Line(f"{INDENT}{name}", node)
    yield Line("}", node)


def _block(node: Record | Signature) -> Iterator[Line]:
    word = "schema" if isinstance(node, Record) else "signature"
    extends = f" extends {node.extends}" if isinstance(node, Record) and node.extends else ""
    head = f"{word} {node.name}{extends}{_text(node.description)}"
    if isinstance(node, Record):
        if not node.fields:
            yield Line(f"{head} {{ }}", node)
            return
        yield Line(f"{head} {{", node)
        yield from _fields([("", field) for field in node.fields])
    else:
        yield Line(f"{head} {{", node)
        if node.instructions:
            yield from (Line(text, node) for text in _instructions(node.instructions))
            yield Line("", node)
        yield from _fields([("input  ", field) for field in node.inputs])
        yield from _fields([("output ", field) for field in node.outputs])
    yield Line("}", node)


def _instructions(text: str) -> list[str]:
    """Return instructions as a documentation string where one says the same, else as a plain one."""
    inside = text.split("\n")
    plain = all(line.isprintable() and line == line.strip() for line in inside)
    if not plain or '"""' in text or text.endswith('"') or text.startswith('"'):
        return [INDENT + string(text)]
    if len(inside) == 1:
        return [f'{INDENT}"""{text}"""']
    return [f'{INDENT}"""', *(f"{INDENT}{line}".rstrip() for line in inside), f'{INDENT}"""']


def _fields(members: list[tuple[str, Field]]) -> Iterator[Line]:
    """Yield the lines of fields; descriptions of those that stand side by side begin in one column."""
    bare = [
        f"{INDENT}{role}{field.name}: {type_text(field.type)}{_default(field)}" for role, field in members
    ]
    described = [len(text) for text, (_, field) in zip(bare, members, strict=True) if field.description]
    column = max((length for length in described if length <= COLUMN), default=0) + 2
    for text, (role, field) in zip(bare, members, strict=True):
        yield from _before(field, INDENT)
        said = string(field.description) if field.description else ""
        whole = f"{text.ljust(column)}{'  ' if len(text) > column - 2 else ''}{said}" if said else text
        if len(whole) <= WIDTH:
            yield Line(whole.rstrip(), field)
            continue
        yield from _wrapped(
            f"{INDENT}{role}{field.name}: ", field.type, _default(field), field.description, field
        )


def _wrapped(
    start: str, type_: model.Type, default: str, description: str, owner: Declaration | Field
) -> Iterator[Line]:
    """Yield what may be too long for one line: options below each other, the description below the type."""
    indent = INDENT * (2 if start.startswith(INDENT) else 1)
    options = _options(type_)
    whole = f"{start}{' | '.join(options)}{default}"
    if len(whole) <= WIDTH or len(options) == 1:
        yield from (Line(text, owner) for text in _filled(whole, description, indent))
        return
    texts = [start + options[0]]
    for option in options[1:]:
        if len(texts[-1]) + len(option) + 5 <= WIDTH:
            texts[-1] += f" | {option}"
        else:
            texts.append(f"{indent}| {option}")
    yield from (Line(text, owner) for text in texts[:-1])
    yield from (Line(text, owner) for text in _filled(texts[-1] + default, description, indent))


def _filled(text: str, description: str, indent: str) -> list[str]:
    if not description:
        return [text]
    if len(text) + 2 + len(string(description)) <= WIDTH:
        return [f"{text}  {string(description)}"]
    return [text, indent + string(description)]


def _text(description: str) -> str:
    return f" {string(description)}" if description else ""


def _default(field: Field) -> str:
    return "" if isinstance(field.default, model.Missing) else f" = {value_text(field.default)}"


# Types and values


def type_text(node: model.Type) -> str:
    """Return a type as it is written."""
    return " | ".join(_options(node))


def _options(node: model.Type) -> list[str]:
    """Return the options of a type as they are written; most types are the only one."""
    match node:
        case model.ScalarType(name, constraints) | model.BuiltinType(name, constraints):
            return [f"{name}{_arguments(constraints)}"]
        case model.EmbeddingType(size):
            return [f"embedding({size})"]
        case model.TensorType(shape, dtype):
            extents = ", ".join("_" if extent is None else str(extent) for extent in shape)
            return [f"tensor({extents}, dtype={dtype})"]
        case model.LiteralType(options):
            return [value_text(option) for option in options]
        case model.ListType(items, constraints):
            return [f"list[{type_text(items)}]{_arguments(constraints)}"]
        case model.MapType(values, constraints):
            return [f"map[{type_text(values)}]{_arguments(constraints)}"]
        case model.OptionalType(inner):
            return _marked(_options(inner), inner)
        case model.UnionType(options):
            return [text for option in options for text in _options(option)]
        case (
            model.EnumType(name) | model.SchemaType(name) | model.OutputType(name) | model.ResourceType(name)
        ):
            return [name]


def _marked(options: list[str], inner: model.Type) -> list[str]:
    """Mark the option that can take it, from the right: a literal cannot."""
    parts = inner.options if isinstance(inner, model.UnionType) else (inner,)
    texts = [_options(part) for part in parts]
    at = max(index for index, part in enumerate(parts) if not isinstance(part, model.LiteralType))
    before = sum(len(text) for text in texts[:at])
    return [f"{text}?" if index == before else text for index, text in enumerate(options)]


def _arguments(constraints: model.Constraints) -> str:
    said = {
        each.name: getattr(constraints, each.name)
        for each in fields(constraints)
        if getattr(constraints, each.name) is not None and getattr(constraints, each.name) is not False
    }
    texts: list[str] = []
    if "ge" in said and "le" in said:
        texts.append(f"{value_text(said.pop('ge'))}..{value_text(said.pop('le'))}")
    texts += ["unique" if word == "unique" else f"{word}={value_text(value)}" for word, value in said.items()]
    return f"({', '.join(texts)})" if texts else ""


def value_text(value: model.Value) -> str:
    """Return a value as it is written."""
    match value:
        case model.EnumMember(_, name):
            return name
        case model.EnvRef(name=name, fallback=fallback):
            return f"env({', '.join(string(part) for part in (name, fallback) if part is not None)})"
        case list():
            return f"[{', '.join(value_text(item) for item in value)}]"
        case dict():
            return _entries(value.items())
        case str():
            return string(value)
        case bool() | None:
            return json.dumps(value)
        case int():
            return str(value)
        case float():
            return repr(value)


def _entries(items: Iterable[tuple[str, model.Value]]) -> str:
    said = ", ".join(f"{string(key)}: {value_text(item)}" for key, item in items)
    return f"{{ {said} }}" if said else "{}"
