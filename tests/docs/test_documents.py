"""Every example in the documentation compiles, runs, and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/README.md")])
SHOWN = ("$ mlsig infer", "$ mlsig graph", "$ mlsig import", "$ mlsig space", "$ mlsig fmt", "$ mlsig diff")
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language, the file name after it, its text, and where it stands."""

    page: Path
    line: int
    language: str
    name: str
    text: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text[: match.start()].count("\n") + 1, match[1], match[2] or "", match[3])
        for match in FENCE.finditer(text)
    ]


def named(language: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page) if block.language == language]


def mlsig(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mlsig_compiler", *words]
    environment = dict(os.environ)  # without the COLUMNS that readline sets where Python does not see it
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def ids(block: Block) -> str:
    return f"{block.page.relative_to(ROOT)}:{block.line}"


@pytest.mark.parametrize("block", named("mlsig"), ids=ids)
def test_every_mlsig_block_is_free_of_findings(block: Block, tmp_path: Path) -> None:
    (tmp_path / "page.mlsig").write_text(block.text, encoding="utf-8")
    done = mlsig("check", "page.mlsig", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", named("baml"), ids=ids)
def test_every_baml_block_is_taken_by_bamls_own_compiler(block: Block, tmp_path: Path) -> None:
    (tmp_path / "baml_src").mkdir()
    (tmp_path / "baml_src" / "page.baml").write_text(block.text, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("baml-cli")), "check", "--from", "baml_src"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")], ids=str
)
def test_python_blocks_run_after_the_files_of_their_page(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named blocks are written first, `.mlsig` ones compiled; then the Python blocks run in order in one
    namespace.
    """
    for block in blocks(page):
        if block.name:
            (tmp_path / block.name).write_text(block.text, encoding="utf-8")
    if any(tmp_path.glob("*.mlsig")):
        done = mlsig("compile", ".", "--out", "generated", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    ours = logging.getLogger("mlsig")
    monkeypatch.setattr(ours, "level", ours.level)  # for the tests after this
    for name in [name for name in sys.modules if name.split(".")[0] == "generated"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, "mlsig.importer", raising=False)
    before = set(sys.modules)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(block.text, ids(block), "exec", dont_inherit=True), namespace)
            assert output.getvalue().strip() == promised(block)
    for name in set(sys.modules) - before:
        file = str(getattr(sys.modules[name], "__file__", ""))
        if name == "mlsig.importer" or file.startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```console\n$ mlsig " in page.read_text(encoding="utf-8")], ids=str
)
def test_commands_print_what_their_page_shows(page: Path, tmp_path: Path) -> None:
    """A block of these verbs shows what that prints: standard output, then the notes."""
    for block in blocks(page):
        if block.name:
            (tmp_path / block.name).write_text(block.text, encoding="utf-8")
    shown = [block for block in blocks(page) if block.text.startswith(SHOWN)]
    for block in shown:
        command, _, output = block.text.partition("\n")
        prompt, program, *words = shlex.split(command)
        assert (prompt, program) == ("$", "mlsig"), ids(block)
        done = mlsig(*words, cwd=tmp_path)
        # the lines of these are shown for what is wrong
        assert done.returncode == bool({"--check", "--diff", "diff"} & {*words}), done.stderr
        assert done.stdout + done.stderr == output, ids(block)


def promised(block: Block) -> str:
    """Return what the text block right after a Python block says it prints, or nothing."""
    following = [other for other in blocks(block.page) if other.line > block.line]
    return following[0].text.strip() if following and following[0].language == "text" else ""


LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = [target for target in LINK.findall(prose) if not (page.parent / target).exists()]
    assert not broken
