"""Calls of the language's functions, `any` and `all`: their arguments and what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlsig_compiler import model
from mlsig_compiler.typecheck.functions import OVER_ITEMS, TAKES, Function, chosen
from mlsig_compiler.typecheck.narrowing import Facts, about, narrowed
from mlsig_compiler.typecheck.operators import ORDERED, number
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    FLOAT,
    INT,
    JSON,
    NULL,
    NUMBER,
    STR,
    UNKNOWN,
    ListOf,
    MapOf,
    One,
    Sort,
    Sorts,
    Vector,
    assignable,
    plain,
    unknown,
)
from mlsig_compiler.typecheck.words import items, shown

if TYPE_CHECKING:
    from mlsig_compiler.typecheck.infer import Inference

TEXTS: Sorts = frozenset({ListOf(STR)})


def call(typing: Inference, expr: model.Call, facts: Facts) -> Sorts:
    """Return the sorts of what a function gives, and report arguments that it does not take."""
    if expr.function in OVER_ITEMS:
        for argument in expr.arguments:
            if isinstance(argument, model.Each):
                _each(typing, expr.function, argument, facts)
        return BOOL
    function = chosen(expr.function, len(expr.arguments))
    found = [typing.of(argument, facts) for argument in expr.arguments]
    every = (*function.parameters, *(function.parameters[-1:] * len(found)))
    given: list[Sorts] = []
    for parameter, argument, sorts in zip(every, expr.arguments, found, strict=False):
        given.append(_argument(typing, function, parameter.takes, argument, sorts))
        if unknown(given[-1]) and not unknown(sorts):
            return result(function, [UNKNOWN])  # one message for one call
    return result(function, given)


def _argument(typing: Inference, function: Function, takes: str, expr: model.Expr, sorts: Sorts) -> Sorts:
    """Report an argument that a parameter does not take; return what is left to go by."""
    if unknown(sorts):
        return UNKNOWN
    rest = sorts - NULL
    if rest and all(accepts(takes, one) for one in rest) and (takes != "ordered" or _comparable(rest)):
        return typing.maybe_null(expr, rest) if rest != sorts else rest
    if sorts >= JSON:
        typing.untyped(expr)
        return UNKNOWN
    found = shown(sorts)
    if takes in ("numbers", "ordered", "texts") and any(isinstance(one, ListOf) for one in rest):
        found = (
            f"a list of {items(frozenset(i for one in rest if isinstance(one, ListOf) for i in one.items))}"
        )
    help = ""
    if function.name == "contains" and any(isinstance(one, ListOf) for one in rest):
        help = "whether a list has an item is asked with `item in list`"
    return typing.report(
        "MLS0509", expr, f"`{function.name}` takes {TAKES[takes]}, and this is {found}", help
    )


def accepts(takes: str, one: One) -> bool:
    """Say whether a parameter takes a sort."""
    sort = plain(one)
    match takes, sort:
        case "text" | "pattern", Sort("str"):
            return True
        case "number", Sort("int" | "float"):
            return True
        case "whole", Sort("int"):
            return True
        case "numbers", ListOf(held):
            return assignable(held, NUMBER)
        case "numbers", Vector():
            return True
        case "sized", Sort("str") | ListOf() | MapOf() | Vector():
            return True
        case "list", ListOf():
            return True
        case "ordered", ListOf(held):
            return any(assignable(held, wanted) for wanted in ORDERED)
        case "texts", ListOf(held):
            return assignable(held, STR)
        case _:
            return False


def _comparable(lists: Sorts) -> bool:
    held = frozenset(sort for one in lists if isinstance(one, ListOf) for sort in one.items)
    return any(assignable(held, wanted) for wanted in ORDERED)


def result(function: Function, given: list[Sorts]) -> Sorts:
    """Return what a function gives for such arguments."""
    if function.result in ("same", "number", "item") and any(unknown(sorts) for sorts in given):
        return UNKNOWN
    match function.result:
        case "int":
            return INT
        case "float":
            return FLOAT
        case "str":
            return STR
        case "bool":
            return BOOL
        case "texts":
            return TEXTS
        case "same":
            return given[0]
        case "number":
            used = given[:1] if function.name == "round" else given
            return number(frozenset(sort for sorts in used for sort in sorts))
        case "item":
            lists = [one.items for one in given[0] if isinstance(one, ListOf)]
            whole = len(lists) == len(given[0]) and all(lists)
            return number(frozenset(sort for sorts in lists for sort in sorts)) if whole else FLOAT


def _each(typing: Inference, function: str, each: model.Each, facts: Facts) -> None:
    """Type `element for variable in items if condition`."""
    found = typing.of(each.items, facts)
    outer = typing.known.bound
    typing.known.bound = {**outer, each.variable: gone_through(typing, each.items, found)}
    facts = {place: sorts for place, sorts in facts.items() if not about(each.variable, place)}
    if each.condition is not None:
        typing.expect(each.condition, BOOL, "what stands after `if`", facts)
        facts = narrowed(typing.known, each.condition, facts, True)
    typing.expect(each.element, BOOL, f"what `{function}` asks of each item", facts)
    typing.known.bound = outer


def gone_through(typing: Inference, expr: model.Expr, sorts: Sorts) -> Sorts:
    """Return what the items can be: of a map the keys."""
    rest = sorts - NULL
    if unknown(sorts):
        return UNKNOWN
    if sorts >= JSON:
        typing.untyped(expr)
        return UNKNOWN
    found: set[One] = set()
    for one in rest or sorts:
        match one:
            case ListOf(held):
                found |= held or UNKNOWN
            case MapOf():
                found |= STR
            case Vector(rank):
                found |= {Vector(rank - 1)} if rank > 1 else FLOAT
            case _:
                help = "for characters, use `contains` or `matches`" if plain(one) in STR else ""
                message = f"`for` goes through a list or a map, and this is {shown(sorts)}"
                return typing.report("MLS0509", expr, message, help)
    if rest != sorts:
        typing.maybe_null(expr, rest)
    return frozenset(found)
