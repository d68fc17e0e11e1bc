"""What fields are, in words: their descriptions, what values they may have, and how these are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mlsig import shapes
from mlsig.adapters.task import Demo
from mlsig.adapters.values import harmless
from mlsig.adapters.wording import Wording, Words

_BREAKS: Final = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NESTED: Final = "  "


class Describing:
    """Says what fields are, in the words of one layout."""

    def __init__(self, words: Words | None = None) -> None:
        self._words = words or Wording.NOTHING.words("Chat")

    def lines(self, field: shapes.Field, demos: Iterable[Demo] = (), *, asked: bool = True) -> list[str]:
        """Return what is said of a field: a line for itself, and indented ones for the fields inside it.

        Args:
            field: An input or an output.
            demos: What the prompt shows; where every option occurs in it, a list of them would only distract.
            asked: The model writes the value, and so needs to know its limits.
        """
        values = "" if _all_shown(field, demos) else self.allowed(field.shape)
        return [self._line(field, values, self._rest(field.shape, asked)), *self._inner(field.shape, asked)]

    def briefly(self, field: shapes.Field, *, asked: bool = True) -> list[str]:
        """Return what a notation of the field does not say of it, or nothing where that says all."""
        inner = self._inner(field.shape, asked)
        limits = self._besides(field.shape, asked)
        return [self._line(field, "", limits), *inner] if field.description or limits or inner else []

    def allowed(self, shape: shapes.Shape) -> str:
        """Return what a value may be, or nothing where any text will do."""
        words = self._words
        match shape:
            case shapes.Integer() | shapes.Number():
                return self._number(shape)
            case shapes.Choice():
                return self._choice(shape)
            case shapes.Literal():
                return self._one_of([plain(option) for option in shape.options])
            case shapes.Optional(inner):
                return words.say("or_null", about=self.allowed(inner) or words.say("text"))
            case shapes.Union(options):
                said = [self.allowed(option) or words.say("text") for option in options]
                return words.say("otherwise").join(dict.fromkeys(said))
            case shapes.Medium():
                return words.say(shape.type.__name__.lower())
            case shapes.Text() | shapes.Key():
                return ""
            case _:
                simple = _SIMPLE.get(type(shape))
                return words.say(simple) if simple else words.say("as_json", notation=self.notation(shape))

    def limits(self, shape: shapes.Shape) -> str:
        """Return what else must hold of a value: lengths, patterns, no item twice."""
        words = self._words
        said: list[str] = []
        match shape:
            case shapes.Optional(inner):
                return self.limits(inner)
            case shapes.Text():
                said = self._lengths(shape.min_length, shape.max_length, "shortest", "longest")
                said += [words.say("pattern", pattern=_pattern(shape.pattern))] if shape.pattern else []
            case shapes.Array() | shapes.Mapping() | shapes.Tokens():
                said = self._lengths(shape.min_length, shape.max_length, "fewest", "most")
                if isinstance(shape, shapes.Array) and shape.unique:
                    said.append(words.say("unique"))
            case _:
                pass
        return words.say("comma").join(said)

    def notation(self, shape: shapes.Shape, seen: tuple[type[Any], ...] = ()) -> str:  # noqa: PLR0912
        """Return a type in a notation like JSON's own: `{"tags": [string, …], "score": number | null}`."""
        words = self._words
        match shape:
            case shapes.Ref(kind):
                return kind.__name__ if kind in seen else self.notation(kind.shape(), seen)
            case shapes.RecordShape():
                return self.record(shape.fields, (*seen, shape.type))
            case shapes.Optional(inner):
                return f"{self.notation(inner, seen)} | {words.say('json_null')}"
            case shapes.Union(options):
                return " | ".join(self.notation(option, seen) for option in options)
            case shapes.Array():
                return f"[{self.notation(shape.items, seen)}, …]"
            case shapes.Mapping():
                return f"{{{words.say('json_text')}: {self.notation(shape.values, seen)}}}"
            case shapes.Choice():
                return " | ".join(plain(member.value, quoted=True) for member in shape.type)
            case shapes.Literal():
                return " | ".join(plain(option, quoted=True) for option in shape.options)
            case shapes.Tensor():
                number = {"b": "json_yes_or_no", "f": "json_number"}.get(shape.dtype[0], "json_whole_number")
                return "[" * len(shape.extents) + words.say(number) + ", …]" * len(shape.extents)
            case shapes.Tokens():
                return f"[{words.say('json_whole_number')} | {words.say('json_text')}, …]"
            case shapes.Keyed():
                return "{" + "".join(f'"{name}": {words.say("json_text")}, ' for name in shape.needed) + "…}"
            case shapes.Date() | shapes.DateTime():
                return f'"{words.say(_SIMPLE[type(shape)])}"'
            case _:
                return words.say(_NOTATION[type(shape)])

    def record(self, fields: Iterable[shapes.Field], seen: tuple[type[Any], ...] = ()) -> str:
        """Return the notation of an object with these fields."""
        return (
            "{" + ", ".join(f'"{field.name}": {self.notation(field.shape, seen)}' for field in fields) + "}"
        )

    def _line(self, field: shapes.Field, values: str, limits: str) -> str:
        words = self._words
        parts = (hanging(field.description), values, limits)
        said = words.say("besides").join(part for part in parts if part)
        return (
            words.say("field", name=field.name, about=said)
            if said
            else words.say("bare_field", name=field.name)
        )

    def _inner(self, shape: shapes.Shape, asked: bool) -> list[str]:
        """Return lines about the fields inside a value, as far as its notation does not say it."""
        found: list[str] = []
        for record in _records(shape, set()):
            for field in record.fields:
                said = self._besides(field.shape, asked)
                if field.description or said:
                    found.append(_NESTED + self._line(field, "", said).replace("\n", f"\n{_NESTED}"))
        return found

    def _rest(self, shape: shapes.Shape, asked: bool) -> str:
        """Return what `allowed` leaves out of a type."""
        match shape:
            case shapes.Optional(inner):
                return self._rest(inner, asked)
            case shapes.Array() | shapes.Mapping():
                return self._besides(shape, asked)
            case shapes.Union(options):
                said = (self._rest(option, asked) for option in options)
                return self._words.say("besides").join(dict.fromkeys(filter(None, said)))
            case _:
                return self.limits(shape) if asked else ""

    def _besides(self, shape: shapes.Shape, asked: bool) -> str:
        """Return what the notation of a type leaves out: the bounds of numbers, what options mean, limits."""
        words = self._words
        inside: list[str] = []
        for leaf in _leaves(shape):
            described = isinstance(leaf, shapes.Choice) and any(leaf.descriptions.values())
            bounded = asked and isinstance(leaf, shapes.Integer | shapes.Number) and bool(self._bounds(leaf))
            if described or bounded:
                inside.append(self.allowed(leaf))
            if asked and (limits := self.limits(leaf)):
                inside.append(limits)
        if asked and not isinstance(shape, shapes.Text) and (limits := self.limits(shape)):
            inside.append(limits)
        return words.say("besides").join(dict.fromkeys(inside))

    def _lengths(self, least: int | None, most: int | None, shortest: str, longest: str) -> list[str]:
        words = self._words
        said = [words.say("not_empty")] if least == 1 else []
        said += [words.say(shortest, count=str(least))] if least and least > 1 else []
        return said + ([words.say(longest, count=str(most))] if most is not None else [])

    def _number(self, shape: shapes.Integer | shapes.Number) -> str:
        kind = self._words.say("whole_number" if isinstance(shape, shapes.Integer) else "number")
        return f"{kind} {self._bounds(shape)}".strip()

    def _bounds(self, shape: shapes.Integer | shapes.Number) -> str:
        words = self._words
        bounds = (
            ("at_least", shape.ge),
            ("more_than", shape.gt),
            ("at_most", shape.le),
            ("less_than", shape.lt),
            ("multiple_of", shape.multiple_of),
        )
        return words.say("and").join(
            words.say(word, bound=f"{bound:.12g}" if isinstance(bound, float) else str(bound))
            for word, bound in bounds
            if bound is not None
        )

    def _choice(self, shape: shapes.Choice) -> str:
        return self._one_of([self._option(member.value, shape.descriptions) for member in shape.type])

    def _option(self, option: str, descriptions: dict[str, str]) -> str:
        said = descriptions.get(option)
        if not said:
            return option
        return self._words.say("described_option", option=option, description=one_line(said))

    def _one_of(self, options: Sequence[str]) -> str:
        words = self._words
        if len(options) < 2:
            return "".join(options)
        return words.say("or").join([words.say("comma").join(options[:-1]), options[-1]])


