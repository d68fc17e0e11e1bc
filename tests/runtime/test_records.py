"""Records: two paths of validation, JSON in and out, and only `ValidationError` whatever the data does."""

from __future__ import annotations

import sys
from collections import ChainMap, OrderedDict
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pytest
from mlsig.errors import Issue, ValidationError
from mlsig.records import Record
from mlsig.records.fast import fast
from msgspec import UNSET
from reference.imported import imported

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture(scope="module")
def everything() -> Iterator[ModuleType]:
    yield imported("everything_records", (GOLDEN / "everything" / "expected.py").read_text(encoding="utf-8"))
    del sys.modules["everything_records"]


PASSAGE: dict[str, Any] = {"id": "a-1", "text": "some", "weight": 0.5}


def codes(issues: list[Issue]) -> list[tuple[str, str]]:
    return [(issue.path, issue.code) for issue in issues]


def test_every_issue_is_reported_in_order(everything: ModuleType) -> None:
    data = {
        "extra": float("nan"),
        "tags": ["x", "y", "x"],
        "rank": 11,
        "score": "0.5",
        "id": "A\n",
        "colour": 1,
    }
    found = everything.Passage.check(data)
    assert codes(found) == [
        ("colour", "unknown_field"),
        ("id", "pattern"),
        ("text", "missing"),
        ("score", "type"),
        ("weight", "missing"),
        ("rank", "too_large"),
        ("tags[2]", "not_unique"),
        ("extra", "not_finite"),
    ]
    with pytest.raises(ValidationError) as caught:
        everything.Passage.validate(data)
    assert list(caught.value.issues) == found
    assert caught.value.subject == "Passage"


def test_paths_lead_into_what_is_nested(everything: ModuleType) -> None:
    tree = {
        "label": "a",
        "children": [{"label": "b", "named": {"x y": {"label": 3}}}],
        "next": {"lable": "c"},
    }
    assert codes(everything.Tree.check(tree)) == [
        ('children[0].named["x y"].label', "type"),
        ("next.lable", "unknown_field"),
        ("next.label", "missing"),
    ]
    assert "did you mean `label`" in everything.Tree.check(tree)[1].message


def test_null_for_what_is_not_optional_names_the_field(everything: ModuleType) -> None:
    (issue,) = everything.Passage.check({**PASSAGE, "text": None})
    assert (issue.path, issue.code, issue.message) == ("text", "null", "must be a string, not null")


@pytest.mark.parametrize("kind", [OrderedDict, ChainMap, MappingProxyType])
def test_any_mapping_will_do(everything: ModuleType, kind: Any) -> None:
    assert everything.Day.validate(kind({"hours": (1, 2)})).hours == [1, 2]


def test_a_record_is_checked_again(everything: ModuleType) -> None:
    wrong = everything.Day(hours=[99])
    assert codes(everything.Day.check(wrong)) == [("hours[0]", "too_large")]
    right = everything.Day(hours=[1])
    again = everything.Day.validate(right)
    assert again == right
    assert again is not right


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("When", lambda day: {"day": day}),
        ("When", lambda day: {"day": {}, "deep": [[{}], [day]]}),
        ("When", lambda day: {"day": {}, "one": day}),
    ],
)
def test_a_record_inside_data_is_checked_too(everything: ModuleType, name: str, data: Any) -> None:
    day = everything.Day(hours=[99])
    (issue,) = getattr(everything, name).check(data(day))
    assert issue.path.endswith("hours[0]")
    good = everything.Day(hours=[3])
    assert getattr(everything, name).check(data(good)) == []


def test_records_inside_lists_and_maps_are_checked_too(everything: ModuleType) -> None:
    wrong = everything.Tree(label=3)
    for data in (
        {"children": [wrong]},
        {"named": {"a": wrong}},
        {"next": wrong},
        {"next": {"label": "b", "next": wrong}},
    ):
        (issue,) = everything.Tree.check({"label": "a", **data})
        assert issue.path.endswith("label")


def test_another_record_is_not_data(everything: ModuleType) -> None:
    assert codes(everything.Day.check(everything.Tree(label="a"))) == [("", "type")]


@pytest.mark.parametrize("data", [None, 3, "text", [], [("label", "a")], object(), Record, b"{}"])
def test_what_has_no_members(everything: ModuleType, data: object) -> None:
    (issue,) = everything.Tree.check(data)
    assert issue.path == ""
    assert issue.code in {"type", "null"}


def test_unset_counts_as_left_out(everything: ModuleType) -> None:
    assert everything.Check.Expected.validate({"verdict": UNSET}).to_dict() == {}
    assert codes(everything.Day.check({"on": UNSET})) == []
    assert everything.Check.Expected.validate(everything.Check.Expected()).to_dict() == {}


def test_records_take_the_fastest_path_that_is_safe(everything: ModuleType) -> None:
    found = {
        name: (fast(getattr(everything, name)).known, fast(getattr(everything, name)).bare)
        for name in ("Day", "When", "Tree", "Passage", "Any", "Stamp", "Moments")
    }
    assert found == {
        "Day": (True, True),
        "When": (True, False),
        "Tree": (True, False),
        "Passage": (True, False),
        "Any": (True, False),
        "Stamp": (True, True),
        "Moments": (False, False),
    }


def test_shapes_are_made_once(everything: ModuleType) -> None:
    assert everything.Day.shape() is everything.Day.shape()
    assert everything.Day.shape().type is everything.Day


def test_the_root_of_all_records_declares_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Record.json_schema()
    with pytest.raises(NotImplementedError):
        Record.shape()


# JSON


