"""The tutorial, followed to its end: every file is written, every command runs, in the order of the page.

A simulated model answers, which finds every review positive: what the real one answers is shown by
`make demo` and the tests that are marked `model`. So figures are not compared, but all the words around them.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from docs.test_documents import ROOT, blocks
from simulated_server import serving

PAGE = ROOT / "docs" / "tutorial.md"
# One after another, in one folder.
pytestmark = pytest.mark.xdist_group("tutorial")
COMMANDS = [
    block for block in blocks(PAGE) if block.language == "console" and "pip install" not in block.text
]


def ran(command: str, folder: Path, url: str) -> str:
    """Run a command of the page, with the simulated model for the local one, and return what it prints."""
    words = [word for word in shlex.split(command) if word != "--local"]
    if words[:3] == ["mlsig", "local", "--"]:
        words = words[3:]
    program = [sys.executable] if words[0] == "python" else [sys.executable, "-m", "mlsig_compiler"]
    done = subprocess.run(
        [*program, *words[1:]],
        cwd=folder,
        env=os.environ | {"MLSIG_LOCAL_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, command + done.stdout + done.stderr
    return done.stdout + done.stderr


def words_of(text: str) -> list[str]:
    """Return the lines without their figures, and without those that are left out."""
    lines = (re.sub(r"\s+", " ", re.sub(r"[\d.,\[\]]+", "", line)).strip() for line in text.splitlines())
    return [line for line in lines if line and line != "…"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tutorial")
    for block in blocks(PAGE):
        if block.name:
            (made / block.name).write_text(block.text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def followed(folder: Path) -> Path:
    """The folder, after every command has run and said what the page shows."""
    with serving() as bill:
        bill.text = "positive"
        for block in COMMANDS:
            command, _, shown = block.text.removeprefix("$ ").partition("\n")
            printed = words_of(ran(command, folder, bill.url))
            assert not [line for line in words_of(shown) if line not in printed], command
    return folder


def test_the_calls_in_the_readme_run_with_what_was_chosen(followed: Path) -> None:
    (block,) = [block for block in blocks(ROOT / "README.md") if block.language == "py" and not block.name]
    text = block.text.replace("generated.sentiment", "generated.reviews")  # which declares the same
    assert text != block.text
    (followed / "calls.py").write_text(text + "print(answer.sentiment)\n", encoding="utf-8")
    with serving() as bill:
        bill.text = "positive"
        printed = ran("python calls.py", followed, bill.url)
    assert "a small, warm and clever film" not in printed
    assert printed.endswith("positive\n")


def test_every_command_runs_writes_the_report_and_keeps_the_run(followed: Path) -> None:
    assert (followed / "report.html").stat().st_size > 100_000
    assert (followed / "runs.db").exists()
