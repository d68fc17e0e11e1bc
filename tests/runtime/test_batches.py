"""Batches of records, JSON arrays and JSON Lines, and stopping at the first thing that is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.records.stopping import First, Found
from reference.imported import imported

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def golden(name: str) -> Iterator[ModuleType]:
    yield imported(f"{name}_batches", (GOLDEN / name / "expected.py").read_text(encoding="utf-8"))
    del sys.modules[f"{name}_batches"]


@pytest.fixture(scope="module")
def everything() -> Iterator[ModuleType]:
    yield from golden("everything")


@pytest.fixture(scope="module")
def vectors() -> Iterator[ModuleType]:
    yield from golden("vectors")


@pytest.fixture(scope="module")
def checks() -> Iterator[ModuleType]:
    yield from golden("checks")


PASSAGE: dict[str, Any] = {"id": "a-1", "text": "some", "weight": 0.5}
TREES = [{"label": "a"}, {"label": "b", "next": {"label": "c"}}]
WRONG = [{"label": "a"}, {"label": 1, "x": 2}, {"label": "b", "children": [{"label": None}]}]


def places(issues: Any) -> list[tuple[str, str]]:
    return [(issue.path, issue.code) for issue in issues]


def refused(call: Any, *given: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        call(*given, **more)
    return places(caught.value.issues)


@pytest.mark.parametrize("as_given", [list, tuple, iter, lambda items: (item for item in items)])
def test_a_batch_is_anything_that_can_be_iterated(everything: ModuleType, as_given: Any) -> None:
    found = everything.Tree.validate_many(as_given(TREES))
    assert found == [everything.Tree.validate(item) for item in TREES]
    assert everything.Tree.check_many(as_given(TREES)) == []


def test_all_issues_of_all_items_come_in_order(everything: ModuleType) -> None:
    wanted = [("[1].x", "unknown_field"), ("[1].label", "type"), ("[2].children[0].label", "null")]
    assert refused(everything.Tree.validate_many, WRONG) == wanted
    assert places(everything.Tree.check_many(iter(WRONG))) == wanted
    assert refused(everything.Tree.validate_many, WRONG, fail_fast=True) == wanted[:1]


def test_a_record_in_a_batch_is_checked_again(everything: ModuleType) -> None:
    day = everything.Day(hours=[99])
    assert places(everything.Day.check_many([{}, day])) == [("[1].hours[0]", "too_large")]
    good = everything.Day(hours=[3])
    (again,) = everything.Day.validate_many([good])
    assert again == good
    assert again is not good


@pytest.mark.parametrize("given", [None, 3, "text", b"[]", {"label": "a"}, object()])
def test_what_is_no_batch(everything: ModuleType, given: Any) -> None:
    assert refused(everything.Tree.validate_many, given) == [("", "type")]
    assert places(everything.Tree.check_many(given)) == [("", "type")]


def test_a_batch_that_breaks_on_the_way_says_where(everything: ModuleType) -> None:
    def broken() -> Iterator[Any]:
        yield {"label": "a"}
        raise RuntimeError("no")

    assert refused(everything.Tree.validate_many, broken()) == [("[1]", "unreadable")]


def test_batches_take_every_step_of_the_fast_path(everything: ModuleType, checks: ModuleType) -> None:
    assert places(everything.Passage.check_many([PASSAGE, {**PASSAGE, "id": "B"}])) == [("[1].id", "pattern")]
    simple = checks.Simple.validate_many([{"low": 1, "high": 2, "name": " a "}] * 3)
    assert [item.name for item in simple] == ["a", "a", "a"]
    assert places(checks.Simple.check_many([{"low": 1, "high": 1}])) == [("[0]", "check.ordered")]


# JSON


def test_an_array_and_lines_are_read_and_written(everything: ModuleType) -> None:
    found = everything.Tree.validate_many(TREES)
    array = everything.Tree.to_json_many(found)
    lines = everything.Tree.to_json_many(iter(found), lines=True)
    assert len(json.loads(array)) == 2
    assert lines.count(b"\n") == 2
    for raw in (array, b" \n" + array, array.decode(), lines, lines.decode(), b"\n" + lines + b"\n \n"):
        assert everything.Tree.from_json_many(raw) == found
    assert everything.Tree.from_json_many(b"") == everything.Tree.from_json_many("[]") == []
    assert everything.Tree.from_json_many('{"label": "\u2028"}') == [everything.Tree(label="\u2028")]


def test_json_that_does_not_fit_is_named_by_its_place(everything: ModuleType) -> None:
    wanted = [("[1].x", "unknown_field"), ("[1].label", "type"), ("[2].children[0].label", "null")]
    array = json.dumps(WRONG)
    lines = "\n\n".join(map(json.dumps, WRONG))
    for raw in (array, lines.encode()):
        assert refused(everything.Tree.from_json_many, raw) == wanted
        assert refused(everything.Tree.from_json_many, raw, fail_fast=True) == wanted[:1]


def test_lines_that_are_not_json_say_which(everything: ModuleType) -> None:
    with pytest.raises(ValidationError) as caught:
        everything.Tree.from_json_many(b'{"label": "a"}\n\n{"label": }\n{"label": "\xff"}\n')
    assert places(caught.value.issues) == [("[1]", "invalid_json"), ("[2]", "invalid_json")]
    assert "line 3, column 11" in str(caught.value)
    assert "line 4, column 12" in str(caught.value)
    assert refused(everything.Tree.from_json_many, "[1,") == [("", "invalid_json")]
    assert refused(everything.Tree.from_json_many, 3) == [("", "invalid_json")]
    assert refused(everything.Tree.from_json_many, "\ud800") == [("", "invalid_json")]


def test_values_of_secret_records_are_shown_nowhere(vectors: ModuleType) -> None:
    secret = next(
        found
        for name in vectors.__all__
        if (found := getattr(vectors, name)) and hasattr(found, "shape") and found.shape().secret
    )
    key = "sk-very-secret"
    calls: list[tuple[Any, Any]] = [
        (secret.validate_many, [{"zzz": key}, key]),
        (secret.from_json_many, json.dumps([key])),
        (secret.from_json_many, f'{{"zzz": "{key}"'),
        (secret.from_json, f'["{key}"'),
        (secret.validate, key),
    ]
    for call, given in calls:
        for fail_fast in (False, True):
            with pytest.raises(ValidationError) as caught:
                call(given, fail_fast=fail_fast)
            assert key not in str(caught.value)
            assert all(issue.value == "" for issue in caught.value.issues)


# Stopping


def test_fail_fast_gives_the_first_issue(everything: ModuleType) -> None:
    data = {"extra": float("nan"), "tags": ["x", "x"], "rank": 11, "id": "A"}
    every = everything.Passage.check(data)
    assert len(every) > 4
    with pytest.raises(ValidationError) as caught:
        everything.Passage.validate(data, fail_fast=True)
    assert list(caught.value.issues) == every[:1]
    with pytest.raises(ValidationError) as caught:
        everything.Tree.from_json(b'{"label": 1, "next": 2}', fail_fast=True)
    assert places(caught.value.issues) == [("label", "type")]


def test_fail_fast_looks_no_further(everything: ModuleType) -> None:
    looked: list[int] = []

    class Counted(int):
        def __index__(self) -> int:
            looked.append(1)
            return 3

    class Names(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise AssertionError("was looked at")

    issues = First()
    with pytest.raises(Found) as found:
        explain(everything.Tree.shape(), {"label": 1, "named": Names(a=Counted())}, "", issues)
    assert found.value.issue.path == "label"
    assert not looked
    assert not issues


def test_a_list_that_stops_takes_nothing() -> None:
    first, issue = First(), Issue("a", "b", "c")
    first.extend([])
    first += []
    for add in (first.append, lambda one: first.extend([one]), lambda one: first.insert(0, one)):
        with pytest.raises(Found):
            add(issue)
    assert list(first) == []


def test_two_sides_are_named(checks: ModuleType) -> None:
    outputs = {"verdict": "supported", "quote": "is", "confidence": 0.9}
    inputs = {"claim": "Water is wet.", "passages": ["Water is wet."]}
    left, right = checks.Judge.validate_io(inputs, outputs)
    assert (left.claim, right.quote) == ("Water is wet.", "is")
    wanted = [("inputs.claim", "too_short"), ("outputs.verdict", "not_an_option")]
    assert refused(checks.Judge.validate_io, {"claim": "a"}, {"verdict": "x"}) == wanted
    assert refused(checks.Judge.validate_io, {"claim": "a"}, {"verdict": "x"}, fail_fast=True) == wanted[:1]
    assert refused(checks.Judge.validate_io, inputs, {**outputs, "quote": "no"}) == [("", "check.cites")]


def test_what_is_written_late_is_what_was_there() -> None:
    issue = Issue("a", "b", ("at least {}, {}", 1, None), ("{}", "x" * 200))
    assert issue.message == "at least 1, null" or issue.message == "at least 1, None"
    assert len(issue.value) == 80
    assert issue == Issue("a", "b", issue.message, issue.value)
