from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mlsig.programs.loading import ProgramNotFound, load_program, search_path


@pytest.fixture(autouse=True)
def _own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


def module(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)
    sys.modules.pop(name, None)


def test_a_program_is_found_by_its_name(tmp_path: Path) -> None:
    module(tmp_path, "loading_fine", "from toy import Review\nother = 3\n")
    assert load_program("loading_fine:Review", [tmp_path]).name == "Review"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a:b:c", "", "no module a"),
        ("schemas/desk.mlsig:Sort", "", "name the module that it is compiled to, such as desk"),
        ("fine", "", "not of the form"),
        (":Review", "", "not of the form"),
        ("loading_x:Reviews", "from toy import Review", "did you mean Review?"),
        ("loading_x:Zzz", "from toy import Review, Other", "it has Other, Review"),
        ("loading_x:Zzz", "", "it has none"),
        (
            "loading_x:Review",
            "import not_installed_anywhere",
            "needs not_installed_anywhere, which is not installed",
        ),
        ("loading_x:Review", "def (", "cannot be imported"),
        ("loading_x:Review", "nowhere", "cannot be imported: NameError: name 'nowhere' is not defined"),
        ("loading_x:Review", "from toy import nothing_of_this_name", "cannot be imported"),
        ("loading_none.inner:Review", "", "no module loading_none.inner"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, name: str, text: str, said: str) -> None:
    module(tmp_path, "loading_x", text)
    with pytest.raises(ProgramNotFound) as caught:
        load_program(name, [tmp_path])
    assert said in str(caught.value)


def test_modules_are_looked_for_here_and_in_the_out_folder_of_the_project(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert search_path(inner)[0] == inner
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "pyproject.toml").write_text('[tool.mlsig]\nout = "generated"\n')
    assert search_path(inner) == [inner, tmp_path, tmp_path / "generated"]


def test_a_project_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[[[")
    with pytest.raises(ProgramNotFound, match=r"pyproject\.toml cannot be read"):
        search_path(tmp_path)