def checks_of(shape: shapes.RecordShape) -> tuple[str, ...]:
    """Return what is checked of a record and of those inside it, as the checks say it."""
    said = [check.message for record in _records(shape, set()) for check in record.checks]
    return tuple(dict.fromkeys(said))


def described(fields: tuple[shapes.Field, ...], said: Mapping[str, str]) -> tuple[shapes.Field, ...]:
    """Return fields with other descriptions, where there are any for them."""
    if not said:
        return fields
    return tuple(
        msgspec.structs.replace(each, description=said.get(each.name, each.description)) for each in fields
    )


def plain(value: Any, *, quoted: bool = False) -> str:
    """Return a value as it stands in a text; `quoted` if a string is to look like JSON's."""
    return value if isinstance(value, str) and not quoted else msgspec.json.encode(value).decode()


def one_line(text: str) -> str:
    """Return a text of an author's with its line breaks made blanks."""
    return harmless(_BREAKS.sub(" ", text.strip()))


def hanging(text: str) -> str:
    """Return a text whose further lines are indented, so that none begins where another text would."""
    return harmless(_BREAKS.sub(f"\n{_NESTED}", text.strip()))


def _pattern(pattern: str) -> str:
    """Return a pattern as people write it, with `$` for Python's own name of the end."""
    return one_line(f"{pattern[:-2]}$" if pattern.endswith(r"\Z") else pattern)


