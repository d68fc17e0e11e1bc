"""The stored parse tables are those of the grammar."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import lark
import pytest
from mlsig_compiler.parse import tables
from mlsig_compiler.parse.machine import Machine, Token
from mlsig_compiler.source import Span

ROOT = Path(__file__).resolve().parents[2]
GRAMMAR = (ROOT / "grammar" / "mlsig.lark").read_text(encoding="utf-8")
STORED = ROOT / "grammar" / tables.FILE
SOURCES = sorted([*(ROOT / "examples").glob("*/*.mlsig"), *(ROOT / "std").glob("*.mlsig")])


def test_the_stored_tables_belong_to_the_grammar(update_golden: bool) -> None:
    if update_golden:
        tables.write(STORED)
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert stored["key"] == json.loads(tables.dumped(GRAMMAR))["key"]


def test_stored_and_computed_tables_are_the_same() -> None:
    assert tables.stored(GRAMMAR) == tables.computed(GRAMMAR)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_machine_reads_what_lark_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parser = lark.Lark(GRAMMAR, parser="lalr", lexer="contextual", start="file", keep_all_tokens=False)
    read = Machine(tables.load(), Shapes()).parse("file", text, Span(0, len(text)), [])
    assert read == shape(parser.parse(text))


class Shapes:
    """A builder of nested tuples: the name of each rule and what it holds."""

    def __getattr__(self, name: str) -> object:
        return lambda parts: (name, *(part.text if isinstance(part, Token) else part for part in parts))


def shape(node: object) -> object:
    if isinstance(node, lark.Tree):
        return (str(node.data), *(shape(child) for child in node.children))
    return node


@pytest.mark.parametrize("content", [None, '{"key": "of another grammar"}'])
def test_tables_that_do_not_belong_are_computed(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / tables.FILE).write_text(content, encoding="utf-8")
    expected = tables.load()
    (tmp_path / "mlsig.lark").write_text(GRAMMAR, encoding="utf-8")
    monkeypatch.setattr(tables, "folder", lambda _: tmp_path)
    assert tables.stored(GRAMMAR) is None
    assert tables.load() == expected


def test_written_tables_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.write(tmp_path / tables.FILE)
    monkeypatch.setattr(tables, "folder", lambda _: tmp_path)
    assert tables.stored(GRAMMAR) == tables.computed(GRAMMAR)


def test_they_are_written_by_a_command() -> None:
    before = STORED.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "mlsig_compiler.parse"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith(tables.FILE)
    assert done.stderr == ""
    assert STORED.read_bytes() == before


def test_a_run_does_without_lark() -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from mlsig_compiler.front import analyse\n"
        "from mlsig_compiler.source import Source\n"
        "analyse(Source(Path('a.mlsig'), 'a', 'enum A { x } enum'))\n"
        "assert 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
