"""The outline of a file: symbols for the side of the editor, symbols of all files, and what can be folded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lsprotocol import types

from mlsig_compiler import syntax
from mlsig_compiler.lsp.binding.members import own
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.parse.scan import TOKEN
from mlsig_compiler.resolve.scope import KIND_OF
from mlsig_compiler.source import Span

Kind = types.SymbolKind
KINDS: Final = {
    "enum": Kind.Enum,
    "type": Kind.TypeParameter,
    "schema": Kind.Struct,
    "signature": Kind.Interface,
    "space": Kind.Namespace,
    "var": Kind.Variable,
    "provider": Kind.Module,
    "tool": Kind.Function,
    "program": Kind.Class,
    "pipeline": Kind.Function,
    "resource": Kind.Class,
    "member": Kind.EnumMember,
    "field": Kind.Field,
    "input": Kind.Property,
    "output": Kind.Property,
    "variable": Kind.Variable,
    "composite": Kind.Variable,
    "check": Kind.Boolean,
    "constraint": Kind.Boolean,
    "parameter": Kind.Variable,
    "step": Kind.Variable,
    "metric": Kind.Method,
    "model": Kind.Constant,
    "attribute": Kind.Property,
    "relationship": Kind.Property,
    "calculation": Kind.Property,
    "action": Kind.Method,
}
MOST: Final = 500


def symbols(sheet: Sheet) -> list[types.DocumentSymbol]:
    """Return the declarations of a file, with their members."""
    return [_symbol(node, sheet) for node in sheet.tree.declarations]


def _symbol(node: syntax.Declaration, sheet: Sheet) -> types.DocumentSymbol:
    kind = KIND_OF[type(node)]
    return types.DocumentSymbol(
        name=node.head.name.text,
        detail=kind,
        kind=KINDS[kind],
        range=sheet.range(_around(node.span, node.head.name.span)),
        selection_range=sheet.range(node.head.name.span),
        children=[
            types.DocumentSymbol(
                name=name.text or '""',
                detail=word,
                kind=KINDS[word],
                range=sheet.range(_around(member.span, name.span)),
                selection_range=sheet.range(name.span),
            )
            for word, name, member in own(node)
        ],
    )


def _around(span: Span, inner: Span) -> Span:
    return Span(min(span.start, inner.start), max(span.end, inner.end))


def workspace_symbols(workspace: Workspace, query: str, sheets: Any) -> list[types.WorkspaceSymbol]:
    """Return the declarations of all files whose name has the letters of a query, in their order."""
    found: list[types.WorkspaceSymbol] = []
    wanted = query.lower()
    for module in sorted({module for name, module in workspace.declared.every() if _fits(wanted, name)}):
        sheet: Sheet | None = sheets(module) if module in workspace.files else None
        for node in sheet.tree.declarations if sheet else ():
            name = node.head.name
            if sheet and _fits(wanted, name.text):
                place = sheet.location(name.span)
                kind = KINDS[KIND_OF[type(node)]]
                found.append(
                    types.WorkspaceSymbol(location=place, name=name.text, kind=kind, container_name=module)
                )
        if len(found) >= MOST:
            break
    return found[:MOST]


def _fits(wanted: str, name: str) -> bool:
    letters = iter(name.lower())
    return all(letter in letters for letter in wanted)


def folds(sheet: Sheet) -> list[types.FoldingRange]:
    """Return what can be folded: brackets, documentation strings, comments and imports of several lines."""
    found = [*_brackets(sheet), *_comments(sheet)]
    imports = sheet.tree.imports
    if len(imports) > 1:
        span = Span(imports[0].span.start, imports[-1].span.end)
        found += _fold(sheet, span, types.FoldingRangeKind.Imports)
    return found


def _brackets(sheet: Sheet) -> Iterator[types.FoldingRange]:
    opened: list[int] = []
    for token in TOKEN.finditer(sheet.text):
        if token.lastgroup == "open":
            opened.append(token.start())
        elif token.lastgroup == "close" and opened:
            yield from _fold(sheet, Span(opened.pop(), token.start()), None, last=-1)
        elif token.lastgroup == "string" and "\n" in token[0]:
            yield from _fold(sheet, Span(*token.span()), None)


def _comments(sheet: Sheet) -> Iterator[types.FoldingRange]:
    """Yield comments that stand below each other."""
    first: Span | None = None
    last = Span(0, 0)
    for comment in (*sheet.tree.comments, None):
        between = sheet.text[last.end : comment.span.start] if comment else "x"
        if comment and first and not between.strip() and between.count("\n") <= 1:
            last = comment.span
            continue
        if first:
            yield from _fold(sheet, Span(first.start, last.end), types.FoldingRangeKind.Comment)
        first = last = comment.span if comment else Span(0, 0)


def _fold(
    sheet: Sheet, span: Span, kind: types.FoldingRangeKind | None, last: int = 0
) -> Iterator[types.FoldingRange]:
    start, end = sheet.places.position(span.start).line, sheet.places.position(span.end).line + last
    if end > start:
        yield types.FoldingRange(start, end, kind=kind)
