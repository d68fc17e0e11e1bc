"""The stored parse tables are those of the grammar."""

from __future__ import annotations

import json
from pathlib import Path

import lark
import pytest
from mlsig_compiler.parse import tables
from mlsig_compiler.parse.build import Builder

ROOT = Path(__file__).resolve().parents[2]
GRAMMAR = (ROOT / "grammar" / "mlsig.lark").read_text(encoding="utf-8")
STORED = ROOT / "grammar" / tables.FILE
EXAMPLE = (ROOT / "examples" / "sentiment" / "sentiment.mlsig").read_text(encoding="utf-8")


def test_the_stored_tables_belong_to_the_grammar(update_golden: bool) -> None:
    if update_golden:
        tables.write(STORED)
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert stored["key"] == json.loads(tables.dumped(GRAMMAR))["key"]


def test_stored_and_computed_tables_read_alike() -> None:
    stored = tables.parser(Builder())
    computed = tables.computed(GRAMMAR, Builder())
    assert stored.source_path == "<deserialized>"
    assert stored.parse(EXAMPLE, start="file") == computed.parse(EXAMPLE, start="file")


@pytest.mark.parametrize("content", [None, '{"key": "of another grammar"}'])
def test_tables_that_do_not_belong_are_computed(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlsig.lark").write_text(GRAMMAR, encoding="utf-8")
    if content is not None:
        (tmp_path / tables.FILE).write_text(content, encoding="utf-8")
    monkeypatch.setattr(tables, "folder", lambda _: tmp_path)
    assert tables.parser(Builder()).source_path != "<deserialized>"


def test_written_tables_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.write(tmp_path / tables.FILE)
    monkeypatch.setattr(tables, "folder", lambda _: tmp_path)
    made = tables.parser(Builder())
    assert made.source_path == "<deserialized>"
    with pytest.raises(lark.UnexpectedInput):
        made.parse("enum", start="file")