def test_json_round_trip(everything: ModuleType) -> None:
    when = everything.When.from_json(b'{"day": {"on": "2026-01-02"}, "deep": [[{}]]}')
    assert everything.When.from_json(when.to_json().decode()) == when
    assert when.to_json().startswith(b'{"day":{"on":"2026-01-02"')


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "truncated"),
        (b'{"label": }', "line 1, column 11"),
        ('{\n "ü": 1,\n  "label"; 2}', "line 3, column 10"),
        (b'{"label": NaN}', "line 1, column 11"),
        (b'{"label": "\xff"}', "invalid UTF-8 at line 1, column 12"),
        ('{"label": "\ud800"}', "lone surrogate at character 12"),
        (b'{"label": "\\ud800"}', "half of a character, which stands alone, at line 1, column 12"),
        ('{\n"label": "ü\\ud83d"}', "half of a character, which stands alone, at line 2, column 12"),
        (b'\xef\xbb\xbf{"label": "a"}', "a byte order mark, which JSON does not have"),
        ('\ufeff{"label": "a"}', "decode the text as utf-8-sig"),
        (b'{"label": 1e999}', "is not JSON: Number out of range"),
        (b'{"label": "a"} x', "line 1"),
        (10**15, "as text or bytes, not an integer"),
    ],
)
def test_text_that_is_not_json_says_where(everything: ModuleType, raw: Any, words: str) -> None:
    for record in (everything.Tree, everything.Passage):
        with pytest.raises(ValidationError) as caught:
            record.from_json(raw)
        (issue,) = caught.value.issues
        assert issue.code == "invalid_json"
        assert words in issue.message
        assert "$" not in issue.message


def test_json_of_the_wrong_shape_is_explained(everything: ModuleType) -> None:
    with pytest.raises(ValidationError) as caught:
        everything.Tree.from_json(b'{"children": [{"label": 1}], "x": 2}')
    assert codes(list(caught.value.issues)) == [
        ("x", "unknown_field"),
        ("label", "missing"),
        ("children[0].label", "type"),
    ]


@pytest.mark.parametrize("name", ["Tree", "Passage"])
def test_deep_json_is_refused(everything: ModuleType, name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        getattr(everything, name).from_json('{"extra":' * 100_000 + "1" + "}" * 100_000)
    assert caught.value.issues[0].code == "too_deep"


# Hostile data


class Lies:
    """Says that it is whatever is asked for, and raises when it is looked at."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __len__ = __iter__ = __eq__ = __hash__ = __bool__ = __str__ = __repr__  # type: ignore[assignment]


class Pretends:
    @property
    def __class__(self) -> Any:
        return str


class BadDict(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("no")

    __getitem__ = __iter__ = __contains__ = get = keys = items  # type: ignore[assignment]


class BadMapping(ChainMap[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise KeyboardInterrupt if key == "never" else RuntimeError("no")


class BadList(list[Any]):
    def __iter__(self) -> Any:
        raise RuntimeError("no")

    __len__ = __getitem__ = __iter__  # type: ignore[assignment]


class Key(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = str.__hash__


class Odd(type):
    @property
    def __name__(cls) -> Any:
        raise RuntimeError("no")


class Nameless(metaclass=Odd):
    pass


def deep(kind: str) -> Any:
    value: Any = "end"
    for _ in range(20_000):
        value = {"label": "a", "next": value} if kind == "next" else [value]
    return value


def circle() -> Any:
    data: dict[str, Any] = {"label": "a"}
    data["next"] = data
    return data


HOSTILE: dict[str, Any] = {
    "lies": Lies,
    "pretends": Pretends,
    "nameless": Nameless,
    "bad dict": lambda: BadDict(label="a"),
    "bad mapping": lambda: BadMapping({"label": "a"}),
    "bad list": lambda: BadList(["a"]),
    "bad key": lambda: {Key("label"): "a"},
    "deep records": lambda: deep("next"),
    "deep lists": lambda: deep("list"),
    "circle": circle,
    "surrogate": lambda: "\ud800",
    "surrogate key": lambda: {"\ud800": 1, "label": "a"},
    "number key": lambda: {1: 2, "label": "a", None: 3, (1, 2): 4},
    "huge": lambda: 10**10_000,
    "negative huge": lambda: -(10**10_000),
    "complex": lambda: 1j,
    "bytes": lambda: b"\xff",
    "type": lambda: type,
    "generator": lambda: (number for number in range(3)),
    "long text": lambda: "x" * 1_000_000,
}
PLACES = {
    "Tree": ["label", "children", "named", "next"],
    "Passage": ["id", "text", "score", "weight", "rank", "tags", "kind", "seen", "date", "extra"],
    "Moments": ["born", "flag"],
    "Stamp": ["at", "open"],
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", PLACES)
def test_hostile_data_is_refused_or_read_and_nothing_else(
    everything: ModuleType, name: str, hostile: str
) -> None:
    record = getattr(everything, name)
    wholes: list[Any] = [HOSTILE[hostile]()]
    wholes += [{place: HOSTILE[hostile]()} for place in PLACES[name]]
    wholes += [{place: [HOSTILE[hostile]()]} for place in PLACES[name]]
    wholes += [{place: {"a": HOSTILE[hostile]()}} for place in PLACES[name]]
    refused = 0
    for data in wholes:
        issues = record.check(data)
        refused += bool(issues)
        for issue in issues:
            assert len(issue.value) <= 80
            assert str(issue).isprintable() or "\ud800" in str(issue)
    assert refused == len(wholes) or hostile in {"bad dict", "bad key", "surrogate", "long text"}


def test_an_interrupt_is_not_swallowed(everything: ModuleType) -> None:
    with pytest.raises(KeyboardInterrupt):
        everything.Tree.check(BadMapping({"never": 1}))
