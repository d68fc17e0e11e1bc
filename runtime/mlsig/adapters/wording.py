"""The words of a prompt that all adapters share: instruction, rules, knobs, and what the fields are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from mlsig import shapes
from mlsig.adapters.task import Demo, Task
from mlsig.providers.messages import Message


def system_text(task: Task, fields: Iterable[str], closing: str = "") -> str:
    """Return the system message: instruction, rules, knobs, fields; short, since small models read it."""
    rules = "\n".join(f"- {rule}" for rule in task.rules)
    knobs = "\n".join(
        f"{knob.name}: {_plain(knob.value)}{f' ({knob.description})' if knob.description else ''}"
        for knob in task.knobs
    )
    parts = [task.instructions, rules, knobs, "\n".join(fields), closing]
    return "\n\n".join(part for part in parts if part)


def described(field: shapes.Field, demos: Iterable[Demo]) -> str:
    """Return one line about a field: what it is, and what it may be unless the demos show all of that."""
    values = "" if _all_shown(field, demos) else allowed(field.shape)
    said = "; ".join(part for part in (field.description, values) if part)
    return f"- {field.name}: {said}" if said else f"- {field.name}"


def allowed(shape: shapes.Shape) -> str:
    """Return what a value may be, in words, or nothing where any text will do."""
    words = _ALLOWED.get(type(shape))
    return words(shape) if words else ""


def _all_shown(field: shapes.Field, demos: Iterable[Demo]) -> bool:
    """Say whether every option of a field occurs in a demonstration: a list of them would only distract."""
    shape = field.shape
    if not isinstance(shape, shapes.Choice | shapes.Literal):
        return False
    options = set(shape.type) if isinstance(shape, shapes.Choice) else set(shape.options)
    return options <= {demo.outputs[field.name] for demo in demos if field.name in demo.outputs}


def notation(shape: shapes.Shape, seen: tuple[type[Any], ...] = ()) -> str:
    """Return a type in a notation like JSON's own: `{"tags": [string], "score": number | null}`."""
    if isinstance(shape, shapes.Ref):
        return shape.type.__name__ if shape.type in seen else notation(shape.type.shape(), seen)
    if isinstance(shape, shapes.RecordShape):
        return record_notation(shape.fields, (*seen, shape.type))
    if isinstance(shape, shapes.Optional):
        return f"{notation(shape.shape, seen)} | null"
    if isinstance(shape, shapes.Union):
        return " | ".join(notation(option, seen) for option in shape.options)
    if isinstance(shape, shapes.Array):
        return f"[{notation(shape.items, seen)}, …]"
    if isinstance(shape, shapes.Mapping):
        return f"{{string: {notation(shape.values, seen)}}}"
    if isinstance(shape, shapes.Choice):
        return " | ".join(_plain(member.value, quoted=True) for member in shape.type)
    if isinstance(shape, shapes.Literal):
        return " | ".join(_plain(option, quoted=True) for option in shape.options)
    if isinstance(shape, shapes.Tensor):
        kind = {"b": "true | false", "f": "number"}.get(shape.dtype[0], "integer")
        return "[" * len(shape.extents) + kind + ", …]" * len(shape.extents)
    if isinstance(shape, shapes.Keyed):
        return "{" + ", ".join(f'"{name}": string' for name in shape.needed) + ", …}"
    return _NOTATION[type(shape)]


def record_notation(fields: Iterable[shapes.Field], seen: tuple[type[Any], ...] = ()) -> str:
    """Return the notation of an object with these fields."""
    return "{" + ", ".join(f'"{field.name}": {notation(field.shape, seen)}' for field in fields) + "}"


def demo_messages(turns: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    """Return worked examples as earlier turns of the conversation."""
    return tuple(
        message
        for asked, answered in turns
        for message in (Message("user", asked), Message("assistant", answered))
    )


def shown(demos: Iterable[Demo]) -> Iterable[Demo]:
    """Return the demonstrations that state at least one output."""
    return (demo for demo in demos if demo.outputs)


def _plain(value: Any, *, quoted: bool = False) -> str:
    return value if isinstance(value, str) and not quoted else msgspec.json.encode(value).decode()


def _choice(shape: shapes.Choice) -> str:
    said = shape.descriptions
    return _one_of(
        [
            f"{member.value} ({said[member.value]})" if said.get(member.value) else member.value
            for member in shape.type
        ]
    )


def _literal(shape: shapes.Literal) -> str:
    return _one_of([_plain(option) for option in shape.options])


def _one_of(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _bounds(shape: shapes.Integer | shapes.Number) -> str:
    kind = "a whole number" if isinstance(shape, shapes.Integer) else "a number"
    words = [
        f"{word} {bound:g}" if isinstance(bound, float) else f"{word} {bound}"
        for word, bound in (
            ("at least", shape.ge),
            ("more than", shape.gt),
            ("at most", shape.le),
            ("less than", shape.lt),
        )
        if bound is not None
    ]
    return " ".join([kind, " and ".join(words)]).strip()


_NOTATION: dict[type[Any], str] = {
    shapes.Text: "string",
    shapes.Integer: "integer",
    shapes.Number: "number",
    shapes.Boolean: "true | false",
    shapes.Json: "any JSON",
    shapes.Date: '"YYYY-MM-DD"',
    shapes.DateTime: '"YYYY-MM-DDThh:mm:ssZ"',
    shapes.Tokens: "[integer | string, …]",
    shapes.Key: "string",
    shapes.Medium: "URL",
}

_ALLOWED: dict[type[Any], Callable[[Any], str]] = {
    shapes.Integer: _bounds,
    shapes.Number: _bounds,
    shapes.Boolean: lambda _: "true or false",
    shapes.Json: lambda _: "JSON",
    shapes.Date: lambda _: "YYYY-MM-DD",
    shapes.DateTime: lambda _: "YYYY-MM-DDThh:mm:ssZ",
    shapes.Choice: _choice,
    shapes.Literal: _literal,
    shapes.Optional: lambda shape: f"{allowed(shape.shape) or 'text'}, or null",
    shapes.Union: lambda shape: ", or ".join(allowed(option) or "text" for option in shape.options),
    shapes.Array: lambda shape: f"JSON: {notation(shape)}",
    shapes.Mapping: lambda shape: f"JSON: {notation(shape)}",
    shapes.RecordShape: lambda shape: f"JSON: {notation(shape)}",
    shapes.Ref: lambda shape: f"JSON: {notation(shape)}",
    shapes.Tensor: lambda shape: f"JSON: {notation(shape)}",
    shapes.Tokens: lambda shape: f"JSON: {notation(shape)}",
    shapes.Keyed: lambda shape: f"JSON: {notation(shape)}",
}
