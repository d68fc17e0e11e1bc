"""Does this data fit this type, and what value is it then? Written to be obvious, from the language's page.

Nothing here is shared with the compiler or the runtime except the model's classes. A refusal is `Refused`;
everything else is the accepted value: enum members as names, records as dicts with every default filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from mlsig_compiler.model import (
    Constraints,
    Enum,
    EnumMember,
    EnumType,
    Field,
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

PATTERNS: dict[str, Callable[[str], bool]] = {
    "^[a-z]+$": lambda text: text != "" and all("a" <= char <= "z" for char in text),
    "b": lambda text: "b" in text,
    "^a|c$": lambda text: text[:1] == "a" or text[-1:] == "c",
    r"[$\]]": lambda text: "$" in text or "]" in text,
    r"^\w{1,3}$": lambda text: 1 <= len(text) <= 3 and all(char.isalnum() or char == "_" for char in text),
    r"^(ab?)+$": lambda text: text[:1] == "a" and set(text.replace("ab", "a")) == {"a"},
}
"""What each pattern that tests use means, in words that no regular expression can get wrong."""


class Refused(Exception):
    """The data does not fit."""


class Interpreter:
    """The schemas and enums of a module."""

    def __init__(self, enums: dict[str, Enum], schemas: dict[str, Schema]) -> None:
        self.enums = enums
        self.schemas = schemas

    def record(self, fields: tuple[Field, ...], data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise Refused("not an object")
        known = {field.name for field in fields}
        if any(key not in known for key in data):
            raise Refused("unknown key")
        value = {}
        for field in fields:
            if field.name in data:
                value[field.name] = self.value(field.type, data[field.name])
            elif isinstance(field.default, Missing):
                raise Refused(f"{field.name} is missing")
            else:
                value[field.name] = self.value(field.type, plain(field.default))
        return value

    def value(self, type_: Type, data: Any) -> Any:
        if isinstance(type_, OptionalType):
            return None if data is None else self.value(type_.type, data)
        if isinstance(type_, UnionType):
            return self._either(type_, data)
        if isinstance(type_, ScalarType):
            return getattr(self, f"_{type_.name}")(type_.constraints, data)
        if isinstance(type_, LiteralType):
            for option in type_.options:
                if type(option) is type(data) and option == data:
                    return option
            raise Refused("not an option")
        if isinstance(type_, EnumType):
            if type(data) is str and data in [member.name for member in self.enums[type_.name].members]:
                return data
            raise Refused("not a member")
        if isinstance(type_, SchemaType):
            return self.record(self.schemas[type_.name].fields, data)
        if isinstance(type_, ListType):
            if not isinstance(data, list):
                raise Refused("not a list")
            items = [self.value(type_.items, item) for item in data]
            _length(type_.constraints, items)
            if type_.constraints.unique and any(
                same(left, right) for index, left in enumerate(items) for right in items[:index]
            ):
                raise Refused("not unique")
            return items
        assert isinstance(type_, MapType)
        if not isinstance(data, dict) or any(type(key) is not str for key in data):
            raise Refused("not a map")
        _length(type_.constraints, data)
        return {key: self.value(type_.values, item) for key, item in data.items()}

    def _either(self, type_: UnionType, data: Any) -> Any:
        accepted = []
        for option in type_.options:
            try:
                accepted.append(self.value(option, data))
            except Refused:
                continue
        if not accepted:
            raise Refused("of no option")
        assert len(accepted) == 1, "options are told apart"
        return accepted[0]

    def _str(self, says: Constraints, data: Any) -> str:
        if type(data) is not str:
            raise Refused("not a string")
        _length(says, data)
        if says.pattern is not None and not PATTERNS[says.pattern](data):
            raise Refused("pattern")
        return data

    def _int(self, says: Constraints, data: Any) -> int:
        if type(data) is not int:
            raise Refused("not an int")
        _range(says, data)
        return data

    def _float(self, says: Constraints, data: Any) -> float:
        if type(data) not in {int, float} or data != data or abs(data) == float("inf"):
            raise Refused("not a finite number")
        try:
            value = float(data)
        except OverflowError:
            raise Refused("too large") from None
        _range(says, value)
        return value

    _probability = _float
    _confidence_score = _float

    def _bool(self, says: Constraints, data: Any) -> bool:
        if type(data) is not bool:
            raise Refused("not a bool")
        return data

    def _json(self, says: Constraints, data: Any) -> Any:
        if data is None or type(data) in {bool, int, str}:
            return data
        if type(data) is float:
            return self._float(Constraints(), data)
        if type(data) is list:
            return [self._json(says, item) for item in data]
        if type(data) is dict and all(type(key) is str for key in data):
            return {key: self._json(says, item) for key, item in data.items()}
        raise Refused("not JSON")

    def _date(self, says: Constraints, data: Any) -> date:
        if type(data) is not str or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", data, re.ASCII):
            raise Refused("not a date")
        try:
            return date.fromisoformat(data)
        except ValueError:
            raise Refused("no such date") from None

    def _datetime(self, says: Constraints, data: Any) -> datetime:
        if type(data) is not str or not re.fullmatch(
            r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", data, re.ASCII
        ):
            raise Refused("not a datetime")
        try:
            return datetime.fromisoformat(data)
        except ValueError:
            raise Refused("no such moment") from None


def plain(value: Any) -> Any:
    """Return a value of the model as data."""
    if isinstance(value, EnumMember):
        return value.name
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def same(left: Any, right: Any) -> bool:
    """Say whether two values are equal as JSON: true is not 1, 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def _length(says: Constraints, data: Any) -> None:
    if says.min_length is not None and len(data) < says.min_length:
        raise Refused("too short")
    if says.max_length is not None and len(data) > says.max_length:
        raise Refused("too long")


def _range(says: Constraints, data: float) -> None:
    if says.ge is not None and not data >= says.ge:
        raise Refused("too small")
    if says.gt is not None and not data > says.gt:
        raise Refused("too small")
    if says.le is not None and not data <= says.le:
        raise Refused("too large")
    if says.lt is not None and not data < says.lt:
        raise Refused("too large")
    if says.multiple_of is not None:
        steps = Fraction(data) / Fraction(says.multiple_of)
        away = abs(steps - round(steps)) * Fraction(says.multiple_of)
        if away > (abs(Fraction(data)) / 10**9 if isinstance(data, float) else 0):
            raise Refused("not a multiple")
