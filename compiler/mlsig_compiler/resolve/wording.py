"""Types and values, in the words of messages.

    described(OptionalType(ScalarType("int")))   ->   "an `int` or null"

Constraints are left out: they have messages of their own.
"""

from __future__ import annotations

import json
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.findings.nearest import counted
from mlsig_compiler.resolve.scope import article

LONGEST: Final = 40
MOST: Final = 8


def described(type_: model.Type) -> str:
    """Return a type in words."""
    match type_:
        case model.OptionalType(inner):
            return f"{described(inner)} or null"
        case model.UnionType(options):
            *others, last = map(described, options)
            return f"{', '.join(others)} or {last}"
        case model.ListType():
            return "a list"
        case model.MapType():
            return "a map"
        case model.EnumType(name):
            return f"a member of `{name}`"
        case model.SchemaType(name) | model.OutputType(name) | model.ResourceType(name):
            return article(f"`{name}`")
        case model.LiteralType(options):
            shown = [json.dumps(option, ensure_ascii=False) for option in options[:MOST]]
            more = [f"{len(options) - MOST} more"] if len(options) > MOST else []
            words = ", ".join([*shown, *more])
            return f"one of {words}" if len(options) > 1 else words
        case model.EmbeddingType(size):
            return f"an `embedding` of {counted(size, 'number')}"
        case model.TensorType(shape):
            return f"a `tensor` of {' × '.join('any' if extent is None else str(extent) for extent in shape)}"
        case model.ScalarType(name) | model.BuiltinType(name):
            return article(f"`{name}`")


def shown(node: syntax.Value) -> str:
    """Return a value for a message."""
    match node:
        case syntax.Literal(value):
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]}…"
        case syntax.Reference(path):
            return f"`{'.'.join(path)}`"
        case syntax.ListValue():
            return "a list"
        case syntax.MapValue():
            return "a map"
        case syntax.Call(function):
            return f"`{function.text}(…)`"
