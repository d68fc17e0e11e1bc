"""Findings as text.

    error[MLS0301]: unknown type `string`
     --> qa.mlsig:4:19
      |
    4 |   input question: string
      |                   ^^^^^^ neither a type nor declared in this file
      |
      = help: did you mean `str`?

Formats: `full` as above, with a short fix as a difference of lines; `concise` (a line each), `json` (one
array), `github` (workflow commands), `sarif` (SARIF 2.1.0). Columns are shown as a terminal shows them: tabs
widened, wide characters two cells, and characters that a terminal would act on spelt out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TextIO

from mlsig_compiler.diagnostics import Diagnostic, Edit, Fix, Label
from mlsig_compiler.findings.formats import Format
from mlsig_compiler.findings.terminal import cells, printable
from mlsig_compiler.source import Source, Span

TAB: Final = 4
WIDEST: Final = 160

RED, YELLOW, BLUE, BOLD, PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"
GREEN: Final = "\x1b[1;32m"
MOST_LINES: Final = 6  # of a fix that is shown


def render(found: Iterable[Diagnostic], format: Format = "full", *, color: bool = False) -> str:
    """Return findings in a format; colour applies to `full` only."""
    if format == "json":
        return json.dumps([as_json(diagnostic) for diagnostic in found], indent=2) + "\n"
    if format == "concise":
        return "".join(f"{concise(diagnostic)}\n" for diagnostic in found)
    if format == "sarif":
        from mlsig_compiler.findings import sarif  # noqa: PLC0415  (needs the whole table of codes)

        return json.dumps(sarif.log(found), indent=2) + "\n"
    if format == "github":
        return "".join(f"{github(diagnostic)}\n" for diagnostic in found)
    paint = Paint(color)
    return "".join(f"{full(diagnostic, paint)}\n" for diagnostic in found)


def wants_color(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether to colour what goes to a stream: a terminal that is not dumb.

    NO_COLOR says no anywhere, FORCE_COLOR (but 0) yes; with both, no.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


class Paint:
    """Colours, or none."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, color: str, text: str) -> str:
        """Return the text in a colour."""
        return f"{color}{text}{PLAIN}" if self.on and text else text


# One finding a line


def place(diagnostic: Diagnostic) -> str:
    """Return `path:line:column`, or only the path when the finding is about a whole file."""
    path = printable(diagnostic.source.path.as_posix())
    if not diagnostic.source.text:
        return path
    line, column = diagnostic.source.position(diagnostic.span.start)
    return f"{path}:{line}:{column}"


def concise(diagnostic: Diagnostic) -> str:
    """Return `path:line:column: error[MLS0301] message`."""
    return f"{place(diagnostic)}: {diagnostic.severity}[{diagnostic.code}] {printable(diagnostic.message)}"


