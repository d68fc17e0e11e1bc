"""Spaces: their variables in dependency order, and their constraints.

var a: int { when b == "x": (0..1) }  var b: choice("x")   ->   variables b, a; declared a, b
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import expressions, variables
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span


def read(node: syntax.Space, scope: Scope) -> model.Space:
    """Return the space; what is wrong in it is reported and left out."""
    nodes = [member for member in node.members if isinstance(member, syntax.Variable)]
    names = expressions.Names()
    names.open = node.broken or node.head.broken or node.head.extends is not None
    for member in node.members:
        if not isinstance(member, syntax.Variable | syntax.Constraint):
            scope.unsupported("this member of a space", member.span)
            names.open = True
    found = variables.read(nodes, names, scope)
    constraints = _constraints(node, names, scope)
    description = node.head.description
    return model.Space(
        name=node.head.name.text,
        variables=found,
        declared=tuple(variable.name.text for variable in nodes),
        constraints=constraints,
        description=description.text if description else "",
        span=node.head.name.span,
    )


def _constraints(node: syntax.Space, names: expressions.Names, scope: Scope) -> tuple[model.Constraint, ...]:
    found: list[model.Constraint] = []
    first: dict[str, Span] = {}
    forbidden = 0
    for member in node.members:
        if not isinstance(member, syntax.Constraint):
            continue
        forbidden += member.forbidden
        name = member.name.text if member.name else f"forbid_{forbidden}"
        if member.name and name in first:
            scope.twice(member.name, first[name], f"constraint `{name}`")
        first.setdefault(name, member.name.span if member.name else member.condition.span)
        try:
            condition = expressions.read(member.condition, names, scope)
        except Skip:
            continue
        span = member.condition.span
        made = model.Constraint(
            name=name,
            condition=model.Unary("not", condition, span) if member.forbidden else condition,
            message=member.message.text if member.message else "",
            text=scope.written(span),
            span=span,
        )
        scope.origins.put(made, member)
        found.append(made)
    return tuple(found)
