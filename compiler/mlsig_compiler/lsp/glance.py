"""A first look at an edit of a large file: only what the edit can have changed is read again.

    schema A { … }   schema B { a: A }   space S { … }     an edit in A: A and B are read, S is not

Declarations that the edited ones mention, that mention them, and so on, are kept; the others are blanked, so
that all places stay what they are. What was found in those moves with the text. The whole file is proved when
the editor is quiet; only near names in messages can differ until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.files.homes import LOOKS_DECLARED
from mlsig_compiler.lsp.shifting import difference
from mlsig_compiler.source import Source, Span

LARGE: Final = 3_000  # characters, below which the whole file is as quick
WORD: Final = re.compile(r"[A-Za-z_]\w*")


@dataclass(slots=True)
class Proved:
    """A file as it was when all of it was proved last."""

    source: Source
    tree: syntax.File
    found: tuple[Diagnostic, ...]
    _parts: list[Part] = field(default_factory=list["Part"])

    def parts(self) -> list[Part]:
        """Return the declarations of the file."""
        if not self._parts:
            self._parts = [_part(node, self.source.text) for node in self.tree.declarations]
        return self._parts


@dataclass(frozen=True, slots=True)
class Part:
    """A declaration: its characters, its name and the words in it."""

    span: Span
    name: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Glance:
    """What to read of a new text, with blanks for the rest, and where that is."""

    source: Source
    kept: tuple[Span, ...]  # in the new text
    before: tuple[Diagnostic, ...]  # what was found in the rest, where it is now


def glance(proved: Proved, source: Source) -> Glance | None:
    """Return what to read of an edited file; None where it must be the whole."""
    old, new = proved.source.text, source.text
    if len(new) < LARGE or proved.tree.broken:
        return None
    edit = difference(old, new)
    edited = edit.edited
    first = max((node.span.end for node in proved.tree.imports), default=0)
    if edited.start <= first:
        return None
    parts = proved.parts()
    touched = [part for part in parts if part.span.start <= edited.end and edited.start <= part.span.end]
    above = max([first, *(part.span.end for part in parts if part.span.end < edited.start)])
    below = min([len(old), *(part.span.start for part in parts if part.span.start > edited.end)])
    region = Span(above, below + edit.delta)  # of the new text: between the neighbours that stay
    others = [part for part in parts if part not in touched]
    text = new[region.start : region.end]
    names = frozenset([*(part.name for part in touched), *LOOKS_DECLARED.findall(text)])
    kept = _related(frozenset(WORD.findall(text)), names, others)
    spans = [Span(0, first), region, *(edit.moved(part.span) for part in kept)]
    if 2 * sum(span.end - span.start for span in spans) > len(new):
        return None
    rest = [edit.moved(part.span) for part in others if part not in kept]
    moved = [edit.shifted(each, source) for each in proved.found]
    before = tuple(each for each in moved if any(_inside(each.span, span) for span in rest))
    return Glance(Source(source.path, source.module, _only(new, sorted(spans))), tuple(spans), before)


def findings(seen: Glance, found: Iterable[Diagnostic], source: Source) -> tuple[Diagnostic, ...]:
    """Return what is said of the new text: what was found in what was read, and before in the rest."""
    new = [replace(each, source=source) for each in found if _within(each.span, seen.kept)]
    return tuple(sorted([*new, *seen.before], key=lambda each: each.span))


def _part(node: syntax.Declaration, text: str) -> Part:
    start = min([node.span.start, *(each.span.start for each in node.annotations)])
    span = Span(start, node.span.end)
    return Part(span, node.head.name.text, frozenset(WORD.findall(text[span.start : span.end])))


def _related(words: frozenset[str], names: frozenset[str], parts: list[Part]) -> set[Part]:
    """Return those that mention some names, those that are mentioned, and what all these mention."""
    kept: set[Part] = set()
    changed = set(names)
    while True:  # who mentions what is edited, and who mentions those
        more = {part for part in parts if part not in kept and not part.words.isdisjoint(changed)}
        if not more:
            break
        kept |= more
        changed |= {part.name for part in more}
    needed = set(words).union(*(part.words for part in kept))
    while True:
        more = {part for part in parts if part not in kept and part.name in needed}
        if not more:
            return kept
        kept |= more
        needed = needed.union(*(part.words for part in more))


def _only(text: str, spans: list[Span]) -> str:
    """Return a text with blanks for all but some spans of it."""
    return "".join(_pieces(text, spans))


def _pieces(text: str, spans: list[Span]) -> Iterator[str]:
    at = 0
    for start, end in spans:
        if end > at:
            yield " " * max(0, start - at)
            yield text[max(start, at) : end]
            at = end
    yield " " * (len(text) - at)


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start <= outer.end


def _within(span: Span, spans: Iterable[Span]) -> bool:
    return any(_inside(span, each) for each in spans)
