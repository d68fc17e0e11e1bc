"""The front end in one call: text in, proved model out.

    module, diagnostics = analyse(source)

`module` is None when anything is wrong; what, and where, is in `diagnostics`.
"""

from __future__ import annotations

from dataclasses import replace

from mlsig_compiler import model
from mlsig_compiler.check import check
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import collector_held, parse
from mlsig_compiler.resolve import resolve
from mlsig_compiler.source import Source
from mlsig_compiler.variables import extract


def analyse(source: Source) -> tuple[model.Module | None, Diagnostics]:
    """Parse, resolve and check one file, and derive what can be tuned about its signatures."""
    diagnostics = Diagnostics(source)
    with collector_held():
        module = _proved(source, diagnostics)
    return module, diagnostics


def _proved(source: Source, diagnostics: Diagnostics) -> model.Module | None:
    # The syntax tree ends with this function, before the garbage collector would walk it.
    resolved = resolve(parse(source, diagnostics), source, diagnostics)
    check(resolved, diagnostics)
    return None if diagnostics.errors else _with_variables(resolved.module)


def _with_variables(module: model.Module) -> model.Module:
    providers = [node for node in module.declarations if isinstance(node, model.Provider)]
    signatures = [node for node in module.declarations if isinstance(node, model.Signature)]
    return replace(module, variables={node.name: extract(node, providers) for node in signatures})
