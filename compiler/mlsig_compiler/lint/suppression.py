"""Comments that silence findings, and MLS0708: one that silences nothing.

    output answer: str   # mlsig: ignore[MLS0704] a person reads it

A comment at the end of a line is about that line; one that stands alone, about the next line with something
on it. Warnings can be silenced, errors cannot.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from mlsig_compiler.codes import CODES
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics, Fix, replacing
from mlsig_compiler.findings.nearest import suggestion
from mlsig_compiler.lint.run import Subject
from mlsig_compiler.source import Source, Span

COMMENT: Final = re.compile(r"#\s*mlsig\s*:\s*ignore\b(?P<codes>\s*\[(?P<list>[^\]]*)\])?", re.IGNORECASE)
CODE: Final = re.compile(r"[^\s,]+")


@dataclass(slots=True)
class Suppression:
    """A comment that silences; `codes` says where each code stands, `used` which silenced something."""

    comment: Span
    line: int
    codes: list[tuple[str, Span]]
    used: set[str] = field(default_factory=set[str])


def kept(subject: Subject, rules: Collection[str]) -> list[Diagnostic]:
    """Return the findings about a file that no comment silences, and comments that silence nothing."""
    found = _suppressions(subject)
    by_line: dict[int, list[Suppression]] = {}
    for suppression in found:
        by_line.setdefault(suppression.line, []).append(suppression)
    left: list[Diagnostic] = []
    for diagnostic in subject.diagnostics:
        line = subject.source.position(diagnostic.span.start).line
        silencing = [
            suppression
            for suppression in by_line.get(line, ())
            if any(code == diagnostic.code for code, _ in suppression.codes)
        ]
        for suppression in silencing:
            suppression.used.add(diagnostic.code)
        if not silencing:
            left.append(diagnostic)
    if "MLS0708" in rules:
        useless = Diagnostics(subject.source)
        for suppression in found:
            _useless(suppression, rules, useless)
        left += useless
    return sorted(left, key=lambda diagnostic: diagnostic.span)


def _suppressions(subject: Subject) -> list[Suppression]:
    found: list[Suppression] = []
    for comment in subject.file.comments:
        match = COMMENT.match(comment.text)
        if match is not None:
            start = comment.span.start + (match.start("list") if match["codes"] else 0)
            codes = [
                (word[0].upper(), Span(start + word.start(), start + word.end()))
                for word in CODE.finditer(match["list"] or "")
            ]
            found.append(Suppression(comment.span, _line(comment.span, subject.source), codes))
    return found


def _line(comment: Span, source: Source) -> int:
    """Return the line that a comment is about."""
    line, column = source.position(comment.start)
    if source.line(line)[: column - 1].strip():
        return line
    last = source.position(len(source.text)).line
    following = line + 1
    while following < last and source.line(following).strip()[:1] in ("", "#"):
        following += 1
    return following


def _useless(suppression: Suppression, rules: Collection[str], useless: Diagnostics) -> None:
    if not suppression.codes:
        message, help = "this comment does not say what to ignore", "write `# mlsig: ignore[MLS0704]`"
        useless.report("MLS0708", suppression.comment, message, severity="warning", help=help)
        return
    idle = [
        (code, span)
        for code, span in suppression.codes
        if code not in suppression.used and (code in rules or code not in CODES or not _silent(code))
    ]
    for code, span in idle:
        help, fix = "", None
        if code not in CODES:
            message = f"there is no code `{code}`"
            help = suggestion(code, CODES)
        elif not _silent(code):
            message, help = f"{code} is an error, and errors cannot be ignored", "mend it instead"
        else:
            message = f"there is no {code} to ignore here"
            fix = _deletion(suppression, span, len(idle) == len(suppression.codes), useless.source.text)
        useless.report("MLS0708", span, message, severity="warning", help=help, fix=fix)


def _silent(code: str) -> bool:
    return CODES[code].severity == "warning"


def _deletion(suppression: Suppression, span: Span, whole: bool, text: str) -> Fix:
    """Return the deletion of a code, or, where all are useless, of the comment and what it leaves blank."""
    places = [place for _, place in suppression.codes]
    at = places.index(span)
    if not whole:
        start, end = (places[at - 1].end, span.end) if at else (span.start, places[1].start)
        return replacing(Span(start, end), "")
    begin = text.rfind("\n", 0, suppression.comment.start) + 1
    before = text[begin : suppression.comment.start]
    end = suppression.comment.end
    if before.strip() or "\n" not in text[end:]:
        return replacing(Span(begin + len(before.rstrip()), end), "")
    return replacing(Span(begin, text.index("\n", end) + 1), "")
