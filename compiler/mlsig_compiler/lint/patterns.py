"""MLS0706: a pattern that takes long for a long text.

Those whose time doubles with each character are errors (MLS0408). In these, two repetitions that can follow
each other take the same text, so the time grows with the square of its length, or faster: no matter where the
type keeps the text short.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlsig_compiler import syntax
from mlsig_compiler.backtracking import slow as overlapping
from mlsig_compiler.lint.run import Run, Subject
from mlsig_compiler.lint.words import nodes
from mlsig_compiler.patterns import anchored

SHORT: Final = 256


def slow(subject: Subject, run: Run) -> None:  # noqa: ARG001
    """Report patterns, of types and in expressions, whose repetitions overlap."""
    for literal in _patterns(subject.file):
        if overlapping(anchored(str(literal.value))):
            subject.report(
                "MLS0706",
                literal.span,
                "a long text can keep this pattern busy: two of its repetitions take the same characters",
                help="let something stand between the repetitions that neither takes, or bound the length",
            )


def _patterns(file: syntax.File) -> Iterator[syntax.Literal]:
    for node in nodes(file.declarations):
        match node:
            case syntax.TypeName(_, _, arguments):
                said = {given.name.text: given.value for given in arguments if given.name is not None}
                most = said.get("max_length")
                short = (
                    isinstance(most, syntax.Literal) and isinstance(most.value, int) and most.value <= SHORT
                )
                pattern = said.get("pattern")
                if isinstance(pattern, syntax.Literal) and isinstance(pattern.value, str) and not short:
                    yield pattern
            case syntax.Apply(
                syntax.Reference(("matches",)), (_, syntax.Given(_, syntax.Literal(str()) as literal))
            ):
                yield literal
            case _:
                pass
