"""From what was seen to a draft.

    draft = Inferring(tight=False).draft("Review", seen)

Every type takes all that was seen at its place. Where there is little to go by, the wider type is taken and
the user is told.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import (
    BOOL,
    FLOAT,
    INT,
    JSON,
    STR,
    Alias,
    Draft,
    Enum,
    Field,
    Note,
    Record,
    optional,
)
from mlsig_compiler.drafting.naming import Names, field_names, member, singular
from mlsig_compiler.drafting.seen import LARGEST_FLOAT32, Lists, Objects, Range, Seen, Texts

# Strings are options of one thing where few are repeated often.
OPTIONS: Final = 10
ENOUGH: Final = 20
REPEATED: Final = 5
# Keys are data where there are many and each is rare.
MANY_KEYS: Final = 8
RARE: Final = 0.25
DATA_KEY: Final = re.compile(
    r"\d+|\d{4}-\d\d(-\d\d)?|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}",
    re.IGNORECASE,
)
VECTOR: Final = 16
PROBABILITY: Final = re.compile(r"(^|_)(probability|prob|likelihood)$", re.IGNORECASE)
CONFIDENCE: Final = re.compile(r"(^|_)confidence(_score)?$", re.IGNORECASE)


class Place(NamedTuple):
    """Where a value stands: the way to it as it is shown, the key it has, the record around it."""

    path: str
    key: str
    within: str

    def item(self) -> Place:
        """Return the place of the items of a list, or of the values of a map."""
        return Place(f"{self.path}[]", singular(self.key), self.within)


class Inferring:
    """Makes the draft of one file."""

    def __init__(self, *, tight: bool = False) -> None:
        self.tight = tight
        self._names = Names()
        self._made = Draft()
        self._records: dict[object, str] = {}
        self._options: dict[tuple[str | int | bool, ...], str] = {}

    def draft(self, name: str, seen: Objects) -> Draft:
        """Return a file with a schema that takes every object that was seen, and those inside of it."""
        own = self._names.take(name)
        share(seen)
        self._made.declarations.append(self._root(seen, own, Place("", name, own)))
        # The schema that was asked for stands first, then the inner ones in the order of their use.
        self._made.declarations.reverse()
        return self._made

    def _root(self, seen: Objects, name: str, place: Place) -> Record:
        """Return the record of the rows themselves: open, and said so, where a key cannot be a field."""
        unfit = [key for key in seen.fields if unnamed(key)]
        record = Record(name=name, open=bool(unfit) or seen.values is not None)
        if unfit:
            self._made.warn(
                record, f"not carried over: the keys {unfit!r}, which no field can have as its name"
            )
        if seen.values is not None:
            self._made.warn(record, "not carried over: the keys of the rows, of which there are too many")
        fields = {key: value for key, value in seen.fields.items() if key not in unfit}
        record.fields = self._fields(Objects(seen.count, fields), name, place)
        return record

    def _note(self, place: Place, message: str, *, warning: bool = False) -> None:
        self._made.notes.append(Note(place.path or place.key, message, warning))

    def _fields(self, seen: Objects, name: str, place: Place) -> list[Field]:
        keys = list(seen.fields)
        names = field_names(keys)
        fields: list[Field] = []
        for key in keys:
            path = f"{place.path}.{key}" if place.path else key
            fields.append(self._field(key, names[key], seen, Place(path, key, name)))
        return fields

    def _field(self, key: str, name: str, seen: Objects, place: Place) -> Field:
        value = seen.fields[key]
        type_ = self._type(value, place)
        alias = None if name == key else key
        field = Field(name=name, type=type_, alias=alias, origin=place.path)
        if value.total < seen.count:
            field.default = None
            field.type = self._optional(type_, place)
        return field

    def _optional(self, type_: model.Type, place: Place) -> model.Type:
        """Return the optional of a type; literals alone need a name for it."""
        if isinstance(type_, model.LiteralType):
            if type_.options not in self._options:
                name = self._options[type_.options] = self._names.take(place.key, place.within)
                self._made.declarations.append(Alias(name=name, type=type_, origin=place.path))
            # A declared type is written by its name, whatever it is.
            return model.OptionalType(model.EnumType(self._options[type_.options]))
        return optional(type_)

    def _type(self, seen: Seen, place: Place) -> model.Type:
        if seen.opaque:
            self._note(place, "too much or too deep to look into: json", warning=True)
            return JSON
        options = self._kinds(seen, place)
        if not options:
            why = "only null was seen: json" if seen.nulls else "nothing was seen: json"
            self._note(place, why, warning=True)
            return JSON
        if JSON in options:
            return JSON
        if len(options) > 1:
            self._note(place, "values of several kinds: a union")
        type_ = options[0] if len(options) == 1 else model.UnionType(tuple(options))
        return self._optional(type_, place) if seen.nulls else type_

    def _kinds(self, seen: Seen, place: Place) -> list[model.Type]:
        """Return a type for each kind of value that was seen, null aside."""
        options: list[model.Type] = []
        if seen.bools:
            options.append(BOOL)
        if seen.ints or seen.floats:
            options.append(self._number(seen, place))
        if seen.texts:
            options.append(self._text(seen.texts, place, alone=len(seen.kinds()) == 1))
        if seen.lists:
            options.append(self._list(seen.lists, place))
        if seen.objects:
            options.append(self._object(seen.objects, place))
        return options

    def _number(self, seen: Seen, place: Place) -> model.Type:
        if seen.huge:
            if not seen.floats:
                return INT
            self._note(place, "numbers beyond every float beside floats: json", warning=True)
            return JSON
        low, high = seen.numbers.low, seen.numbers.high
        if PROBABILITY.search(place.key) and low >= 0 and high <= 1:
            self._note(place, "probability, by its name and its range")
            return model.ScalarType("probability")
        if CONFIDENCE.search(place.key) and low >= 0:
            self._note(place, "confidence_score, by its name and its range")
            return model.ScalarType("confidence_score")
        type_ = FLOAT if seen.floats else INT
        # An int that is written must fit in 64 bits.
        if not self.tight or (not seen.floats and max(-low, high) >= 2**63):
            return type_
        bounds = (float(low), float(high)) if seen.floats else (int(low), int(high))
        return model.ScalarType(type_.name, model.Constraints(ge=bounds[0], le=bounds[1]))

    def _text(self, seen: Texts, place: Place, *, alone: bool) -> model.Type:
        if seen.count and seen.dates:
            return model.ScalarType("date")
        if seen.count and seen.datetimes:
            return model.ScalarType("datetime")
        values = tuple(sorted(seen.values or ()))
        few = 2 <= len(values) <= OPTIONS and seen.count >= max(ENOUGH, REPEATED * len(values))
        if alone and few and all(value.strip() and value.isprintable() for value in values):
            self._note(place, f"{len(values)} options, seen in {seen.count:,} values")
            return self._few(values, place)
        if not self.tight:
            return STR
        return model.ScalarType("str", self._lengths(seen.lengths))

    def _few(self, values: tuple[str, ...], place: Place) -> model.Type:
        if not all(member(value) for value in values):
            return model.LiteralType(values)
        if values not in self._options:
            name = self._options[values] = self._names.take(place.key, place.within)
            self._made.declarations.append(Enum(name=name, members=values, origin=place.path))
        return model.EnumType(self._options[values])

    def _list(self, seen: Lists, place: Place) -> model.Type:
        items, lengths = seen.items, seen.lengths
        size = int(lengths.low)
        if (
            seen.count > 1
            and VECTOR <= size == lengths.high
            and items.floats
            and items.kinds() == frozenset({"number"})
            and not items.nulls
            and not items.huge
            and max(-items.numbers.low, items.numbers.high) <= LARGEST_FLOAT32
        ):
            self._note(place, f"lists of {size} numbers: an embedding, held as float32")
            return model.EmbeddingType(size)
        if not items.total:
            self._note(place, "only empty lists were seen: list[json]", warning=True)
            return model.ListType(JSON)
        bounds = self._lengths(lengths) if self.tight else model.Constraints()
        return model.ListType(self._type(items, place.item()), bounds)

    def _lengths(self, seen: Range) -> model.Constraints:
        return model.Constraints(min_length=int(seen.low), max_length=int(seen.high))

    def _object(self, seen: Objects, place: Place) -> model.Type:
        why = keys_are_data(seen)
        if why:
            self._note(place, f"{why}: a map")
            bounds = self._lengths(seen.lengths) if self.tight else model.Constraints()
            merged = seen.merged()
            values = self._type(merged, place.item()) if merged.total else JSON
            return model.MapType(values, bounds)
        name = self._names.take(place.key, place.within)
        fields = self._fields(seen, name, place)
        same = tuple((field.name, field.type, field.default is None, field.alias) for field in fields)
        if same in self._records:
            self._names.give_back(name)
            return model.SchemaType(self._records[same])
        self._records[same] = name
        self._made.declarations.append(Record(name=name, fields=fields, origin=place.path))
        return model.SchemaType(name)


def keys_are_data(seen: Objects) -> str:
    """Say why the keys of objects are data and not names of fields, or nothing."""
    keys = seen.fields
    if seen.values is not None:
        return "very many different keys"
    if not keys:
        return "only empty objects were seen"
    if any(unnamed(key) for key in keys):
        return "a key that no field can have as its name"
    if len(keys) > 1 and all(DATA_KEY.fullmatch(key) for key in keys):
        return "keys that are numbers, dates or ids"
    shares = sum(value.total for value in keys.values()) / (seen.count * len(keys))
    if len(keys) >= MANY_KEYS and shares <= RARE:
        return "keys that vary from object to object"
    return ""


def unnamed(key: str) -> bool:
    """Say whether a key cannot even be the second name of a field: it is blank, or no text."""
    return not key.strip() or any("\ud800" <= char <= "\udfff" for char in key)


# Places of the same structure


def share(root: Objects) -> None:
    """Make places with the same keys, and values of the same kinds, one place; none is inside another."""
    groups: dict[frozenset[str], list[tuple[Objects, tuple[int, ...]]]] = {}
    _gather(root, (), groups)
    for group in groups.values():
        first, *others = [node for node, _ in group if id(root) != id(node)] or [root]
        inside = any(id(node) in above for _, above in group for node, _ in group)
        if not others or inside or not all(_alike(first, other) for other in others):
            continue
        merged = Objects()
        for node in (first, *others):
            merged.join(node)
        for node in (first, *others):
            node.fields, node.count = merged.fields, merged.count


def _gather(
    node: Objects,
    above: tuple[int, ...],
    groups: dict[frozenset[str], list[tuple[Objects, tuple[int, ...]]]],
) -> None:
    """Collect the places of objects, inner ones first, by their keys."""
    for value in node.fields.values():
        _gather_in(value, (*above, id(node)), groups)
    if len(node.fields) > 1 and not keys_are_data(node):
        groups.setdefault(frozenset(node.fields), []).append((node, above))


def _gather_in(
    seen: Seen,
    above: tuple[int, ...],
    groups: dict[frozenset[str], list[tuple[Objects, tuple[int, ...]]]],
) -> None:
    if seen.lists:
        _gather_in(seen.lists.items, above, groups)
    if seen.objects:
        _gather(seen.objects, above, groups)


def _alike(one: Objects, other: Objects) -> bool:
    return all(
        not mine.kinds() or not theirs.kinds() or mine.kinds() == theirs.kinds()
        for mine, theirs in ((one.fields[key], other.fields[key]) for key in one.fields)
    )
