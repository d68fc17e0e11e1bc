"""Whatever a validator is given, it answers with a record or a `ValidationError`, soon and shortly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hostile
import pytest
from mlsig.errors import VALUE_LENGTH, ValidationError
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import imported

TYPES = {
    "Text": "str",
    "Bounded": 'str(min_length=1, max_length=3, pattern="^[a-z]+$")',
    "Whole": "int",
    "Even": "int(ge=0, multiple_of=2)",
    "Number": "float",
    "Tenth": "float(0..10, multiple_of=0.1)",
    "Sure": "probability",
    "Truth": "bool",
    "Any": "json",
    "Day": "date",
    "Moment": "datetime",
    "Chosen": "Color",
    "Fixed": '"a" | 1 | true',
    "Items": "list[int](max_length=3)",
    "Different": "list[json](unique)",
    "Names": "map[str](max_length=3)",
    "Perhaps": "str?",
    "Either": "str | int | list[json] | Inner",
    "Tagged": "Cat | Dog",
    "Untagged": "Found | Failed",
    "Inside": "Inner",
    "Many": "list[Inner]",
    "Named": "map[Inner]",
    "Vector": "embedding(3)",
    "Matrix": "tensor(2, _)",
    "Mask": "tensor(_, dtype=bool)",
    "Bytes": "tensor(_, dtype=uint8)",
    "Weights": "attention_weights",
    "Tokens": "token_list(max_length=3)",
    "Steps": "reasoning_chain",
    "Said": "model_response",
    "About": "variable_config",
    "Picture": "image",
    "Sound": "audio",
    "Paper": "document",
    "Secret": "api_key",
}
DECLARED = """
enum Color { red, green }
schema Inner { x: int = 1 }
schema Cat { kind: "cat"  x: int = 1 }
schema Dog { kind: "dog"  x: str = "" }
schema Found { found: int }
schema Failed { why: str }
schema One { one: int  next: One | Two | int = 1 }
schema Two { two: int  next: One | Two | int = 1 }
schema Chain { x: One | Two }
schema Tree { x: Tree? = null  more: list[Tree] = []  named: map[Tree] = {}  either: Tree | int = 1 }
schema Ruled { x: str = ""  y: float = 1.0  z: list[str] = []
  transform x = strip(x)
  transform z = unique(z)
  check a: len(x) < 5  check b: y * 2 != 7  check c: not contains(x, "q") }
schema Outer { x: Ruled? = null  y: list[Ruled] = []  check d: x == null or len(y) == 0 }
@open schema Open { @alias("ex") x: str = "" }
schema Renamed { @alias("ex") x: str = ""  @alias("why") y: int = 1  @deprecated("no") z: json = null }
schema Heir extends Renamed { more: int = 1 }
signature Asked { input x: json  input q: str = ""  output a: json = null  output b: Outer? = null
  check same: x == a or len(q) > 0 }
"""
TEXT = DECLARED + "\n".join(f"schema {name} {{ x: {type_} }}" for name, type_ in TYPES.items())
OTHERS = ("Chain", "Tree", "Ruled", "Outer", "Open", "Renamed", "Heir", "Cat", "Found")
RECORDS = (*TYPES, *OTHERS)
MOST = 400  # characters of a path or a message
DEEP_TEXTS = tuple(opening * hostile.DEEP for opening in ("[", '{"x":', '{"x":[', '{"named":{"a":'))


@pytest.fixture(scope="module")
def kinds() -> Iterator[ModuleType]:
    found = compile_source(Source(Path("hostile.mlsig"), "hostile_kinds", TEXT))
    assert found.text is not None, [finding.message for finding in found.diagnostics]
    yield imported("hostile_kinds", found.text)
    del sys.modules["hostile_kinds"]


@pytest.fixture(scope="module")
def deep() -> tuple[Any, ...]:
    return (hostile.deep_list(), hostile.deep_dict(), hostile.deep_both(), hostile.deep_dict("more"))


def tried(call: Callable[[], Any]) -> Any:
    """Return what a call returns; None when the data is refused, as it ought to be."""
    try:
        return call()
    except ValidationError as error:
        assert error.issues
        for issue in error.issues[:100]:
            assert max(len(issue.path), len(issue.message)) <= MOST
            assert len(issue.value) <= VALUE_LENGTH
            assert issue.message.isprintable()
        assert repr(error)
        assert str(error)
        return None


@pytest.mark.parametrize("name", RECORDS)
def test_nothing_else_is_raised(kinds: ModuleType, name: str) -> None:
    record = getattr(kinds, name)
    for word, value in hostile.values().items():
        for data in (value, {"x": value}, {"x": [value]}, {"x": {"x": value}}, {"x": 1, "y": value}):
            found = tried(lambda data=data: record.validate(data))
            issues = record.check(data)
            assert bool(issues) == (found is None) or "generator" in word or "iterator" in word
        tried(lambda value=value: record.from_json(value))
        tried(lambda value=value: record.from_msgpack(value))
        tried(lambda value=value: record.validate_many([value, {"x": value}]))
        tried(lambda value=value: record.validate_many([{"x": value}], fail_fast=True))
        assert isinstance(record.check_many([{"x": value}, value]), list)


def test_sides_are_told_apart(kinds: ModuleType) -> None:
    asked = kinds.Asked
    for value in hostile.values().values():
        for data in (value, {"x": value}, {"a": value, "b": {"x": value}}):
            tried(lambda data=data: asked.validate_io(data, data))
            tried(lambda data=data: asked.validate_io({"x": 1}, data))


@pytest.mark.parametrize("name", RECORDS)
def test_a_million_levels_are_too_many(kinds: ModuleType, name: str, deep: tuple[Any, ...]) -> None:
    record = getattr(kinds, name)
    for value in deep:
        for data in (value, {"x": value}, {"x": {"x": value}}, {"x": 1, "y": [value]}):
            assert tried(lambda data=data: record.validate(data)) is None or name == "Open"
    for text in DEEP_TEXTS:
        assert tried(lambda text=text: record.from_json(text)) is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("name", RECORDS)
def test_what_stops_a_program_stops_a_validator(
    kinds: ModuleType, name: str, stop: type[BaseException]
) -> None:
    data = hostile.Raising(stop())
    with pytest.raises(stop):
        getattr(kinds, name).validate(data)
    with pytest.raises(stop):
        getattr(kinds, name).check(data)


def test_unions_in_unions_take_no_longer_for_each_level(kinds: ModuleType) -> None:
    data: dict[str, Any] = {}
    for _ in range(60):
        data = {"next": data}
    (issue,) = kinds.Chain.check({"x": data})
    assert (issue.path, issue.code) == ("x", "no_option")
    assert issue.message == "is none of One and Two: as One, one: is required; as Two, two: is required"


def test_what_is_long_is_cut(kinds: ModuleType) -> None:
    (issue,) = kinds.Bounded.check({"x": "a" * 10**6})
    assert (issue.path, issue.code, len(issue.value)) == ("x", "too_long", VALUE_LENGTH)
    (issue,) = kinds.Even.check({"x": -(10**10_000)})
    assert issue.value == "an integer of 33220 bits"
    (issue, _) = kinds.Text.check({"k" * 10**6: 1})
    assert len(issue.path) < 2 * VALUE_LENGTH


def test_an_error_of_a_value_is_an_issue_at_its_place(kinds: ModuleType) -> None:
    data = hostile.Raising(MemoryError())
    assert [(i.path, i.code) for i in kinds.Many.check({"x": [{}, data, {"x": "a"}]})] == [
        ("x[1]", "unreadable"),
        ("x[2].x", "type"),
    ]
