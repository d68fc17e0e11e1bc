"""`%%mlsig` in a real IPython."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from mlsig_compiler.developing import importing, magic


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")  # as IPython's own command does
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(magic, "CELLS", {})
    before = set(sys.modules)
    made = InteractiveShell()
    made.history_manager.enabled = False
    made.run_line_magic("load_ext", "mlsig")
    yield made
    importing.remove()
    made.history_manager.end_session()
    for name in {"cell", "desk"} & (set(sys.modules) - before):
        del sys.modules[name]


def test_a_cell_becomes_names(shell: Any) -> None:
    shell.run_cell("%%mlsig desk\nenum Mood { calm, cross }\nschema Note { text: str  mood: Mood = calm }\n")
    shell.run_cell("said = str(Note(text='Late.').mood)")
    assert shell.user_ns["said"] == "calm"


def test_a_cell_imports_another_and_a_file(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "magic_kinds.mlsig").write_text("enum Kind { letter, mail }\n", encoding="utf-8")
    shell.run_cell("%%mlsig desk\nenum Mood { calm, cross }\n")
    imports = "from desk import Mood\nfrom magic_kinds import Kind\n"
    shell.run_cell(f"%%mlsig\n{imports}schema Note {{ mood: Mood  kind: Kind }}\n")
    shell.run_cell("note = Note.validate({'mood': 'cross', 'kind': 'mail'})")
    assert str(shell.user_ns["note"].kind) == "mail"
    sys.modules.pop("magic_kinds", None)


def test_mistakes_are_printed_and_change_nothing(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%%mlsig\nschema Note { text: string }\n")
    assert "error[MLS0301]: unknown type `string`" in capsys.readouterr().err
    assert "Note" not in shell.user_ns
    shell.run_cell("%%mlsig not a name\nenum Mood { calm }\n")
    assert "is no name of a module" in capsys.readouterr().err
