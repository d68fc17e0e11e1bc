"""What `mlsig lint` says, and every mend of `--fix`, in an editor: the same as on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsprotocol import types
from mlsig_compiler.cli import FINDINGS, main
from mlsig_compiler.lsp import mending
from mlsig_compiler.lsp.linting import Linting
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.source import Span

from .conftest import Editor

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted((ROOT / "tests" / "diagnostics").glob("*/*.mlsig"))
FIXABLE = [path for path in CASES if "# expect:   fix:" in path.read_text(encoding="utf-8")]

UNUSED = '''from shared.kinds import Passage, Verdict
from shared.kinds import Verdict as Opinion

signature Ask {
  """Answer from the passage."""
  input passage: Passage
  output reply: str(max_length=80)  "what to say"
  check short: len(reply) < 70   # mlsig: ignore[MLS0704]
}
'''
MENDED = UNUSED.replace(", Verdict\n", "\n").replace("from shared.kinds import Verdict as Opinion\n", "")
MENDED = MENDED.replace("   # mlsig: ignore[MLS0704]", "")
CODES = ["MLS0701", "MLS0701", "MLS0708"]
LONE = "type Score = float(0.0..1.0)\n"


def codes(editor: Editor, name: str) -> list[str | int | None]:
    return [each.code for each in editor.said.get(editor.uri(name), [])]


def actions(editor: Editor, name: str, *only: str) -> list[types.CodeAction]:
    everywhere = types.Range(types.Position(0, 0), types.Position(99, 0))
    context = types.CodeActionContext(editor.said[editor.uri(name)], only=list(only) or None)
    return editor.request(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionParams(editor.identifier(name), everywhere, context),
    )


def edited(text: str, edits: list[types.TextEdit]) -> str:
    """Return a text of ASCII with edits made."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def at(place: types.Position) -> int:
        return starts[place.line] + place.character

    for edit in sorted(edits, key=lambda each: at(each.range.start), reverse=True):
        text = text[: at(edit.range.start)] + edit.new_text + text[at(edit.range.end) :]
    return text


def test_warnings_and_their_mends_are_those_of_the_command(
    editor: Editor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "schemas/unused.mlsig"
    editor.write(name, UNUSED)
    editor.show(name, UNUSED)
    editor.until(lambda: codes(editor, name) == CODES)
    monkeypatch.chdir(editor.folder)
    assert main(["lint", name, "--output-format", "json"]) == FINDINGS
    printed = json.loads(capsys.readouterr().out)
    said = editor.said[editor.uri(name)]
    assert [(each["code"], each["message"]) for each in printed] == [
        (each.code, each.message.partition("\n")[0]) for each in said
    ]
    assert {each.severity for each in said} == {types.DiagnosticSeverity.Warning}
    assert list(said[0].tags or ()) == [types.DiagnosticTag.Unnecessary]
    quick = actions(editor, name, "quickfix")
    assert [each.diagnostics[0].code for each in quick if each.diagnostics] == CODES
    for each in quick:  # one by one: each edit takes away its own finding only
        assert each.edit is not None and each.edit.changes is not None
        assert edited(UNUSED, list(each.edit.changes[editor.uri(name)])) not in (UNUSED, MENDED)
    for only in ("source.fixAll", "source.fixAll.mlsig", "source"):
        (whole,) = actions(editor, name, only)
        assert whole.kind == mending.ALL
        assert whole.edit is not None and whole.edit.changes is not None
        assert edited(UNUSED, list(whole.edit.changes[editor.uri(name)])) == MENDED
    assert main(["lint", name, "--fix"]) == 0
    assert (editor.folder / name).read_text(encoding="utf-8") == MENDED
    capsys.readouterr()
    editor.show(name, MENDED)
    editor.until(lambda: codes(editor, name) == [])
    assert not actions(editor, name)


def test_warnings_move_with_the_text_and_leave_room_for_errors(editor: Editor) -> None:
    name = "schemas/moving.mlsig"
    editor.show(name, UNUSED)
    editor.until(lambda: codes(editor, name) == CODES)
    said = editor.show(name, f"# one more line\n{UNUSED}")
    assert [(each.code, each.range.start.line) for each in said] == [
        ("MLS0701", 1), ("MLS0701", 2), ("MLS0708", 8)
    ]  # fmt: skip
    assert [each.code for each in editor.show(name, UNUSED.replace("reply: str", "reply: strng"))] == [
        "MLS0301"
    ]
    # what is at work where something was written is not said again before it was looked at
    said = editor.show(name, UNUSED.replace("Verdict\n", "Verdict as V\n"))
    assert [each.code for each in said] in (["MLS0701", "MLS0708"], CODES)
    editor.until(lambda: "`V` is" in editor.said[editor.uri(name)][0].message)
    editor.close(name)
    editor.until(lambda: codes(editor, name) == [])


def test_what_other_files_use_counts_before_they_are_saved(editor: Editor) -> None:
    name, user = "schemas/lone.mlsig", "schemas/user.mlsig"
    editor.show(name, LONE)
    editor.until(lambda: codes(editor, name) == ["MLS0702"])
    editor.show(user, "from lone import Score\n\nschema S { score: Score }\n")
    editor.until(lambda: codes(editor, name) == [])
    editor.show(user, "schema S { score: float }\n")
    editor.until(lambda: codes(editor, name) == ["MLS0702"])
    editor.show(user, "schema S { score: floot }\n")  # nobody knows what a broken file uses
    editor.until(lambda: codes(editor, name) == [])
    editor.close(user)
    editor.close(name)


def test_the_project_says_which_rules_are_wanted(editor: Editor) -> None:
    name = "schemas/unwanted.mlsig"
    editor.show(name, UNUSED)
    editor.until(lambda: codes(editor, name) == CODES)
    project = (editor.folder / "pyproject.toml").read_text(encoding="utf-8")
    editor.write("pyproject.toml", project + '[tool.mlsig.lint]\nignore = ["MLS0701"]\n')
    editor.until(lambda: codes(editor, name) == ["MLS0708"])
    editor.write("pyproject.toml", project)
    editor.until(lambda: codes(editor, name) == CODES)
    editor.close(name)


@pytest.mark.parametrize("path", FIXABLE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_mend_of_the_command_is_made_by_the_editor(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shown, fixed = tmp_path / "case.mlsig", tmp_path / "fixed" / "case.mlsig"
    fixed.parent.mkdir()
    text = path.read_bytes().decode("utf-8")
    fixed.write_bytes(text.encode())
    files = Workspace([tmp_path])
    module = files.put(shown, text, 1)
    files.check(module)
    linting = Linting(files)
    found = [*files.files[module].found, *linting.now(module)]
    main(["lint", str(fixed), "--output-format", "json"])
    printed = json.loads(capsys.readouterr().out)
    assert sorted(each["code"] for each in printed if each["fixes"]) == sorted(
        each.code for each in found if each.fix
    )
    sheet = Sheet(files, files.files[module].source)
    made = mending.actions(sheet, found, Span(0, len(text)), None, linting.found)
    assert len(made) == sum(each.fix is not None for each in found) + 1
    main(["lint", str(fixed), "--fix"])
    capsys.readouterr()
    assert mending.mended(sheet.source, found, linting.found).encode() == fixed.read_bytes()
    assert files.files[module].source.text == text
