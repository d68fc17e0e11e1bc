"""Findings about the user's text, as data.

    diagnostics.report("MLS0301", span, "unknown type `string`", help="the text type is called `str`")

Stages report and go on; an exception from a stage is a bug of the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mlsig_compiler.source import Source, Span

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first, such as an earlier definition."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of the characters of `span`: an insertion where it is empty."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that, made together, mend the finding; `mlsig check --fix` makes them unasked.

    `message` says what they do where that is not plain from the help, and may be empty.
    """

    message: str
    edits: tuple[Edit, ...]


def replacing(span: Span, text: str, message: str = "") -> Fix:
    """Return a fix that puts a text in the place of some characters."""
    return Fix(message, (Edit(span, text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding in one file. `label` is printed beside the underline."""

    source: Source
    code: str
    severity: Severity
    span: Span
    message: str
    label: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    fix: Fix | None = None


class Diagnostics:
    """The findings of one file, in the order in which they were reported."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: list[Diagnostic] = []
        self._seen: set[tuple[str, Span]] = set()
        self._errors = 0

    def report(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        severity: Severity = "error",
        label: str = "",
        labels: tuple[Label, ...] = (),
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        """Add a finding, unless the same code was already reported for the same characters."""
        if (code, span) in self._seen:
            return
        self._seen.add((code, span))
        self._errors += severity == "error"
        self._found.append(
            Diagnostic(
                source=self.source,
                code=code,
                severity=severity,
                span=span,
                message=message,
                label=label,
                labels=labels,
                help=help,
                fix=fix,
            )
        )

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return self._errors

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self._found, key=lambda found: found.span))

    def __len__(self) -> int:
        return len(self._found)
