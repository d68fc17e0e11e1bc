"""Examples: how they are read, and what makes two of them the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlsig
import pytest
import steps
from mlsig.errors import ValidationError
from mlsig.signatures import Example, Signature

ROOT = Path(__file__).resolve().parents[3]


def test_a_row_gives_inputs_and_any_outputs() -> None:
    whole = steps.Feel.example({"review": "fine", "mood": "good"})
    assert whole == Example(
        inputs=steps.ReviewIn(review="fine"), expected=steps.MoodExpected(mood=steps.Mood.good)
    )
    assert steps.Feel.example({"review": "fine"}).expected == steps.MoodExpected()


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        steps.Feel.example({"reviw": "fine", "mood": "odd", "zzz": 1})
    said = {issue.path: (issue.code, issue.message) for issue in caught.value.issues}
    assert said["reviw"] == (
        "unknown_field",
        "is neither an input nor an output; did you mean `review`?",
    )
    assert said["zzz"] == ("unknown_field", "is neither an input nor an output; there are `review`, `mood`")
    assert said["review"][0] == "missing"
    assert "mood" in said
    assert caught.value.subject == "Example"


def test_wrong_values_alone() -> None:
    with pytest.raises(ValidationError) as caught:
        steps.Feel.example({"review": "", "mood": 5})
    assert [issue.path for issue in caught.value.issues] == ["review", "mood"]


def test_ids_are_stable() -> None:
    example = steps.Feel.example({"review": "fine", "mood": "good"})
    assert example.id == "b6cbd7bfd3b24dea"
    assert example.id == steps.Feel.example({"mood": "good", "review": "fine"}).id
    assert example.id != steps.Feel.example({"review": "fine"}).id


def test_examples_survive_json() -> None:
    example = Example(inputs=steps.ReviewIn(review="x"), expected=steps.MoodExpected(), reasoning="because")
    assert Example.from_dict(example.to_dict(), steps.ReviewIn, steps.MoodExpected) == example


HEAVY = ("httpx", "aiohttp", "numpy", "sqlalchemy", "rich", "msgspec", "asyncio", "typing")


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("mlsig", set()),
        ("mlsig.programs", {"msgspec", "typing"}),
        ("mlsig.signatures", {"msgspec", "typing"}),
    ],
)
def test_imports_stay_light(module: str, allowed: set[str]) -> None:
    script = (
        f"import sys; before = set(sys.modules); import {module}\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules and name not in before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT / "runtime")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == allowed


@pytest.mark.parametrize("name", mlsig.__all__)
def test_every_public_name_loads(name: str) -> None:
    value = getattr(mlsig, name)
    assert value.__name__ == name
    assert value.__module__.startswith("mlsig.")
    assert name in dir(mlsig)


def test_one_module_knows_the_http_client() -> None:
    """So that a change of client is a change of one file."""
    wanted = re.compile(r"^\s*(?:import|from) (?:httpx|aiohttp|httpx_aiohttp)\b", re.MULTILINE)
    files = (ROOT / "runtime" / "mlsig").rglob("*.py")
    assert [file.name for file in files if wanted.search(file.read_text())] == ["transport.py"]


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = mlsig.nonsense


@pytest.mark.parametrize(
    ("answer", "kind"), [(3, "an integer"), (None, "null"), ({"mood": "calm"}, "an object")]
)
def test_an_answer_is_text(answer: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^a model's answer is text, not {kind}$"):
        Signature.read(answer, steps.MoodOut)


@pytest.mark.parametrize("row", [3, None, "text", ["review"]])
def test_a_row_is_a_mapping(row: Any) -> None:
    with pytest.raises(ValidationError, match="a row must be a mapping of names to values, not "):
        Example.read(row, steps.ReviewIn, steps.MoodExpected)
