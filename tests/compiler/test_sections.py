"""Large modules make each declaration when it is first asked for, and are else like any other."""

from __future__ import annotations

import copy
import importlib
import inspect
import pydoc
import subprocess
import sys
import threading
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from golden.cases import CASES, expected
from mlsig.programs import Program
from mlsig.programs.loading import load_programs
from mlsig.records import Record
from mlsig.sections import FEW
from mlsig.signatures import Signature
from mlsig.spaces import Space
from mlsig_compiler.emit import cut
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.sections import LONGEST, MANY
from mlsig_compiler.source import Source
from reference.imported import imported, on_path

ROOT = Path(__file__).resolve().parents[2]
EACH = """
enum Verdict{n} {{ Supported "it says so", Refuted }}
schema Note{n} {{ text: str  next: Note{after}? = null }}
signature Step{n} {{
  \"\"\"Decide step {n}.\"\"\"
  input  note: Note{n}
  output verdict: Verdict{n}
}}
"""
REST = """
provider here { protocol: openai  base_url: "http://127.0.0.1:9/v1"  model "small" { context_window: 8_192 } }
space Choices { var provider: provider(here)  var model: model(provider) }
program Decide { signature: Step3  space: Choices }
"""
COUNT = MANY // 3 + 1
NAME = "large_module_in_sections"


@pytest.fixture(scope="module")
def text() -> str:
    said = "".join(EACH.format(n=n, after=(n + 1) % COUNT) for n in range(COUNT)) + REST
    made = compile_source(Source(Path(f"{NAME}.mlsig"), NAME, said)).text
    assert made is not None
    return made


@pytest.fixture
def large(text: str, tmp_path: Path) -> Iterator[ModuleType]:
    (tmp_path / f"{NAME}.py").write_text(text, encoding="utf-8")
    with on_path(str(tmp_path)):
        yield importlib.import_module(NAME)
        sys.modules.pop(NAME)


def made(module: ModuleType) -> set[str]:
    return set(module.__all__) & vars(module).keys()


def test_an_import_makes_nothing_and_imports_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").write_text(text, encoding="utf-8")
    code = f"import sys, {NAME}; print(*sys.modules); from {NAME} import Verdict1; print(*vars({NAME}))"
    environment = {"PYTHONPATH": f"{ROOT / 'runtime'}:{tmp_path}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    modules, names = (set(line.split()) for line in done.stdout.splitlines())
    assert not modules & {"msgspec", "typing", "enum", "mlsig.records", "mlsig.signatures"}
    assert "Verdict1" in names
    assert "Verdict2" not in names


def test_what_is_asked_for_is_made_with_what_it_needs(large: ModuleType) -> None:
    assert not made(large)
    assert large.Verdict5.Refuted == "Refuted"
    assert made(large) == {"Verdict5"}
    # notes are records that need each other in one great circle
    found = large.Step2.Input.validate({"note": {"text": "a", "next": {"text": "b"}}})
    assert isinstance(found.note, large.Note2)
    assert isinstance(found.note.next, large.Note3)
    assert made(large) == {"Verdict5", "Verdict2", "Step2", *(f"Note{n}" for n in range(COUNT))}
    assert large.Step2 is large.Step2
    assert large.Step2.variables() is large.Step4.variables()


def test_who_asks_for_many_soon_has_all(large: ModuleType) -> None:
    for n in range(FEW):
        _ = getattr(large, f"Verdict{n}")
    assert len(made(large)) == FEW
    before = FEW
    for n in range(FEW, COUNT):
        _ = getattr(large, f"Verdict{n}")
    assert len(made(large)) > 2 * (COUNT - before)


def test_it_is_like_any_other_module(large: ModuleType) -> None:
    assert {"Step1", "Verdict1", "Decide"} <= set(dir(large))
    assert large.Step1.parse('{"verdict": "Refuted"}').verdict is large.Verdict1.Refuted
    match large.Step1.Output(verdict=large.Verdict1.Supported):
        case large.Step1.Output(verdict=large.Verdict1.Supported as found):
            assert found == "Supported"
    hints = typing.get_type_hints(large.Step1.Output)
    assert hints["verdict"] is large.Verdict1
    note = large.Note1(text="a")
    assert copy.deepcopy(note) == copy.copy(note) == note
    assert large.Step1.__module__ == NAME
    assert inspect.getsource(large.Step1).lstrip().startswith("class Step1(Signature):")
    assert "Decide step 1." in pydoc.render_doc(large.Step1)
    with pytest.raises(AttributeError, match=f"module '{NAME}' has no attribute 'Step'"):
        _ = large.Step
    with pytest.raises(ImportError, match="cannot import name 'Nothing'"):
        exec(f"from {NAME} import Nothing")
    assert not hasattr(large, "Step")


def test_all_of_it_can_be_had_at_once(large: ModuleType) -> None:
    everything: dict[str, Any] = {}
    exec(f"from {NAME} import *", everything)
    assert set(large.__all__) <= everything.keys()
    assert "Step0" in pydoc.render_doc(large)
    del large.Step1
    with pytest.raises(AttributeError, match="'Step1' was deleted"):
        _ = large.Step1


def test_programs_are_found(large: ModuleType, tmp_path: Path) -> None:
    found = load_programs(NAME, [tmp_path])
    assert list(found) == ["Decide"]
    assert found["Decide"] is large.Decide
    assert "Step3" in made(large)


def test_a_module_that_is_loaded_again_is_new(large: ModuleType) -> None:
    before = large.Step1
    again = importlib.reload(large)
    assert not made(again)
    assert again.Step1 is not before
    assert again.Step1.parse('{"verdict": "Refuted"}').verdict is again.Verdict1.Refuted


def test_threads_get_the_same_class(large: ModuleType) -> None:
    gate = threading.Barrier(8)
    found: list[Any] = []

    def ask() -> None:
        gate.wait()
        found.append(large.Step7.Output.validate({"verdict": "Refuted"}))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert {type(each) for each in found} == {large.Step7.Output}


def told(value: Any) -> Any:
    """Return what a declaration says, for comparison with the same one of another module."""
    if isinstance(value, Program):
        return value.name, told(value.signature), told(value.space)
    if not isinstance(value, type):
        return type(value).__name__
    if issubclass(value, Record):
        return value.json_schema()
    if issubclass(value, Signature):
        return told(value.Input), told(value.Output), value.instructions, len(value.examples)
    if issubclass(value, Space):
        return value.default().to_dict(), [variable.name for variable in value.variables]
    return value.__name__, inspect.cleandoc(value.__doc__ or "")


@pytest.mark.parametrize("case", CASES)
def test_golden_modules_are_the_same_in_sections(case: str) -> None:
    text = expected(case).read_text(encoding="utf-8")
    apart = cut(text)
    assert apart is not None
    assert max(map(len, apart.split("\n"))) <= max(LONGEST, *map(len, text.split("\n")))
    whole, parts = imported(f"whole_{case}", text), imported(f"parts_{case}", apart)
    try:
        assert parts.__all__ == whole.__all__
        for name in reversed(whole.__all__):  # the last first: so nothing is there by chance
            assert told(getattr(parts, name)) == told(getattr(whole, name))
    finally:
        del sys.modules[f"whole_{case}"], sys.modules[f"parts_{case}"]


def test_what_imports_from_other_files_stays_whole() -> None:
    text = (ROOT / "tests" / "golden" / "imports" / "far.py").read_text(encoding="utf-8")
    assert "if TYPE_CHECKING or __name__" in text
    assert cut(text) is None
