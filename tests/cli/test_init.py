"""`mlsig init`: what it writes is in order, type-checks, and runs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import type_checking
from in_process import Shell
from misbehaving import Misbehaving, answer
from mlsig_compiler import standard, starting
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE, main
from mlsig_compiler.model import EnvRef, Provider

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A project that was started and not touched."""
    shell = Shell(tmp_path_factory.mktemp("started"))
    done = shell("init", "Front Desk", "--provider", "local")
    assert done.returncode == OK, done.stderr
    assert "wrote\n  pyproject.toml\n  schemas/triage.mlsig\n" in done.stdout
    assert "next\n  cd Front Desk\n" in done.stdout
    return Shell(shell.folder / "Front Desk")


def python(shell: Shell, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "compiler"), str(ROOT / "runtime")]),
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=shell.folder,
        env={**environment, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    "words", [("fmt", "--check"), ("lint",), ("compile", "--check")], ids=lambda words: words[0]
)
def test_it_is_in_order(desk: Shell, words: tuple[str, ...]) -> None:
    done = desk(*words)
    assert done.returncode == OK, done


@type_checking.one_after_another
def test_it_type_checks(desk: Shell) -> None:
    files = ["main.py", "scoring.py", "test_triage.py", "generated/triage.py"]
    done = type_checking.mypy(desk.folder, files, paths=[ROOT / "compiler"])
    assert done.returncode == 0, done.stdout


def test_it_runs(desk: Shell) -> None:
    with Misbehaving() as server:
        server.script(answer("Mood: cross\nPriority: 4\nSummary: A parcel is late."))
        done = python(desk, "main.py", "Where", "is", "it?", MLSIG_LOCAL_URL=server.url)
    assert (done.returncode, done.stdout) == (0, "cross, priority 4: A parcel is late.\n"), done.stderr
    assert "Where is it?" in str(server.requests[0].body)
    done = python(desk, "main.py", MLSIG_LOCAL_URL="http://127.0.0.1:9/v1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")


def test_its_own_test_passes(desk: Shell) -> None:
    done = python(desk, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_triage.py")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_it_is_measured(desk: Shell) -> None:
    with Misbehaving() as server:
        server.script(*[answer("Mood: calm\nPriority: 1\nSummary: A question.")] * 4)
        done = python(
            desk,
            "-m",
            "mlsig_compiler",
            "eval",
            "triage:Sort",
            "--data",
            "test.jsonl",
            MLSIG_LOCAL_URL=server.url,
        )
    assert done.returncode == 0, done.stderr
    assert "right" in done.stdout


def test_providers_are_those_of_the_library() -> None:
    found = standard.module("std.providers")
    assert found is not None
    declared = [each for each in found.module.declarations if isinstance(each, Provider)]
    keys = {each.name: each.key.name if isinstance(each.key, EnvRef) else "" for each in declared}
    assert keys == starting.KEYS


def test_a_project_that_is_there_gets_what_is_missing(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "old"\n', encoding="utf-8")
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    assert shell("init").returncode == OK
    project = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert project == '[project]\nname = "old"\n\n[tool.mlsig]\nsrc = ["schemas"]\nout = "generated"\n'
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine\n"
    done = shell("init")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "has [tool.mlsig] already" in done.stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "main.py").write_text("mine\n", encoding="utf-8")
    done = shell("init")
    assert done.returncode == USAGE
    assert "main.py would be overwritten" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.py"]
    (tmp_path / "pyproject.toml").write_text("[tool", encoding="utf-8")
    assert "is not TOML" in shell("init").stderr
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert shell("init", "file").returncode == STORAGE


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "provider"), [("\n", "openai"), ("chatgpt\nGroq\n", "groq")])
def test_a_terminal_is_asked(
    typed: str,
    provider: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["init", "x"]) == OK
    said = capsys.readouterr().out
    assert said.count("Who serves the model? [openai] anthropic, google, groq, local: ") == typed.count("\n")
    assert f"export {starting.KEYS[provider]}=…" in said
    assert f"from std.providers import {provider}\n" in (tmp_path / "x/schemas/triage.mlsig").read_text()


def test_what_does_not_compile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that is broken would be a bug; its exit code is that of compiling."""
    monkeypatch.setattr(starting, "SCHEMA", "schema {")
    assert Shell(tmp_path)("init", "x").returncode == FINDINGS


def test_names() -> None:
    assert [starting.named(name) for name in ("Front Desk!", "---", "a_b")] == [
        "front-desk",
        "project",
        "a-b",
    ]
