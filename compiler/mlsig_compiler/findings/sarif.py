"""Findings as SARIF 2.1.0, which code hosts and editors read.

log([diagnostic]) -> {"version": "2.1.0", "runs": [{"tool": …, "results": [{"ruleId": "MLS0301", …}]}]}

Lines and columns count from 1, in code points, as everywhere in mlsig.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from mlsig_compiler.codes import CODES, Code
from mlsig_compiler.diagnostics import Diagnostic, Fix
from mlsig_compiler.source import Source, Span

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def log(found: Iterable[Diagnostic]) -> dict[str, Any]:
    """Return findings as one run of mlsig; its rules are the codes that were found, in their order."""
    diagnostics = list(found)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {
        "name": "mlsig",
        "version": version("mlsig"),  # not `semanticVersion`: between releases it is none
        "rules": [_rule(CODES[code]) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation},
        "help": {"text": code.page(), "markdown": code.markdown()},
        "helpUri": code.uri,
        "defaultConfiguration": {"level": code.severity},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    source = diagnostic.source
    more = f"\nhelp: {diagnostic.help}" if diagnostic.help else ""
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": f"{diagnostic.message}{more}"},
        "locations": [_location(source, diagnostic.span, diagnostic.label)],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": number, **_location(source, label.span, label.message)}
            for number, label in enumerate(diagnostic.labels, 1)
        ]
    if diagnostic.fix is not None:
        result["fixes"] = [_fix(diagnostic.fix, diagnostic.help, source)]
    return result


def _location(source: Source, span: Span, message: str) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(source)}
    if source.text:
        place["region"] = _region(source, span)
    location: dict[str, Any] = {"physicalLocation": place}
    if message:
        location["message"] = {"text": message}
    return location


def _fix(fix: Fix, help: str, source: Source) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(source, edit.span), "insertedContent": {"text": edit.replacement}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(source), "replacements": replacements}
    return {"description": {"text": fix.message or help or "mend it"}, "artifactChanges": [change]}


def _artifact(source: Source) -> dict[str, str]:
    path = source.path
    # without a drive or a root it is read from where the run began, as code hosts expect
    return {"uri": path.as_uri() if path.is_absolute() else quote(Path(path).as_posix())}


def _region(source: Source, span: Span) -> dict[str, int]:
    start, end = source.position(span.start), source.position(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
