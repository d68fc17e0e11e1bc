"""The library that ships with the compiler: `from std.sampling import top_p`.

Its modules are `.mlsig` files, read by this compiler's own front end when they are first imported.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve import Library, Resolved, resolve
from mlsig_compiler.resources import folder, text
from mlsig_compiler.source import Source

PREFIX: Final = "std."
COMPILED: Final = {"std.resources": "mlsig.resources.std"}
"""Modules of the library that the runtime has compiled: what is declared there is imported from these."""


def names() -> tuple[str, ...]:
    """Return the names of all modules of the library."""
    files = sorted(entry.name for entry in folder("std").iterdir() if entry.name.endswith(".mlsig"))
    return tuple(f"{PREFIX}{name.removesuffix('.mlsig')}" for name in files)


def source(module: str) -> Source | None:
    """Return the source of a module of the library, if it has one of this name."""
    if module not in names():
        return None
    file = f"{module.removeprefix(PREFIX)}.mlsig"
    return Source(Path("std", file), module, text("std", file))


@cache
def module(name: str) -> Resolved | None:
    """Return a module of the library, resolved.

    Raises:
        InternalError: It is wrong, which tests should have seen.
    """
    found = source(name)
    if found is None:
        return None
    diagnostics = Diagnostics(found)
    file = parse(found, diagnostics)
    library = Library()
    for node in file.imports:
        other = module(".".join(node.module.path))
        if other is not None:
            library.add(other.exports)
    resolved = resolve(file, found, diagnostics, library)
    if diagnostics.errors:
        raise InternalError(f"{name}: {'; '.join(problem.message for problem in diagnostics)}")
    return resolved


def declarations(name: str) -> tuple[model.Declaration, ...]:
    """Return what a module of the library declares."""
    found = module(name)
    return found.module.declarations if found else ()
