"""Renaming across files: every place or none.

The edits are tried on a copy first. Where a file would have a mistake that it does not have now, or a name
would mean something else than before, nothing is renamed, and the reason is said.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from lsprotocol import types

from mlsig_compiler import model, standard, syntax
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.front import Analysis, analyse_all
from mlsig_compiler.lsp.binding import Bound, PythonPlace, Target, bind
from mlsig_compiler.lsp.finding import occurrences
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.source import Source, Span, Unreadable

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


class Refused(Exception):
    """A renaming that cannot be made; its message is for the user."""


def prepared(sheet: Sheet, offset: int) -> tuple[Span, str]:
    """Return the name at a place that can be renamed, and what it is now.

    Raises:
        Refused: It cannot be renamed.
    """
    found = _nameable(sheet, offset)
    span = _bare(sheet, found.span)
    return span, sheet.text[span.start : span.end]


def renamed(sheet: Sheet, offset: int, name: str) -> types.WorkspaceEdit:
    """Return the edits that rename what the name at a place means, or the other name that an import gives it.

    Raises:
        Refused: It cannot be renamed, or not to this.
    """
    found = _nameable(sheet, offset)
    _check_word(name)
    target = found.target
    spans = _local(sheet, found) if found.alias else _everywhere(sheet, target)
    changed = {module: _edited(sheet, module, places, name) for module, places in spans.items()}
    before = sheet.text[_bare(sheet, found.span).start : _bare(sheet, found.span).end]
    new = target if found.alias else Target(target.module, (*target.path[:-1], name))
    if name != before:
        _prove(sheet, changed, target, new)
    edits: dict[str, list[types.TextEdit]] = {}
    for module, places in spans.items():
        other = sheet.other(module)
        if other is not None:
            edits[other.uri] = [types.TextEdit(other.range(span), name) for span in places]
    return types.WorkspaceEdit(changes=edits)


class _Named(NamedTuple):
    """A name that can be renamed; `alias` where it is the other name that an import gives."""

    span: Span
    target: Target
    alias: bool


def _nameable(sheet: Sheet, offset: int) -> _Named:
    found = sheet.bound.at(offset)
    if found is None:
        raise Refused("there is no name here that could be renamed")
    if isinstance(found.target, PythonPlace):
        raise Refused("this is named in Python: rename it there")
    if not found.target.path:
        raise Refused("a module has the name of its file: rename the file")
    if found.kind == "model":
        raise Refused("a model has the name that its provider gave it")
    if found.target.module.startswith(standard.PREFIX) and not found.alias:
        raise Refused(f"`{found.target.name}` is declared in `{found.target.module}`, which comes with mlsig")
    return _Named(found.span, found.target, found.alias)


def _check_word(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(f"`{name}` is no name: it has letters, digits and `_`, and begins with a letter")
    if keyword.iskeyword(name):
        raise Refused(f"`{name}` is a word of Python, which cannot be a name")


def _bare(sheet: Sheet, span: Span) -> Span:
    """Return the name within quotation marks, where it has them."""
    return Span(span.start + 1, span.end - 1) if sheet.text[span.start] == '"' else span


def _local(sheet: Sheet, found: _Named) -> dict[str, list[Span]]:
    """Return where a file uses the other name that it has for a target."""
    alias = sheet.text[found.span.start : found.span.end]
    spans = [
        each.span
        for each in sheet.bound.occurrences
        if each.target == found.target and sheet.text[each.span.start : each.span.end] == alias
    ]
    return {sheet.module: spans}


def _everywhere(sheet: Sheet, target: Target) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for other, each in occurrences(sheet, target):
        if not each.alias:
            spans.setdefault(other.module, []).append(_bare(other, each.span))
    return spans


def _edited(sheet: Sheet, module: str, places: list[Span], name: str) -> Source:
    source = sheet.workspace.files[module].source
    text = source.text
    for span in sorted(places, reverse=True):
        text = text[: span.start] + name + text[span.end :]
    return Source(source.path, module, text)


# The trial


class Trial:
    """The files as they would be."""

    def __init__(self, analysis: Analysis, workspace: Workspace) -> None:
        self._analysis = analysis
        self._workspace = workspace

    def tree(self, module: str) -> syntax.File | None:
        """Return the syntax of a module."""
        found = self._analysis.parsed.get(module)
        return found.file if found else self._workspace.tree(module)

    def declaration(self, module: str, name: str) -> model.Declaration | None:
        """Return what a name of a module declares, as far as it could be understood."""
        exports = self._analysis.library.get(module)
        return exports.declarations.get(name) if exports else None


def _prove(sheet: Sheet, changed: Mapping[str, Source], old: Target, new: Target) -> None:
    """Try changed files, and those that import them."""
    workspace = sheet.workspace
    affected = workspace.importers(changed)

    def find(module: str) -> Source | Unreadable | None:
        return changed.get(module) or workspace.locate(module)

    sources = [changed.get(module) or source for module in affected if (source := workspace.source(module))]
    analysis = analyse_all(sources, find, keep=True)
    for module in affected:
        workspace.settle(module)
        before = workspace.files[module].found
        for each in analysis.diagnostics[module]:
            if each.severity == "error" and not _known(each, before, old, new):
                line = each.source.position(each.span.start).line
                raise Refused(
                    f"renamed to `{new.name}`, {each.source.path.name}:{line} would be wrong: {each.message}"
                )
    trial = Trial(analysis, workspace)
    for module in affected:
        source = analysis.parsed[module].source
        _compare(workspace.bound(module), bind(source, trial), source, old, new)


def _known(found: Diagnostic, before: tuple[Diagnostic, ...], old: Target, new: Target) -> bool:
    """Say whether a file has a mistake already."""
    same = sum(each.code == found.code for each in before)
    message = found.message.replace(f"`{new.name}`", f"`{old.name}`")
    return bool(same) and any(each.message in (found.message, message) for each in before)


def _compare(before: Bound, after: Bound, source: Source, old: Target, new: Target) -> None:
    """Refuse where a name would mean something else."""

    def kept(target: Target | PythonPlace) -> object:
        if isinstance(target, PythonPlace):
            return target
        path = target.path
        if target.module == old.module and path[: len(old.path)] == old.path:
            path = (*new.path, *path[len(old.path) :])
        # what is gone through is known by its place, which moves
        return target.module, *(part.partition("@")[0] for part in path)

    first = [(kept(each.target), each.kind) for each in before.occurrences]
    second = [(kept(each.target), each.kind) for each in after.occurrences]
    if first == second:
        return
    at = next(
        (index for index, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]),
        min(len(first), len(second)),
    )
    place = after.occurrences[min(at, len(after.occurrences) - 1)].span.start if after.occurrences else 0
    line = source.position(place).line
    raise Refused(f"`{new.name}` means something else in {source.path.name}:{line}")
