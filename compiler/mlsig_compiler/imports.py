"""Which files a run reads, and in which order: each after those that it imports.

    a imports b, c imports nothing     ->   b, a, c

Files that import each other in a circle are reported once, as the circle, and read without the import that
closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mlsig_compiler import syntax
from mlsig_compiler.bugs import blaming
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve import Library
from mlsig_compiler.source import Source, Span, Unreadable

Find: TypeAlias = Callable[[str], Source | Unreadable | None]


class Parsed(NamedTuple):
    """A file whose names are not bound yet."""

    source: Source
    file: syntax.File
    diagnostics: Diagnostics


@dataclass(slots=True)
class Visit:
    """A file whose imports are being read; `at` is the one that is being followed."""

    parsed: Parsed
    waiting: list[syntax.Import]
    at: syntax.Import | None = None

    @property
    def module(self) -> str:
        """The name of its module."""
        return self.parsed.source.module


def parsed(source: Source) -> Parsed:
    """Parse a file.

    Raises:
        FailedOn: The compiler found itself to be wrong.
    """
    diagnostics = Diagnostics(source)
    with blaming(source):
        file = parse(source, diagnostics)
    return Parsed(source, file, diagnostics)


def in_order(
    sources: Iterable[Source], find: Find, library: Library, read: Callable[[Source], Parsed] = parsed
) -> Iterator[Parsed]:
    """Parse files and what they import, and yield each when all that it imports has been yielded.

    The caller adds each file to the library before it asks for the next. `find` returns the source of a
    module that is not among the sources, or None; modules that wait for each other or cannot be read are
    noted as lost in the library. `read` parses, or remembers; findings are added to what it gives.
    """
    given = {source.module: source for source in sources}
    done: set[str] = set()
    for first in given.values():
        if first.module in done:
            continue
        path = [_visit(read(first))]
        while path:
            visit = path[-1]
            if not visit.waiting:
                path.pop()
                done.add(visit.module)
                yield visit.parsed
                continue
            visit.at = visit.waiting.pop(0)
            module = ".".join(visit.at.module.path)
            if module in done or module in library.lost or library.get(module) is not None:
                continue
            open_ = [other.module for other in path]
            if module in open_:
                _report_circle(path[open_.index(module) :])
                library.lost.add(module)
                continue
            source = given.get(module) or find(module)
            if isinstance(source, Source):
                path.append(_visit(read(source)))
            elif source is not None:
                library.lost.add(module)


def _visit(found: Parsed) -> Visit:
    return Visit(found, list(found.file.imports))


def _report_circle(circle: list[Visit]) -> None:
    """Report a circle in the file that comes first in it by name, where that imports the next."""
    if len(circle) == 1:
        node, diagnostics = circle[0].at, circle[0].parsed.diagnostics
        help = "delete it: what a file declares needs no import there"
        diagnostics.report("MLS0322", _place(node), "this file imports itself", help=help)
        return
    turn = min(range(len(circle)), key=lambda index: circle[index].module)
    circle = [*circle[turn:], *circle[:turn]]
    names = [visit.module for visit in circle]
    links = [
        f"`{visit.module}` imports `{following}` ({_where(visit)})"
        for visit, following in zip(circle, [*names[1:], names[0]], strict=True)
    ]
    circle[0].parsed.diagnostics.report(
        "MLS0322",
        _place(circle[0].at),
        f"these files import each other: {' -> '.join([*names, names[0]])}",
        label="; ".join(links) if len(links) <= 4 else f"the circle has {len(links)} files",
        help="move what they share to a file that imports none of them",
    )


def _place(node: syntax.Import | None) -> Span:
    return node.module.span if node else Span(0, 0)


def _where(visit: Visit) -> str:
    source = visit.parsed.source
    return f"{source.path.as_posix()}:{source.position(_place(visit.at).start).line}"