def github(diagnostic: Diagnostic) -> str:
    """Return a workflow command of GitHub Actions."""
    start = diagnostic.source.position(diagnostic.span.start)
    end = diagnostic.source.position(diagnostic.span.end)
    fields = {
        "file": printable(diagnostic.source.path.as_posix()),
        "line": start.line,
        "endLine": end.line,
        "col": start.column,
        "endColumn": end.column,
        "title": diagnostic.code,
    }
    properties = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in fields.items())
    message = diagnostic.message + (f"\nhelp: {diagnostic.help}" if diagnostic.help else "")
    return f"::{diagnostic.severity} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for char in ("%", "\r", "\n", *more):
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a finding as plain data; lines and columns count from 1, in characters."""
    source, path = diagnostic.source, diagnostic.source.path.as_posix()
    fixes = [diagnostic.fix] if diagnostic.fix else []
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "path": path,
        **_range(source, diagnostic.span),
        "labels": [
            {"message": label.message, "path": path, **_range(source, label.span)}
            for label in (Label(diagnostic.span, diagnostic.label), *diagnostic.labels)
            if label.message
        ],
        "help": diagnostic.help,
        "fixes": [
            {
                "message": fix.message,
                "edits": [
                    {**_range(source, edit.span), "replacement": edit.replacement} for edit in fix.edits
                ],
            }
            for fix in fixes
        ],
    }


def _range(source: Source, span: Span) -> dict[str, int]:
    start, end = source.position(span.start), source.position(span.end)
    return {"line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column}


# The full form


class Mark(NamedTuple):
    """An underline of the characters `start` up to `end` of a line, and what stands beside it."""

    line: int
    start: int
    end: int
    message: str
    primary: bool


def full(diagnostic: Diagnostic, paint: Paint) -> str:
    """Return a finding with the lines it is about."""
    color = RED if diagnostic.severity == "error" else YELLOW
    head = paint(color, f"{diagnostic.severity}[{diagnostic.code}]")
    lines = [f"{head}{paint(BOLD, f': {printable(diagnostic.message)}')}"]
    marks = _marks(diagnostic)
    width = len(str(max((mark.line for mark in marks), default=0)))
    lines.append(f"{' ' * width}{paint(BLUE, '-->')} {place(diagnostic)}")
    if diagnostic.source.text:
        lines.extend(_excerpt(diagnostic.source, marks, width, color, paint))
    help = diagnostic.help or (diagnostic.fix.message if diagnostic.fix else "")
    if help:
        lines.append(f"{' ' * width} {paint(BLUE, '=')} {paint(BOLD, 'help')}: {printable(help)}")
    rows = _difference(diagnostic.source, diagnostic.fix, width, paint) if diagnostic.fix else []
    if rows and help:
        lines.append(f"{' ' * width} {paint(BLUE, '|')}")
    lines.extend(rows)
    return "\n".join(lines) + "\n"


def _marks(diagnostic: Diagnostic) -> list[Mark]:
    places = [(diagnostic.span, diagnostic.label, True)]
    places += [(label.span, label.message, False) for label in diagnostic.labels]
    found = [mark for place in places for mark in _marked(diagnostic.source, *place)]
    return sorted(found, key=lambda mark: (mark.line, not mark.primary, mark.start))


def _marked(source: Source, span: Span, message: str, primary: bool) -> list[Mark]:
    """Return the underlines of a span: one, or, where it has several lines, of its first and its last."""
    start, end = source.position(span.start), source.position(span.end)
    if end.line == start.line:
        return [Mark(start.line, start.column - 1, max(end.column - 1, start.column), message, primary)]
    length = max(len(source.line(start.line)), start.column)
    text = source.line(end.line)[: end.column - 1]
    if not text.strip():
        return [Mark(start.line, start.column - 1, length, message, primary)]
    indent = len(text) - len(text.lstrip())
    return [
        Mark(start.line, start.column - 1, length, "", primary),
        Mark(end.line, indent, end.column - 1, message, primary),
    ]


def _difference(source: Source, fix: Fix, width: int, paint: Paint) -> list[str]:
    """Return what a fix would change, line by line, or nothing where that is long."""
    groups: list[list[Edit]] = []
    last = 0
    for edit in sorted(fix.edits, key=lambda edit: edit.span):
        first = source.position(edit.span.start).line
        if groups and first <= last:
            groups[-1].append(edit)
        else:
            groups.append([edit])
        last = source.position(edit.span.end).line
    rows = [row for group in groups for row in _changed(source, group)]
    if not 0 < len(rows) <= MOST_LINES or any(len(text) > WIDEST for _, _, text in rows):
        return []
    width = max(width, *(len(str(number)) for number, _, _ in rows))
    lines: list[str] = []
    for number, sign, text in rows:
        row = f"{sign} {clipped(text, 0).text}".rstrip()
        lines.append(f"{paint(BLUE, str(number).rjust(width))} {paint(GREEN if sign == '+' else RED, row)}")
    return lines


def _changed(source: Source, edits: list[Edit]) -> list[tuple[int, str, str]]:
    """Return the lines that edits take away and put there, without those that stay at either end."""
    start = source.position(edits[0].span.start)
    last = source.position(edits[-1].span.end).line
    old = [source.line(number) for number in range(start.line, last + 1)]
    pieces: list[str] = []
    at = edits[0].span.start - start.column + 1
    for edit in edits:
        pieces += [source.shown()[at : edit.span.start], edit.replacement]
        at = edit.span.end
    pieces.append(source.line(last)[source.position(at).column - 1 :])
    new = [line.rstrip("\r") for line in "".join(pieces).split("\n")]
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    end = 0
    while end < min(len(old), len(new)) - same and old[-1 - end] == new[-1 - end]:
        end += 1
    first = start.line + same
    rows = [(first + index, "-", line) for index, line in enumerate(old[same : len(old) - end])]
    rows += [(first + index, "+", line) for index, line in enumerate(new[same : len(new) - end])]
    return rows


def _excerpt(source: Source, marks: list[Mark], width: int, color: str, paint: Paint) -> list[str]:
    bar = paint(BLUE, "|")
    gutter = f"{' ' * width} {bar}"
    lines = [gutter]
    shown = 0
    for mark in marks:
        if mark.line != shown:
            if shown and mark.line > shown + 1:
                lines.append(paint(BLUE, "..."))
            shown = mark.line
            text = clipped(source.line(shown), _focus(marks, shown)).text
            lines.append(f"{paint(BLUE, str(shown).rjust(width))} {bar} {text}".rstrip())
        cells = clipped(source.line(mark.line), _focus(marks, mark.line))
        start, end = cells.column(mark.start), cells.column(mark.end)
        underline = ("^" if mark.primary else "-") * max(1, end - start)
        note = f"{underline} {printable(mark.message)}".rstrip()
        lines.append(f"{gutter} {' ' * start}{paint(color if mark.primary else BLUE, note)}")
    lines.append(gutter)
    return lines


def _focus(marks: list[Mark], line: int) -> int:
    return next(mark.start for mark in marks if mark.line == line)


class Cells(NamedTuple):
    """A line as a terminal shows it, and the column at which each of its characters begins."""

    text: str
    columns: list[int]

    def column(self, index: int) -> int:
        """Return the column of a character, or of the end of the line."""
        return self.columns[min(index, len(self.columns) - 1)]


def clipped(line: str, focus: int) -> Cells:
    """Return a line as shown, cut to what surrounds a character when it is very long."""
    first = 0 if len(line) <= WIDEST else max(0, min(focus - WIDEST // 3, len(line) - WIDEST))
    last = min(len(line), first + WIDEST)
    text = "…" if first else ""
    column = len(text)
    columns = [0] * first
    pieces = [text]
    for char in line[first:last]:
        columns.append(column)
        piece = " " * (TAB - column % TAB) if char == "\t" else printable(char)
        pieces.append(piece)
        column += cells(piece)
    if last < len(line):
        pieces.append("…")
    return Cells("".join(pieces), [*columns, column])
