"""Options as one type: those that the language can tell apart, the others made one.

str | date          ->   str           every date is a string
int | float         ->   float         every int is one
list[A] | list[B]   ->   list[A | B]   which takes more, and is said
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import FLOAT, INT, JSON, STR

STRINGS: Final = frozenset({"str", "date", "datetime"})
NUMBERS: Final = frozenset({"int", "float"})
Wider = Callable[[str], None]


def union(options: Iterable[model.Type], wider: Wider) -> model.Type:
    """Return the union of options, of which none is an optional; `wider` is told of what takes more."""
    flat: list[model.Type] = []
    for option in options:
        flat += option.options if isinstance(option, model.UnionType) else (option,)
    flat = list(dict.fromkeys(flat))
    if JSON in flat:
        if len(flat) > 1:
            wider("an option takes every value: json")
        return JSON
    literals = [option for option in flat if isinstance(option, model.LiteralType)]
    others: list[model.Type] = [option for option in flat if not isinstance(option, model.LiteralType)]
    others = _one(others, STRINGS, STR, wider)
    others = _one(others, NUMBERS, FLOAT if _scalar(others, FLOAT.name) else INT, wider)
    others = _lists(others, wider)
    others = _maps(others, wider)
    values = [value for literal in literals for value in literal.options]
    kept = _apart(values, others, wider)
    found: list[model.Type] = [*others]
    if kept:
        found.insert(0, model.LiteralType(tuple(kept)))
    return found[0] if len(found) == 1 else model.UnionType(tuple(found))


def _scalar(options: list[model.Type], name: str) -> bool:
    return any(isinstance(option, model.ScalarType) and option.name == name for option in options)


def _one(
    options: list[model.Type], names: frozenset[str], whole: model.Type, wider: Wider
) -> list[model.Type]:
    """Make one of several scalars that are written alike."""
    same = [option for option in options if isinstance(option, model.ScalarType) and option.name in names]
    if len(same) < 2:
        return options
    # A wider type without bounds takes exactly what all of them take together.
    if whole not in same:
        wider("several options of one kind, whose bounds differ")
    at = options.index(same[0])
    rest = [option for option in options if option not in same]
    return [*rest[:at], whole, *rest[at:]]


def _lists(options: list[model.Type], wider: Wider) -> list[model.Type]:
    found = [option for option in options if isinstance(option, model.ListType)]
    if len(found) < 2:
        return options
    wider("several kinds of lists: one list of all their items")
    whole = model.ListType(_whole([each.items for each in found], wider))
    return [*(option for option in options if not isinstance(option, model.ListType)), whole]


def _maps(options: list[model.Type], wider: Wider) -> list[model.Type]:
    found = [option for option in options if isinstance(option, model.MapType)]
    if len(found) < 2:
        return options
    wider("several kinds of maps: one map of all their values")
    whole = model.MapType(_whole([each.values for each in found], wider))
    return [*(option for option in options if not isinstance(option, model.MapType)), whole]


def _whole(types: list[model.Type], wider: Wider) -> model.Type:
    null = any(isinstance(type_, model.OptionalType) for type_ in types)
    inner = union([type_.type if isinstance(type_, model.OptionalType) else type_ for type_ in types], wider)
    if isinstance(inner, model.LiteralType) and null:
        return JSON
    return model.OptionalType(inner) if null and inner != JSON else inner


def _apart(values: list[str | int | bool], others: list[model.Type], wider: Wider) -> list[str | int | bool]:
    """Return the literals that no other option takes already."""
    kept: list[str | int | bool] = []
    for value in values:
        kind = "bool" if isinstance(value, bool) else "number" if isinstance(value, int) else "string"
        takes = [option for option in others if kind == _kind(option)]
        if not takes:
            if not any(type(value) is type(each) and value == each for each in kept):
                kept.append(value)
        elif not all(isinstance(each, model.ScalarType) and each in (STR, INT, FLOAT) for each in takes):
            wider(f"the option {value!r} beside a type of the same kind")
    return kept


def _kind(option: model.Type) -> str:
    if isinstance(option, model.ScalarType):
        if option.name in STRINGS:
            return "string"
        return "bool" if option.name == "bool" else "number" if option.name in NUMBERS else ""
    return ""
