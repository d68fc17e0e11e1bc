"""The fast path takes every kind of record, says what the careful one says, and leaves doubts to it."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.records.fast import fast
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import imported

SCHEMAS = """
enum Verdict { yes, no }

schema Named {
  @alias("identifier")
  name: str(pattern="^[a-z-]+$")
  low: int
  high: int
  transform name = strip(name)
  check ordered: low < high
}

schema Holder {
  first: Named
  more: list[Named] = []
  by_name: map[Named?] = {}
  maybe: Named? = null
  tags: list[str](unique) = []
  steps: list[float(multiple_of=0.5)](unique) = []
  free: json = null
  many: list[list[Named]] = []
  check few: len(more) < 3
}

schema Vectors { name: str  vector: embedding(3)  check named: len(name) > 0 }

schema Cat { kind: "cat"  lives: int(ge=1)  check nine: lives < 10 }

schema Dog { kind: "dog"  @alias("called") name: str(pattern="^[A-Z]") }

schema Found { at: str }

schema Failed { why: str }

schema Zoo {
  pet: Cat | Dog
  pets: list[Cat | Dog] = []
  result: Found | Failed? = null
  answer: Verdict | "maybe" | int = "maybe"
  word: str(pattern="^[a-z]+$") | int = 1
  one: Cat | str = "none"
}

@open
schema Open { @alias("other") name: str  cat: Cat? = null }

schema Flags { flag: true | 1 | "1" }

schema Plain { name: str }

