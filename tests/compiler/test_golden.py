"""Golden modules: what is compiled is what is expected, works, and pleases every checker as it stands."""

from __future__ import annotations

import importlib
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import type_checking
from golden.cases import CASES, FOLDER, compiled, expected
from mlsig.errors import ValidationError
from mlsig_compiler.emit import cut
from reference.imported import on_path

ROOT = FOLDER.parents[1]
IN_SECTIONS = ("unions", "vectors")


@pytest.mark.parametrize("case", CASES)
def test_the_compiled_module_is_the_expected_one(case: str) -> None:
    found = compiled(case)
    assert not list(found.diagnostics)
    assert found.text == expected(case).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cases as importable modules, in one folder."""
    out = tmp_path_factory.mktemp("golden")
    for case in CASES:
        shutil.copy(expected(case), out / f"{case}.py")
        for metric in (FOLDER / case).glob("*_*.py"):
            shutil.copy(metric, out)
    for case in IN_SECTIONS:  # as they were if they were large
        text = cut(expected(case).read_text(encoding="utf-8"))
        (out / f"{case}_in_sections.py").write_text(text or "", encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def everything(folder: Path) -> Iterator[ModuleType]:
    with on_path(str(folder)):
        yield importlib.import_module("everything")
        sys.modules.pop("everything")
        sys.modules.pop("everything_metric", None)


@type_checking.one_after_another
def test_mypy_strict(folder: Path) -> None:
    done = type_checking.mypy(folder, sorted(path.name for path in folder.glob("*.py")))
    assert done.stdout.startswith("Success"), done.stdout


def test_pyright_strict(folder: Path) -> None:
    done = type_checking.pyright(folder, paths=["."], settings={"include": ["."]})
    assert done.stdout.startswith("0 errors"), done.stdout


def test_ruff(folder: Path) -> None:
    rules = "E,F,W,I,B,UP,N,C4,SIM,RET,PTH,S,RUF,T20"
    options = [
        "--isolated",
        "--no-cache",
        "--select",
        rules,
        "--line-length",
        "110",
        "--target-version",
        "py311",
    ]
    ruff = Path(sys.executable).with_name("ruff")
    files = [str(folder / f"{case}.py") for case in CASES]
    files += [str(folder / f"{case}_in_sections.py") for case in IN_SECTIONS]
    # the user's names are the user's: that case has as odd ones as can be
    options += ["--per-file-ignores", f"{folder / 'names.py'}:N"]
    done = subprocess.run([str(ruff), "check", *options, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_importing_is_light(folder: Path) -> None:
    code = "import sys, everything; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{ROOT / 'runtime'}:{folder}"},
    )
    heavy = {
        "numpy",
        "httpx",
        "aiohttp",
        "sqlalchemy",
        "lark",
        "jinja2",
        "pydantic",
        "mlsig_compiler",
        "asyncio",
    }
    assert not heavy & set(done.stdout.split())


def test_the_order_of_hashing_changes_nothing() -> None:
    script = (
        "from golden.cases import *; import sys; sys.stdout.write(''.join(compiled(c).text for c in CASES))"
    )
    paths = f"{ROOT / 'compiler'}:{ROOT / 'runtime'}:{ROOT / 'tests'}"
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            env={"PYTHONPATH": paths, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(texts) == 1
    assert b"class Review" not in texts.pop().split(b"\n", 1)[0]


def test_schemas_work(everything: ModuleType) -> None:
    passage = everything.Passage.validate({"id": "a-1", "text": "…", "weight": None})
    assert passage.score == 1.0
    assert passage.seen is everything.Meta.today
    assert passage.date == date(2026, 11, 23)
    assert passage.tags == ["a", "b"]
    assert passage.tags is not everything.Passage.validate({"id": "a", "text": "…", "weight": 1}).tags
    assert passage.to_dict()["date"] == "2026-11-23"
    assert everything.Passage.from_json(passage.to_json()) == passage
    stamp = everything.Stamp.validate({"open": 0.5})
    assert stamp.at == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert everything.When.validate({"day": {}}).one.hours == [9, 17]


def test_recursion_collisions_and_mixed_literals(everything: ModuleType) -> None:
    tree = everything.Tree.validate(
        {"label": "a", "children": [{"label": "b"}], "named": {"c": {"label": "c"}}}
    )
    assert tree.named["c"].label == "c"
    assert tree.children[0].children == []
    odd = everything.Any.validate({"list": [1], "int": 2, "dict": {"e": 3}})
    assert (odd.str, odd.field, odd.Any, odd.dict) == ("x", None, everything.Verdict.unknown, {"e": 3.0})
    moments = everything.Moments.validate({"born": {"open": 0.25}, "flag": 1})
    assert moments.flag == 1
    assert moments.flag is not True
    assert everything.Moments.check({"born": {"open": 1}, "flag": False})[0].path == "born.open"


def test_the_collector_skips_only_what_cannot_be_part_of_a_cycle(everything: ModuleType) -> None:
    configured = {
        name: getattr(everything, name).__struct_config__.gc for name in ("Day", "When", "Tree", "Passage")
    }
    assert configured == {"Day": False, "When": False, "Tree": True, "Passage": True}


def test_signatures_work(everything: ModuleType) -> None:
    check = everything.Check
    assert check.instructions.endswith("never {{ guesses }} or \\ backslashes.")
    first, second = check.examples
    assert first.inputs.passages[0].kind == "mail"
    assert first.expected.confidence == 1.0
    assert type(first.expected.confidence) is float
    assert second.expected.to_dict() == {"verdict": "supported"}
    row = check.example({"claim": "Water", "verdict": "refuted"})
    assert row.expected == check.Expected(verdict=everything.Verdict.refuted)
    with pytest.raises(ValidationError) as caught:
        check.example({"claim": "Wa", "verdict": "maybe"})
    assert [issue.code for issue in caught.value.issues] == ["too_short", "not_an_option"]


@pytest.mark.parametrize("name", ["Passage", "Tree", "Any", "When", "Moments", "Stamp"])
def test_json_schemas_are_schemas(everything: ModuleType, name: str) -> None:
    schema = getattr(everything, name).json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


def test_json_schemas_refer_to_what_they_hold(everything: ModuleType) -> None:
    data: Any = {"label": "a", "children": [{"label": "b", "next": {"label": 3}}]}
    found = list(jsonschema.Draft202012Validator(everything.Tree.json_schema()).iter_errors(data))
    assert [list(error.path) for error in found] == [["children", 0, "next"]]


def test_spaces_and_settings(everything: ModuleType) -> None:
    config = everything.Tuning.default()
    settings = everything.Review.settings(config)
    assert (settings.provider, settings.model, settings.temperature) == ("local", "small", 0.7)
    assert [(knob.name, knob.value, knob.description) for knob in settings.knobs] == [
        ("rate", 0.001, "a knob of the user's"),
        ("mood", "calm", ""),
        ("style", "plain", 'how to "write"'),
        ("quotes", 3, ""),
    ]
    sampled = everything.Tuning.sample(random.Random(7))
    assert everything.Tuning.check(sampled.to_dict()) == []


def test_programs_state_what_they_are(everything: ModuleType) -> None:
    review = everything.Review
    assert (review.name, review.signature, review.space) == ("Review", everything.Check, everything.Tuning)
    assert review.providers == {"local": everything.local, "other": everything.other}
    assert [(goal.name, goal.direction, goal.weight) for goal in review.objectives] == [
        ("accuracy", "maximize", 0.7),
        ("brevity", "maximize", 0.1),
        ("cost", "minimize", 0.1),
        ("latency", "minimize", 0.1),
    ]
    assert everything.Repeat.providers == {"other": everything.other}
    local = everything.local
    assert local.limits.concurrency == 2
    assert local.model("small").supports == frozenset({"json_schema", "tools"})


def test_names_that_generated_modules_use_for_themselves(folder: Path) -> None:
    with on_path(str(folder)):
        names = importlib.import_module("names")
        demo, given = names.Signature.examples[0], names.Signature.Input
        assert demo.inputs == given.validate({"Output": {"Annotated": "x", "UNSET": None}})
        assert demo.expected.to_dict() == {
            "Demo": {"dict": {}, "classmethod": True, "field": [], "Demo": "two"},
            "str": "y",
        }
        assert (
            names.Input.validate({"Input": {"shapes": [{"Demo": "one"}]}}).Input.shapes[0].Demo
            is names.Kind.one
        )
        answer = names.Signature.Output.validate({"Input": {}, "Demo": None, "str": "y"})
        assert answer.UnsetType is names.StrEnum.Final
        assert names.Program.metric_metric(demo, answer) == 1.0
        assert names.Program.settings(names.Space.default()).provider == "name"
        sys.modules.pop("names")
        sys.modules.pop("names_metric")


def test_metrics_are_imported_when_they_are_used(everything: ModuleType) -> None:
    check = everything.Check
    row = check.example({"claim": "Water", "verdict": "refuted"})
    answer = check.Output.validate({"verdict": "refuted", "citations": []})
    assert everything.Review.metrics == ("accuracy", "brevity")
    assert "everything_metric" not in sys.modules
    assert everything.Review.metric_accuracy(row, answer) == 1.0
    assert type(everything.Review.metric_accuracy(row, answer)) is float
    assert everything.Review.metric_brevity(row, answer) == 1.0
    assert "everything_metric" in sys.modules
