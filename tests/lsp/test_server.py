"""Each feature, as an editor asks for it."""

from __future__ import annotations

import asyncio
import sys

import pytest
from lsprotocol import types
from mlsig_compiler.cli import USAGE, main
from mlsig_compiler.lsp.colouring import TYPES
from mlsig_compiler.lsp.mending import ALL
from pygls.exceptions import JsonRpcException

from .conftest import KINDS, QA, Editor, taken

NAME = "schemas/qa.mlsig"
KINDS_NAME = "schemas/shared/kinds.mlsig"


@pytest.fixture
def qa(editor: Editor) -> Editor:
    """Return an editor that shows the two files as they are on disk."""
    assert editor.show(KINDS_NAME, KINDS) == []
    assert editor.show(NAME, QA) == []
    return editor


def labels(items: list[types.CompletionItem]) -> list[str]:
    return [item.label for item in items]


def complete(editor: Editor, text: str) -> list[types.CompletionItem]:
    """Return what completes a text at its `|`."""
    editor.show("schemas/typing.mlsig", text.replace("|", "", 1))
    before = text.partition("|")[0]
    line = before.rpartition("\n")[2]
    position = types.Position(before.count("\n"), len(line))
    return editor.ask(types.TEXT_DOCUMENT_COMPLETION, "schemas/typing.mlsig", position)


def test_findings_of_unsaved_and_broken_files_are_at_their_utf_16_places(editor: Editor) -> None:
    said = editor.show(
        "schemas/unsaved.mlsig", '# 😀\nschema A { a: str "😀😀" b: strng }\nschema B { c int }\n'
    )
    unknown, broken = said
    assert unknown.code == "MLS0301"
    assert taken(editor.texts[editor.uri("schemas/unsaved.mlsig")], unknown.range) == "strng"
    assert unknown.range.start.character == len('schema A { a: str "😀😀" b: ') + 2
    assert broken.code == "MLS0103"
    assert broken.range.start.line == 2
    assert editor.show("schemas/unsaved.mlsig", "schema A { a: str }\n") == []


def test_each_edit_of_a_large_file_is_looked_at(editor: Editor) -> None:
    name = "schemas/large.mlsig"
    text = "".join(f"schema A{n} {{ first: str  second: A{max(0, n - 1)}? }}\n" for n in range(200))
    assert editor.show(name, text) == []
    for kind in ("strng", "A1999", "strng"):
        wrong = text.replace("A100 { first: str", f"A100 {{ first: {kind}")
        (found,) = editor.show(name, wrong)
        assert taken(wrong, found.range) == kind
    assert editor.show(name, text) == []


