"""Findings as text.

    error[MLS0301]: unknown type `string`
     --> qa.mlsig:4:19
      |
    4 |   input question: string
      |                   ^^^^^^ neither a type nor declared in this file
      |
      = help: did you mean `str`?

Formats: `full` as above, `concise` (a line each), `json` (one array), `github` (workflow commands). Columns
are shown as a terminal shows them: tabs widened, wide characters two cells, and characters that a terminal
would act on spelt out.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, TextIO, TypeAlias, get_args

from mlsig_compiler.diagnostics import Diagnostic, Label
from mlsig_compiler.source import Source, Span

Format: TypeAlias = Literal["full", "concise", "json", "github"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
TAB: Final = 4
WIDEST: Final = 160

RED, YELLOW, BLUE, BOLD, PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


def render(found: Iterable[Diagnostic], format: Format = "full", *, color: bool = False) -> str:
    """Return findings in a format; colour applies to `full` only."""
    if format == "json":
        return json.dumps([as_json(diagnostic) for diagnostic in found], indent=2) + "\n"
    if format == "concise":
        return "".join(f"{concise(diagnostic)}\n" for diagnostic in found)
    if format == "github":
        return "".join(f"{github(diagnostic)}\n" for diagnostic in found)
    paint = Paint(color)
    return "".join(f"{full(diagnostic, paint)}\n" for diagnostic in found)


def wants_color(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether to colour what goes to a stream: a terminal that is not dumb, unless NO_COLOR is set."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


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
        "file": diagnostic.source.path.as_posix(),
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
    if diagnostic.help:
        lines.append(f"{' ' * width} {paint(BLUE, '=')} {paint(BOLD, 'help')}: {printable(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _marks(diagnostic: Diagnostic) -> list[Mark]:
    places = [(diagnostic.span, diagnostic.label, True)]
    places += [(label.span, label.message, False) for label in diagnostic.labels]
    found: list[Mark] = []
    for span, message, primary in places:
        start, end = diagnostic.source.position(span.start), diagnostic.source.position(span.end)
        length = len(diagnostic.source.line(start.line))
        last = end.column - 1 if end.line == start.line else max(length, start.column)
        found.append(Mark(start.line, start.column - 1, max(last, start.column), message, primary))
    return sorted(found, key=lambda mark: (mark.line, not mark.primary, mark.start))


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


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def printable(text: str) -> str:
    """Return a text with the characters that a terminal would act on, or that cannot be seen, spelt out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)
