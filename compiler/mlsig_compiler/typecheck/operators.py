"""Arithmetic and comparisons: what stands at their sides.

name + 1            `+` adds two numbers or joins two strings
status == "done"    `status` is never "done", when its type does not list it
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.typecheck.narrowing import NOTHING, Facts, name_of
from mlsig_compiler.typecheck.sorts import (
    FLOAT,
    INT,
    JSON,
    NULL,
    NUMBER,
    SCALARS,
    STR,
    UNKNOWN,
    EnumOf,
    ListOf,
    MapOf,
    Only,
    Sort,
    Sorts,
    Vector,
    assignable,
    overlap,
    unknown,
    without_values,
)
from mlsig_compiler.typecheck.words import either, items, literal, shown, values

if TYPE_CHECKING:
    from mlsig_compiler.typecheck.infer import Inference

Side: TypeAlias = tuple[model.Expr, Sorts]
EQUALITY: Final = frozenset({"==", "!="})
MEMBERSHIP: Final = frozenset({"in", "not in"})
TIMES: Final[dict[str, Callable[[str], date]]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
EXAMPLES: Final = {"date": "2026-11-23", "datetime": "2026-11-23T09:30:00Z"}
OPAQUE: Final[dict[str, str]] = {"image": "an image", "audio": "audio", "document": "a document"}
ORDERED: Final = (NUMBER, STR, frozenset({Sort("date")}), frozenset({Sort("datetime")}))


def number(sorts: Sorts) -> Sorts:
    """Return what arithmetic makes of a number: a whole one stays whole."""
    return INT if without_values(sorts - NULL) == INT else FLOAT


def arithmetic(typing: Inference, expr: model.Binary, facts: Facts) -> Sorts:
    """Return the sorts of `left op right`, and report sides that it does not take."""
    op = expr.op
    sides = ((expr.left, typing.of(expr.left, facts)), (expr.right, typing.of(expr.right, facts)))
    if op == "+":
        return _added(typing, sides)
    found = [typing.judge(side, sorts, NUMBER, f"each side of `{op}` is a number") for side, sorts in sides]
    if op in ("/", "//", "%"):
        typing.divisor(expr.right, facts)
    if op == "/" or any(unknown(sorts) for sorts in found):
        return FLOAT
    return number(found[0] | found[1])


def _added(typing: Inference, sides: tuple[Side, Side]) -> Sorts:
    """Return what `+` makes of two numbers or two strings; report anything else, both sides at once."""
    (left, left_sorts), (right, right_sorts) = sides
    both = left_sorts - NULL | right_sorts - NULL
    if both and not unknown(both) and (assignable(both, NUMBER) or assignable(both, STR)):
        for expr, sorts in sides:
            if sorts >= NULL:
                typing.maybe_null(expr, sorts - NULL)
        return STR if assignable(both, STR) else number(both)
    if unknown(both):
        return UNKNOWN
    for expr, sorts in sides:
        if sorts >= JSON:
            typing.untyped(expr)
            return UNKNOWN
    mixed = assignable(both, NUMBER | STR)
    help = "values are not converted to strings" if mixed else ""
    message = f"`+` adds two numbers or joins two strings, and this is {_and(left_sorts, right_sorts)}"
    typing.report_pair("MLS0509", left, right, message, help)
    return UNKNOWN


def comparison(typing: Inference, expr: model.Comparison, facts: Facts) -> None:
    """Report sides of comparisons that cannot be compared, or are never equal."""
    left, left_sorts = expr.first, typing.of(expr.first, facts)
    for op, right in expr.rest:
        right_sorts = typing.of(right, facts)
        if op in MEMBERSHIP:
            membership(typing, (left, left_sorts), (right, right_sorts), facts)
        elif op in EQUALITY:
            equal(typing, (left, left_sorts), (right, right_sorts))
        else:
            ordered(typing, op, (left, left_sorts), (right, right_sorts))
        left, left_sorts = right, right_sorts


def ordered(typing: Inference, op: str, left: Side, right: Side) -> None:
    """Report what cannot be put in an order."""
    left, right = timed(typing, left, right), timed(typing, right, left)
    fine = True
    for expr, found in (left, right):
        if found >= JSON:
            typing.untyped(expr)
            fine = False
        elif found >= NULL and not unknown(found):
            typing.maybe_null(expr, found - NULL)
    both = left[1] - NULL | right[1] - NULL
    if both and (not fine or unknown(both) or any(assignable(both, wanted) for wanted in ORDERED)):
        return
    message = f"`{op}` compares two numbers, two strings or two dates"
    typing.report_pair("MLS0509", left[0], right[0], f"{message}, and this is {_and(left[1], right[1])}")


def _and(left: Sorts, right: Sorts) -> str:
    return f"{shown(left)} and {shown(right)}"


def equal(typing: Inference, left: Side, right: Side) -> None:
    """Report two sides that are never equal, or that may not be compared at all."""
    left, right = timed(typing, left, right), timed(typing, right, left)
    if opaque(typing, left, right) or typing.refused(left, right):
        return
    if overlap(left[1], right[1]):
        return
    for (one, sorts), (other, constants) in ((left, right), (right, left)):
        name = name_of(one)
        if name is None or not isinstance(other, model.Constant):
            continue
        possible = values(sorts)
        if other.value is None:
            if (typing.known.at(one, NOTHING) or NULL) >= NULL:
                return  # tested before, around it: that is no mistake
            help = f"it is always {shown(sorts)}: leave the test out"
            typing.report("MLS0510", other, f"`{name}` is never null", help)
            return
        if possible and assignable(without_values(constants), without_values(sorts)):
            help = f"it can be {either(possible)}"
            typing.report("MLS0510", other, f"`{name}` is never {_written(other)}", help)
            return
    message = f"{shown(left[1])} is never equal to {shown(right[1])}"
    if overlap(without_values(left[1]), without_values(right[1])):
        message = "these two have no value in common"
    typing.report("MLS0509", right[0], message, _enum_help(typing, left, right))


def _enum_help(typing: Inference, left: Side, right: Side) -> str:
    """Say how a member is written, for one that stands in quotes."""
    for (_, sorts), (other, _) in ((left, right), (right, left)):
        value = other.value if isinstance(other, model.Constant) else None
        for one in sorts:
            if isinstance(one, EnumOf) and isinstance(value, str):
                members = [member.name for member in typing.env.enum(one.type).members]
                example = value if value in members else members[0] if members else "…"
                return f"a member is written without quotes, after its enum: `{one.type.name}.{example}`"
    return ""


def _written(constant: model.Constant) -> str:
    """Return a constant as it is written."""
    value = constant.value
    return f"{value.enum}.{value.name}" if isinstance(value, model.EnumMember) else literal(value)


def timed(typing: Inference, side: Side, other: Side) -> Side:
    """Return a string that is written out beside a date as the date that it is; report one that is none."""
    (expr, _), (_, others) = side, other
    value = expr.value if isinstance(expr, model.Constant) else None
    for word, read in TIMES.items():
        if not isinstance(value, str) or others - NULL != SCALARS[word]:
            continue
        try:
            read(value)
        except ValueError:
            help = f"for example {literal(EXAMPLES[word])}"
            return expr, typing.report("MLS0509", expr, f"{literal(value)} is not a `{word}`", help)
        return expr, others - NULL
    return side


def opaque(typing: Inference, left: Side, right: Side) -> bool:
    """Report a comparison with a value that shows nothing of itself, but whether it is there."""
    for (expr, sorts), (other, others) in ((left, right), (right, left)):
        words = {one.word for one in sorts if isinstance(one, Sort)}
        if others == NULL or unknown(sorts):
            continue
        if "api_key" in words:
            help = "only `… != null` can be asked, so that nobody can guess it piece by piece"
            typing.report_pair("MLS0462", expr, other, "a key is compared with nothing", help)
            return True
        for word in OPAQUE:
            if word in words:
                help = "only `… != null` can be asked"
                message = f"{OPAQUE[word]} is compared with nothing"
                typing.report_pair("MLS0462", expr, other, message, help)
                return True
    return False


def membership(typing: Inference, left: Side, right: Side, facts: Facts) -> None:
    """Report an `in` whose right side holds nothing, or never what is on the left."""
    expr, sorts = right
    rest = sorts - NULL
    if unknown(sorts) or rest == JSON:
        opaque(typing, left, right)
        return
    if sorts > NULL:
        typing.maybe_null(expr, rest)
    if isinstance(expr, model.ListOf):
        for item in expr.items:
            equal(typing, left, (item, typing.of(item, facts)))
        return
    for one in rest:
        match one:
            case ListOf(held):
                wanted = held or UNKNOWN
            case Vector(1):
                wanted = NUMBER
            case MapOf() | Sort("str") | Only(kind="str"):
                wanted = STR
            case _:
                help = 'for example `style in ["terse", "plain"]`'
                typing.report(
                    "MLS0509",
                    expr,
                    f"`in` looks into a list, a map or a string, and this is {shown(sorts)}",
                    help,
                )
                return
        if opaque(typing, left, (expr, wanted)):
            return
        if wanted == STR and not isinstance(one, ListOf):
            typing.judge(
                left[0], left[1], STR, f"what is looked for in {shown(frozenset({one}))} is a string"
            )
        elif not overlap(left[1], wanted):
            message = f"{shown(left[1])} is never in a list of {items(wanted)}"
            typing.report("MLS0509", left[0], message, _enum_help(typing, left, (expr, wanted)))
            return
