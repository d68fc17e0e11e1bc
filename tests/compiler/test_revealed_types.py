"""What editors see of generated code: real mypy and pyright, both strict, over what users would write.

A snippet under tests/typed/ says of a line that it must not pass, or what it reveals:

    passage.id = "b"         # error: mypy=misc pyright=reportAttributeAccessIssue
    reveal_type(passage)     # reveals: everything.Passage / Passage

Any other finding of either checker is a failure, and so is a promised one that is missing.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import type_checking
from golden.cases import FOLDER, expected

ROOT = FOLDER.parents[1]
SNIPPETS = sorted((ROOT / "tests" / "typed").glob("*.py"))
CASES = ("everything", "pipelines", "sentiment", "unions", "vectors")
PROMISE = re.compile(r"# error: mypy=(\S+) pyright=(\S+)$")
REVEALED = re.compile(r"# reveals: (.+) / (.+)$")
Found = set[tuple[str, int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden modules and the snippets that use them, side by side."""
    out = tmp_path_factory.mktemp("typed")
    for case in CASES:
        shutil.copy(expected(case), out / f"{case}.py")
        for functions in (FOLDER / case).glob("*_*.py"):
            shutil.copy(functions, out)
    for snippet in SNIPPETS:
        shutil.copy(snippet, out)
    return out


def promised(checker: int) -> tuple[Found, Found]:
    """Return the errors and the revealed types that the snippets promise of mypy (0) or pyright (1)."""
    errors: Found = set()
    revealed: Found = set()
    for snippet in SNIPPETS:
        for number, line in enumerate(snippet.read_text(encoding="utf-8").splitlines(), 1):
            if found := PROMISE.search(line):
                errors |= {(snippet.name, number, code) for code in found.groups()[checker].split(",")}
            if found := REVEALED.search(line):
                revealed.add((snippet.name, number, found.groups()[checker]))
    return errors, revealed


def differences(found: tuple[Found, Found], wanted: tuple[Found, Found]) -> list[str]:
    """Return what is there and was not promised, and what was promised and is not there."""
    more = [
        f"{each} is not promised"
        for group, other in zip(found, wanted, strict=True)
        for each in group - other
    ]
    return sorted(more) + sorted(
        f"{each} is missing" for group, other in zip(found, wanted, strict=True) for each in other - group
    )


@type_checking.one_after_another
def test_mypy_strict(folder: Path) -> None:
    done = type_checking.mypy(folder, [snippet.name for snippet in SNIPPETS], "--output", "json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    errors = {
        (Path(each["file"]).name, each["line"], each["code"]) for each in found if each["severity"] == "error"
    }
    revealed = {
        (Path(each["file"]).name, each["line"], each["message"].removeprefix('Revealed type is "')[:-1])
        for each in found
        if each["message"].startswith("Revealed type")
    }
    assert not differences((errors, revealed), promised(0)), done.stderr


def test_pyright_strict(folder: Path) -> None:
    settings = {
        "include": [snippet.name for snippet in SNIPPETS],
        "reportUnusedExpression": False,  # of what a line does, snippets use nothing
    }
    done = type_checking.pyright(folder, "--outputjson", paths=["."], settings=settings)
    found = [
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1, each)
        for each in json.loads(done.stdout)["generalDiagnostics"]
    ]
    errors = {(name, line, each["rule"]) for name, line, each in found if each["severity"] == "error"}
    revealed = {
        (name, line, re.sub(r'^Type of ".*" is "(.*)"$', r"\1", each["message"]))
        for name, line, each in found
        if each["severity"] == "information"
    }
    assert not differences((errors, revealed), promised(1))


def test_ruff_on_everything_generated() -> None:
    """Golden modules of one file and of several, and those of the examples, by rules that people choose."""
    options = ["--isolated", "--no-cache", "--line-length", "110", "--target-version", "py311"]
    options += ["--select", "E,F,W,I,B,UP,N,C4,SIM,RET,PTH,S,RUF,T20"]
    # the user's names are the user's: that case has as odd ones as can be
    options += ["--per-file-ignores", f"{expected('names')}:N"]
    every = [*FOLDER.glob("*/expected.py"), *(FOLDER / "imports").rglob("*.py")]
    every += (ROOT / "examples").glob("*/generated/*.py")
    ruff = str(Path(sys.executable).with_name("ruff"))
    done = subprocess.run([ruff, "check", *options, *every], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert len(every) > 10


def test_snippets_promise_something() -> None:
    errors, revealed = promised(0)
    assert len(SNIPPETS) == 5
    assert len(errors) > 40
    assert len(revealed) >= 9