def test_findings_come_for_files_that_are_not_open(editor: Editor) -> None:
    editor.write("schemas/elsewhere.mlsig", "schema E { e: strng }\n")
    uri = editor.uri("schemas/elsewhere.mlsig")
    editor.until(lambda: [each.code for each in editor.said.get(uri, [])] == ["MLS0301"])
    (editor.folder / "schemas" / "elsewhere.mlsig").unlink()
    gone = types.FileEvent(uri, types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    editor.until(lambda: editor.said[uri] == [])


def test_an_edit_changes_what_is_said_of_the_files_that_import_it(qa: Editor) -> None:
    qa.show(KINDS_NAME, KINDS.replace("score: probability = 0.5", "rank: int"))
    qa.until(lambda: any("score" in each.message for each in qa.said[qa.uri(NAME)]))
    qa.show(KINDS_NAME, KINDS)
    qa.until(lambda: qa.said[qa.uri(NAME)] == [])


def test_hover_shows_types_descriptions_sizes_and_prices(qa: Editor) -> None:
    text = (
        "from std.providers import openai\n"
        "space Tuning {\n"
        "  var provider: provider(openai) = openai\n"
        "  var model: model(provider)\n"
        "  var demos: int(0..7) = 4\n"
        "}\n"
    )
    assert qa.show("schemas/tuning.mlsig", text) == []

    def hover(name: str, text: str, offset: int = 0, nth: int = 1) -> str:
        found = qa.ask(types.TEXT_DOCUMENT_HOVER, name, qa.at(name, text, offset, nth=nth))
        return found.contents.value

    assert "input question: str(min_length=3)" in hover(NAME, "question:")
    assert "what the user asks" in hover(NAME, "question=question, ")
    assert "A retrieved piece of text" in hover(NAME, "Passage]")
    assert "a supported answer" in hover(NAME, "cited")
    assert "docs: list[Passage]" in hover(NAME, "docs =")
    assert "Find passages." in hover(NAME, '"corpus:search"', 3)
    assert "80 legal configurations" in hover("schemas/tuning.mlsig", "Tuning")
    assert "| `gpt-4` | 8,192 | 8,192 | 30.00 | 60.00 |" in hover("schemas/tuning.mlsig", "model:")
    assert "gpt-4o-mini" in hover("schemas/tuning.mlsig", "openai", 2)
    assert "how many characters" in hover(NAME, "len(")
    assert "a number in [0, 1]" in hover(KINDS_NAME, "probability")
    nothing = qa.ask(types.TEXT_DOCUMENT_HOVER, KINDS_NAME, types.Position(0, 3))
    assert nothing is None


STEP = "signature T { input q: str  output a: str }\n"


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("|", ["signature", "schema", "from"], ["input", "str", "and"]),
        ("signature A { in|", ["input"], ["schema", "var"]),
        ("schema P { a: s|", ["str", "Passage"], ["choice"]),
        ("enum K { x }\nschema P { a: |", ["K", "list", "Passage", "Verdict"], ["choice", "Answer"]),
        ("space S { var a: |", ["int", "choice", "provider"], ["str", "Passage"]),
        ("space S { var a: float(|", ["step=", "log"], ["pattern="]),
        ("schema P { a: str(|", ["min_length=", "pattern="], ["step="]),
        ("schema P { total: int  check c: t|", ["total", "startswith"], ["schema"]),
        ("enum K { x, y }\nschema P { k: K  check c: k == |", ["K.x", "k"], []),
        ("enum K { x, y }\nschema P { k: K  check c: k == K.|", ["x", "y"], ["K", "len"]),
        ("enum K { x, y }\nschema P { k: K = |", ["x", "y"], []),
        ("schema I { n: int }\nschema P { i: I  check c: i.|", ["n"], ["i"]),
        ("schema I { n: int }\nschema P { i: list[I]  check c: any(e.| for e in i)", [], ["i"]),
        ("schema I { n: int }\nschema P { i: list[I]  check c: i[0].|", ["n"], ["i"]),
        ("from |", ["std.sampling", "shared.kinds"], []),
        ("from shared.|", ["kinds"], []),
        ("from shared.kinds import |", ["Passage", "Verdict"], ["Answer"]),
        (f"{STEP}pipeline R(z: str) -> T {{ return T(|", ["q=", "z"], ["a="]),
        (f"{STEP}pipeline R(z: str) -> T {{ t = T(q=z) return t.|", ["a"], []),
        ("program P { |", ["signature:", "space:", "metric"], ["input"]),
        ("program P { signature: |", ["Answer"], ["Passage"]),
        ("space S { include |", ["top_p"], ["openai", "Answer"]),
        ("@|", ["open", "deprecated"], ["schema"]),
        ("provider p { protocol: |", ["openai"], ["tools"]),
        ('schema P { a: str "in a |', [], ["str", "Passage"]),
        ("# in a |", [], ["schema"]),
        ("schema P { a: strng! b: i|", ["int"], []),
    ],
)  # fmt: skip
def test_completion(editor: Editor, text: str, wanted: list[str], unwanted: list[str]) -> None:
    found = labels(complete(editor, text))
    assert set(wanted) <= set(found)
    assert not set(unwanted) & set(found)


def test_completion_adds_the_import(editor: Editor) -> None:
    items = {
        item.label: item for item in complete(editor, "from std.sampling import top_p\nschema P { a: Passa|")
    }
    (edit,) = items["Passage"].additional_text_edits
    assert edit.new_text == "\nfrom shared.kinds import Passage"
    assert edit.range.start == types.Position(0, len("from std.sampling import top_p"))
    resolved = editor.request(types.COMPLETION_ITEM_RESOLVE, items["Passage"])
    assert "A retrieved piece of text" in resolved.documentation.value


def test_definitions_across_files_and_into_python(qa: Editor) -> None:
    def definition(name: str, text: str, offset: int = 0) -> types.Location:
        (found,) = qa.ask(types.TEXT_DOCUMENT_DEFINITION, name, qa.at(name, text, offset))
        return found

    passage = definition(NAME, "Passage]")
    assert (passage.uri, qa.text_at(passage)) == (qa.uri(KINDS_NAME), "Passage")
    assert qa.text_at(definition(NAME, "each.score", 6)) == "score"
    assert qa.text_at(definition(NAME, "Mark.supported", 6)) == "supported"
    assert qa.text_at(definition(NAME, "query=question")) == "query"
    callable_ = definition(NAME, '"corpus:search"', 3)
    assert (callable_.uri, callable_.range.start) == (qa.uri("corpus.py"), types.Position(5, 4))
    assert definition(NAME, "shared.kinds", 3).uri == qa.uri(KINDS_NAME)


