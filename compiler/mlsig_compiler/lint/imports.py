"""MLS0701: an import that nothing in its file uses."""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Fix, replacing
from mlsig_compiler.lint.run import Run, Subject
from mlsig_compiler.source import Span


def unused(subject: Subject, run: Run) -> None:  # noqa: ARG001
    """Report imported names that the file does not mention.

    A provider is used by every signature of its file: it can be chosen in their spaces.
    """
    mentioned = {word.text for words in subject.words.values() for word in words}
    chosen = any(isinstance(node, model.Signature) for node in subject.module.declarations)
    providers = {found.local for found in subject.module.imports if found.kind == "provider"}
    for node in subject.file.imports:
        idle = [
            imported
            for imported in node.names
            if (imported.alias or imported.name).text not in mentioned
            and not (chosen and (imported.alias or imported.name).text in providers)
        ]
        for imported in idle:
            local = imported.alias or imported.name
            fix = _without(imported, node) if len(idle) < len(node.names) else None
            if len(idle) == len(node.names):
                fix = replacing(_with_break(node.span, subject.source.text), "")
            subject.report(
                "MLS0701",
                imported.span,
                f"`{local.text}` is imported and not used",
                help="delete it from the import" if len(node.names) > 1 else "delete the import",
                fix=fix,
            )


def _without(imported: syntax.Imported, node: syntax.Import) -> Fix:
    """Return the deletion of one of several names, with the comma before it, or, of the first, after it."""
    at = node.names.index(imported)
    if at > 0:
        return replacing(Span(node.names[at - 1].span.end, imported.span.end), "")
    return replacing(Span(imported.span.start, node.names[at + 1].span.start), "")


def _with_break(span: Span, text: str) -> Span:
    """Return a span with the line break after it, where nothing else stands on its last line."""
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    return Span(span.start, end) if not text[span.end : end].strip() else span
