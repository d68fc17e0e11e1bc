"""References to Python: what a file leaves to a callable of the user.

    python_ref(python("corpus:search"), scope) -> PythonRef("corpus", "search")

Only the spelling is looked at here; that the callable exists is another question, for another stage.
"""

from __future__ import annotations

import keyword
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve.scope import Scope

SHAPE: Final = 'write `python("package.module:callable")`'


def python_ref(node: syntax.Value | syntax.Expr, scope: Scope) -> model.PythonRef:
    """Return `python("package.module:callable")`; what is wrong with it is reported.

    It may be written where a value stands, or where an expression does.
    """
    value = _only_argument(node)
    if not isinstance(value, syntax.Literal) or not isinstance(value.value, str):
        scope.report("MLS0605", node.span, SHAPE)
        return model.PythonRef("", "", node.span)
    module, colon, attribute = value.value.partition(":")
    parts = [*module.split("."), *attribute.split(".")]
    if not colon or not all(
        part.isascii() and part.isidentifier() and not keyword.iskeyword(part) for part in parts
    ):
        help = "a module, a colon and a name, for example `qa_metrics:exact_match`"
        scope.report("MLS0605", value.span, "this does not name a Python callable", help=help)
    return model.PythonRef(module, attribute, value.span)


def is_python(node: syntax.Value | syntax.Expr) -> bool:
    """Say whether something is written as a reference to Python, rightly or not."""
    match node:
        case syntax.Call():
            return node.function.text == "python"
        case syntax.Apply(syntax.Reference(("python",)), _, _):
            return True
        case _:
            return False


def _only_argument(node: syntax.Value | syntax.Expr) -> object:
    """Return what stands between the parentheses of `python(…)`, if it is one thing without a name."""
    if not isinstance(node, syntax.Call | syntax.Apply) or not is_python(node):
        return None
    if len(node.arguments) != 1:
        return None
    only = node.arguments[0]
    if not isinstance(only, syntax.Argument | syntax.Given) or only.name is not None:
        return None  # `any(… for …)` is neither
    return only.value
