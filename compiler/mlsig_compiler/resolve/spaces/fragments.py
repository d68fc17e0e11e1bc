"""Variables at the top level of a file, for spaces to include.

var top_p: float(0.0..1.0) = 0.9   ->   Fragment("top_p", Variable("top_p", …))

Together with those that a file imports they are read like one space, so one may depend on another: what
includes it needs the other too.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces import variables
from mlsig_compiler.resolve.spaces.drafts import inherited, learn
from mlsig_compiler.resolve.spaces.order import Entry, in_order


def read_all(scope: Scope) -> None:
    """Read the fragments of a file."""
    nodes = {node.head.name.text: node for node in scope.of(syntax.Fragment)}
    if not nodes:
        return
    names = expressions.Names()
    names.open = scope.open
    drafts = variables.drafted([_variable(node) for node in nodes.values()], names, scope)
    taken = {
        found.declaration.name: found.declaration.variable
        for found in scope.imported.values()
        if isinstance(found.declaration, model.Fragment) and found.declaration.name not in nodes
    }
    drafts |= {name: inherited(variable) for name, variable in taken.items()}
    learn(drafts, names, scope)
    entries = [Entry(variable, variable.span, taken=True) for variable in taken.values()]
    for name in nodes:
        if name not in drafts:
            continue
        try:
            made = variables.variable(drafts[name], drafts, names, scope)
        except Skip:
            names.variables.discard(name)
            names.poisoned.add(name)
            continue
        entries.append(Entry(made, made.span))
    whole = variables.understood(entries, names)
    known: set[str] = set()
    for item in in_order(whole, scope):
        if not known.issuperset(item.depends):
            continue  # part of a circle, which has been reported
        known.add(item.name)
        if item.name in nodes and isinstance(item, model.Variable):
            scope.make(nodes[item.name], model.Fragment(name=item.name, variable=item, span=item.span))


def _variable(node: syntax.Fragment) -> syntax.Variable:
    return node.variable._replace(annotations=(*node.annotations, *node.variable.annotations))
