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
    names.check(resolved, diagnostics)
    records.check(resolved, diagnostics)
    _check_fragments(resolved, diagnostics)
    known = {**resolved.imported, **resolved.exports.declarations}
    known_spaces = {name: node for name, node in known.items() if isinstance(node, model.Space)}
    for node in module.declarations:
        match node:
            case model.Space():
                spaces.check(node, resolved.origins, diagnostics, resolved.served)
            case model.Schema() | model.Signature():
                tuned = model.Space(name=node.name, variables=node.tunes, declared=(), span=node.span)
                spaces.check(tuned, resolved.origins, diagnostics)
                for variable in node.tunes:
                    if resolved.origins.knows(variable):
                        programs.check_standard(variable, resolved.origins, diagnostics)
                fields = node.fields if isinstance(node, model.Schema) else node.inputs
                for field in fields:
                    programs.check_field(field, diagnostics.source.text, diagnostics)
            case model.Program():
                programs.check(node, known_spaces.get(node.space), resolved, diagnostics)
            case model.Pipeline():
                programs.check_pipeline(node, resolved, diagnostics)
            case _:
                continue


def _check_fragments(resolved: Resolved, diagnostics: Diagnostics) -> None:
    """Check the variables at the top level of a file as if one space had them: one may depend on another."""
    own = [node for node in resolved.module.declarations if isinstance(node, model.Fragment)]
    if own:
        taken = [node for node in resolved.imported.values() if isinstance(node, model.Fragment)]
        found = {node.name: node.variable for node in (*taken, *own)}
        whole = model.Space(name="", variables=tuple(found.values()), declared=(), span=own[0].span)
        spaces.check(whole, resolved.origins, diagnostics)
