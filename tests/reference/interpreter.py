"""What value does this data have as this type, and what is wrong with it? By the language's page, plainly.

Nothing here is shared with the compiler or the runtime except the model's classes. Values are plain: enum
members are names, records dicts with every default filled in. `Wrong` says where and what, in the order in
which it is reported; `ANYTHING` stands for one or more issues at or below its path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from mlsig_compiler.model import (
    Check,
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

from reference.meaning import NoValue, meaning, same

PATTERNS: dict[str, Callable[[str], bool]] = {
    "^[a-z]+$": lambda text: text != "" and all("a" <= char <= "z" for char in text),
    "b": lambda text: "b" in text,
    "^a|c$": lambda text: text[:1] == "a" or text[-1:] == "c",
    r"[$\]]": lambda text: "$" in text or "]" in text,
    r"^\w{1,3}$": lambda text: 1 <= len(text) <= 3 and all(char.isalnum() or char == "_" for char in text),
    r"^(ab?)+$": lambda text: text[:1] == "a" and set(text.replace("ab", "a")) == {"a"},
}
"""What each pattern that tests use means, in words that no regular expression can get wrong."""
KINDS = {"type", "null", "not_an_option"}


class Wrong(NamedTuple):
    """One thing wrong with data."""

    path: str
    code: str


class Refused(Exception):
    """The data does not fit."""


class Interpreter:
    """The schemas and enums of a module."""

    def __init__(self, enums: dict[str, Enum], schemas: dict[str, Schema]) -> None:
        self.enums = enums
        self.schemas = schemas
        self.found: list[Wrong] = []

    def outcome(self, schema: Schema, data: Any) -> tuple[Any, list[Wrong]]:
        """Return what data is as a schema, and everything that is wrong with it."""
        self.found = []
        value = self._record(schema, data, "")
        return value, self.found

    def value(self, type_: Type, data: Any) -> Any:
        """Return what data is as a type, or refuse it."""
        self.found = []
        value = self._read(type_, data, "")
        if self.found:
            raise Refused(self.found[0])
        return value

    def agree(self, checks: tuple[Check, ...], values: dict[str, Any], path: str) -> None:
        for check in checks:
            try:
                holds = meaning(check.condition, values)
            except NoValue:
                holds = False
            if not holds:
                self._wrong(path, f"check.{check.name}")

    def _wrong(self, path: str, code: str) -> None:
        self.found.append(Wrong(path, code))

    def _of_kind(self, right: bool, data: Any, path: str) -> bool:
        if not right:
            self._wrong(path, "null" if data is None else "type")
        return right

    def _record(self, schema: Schema, data: Any, path: str) -> Any:
        if not self._of_kind(type(data) is dict, data, path):
            return None
        before = len(self.found)
        given = dict(data)
        for field in schema.fields:
            if field.alias and field.alias in given:
                other = given.pop(field.alias)
                if field.name in given:
                    self._wrong(_member(path, field.name), "given_twice")
                else:
                    given[field.name] = other
        names = [field.name for field in schema.fields]
        for key in given:
            if key not in names and not schema.open:
                self._wrong(_member(path, key), "unknown_field")
        value = {}
        for field in schema.fields:
            where = _member(path, field.name)
            if field.name in given:
                value[field.name] = self._read(field.type, given[field.name], where)
            elif isinstance(field.default, Missing):
                self._wrong(where, "missing")
            else:
                value[field.name] = self._read(field.type, plain(field.default), where)
        if len(self.found) > before:
            return None
        types = {field.name: field.type for field in schema.fields}
        for transform in schema.transforms:
            assert transform.field is not None
            where = _member(path, transform.field)
            try:
                made = meaning(transform.value, value)  # type: ignore[arg-type]
            except NoValue:
                self._wrong(where, "transform")
                return None
            value[transform.field] = self._read(types[transform.field], made, where)
            if len(self.found) > before:
                return None
        self.agree(schema.checks, value, path)
        return value

    def _read(self, type_: Type, data: Any, path: str) -> Any:
        match type_:
            case OptionalType(inner):
                return None if data is None else self._read(inner, data, path)
            case UnionType(options):
                return self._either(options, data, path)
            case ScalarType(name, says):
                return getattr(self, f"_{name}")(says, data, path)
            case LiteralType(options):
                for option in options:
                    if type(option) is type(data) and option == data:
                        return option
                if self._of_kind(isinstance(data, str | int), data, path):
                    self._wrong(path, "not_an_option")
                return None
            case EnumType(name):
                if not self._of_kind(type(data) is str, data, path):
                    return None
                if data not in [member.name for member in self.enums[name].members]:
                    self._wrong(path, "not_an_option")
                return data
            case SchemaType(name):
                return self._record(self.schemas[name], data, path)
            case ListType(inner, says):
                return self._list(inner, says, data, path)
            case MapType(inner, says):
                if not self._of_kind(type(data) is dict, data, path):
                    return None
                self._length(says, data, path)
                return {key: self._read(inner, item, _entry(path, key)) for key, item in data.items()}
            case _:
                raise AssertionError(type_)

    def _list(self, inner: Type, says: Constraints, data: Any, path: str) -> Any:
        if not self._of_kind(type(data) is list, data, path):
            return None
        self._length(says, data, path)
        before = len(self.found)
        items = [self._read(inner, item, f"{path}[{index}]") for index, item in enumerate(data)]
        if says.unique and len(self.found) == before:
            for index, item in enumerate(items):
                if any(same(item, earlier) for earlier in items[:index]):
                    self._wrong(f"{path}[{index}]", "not_unique")
        return items

    def _either(self, options: tuple[Type, ...], data: Any, path: str) -> Any:
        """Read the option that is meant: of schemas by names and fixed values, of others by trying."""
        schemas = [self.schemas[option.name] for option in options if isinstance(option, SchemaType)]
        if schemas and type(data) is dict:
            return self._one_of(schemas, data, path)
        tried: list[list[Wrong]] = []
        outside = self.found
        for option in options:
            if isinstance(option, SchemaType):
                continue
            self.found = []
            value = self._read(option, data, path)
            tried.append(self.found)
            self.found = outside
            if not tried[-1]:
                return value
        for found in tried:
            if any(wrong.path != path or wrong.code not in KINDS for wrong in found):
                self.found += found
                return None
        fixed = any(isinstance(option, LiteralType | EnumType) for option in options)
        if fixed and isinstance(data, str):
            self._wrong(path, "not_an_option")
        else:
            self._of_kind(False, data, path)
        return None

    def _one_of(self, schemas: list[Schema], data: dict[str, Any], path: str) -> Any:
        tag = self._tag(schemas)
        if tag:
            for schema in schemas:
                field = next(field for field in schema.fields if field.name == tag)
                if _given(field, data) and self._is_fixed(field.type, _item(field, data)):
                    return self._record(schema, data, path)
            if not _given(field, data):
                self._wrong(_member(path, tag), "missing")
            else:
                self._read(LiteralType(()), _item(field, data), _member(path, tag))
            return None
        misfits = [self._misfits(schema, data) for schema in schemas]
        best = [schema for schema, count in zip(schemas, misfits, strict=True) if count == min(misfits)]
        if len(best) == 1:
            return self._record(best[0], data, path)
        self._wrong(path, "no_option")
        return None

    def _tag(self, schemas: list[Schema]) -> str:
        """Return the first field that all schemas need, with fixed values that differ."""
        for name in [field.name for field in schemas[0].fields] if len(schemas) > 1 else []:
            fields = [field for schema in schemas for field in schema.fields if field.name == name]
            if len(fields) < len(schemas) or any(not isinstance(field.default, Missing) for field in fields):
                continue
            every = [self._fixed(field.type) for field in fields]
            if all(every) and len(set().union(*every)) == sum(map(len, every)):
                return name
        return ""

    def _fixed(self, type_: Type) -> set[Any]:
        if isinstance(type_, LiteralType):
            return {(type(option), option) for option in type_.options}
        if isinstance(type_, EnumType):
            return {(str, member.name) for member in self.enums[type_.name].members}
        return set()

    def _is_fixed(self, type_: Type, data: Any) -> bool:
        return isinstance(data, str | int) and (type(data), data) in self._fixed(type_)

    def _misfits(self, schema: Schema, data: dict[str, Any]) -> int:
        """Count unknown and lacking names, and fixed values that are others."""
        known = {name for field in schema.fields for name in (field.name, field.alias)}
        count = 0 if schema.open else len([key for key in data if key not in known])
        for field in schema.fields:
            if not _given(field, data):
                count += isinstance(field.default, Missing)
            elif self._fixed(field.type):
                count += not self._is_fixed(field.type, _item(field, data))
        return count

    def _str(self, says: Constraints, data: Any, path: str) -> Any:
        if self._of_kind(type(data) is str, data, path):
            self._length(says, data, path)
            if says.pattern is not None and not PATTERNS[says.pattern](data):
                self._wrong(path, "pattern")
        return data

    def _int(self, says: Constraints, data: Any, path: str) -> Any:
        if self._of_kind(type(data) is int, data, path):
            self._range(says, data, path)
        return data

    def _float(self, says: Constraints, data: Any, path: str) -> Any:
        if not self._of_kind(type(data) in {int, float}, data, path):
            return None
        try:
            value = float(data)
        except OverflowError:
            value = float("inf")
        if value != value or abs(value) == float("inf"):
            self._wrong(path, "not_finite")
            return None
        self._range(says, value, path)
        return value

    _probability = _float
    _confidence_score = _float

    def _bool(self, _says: Constraints, data: Any, path: str) -> Any:
        self._of_kind(type(data) is bool, data, path)
        return data

    def _json(self, says: Constraints, data: Any, path: str) -> Any:
        if type(data) is float:
            return self._float(says, data, path)
        if type(data) is list:
            return [self._json(says, item, f"{path}[{index}]") for index, item in enumerate(data)]
        if type(data) is dict:
            return {key: self._json(says, item, _entry(path, key)) for key, item in data.items()}
        self._of_kind(data is None or type(data) in {bool, int, str}, data, path)
        return data

    def _date(self, _says: Constraints, data: Any, path: str) -> Any:
        return self._moment(date.fromisoformat, r"\d{4}-\d{2}-\d{2}", data, path)

    def _datetime(self, _says: Constraints, data: Any, path: str) -> Any:
        said = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?"
        return self._moment(datetime.fromisoformat, said, data, path)

    def _moment(self, read: Callable[[str], date], said: str, data: Any, path: str) -> Any:
        if type(data) in {date, datetime}:
            return data
        if not self._of_kind(type(data) is str, data, path):
            return None
        try:
            if re.fullmatch(said, data, re.ASCII):
                return read(data)
        except ValueError:
            pass
        self._wrong(path, "not_a_date")
        return None

    def _length(self, says: Constraints, data: Any, path: str) -> None:
        if says.min_length is not None and len(data) < says.min_length:
            self._wrong(path, "too_short")
        if says.max_length is not None and len(data) > says.max_length:
            self._wrong(path, "too_long")

    def _range(self, says: Constraints, data: float, path: str) -> None:
        if says.ge is not None and not data >= says.ge:
            self._wrong(path, "too_small")
        if says.gt is not None and not data > says.gt:
            self._wrong(path, "too_small")
        if says.le is not None and not data <= says.le:
            self._wrong(path, "too_large")
        if says.lt is not None and not data < says.lt:
            self._wrong(path, "too_large")
        if says.multiple_of is not None:
            steps = Fraction(data) / Fraction(says.multiple_of)
            away = abs(steps - round(steps)) * Fraction(says.multiple_of)
            if away > (abs(Fraction(data)) / 10**9 if isinstance(data, float) else 0):
                self._wrong(path, "not_multiple")


def plain(value: Any) -> Any:
    """Return a value of the model as data."""
    if isinstance(value, EnumMember):
        return value.name
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _given(field: Field, data: dict[str, Any]) -> bool:
    return field.name in data or field.alias in data


def _item(field: Field, data: dict[str, Any]) -> Any:
    return data[field.name] if field.name in data else data[field.alias or ""]


def _member(path: str, name: str) -> str:
    if not name.isidentifier():
        return _entry(path, name)
    return f"{path}.{name}" if path else name


def _entry(path: str, key: str) -> str:
    return f'{path}["{repr(key)[1:-1]}"]'
