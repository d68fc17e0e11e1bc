"""Short ways to read text with the front end."""

from __future__ import annotations

from pathlib import Path

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import analyse
from mlsig_compiler.parse import parse
from mlsig_compiler.source import Source, Span


def source(text: str) -> Source:
    return Source(Path("case.mlsig"), "case", text)


def tree(text: str) -> syntax.File:
    """Return the syntax tree of a correct text."""
    file, found = tree_and_findings(text)
    assert found == []
    return file


def tree_and_findings(text: str) -> tuple[syntax.File, list[str]]:
    diagnostics = Diagnostics(source(text))
    file = parse(diagnostics.source, diagnostics)
    return file, [f"{found.code} {found.message}" for found in diagnostics]


def module(text: str) -> model.Module:
    """Return the model of a correct text."""
    found, diagnostics = analyse(source(text))
    assert [diagnostic.message for diagnostic in diagnostics] == []
    assert found is not None
    return found


def only(text: str) -> model.Declaration:
    """Return the last declaration of a correct text."""
    return module(text).declarations[-1]


def space(text: str) -> model.Space:
    found = only(text)
    assert isinstance(found, model.Space)
    return found


def schema(text: str) -> model.Schema:
    found = only(text)
    assert isinstance(found, model.Schema)
    return found


def messages(text: str) -> list[str]:
    """Return the findings about a text: code and message."""
    return [f"{found.code} {found.message}" for found in analyse(source(text))[1]]


def written(text: str, span: Span) -> str:
    return text[span.start : span.end]
