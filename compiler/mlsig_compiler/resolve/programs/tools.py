"""Tools, and the parameters that tools, pipelines and actions have alike.

    tool search(query: str, k: int(1..50) = 5) -> list[Passage] = python("corpus:search")

becomes

    Tool("search", (Field("query", …), Field("k", …, default=5)), ListType(…), PythonRef("corpus", "search"))

Arguments are given by name, so a parameter with a default may stand before one without.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import annotated, types, values
from mlsig_compiler.resolve.python import python_ref
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span


def read(node: syntax.Tool, scope: Scope) -> model.Tool:
    """Return a tool."""
    annotated.read(node.annotations, "tool", scope)
    name = node.head.name
    return model.Tool(
        name=name.text,
        parameters=parameters(node.parameters, scope),
        returns=types.read(node.returns, scope),
        python=python_ref(node.value, scope),
        description=text(node.head.description),
        span=name.span,
    )


def parameters(nodes: tuple[syntax.Parameter, ...], scope: Scope) -> tuple[model.Field, ...]:
    """Return parameters, each default checked against its type."""
    first: dict[str, Span] = {}
    found: list[model.Field] = []
    for node in nodes:
        name = node.name
        type_ = types.read(node.type, scope)
        default = _default(node, type_, scope)
        if name.text in first:
            scope.twice(name, first[name.text], f"parameter `{name.text}`")
            continue
        first[name.text] = name.span
        made = model.Field(name=name.text, type=type_, default=default, span=name.span)
        scope.origins.put(made, node)
        found.append(made)
    return tuple(found)


def _default(node: syntax.Parameter, type_: model.Type, scope: Scope) -> model.Value | model.Missing:
    if node.default is None:
        return model.REQUIRED
    try:
        return values.read(node.default, type_, scope)
    except Skip:
        return None
