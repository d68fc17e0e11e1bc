"""The one way to give an `api_key` in a file: the name of the variable that has it.

    key: api_key = env("OPENAI_API_KEY")   ->   EnvRef("OPENAI_API_KEY")

A key that stands in a file is refused, and what it is never gets into a message.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.values.scalars import refused

KEY: Final = model.BuiltinType("api_key")
HELP: Final = 'name the variable that has it: `env("OPENAI_API_KEY")`'


def key(node: syntax.Value, scope: Scope) -> model.EnvRef:
    """Return where a key comes from.

    Raises:
        Skip: It is written out, or not at all; that has been reported.
    """
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        scope.source.hide(node.span)
        raise refused(node.span, "a key has no place in a file", scope, code="MLS0425", help=HELP)
    if not isinstance(node, syntax.Call) or node.function.text != "env":
        raise refused(node.span, "this is not an `api_key`", scope, help=HELP)
    names = [value for name, value in node.arguments if name is None]
    if len(names) != len(node.arguments) or not names:
        raise refused(node.span, "this does not name the variable that has the key", scope, help=HELP)
    for fallback in names[1:]:
        scope.source.hide(fallback.span)
        message = "a key has no place in a file, and what stands in its place neither"
        raise refused(fallback.span, message, scope, code="MLS0425", help=HELP)
    name = names[0].value if isinstance(names[0], syntax.Literal) else None
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise refused(names[0].span, "this is not the name of a variable", scope, help=HELP)
    return model.EnvRef(name=name)
