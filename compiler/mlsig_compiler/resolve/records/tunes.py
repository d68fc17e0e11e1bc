"""The variables of schemas and signatures: `tune tone: choice("terse", "friendly")`."""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces import drafts, variables
from mlsig_compiler.resolve.spaces.order import Entry, in_order


def read(
    node: syntax.Schema | syntax.Signature,
    fields: tuple[model.Field, ...],
    inherited: tuple[model.Variable, ...],
    scope: Scope,
) -> tuple[model.Variable, ...]:
    """Return the variables of a declaration, those of its base first."""
    nodes = [member for member in node.members if isinstance(member, syntax.Variable)]
    _apart(nodes, fields, inherited, scope)
    names = expressions.Names()
    names.open = scope.partial(node.head.name.text)
    bases = {variable.name: drafts.inherited(variable) for variable in inherited}
    own = drafts.unique([each for each in nodes if each.name.text not in bases], scope)
    known = {**bases, **variables.drafted(own, names, scope)}
    drafts.learn(known, names, scope)
    where = node.head.extends.span if node.head.extends else node.head.name.span
    entries = [Entry(variable, where, taken=True) for variable in inherited]
    for each in known.values():
        if each.node is None:
            continue
        try:
            entries.append(Entry(variables.variable(each, known, names, scope, place="tune"), each.span))
        except Skip:
            names.variables.discard(each.name)
            names.poisoned.add(each.name)
    items = in_order(variables.understood(entries, names), scope)
    return tuple(item for item in items if isinstance(item, model.Variable))


def _apart(
    nodes: list[syntax.Variable],
    fields: tuple[model.Field, ...],
    inherited: tuple[model.Variable, ...],
    scope: Scope,
) -> None:
    """Refuse a variable that has the name of a field, because a prompt shows both, or of an inherited one."""
    known = {field.name: field.span for field in fields}
    bases = {variable.name for variable in inherited}
    for node in nodes:
        name = node.name.text
        if name in known:
            labels = (Label(known[name], "the field is declared here"),)
            message = f"`{name}` is already the name of a field"
            scope.report("MLS0310", node.name.span, message, labels=labels)
        elif name in bases:
            help = "variables are inherited: give this one another name"
            scope.report("MLS0310", node.name.span, f"variable `{name}` is inherited already", help=help)
