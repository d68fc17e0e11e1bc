# ruff: noqa: RUF001  (characters that look like others)
"""Any bytes at all give findings: never a traceback, a hang or unbounded memory.

Small texts are read in this process; what could hang it or fill its memory is read by the command, in one of
its own, within two gigabytes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.files import project
from mlsig_compiler.findings.formats import FORMATS
from mlsig_compiler.findings.render import render
from mlsig_compiler.front import analyse
from mlsig_compiler.parse import MOST, parse
from mlsig_compiler.source import Source
from nightly import unmeasured

from compiler.reading import messages, source, tree_and_findings

MEMORY = 2 * 2**30
SECONDS = 120


def check(path: Path) -> list[dict[str, Any]]:
    """Return what `mlsig check` finds in a file, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mlsig_compiler", "check", str(path), "--output-format", "json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
        env={**unmeasured(), "PYTHONIOENCODING": "utf-8"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode in (0, 1, 74), done.stderr
    assert "Traceback" not in done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert bool(found) == bool(done.returncode)
    return found


LARGE: dict[str, tuple[Callable[[], str], set[str]]] = {
    "50 MB": (lambda: "enum A { x }\n" * 4_000_000, {"MLS0902"}),
    "round brackets": (lambda: "schema A { x: int" + "(" * 100_000, {"MLS0102"}),
    "square brackets": (lambda: f"schema A {{ x: json = {'[' * 100_000}{']' * 100_000} }}", {"MLS0108"}),
    "braces": (lambda: f"schema A {{ x: json = {'{a:' * 100_000}1{'}' * 100_000} }}", {"MLS0108"}),
    "groups": (lambda: f"space A {{ {'when a { ' * 100_000}{'}' * 100_000} }}", {"MLS0108", "MLS0302"}),
    "types": (lambda: f"schema A {{ x: {'list[' * 100_000}str{']' * 100_000} }}", {"MLS0108"}),
    "parentheses": (
        lambda: f"schema A {{ x: int check c: {'(' * 100_000}x{')' * 100_000} > 1 }}",
        set(),
    ),
    "mixed brackets": (lambda: "enum A { x }" + "([{" * 33_000, {"MLS0102"}),
    "closing brackets": (lambda: ")]}" * 33_000, {"MLS0104", "MLS0110"}),
    "members": (
        lambda: "schema A {\n" + "".join(f"a{n}:int\n" for n in range(250_000)) + "}",
        {"MLS0902"},
    ),
    "a million members": (
        lambda: "schema A {\n" + "".join(f"a{n}: int\n" for n in range(1_000_000)) + "}",
        {"MLS0902"},
    ),
    "one long line": (lambda: "enum A { " + "x " * 20_000 + "}", {"MLS0310"}),
    "one long string": (lambda: 'enum A { x "' + "\\n" * 1_900_000 + '" }', set()),
    "one long name": (lambda: "enum A { " + "x" * 4_000_000 + " }", set()),
    "one long integer": (lambda: "schema A { x: int = " + "9" * 4_000_000 + " }", {"MLS0107"}),
    "syntax errors": (
        lambda: "".join(f"schema A{n} {{ x: = }}\n" for n in range(10_000)),
        {"MLS0103", "MLS0110"},
    ),
    "unknown types": (
        lambda: "schema A {\n" + "".join(f"a{n}: b{n}\n" for n in range(10_000)) + "}",
        {"MLS0301"},
    ),
    "spaces": (lambda: " \t\r\n" * 1_000_000, set()),
    "comments": (lambda: "#\n" * 400_000, set()),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files_are_read_or_refused_within_bounds(name: str, tmp_path: Path) -> None:
    text, expected = LARGE[name]
    path = tmp_path / "large.mlsig"
    path.write_text(text(), encoding="utf-8")
    assert {finding["code"] for finding in check(path)} == expected


BYTES = {
    "nothing": b"",
    "a byte order mark": b"\xef\xbb\xbfenum A { x }",
    "only a byte order mark": b"\xef\xbb\xbf",
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbfenum A { x }",
    "UTF-16": "enum A { x }".encode("utf-16"),
    "UTF-32": "enum A { x }".encode("utf-32"),
    "invalid UTF-8": b"enum A { \xff }",
    "a truncated character": b'enum A { x "\xe6\xbc" }',
    "an overlong character": b"enum A { \xc0\xaf }",
    "a surrogate": b'enum A { x "\xed\xa0\x80" }',
    "NUL": b"enum\x00A { x }",
    "only NUL": b"\x00" * 1000,
    "every byte": bytes(range(256)),
    "every byte often": bytes(range(256)) * 100,
    "a program": b"\x7fELF\x02\x01\x01\x00" + bytes(range(255, -1, -1)) * 8,
}


FINE = {"nothing", "a byte order mark", "only a byte order mark", "two byte order marks"}


@pytest.mark.parametrize("name", BYTES)
def test_any_bytes_are_read_or_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bytes.mlsig"
    path.write_bytes(BYTES[name])
    found = project.Found()
    read = project.read(path, "bytes", found)
    findings = found.problems if read is None else list(analyse(read)[1])
    assert bool(findings) == (name not in FINE)
    for format in FORMATS:
        shown = render(findings, format, color=True)  # type: ignore[arg-type]
        assert not any(ord(char) < 32 and char not in "\n\x1b" for char in shown)
        shown.encode("utf-8")


def test_positions_count_lines_that_end_in_carriage_returns() -> None:
    text = '# one\r\nenum A {\r\n  x "漢字" ?\r\n}\r\n'
    (found,) = analyse(source(text))[1]
    assert found.source.position(found.span.start) == (3, 10)
    assert found.source.line(3) == '  x "漢字" ?'


@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff", r"\ud83d\u0041", r"\udc00\ud800"])
def test_lone_surrogates_by_escape_are_refused(escape: str) -> None:
    assert [text.partition(" ")[0] for text in messages(f'enum A {{ x "{escape}" }}')] == ["MLS0106"]


def test_surrogates_that_make_a_character_are_fine() -> None:
    assert messages(r'enum A { x "\ud83d\ude00" }') == []


BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("char", BIDIRECTIONAL, ids=lambda char: f"U+{ord(char):04X}")
@pytest.mark.parametrize(
    "text", ["enum A {@ x }", 'enum A { x "@" }', 'enum A { x """a @ b""" }', "enum A { x } # @", "@"]
)
def test_characters_that_turn_text_around_are_refused_everywhere(text: str, char: str) -> None:
    (found,) = analyse(source(text.replace("@", char)))[1]
    assert found.code == "MLS0101"
    assert f"U+{ord(char):04X}" in found.message
    assert not set(BIDIRECTIONAL) & set(render([found]))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nаme", "`а` (U+0430, CYRILLIC SMALL LETTER A) only looks like the letter `a`"),
        ("οutput", "`ο` (U+03BF, GREEK SMALL LETTER OMICRON) only looks like the letter `o`"),
        ("naïve", "`ï` (U+00EF, LATIN SMALL LETTER I WITH DIAERESIS) cannot stand in a name"),
        ("ｎame", "`ｎ` (U+FF4E, FULLWIDTH LATIN SMALL LETTER N) cannot stand in a name"),
        ("名前", "`名` (U+540D, CJK UNIFIED IDEOGRAPH-540D) cannot stand in a name"),
        ("x\u200by", "the character U+200B, ZERO WIDTH SPACE, cannot stand here"),
        ("x\u00a0", "the character U+00A0, NO-BREAK SPACE, cannot stand here"),
        ("x٣", "`٣` (U+0663, ARABIC-INDIC DIGIT THREE) cannot stand in a name"),
        ("😀", "`😀` cannot stand here"),
    ],
)
def test_names_are_made_of_ascii(word: str, said: str) -> None:
    assert messages(f"enum A {{ {word} }}")[0] == f"MLS0109 {said}"


