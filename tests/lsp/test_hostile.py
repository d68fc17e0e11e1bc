"""Whatever is typed, every question has an answer: random edits, asked about in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.lsp import colouring, completing, finding, hinting, hovering, mending, outlining, renaming
from mlsig_compiler.lsp.diagnosing import diagnostics
from mlsig_compiler.lsp.glance import glance
from mlsig_compiler.lsp.linting import Linting
from mlsig_compiler.lsp.places import Encoding, Places
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.parse import parse
from mlsig_compiler.source import Source, Span
from nightly import examples

from .conftest import KINDS, QA

ROOT = Path(__file__).resolve().parents[2]
SPACE = """from std.standard import standard
from std.reasoning import max_hops, reasoning as way

space Tuning extends standard {
  include way
  override var temperature: float(0.0..1.0, step=0.1) = 0.5 { when way == ReAct: (0.0..0.5) = 0.2 }
  when way == ReAct { include max_hops }
  composite cost: float = max_tokens * 2.0
  constraint small: max_tokens <= model.context_window
}
resource Note { status: State = open { open -> closed }  belongs_to other: Note?  has_many notes: Note
  calculate count: int = len(notes)  action go(x: json = {}) = python("a.b:c.d")
  before update = python("a:b") }
enum State { open, closed }
program P { signature: Answer space: Tuning metric m = python("m:n") maximize m weight 0.5 }
"""
RESEARCH = (ROOT / "examples" / "research" / "research.mlsig").read_text(encoding="utf-8")
PIECES = [
    "", " ", "\n", "\r\n", "{", "}", "(", ")", '"', '"""', "#", "@", ".", ":", "=", "😀",
    "\u2028", "\x00", "é", "a",
    "signature A {", "from qa import Answer\n", "from typing import X", "space S {", "when x == ",
    "python(\"a:b\")",
    "schema A extends A { a: A }", "type T = T", "== ", "import", "extends Passage", "\ufeff", "\ud800",
]  # fmt: skip
edit = st.tuples(st.integers(0, 4000), st.integers(0, 30), st.sampled_from(PIECES))
edits = st.lists(edit, min_size=1, max_size=4)


def ask_everything(sheet: Sheet, offset: int) -> None:
    """Ask every question about a place; answers may be empty, and must be."""
    hovering.hover(sheet, offset)
    items = completing.complete(sheet, offset)
    for item in items[:3]:
        completing.described(sheet, item)
    for each in finding.definition(sheet, offset):
        assert each.range.start.line >= 0
    finding.references(sheet, offset, declared=True)
    finding.highlights(sheet, offset)
    try:
        renaming.prepared(sheet, offset)
        renaming.renamed(sheet, offset, "another_name")
    except renaming.Refused as refused:
        assert str(refused)
    for symbol in outlining.symbols(sheet):
        assert symbol.range.start <= symbol.selection_range.start
        assert symbol.selection_range.end <= symbol.range.end
    outlining.folds(sheet)
    data = colouring.tokens(sheet).data
    assert all(number >= 0 for number in data)
    whole = Span(0, len(sheet.text))
    hinting.hints(sheet, whole)
    mending.layout(sheet)
    linting = Linting(sheet.workspace)
    found = [*sheet.workspace.files[sheet.module].found, *linting.now(sheet.module)]
    mending.actions(sheet, found, whole, None, linting.found)
    diagnostics(found, sheet)


@examples(15)
@given(st.sampled_from([QA, KINDS, SPACE, RESEARCH]), edits, st.integers(0, 4000))
def test_random_edits(text: str, changes: list[tuple[int, int, str]], place: int) -> None:
    workspace = Workspace()
    workspace.put(Path("/nowhere/typed.mlsig"), text, 1)
    workspace.put(Path("/nowhere/shared/kinds.mlsig"), KINDS, 1)
    for at, length, piece in changes:
        start = at % (len(text) + 1)
        text = text[:start] + piece + text[start + length :]
        module = workspace.put(Path("/nowhere/typed.mlsig"), text, 1)
        workspace.check(module)
    ask_everything(Sheet(workspace, workspace.files[module].source), place % (len(text) + 1))


@examples(15)
@given(
    st.text(st.sampled_from("a😀é\r\n\u2028 ")),
    st.integers(0, 30),
    st.sampled_from(["utf-8", "utf-16", "utf-32"]),
)
def test_places_there_and_back(text: str, offset: int, encoding: Encoding) -> None:
    places = Places(text, encoding)
    offset = min(offset, len(text))
    position = places.position(offset)
    units = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    before = text[places.starts[position.line] : offset]
    assert position.character == len(before.encode(units)) // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    inside_break = text[offset - 1 : offset + 1] == "\r\n"
    if not inside_break and not before.endswith("\r"):
        assert places.offset(position) == offset


