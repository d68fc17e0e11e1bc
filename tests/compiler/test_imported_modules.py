"""Generated modules that import from each other: however they are imported, and as checkers see them."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import type_checking
from golden.cases import FOLDER, imports
from mlsig_compiler.cli import main
from mlsig_compiler.pipeline import compile_all
from mlsig_compiler.source import Source
from reference.imported import on_path

ROOT = FOLDER.parents[1]
FILES = ("base", "deep.qa", "far")
USE = """
from {0}deep.qa import QA, Other, Special
from {0}far import Holds

leaf = {{"word": "w"}}
more = [{{"text": "u", "leaf": leaf}}]
special = Special.validate({{"text": "t", "leaf": leaf, "Leaf": "x", "more": more}})
word: str = special.more[0].leaf.word
print(word, QA.__name__, Holds.__name__)
print(Special.from_json(special.to_json()) == special, Other.check({{"a": "no"}}))
"""


def test_the_modules_are_the_expected_ones() -> None:
    for path, text in imports().items():
        assert path.read_text(encoding="utf-8") == text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules as the package `generated`, and a program for each way to import them."""
    out = tmp_path_factory.mktemp("imports")
    for path in imports():
        where = out / "generated" / path.relative_to(FOLDER / "imports")
        where.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, where)
    (out / "packaged.py").write_text(USE.format("generated."), encoding="utf-8")
    (out / "direct.py").write_text(USE.format(""), encoding="utf-8")
    return out


@pytest.mark.parametrize("way", ["packaged", "direct"])
def test_both_ways_run(folder: Path, way: str) -> None:
    paths = [ROOT / "runtime", *([folder / "generated"] if way == "direct" else [])]
    done = subprocess.run(
        [sys.executable, str(folder / f"{way}.py")],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))},
    )
    assert done.stdout == "w QA Holds\nTrue []\n"


def test_pyright_strict(folder: Path) -> None:
    (folder / "far_metric.py").write_text(
        "def accuracy(example: object, output: object) -> float: return 1.0\n"
    )
    settings = {"include": ["packaged.py", "direct.py", "generated"], "ignore": ["generated/far_metric.py"]}
    done = type_checking.pyright(folder, paths=["generated"], settings=settings)
    assert done.stdout.startswith("0 errors"), done.stdout


NAMES = (
    *("Step2", "Step10", "Step01", "Step", "Step_2", "Step2B10", "Step2B9", "STEP10", "STEP2"),
    *("AbC", "Abb", "A", "s10", "s9"),
)
NUMBERED = "".join(f"schema {name} {{ x: int }}\n" for name in NAMES)
USES = """\
from m10 import Step2 as S2, Step10
from m9 import Abb, AbC, Step2, Step10 as T10
schema Big { a: Abb b: AbC c: S2 d: Step10 e: Step2 f: T10 }
"""


def test_names_with_numbers_stand_as_ruff_wants_them(tmp_path: Path) -> None:
    texts = {"m2": USES, "m9": NUMBERED, "m10": NUMBERED}
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in texts.items()]
    for name, text in compile_all(sources, lambda _: None).texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    assert len(list(tmp_path.iterdir())) == len(texts)
    ruff = str(Path(sys.executable).with_name("ruff"))
    options = ["--isolated", "--no-cache", "--line-length", "110", "--select", "I,RUF022"]
    done = subprocess.run([ruff, "check", *options, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@type_checking.one_after_another
def test_mypy_strict(folder: Path) -> None:
    (folder / "far_metric.py").write_text(
        "def accuracy(example: object, output: object) -> float: return 1.0\n"
    )
    done = type_checking.mypy(folder, ["packaged.py"])
    assert done.stdout.startswith("Success"), done.stdout


@pytest.fixture
def modules(folder: Path) -> Iterator[None]:
    with on_path(str(folder)):
        yield
        for name in [name for name in sys.modules if name.split(".")[0] == "generated"]:
            del sys.modules[name]


@pytest.mark.usefixtures("modules")
def test_types_are_the_same_wherever_they_come_from() -> None:
    base, qa, far = (importlib.import_module(f"generated.{name}") for name in FILES)
    assert qa.Text is base.Passage
    assert far.Passage is base.Passage
    assert "Passage" not in far.__all__
    assert far.Asks.signature is base.Ask
    given = {"text": "t", "leaf": {"word": "w"}}
    made = far.Holds.validate({"all": [given], "own": {"x": 1}, "special": {}})
    assert type(made.all[0]) is base.Passage
    wrong = far.Holds.check({"all": [given | {"leaf": {"word": ""}}], "own": {"x": 1}, "special": {}})
    assert [(issue.path, issue.code) for issue in wrong] == [("all[0].leaf.word", "too_short")]
    schema = far.Holds.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert sorted(schema["$defs"]) == ["Leaf", "Passage", "Special", "Verdict", "Verdict_base"]
    jsonschema.validate(json.loads(made.to_json()), schema)
    assert qa.QA.Output.__struct_config__.gc is True, "a leaf can hold a leaf, in another module too"


def test_what_is_imported_must_be_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mlsig").write_text("schema A { x: int }\n", encoding="utf-8")
    (tmp_path / "b.mlsig").write_text("from a import A\nschema B { a: A }\n", encoding="utf-8")
    assert main(["compile", "b.mlsig", "--out", "out", "--output-format", "concise"]) == 1
    said = capsys.readouterr().out
    assert "MLS0912" in said
    assert "`a` is imported from, and is not compiled to the same folder" in said
    assert main(["compile", "a.mlsig", "--out", "out"]) == 0
    assert main(["compile", "b.mlsig", "--out", "out"]) == 0
    assert "from .a import A" in (tmp_path / "out" / "b.py").read_text(encoding="utf-8")
