"""`mlsig explain`: a page for every code."""

from __future__ import annotations

import pytest
from mlsig_compiler.cli import OK, USAGE, main
from mlsig_compiler.codes import CODES


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code.lower()]) == OK
    page = capsys.readouterr().out
    assert page.startswith(f"{code}: {CODES[code].title}\n")
    assert ("Wrong:" in page) == bool(CODES[code].wrong)


@pytest.mark.parametrize(("code", "said"), [("ch204", "it breaks callers, data."), ("CH203", "it is safe.")])
def test_a_kind_of_change_has_one_too(code: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == OK
    assert capsys.readouterr().out.endswith(f"A change that `mlsig diff` reports; {said}\n")
    assert main(["explain", "CH999"]) == USAGE


def test_a_number_alone_is_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "301"]) == OK
    assert capsys.readouterr().out.startswith("MLS0301: ")


def test_all_codes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{code}  {CODES[code].title}" for code in sorted(CODES)]


def test_an_unknown_code_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "MLS03O1"]) == USAGE
    assert "did you mean MLS0301?" in capsys.readouterr().err
