"""What generated checks, transforms, aliases and open records do, by the golden case `checks`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from golden.cases import FOLDER, expected
from mlsig.errors import Issue, ParseError, ValidationError
from reference.imported import on_path


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("checks")
    (folder / "checks.py").write_text(expected("checks").read_text("utf-8"), encoding="utf-8")
    metric = FOLDER / "checks" / "checks_metric.py"
    (folder / "checks_metric.py").write_text(metric.read_text("utf-8"), encoding="utf-8")
    with on_path(str(folder)):
        yield importlib.import_module("checks")
        for name in ("checks", "checks_metric"):
            sys.modules.pop(name, None)


SIMPLE: dict[str, Any] = {"low": 1, "high": 2}
FLAT: dict[str, Any] = {"low": 1, "high": 2, "name": "b", "other": None}


def issues(record: Any, data: Any) -> list[tuple[str, str]]:
    return [(issue.path, issue.code) for issue in record.check(data)]


def test_a_check_that_fails_says_its_message(checks: ModuleType) -> None:
    found = checks.Simple.check({"low": 2, "high": 1})
    assert found == [Issue("", "check.ordered", "low is below high")]
    assert checks.Simple.check(SIMPLE) == []
    assert issues(checks.Simple, {"low": "1", "high": 1}) == [("low", "type")]


def test_a_check_without_a_message_says_its_condition(checks: ModuleType) -> None:
    found = checks.Flat.check(FLAT | {"high": 3})
    assert [str(issue) for issue in found] == ["high % 2 == 0 and -low <= 10 and high // 2 > 0 - 5"]


def test_every_failing_check_is_reported_in_order(checks: ModuleType) -> None:
    data = FLAT | {"low": 9, "high": 1, "flag": True, "kind": "b", "numbers": [200.0]}
    names = ("ordered", "half", "named", "same", "summed", "roots")
    assert issues(checks.Flat, data) == [("", f"check.{name}") for name in names]


def test_transforms_run_before_checks_and_in_order(checks: ModuleType) -> None:
    assert checks.Simple.validate(SIMPLE | {"name": "  x "}).name == "x"
    assert checks.Simple.from_json('{"low": 1, "high": 2, "name": " x"}').name == "x"
    found = checks.Passage.validate({"text": "  a   b ", "tags": ["z", "z"], "rank": 7, "weight": 9.0})
    assert (found.text, found.tags, found.rank) == ("a b", ["z"], 2)


def test_what_a_transform_makes_is_validated(checks: ModuleType) -> None:
    assert issues(checks.Passage, {"text": "   "}) == [("text", "too_short")]
    assert issues(checks.Passage, {"text": "a", "rank": 101, "weight": 900.0}) == [("rank", "type")]


def test_what_python_raises_is_an_issue(checks: ModuleType) -> None:
    (found,) = checks.Passage.check({"text": " bomb"})
    assert (found.path, found.code) == ("text", "transform")
    assert found.message == "cannot be transformed: `checks_metric:tidy` raised RuntimeError"


@pytest.mark.parametrize(
    "data",
    [
        {"values": {"b": 1}},  # no key "a"
        {"numbers": [1e308, 1e308]},  # a sum beyond every float
        {"low": -(10**4000), "high": 10**4001},  # a difference beyond every float
    ],
)
def test_an_expression_without_a_value_fails_its_check(checks: ModuleType, data: dict[str, Any]) -> None:
    assert [code for _, code in issues(checks.Flat, FLAT | data) if code.startswith("check.")]
    with pytest.raises(ValidationError):
        checks.Flat.validate(FLAT | data)


def test_equality_is_that_of_the_language(checks: ModuleType) -> None:
    assert issues(checks.Flat, FLAT | {"extra": True}) == []
    assert issues(checks.Flat, FLAT | {"extra": 1.0}) == []
    assert issues(checks.Flat, FLAT | {"extra": False, "ratio": 0.4}) == [("", "check.free")]


def test_checks_of_records_inside_have_their_paths(checks: ModuleType) -> None:
    data = {"first": {"text": "a"}, "more": [FLAT, FLAT | {"low": 5, "high": 4}]}
    assert issues(checks.Holder, data) == [("more[1]", "check.ordered"), ("more[1]", "check.roots")]
    good = {"first": {"text": "a"}, "more": [FLAT], "best": FLAT}
    assert checks.Holder.validate(good).best.low == 1
    assert issues(checks.Holder, good | {"more": []}) == [("", "check.owner")]
    ready = checks.Flat(**FLAT | {"low": 5, "high": 4})
    assert issues(checks.Holder, good | {"best": ready})[0] == ("best", "check.ordered")


def test_open_records_keep_quiet_about_unknown_keys(checks: ModuleType) -> None:
    found = checks.Passage.validate({"text": "a", "more": 1, 7: 8})
    assert found == checks.Passage.from_json('{"text": "a", "more": [1]}')
    assert checks.Passage.json_schema()["additionalProperties"] is True
    assert checks.Simple.json_schema()["additionalProperties"] is False


def test_an_alias_is_another_name(checks: ModuleType) -> None:
    found = checks.Passage.validate({"body": "a"})
    assert found.text == "a"
    assert found.to_dict()["text"] == "a"
    assert checks.Passage.from_json('{"body": "a"}') == found
    assert issues(checks.Passage, {"body": 1}) == [("text", "type")]
    (twice,) = checks.Passage.check({"body": "a", "text": "b"})
    assert (twice.path, twice.code, twice.message) == (
        "text",
        "given_twice",
        'is given twice, as `text` and as "body"',
    )
    jsonschema.validate(found.to_dict(), checks.Passage.json_schema())


def test_what_is_deprecated_says_so(checks: ModuleType) -> None:
    assert checks.Passage.json_schema()["properties"]["rank"]["deprecated"] is True
    assert checks.Holder.json_schema()["$defs"]["Flat"]["deprecated"] is True
    assert checks.Flat.json_schema()["deprecated"] is True
    assert "Deprecated: use Passage" in checks.Flat.__doc__
    assert "Deprecated: use Verdict" in checks.Old.__doc__


JUDGED: dict[str, Any] = {"verdict": "supported", "quote": "wet"}
ASKED: dict[str, Any] = {"claim": "Water is wet.", "passages": ["Water is wet, covered with water."]}
CITES = "a supported claim has a quote from a passage, word for word, and not a paraphrase"


def test_checks_of_one_side_belong_to_it(checks: ModuleType) -> None:
    assert issues(checks.Judge.Input, {"claim": "Is it?"}) == [("", "check.asked")]
    assert issues(checks.Judge.Output, {"verdict": "refuted", "confidence": 0.1}) == [("", "check.sure")]
    assert issues(checks.Judge.Expected, {"verdict": "refuted", "confidence": 0.1}) == []
    with pytest.raises(ParseError, match="be sure, or say so"):
        checks.Judge.parse("verdict: refuted\nconfidence: 0.1")


def test_inputs_and_outputs_are_checked_together(checks: ModuleType) -> None:
    inputs, outputs = checks.Judge.validate_io(ASKED, JUDGED)
    assert (inputs.claim, outputs.quote) == (ASKED["claim"], "wet")
    with pytest.raises(ValidationError) as error:
        checks.Judge.validate_io(ASKED, JUDGED | {"quote": "dry"})
    assert error.value.issues == (Issue("", "check.cites", CITES),)
    with pytest.raises(ValidationError) as error:
        checks.Judge.validate_io({"claim": 1}, {"verdict": "x", "confidence": 0.1})
    assert [issue.path for issue in error.value.issues] == ["inputs.claim", "outputs.verdict"]
