"""How one type compares with another: whether every value of it is a value of the other.

relation(int, int(1..10))  ->  "less"
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from operator import ge, le
from typing import Any, Final, Literal, TypeAlias

from mlsig_compiler import model

Relation: TypeAlias = Literal["same", "more", "less", "other"]

LOWER: Final = frozenset({"ge", "gt", "min_length"})
UPPER: Final = frozenset({"le", "lt", "max_length"})


def relation(old: model.Type, new: model.Type) -> Relation:
    """Say whether a new type accepts the same as an old one, more, less, or something else."""
    if old == new:
        return "same"
    fits, fitted = within(old, new), within(new, old)
    if fits and fitted:
        return "same"
    return "more" if fits else "less" if fitted else "other"


def within(inner: model.Type, outer: model.Type) -> bool:  # noqa: PLR0912  (one way for each kind of type)
    """Say whether every value of a type is one of another; False where that is not plain."""
    match inner, outer:
        case _, model.ScalarType("json", _):
            return True
        case model.UnionType(options), _:
            return all(within(option, outer) for option in options)
        case model.OptionalType(type_), model.OptionalType(other):
            return within(type_, other)
        case model.OptionalType(), _:
            return False
        case _, model.OptionalType(other):
            return within(inner, other)
        case model.LiteralType(options), _ if len(options) > 1:
            return all(within(model.LiteralType((option,)), outer) for option in options)
        case _, model.UnionType(options):
            return any(within(inner, option) for option in options)
        case model.LiteralType((option,)), model.LiteralType(options):
            return any(type(option) is type(other) and option == other for other in options)
        case model.LiteralType((option,)), model.ScalarType(name, constraints):
            return constraints == model.Constraints() and name == type(option).__name__
        case model.ScalarType(name, ours), model.ScalarType(other, theirs):
            return (name == other or (name, other) == ("int", "float")) and _tighter(ours, theirs)
        case model.BuiltinType(name, ours), model.BuiltinType(other, theirs):
            return name == other and _tighter(ours, theirs)
        case model.ListType(items, ours), model.ListType(others, theirs):
            return within(items, others) and _tighter(ours, theirs)
        case model.MapType(items, ours), model.MapType(others, theirs):
            return within(items, others) and _tighter(ours, theirs)
        case model.TensorType(shape, dtype), model.TensorType(other, wanted):
            return (
                dtype == wanted
                and len(shape) == len(other)
                and all(extent in (size, None) for size, extent in zip(shape, other, strict=True))
            )
        case _:
            return inner == outer


def _tighter(inner: model.Constraints, outer: model.Constraints) -> bool:
    """Say whether what satisfies some constraints satisfies others."""
    return all(_holds(each.name, inner, outer) for each in fields(outer))


def _holds(name: str, inner: model.Constraints, outer: model.Constraints) -> bool:
    wanted: Any = getattr(outer, name)
    said: Any = getattr(inner, name)
    if wanted in (None, False) or said == wanted:
        return True
    if name in LOWER | UPPER:
        partner = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}.get(name, name)
        other: Any = getattr(inner, partner)
        beyond = ge if name in LOWER else le
        strict = partner == name or name in ("ge", "le")
        if said is not None and beyond(said, wanted):
            return True
        return other is not None and beyond(other, wanted) and (strict or other != wanted)
    return name == "multiple_of" and said is not None and said % wanted == 0


def shape(node: Any) -> object:
    """Return a type without its bounds: what Python's types tell apart."""
    if is_dataclass(node):
        kept = [each.name for each in fields(node) if each.name != "constraints"]
        return (type(node).__name__, *(shape(getattr(node, name)) for name in kept))
    if issubclass(type(node), tuple):
        return tuple(shape(each) for each in node)
    return node
