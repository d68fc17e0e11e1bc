"""The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit at commits to a real repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nightly import unmeasured

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: mlsig-fmt
        language: system
      - id: mlsig-check
        language: system
      - id: mlsig-compile
        language: system
"""
SOURCE = "schema Answer {\n  text: str\n}\n"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command, in a folder, with nothing of whoever runs the tests."""
    names = {
        f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {
        **{k: value for k, value in unmeasured().items() if not k.startswith(("GIT_", "PRE_COMMIT"))},
        **names,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "PRE_COMMIT_COLOR": "never",
    }

    def ran(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    return ran


def repository(folder: Path, run: Run) -> str:
    """Commit all that is in a folder, and return the name of the commit."""
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        done = run("git", *words, cwd=folder)
        assert done.returncode == 0, done.stderr
    return run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


def test_a_commit_holds_nothing_broken_ugly_or_stale(tmp_path: Path, run: Run) -> None:
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    (project / "schemas").mkdir(parents=True)
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    revision = repository(hooks, run)
    (project / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    (project / "pyproject.toml").write_text(
        '[tool.mlsig]\nsrc = ["schemas"]\nout = "app"\n', encoding="utf-8"
    )
    source = project / "schemas" / "qa.mlsig"
    source.write_text(SOURCE, encoding="utf-8")
    config = CONFIG.format(repository=hooks.as_posix(), revision=revision)
    (project / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    assert run("mlsig", "compile", cwd=project).returncode == 0
    repository(project, run)
    assert run("pre-commit", "install", cwd=project).returncode == 0

    def committed(text: str) -> tuple[bool, str]:
        source.write_text(text, encoding="utf-8")
        done = run("git", "commit", "-a", "-m", "next", cwd=project)
        return done.returncode == 0, done.stdout + done.stderr

    fine, said = committed("schema Answer { text: string }\n")
    assert not fine
    assert "MLS0301" in said

    fine, said = committed("schema Answer{text:str note:str?}")
    assert not fine
    assert "files were modified by this hook" in said
    laid_out = source.read_text(encoding="utf-8")
    assert laid_out == "schema Answer {\n  text: str\n  note: str?\n}\n"

    fine, said = committed(laid_out)
    assert not fine
    assert re.search(r"stale: \S*qa\.py: its source has changed", said)

    assert run("mlsig", "compile", cwd=project).returncode == 0
    fine, said = committed(laid_out)
    assert fine, said
    assert said.count("Passed") == 3
