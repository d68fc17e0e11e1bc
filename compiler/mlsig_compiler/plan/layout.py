"""Python expressions as trees, and their text within a width.

    call("Meta", keywords={"min_length": Atom("1")})  ->  Meta(min_length=1)

An expression that fits stands on one line; one that does not has each part on a line of its own, with a
last comma.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from mlsig_compiler.literals import literal, pieces

WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Atom:
    """Final source text on one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string of the user's; a long one is cut into literals that stand side by side."""

    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """`open`, parts with commas between them, `close`; `lone` asks for a comma after a single part."""

    open: str
    parts: tuple[Expression, ...]
    close: str
    lone: bool = False


@dataclass(frozen=True, slots=True)
class Prefixed:
    """A prefix such as `name=` or `lambda: `, and an expression."""

    prefix: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Suffixed:
    """An expression, and a suffix such as ` | None`."""

    expression: Expression
    suffix: str


@dataclass(frozen=True, slots=True)
class Either:
    """Types with `|` between them; what does not fit stands in brackets, an option a line."""

    options: tuple[Expression, ...]


Expression: TypeAlias = Atom | Text | Group | Prefixed | Suffixed | Either


def call(name: str, *parts: Expression, keywords: Mapping[str, Expression] | None = None) -> Group:
    """Return the expression `name(part, keyword=part)`."""
    named = tuple(Prefixed(f"{key}=", part) for key, part in (keywords or {}).items())
    return Group(f"{name}(", (*parts, *named), ")")


def subscript(name: str, *parts: Expression) -> Group:
    """Return the expression `name[part, part]`."""
    return Group(f"{name}[", parts, "]")


def sequence(parts: Iterable[Expression]) -> Group:
    """Return a list display."""
    return Group("[", tuple(parts), "]")


def tuple_of(parts: Iterable[Expression]) -> Group:
    """Return a tuple display."""
    return Group("(", tuple(parts), ")", lone=True)


def mapping(items: Mapping[str, Expression]) -> Group:
    """Return a dict display with string keys."""
    return Group("{", tuple(Prefixed(f"{literal(key)}: ", part) for key, part in items.items()), "}")


def data(value: object) -> Expression:
    """Return the expression of plain JSON-like data."""
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, list):
        return sequence(data(item) for item in cast("list[object]", value))
    if isinstance(value, dict):
        return mapping({key: data(item) for key, item in cast("dict[str, object]", value).items()})
    return Atom(literal(value))


def lay(expression: Expression, indent: int = 0, before: int = 0, after: int = 0, width: int = WIDTH) -> str:
    """Return the text of an expression.

    Args:
        expression: What to print.
        indent: Column at which the statement stands.
        before: Characters that precede the expression on its first line, after the indent.
        after: Characters that follow it on its last line.
        width: Column that no line should cross.
    """
    flat = _flat(expression, width - indent - before - after)
    if flat is not None:
        return flat
    if isinstance(expression, Prefixed):
        rest = lay(expression.expression, indent, before + len(expression.prefix), after, width)
        return expression.prefix + rest
    if isinstance(expression, Suffixed):
        rest = lay(expression.expression, indent, before, after + len(expression.suffix), width)
        return rest + expression.suffix
    inner = " " * (indent + 4)
    if isinstance(expression, Text):
        parts = pieces(expression.value, max(width - indent - 8, 40))
        if len(parts) == 1 and len(inner) + len(parts[0]) > width:  # too deep for a line of its own
            return literal(expression.value)
        return "\n".join(["(", *(inner + part for part in parts), " " * indent + ")"])
    if isinstance(expression, Either):
        texts = [lay(option, indent + 4, 2, 0, width) for option in expression.options]
        lines = [f"{inner}{'| ' if index else ''}{text}" for index, text in enumerate(texts)]
        return "\n".join(["(", *lines, " " * indent + ")"])
    if isinstance(expression, Group) and expression.parts:
        lines = [f"{inner}{lay(part, indent + 4, 0, 1, width)}," for part in expression.parts]
        return "\n".join([expression.open, *lines, " " * indent + expression.close])
    return expression.text if isinstance(expression, Atom) else f"{expression.open}{expression.close}"


def _flat(expression: Expression, room: int) -> str | None:
    """Return the text on one line, or None as soon as it is plain that it takes more than the room."""
    # most of a compilation's calls end here: what is most frequent is asked first, and only for the class
    if type(expression) is Atom:
        text = expression.text
    elif type(expression) is Prefixed:
        inner = _flat(expression.expression, room - len(expression.prefix))
        return None if inner is None else expression.prefix + inner
    elif type(expression) is Group:
        comma = "," if expression.lone and len(expression.parts) == 1 else ""
        close = comma + expression.close
        inner = _joined(expression.parts, ", ", room - len(expression.open) - len(close))
        return None if inner is None else f"{expression.open}{inner}{close}"
    elif type(expression) is Text:
        if len(expression.value) > room:
            return None
        text = literal(expression.value)
    elif type(expression) is Suffixed:
        inner = _flat(expression.expression, room - len(expression.suffix))
        return None if inner is None else inner + expression.suffix
    else:
        return _joined(cast("Either", expression).options, " | ", room)
    return text if len(text) <= room else None


def _joined(parts: tuple[Expression, ...], between: str, room: int) -> str | None:
    room -= len(between) * (len(parts) - 1) if parts else 0
    if room < 0:
        return None
    texts: list[str] = []
    for part in parts:
        text = _flat(part, room)
        if text is None:
            return None
        texts.append(text)
        room -= len(text)
    return between.join(texts)
