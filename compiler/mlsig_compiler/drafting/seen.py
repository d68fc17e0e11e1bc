"""What was seen at one place of the rows: kinds of values, how often, and what they have in common.

    seen = Seen()
    seen.add({"stars": 4, "tags": ["new"]}, budget)

Memory is bounded whatever is added: a place remembers at most `VALUES` texts and `KEYS` keys, nothing below
`DEEPEST` levels, and `Budget` counts the places. What is beyond a bound is opaque: it can be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar, cast

VALUES: Final = 24
LONGEST_VALUE: Final = 40
KEYS: Final = 300
DEEPEST: Final = 16
PLACES: Final = 20_000
# Beyond these an int is no float, and a float no float32.
LARGEST_FLOAT: Final = 1.7976931348623157e308
LARGEST_FLOAT32: Final = 3.4028234663852886e38
T = TypeVar("T")


@dataclass(slots=True)
class Budget:
    """How many more places may be remembered."""

    left: int = PLACES

    def place(self) -> Seen:
        """Return a new place, an opaque one where there are too many."""
        self.left -= 1
        return Seen(opaque=self.left < 0)


@dataclass(slots=True)
class Range:
    """The smallest and the largest number, or length."""

    low: float = 0
    high: float = 0
    any: bool = False

    def add(self, value: float) -> None:
        """Widen the range to a value."""
        self.low = min(self.low, value) if self.any else value
        self.high = max(self.high, value) if self.any else value
        self.any = True

    def join(self, other: Range) -> None:
        """Widen the range to another one."""
        if other.any:
            self.add(other.low)
            self.add(other.high)


@dataclass(slots=True)
class Texts:
    """Strings: their values while they are few, and whether all are dates."""

    count: int = 0
    values: dict[str, int] | None = field(default_factory=dict[str, int])
    dates: bool = True
    datetimes: bool = True
    lengths: Range = field(default_factory=Range)

    def add(self, text: str) -> None:
        """Count a string."""
        self.count += 1
        self.lengths.add(len(text))
        # A text that is known is of a kind that is known.
        if self.values is not None and text in self.values:
            self.values[text] += 1
            return
        self.dates = self.dates and _reads(text, date)
        self.datetimes = self.datetimes and _reads(text, datetime)
        if self.values is not None:
            self.values[text] = 1
            if len(self.values) > VALUES or len(text) > LONGEST_VALUE:
                self.values = None

    def join(self, other: Texts) -> None:
        """Count what another place has counted."""
        self.count += other.count
        self.dates = self.dates and other.dates
        self.datetimes = self.datetimes and other.datetimes
        self.lengths.join(other.lengths)
        if self.values is None or other.values is None:
            self.values = None
            return
        for text, count in other.values.items():
            self.values[text] = self.values.get(text, 0) + count
        if len(self.values) > VALUES:
            self.values = None


def _reads(text: str, kind: type[Any]) -> bool:
    """Say whether the validator would read a text as a date: by the same function."""
    import msgspec  # noqa: PLC0415

    if not 8 <= len(text) <= LONGEST_VALUE:
        return False
    try:
        convert = cast("Callable[[object, type[object]], object]", msgspec.convert)
        convert(text, kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return False
    return True


@dataclass(slots=True)
class Objects:
    """Objects: what each key had, or, where there are too many, what all had together."""

    count: int = 0
    fields: dict[str, Seen] = field(default_factory=dict[str, "Seen"])
    values: Seen | None = None  # the fields are one when there are too many
    lengths: Range = field(default_factory=Range)

    def merged(self) -> Seen:
        """Return what all values have in common, whatever their keys."""
        found = Seen()
        for each in [*self.fields.values(), *([self.values] if self.values else [])]:
            found.join(each)
        return found

    def add(self, values: Mapping[str, Any], budget: Budget, depth: int) -> None:
        """Count an object."""
        self.count += 1
        self.lengths.add(len(values))
        for key, value in values.items():
            if self.values is not None:
                self.values.add(value, budget, depth)
                continue
            place = self.fields.get(key)
            if place is None:
                place = self.fields[key] = budget.place()
            place.add(value, budget, depth)
            if len(self.fields) > KEYS:
                self.values, self.fields = self.merged(), {}

    def join(self, other: Objects) -> None:
        """Count what another place has counted."""
        self.count += other.count
        self.lengths.join(other.lengths)
        if self.values is not None or other.values is not None:
            everything = self.merged()
            everything.join(other.merged())
            self.values, self.fields = everything, {}
            return
        for key, value in other.fields.items():
            self.fields.setdefault(key, Seen()).join(value)
        if len(self.fields) > KEYS:
            self.values, self.fields = self.merged(), {}


@dataclass(slots=True)
class Lists:
    """Arrays: their lengths, and what all items have in common."""

    count: int = 0
    items: Seen = field(default_factory=lambda: Seen())  # noqa: PLW0108  (declared below)
    lengths: Range = field(default_factory=Range)


@dataclass(slots=True)
class Seen:
    """Everything that was seen at one place."""

    total: int = 0
    nulls: int = 0
    bools: int = 0
    ints: int = 0
    floats: int = 0
    huge: bool = False  # an int that no float can be
    numbers: Range = field(default_factory=Range)
    texts: Texts | None = None
    lists: Lists | None = None
    objects: Objects | None = None
    opaque: bool = False

    def add(self, value: object, budget: Budget, depth: int = 0) -> None:
        """Count a value of JSON."""
        self.total += 1
        if self.opaque:
            return
        if value is None:
            self.nulls += 1
        elif isinstance(value, bool):
            self.bools += 1
        elif isinstance(value, int):
            self.ints += 1
            self.huge = self.huge or abs(value) > LARGEST_FLOAT
            if not self.huge:
                self.numbers.add(value)
        elif isinstance(value, float):
            self.floats += 1
            self.numbers.add(value)
        elif isinstance(value, str):
            self.texts = self.texts or Texts()
            self.texts.add(value)
        elif depth >= DEEPEST:
            self._forget()
        elif isinstance(value, list):
            self.lists = self.lists or Lists()
            self.lists.count += 1
            items = cast("list[object]", value)
            self.lists.lengths.add(len(items))
            for item in items:
                self.lists.items.add(item, budget, depth + 1)
        else:
            self.objects = self.objects or Objects()
            self.objects.add(cast("Mapping[str, Any]", value), budget, depth + 1)

    def join(self, other: Seen) -> None:
        """Count what another place has counted, and leave that as it is."""
        self.total += other.total
        if other.opaque:
            self._forget()
        if self.opaque:
            return
        self.nulls += other.nulls
        self.bools += other.bools
        self.ints += other.ints
        self.floats += other.floats
        self.huge = self.huge or other.huge
        self.numbers.join(other.numbers)
        if other.texts:
            self.texts = self.texts or Texts()
            self.texts.join(other.texts)
        if other.lists:
            self.lists = self.lists or Lists()
            self.lists.count += other.lists.count
            self.lists.lengths.join(other.lists.lengths)
            self.lists.items.join(other.lists.items)
        if other.objects:
            self.objects = self.objects or Objects()
            self.objects.join(other.objects)

    def _forget(self) -> None:
        self.opaque = True
        self.texts = self.lists = self.objects = None

    def kinds(self) -> frozenset[str]:
        """Return the kinds of JSON values that were seen, null aside."""
        counted = {
            "bool": self.bools,
            "number": self.ints + self.floats,
            "string": self.texts,
            "array": self.lists,
            "object": self.objects,
            "anything": self.opaque,
        }
        return frozenset(kind for kind, seen in counted.items() if seen)