def test_a_look_alike_is_mended_by_its_fix() -> None:
    (found,) = analyse(source("enum Verdiсt { x }"))[1]
    assert found.fix is not None
    assert [edit.replacement for edit in found.fix.edits] == ["Verdict"]


def test_the_limit_on_tokens_lets_large_files_through() -> None:
    text = "schema A {\n" + "".join(f"  a{n}: int(0..9) = 3  # {n}\n" for n in range(20_000)) + "}"
    diagnostics = Diagnostics(source(text))
    (schema,) = parse(diagnostics.source, diagnostics).declarations
    assert len(getattr(schema, "members", ())) == 20_000
    assert len(diagnostics) == 0


def test_more_tokens_are_refused_before_they_are_read() -> None:
    file, found = tree_and_findings("x " * (MOST + 1))
    assert found == [f"MLS0902 this file has more than {MOST:,} words and signs"]
    assert file.broken


def test_mistakes_are_shown_whatever_they_stand_in() -> None:
    text = "\u2028" * 500 + "enum \x1b[31mA { \x85 \u2029 }" + "漢" * 500
    found = list(analyse(Source(Path("a\x1b[0m\n.mlsig"), "a", text))[1])
    assert found
    for format in FORMATS:
        shown = render(found, format)  # type: ignore[arg-type]
        assert "\x1b" not in shown
        assert "\u2028" not in shown