def test_references_in_all_files_under_any_name(qa: Editor) -> None:
    context = types.ReferenceContext(include_declaration=True)
    position = qa.at(KINDS_NAME, "Verdict")
    found = qa.ask(types.TEXT_DOCUMENT_REFERENCES, KINDS_NAME, position, context=context)
    assert sorted((each.uri.rpartition("/")[2], qa.text_at(each)) for each in found) == [
        ("kinds.mlsig", "Verdict"),
        ("qa.mlsig", "Mark"),
        ("qa.mlsig", "Mark"),
        ("qa.mlsig", "Mark"),
        ("qa.mlsig", "Verdict"),
    ]
    marked = qa.ask(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, NAME, qa.at(NAME, "docs ="))
    assert [each.kind for each in marked] == [
        types.DocumentHighlightKind.Write,
        types.DocumentHighlightKind.Read,
    ]


def edited(qa: Editor, name: str, edit: types.WorkspaceEdit) -> str:
    """Return the text of a file after an edit."""
    lines = qa.texts[qa.uri(name)].split("\n")
    edits = edit.changes.get(qa.uri(name), ())
    for each in sorted(edits, key=lambda one: one.range.start, reverse=True):
        at, line = each.range.start.line, lines[each.range.start.line]
        lines[at] = line[: each.range.start.character] + each.new_text + line[each.range.end.character :]
    return "\n".join(lines)


def test_renaming_in_all_files(qa: Editor) -> None:
    edit = qa.ask(types.TEXT_DOCUMENT_RENAME, KINDS_NAME, qa.at(KINDS_NAME, "score"), new_name="weight_of")
    assert edited(qa, KINDS_NAME, edit) == KINDS.replace("score:", "weight_of:")
    assert edited(qa, NAME, edit) == QA.replace("each.score", "each.weight_of")
    edit = qa.ask(types.TEXT_DOCUMENT_RENAME, NAME, qa.at(NAME, "Mark.supported"), new_name="Ruling")
    assert edited(qa, NAME, edit) == QA.replace("Mark", "Ruling")
    assert list(edit.changes) == [qa.uri(NAME)]
    named = qa.ask(types.TEXT_DOCUMENT_PREPARE_RENAME, NAME, qa.at(NAME, "question:"))
    assert named.placeholder == "question"


@pytest.mark.parametrize(
    ("name", "text", "new", "reason"),
    [
        (KINDS_NAME, "Passage", "Tone", "is imported and declared"),
        (KINDS_NAME, "Passage", "Verdict", "declared twice"),
        (KINDS_NAME, "score", "text", "declared twice"),
        (NAME, "question:", "not a name", "is no name"),
        (NAME, "question:", "class", "word of Python"),
        (NAME, '"corpus', "other", "rename it there"),
        (NAME, "each.score", "passages", "name of something else"),
        (NAME, "str(", "text", "no name here"),
        (NAME, "shared.kinds", "other", "rename the file"),
    ],
)
def test_renaming_is_refused_where_it_would_clash(
    qa: Editor, name: str, text: str, new: str, reason: str
) -> None:
    with pytest.raises(JsonRpcException, match=reason):
        qa.ask(types.TEXT_DOCUMENT_RENAME, name, qa.at(name, text), new_name=new)


def test_symbols_of_a_file_and_of_all(qa: Editor) -> None:
    found = qa.request(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, types.DocumentSymbolParams(qa.identifier(NAME)))
    assert [(each.name, each.detail) for each in found] == [
        ("Tone", "enum"),
        ("Answer", "signature"),
        ("search", "tool"),
        ("Research", "pipeline"),
    ]
    assert [each.name for each in found[3].children] == ["question", "docs"]
    everywhere = qa.request(types.WORKSPACE_SYMBOL, types.WorkspaceSymbolParams("Psg"))
    assert [(each.name, each.container_name) for each in everywhere] == [("Passage", "shared.kinds")]


def test_semantic_tokens_know_what_words_mean(qa: Editor) -> None:
    params = types.SemanticTokensParams(qa.identifier(NAME))
    data = qa.request(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, params).data
    lines = QA.split("\n")
    line = column = 0
    found = []
    for at in range(0, len(data), 5):
        down, right, length, kind, modifiers = data[at : at + 5]
        line, column = line + down, right if down else column + right
        found.append((lines[line][column : column + length], TYPES[kind], bool(modifiers & 1)))
    assert ("Tone", "enum", True) in found
    assert ("Mark", "enum", False) in found
    assert ("supported", "enumMember", False) in found
    assert ("score", "property", False) in found
    assert ("search", "function", True) in found
    assert len(found) == len(data) // 5


def test_folding(qa: Editor) -> None:
    found = qa.request(types.TEXT_DOCUMENT_FOLDING_RANGE, types.FoldingRangeParams(qa.identifier(NAME)))
    lines = QA.split("\n")
    assert [lines[each.start_line].split()[:2] for each in sorted(found, key=lambda one: one.start_line)] == [
        ["signature", "Answer"],
        ["pipeline", "Research(question:"],
    ]


