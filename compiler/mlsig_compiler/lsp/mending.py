"""Edits that the compiler offers: the canonical layout, and the mends of findings, singly or all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from lsprotocol import types

from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.findings.fixes import ROUNDS, applied
from mlsig_compiler.formatting import formatted
from mlsig_compiler.lsp.diagnosing import diagnostics
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.lsp.shifting import difference
from mlsig_compiler.source import Source, Span

ALL: Final = f"{types.CodeActionKind.SourceFixAll.value}.mlsig"
Find: TypeAlias = Callable[[Source], Iterable[Diagnostic]]


def layout(sheet: Sheet) -> list[types.TextEdit]:
    """Return the edit that lays a file out; none for a broken file, and for one that is laid out."""
    text = formatted(sheet.source, Diagnostics(sheet.source))
    if text is None or text == sheet.text:
        return []
    return [_changed(sheet, text)]


def _changed(sheet: Sheet, text: str) -> types.TextEdit:
    """Return one edit of what differs, so that cursors and folds elsewhere stay."""
    edit = difference(sheet.text, text)
    return types.TextEdit(sheet.range(edit.edited), text[slice(*edit.replacement)])


def actions(
    sheet: Sheet, found: Sequence[Diagnostic], within: Span, only: Iterable[str] | None, find: Find
) -> list[types.CodeAction]:
    """Return the mends of the findings in a span, and one that makes all of the file.

    `find` says what is found in another text of the file.
    """
    wanted = tuple(only or ("",))
    fixable = [each for each in found if each.fix is not None]
    made: list[types.CodeAction] = []
    if _asked(types.CodeActionKind.QuickFix.value, wanted):
        made += [
            _quick(each, sheet)
            for each in fixable
            if each.span.start <= within.end and within.start <= each.span.end
        ]
    if fixable and _asked(ALL, wanted):
        made.append(_all(fixable, sheet, find))
    return made


def _asked(kind: str, wanted: tuple[str, ...]) -> bool:
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in wanted)


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


def _all(fixable: Sequence[Diagnostic], sheet: Sheet, find: Find) -> types.CodeAction:
    return types.CodeAction(
        title="make every mend that is certain",
        kind=ALL,
        edit=_edit(sheet, [_changed(sheet, mended(sheet.source, fixable, find))]),
    )


def mended(source: Source, found: Iterable[Diagnostic], find: Find) -> str:
    """Return a text with all mends made: again and again, since one can uncover another."""
    text = source.text
    for _ in range(ROUNDS):
        better, made = applied(text, [each.fix for each in found if each.fix])
        if not made or better == text:
            break
        text = better
        found = find(Source(source.path, source.module, text))
    return text


def _edit(sheet: Sheet, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={sheet.uri: edits})
