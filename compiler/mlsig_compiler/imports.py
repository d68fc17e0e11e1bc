"""Which files a run reads, and in which order: each after those that it imports.

    a imports b, c imports nothing     ->   b, a, c

Files that import each other in a circle are reported once, as the circle, and read without the import that
closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve import Library
from mlsig_compiler.source import Source


class Parsed(NamedTuple):
    """A file whose names are not bound yet."""

    source: Source
    file: syntax.File
    diagnostics: Diagnostics


@dataclass(slots=True)
class Visit:
    """A file whose imports are being read."""

    parsed: Parsed
    waiting: list[syntax.Import]


def in_order(
    sources: Iterable[Source], find: Callable[[str], Source | None], library: Library
) -> Iterator[Parsed]:
    """Parse files and what they import, and yield each when all that it imports has been yielded.

    The caller adds each file to the library before it asks for the next. `find` returns the source of a
    module that is not among the sources, or None; modules that wait for each other are noted as lost in the
    library.
    """
    given = {source.module: source for source in sources}
    done: set[str] = set()
    for first in given.values():
        if first.module in done:
            continue
        path = [_visit(first)]
        while path:
            visit = path[-1]
            if not visit.waiting:
                path.pop()
                done.add(visit.parsed.source.module)
                yield visit.parsed
                continue
            node = visit.waiting.pop(0)
            module = ".".join(node.module.path)
            if module in done or library.get(module) is not None:
                continue
            open_ = [other.parsed.source.module for other in path]
            if module in open_:
                _report_circle(node, [*open_[open_.index(module) :], module], visit.parsed.diagnostics)
                library.lost.add(module)
                continue
            source = given.get(module) or find(module)
            if source is not None:
                path.append(_visit(source))


def _visit(source: Source) -> Visit:
    diagnostics = Diagnostics(source)
    file = parse(source, diagnostics)
    return Visit(Parsed(source, file, diagnostics), list(file.imports))


def _report_circle(node: syntax.Import, circle: list[str], diagnostics: Diagnostics) -> None:
    help = "move what they share to a file that imports none of them"
    if len(circle) == 2:
        diagnostics.report("MLS0322", node.module.span, "this file imports itself", help="delete the import")
        return
    shown = " -> ".join(circle)
    diagnostics.report("MLS0322", node.module.span, "these files import each other", label=shown, help=help)
