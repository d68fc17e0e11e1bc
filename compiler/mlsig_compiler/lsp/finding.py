"""Where a name is declared, and where it is used: across files, and into Python source that is only read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types
from pygls import uris

from mlsig_compiler.lsp.binding import Occurrence, PythonPlace, Target
from mlsig_compiler.lsp.python import located
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.source import Span


def definition(sheet: Sheet, offset: int) -> list[types.Location]:
    """Return where the name at a place is declared."""
    found = sheet.bound.at(offset)
    if found is None:
        return []
    if isinstance(found.target, PythonPlace):
        return _python(sheet, found.target)
    if not found.target.path:
        other = sheet.other(found.target.module)
        return [other.location(Span(0, 0))] if other else []
    declared = declaration(sheet, found.target)
    return [declared[0].location(declared[1].span)] if declared else []


def declaration(sheet: Sheet, target: Target) -> tuple[Sheet, Occurrence] | None:
    """Return the file and the name that introduce a target."""
    other = sheet.other(target.module)
    if other is None:
        return None
    for each in other.bound.occurrences:
        if each.declares and each.target == target:
            return other, each
    return None


def references(sheet: Sheet, offset: int, *, declared: bool) -> list[types.Location]:
    """Return every place where what the name at a place means is named."""
    found = sheet.bound.at(offset)
    if found is None:
        return []
    return [
        other.location(each.span)
        for other, each in occurrences(sheet, found.target)
        if declared or not each.declares
    ]


def highlights(sheet: Sheet, offset: int) -> list[types.DocumentHighlight]:
    """Return the places of one file where what the name at a place means is named."""
    found = sheet.bound.at(offset)
    return [
        types.DocumentHighlight(
            sheet.range(each.span),
            types.DocumentHighlightKind.Write if each.declares else types.DocumentHighlightKind.Read,
        )
        for each in (sheet.bound.occurrences if found else ())
        if found and each.target == found.target
    ]


def occurrences(sheet: Sheet, target: Target | PythonPlace) -> Iterator[tuple[Sheet, Occurrence]]:
    """Yield every place of the workspace that names a target.

    A file that does not have its word cannot name it, so most are not looked at.
    """
    word = word_of(target)
    mentions = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    for module in sorted({*sheet.workspace.files, sheet.module}):
        other = sheet.other(module)
        if other is None or not mentions.search(other.text):
            continue
        for each in other.bound.occurrences:
            if each.target == target:
                yield other, each


def _python(sheet: Sheet, place: PythonPlace) -> list[types.Location]:
    found = located(place, [*sheet.workspace.python_folders(), str(Path.cwd())])
    if found is None:
        return []
    path, line, column = found
    position = types.Position(line, column)
    return [types.Location(uris.from_fs_path(str(path)) or "", types.Range(position, position))]


def word_of(target: Target | PythonPlace) -> str:
    """Return the word without which a file cannot name a target."""
    if isinstance(target, PythonPlace):
        return target.attribute
    return target.name.rpartition(".")[2]
