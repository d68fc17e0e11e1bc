"""The functions of a class of records, put together when it is first used.

    bound(Passage).validate({"id": "a1", "text": "…"})
    bound(Passage).validate_many(rows)

Each tries the fast path and leaves what that doubts to the careful one. The two that are called most,
`validate` and `from_json`, are then set on the class itself, so that a call costs as little as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from msgspec import convert

from mlsig import shapes
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.records.fast import Fast, fast
from mlsig.records.reading import read, read_lines
from mlsig.records.stopping import First, Found
from mlsig.types.shown import kind_of, name_of

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


class Bound:
    """What the classmethods of a record's class do."""

    __slots__ = ("_shape", "_subject", "quick")

    def __init__(self, record: type[Any]) -> None:
        self._shape: shapes.RecordShape = record.shape()
        self._subject = record.__qualname__
        known: Any = record  # mypy takes the metaclass of records for one without a hash
        self.quick: Fast = fast(known)

    def validate(self, data: Any, fail_fast: bool) -> Any:
        """Return a record, or raise ValidationError."""
        try:
            return self.quick.value(data)
        except Exception:  # noqa: S110  (its text may hold a value; the careful path says what may be said)
            pass
        return self.explained(data, fail_fast)

    def check(self, data: Any) -> list[Issue]:
        """Return all issues of one value."""
        try:
            self.quick.value(data)
        except Exception:
            return list(self._looked_at(data, "")[1])
        return []

    def from_json(self, raw: Any, fail_fast: bool) -> Any:
        """Return a record read from JSON, or raise ValidationError."""
        try:
            return self.quick.text(raw)
        except Exception:  # noqa: S110
            pass
        return self.from_odd_json(raw, fail_fast)

    def from_odd_json(self, raw: Any, fail_fast: bool) -> Any:
        """Do the same on the careful path."""
        return self.explained(self._read(raw), fail_fast)

    def explained(self, data: Any, fail_fast: bool) -> Any:
        """Return a record by the careful path, or raise ValidationError."""
        record, issues = self._looked_at(data, "", fail_fast)
        if issues:
            raise ValidationError(self._subject, issues)
        return record

    def validate_many(self, items: Iterable[Any], fail_fast: bool) -> list[Any]:
        """Return a record for each item, or raise ValidationError with the issues of all of them."""
        listed, issues = self._listed(items)
        if issues:
            raise ValidationError(self._subject, issues)
        return self._many(listed, fail_fast)

    def check_many(self, items: Iterable[Any]) -> list[Issue]:
        """Return all issues of all items, in order."""
        listed, issues = self._listed(items)
        if not issues:
            try:
                self._many(listed, fail_fast=False)
            except ValidationError as error:
                return list(error.issues)
        return issues

    def from_json_many(self, raw: Any, fail_fast: bool) -> list[Any]:
        """Return the records of a JSON array or of JSON Lines, or raise ValidationError."""
        try:
            return self.quick.texts(raw) if _is_array(raw) else self.quick.lines(raw)
        except Exception:
            items = self._read_array(raw) if _is_array(raw) else self._read_lines(raw)
        return self._many(items, fail_fast)

    def _many(self, items: list[Any], fail_fast: bool) -> list[Any]:
        try:
            return self.quick.values(items)
        except Exception:  # noqa: S110  (some item is doubted: each is looked at alone)
            pass
        found: list[Any] = []
        issues: list[Issue] = []
        for index, item in enumerate(items):
            try:
                found.append(self.quick.value(item))
            except Exception:
                record, wrong = self._looked_at(item, f"[{index}]", fail_fast)
                issues += wrong
                found.append(record)
                if fail_fast and issues:
                    break
        if issues:
            raise ValidationError(self._subject, issues)
        return found

    def _looked_at(self, data: Any, path: str, fail_fast: bool = False) -> tuple[Any, Sequence[Issue]]:
        """Return what the careful path makes of a value, and what is wrong with it."""
        issues: list[Issue] = First() if fail_fast else []
        try:
            record = explain(self._shape, data, path, issues)
        except Found as found:
            record, issues = None, [found.issue]
        return record, self._shown(issues)

    def _shown(self, issues: Sequence[Issue]) -> Sequence[Issue]:
        """Return issues as they may be shown: without values where one of them may be a key."""
        if not self._shape.secret:
            return issues
        return [Issue(issue.path, issue.code, issue.message) for issue in issues]

    def _listed(self, items: Any) -> tuple[list[Any], list[Issue]]:
        """Return the items of anything that has items, or what is wrong with it."""
        kind: Any = _type(items)
        if kind is list:
            return items, []
        found: list[Any] = []
        if issubclass(kind, _WHOLE) or not hasattr(kind, "__iter__"):
            return found, [Issue("", "type", f"must be a list of records, not {kind_of(items)}")]
        try:
            found.extend(_each(items))
        except Exception as error:
            message = f"cannot be read: it raised {name_of(type(error))}"
            return found, [Issue(f"[{len(found)}]", "unreadable", message)]
        return found, []

    def _read(self, raw: Any) -> Any:
        try:
            return read(self._subject, raw)
        except ValidationError as error:
            issues = self._shown(error.issues)
        raise ValidationError(self._subject, issues)

    def _read_array(self, raw: Any) -> list[Any]:
        items = self._read(raw)
        if _type(items) is list:
            found: list[Any] = items
            return found
        issue = Issue("", "type", f"must be a list of records, not {kind_of(items)}")
        raise ValidationError(self._subject, [issue])

    def _read_lines(self, raw: Any) -> list[Any]:
        try:
            return read_lines(self._subject, raw)
        except ValidationError as error:
            issues = self._shown(error.issues)
        raise ValidationError(self._subject, issues)


