"""`mlsig fmt`: what it writes, what it leaves, what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import Shell
from mlsig_compiler import formatting
from mlsig_compiler.cli import BUG, FINDINGS, OK, USAGE

UGLY = "schema A{x:int\n y :  str}"
PRETTY = "schema A {\n  x: int\n  y: str\n}\n"
BROKEN = "schema A{x int}\n"
PATCH = """\
--- a.mlsig
+++ a.mlsig
@@ -1,2 +1,4 @@
-schema A{x:int
- y :  str}
\\ No newline at end of file
+schema A {
+  x: int
+  y: str
+}
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "a.mlsig").write_text(UGLY, encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.mlsig").write_text(PRETTY, encoding="utf-8")
    return Shell(tmp_path)


def test_files_are_laid_out_where_they_are(shell: Shell) -> None:
    path = shell.folder / "a.mlsig"
    path.chmod(0o640)
    done = shell("fmt", ".")
    assert done == (OK, "", "laid out a.mlsig\nlaid out 1 file, 1 unchanged\n")
    assert path.read_text(encoding="utf-8") == PRETTY
    assert path.stat().st_mode & 0o777 == 0o640
    assert shell("fmt", ".") == (OK, "", "laid out 0 files, 2 unchanged\n")


def test_the_configured_folders_are_laid_out(shell: Shell) -> None:
    assert shell("fmt").returncode == USAGE
    (shell.folder / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["deep"]\n', encoding="utf-8")
    assert shell("fmt").stderr == "laid out 0 files, 1 unchanged\n"


def test_check_writes_nothing(shell: Shell) -> None:
    done = shell("fmt", "--check", ".")
    assert done == (FINDINGS, "", "would change: a.mlsig\nwould change 1 file, 1 unchanged\n")
    assert (shell.folder / "a.mlsig").read_text(encoding="utf-8") == UGLY
    assert shell("fmt", "--check", "deep").returncode == OK


def test_diff_shows_a_patch_and_writes_nothing(shell: Shell) -> None:
    done = shell("fmt", "--diff", ".")
    assert done == (FINDINGS, PATCH, "would change 1 file, 1 unchanged\n")
    assert (shell.folder / "a.mlsig").read_text(encoding="utf-8") == UGLY


def test_a_broken_file_stays_and_says_why(shell: Shell) -> None:
    broken = shell.folder / "b.mlsig"
    broken.write_text(BROKEN, encoding="utf-8")
    done = shell("fmt", ".")
    assert (done.returncode, done.stdout) == (FINDINGS, "")
    assert "laid out 1 file, 1 unchanged, left 1 broken file\nerror[MLS0103]" in done.stderr
    assert "--> b.mlsig:1:12" in done.stderr
    assert broken.read_text(encoding="utf-8") == BROKEN


def test_standard_input(shell: Shell) -> None:
    assert shell("fmt", "-", given=UGLY) == (OK, PRETTY, "")
    assert shell("fmt", "-", "--check", given=UGLY) == (FINDINGS, "", "")
    assert shell("fmt", "-", "--check", given=PRETTY) == (OK, "", "")
    assert shell("fmt", "-", "--diff", "--stdin-filename", "a.mlsig", given=UGLY).stdout == PATCH
    done = shell("fmt", "-", "--stdin-filename", "b.mlsig", given=BROKEN)
    assert (done.returncode, done.stdout) == (FINDINGS, "")
    assert "--> b.mlsig:1:12" in done.stderr
    assert shell("fmt", "-", "a.mlsig").returncode == USAGE


def test_line_ends_and_the_mark_of_some_editors_stay(shell: Shell) -> None:
    path = shell.folder / "a.mlsig"
    path.write_bytes(b'\xef\xbb\xbfschema A{x:str="\xc3\xa9"\r\ny:str}')
    assert shell("fmt", "a.mlsig").returncode == OK
    assert path.read_bytes() == b'\xef\xbb\xbfschema A {\r\n  x: str = "\xc3\xa9"\r\n  y: str\r\n}\r\n'


def test_what_a_link_leads_to_is_laid_out(shell: Shell) -> None:
    link = shell.folder / "link.mlsig"
    link.symlink_to("a.mlsig")
    assert shell("fmt", "link.mlsig").returncode == OK
    assert link.is_symlink()
    assert (shell.folder / "a.mlsig").read_text(encoding="utf-8") == PRETTY


def test_what_cannot_be_read_is_said(shell: Shell) -> None:
    (shell.folder / "a.mlsig").write_bytes(b"\xff\xfe")
    assert "MLS0101" in shell("fmt", "a.mlsig").stderr
    assert "MLS0901" in shell("fmt", "none.mlsig").stderr
    assert shell("fmt", "none.mlsig").returncode == USAGE
    (shell.folder / "pyproject.toml").write_text("[tool", encoding="utf-8")
    assert "MLS0906" in shell("fmt").stderr


def test_a_layout_that_would_say_something_else_is_not_written(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatting, "layout", lambda *_: "schema B { x: int }\n")
    done = shell("fmt", "a.mlsig")
    assert done.returncode == BUG
    assert "a.mlsig was left as it is" in done.stderr
    assert (shell.folder / "a.mlsig").read_text(encoding="utf-8") == UGLY
