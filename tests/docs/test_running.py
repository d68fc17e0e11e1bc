"""The commands of docs/running.md print what the page shows, but for times."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from docs.test_documents import ROOT, blocks
from misbehaving import Behaviour, Misbehaving, answer, status

PAGE = ROOT / "docs" / "running.md"
SCRIPTS: dict[str, list[Behaviour]] = {
    "run": [status(429), answer("Opinion: Positive")],
    "eval": [answer("opinion: positive")],
}


def plain(text: str) -> str:
    """Return text with every figure that a clock or chance made as 0, and columns as one blank."""
    lines = [re.sub(r" +", " ", line).strip() for line in text.splitlines()]
    timed = [line for line in lines if not line.startswith(("latency", "score"))]
    return re.sub(r"\d+\.\d\d s", "0 s", "\n".join(timed))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("running")
    for block in blocks(PAGE):
        if block.name:
            (folder / block.name).write_text(block.text, encoding="utf-8")
    done = mlsig(folder, "", "compile", "reviews.mlsig", "--out", ".")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def mlsig(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlsig_compiler", *words],
        cwd=folder,
        env={**os.environ, "FILMS_URL": url, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


COMMANDS = [block for block in blocks(PAGE) if block.text.startswith("$ mlsig ")]


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.text.split()[2])
def test_the_page_shows_what_is_printed(project: Path, block: object) -> None:
    command, _, output = block.text.partition("\n")  # type: ignore[attr-defined]
    words = shlex.split(command)[2:]
    with Misbehaving() as server:
        server.script(*SCRIPTS[words[0]])
        done = mlsig(project, server.url, *words)
    assert done.returncode == 0, done.stderr
    assert plain(done.stdout + done.stderr) == plain(output)


def test_both_verbs_are_shown() -> None:
    assert [block.text.split()[2] for block in COMMANDS] == ["run", "eval"]
