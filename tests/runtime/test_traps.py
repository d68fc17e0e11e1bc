"""Values that other validators are known to get wrong, one test for each trap, in every place."""

from __future__ import annotations

import enum
import gc
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from mlsig.errors import ValidationError
from mlsig.records.explain import explain
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import imported

TEXT = """
schema Flat { s: str = ""  i: int = 0  f: float = 0.0 }
schema Deep { flats: list[Flat] = []  names: map[str] = {}  numbers: list[float] = []  any: json = null }
schema Code { code: str(pattern="^[a-z]{2}$") }
schema Sure { p: probability = 0.5  wide: int(le=9223372036854775807) = 1 }
schema Found { found: int }
schema Failed { why: str }
schema Either { it: Found | Failed  words: str | int = "" }
schema Vector { vector: embedding(2)  more: list[embedding(2)] = [] }
schema Tree { children: list[Tree] = [] }
schema Half { x: float = 0.0  transform x = x * 1e300 * 1e300  check small: x < 1 }
@open schema Open { x: int = 0 }
"""


@pytest.fixture(scope="module")
def kinds() -> Iterator[ModuleType]:
    found = compile_source(Source(Path("traps.mlsig"), "trap_kinds", TEXT))
    assert found.text is not None, [finding.message for finding in found.diagnostics]
    yield imported("trap_kinds", found.text)
    del sys.modules["trap_kinds"]


class Text(str):
    """A string of a class of its own."""


class Word(enum.StrEnum):
    en = "en"


class Whole(int):
    """An int of a class of its own."""


class Level(enum.IntEnum):
    one = 1


def codes(record: Any, data: Any) -> list[tuple[str, str]]:
    return [(issue.path, issue.code) for issue in record.check(data)]


