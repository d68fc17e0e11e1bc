"""`mlsig diff`: files, folders and revisions of git, against each other."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from in_process import Shell
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE

OLD = "schema A {\n  x: int\n  y: int?\n}\n"
NEW = "schema A {\n  x: int(0..9)\n  y: int?\n  z: str? = null\n}\n"
SAID = """\
b.mlsig:2:3: CH204 breaks callers, data: A.x: `int` has become `int(0..9)`
b.mlsig:4:3: CH203 safe: A.z: the field `z` is new
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "a.mlsig").write_text(OLD, encoding="utf-8")
    (tmp_path / "b.mlsig").write_text(NEW, encoding="utf-8")
    return Shell(tmp_path)


def test_files(shell: Shell) -> None:
    done = shell("diff", "a.mlsig", "b.mlsig")
    assert done == (FINDINGS, SAID, "2 changes, 1 breaking: breaks callers, data\n")
    assert shell("diff", "a.mlsig", "a.mlsig") == (OK, "", "nothing changed\n")
    assert shell("diff", "a.mlsig", "b.mlsig", "--breaking", "runs").returncode == OK
    assert shell("diff", "a.mlsig", "b.mlsig", "--breaking", "runs,data").returncode == FINDINGS
    assert shell("diff", "a.mlsig", "b.mlsig", "--breaking", "me").returncode == USAGE


def test_json(shell: Shell) -> None:
    done = shell("diff", "a.mlsig", "b.mlsig", "--json")
    first, second = json.loads(done.stdout)
    assert first == {
        "code": "CH204",
        "title": "a type accepts less",
        "breaks": ["callers", "data"],
        "module": "b",
        "name": "A.x",
        "message": "`int` has become `int(0..9)`",
        "path": "b.mlsig",
        "line": 2,
        "column": 3,
    }
    assert second["breaks"] == []


def test_folders(shell: Shell) -> None:
    for name, text in (("old", "type T = int\n"), ("new", "type T = str\n")):
        (shell.folder / name / "deep").mkdir(parents=True)
        (shell.folder / name / "deep" / "t.mlsig").write_text(text, encoding="utf-8")
        use = "from deep.t import T\nschema U { t: T }\n"
        (shell.folder / name / "use.mlsig").write_text(use, encoding="utf-8")
    done = shell("diff", "old", "new")
    assert [line.split(": ")[0:2] for line in done.stdout.splitlines()] == [
        ["new/deep/t.mlsig:1:6", "CH206 breaks callers, data"],
        ["new/use.mlsig:2:12", "CH206 breaks callers, data"],
    ]


def test_what_is_broken_cannot_be_compared(shell: Shell) -> None:
    (shell.folder / "b.mlsig").write_text("schema A { x: string }\n", encoding="utf-8")
    done = shell("diff", "a.mlsig", "b.mlsig")
    assert done.returncode == FINDINGS
    assert "MLS0301" in done.stdout
    assert done.stderr == "versions with mistakes cannot be compared\n"


def test_wrong_use(shell: Shell) -> None:
    assert shell("diff", "a.mlsig").returncode == USAGE
    assert shell("diff", "a.mlsig", "v1").returncode == USAGE
    assert shell("diff", "--against", "main").returncode == USAGE
    (shell.folder / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["s"]\n', encoding="utf-8")
    done = shell("diff", "--against", "main", "/")
    assert (done.returncode, done.stdout) == (USAGE, "")


# Revisions


def git(folder: Path, *words: str) -> None:
    names = {
        f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", *words], cwd=folder, env={**clean, **names, **nowhere}, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Two versions that were committed, and a third that was not."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "app" / "schemas").mkdir(parents=True)
    (folder / "app" / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["schemas"]\n', encoding="utf-8")
    path = folder / "app" / "schemas" / "a.mlsig"
    git(folder, "init", "-q")
    for text, tag in ((OLD, "v1"), (NEW, "v2")):
        path.write_text(text, encoding="utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", tag)
        git(folder, "tag", tag)
    path.write_text(f"{NEW}\nenum E {{ x }}\n", encoding="utf-8")
    return Shell(folder / "app")


def test_two_revisions(repository: Shell) -> None:
    done = repository("diff", "v1", "v2")
    assert (done.returncode, done.stdout) == (FINDINGS, SAID.replace("b.mlsig", "v2:app/schemas/a.mlsig"))
    assert repository("diff", "v2", "HEAD") == (OK, "", "nothing changed\n")


def test_the_files_as_they_are_against_a_revision(repository: Shell) -> None:
    done = repository("diff", "--against", "v2")
    assert done.returncode == OK
    assert done.stdout.splitlines()[-1].startswith("schemas/")  # from here, as one would name it
    assert done.stdout.endswith("schemas/a.mlsig:7:6: CH102 safe: E: the enum `E` is new\n")
    assert done.stderr == "1 change, 0 breaking: breaks nobody\n"
    assert repository("diff", "--against", "v1", "schemas/a.mlsig").returncode == FINDINGS
    assert repository("diff", "v1", "schemas").returncode == FINDINGS


def test_a_file_that_was_not_there_declares_nothing(repository: Shell) -> None:
    later = repository.folder / "schemas" / "later.mlsig"
    later.write_text("enum Later { x }\n", encoding="utf-8")
    try:
        done = repository("diff", "--against", "v1", "schemas/later.mlsig")
    finally:
        later.unlink()
    assert (done.returncode, done.stderr) == (OK, "1 change, 0 breaking: breaks nobody\n")


@pytest.mark.parametrize("revision", ["v9", "--output=x", "HEAD:app"])
def test_a_revision_that_is_none(repository: Shell, revision: str) -> None:
    done = repository("diff", f"--against={revision}")
    assert done.returncode == USAGE
    assert done.stderr.startswith(f"error: git has no revision `{revision}`; `git fetch` ")
    assert not (repository.folder / "x").exists()


def test_outside_of_a_repository_or_without_git(
    repository: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert repository("diff", "--against", "v1", str(tmp_path)).returncode == USAGE
    monkeypatch.setenv("PATH", str(tmp_path))
    done = repository("diff", "--against", "v1")
    assert (done.returncode, done.stderr) == (USAGE, "error: git is not installed\n")


def test_what_cannot_be_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (shell.folder / "b.mlsig").write_bytes(b"\xff")
    assert "MLS0101" in shell("diff", "a.mlsig", "b.mlsig").stdout

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mlsig_compiler.files.project.find", full)
    assert shell("diff", "a.mlsig", "b.mlsig") == (STORAGE, "", "error: a file: No space left on device\n")
