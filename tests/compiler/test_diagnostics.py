"""Every mistake in tests/diagnostics is reported as the comments at the end of its file say.

    # expect: 4:17 error[MLS0301] unknown type `string`
    # expect:   help: did you mean `str`?
    # expect:   fix: 4:17-4:23 "str"

`pytest tests/compiler/test_diagnostics.py --update-golden` rewrites those comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from mlsig_compiler import model
from mlsig_compiler.codes import CODES, Code
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.front import analyse_all
from mlsig_compiler.lint import lint
from mlsig_compiler.plan import supported
from mlsig_compiler.source import Source, Span

ROOT = Path(__file__).resolve().parents[1] / "diagnostics"
MARK = "# expect:"
CASES = sorted(ROOT.rglob("*.mlsig"))
# About files and configuration, so no text can have them: tested with the modules that report them.
ABOUT_FILES = {code for code in CODES if code.startswith("MLS09")} | {"MLS0330", "MLS0331"}


def findings(path: Path, text: str, code: str) -> tuple[model.Module | None, list[Diagnostic]]:
    """Return the model of a text and what check says of it, or, where it says nothing, lint.

    What has no code yet is found by `mlsig compile` alone.
    """
    source = Source(path, "case" if path.is_absolute() else path.stem, text)
    analysis = analyse_all([source], lambda _: None, keep=True)
    module = analysis.modules[source.module]
    found = list(analysis)
    if module is not None and code == "MLS0190":
        diagnostics = Diagnostics(source)
        supported.report(module, diagnostics, analysis.library, analysis.modules)
        found += diagnostics
    return module, found or lint(analysis, [source.module])


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
    if found.fix:
        edits = [
            f"{place(found.source, edit.span)} {json.dumps(edit.replacement, ensure_ascii=False)}"
            for edit in found.fix.edits
        ]
        message = f" {found.fix.message}:" if found.fix.message else ""
        lines.append(f"{MARK}   fix:{message} {', '.join(edits)}")
    return lines


def place(source: Source, span: Span) -> str:
    start, end = source.position(span.start), source.position(span.end)
    return f"{start.line}:{start.column}-{end.line}:{end.column}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_mistake_is_reported_as_its_file_says(path: Path, update_golden: bool) -> None:
    text = path.read_bytes().decode("utf-8")
    body = "\n".join(line for line in text.split("\n") if not line.startswith(MARK))
    module, diagnostics = findings(path, body, path.parent.name)
    produced = [line for found in diagnostics for line in expectation(found)]
    if update_golden:
        path.write_bytes("\n".join([body.rstrip("\n"), *produced, ""]).encode())
    else:
        assert produced == [line for line in text.split("\n") if line.startswith(MARK)]
    assert (module is None) == any(
        found.severity == "error" and found.code != "MLS0190" for found in diagnostics
    )
    assert path.parent.name in {found.code for found in diagnostics}


def test_each_code_has_a_case() -> None:
    assert {path.parent.name for path in CASES} == set(CODES) - ABOUT_FILES


@pytest.mark.parametrize("entry", [code for code in CODES.values() if code.wrong], ids=lambda code: code.code)
def test_the_examples_of_a_code_are_wrong_and_right(entry: Code) -> None:
    _, wrong = findings(Path("wrong.mlsig"), entry.wrong, entry.code)
    assert entry.code in {found.code for found in wrong}
    assert {found.code for found in wrong} <= {entry.code, "MLS0104"}
    right, found = findings(Path("right.mlsig"), entry.right, entry.code)
    assert [other.code for other in found if entry.severity == "warning" or other.severity == "error"] == []
    assert right is not None


@pytest.mark.parametrize("entry", CODES.values(), ids=lambda entry: entry.code)
def test_each_code_is_explained(entry: Code) -> None:
    assert entry.code.startswith("MLS0")
    assert entry.title
    assert not entry.title[0].isupper()
    assert entry.explanation.endswith(".")
    assert bool(entry.wrong) == bool(entry.right) == (entry.code not in ABOUT_FILES)


TREE = Path(__file__).resolve().parents[2]


def codes_in(paths: Iterable[Path], pattern: str) -> set[str]:
    return {code for path in paths for code in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_each_reported_code_is_in_the_table_and_each_in_the_table_is_reported() -> None:
    compiler = TREE / "compiler" / "mlsig_compiler"
    sources = [path for path in compiler.rglob("*.py") if path.parent.name != "codes"]
    assert codes_in(sources, r'"(MLS\d{4})"') == set(CODES)


def test_each_code_about_files_is_reported_by_a_test_that_runs_the_command() -> None:
    tests = [
        path for path in (TREE / "tests").rglob("test_*.py") if "main(" in path.read_text(encoding="utf-8")
    ]
    assert codes_in(tests, r"(MLS0(?:9\d|33)\d)") >= ABOUT_FILES