def _all_shown(field: shapes.Field, demos: Iterable[Demo]) -> bool:
    """Say whether every option of a field occurs in a demonstration."""
    shape = field.shape
    if not isinstance(shape, shapes.Choice | shapes.Literal):
        return False
    options = set(shape.type) if isinstance(shape, shapes.Choice) else set(shape.options)
    return options <= {demo.outputs[field.name] for demo in demos if field.name in demo.outputs}


def _leaves(shape: shapes.Shape) -> Iterator[shapes.Shape]:
    """Yield the types without parts inside a type; those inside records have lines of their own."""
    match shape:
        case shapes.Optional(inner):
            yield from _leaves(inner)
        case shapes.Array():
            yield from _leaves(shape.items)
        case shapes.Mapping():
            yield from _leaves(shape.values)
        case shapes.Union(options):
            for option in options:
                yield from _leaves(option)
        case shapes.Ref() | shapes.RecordShape():
            return
        case _:
            yield shape


def _records(shape: shapes.Shape, seen: set[type[Any]]) -> Iterator[shapes.RecordShape]:
    """Yield the records inside a type, and inside these, each once."""
    match shape:
        case shapes.Optional(inner):
            yield from _records(inner, seen)
        case shapes.Array():
            yield from _records(shape.items, seen)
        case shapes.Mapping():
            yield from _records(shape.values, seen)
        case shapes.Union(options):
            for option in options:
                yield from _records(option, seen)
        case shapes.Ref(kind):
            yield from _records(kind.shape(), seen)
        case shapes.RecordShape():
            if shape.type in seen:
                return
            seen.add(shape.type)
            yield shape
            for field in shape.fields:
                yield from _records(field.shape, seen)
        case _:
            return


_SIMPLE: Final[dict[type[Any], str]] = {
    shapes.Boolean: "yes_or_no",
    shapes.Json: "any_json",
    shapes.Date: "date",
    shapes.DateTime: "moment",
}
_NOTATION: Final[dict[type[Any], str]] = {
    shapes.Text: "json_text",
    shapes.Integer: "json_whole_number",
    shapes.Number: "json_number",
    shapes.Boolean: "json_yes_or_no",
    shapes.Json: "json_any",
    shapes.Key: "json_text",
    shapes.Medium: "json_url",
}
