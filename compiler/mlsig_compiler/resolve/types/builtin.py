"""Types of machine learning and of media, with what stands in their parentheses.

    embedding(384)                       ->   EmbeddingType(384)
    tensor(64, _, dtype=float32)         ->   TensorType((64, None), "float32")
    token_list(max_length=512)           ->   BuiltinType("token_list", Constraints(max_length=512))

The others are written alone.
"""

from __future__ import annotations

from typing import Final, cast, get_args

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.resolve.scope import ANYTHING, Scope
from mlsig_compiler.resolve.types import constraints
from mlsig_compiler.source import Span

PLAIN: Final[tuple[str, ...]] = get_args(model.BuiltinName)
NAMES: Final = (*PLAIN, "embedding", "tensor")
DTYPES: Final[tuple[str, ...]] = get_args(model.Dtype)
# What is written by those who mean one of `DTYPES`.
OTHER_DTYPES: Final = {
    "float": "float32",
    "int": "int64",
    "double": "float64",
    "half": "float16",
    "byte": "uint8",
}
LARGEST: Final = 1_000_000
DEEPEST: Final = 8


def read(node: syntax.TypeName, scope: Scope) -> model.Type:
    """Return one of these types, or `ANYTHING` when it is wrong."""
    name = node.name.text
    if name == "embedding":
        return _embedding(node, scope)
    if name == "tensor":
        return _tensor(node, scope)
    return model.BuiltinType(cast(model.BuiltinName, name), constraints.read(name, node, scope))


def _embedding(node: syntax.TypeName, scope: Scope) -> model.Type:
    if len(node.arguments) != 1 or node.arguments[0].name is not None:
        message = "an `embedding` needs its size, one whole number"
        span = _extra(node.arguments[1:]) or node.span
        scope.report("MLS0404", span, message, help="for example `embedding(384)`")
        return ANYTHING
    size = _extent(node.arguments[0].value, "the size of an `embedding`", scope)
    return ANYTHING if size is None else model.EmbeddingType(size)


def _extra(arguments: tuple[syntax.Argument, ...]) -> Span | None:
    if not arguments:
        return None
    first = arguments[0]
    return Span((first.name or first.value).span.start, arguments[-1].value.span.end)


def _extent(value: syntax.Value | syntax.Range, what: str, scope: Scope) -> int | None:
    number = value.value if isinstance(value, syntax.Literal) else None
    if type(number) is int and 1 <= number <= LARGEST:
        return number
    most = f"{LARGEST:,}".replace(",", "_")
    scope.report("MLS0401", value.span, f"{what} is a whole number from 1 to {most}")
    return None


def _tensor(node: syntax.TypeName, scope: Scope) -> model.Type:
    shape: list[int | None] = []
    dtype: str | None = None
    wrong = False
    for argument in node.arguments:
        name, value = argument
        if name is None:
            free = isinstance(value, syntax.Reference) and value.path == ("_",)
            extent = None if free else _extent(value, "an extent of a `tensor`, where it is not `_`,", scope)
            wrong = wrong or (extent is None and not free)
            shape.append(extent)
        elif name.text != "dtype":
            help = "a `tensor` takes its extents, and `dtype`"
            scope.report("MLS0405", name.span, f"`tensor` has no constraint `{name.text}`", help=help)
            wrong = True
        elif dtype is not None:
            scope.report("MLS0407", name.span, "`dtype` is said twice")
        else:
            dtype = _dtype(value, scope)
            wrong = wrong or not dtype
    if wrong:
        return ANYTHING
    if not 1 <= len(shape) <= DEEPEST:
        message = f"a `tensor` needs its extents, from one to {DEEPEST} of them"
        scope.report(
            "MLS0404", node.span, message, help="for example `tensor(64, _)`, where `_` is any extent"
        )
        return ANYTHING
    return model.TensorType(tuple(shape), cast(model.Dtype, dtype or "float32"))


def _dtype(value: syntax.Value | syntax.Range, scope: Scope) -> str:
    """Return the type of a tensor's numbers, empty when it is wrong."""
    if isinstance(value, syntax.Reference) and len(value.path) == 1:
        word = value.path[0]
        if word in DTYPES:
            return word
        meant = OTHER_DTYPES.get(word) or nearest(word, DTYPES)
        certain = OTHER_DTYPES.get(word) or sure(word, DTYPES)
        fix = replacing(value.span, certain) if certain else None
        help = f"did you mean `{meant}`?" if meant else f"there are {listed(DTYPES, 9)}"
        scope.report("MLS0401", value.span, f"there is no dtype `{word}`", help=help, fix=fix)
        return ""
    quoted = str(value.value) if isinstance(value, syntax.Literal) and value.value in DTYPES else ""
    help = f"write `{quoted}`, without quotes" if quoted else f"there are {listed(DTYPES, 9)}"
    fix = replacing(value.span, quoted) if quoted else None
    scope.report("MLS0401", value.span, "a dtype is a name", help=help, fix=fix)
    return ""