def test_formatting_is_that_of_fmt_and_leaves_broken_files(editor: Editor) -> None:
    options = types.FormattingOptions(2, insert_spaces=True)
    editor.show("schemas/layout.mlsig", "enum A {x,y}\nschema   B{a:A}\n")
    params = types.DocumentFormattingParams(editor.identifier("schemas/layout.mlsig"), options)
    (edit,) = editor.request(types.TEXT_DOCUMENT_FORMATTING, params)
    text = "enum A {x,y}\nschema   B{a:A}\n"
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: edit.range.start.line]) + edit.range.start.character
    end = sum(len(line) + 1 for line in lines[: edit.range.end.line]) + edit.range.end.character
    assert text[:start] + edit.new_text + text[end:] == "enum A { x, y }\nschema B { a: A }\n"
    editor.show("schemas/layout.mlsig", "schema B { a A }\n")
    assert not editor.request(types.TEXT_DOCUMENT_FORMATTING, params)


def test_code_actions_make_the_mends_of_findings(editor: Editor) -> None:
    text = "schema B { a: string  p: Passage }\n"
    said = editor.show("schemas/mends.mlsig", text)
    assert {each.code for each in said} == {"MLS0301"}
    everywhere = types.Range(types.Position(0, 0), types.Position(1, 0))
    params = types.CodeActionParams(
        editor.identifier("schemas/mends.mlsig"), everywhere, types.CodeActionContext(said)
    )
    found = editor.request(types.TEXT_DOCUMENT_CODE_ACTION, params)
    titles = [each.title for each in found]
    assert any("from shared.kinds import Passage" in title for title in titles)
    (whole,) = [each for each in found if each.kind == ALL]
    (edit,) = whole.edit.changes[editor.uri("schemas/mends.mlsig")]
    assert edit.range == types.Range(types.Position(0, 0), types.Position(0, len("schema B { a: string")))
    assert edit.new_text == "from shared.kinds import Passage\n\nschema B { a: str"
    here = types.Range(types.Position(0, 15), types.Position(0, 15))
    params = types.CodeActionParams(
        editor.identifier("schemas/mends.mlsig"),
        here,
        types.CodeActionContext(said, only=[types.CodeActionKind.QuickFix]),
    )
    (only,) = editor.request(types.TEXT_DOCUMENT_CODE_ACTION, params)
    assert only.edit.changes[editor.uri("schemas/mends.mlsig")][0].new_text == "str"


def test_inlay_hints_say_types_that_are_not_written(qa: Editor) -> None:
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    params = types.InlayHintParams(qa.identifier(NAME), whole)
    found = qa.request(types.TEXT_DOCUMENT_INLAY_HINT, params)
    assert sorted(each.label for each in found) == [": Passage", ": list[Passage]"]


def test_what_is_not_known_has_no_answer(editor: Editor) -> None:
    assert editor.ask(types.TEXT_DOCUMENT_HOVER, "nowhere.mlsig", types.Position(3, 4)) is None


def test_a_request_that_is_cancelled_leaves_the_server_as_it_was(qa: Editor) -> None:
    params = types.HoverParams(qa.identifier(NAME), qa.at(NAME, "Passage]"))
    sent = qa.client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, params)
    message = next(number for number, each in qa.client.protocol._request_futures.items() if each is sent)
    qa.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams(message))
    assert qa.ask(types.TEXT_DOCUMENT_HOVER, NAME, qa.at(NAME, "Passage]")) is not None


def test_a_file_that_is_closed_is_what_its_disk_has(qa: Editor) -> None:
    qa.show(KINDS_NAME, KINDS + "schema Broken { b: strng }\n")
    assert [each.code for each in qa.said[qa.uri(KINDS_NAME)]] == ["MLS0301"]
    qa.close(KINDS_NAME)
    qa.until(lambda: qa.said[qa.uri(KINDS_NAME)] == [])


def test_an_editor_that_counts_in_other_units_gets_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A server that is told of UTF-8 places answers in them, and ends when it is told to."""
    folder = tmp_path_factory.mktemp("utf8")
    (folder / "a.mlsig").write_text('schema A { a: str "\U0001f600" b: strng }\n', encoding="utf-8")
    loop = asyncio.new_event_loop()
    editor = Editor(loop, folder, [types.PositionEncodingKind.Utf8])
    try:
        assert editor.start().capabilities.position_encoding == types.PositionEncodingKind.Utf8
        editor.until(lambda: editor.said)
        ((found,),) = editor.said.values()
        assert found.range.start.character == len('schema A { a: str "\U0001f600" b: '.encode())
    finally:
        editor.stop()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert editor.code() == 0


def test_without_pygls_the_command_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "mlsig_compiler.lsp.server", raising=False)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    assert main(["lsp"]) == USAGE
    assert "pip install 'mlsig[lsp]'" in capsys.readouterr().err
