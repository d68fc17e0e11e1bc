"""The front end in one call: text in, proved model out.

    module, diagnostics = analyse(source)

`module` is None when anything is wrong; what, and where, is in `diagnostics`.
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.check import check
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve import resolve
from mlsig_compiler.source import Source


def analyse(source: Source) -> tuple[model.Module | None, Diagnostics]:
    """Parse, resolve and check one file."""
    diagnostics = Diagnostics(source)
    file = parse(source, diagnostics)
    resolved = resolve(file, source, diagnostics)
    check(resolved, diagnostics)
    return (None if diagnostics.errors else resolved.module), diagnostics
