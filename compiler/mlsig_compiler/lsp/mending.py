"""Edits that the compiler offers: the canonical layout, and the mends of findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.findings.fixes import applied
from mlsig_compiler.formatting import formatted
from mlsig_compiler.lsp.diagnosing import diagnostics
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.source import Span


def layout(sheet: Sheet) -> list[types.TextEdit]:
    """Return the edit that lays a file out; none for a broken file, and for one that is laid out."""
    text = formatted(sheet.source, Diagnostics(sheet.source))
    if text is None or text == sheet.text:
        return []
    # only what is between the first and the last difference, so that cursors and folds elsewhere stay
    start = _shared(sheet.text, text)
    end = _shared(sheet.text[start:][::-1], text[start:][::-1])
    span = Span(start, len(sheet.text) - end)
    return [types.TextEdit(sheet.range(span), text[start : len(text) - end])]


def _shared(one: str, other: str) -> int:
    """Return how long the beginning is that two texts share."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def actions(
    sheet: Sheet, found: Sequence[Diagnostic], within: Span, only: Iterable[str] | None
) -> list[types.CodeAction]:
    """Return the mends of the findings in a span, and one that makes all of the file."""
    wanted = tuple(only or ("",))
    fixable = [each for each in found if each.fix is not None]
    made: list[types.CodeAction] = []
    if _asked(types.CodeActionKind.QuickFix, wanted):
        made += [
            _quick(each, sheet)
            for each in fixable
            if each.span.start <= within.end and within.start <= each.span.end
        ]
    if fixable and _asked(types.CodeActionKind.SourceFixAll, wanted):
        made.append(_all(fixable, sheet))
    return made


def _asked(kind: types.CodeActionKind, wanted: tuple[str, ...]) -> bool:
    return any(not each or kind.value == each or kind.value.startswith(f"{each}.") for each in wanted)


def _quick(found: Diagnostic, sheet: Sheet) -> types.CodeAction:
    said = found.fix.message if found.fix else ""
    return types.CodeAction(
        title=said or found.help or f"mend {found.code}: {found.message}",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=diagnostics([found], sheet),
        is_preferred=True,
        edit=_edit(sheet, applied_edits(found, sheet)),
    )


def applied_edits(found: Diagnostic, sheet: Sheet) -> list[types.TextEdit]:
    """Return the edits of a mend, with the line ends of the file."""
    ending = "\r\n" if "\r\n" in sheet.text else "\n"
    edits = found.fix.edits if found.fix else ()
    return [
        types.TextEdit(sheet.range(edit.span), edit.replacement.replace("\n", ending))
        for edit in dict.fromkeys(edits)
    ]


def _all(fixable: Sequence[Diagnostic], sheet: Sheet) -> types.CodeAction:
    text, _ = applied(sheet.text, [each.fix for each in fixable if each.fix])
    whole = types.TextEdit(sheet.range(Span(0, len(sheet.text))), text)
    return types.CodeAction(
        title="make every mend that is certain",
        kind=types.CodeActionKind.SourceFixAll,
        edit=_edit(sheet, [whole]),
    )


def _edit(sheet: Sheet, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={sheet.uri: edits})
