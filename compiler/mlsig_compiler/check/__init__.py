"""What must be true of a resolved file, one topic a module.

    check(resolved, diagnostics)

Names that Python or the generated classes have taken, schemas that no value can have, domains and their
defaults, expressions and their types, programs and what they need.
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.check import names, programs, records, spaces
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.resolve import Resolved


def check(resolved: Resolved, diagnostics: Diagnostics) -> None:
    """Report everything that is wrong with a file whose names are bound."""
    module = resolved.module
    names.check(module, diagnostics)
    records.check(resolved, diagnostics)
    declared_spaces = {node.name: node for node in module.declarations if isinstance(node, model.Space)}
    for node in module.declarations:
        match node:
            case model.Space():
                spaces.check(node, resolved.origins, diagnostics)
            case model.Schema() | model.Signature():
                tuned = model.Space(name=node.name, variables=node.tunes, declared=(), span=node.span)
                spaces.check(tuned, resolved.origins, diagnostics)
                for variable in node.tunes:
                    programs.check_standard(variable, resolved.origins, diagnostics)
            case model.Program():
                programs.check(node, declared_spaces.get(node.space), resolved.origins, diagnostics)
            case _:
                continue