def _each(items: Iterable[Any]) -> Iterator[Any]:
    yield from items


def _is_array(raw: Any) -> bool:
    """Say whether JSON text is an array; anything else is read by the line."""
    if isinstance(raw, str):
        return raw.lstrip(" \t\r\n")[:1] == "["
    try:
        return bytes(memoryview(raw)[:4096]).lstrip(b" \t\r\n")[:1] == b"["
    except Exception:
        return True


_WHOLE: Final = (str, bytes, bytearray, memoryview, Mapping, msgspec.Struct)


def bind(record: type[Any], root: type[Any]) -> Bound:
    """Return the functions of a class, and set those on it that nobody has put others in the place of."""
    bound = Bound(record)
    for name, make in (("validate", _validator), ("from_json", _reader)):
        inherited = getattr(root, name).__func__
        if getattr(record, name).__func__ is inherited:
            method = make(record, bound, inherited)
            method.__name__, method.__qualname__ = name, f"{record.__qualname__}.{name}"
            setattr(record, name, classmethod(method))
    return bound


def _validator(record: type[Any], bound: Bound, inherited: Callable[..., Any]) -> Callable[..., Any]:
    """Return `validate` for one class; classes that users derive from it have a path of their own."""
    quick, explained = bound.quick, bound.explained
    make = quick.otherwise or quick.value
    prepare: Callable[[Any], Any] = quick.prepare or make
    settle: Callable[[Any], Any] = quick.settle or make

    def bare(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
        if cls is not record:
            return inherited(cls, data, fail_fast)
        try:
            made = convert(data, record)
            if made is not data:  # msgspec passes a ready-made record unchecked
                return made
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return explained(data, fail_fast)

    def stepped(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
        if cls is not record:
            return inherited(cls, data, fail_fast)
        try:
            return make(data)
        except Exception:  # noqa: S110
            pass
        return explained(data, fail_fast)

    def settled(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
        if cls is not record:
            return inherited(cls, data, fail_fast)
        try:
            if _type(data) is dict:
                return settle(convert(data, record))
        except Exception:  # noqa: S110
            pass
        return explained(data, fail_fast)

    def prepared(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
        if cls is not record:
            return inherited(cls, data, fail_fast)
        try:
            return convert(prepare(data), record)
        except Exception:  # noqa: S110
            pass
        return explained(data, fail_fast)

    def careful(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
        return explained(data, fail_fast) if cls is record else inherited(cls, data, fail_fast)

    if not quick.known:
        return careful
    if quick.held or (quick.settle and quick.prepare):
        way = stepped
    else:
        way = settled if quick.settle else prepared if quick.prepare else bare
    return way if quick.plan is None else _planned(record, bound, quick.plan.read, inherited, way)


def _planned(
    record: type[Any],
    bound: Bound,
    read: Callable[[Any], Any],
    inherited: Callable[..., Any],
    otherwise: Callable[..., Any],
) -> Callable[..., Any]:
    """Return `validate` for a class that has a plan, which tries `otherwise` where that doubts."""
    settle, explained = bound.quick.settle, bound.explained
    if settle is None:

        def planned(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
            if cls is not record:
                return inherited(cls, data, fail_fast)
            made = read(data)
            return otherwise(cls, data, fail_fast) if made is None else made

        return planned

    finish = settle

    def finished(cls: type[Any], data: Any, fail_fast: bool = False) -> Any:
        if cls is not record:
            return inherited(cls, data, fail_fast)
        made = read(data)
        if made is None:
            return otherwise(cls, data, fail_fast)
        try:
            return finish(made)
        except Exception:  # noqa: S110
            pass
        return explained(data, fail_fast)

    return finished


def _reader(record: type[Any], bound: Bound, inherited: Callable[..., Any]) -> Callable[..., Any]:
    """Return `from_json` for one class."""
    read, odd = bound.quick.text, bound.from_odd_json

    def from_json(cls: type[Any], raw: Any, fail_fast: bool = False) -> Any:
        if cls is not record:
            return inherited(cls, raw, fail_fast)
        try:
            return read(raw)
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return odd(raw, fail_fast)

    return from_json