schema Flat { a: str  b: str  c: "note" | "mail"  d: probability  e: int  f: bool }
"""


@pytest.fixture(scope="module")
def made() -> Iterator[ModuleType]:
    compiled = compile_source(Source(Path("fast.mlsig"), "fast", SCHEMAS))
    yield imported("fast_records", compiled.text)
    del sys.modules["fast_records"]


NAMED = {"name": "a-b", "low": 1, "high": 2}
UNDER_ALIAS = {"identifier": "a", "low": 1, "high": 2}
CAT = {"kind": "cat", "lives": 9}
DOG = {"kind": "dog", "name": "Rex"}
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("Named", NAMED),
    ("Named", UNDER_ALIAS),
    ("Holder", {"first": NAMED}),
    ("Holder", {"first": UNDER_ALIAS, "more": [NAMED, UNDER_ALIAS], "by_name": {"a": NAMED, "b": None}}),
    ("Holder", {"first": NAMED, "maybe": UNDER_ALIAS, "tags": ["a", "b"], "steps": [0.5, 1]}),
    ("Holder", {"first": NAMED, "free": {"a": [1, 2.5, None, "x", True]}}),
    ("Holder", {"first": NAMED, "many": [[UNDER_ALIAS], []]}),
    ("Vectors", {"name": "a", "vector": [1.0, 2.0, 3.0]}),
    ("Zoo", {"pet": CAT}),
    ("Zoo", {"pet": {"kind": "dog", "called": "Rex"}, "pets": [DOG, CAT], "result": {"why": "x"}}),
    ("Zoo", {"pet": DOG, "result": None, "answer": "yes", "word": "abc", "one": CAT}),
    ("Zoo", {"pet": DOG, "answer": 3, "word": 7, "one": "text"}),
    ("Open", {"other": "a", "more": 1}),
    ("Open", {"name": "a", "cat": CAT}),
    ("Plain", {"name": "a"}),
]
BAD: list[tuple[str, Any]] = [
    ("Named", {**NAMED, "name": "A"}),
    ("Named", {**NAMED, "identifier": "a"}),
    ("Named", {**NAMED, "high": 1}),
    ("Holder", {"first": {**NAMED, "high": 0}}),
    ("Holder", {"first": NAMED, "more": [NAMED] * 3}),
    ("Holder", {"first": NAMED, "more": [NAMED, {**NAMED, "name": "B"}]}),
    ("Holder", {"first": NAMED, "by_name": {"a": {**NAMED, "high": 0}}}),
    ("Holder", {"first": NAMED, "maybe": {**NAMED, "high": 0}}),
    ("Holder", {"first": NAMED, "tags": ["a", "a"]}),
    ("Holder", {"first": NAMED, "steps": [0.3]}),
    ("Holder", {"first": NAMED, "steps": [1, 1.0]}),
    ("Holder", {"first": NAMED, "free": [float("nan")]}),
    ("Holder", {"first": NAMED, "free": {(1,): 2}}),
    ("Holder", {"first": NAMED, "free": object()}),
    ("Holder", {"first": NAMED, "many": [[{**UNDER_ALIAS, "high": 0}]]}),
    ("Vectors", {"name": "", "vector": [1.0, 2.0, 3.0]}),
    ("Vectors", {"name": "a", "vector": [1.0, True, 3.0]}),
    ("Zoo", {"pet": {"kind": "cow"}}),
    ("Zoo", {"pet": {**CAT, "lives": 10}}),
    ("Zoo", {"pet": {"kind": "dog", "name": "rex"}}),
    ("Zoo", {"pet": CAT, "pets": [CAT, DOG, 3]}),
    ("Zoo", {"pet": CAT, "result": {}}),
    ("Zoo", {"pet": CAT, "answer": "perhaps"}),
    ("Zoo", {"pet": CAT, "word": "A"}),
    ("Zoo", {"pet": CAT, "one": {**CAT, "lives": 11}}),
    ("Open", {"name": "a", "other": "b"}),
    ("Open", {"more": 1}),
    ("Flags", {"flag": 2}),
]


@pytest.mark.parametrize(("name", "data"), GOOD)
def test_good_data_takes_the_fast_path(made: ModuleType, name: str, data: dict[str, Any]) -> None:
    record = getattr(made, name)
    issues: list[Issue] = []
    careful = explain(record.shape(), data, "", issues)
    assert issues == []
    raw = json.dumps(data).encode()
    quick = fast(record)
    for found in (quick.value(data), quick.text(raw), record.validate(data), record.from_json(raw)):
        assert found == careful
        assert type(found) is record
    pair = [careful, careful]
    assert quick.values([data, data]) == pair
    assert quick.texts(b"[" + raw + b"," + raw + b"]") == pair
    assert quick.lines(raw + b"\n" + raw) == pair


@pytest.mark.parametrize(("name", "data"), BAD)
def test_the_fast_path_never_says_yes_to_bad_data(made: ModuleType, name: str, data: Any) -> None:
    record = getattr(made, name)
    quick = fast(record)
    calls: list[tuple[Any, Any]] = [(quick.value, data), (quick.values, [data])]
    try:
        raw = json.dumps(data)
    except TypeError:
        raw = "{"
    calls += [(quick.text, raw), (quick.texts, f"[{raw}]"), (quick.lines, raw)]
    for call, given in calls:
        with pytest.raises(Exception):  # noqa: B017  (whatever it raises is a doubt)
            call(given)
    assert record.check(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Holder", lambda bad: {"first": bad}),
        ("Holder", lambda bad: {"first": NAMED, "more": [bad]}),
        ("Holder", lambda bad: {"first": NAMED, "by_name": {"a": bad}}),
        ("Holder", lambda bad: {"first": NAMED, "maybe": bad}),
        ("Holder", lambda bad: {"first": NAMED, "many": [[bad]]}),
        ("Holder", lambda bad: {"first": NAMED, "free": bad}),
    ],
)
def test_ready_made_records_are_looked_at(made: ModuleType, name: str, data: Any) -> None:
    bad = made.Named(name="A", low=2, high=1)
    assert getattr(made, name).check(data(bad))


def test_ready_made_options_are_looked_at(made: ModuleType) -> None:
    bad = made.Cat(kind="cat", lives=99)
    for data in ({"pet": bad}, {"pet": CAT, "pets": [bad]}, {"pet": CAT, "one": bad}):
        assert [issue.code for issue in made.Zoo.check(data)] == ["check.nine"]
    good = made.Cat(kind="cat", lives=9)
    assert made.Zoo.validate({"pet": good}).pet == good


def test_text_of_a_class_of_its_own_cannot_lie(made: ModuleType) -> None:
    class Liar(str):
        __slots__ = ()

        def strip(self, chars: str | None = None, /) -> str:
            return ""

        def __eq__(self, other: object) -> bool:
            return False

        __hash__ = str.__hash__

    assert made.Named.check({**NAMED, "name": Liar("A")})
    assert made.Zoo.check({"pet": CAT, "word": Liar("A")})
    assert made.Holder.check({"first": NAMED, "tags": [Liar("a"), Liar("a")]})


def test_some_records_have_no_fast_path(made: ModuleType) -> None:
    assert not fast(made.Flags).known
    assert made.Flags.validate({"flag": True}).flag is True
    assert type(made.Flags.validate({"flag": 1}).flag) is int


def test_what_a_class_needs_is_all_that_it_does(made: ModuleType) -> None:
    assert fast(made.Plain).bare
    assert not fast(made.Named).bare
    assert fast(made.Zoo).known


def test_derived_classes_make_their_own(made: ModuleType) -> None:
    made.Plain.validate({"name": "a"})

    class Mine(made.Plain, frozen=True, kw_only=True):  # type: ignore[misc,name-defined]
        def greeting(self) -> str:
            return f"hello {self.name}"

    for found in (Mine.validate({"name": "a"}), Mine.from_json(b'{"name": "a"}')):
        assert found.greeting() == "hello a"
    with pytest.raises(ValidationError):
        Mine.validate({"name": 1})

    class Loud(made.Named, frozen=True, kw_only=True):  # type: ignore[misc,name-defined]
        @classmethod
        def validate(cls, data: Any, fail_fast: bool = False) -> Any:
            return super().validate({**data, "high": 9}, fail_fast)

    for _ in range(2):
        found = Loud.validate({"name": "a", "low": 1})
        assert (type(found), found.high) == (Loud, 9)


def test_a_flat_record_takes_64_bytes(made: ModuleType) -> None:
    flat = made.Flat.validate({"a": "x", "b": "y", "c": "note", "d": 0.5, "e": 1, "f": True})
    assert sys.getsizeof(flat) == 64
    assert not gc.is_tracked(flat)