def refused(record: Any, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        record.from_json(text)
    return [(issue.path, issue.code) for issue in caught.value.issues]


def test_true_is_no_number(kinds: ModuleType) -> None:
    assert codes(kinds.Flat, {"i": True, "f": False}) == [("i", "type"), ("f", "type")]
    assert codes(kinds.Deep, {"numbers": [1.0, True]}) == [("numbers[1]", "type")]
    assert refused(kinds.Flat, '{"i": true, "f": true}') == [("i", "type"), ("f", "type")]
    assert codes(kinds.Vector, {"vector": [1.0, True]}) == [("vector[1]", "type")]


def test_an_int_becomes_a_float(kinds: ModuleType) -> None:
    for found in (kinds.Flat.validate({"f": 1}), kinds.Flat.from_json('{"f": 1}')):
        assert type(found.f) is float
    assert [type(one) for one in kinds.Deep.validate({"numbers": [1, 2.0]}).numbers] == [float, float]


def test_nothing_else_is_coerced(kinds: ModuleType) -> None:
    assert codes(kinds.Flat, {"i": 1.0, "f": "1.5"}) == [("i", "type"), ("f", "type")]
    assert codes(kinds.Flat, {"i": "1", "s": 1}) == [("s", "type"), ("i", "type")]
    assert codes(kinds.Vector, {"vector": ["2.5", None]}) == [("vector[0]", "type"), ("vector[1]", "null")]
    assert refused(kinds.Flat, '{"i": 1.0}') == [("i", "type")]


def test_numbers_of_numpy(kinds: ModuleType) -> None:
    found = kinds.Flat.validate({"f": np.float64(0.5)})
    assert (found.f, type(found.f)) == (0.5, float)
    assert codes(kinds.Flat, {"i": np.int64(1), "f": np.float32(1)}) == [("i", "type"), ("f", "type")]
    assert kinds.Vector.validate({"vector": [np.float32(1), np.int64(2)]}).vector.tolist() == [1, 2]


@pytest.mark.parametrize("text", [Text("en"), Word.en, np.str_("en")])
def test_a_string_of_another_class_is_that_string(kinds: ModuleType, text: str) -> None:
    """The careful path makes it a plain `str`; the fast one leaves it the object that it is."""
    for record, data in (
        (kinds.Flat, {"s": text}),
        (kinds.Deep, {"flats": [{"s": text}], "names": {text: text}, "any": text}),
        (kinds.Code, {"code": text}),
        (kinds.Either, {"it": {"why": text}, "words": text}),
    ):
        found = record.validate(data)
        plain = record.from_json(json.dumps(data))
        assert found == plain
        if record in (kinds.Flat, kinds.Code):
            assert hash(found) == hash(plain)
        assert found.to_json() == plain.to_json()
        issues: list[Any] = []
        careful = explain(record.shape(), data, "", issues)
        assert (careful, issues) == (plain, [])
        assert repr(careful) == repr(plain)


@pytest.mark.parametrize("number", [Whole(1), Level.one])
def test_an_int_of_another_class_becomes_an_int(kinds: ModuleType, number: int) -> None:
    found = kinds.Flat.validate({"i": number, "f": number})
    assert (type(found.i), type(found.f)) == (int, float)
    deep = kinds.Deep.validate({"numbers": [number], "any": number})
    assert (type(deep.numbers[0]), type(deep.any)) == (float, int)


def test_ints_that_no_float_can_hold(kinds: ModuleType) -> None:
    assert codes(kinds.Flat, {"f": 10**400}) == [("f", "not_finite")]
    assert kinds.Flat.validate({"f": 2**53 + 1}).f == 2.0**53
    assert kinds.Flat.validate({"i": 2**53 + 1}).i == 2**53 + 1


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_are_finite(kinds: ModuleType, number: float) -> None:
    assert codes(kinds.Flat, {"f": number}) == [("f", "not_finite")]
    assert codes(kinds.Sure, {"p": number}) == [("p", "not_finite")]
    assert codes(kinds.Deep, {"numbers": [number], "any": [number]}) == [
        ("numbers[0]", "not_finite"),
        ("any[0]", "not_finite"),
    ]
    assert codes(kinds.Vector, {"vector": [1.0, number]}) == [("vector[1]", "not_finite")]
    assert codes(kinds.Half, {"x": 1.0}) == [("x", "transform")]


def test_lone_surrogates(kinds: ModuleType) -> None:
    assert kinds.Flat.validate({"s": "\ud800"}).s == "\ud800"
    assert kinds.Deep.validate({"names": {"\ud800": "a"}}).names == {"\ud800": "a"}
    assert codes(kinds.Flat, {"\ud800": 1}) == [("['\\ud800']".replace("'", '"'), "unknown_field")]
    assert refused(kinds.Flat, '{"s": "\\ud800"}') == [("", "invalid_json")]
    assert refused(kinds.Flat, '{"s": "\ud800"}') == [("", "invalid_json")]


def test_the_end_of_a_pattern_is_the_end(kinds: ModuleType) -> None:
    assert codes(kinds.Code, {"code": "en\n"}) == [("code", "pattern")]
    assert refused(kinds.Code, '{"code": "en\\n"}') == [("code", "pattern")]
    assert kinds.Code.validate({"code": "en"}).code == "en"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_text_that_is_no_json(kinds: ModuleType, number: str) -> None:
    assert refused(kinds.Flat, f'{{"f": {number}}}') == [("", "invalid_json")]


def test_numbers_beyond_every_float_in_json(kinds: ModuleType) -> None:
    for number in ("1e999", "-1e999"):
        with pytest.raises(ValidationError):
            kinds.Flat.from_json(f'{{"f": {number}}}')


def test_of_keys_that_are_given_twice_the_last_counts(kinds: ModuleType) -> None:
    text = '{"i": 1, "i": 2}'
    assert kinds.Flat.from_json(text).i == json.loads(text)["i"] == 2


def test_unknown_keys_are_refused(kinds: ModuleType) -> None:
    assert codes(kinds.Flat, {"x": 1}) == [("x", "unknown_field")]
    assert refused(kinds.Deep, '{"flats": [{"x": 1}]}') == [("flats[0].x", "unknown_field")]
    assert codes(kinds.Open, {"other": 1}) == []


def test_keys_that_are_no_strings(kinds: ModuleType) -> None:
    assert codes(kinds.Flat, {1: 2}) == [("", "unknown_field")]
    assert codes(kinds.Deep, {"names": {1: "a"}}) == [("names", "key")]
    assert codes(kinds.Deep, {"any": {1: 2}}) == [("any", "key")]


def test_records_that_nobody_checked_are_checked(kinds: ModuleType) -> None:
    unchecked = kinds.Flat(s=1, i="x", f=math.nan)
    wanted = [("s", "type"), ("i", "type"), ("f", "not_finite")]
    assert codes(kinds.Flat, unchecked) == wanted
    assert codes(kinds.Deep, {"flats": [unchecked]}) == [(f"flats[0].{path}", code) for path, code in wanted]
    assert codes(kinds.Deep, kinds.Deep(flats=[unchecked])) == codes(kinds.Deep, {"flats": [unchecked]})
    ready = kinds.Flat.validate({"i": 1})
    assert kinds.Flat.validate(ready) == ready


def test_bounds_beyond_what_msgspec_takes(kinds: ModuleType) -> None:
    assert kinds.Sure.validate({"wide": 2**63 - 1}).wide == 2**63 - 1
    assert codes(kinds.Sure, {"wide": 2**63}) == [("wide", "too_large")]


def test_unions_of_records_without_a_tag(kinds: ModuleType) -> None:
    for data in ({"it": {"found": 1}}, {"it": {"why": "a"}}):
        found = kinds.Either.validate(data)
        assert type(found.it) is (kinds.Found if "found" in data["it"] else kinds.Failed)
        assert kinds.Either.from_json(json.dumps(data)) == found
    assert codes(kinds.Either, {"it": {}}) == [("it", "no_option")]


def test_records_with_arrays_compare(kinds: ModuleType) -> None:
    data = {"vector": [1.0, 2.0], "more": [[1.0, 2.0]]}
    found = kinds.Vector.validate(data)
    assert found == kinds.Vector.validate(data)
    assert found != kinds.Vector.validate({"vector": [1.0, 3.0]})


def test_records_with_arrays_are_written_as_json(kinds: ModuleType) -> None:
    found = kinds.Vector.validate({"vector": np.array([1, 2], np.float32)})
    assert json.loads(found.to_json()) == found.to_dict() == {"vector": [1.0, 2.0], "more": []}


def test_records_are_hashable_and_cannot_be_changed(kinds: ModuleType) -> None:
    found = kinds.Flat.validate({"i": 1})
    assert hash(found) == hash(kinds.Flat.validate({"i": 1}))
    with pytest.raises(AttributeError):
        found.i = 2


def test_what_can_be_part_of_a_cycle_is_collected(kinds: ModuleType) -> None:
    tree = kinds.Tree.validate({"children": [{}]})
    assert gc.is_tracked(tree)
    deep = kinds.Deep.validate({"any": [1]})
    assert gc.is_tracked(deep)


def test_many_records_are_what_each_would_be(kinds: ModuleType) -> None:
    rows = [{"i": index, "s": Word.en} for index in range(3)]
    assert kinds.Flat.validate_many(rows) == [kinds.Flat.validate(row) for row in rows]
