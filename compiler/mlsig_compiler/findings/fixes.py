"""Making the fixes that findings offer.

    applied("x: string", [replacing(Span(3, 9), "str")])  ->  "x: str", [0]

`mend` does it to files, again and again until nothing is left to fix, since one fix can uncover another.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mlsig_compiler.diagnostics import Diagnostic, Edit, Fix
from mlsig_compiler.source import Source
from mlsig_compiler.write import replace

ROUNDS: Final = 10
MARK: Final = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Mended:
    """What was fixed: each file with the codes of its findings, and what is left."""

    fixed: dict[Path, list[str]] = field(default_factory=dict[Path, list[str]])
    left: list[Diagnostic] = field(default_factory=list[Diagnostic])


def applied(text: str, fixes: Sequence[Fix]) -> tuple[str, list[int]]:
    """Return a text with fixes made, and which were: one that touches the place of an earlier one waits."""
    edits: list[Edit] = []
    made: list[int] = []
    for number, fix in enumerate(fixes):
        new = [edit for edit in fix.edits if edit not in edits]
        if not any(_touch(edit, other) for edit in new for other in edits):
            edits += new
            made.append(number)
    ending = "\r\n" if "\r\n" in text else "\n"
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        replacement = edit.replacement.replace("\n", ending)
        text = text[: edit.span.start] + replacement + text[edit.span.end :]
    return text, made


def _touch(one: Edit, other: Edit) -> bool:
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def mend(find: Callable[[], list[Diagnostic]], paths: Sequence[Path]) -> Mended:
    """Fix files until nothing is left to fix. `find` reads them anew; only what is under `paths` is touched.

    Raises:
        OSError: A file could not be written.
    """
    mended = Mended()
    allowed = [Path(os.path.realpath(path)) for path in paths]
    for _ in range(ROUNDS):
        mended.left = find()
        files: dict[Path, list[Diagnostic]] = {}
        for diagnostic in mended.left:
            path = Path(os.path.realpath(diagnostic.source.path))
            if diagnostic.fix is not None and any(path.is_relative_to(root) for root in allowed):
                files.setdefault(path, []).append(diagnostic)
        changed = [_changed(path, found, mended) for path, found in files.items()]
        if not any(changed):
            return mended
    mended.left = find()
    return mended


def _changed(path: Path, found: Sequence[Diagnostic], mended: Mended) -> bool:
    """Make the fixes of one file, unless it has changed since it was read, and say whether it is new."""
    source: Source = found[0].source
    data = path.read_bytes()
    mark = MARK if data.startswith(MARK) and not source.text.startswith("\ufeff") else b""
    if data != mark + source.text.encode("utf-8", "surrogatepass"):
        return False
    text, made = applied(source.text, [diagnostic.fix for diagnostic in found if diagnostic.fix])
    if text == source.text:
        return False
    replace(path, mark + text.encode(), mode=stat.S_IMODE(path.stat().st_mode))
    mended.fixed.setdefault(source.path, []).extend(found[number].code for number in made)
    return True


def fixable(found: Iterable[Diagnostic]) -> int:
    """Count the findings that have a fix."""
    return sum(diagnostic.fix is not None for diagnostic in found)
