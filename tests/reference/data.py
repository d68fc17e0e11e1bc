"""Random data that often fits a type. Drawn from a seed, because Hypothesis would take most of the time."""

from __future__ import annotations

from random import Random
from typing import Any

from mlsig_compiler.model import (
    EnumType,
    ListType,
    LiteralType,
    MapType,
    Missing,
    OptionalType,
    ScalarType,
    Schema,
    SchemaType,
    Type,
    UnionType,
)

from reference.interpreter import Interpreter, Refused
from reference.meaning import same

TEXTS = (
    "",
    "a",
    "ab",
    "abc",
    "b\n",
    "c",
    "c\n",
    "ab\n",
    "ß",
    "\U0001f600",
    "$",
    "]",
    "\x00",
    "1",
    " a ",
    "a,b",
)
DATES = ("2026-11-23", "2024-02-29", "2026-02-30", "0001-01-01", "2026-1-1")
MOMENTS = (
    "2026-11-23T18:30:00Z",
    "2026-11-23T18:30:00.25+05:30",
    "2026-11-23T18:30:00",
    "2026-11-23T25:00:00",
)
NUMBERS = (0, 1, -1, 2, 3, 7, 10, 0.0, -0.0, 0.1, 0.3, 0.30000000000000004, 0.5, 1.0, 1e308, -1e308, 5e-324)
ODD = (2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), -(2**63) - 1, 10**400)
NEVER = (float("nan"), float("inf"), float("-inf"))
POOL = (*TEXTS, *DATES, *MOMENTS, *NUMBERS, *ODD, *NEVER, True, False, None)


class Data:
    """Data for the types of a module; `junk` is how often, in a thousand, a value is anything at all."""

    def __init__(self, seed: int, reference: Interpreter, junk: int) -> None:
        self.chance = Random(seed)
        self.reference = reference
        self.junk = junk
        self.pools: dict[Type, tuple[Any, ...]] = {}

    def record(self, schema: Schema, depth: int = 3) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for field in schema.fields:
            needed = isinstance(field.default, Missing)
            if self._odd() if needed else self.chance.random() < 0.5:
                continue
            renamed = field.alias is not None and self.chance.random() < 0.5
            data[field.alias if renamed and field.alias else field.name] = self.of(field.type, depth - 1)
            if field.alias is not None and self._odd():
                data[field.alias] = data[field.name] = self.anything()
        if self._odd() or (schema.open and self.chance.random() < 0.5):
            data["unknown"] = self.anything()
        return data

    def of(self, type_: Type, depth: int) -> Any:
        if self._odd():
            return self.anything()
        match type_:
            case OptionalType(inner):
                return None if depth <= 0 or self.chance.random() < 0.3 else self.of(inner, depth)
            case UnionType(options):
                return self.of(self.chance.choice(options), depth)
            case LiteralType(options):
                return self.chance.choice(options)
            case EnumType(name):
                return self.chance.choice(self.reference.enums[name].members).name
            case SchemaType(name):
                return self.record(self.reference.schemas[name], depth) if depth > -2 else {}
            case ListType(inner, says):
                items: list[Any] = []
                for _ in range(self._length(says.min_length, says.max_length, depth)):
                    item = self.of(inner, depth - 1)
                    if not says.unique or not any(same(item, other) for other in items) or self._odd():
                        items.append(item)
                return items
            case MapType(inner, says):
                keys = self.chance.sample(TEXTS, self._length(says.min_length, says.max_length, depth))
                return {key: self.of(inner, depth - 1) for key in keys}
            case ScalarType("json"):
                return self.anything()
            case _:
                return self._scalar(type_)

    def anything(self) -> Any:
        kind = self.chance.randrange(8)
        if kind == 0:
            return [self.chance.choice(POOL) for _ in range(self.chance.randrange(3))]
        if kind == 1:
            return {key: self.chance.choice(POOL) for key in self.chance.sample(TEXTS, 2)}
        return self.chance.choice(POOL)

    def _odd(self) -> bool:
        return self.chance.randrange(1000) < self.junk

    def _length(self, low: int | None, high: int | None, depth: int) -> int:
        least = low or 0
        return least if depth <= 0 else self.chance.randint(least, max(least, 3 if high is None else high))

    def _scalar(self, type_: Type) -> Any:
        if type_ not in self.pools:
            self.pools[type_] = tuple(value for value in POOL if self._fits(type_, value))
        pool = self.pools[type_]
        return self.chance.choice(pool) if pool else None

    def _fits(self, type_: Type, value: Any) -> bool:
        try:
            self.reference.value(type_, value)
        except Refused:
            return False
        return True