HOSTILE = {
    "brackets": "([{" * 4_000,
    "closing": "}" * 50_000,
    "lists": f"schema A {{ x: json = {'[' * 5_000}{']' * 5_000} }}",
    "open lists": f"schema A {{ x: json = {'[' * 5_000}",
    "not": f"space T {{ constraint c: {'not ' * 5_000}b }}",
    "minus": f"space T {{ constraint c: {'-' * 5_000}1 == 1 }}",
    "sum": f"space T {{ var n: int  constraint c: n{' + n' * 5_000} > 1 }}",
    "product": f"space T {{ var n: int  constraint c: n{' * n' * 5_000} > 1 }}",
    "conditional": f"space T {{ constraint c: {'1 if 1 else ' * 4_000}1 }}",
    "attributes": f"space T {{ constraint c: a{'.b' * 5_000} }}",
    "types": f"schema A {{ x: {'list[' * 5_000}str{']' * 5_000} }}",
    "groups": f"space T {{ {'when a { ' * 4_000}{'}' * 4_000} }}",
    "soup": f"pipeline P() -> A {{ {'{' * 5_000}{'}' * 5_000} }}",
    "long name": "enum " + "a" * 100_000 + " { x }",
    "long integer": f"schema A {{ x: int = {'9' * 100_000} }}",
    "infinity": "schema A { x: float(1e999..2e999) = -1e999 }",
    "quotes": '"' * 10_001,
    "backslashes": 'enum A { x "' + "\\" * 10_001 + '" }',
    "strings": 'enum A { x "\ud800" }',
    "controls": "".join(map(chr, range(32))) + "enum A { x }",
    "odd": "é" * 5_000 + "\u2028" + "😀",
    "one line": "enum A { x } " * 3_000 + "?",
    "same name": "enum A { x }\n" * 3_000,
    "unknown names": "schema A { " + " ".join(f"a{i}: b{i}" for i in range(3_000)) + " }",
    "chain": "space T { "
    + " ".join(f"var v{i}: bool {{ when v{i + 1}: (true) }}" for i in range(1_200))
    + " }",
    "circle": "space T { "
    + " ".join(f"var v{i}: bool {{ when v{(i + 1) % 1_200}: (true) }}" for i in range(1_200))
    + " }",
    "selfish": "space T { "
    + " ".join(f"var v{i}: bool {{ when v{i}: (true) }}" for i in range(1_200))
    + " }",
    "schemas": " ".join(f"schema S{i} {{ x: S{i + 1} }}" for i in range(1_200)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_politely(name: str) -> None:
    found, diagnostics = analyse(source(HOSTILE[name]))
    assert (found is None) == (diagnostics.errors > 0)
    assert found is None or name in {"long name", "minus"}
