"""Fixes: made together in a text, and in files by `mlsig check --fix` and `mlsig lint --fix`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig_compiler import write
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE, main
from mlsig_compiler.codes import CODES, Code
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics, Edit, Fix, replacing
from mlsig_compiler.findings import fixes
from mlsig_compiler.findings.fixes import applied, mend
from mlsig_compiler.front import analyse, analyse_all
from mlsig_compiler.lint import lint
from mlsig_compiler.source import Source, Span

WRONG = "schema A { x: strr  y: intt }\n"
RIGHT = "schema A { x: str  y: int }\n"


# In a text


def test_fixes_are_made_together() -> None:
    given = [replacing(Span(4, 5), "C"), Fix("", (Edit(Span(0, 1), "A"), Edit(Span(2, 2), "+")))]
    assert applied("a b c", given) == ("A +b C", [0, 1])


def test_of_fixes_that_touch_the_first_is_made() -> None:
    assert applied("abcd", [replacing(Span(0, 2), "x"), replacing(Span(1, 3), "y")]) == ("xcd", [0])
    assert applied("abcd", [replacing(Span(1, 1), "x"), replacing(Span(1, 1), "y")]) == ("axbcd", [0])
    apart = Fix("", (Edit(Span(3, 4), "z"), Edit(Span(0, 1), "z")))
    assert applied("abcd", [replacing(Span(0, 2), "x"), apart]) == ("xcd", [0])


def test_one_edit_that_two_fixes_need_is_made_once() -> None:
    assert applied("abc", [replacing(Span(3, 3), "}"), replacing(Span(3, 3), "}")]) == ("abc}", [0, 1])


def test_new_lines_end_as_those_of_the_file() -> None:
    assert applied("a\r\nb", [replacing(Span(0, 1), "x\ny")]) == ("x\r\ny\r\nb", [0])


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.text(max_size=3))))
def test_what_no_fix_covers_stays(text: str, places: list[tuple[int, int, str]]) -> None:
    offered = [replacing(Span(a, b), new) for a, b, new in places if a <= b <= len(text)]
    _, made = applied(text, offered)
    assert made[:1] == ([0] if offered else [])
    covered = {at for number in made for edit in offered[number].edits for at in range(*edit.span)}
    marked = [Fix("", tuple(Edit(edit.span, "") for edit in offered[number].edits)) for number in made]
    assert applied(text, marked)[0] == "".join(char for at, char in enumerate(text) if at not in covered)


# The examples of every code


def findings(text: str) -> list[Diagnostic]:
    """Return what check says of a text, or, where it says nothing, lint."""
    source = Source(Path("wrong.mlsig"), "wrong", text)
    analysis = analyse_all([source], lambda _: None, keep=True)
    return list(analysis) or lint(analysis, ["wrong"])


def errors(found: list[Diagnostic]) -> int:
    return sum(diagnostic.severity == "error" for diagnostic in found)


def mended(text: str) -> str:
    for _ in range(fixes.ROUNDS):
        new, made = applied(text, [found.fix for found in findings(text) if found.fix])
        if not made:
            return text
        text = new
    return text


@pytest.mark.parametrize("entry", [code for code in CODES.values() if code.wrong], ids=lambda code: code.code)
def test_fixing_an_example_makes_it_no_worse(entry: Code) -> None:
    before, after = findings(entry.wrong), findings(mended(entry.wrong))
    assert errors(after) <= errors(before)
    offered = [found for found in before if found.code == entry.code]
    if offered and all(found.fix for found in offered):
        assert entry.code not in {found.code for found in after}


CASES = sorted((Path(__file__).resolve().parents[1] / "diagnostics").rglob("*.mlsig"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixing_a_mistake_makes_no_more_of_them(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    _, before = analyse(Source(path, "case", text))
    for found in before:
        if found.fix:
            _, after = analyse(Source(path, "case", applied(text, [found.fix])[0]))
            # a mend of the text lets more of it be read, which may then be wrong
            assert after.errors <= before.errors or found.code.startswith("MLS01")
            said = (found.code, found.span.start, found.message)
            assert said not in {(other.code, other.span.start, other.message) for other in after}


# Files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_check_mends_files_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = put(folder / "s" / "a.mlsig", WRONG), put(folder / "s" / "b.mlsig", RIGHT)
    assert main(["check", "s", "--fix"]) == OK
    assert one.read_text() == other.read_text() == RIGHT
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "fixed s/a.mlsig: 2 findings (MLS0301)\nchecked 2 files, found no mistakes\n"


def test_what_cannot_be_mended_is_still_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(folder / "a.mlsig", "schema A { x: strr  x: int }\n")
    assert main(["check", "a.mlsig", "--fix"]) == FINDINGS
    assert path.read_text() == "schema A { x: str  x: int }\n"
    assert "MLS0310" in capsys.readouterr().out


def test_without_fix_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(folder / "a.mlsig", WRONG)
    assert main(["check", "a.mlsig"]) == FINDINGS
    assert path.read_text() == WRONG
    assert capsys.readouterr().err.endswith("2 fixable with `mlsig check --fix`\n")


def test_marks_line_ends_and_modes_stay(folder: Path) -> None:
    path = put(folder / "a.mlsig", b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    assert main(["check", "a.mlsig", "--fix"]) == OK
    assert path.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_only_what_was_named_is_touched(folder: Path) -> None:
    imported = put(folder / "s" / "b.mlsig", WRONG)
    put(folder / "s" / "a.mlsig", "from b import A\nschema B { a: A }\n")
    main(["check", "s/a.mlsig", "--fix"])
    assert imported.read_text() == WRONG


def test_a_link_that_leads_elsewhere_is_not_followed(folder: Path) -> None:
    outside = put(folder / "elsewhere" / "b.mlsig", WRONG)
    (folder / "s").mkdir()
    (folder / "s" / "b.mlsig").symlink_to(outside)
    main(["check", "s", "--fix"])
    assert outside.read_text() == WRONG
    assert (folder / "s" / "b.mlsig").is_symlink()


def test_a_link_stays_a_link(folder: Path) -> None:
    real = put(folder / "s" / "a.mlsig", WRONG)
    (folder / "b.mlsig").symlink_to(real)
    assert main(["check", "b.mlsig", "--fix"]) == OK
    assert real.read_text() == RIGHT
    assert (folder / "b.mlsig").is_symlink()


def test_a_file_that_changed_meanwhile_is_left_alone(folder: Path) -> None:
    path = put(folder / "a.mlsig", "new")
    diagnostics = Diagnostics(Source(path, "a", "old"))
    diagnostics.report("MLS0301", Span(0, 1), "m", fix=replacing(Span(0, 3), "fixed"))
    assert mend(lambda: list(diagnostics), [folder]).fixed == {}
    assert path.read_text() == "new"


def test_fixes_that_never_end_are_left_after_some_rounds(folder: Path) -> None:
    path = put(folder / "a.mlsig", "")

    def longer() -> list[Diagnostic]:
        diagnostics = Diagnostics(Source(path, "a", path.read_text()))
        diagnostics.report("MLS0301", Span(0, 0), "m", fix=replacing(Span(0, 0), "x"))
        return list(diagnostics)

    found = mend(longer, [folder])
    assert path.read_text() == "x" * fixes.ROUNDS
    assert len(found.left) == 1


def test_a_fix_that_changes_nothing_ends_it(folder: Path) -> None:
    path = put(folder / "a.mlsig", "x")
    diagnostics = Diagnostics(Source(path, "a", "x"))
    diagnostics.report("MLS0301", Span(0, 1), "m", fix=replacing(Span(0, 1), "x"))
    assert mend(lambda: list(diagnostics), [folder]).fixed == {}


def test_a_file_that_cannot_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(folder / "a.mlsig", WRONG)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "a.mlsig")

    monkeypatch.setattr(write.os, "fdopen", full)  # type: ignore[attr-defined]
    assert main(["check", "a.mlsig", "--fix"]) == STORAGE
    assert path.read_text() == WRONG
    assert list(folder.iterdir()) == [path]
    assert "No space left" in capsys.readouterr().err


def test_standard_input_cannot_be_mended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix", "--stdin-filename", "a.mlsig", "-"]) == USAGE
    assert "--fix needs files" in capsys.readouterr().err


# Lint

IDLE = "from b import A, B\nschema C { x: A }\n"


def test_lint_mends_and_ends_with_1_for_warnings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder / "s" / "b.mlsig", "schema A { x: str }\nschema B { x: str }\n")
    path = put(folder / "s" / "a.mlsig", IDLE)
    assert main(["check", "s"]) == OK
    assert main(["lint", "s"]) == FINDINGS
    out, err = capsys.readouterr()
    assert "warning[MLS0701]" in out
    assert err.endswith("checked 2 files, found 1 warning\n1 fixable with `mlsig lint --fix`\n")
    assert main(["lint", "s", "--fix"]) == OK
    assert path.read_text() == "from b import A\nschema C { x: A }\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--ignore", "MLS0702"], OK),
        (["--ignore", "mls0701, MLS0702"], OK),
        (["--select", "MLS0701"], OK),
        (["--select", "MLS0702"], FINDINGS),
        (["--select", "MLS0702", "--ignore", "MLS0702"], OK),
        (["--select", "MLS0799"], USAGE),
        (["--ignore", "MLS0301"], USAGE),
    ],
)
def test_rules_are_chosen_by_option(folder: Path, words: list[str], code: int) -> None:
    put(folder / "a.mlsig", "type T = str\n")
    assert main(["lint", "a.mlsig", *words]) == code


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("select = ['MLS0701']", OK),
        ("ignore = ['MLS0702']", OK),
        ("select = ['MLS0702']", FINDINGS),
        ("", FINDINGS),
    ],
)
def test_rules_are_chosen_by_configuration(folder: Path, lines: str, code: int) -> None:
    put(folder / "pyproject.toml", f"[tool.mlsig.lint]\n{lines}\n")
    put(folder / "a.mlsig", "type T = str\n")
    assert main(["lint", "a.mlsig"]) == code


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("selct = []", "2:1: error[MLS0907] `[tool.mlsig.lint]` has no key `selct`"),
        ("select = ['MLS0301']", "`select`: `MLS0301` is an error, and errors are always reported"),
        ("ignore = ['MLS0731']", "no warning has the code `MLS0731`; did you mean `MLS0701`?"),
    ],
)
def test_a_wrong_configuration_of_lint(
    folder: Path, line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "pyproject.toml", f"[tool.mlsig.lint]\n{line}\n")
    put(folder / "a.mlsig", RIGHT)
    assert main(["lint", "a.mlsig", "--output-format", "concise"]) == FINDINGS
    assert said in capsys.readouterr().out


def test_lint_says_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder / "a.mlsig", WRONG)
    assert main(["lint", "a.mlsig", "--output-format", "concise"]) == FINDINGS
    assert "error[MLS0301]" in capsys.readouterr().out
