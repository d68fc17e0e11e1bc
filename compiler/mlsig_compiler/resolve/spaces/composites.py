"""Composites: values that are computed from variables and never set.

composite budget: float = max_tokens * 2.5   ->   Composite("budget", "float", …, depends=("max_tokens",))
"""

from __future__ import annotations

from typing import Final, get_args

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest
from mlsig_compiler.resolve import annotated, expressions
from mlsig_compiler.resolve.scope import Scope, Skip

TYPES: Final[tuple[model.CompositeType, ...]] = get_args(model.CompositeType)
# What is written by those who mean one of them.
OTHER: Final = {"string": "str", "number": "float", "double": "float", "integer": "int", "boolean": "bool"}


def type_of(node: syntax.Composite, scope: Scope) -> model.CompositeType:
    """Return the type of a composite.

    Raises:
        Skip: It is none that a composite can have, which has been reported.
    """
    type_ = node.type
    word = type_.name.text if isinstance(type_, syntax.TypeName) else ""
    if isinstance(type_, syntax.TypeName) and not type_.items and not type_.arguments:
        for known in TYPES:
            if word == known:
                return known
    message = f"a composite is of one of the types {listed(TYPES)}"
    if word in TYPES:
        message = "the type of a composite has nothing in parentheses: it is computed, not chosen"
        scope.report("MLS0519", type_.span, message, fix=replacing(type_.span, word))
        raise Skip
    meant = OTHER.get(word) or nearest(word, TYPES)
    help = f"did you mean `{meant}`?" if meant else ""
    fix = replacing(type_.span, meant) if meant else None
    scope.report("MLS0519", type_.span, message, help=help, fix=fix)
    raise Skip


def read(
    node: syntax.Composite, active: model.Expr | None, names: expressions.Names, scope: Scope
) -> model.Composite:
    """Return a composite, which exists while `active` holds.

    Raises:
        Skip: It is wrong, which has been reported.
    """
    annotated.read(node.annotations, "composite", scope)
    try:
        type_: model.CompositeType | None = type_of(node, scope)
    except Skip:
        type_ = None
    value = expressions.read(node.value, names, scope)
    if type_ is None:
        raise Skip
    read_by = {**expressions.variables_in(active), **expressions.variables_in(value)}
    made = model.Composite(
        name=node.name.text,
        type=type_,
        value=value,
        active=active,
        depends=tuple(read_by),
        description=node.description.text if node.description else "",
        span=node.name.span,
    )
    scope.origins.put(made, node)
    return made
