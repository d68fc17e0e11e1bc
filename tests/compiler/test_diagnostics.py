"""Every mistake in tests/diagnostics is reported as the comments at the end of its file say.

    # expect: 4:17 error[MLS0301] unknown type `string`
    # expect:   help: did you mean `str`?

`pytest tests/compiler/test_diagnostics.py --update-golden` rewrites those comments.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mlsig_compiler.codes import CODES, Code
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.front import analyse
from mlsig_compiler.source import Source

ROOT = Path(__file__).resolve().parents[1] / "diagnostics"
MARK = "# expect:"
CASES = sorted(ROOT.rglob("*.mlsig"))
# About files and configuration, so no text can have them: tested with the modules that report them.
ABOUT_FILES = {code for code in CODES if code.startswith("MLS09")}


def expectation(found: Diagnostic) -> list[str]:
    line, column = found.source.position(found.span.start)
    lines = [f"{MARK} {line}:{column} {found.severity}[{found.code}] {found.message}"]
    if found.label:
        lines.append(f"{MARK}   label: {found.label}")
    for label in found.labels:
        line, column = found.source.position(label.span.start)
        lines.append(f"{MARK}   {line}:{column} {label.message}")
    if found.help:
        lines.append(f"{MARK}   help: {found.help}")
    return lines


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_mistake_is_reported_as_its_file_says(path: Path, update_golden: bool) -> None:
    text = path.read_bytes().decode("utf-8")
    body = "\n".join(line for line in text.split("\n") if not line.startswith(MARK))
    module, diagnostics = analyse(Source(path, "case", body))
    produced = [line for found in diagnostics for line in expectation(found)]
    if update_golden:
        path.write_bytes("\n".join([body.rstrip("\n"), *produced, ""]).encode())
    else:
        assert produced == [line for line in text.split("\n") if line.startswith(MARK)]
    assert module is None
    assert path.parent.name in {found.code for found in diagnostics}


def test_each_code_has_a_case() -> None:
    assert {path.parent.name for path in CASES} == set(CODES) - ABOUT_FILES


@pytest.mark.parametrize("entry", [code for code in CODES.values() if code.wrong], ids=lambda code: code.code)
def test_the_examples_of_a_code_are_wrong_and_right(entry: Code) -> None:
    _, wrong = analyse(Source(Path("wrong.mlsig"), "wrong", entry.wrong))
    assert entry.code in {found.code for found in wrong}
    assert {found.code for found in wrong} <= {entry.code, "MLS0104"}
    right, findings = analyse(Source(Path("right.mlsig"), "right", entry.right))
    assert list(findings) == []
    assert right is not None


@pytest.mark.parametrize("entry", CODES.values(), ids=lambda entry: entry.code)
def test_each_code_is_explained(entry: Code) -> None:
    assert entry.code.startswith("MLS0")
    assert entry.title
    assert not entry.title[0].isupper()
    assert entry.explanation.endswith(".")
    assert bool(entry.wrong) == bool(entry.right) == (entry.code not in ABOUT_FILES)


def test_each_reported_code_is_in_the_table() -> None:
    compiler = Path(__file__).resolve().parents[2] / "compiler" / "mlsig_compiler"
    texts = [path.read_text(encoding="utf-8") for path in compiler.rglob("*.py") if path.name != "codes.py"]
    assert {code for text in texts for code in re.findall(r'"(MLS\d{4})"', text)} == set(CODES)
