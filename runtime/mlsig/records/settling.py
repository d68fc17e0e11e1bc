"""What msgspec does not know of a record that it has just made, put together for each class.

That is patterns, unique items, multiples of floats, free JSON, transforms and checks. Nobody else has the
record yet, so fields are set in place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from math import isfinite
from operator import countOf
from typing import Any, Final, NamedTuple, TypeAlias, cast

import msgspec
from msgspec import UNSET
from msgspec.structs import force_setattr

from mlsig import shapes
from mlsig.issues import Issue
from mlsig.records.explain import explain, frozen
from mlsig.records.patterns import matcher
from mlsig.records.reached import parts
from mlsig.records.rules import Doubt
from mlsig.types import checks

Change: TypeAlias = Callable[[Any], Any]
"""Takes what msgspec made and returns what it is in the end; raises where it doubts."""
Test: TypeAlias = Callable[[Any], Any]
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


class Careful(Exception):
    """There is no fast path for a record."""


class Step(NamedTuple):
    """What is left to do for a value: either a test of it, or something that puts another in its place."""

    test: Test | None = None
    change: Change | None = None


def _test(test: Test | None) -> Step:
    return Step(test)


def _change(change: Change | None) -> Step:
    return Step(change=change)


_NOTHING: Final = Step()


def settle(shape: shapes.RecordShape) -> Change | None:
    """Return what settles a record, None where msgspec knows everything.

    Raises:
        Careful: Only the careful path knows how.
    """
    return _record(shape, {})


def _record(shape: shapes.RecordShape, made: dict[type[Any], Change | None]) -> Change | None:
    """Return what settles a record; `made` has those that are done, or being made further up."""
    if shape.type in made:
        known = made[shape.type]
        if known is not None or not _reaches_rules(shape):
            return known
        return lambda record: _again(made[shape.type], record)
    made[shape.type] = None
    if not _reaches_rules(shape):
        return None
    if any(transform.python for transform in shape.transforms):
        raise Careful  # the user's function is called once for each record
    steps = [(field, _step(field.shape, made)) for field in shape.fields]
    for field, step in steps:
        if step.change is not None and field.default is not None and _ruled_inside(field.default()):
            raise Careful  # defaults are as they are, data is transformed and checked
    tests = tuple((field.name, step.test) for field, step in steps if step.test is not None)
    changes = tuple((field.name, step.change) for field, step in steps if step.change is not None)
    again = {field.name: field.shape for field in shape.fields}
    transforms = tuple(
        (transform.field, transform.change, _read_again(again[transform.field]))
        for transform in shape.transforms
    )
    rules = tuple(check.holds for check in shape.checks)
    if shape.partial:
        tests = tuple((name, _unless_unset(test)) for name, test in tests)
    made[shape.type] = found = _settling(tests, changes, transforms, rules)
    return found


def _settling(
    tests: tuple[tuple[str, Test], ...],
    changes: tuple[tuple[str, Change], ...],
    transforms: tuple[tuple[str, Change, Change], ...],
    rules: tuple[Test, ...],
) -> Change:
    if len(tests) == 1 and not changes and not transforms and not rules:
        ((only, fits),) = tests

        def tested(record: Any) -> Any:
            if not fits(getattr(record, only)):
                raise Doubt
            return record

        return tested

    if rules and not tests and not changes and not transforms:

        def ruled(record: Any) -> Any:
            for holds in rules:
                if not holds(record):
                    raise Doubt
            return record

        return ruled

    def settled(record: Any) -> Any:
        for name, test in tests:
            if not test(getattr(record, name)):
                raise Doubt
        for name, change in changes:
            value = getattr(record, name)
            if value is not None and value is not UNSET:
                force_setattr(record, name, change(value))
        for name, transform, read in transforms:
            force_setattr(record, name, read(transform(record)))
        for holds in rules:
            if not holds(record):
                raise Doubt
        return record

    return settled


def _step(shape: shapes.Shape, made: dict[type[Any], Change | None]) -> Step:
    """Return what is left to do for a value; null and what is unset are handled around it."""
    if isinstance(shape, shapes.Text):
        return Step(matcher(shape.pattern)) if shape.pattern is not None else _NOTHING
    if isinstance(shape, shapes.Integer):
        return _test(_explained(shape)) if _wide(shape) else _NOTHING
    if isinstance(shape, shapes.Number):
        step = shape.multiple_of
        return _NOTHING if step is None else _test(lambda value: checks.is_multiple(value, step))
    if isinstance(shape, shapes.Literal):
        if any(isinstance(option, bool) or not _narrow(option) for option in shape.options):
            raise Careful  # msgspec takes true for 1
        return _NOTHING
    if isinstance(shape, shapes.Json):
        return _change(_json)
    if isinstance(shape, shapes.Optional):
        return _optional(_step(shape.shape, made))
    if isinstance(shape, shapes.Array):
        return _array(shape, _step(shape.items, made))
    if isinstance(shape, shapes.Mapping):
        return _mapping(_step(shape.values, made))
    if isinstance(shape, shapes.Union):
        return _union(shape, made)
    if isinstance(shape, shapes.Ref):
        return _change(_record(shape.type.shape(), made))
    return _NOTHING


def _optional(step: Step) -> Step:
    if step.test is None:
        return step  # changes are never asked about null
    test = step.test
    return _test(lambda value: value is None or test(value))


def _array(shape: shapes.Array, items: Step) -> Step:
    distinct = _distinct(shape) if shape.unique else None
    if items.change is not None:
        change = items.change

        def changed(values: list[Any]) -> list[Any]:
            found = [None if value is None else change(value) for value in values]
            if distinct is not None and not distinct(found):
                raise Doubt
            return found

        return _change(changed)
    if items.test is None:
        return _test(distinct)
    test = items.test
    if distinct is None:
        return _test(lambda values: all(map(test, values)))
    return _test(lambda values: all(map(test, values)) and distinct(values))


def _distinct(shape: shapes.Array) -> Test:
    """Return a test that no item is there twice; true and 1 are different."""
    if isinstance(shape.items, shapes.Text):  # those of other classes may say anything of equality
        return lambda values: countOf(map(type, values), str) == len(set(values)) == len(values)
    if isinstance(shape.items, shapes.Integer | shapes.Number | shapes.Choice):
        return lambda values: len(set(values)) == len(values)
    return lambda values: len(set(map(frozen, values))) == len(values)


def _mapping(values: Step) -> Step:
    if values.change is not None:
        change = values.change

        def changed(items: dict[str, Any]) -> dict[str, Any]:
            return {key: None if item is None else change(item) for key, item in items.items()}

        return _change(changed)
    if values.test is None:
        return _NOTHING
    test = values.test
    return _test(lambda items: all(map(test, items.values())))


def _union(shape: shapes.Union, made: dict[type[Any], Change | None]) -> Step:
    """Return what is left to do for a value of a union, by the class of what msgspec made of it."""
    steps: dict[type[Any], Step] = {}
    fixed: set[Any] = set()
    for option in shape.options:
        if isinstance(option, shapes.Literal):
            _step(option, made)
            fixed.update(option.options)
            continue
        step = _step(option, made)
        kind = option.type if isinstance(option, shapes.Ref | shapes.Choice) else _MADE.get(type(option))
        if kind is None or kind in steps:
            if step != _NOTHING:
                raise Careful
            continue
        steps[kind] = step
    for kind in set(map(type, fixed)):
        steps.setdefault(kind, _NOTHING)
    if any(step.change for step in steps.values()):
        return _change(lambda value: _changed(steps[type(value)], fixed, value))
    if not any(step.test for step in steps.values()):
        return _NOTHING
    return _test(lambda value: _fits(steps[type(value)].test, fixed, value))


def _changed(step: Step, fixed: set[Any], value: Any) -> Any:
    if not _fits(step.test, fixed, value):
        raise Doubt
    return value if step.change is None else step.change(value)


def _fits(test: Test | None, fixed: set[Any], value: Any) -> bool:
    return test is None or bool(test(value)) or value in fixed


def _json(value: Any) -> Any:
    """Return a copy of free JSON."""
    kind = _type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        if not isfinite(value):
            raise Doubt
        return value
    if kind is list:
        return [_json(item) for item in value]
    if kind is dict:
        if not all(type(key) is str for key in value):
            raise Doubt
        return {key: _json(item) for key, item in value.items()}
    raise Doubt


def _explained(shape: shapes.Shape) -> Test:
    """Return a test by the careful path."""

    def test(value: Any) -> bool:
        issues: list[Issue] = []
        explain(shape, value, "", issues)
        return not issues

    return test


def _read_again(shape: shapes.Shape) -> Change:
    """Return what reads the value that a transform made of a field."""
    if isinstance(shape, shapes.Text):
        low, high = shape.min_length or 0, shape.max_length
        fits = None if shape.pattern is None else matcher(shape.pattern)

        def text(value: Any) -> Any:
            if _type(value) is not str or len(value) < low or (high is not None and len(value) > high):
                raise Doubt
            if fits is not None and not fits(value):
                raise Doubt
            return value

        return text

    def read(value: Any) -> Any:
        issues: list[Issue] = []
        found = explain(shape, value, "", issues)
        if issues:
            raise Doubt
        return found

    return read


def _unless_unset(test: Test) -> Test:
    return lambda value: value is UNSET or test(value)


def _again(change: Change | None, record: Any) -> Any:
    return record if change is None else change(record)


def _reaches_rules(shape: shapes.RecordShape) -> bool:
    """Say whether a record, or one inside it, has something that msgspec does not know."""
    return any(_is_rule(part) for part in parts(shape))


def _is_rule(part: shapes.Shape) -> bool:
    match part:
        case shapes.Text():
            return part.pattern is not None
        case shapes.Integer():
            return _wide(part)
        case shapes.Number():
            return part.multiple_of is not None
        case shapes.Json():
            return True
        case shapes.Array():
            return part.unique
        case shapes.Literal():
            return not all(_narrow(option) and not isinstance(option, bool) for option in part.options)
        case shapes.RecordShape():
            return bool(part.transforms or part.checks)
        case _:
            return False


def _ruled_inside(value: Any) -> bool:
    """Say whether a default holds a record that has transforms or checks, or holds one that has."""
    if _type(value) is list:
        return any(map(_ruled_inside, value))
    if _type(value) is dict:
        return any(map(_ruled_inside, value.values()))
    if not isinstance(value, msgspec.Struct):
        return False
    record: Any = _type(value)
    return any(isinstance(part, shapes.RecordShape) and _is_rule(part) for part in parts(record.shape()))


def _wide(shape: shapes.Integer) -> bool:
    """Say whether a bound of an int is one that msgspec cannot hold."""
    bounds = (shape.ge, shape.gt, shape.le, shape.lt, shape.multiple_of)
    return not all(bound is None or _narrow(bound) for bound in bounds)


def _narrow(value: str | int) -> bool:
    return isinstance(value, str) or _SMALLEST <= value <= _LARGEST


_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_PLAIN: Final = frozenset[object]({str, int, bool, type(None)})
_MADE: Final[dict[type[Any], type[Any]]] = {
    shapes.Text: str,
    shapes.Integer: int,
    shapes.Number: float,
    shapes.Boolean: bool,
    shapes.Date: date,
    shapes.DateTime: datetime,
    shapes.Array: list,
    shapes.Mapping: dict,
}