PAIR = """
enum Verdict{n} {{ supported, refuted }}

signature Step{n} {{
  input question: str(min_length=3)
  output verdict: Verdict{n}
  check c: verdict != Verdict{n}.refuted
}}
"""
LARGE = "# a large file\n" + "".join(PAIR.format(n=n) for n in range(20)) + "schema Last { v: strng }\n"


@examples(15)
@given(st.integers(15, len(LARGE)), st.integers(0, 12), st.sampled_from([*PIECES, "Verdict3", "Step", "1"]))
def test_a_first_look_finds_what_the_whole_proof_finds(at: int, length: int, piece: str) -> None:
    workspace = Workspace()
    path = Path("/nowhere/large.mlsig")
    module = workspace.put(path, LARGE, 1)
    workspace.check(module)
    text = LARGE[:at] + piece + LARGE[at + length :]
    workspace.put(path, text, 2)
    looked = workspace.glance(module)
    if text == LARGE or looked is None:
        return
    workspace.check(module)
    whole = workspace.files[module].found
    # a bracket that is not closed is one mistake for the whole, and may be another for a part
    if any(each.code in ("MLS0102", "MLS0104", "MLS0105", "MLS0110") for each in (*looked, *whole)):
        return
    assert {(each.code, each.span) for each in looked} == {(each.code, each.span) for each in whole}


def test_a_first_look_reads_little() -> None:
    workspace = Workspace()
    path = Path("/nowhere/large.mlsig")
    module = workspace.put(path, LARGE, 1)
    workspace.check(module)
    text = LARGE.replace("Verdict7 {", "Verdict77 {")
    workspace.put(path, text, 2)
    proved = workspace.files[module].proved
    assert proved is not None
    seen = glance(proved, workspace.files[module].source)
    assert seen is not None
    assert "Step7" in seen.source.text
    assert "Step6" not in seen.source.text
    assert "Step8" not in seen.source.text
    found = workspace.glance(module)
    assert found is not None
    assert [text[each.span.start : each.span.end] for each in found] == ["Verdict7", "Verdict7", "strng"]


def test_places_that_there_are_not() -> None:
    places = Places("ab\n😀c")
    assert places.offset(types.Position(9, 0)) == len("ab\n😀c")
    assert places.offset(types.Position(0, 99)) == 2
    assert places.offset(types.Position(1, 1)) == 4  # in the middle of a pair


def test_circles_and_files_that_come_and_go(tmp_path: Path) -> None:
    (tmp_path / "a.mlsig").write_text("from b import B\nschema A { b: B }\n", encoding="utf-8")
    (tmp_path / "b.mlsig").write_text("from a import A\nschema B { a: A? }\n", encoding="utf-8")
    (tmp_path / "c.mlsig").write_text("from d import D\nschema C { d: D }\n", encoding="utf-8")
    workspace = Workspace([tmp_path])

    def settle() -> dict[str, list[str]]:
        workspace.scan()
        while (module := next(workspace.stale(), None)) is not None:
            workspace.check(module)
        return {name: [each.code for each in file.found] for name, file in workspace.files.items()}

    assert settle() == {"a": ["MLS0322"], "b": [], "c": ["MLS0320"]}
    (tmp_path / "d.mlsig").write_text("enum D { x }\n", encoding="utf-8")
    (tmp_path / "b.mlsig").write_text("schema B { x: int }\n", encoding="utf-8")
    assert settle() == {"a": [], "b": [], "c": [], "d": []}
    (tmp_path / "d.mlsig").unlink()
    assert settle() == {"a": [], "b": [], "c": ["MLS0320"]}


def test_what_is_said_again_costs_no_second_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is parsed again only when its own text has changed."""
    parsed: list[str] = []
    import mlsig_compiler.imports as reading  # noqa: PLC0415

    def counting(source: Source, diagnostics: Diagnostics) -> object:
        parsed.append(source.module)
        return parse(source, diagnostics)

    monkeypatch.setattr(reading, "parse", counting)
    workspace = Workspace()
    module = workspace.put(Path("/nowhere/qa.mlsig"), QA, 1)
    workspace.put(Path("/nowhere/shared/kinds.mlsig"), KINDS, 1)
    workspace.check(module)
    assert sorted(parsed) == ["qa", "shared.kinds"]
    workspace.put(Path("/nowhere/shared/kinds.mlsig"), KINDS.replace("# What", "# That which"), 2)
    assert workspace.check("shared.kinds") == ["shared.kinds"]
    assert list(workspace.stale()) == []  # nothing that others see has changed
    workspace.put(Path("/nowhere/shared/kinds.mlsig"), KINDS.replace("score:", "rank:"), 3)
    workspace.check("shared.kinds")
    assert list(workspace.stale()) == [module]
    workspace.check(module)
    assert parsed[2:] == ["shared.kinds", "shared.kinds"]
    assert [each.code for each in workspace.files[module].found] != []
