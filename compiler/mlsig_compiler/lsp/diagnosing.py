"""Findings as editors show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lsprotocol import types

from mlsig_compiler.diagnostics import Diagnostic, Severity
from mlsig_compiler.lsp.sheet import Sheet

SEVERITIES: Final[dict[Severity, types.DiagnosticSeverity]] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}
NAME: Final = "mlsig"
UNUSED: Final = frozenset({"MLS0701", "MLS0702", "MLS0709"})
DEPRECATED: Final = "MLS0710"


def diagnostics(found: Iterable[Diagnostic], sheet: Sheet) -> list[types.Diagnostic]:
    """Return the findings of a file; their second places become related ones."""
    return [_diagnostic(each, sheet) for each in found]


def _diagnostic(found: Diagnostic, sheet: Sheet) -> types.Diagnostic:
    said = (found.message, found.label, f"help: {found.help}" if found.help else "")
    tags: list[types.DiagnosticTag] = []
    if found.code in UNUSED:
        tags.append(types.DiagnosticTag.Unnecessary)
    if found.code == DEPRECATED:
        tags.append(types.DiagnosticTag.Deprecated)
    related = [
        types.DiagnosticRelatedInformation(sheet.location(each.span), each.message) for each in found.labels
    ]
    return types.Diagnostic(
        range=sheet.range(found.span),
        message="\n".join(filter(None, said)),
        severity=SEVERITIES[found.severity],
        code=found.code,
        source=NAME,
        tags=tags or None,
        related_information=related or None,
    )
