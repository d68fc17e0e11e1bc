"""`import mlsig.importer`: `.mlsig` files are modules, as they are now."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlsig.errors import CompileError
from mlsig_compiler.developing import importing

SOURCES = {
    "hook_moods.mlsig": "enum Mood { calm, cross }\n",
    "hook_inner/notes.mlsig": "from hook_moods import Mood\n\nschema Note { text: str  mood: Mood = calm }\n",
    "hook_bad.mlsig": "schema Note {\n  text: string\n}\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in SOURCES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("mlsig.importer")
    importing.install()
    yield tmp_path
    importing.remove()
    for name in [name for name in sys.modules if name.startswith("hook_")]:
        del sys.modules[name]
    sys.modules.pop("mlsig.importer", None)  # which installs it when it is imported


def test_a_file_is_a_module_and_may_import_others(folder: Path) -> None:
    notes = importlib.import_module("hook_inner.notes")
    moods = importlib.import_module("hook_moods")
    note = notes.Note(text="Late.")
    assert note.mood is moods.Mood.calm
    assert notes.Note.from_json(note.to_json()) == note
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == sorted(
        Path(name).name for name in SOURCES
    )


def test_reloading_compiles_again(folder: Path) -> None:
    moods = importlib.import_module("hook_moods")
    (folder / "hook_moods.mlsig").write_text("enum Mood { glad }\n", encoding="utf-8")
    assert [each.value for each in importlib.reload(moods).Mood] == ["glad"]


def test_mistakes_are_told_as_the_command_does(folder: Path) -> None:
    with pytest.raises(CompileError) as caught:
        importlib.import_module("hook_bad")
    assert "hook_bad.mlsig:2:9" in str(caught.value)
    assert [issue.code for issue in caught.value.issues] == ["MLS0301"]
    assert "hook_bad" not in sys.modules


def test_tracebacks_show_lines_of_the_module_that_was_made(folder: Path) -> None:
    notes = importlib.import_module("hook_inner.notes")
    source = notes.__loader__.get_source(notes.__name__)
    assert "class Note(Record" in source
    try:
        notes._nothing_of_this_name  # noqa: B018
    except AttributeError:
        assert "notes" in traceback.format_exc()


def test_a_module_of_python_comes_first_and_others_are_left_to_others(folder: Path) -> None:
    (folder / "hook_both.py").write_text("HERE = 'python'\n", encoding="utf-8")
    (folder / "hook_both.mlsig").write_text("enum Mood { calm }\n", encoding="utf-8")
    assert importlib.import_module("hook_both").HERE == "python"
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hook_neither")


def test_it_is_installed_once() -> None:
    importing.install()
    importing.install()
    assert sys.meta_path.count(importing.FINDER) == 1
    importing.remove()
    importing.remove()
    assert importing.FINDER not in sys.meta_path
