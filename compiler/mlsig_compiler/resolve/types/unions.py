"""Unions, optionals and literal types.

    "yes" | "no"            ->   LiteralType(("yes", "no"))
    Cat | Dog?              ->   OptionalType(UnionType((Cat, Dog)))

Unions inside unions are one union, and literals beside each other one literal type. The options of a union
must be told apart, so that each value has one meaning; `check_apart` says so once the fields of all schemas
are known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Fix, Label, replacing
from mlsig_compiler.resolve.scope import ANYTHING, Scope
from mlsig_compiler.resolve.types import apart
from mlsig_compiler.resolve.wording import described
from mlsig_compiler.source import Span

# Each option is compared with each other one.
MOST: Final = 64
LONGEST: Final = 40


class Option(NamedTuple):
    """An option of a union, and where it is written: an alias stands for all of its options."""

    type: model.Type
    span: Span


def optional(type_: model.Type) -> model.Type:
    """Return the optional of a type; what may be null already stays as it is."""
    return type_ if type_ is ANYTHING or isinstance(type_, model.OptionalType) else model.OptionalType(type_)


def literal(node: syntax.Literal, scope: Scope) -> model.Type:
    """Return the type of one fixed value."""
    value = node.value
    if value is None:
        help = "write `T?` for a type that takes null"
        scope.report("MLS0404", node.span, "null alone is not a type", help=help)
        return ANYTHING
    if isinstance(value, float):
        scope.report("MLS0404", node.span, "a number with a fraction cannot be a literal type")
        return ANYTHING
    return model.LiteralType((value,))


def union(
    node: syntax.UnionType, read: list[tuple[model.Type | None, syntax.Type]], scope: Scope
) -> model.Type:
    """Return the union of options that have been read; None of them is null."""
    nulls = [origin for type_, origin in read if type_ is None]
    if nulls:
        others = [origin for type_, origin in read if type_ is not None]
        _null(node, nulls[0], others, scope)
    if any(type_ is ANYTHING for type_, _ in read):
        return ANYTHING
    nullable = bool(nulls)
    options: list[Option] = []
    for type_, origin in read:
        if type_ is None:
            continue
        nullable = nullable or isinstance(type_, model.OptionalType)
        inner = type_.type if isinstance(type_, model.OptionalType) else type_
        parts = inner.options if isinstance(inner, model.UnionType) else (inner,)
        options += (Option(option, origin.span) for option in parts)
    found = _joined(options, scope)
    if not found:
        return ANYTHING
    whole = found[0].type if len(found) == 1 else model.UnionType(tuple(option.type for option in found))
    if isinstance(whole, model.UnionType):
        scope.unions.append(found)
    return optional(whole) if nullable else whole


def _null(node: syntax.UnionType, null: syntax.Type, others: list[syntax.Type], scope: Scope) -> None:
    named = [scope.written(other.span) for other in others if isinstance(other, syntax.TypeName)]
    fix: Fix | None = None
    if not named:
        help = "give the union a name with `type`, and write that name with `?`"
    elif len(others) == 1:
        help, fix = f"write `{named[0]}?`", replacing(node.span, f"{named[0]}?")
    else:
        help = f"write `{named[-1]}?`, which makes the whole union optional"
    scope.report("MLS0404", null.span, "null is not an option of a union", help=help, fix=fix)


def _joined(options: list[Option], scope: Scope) -> list[Option]:
    """Return the options with all literals in one, and none of them twice."""
    literals: list[str | int | bool] = []
    where: dict[tuple[type, str | int | bool], Span] = {}
    found: list[Option] = []
    place: int | None = None
    for type_, span in options:
        if isinstance(type_, model.LiteralType):
            if place is None:
                place = len(found)
                found.append(Option(type_, span))
            for value in type_.options:
                key = (type(value), value)
                if key not in where:
                    where[key] = span
                    literals.append(value)
                else:
                    message = f"{json.dumps(value, ensure_ascii=False)} is listed twice"
                    _twice(span, where[key], message, scope)
            continue
        if len(found) == MOST:
            help = "make it a schema with a field that says which it is"
            scope.report("MLS0404", span, f"a union has at most {MOST} options besides literals", help=help)
            return []
        same = [option for option in found if option.type == type_]
        if same:
            _twice(span, same[0].span, "this option is listed twice", scope)
            continue
        found.append(Option(type_, span))
    if place is not None:
        found[place] = Option(model.LiteralType(tuple(literals)), found[place].span)
    return found


def _twice(span: Span, first: Span, message: str, scope: Scope) -> None:
    labels = (Label(first, "first listed here"),) if first != span else ()
    scope.report("MLS0407", span, message, labels=labels)


def check_apart(scope: Scope) -> None:
    """Report each pair of options, of the unions read so far, that a value could be both of."""
    waiting, scope.unions = scope.unions, []
    known: set[tuple[model.Type, ...]] = set()
    for options in waiting:
        types = tuple(type_ for type_, _ in options)
        if types in known:
            continue  # the same union elsewhere, of which all has been said
        known.add(types)
        for one, other in _pairs([Option(*option) for option in options]):
            if apart.told_apart(one.type, other.type, scope):
                continue
            same = one.span == other.span
            names = [described(one.type), described(other.type)]
            if not same:
                names = [_written(one, scope), _written(other, scope)]
            message = f"a value could be both {names[0]} and {names[1]}"
            labels = () if same else (Label(one.span, "cannot be told from this"),)
            help = apart.advice(one.type, other.type, scope)
            scope.report("MLS0424", other.span, message, labels=labels, help=help)
            break


def _written(option: Option, scope: Scope) -> str:
    text = scope.written(option.span)
    return f"`{text}`" if len(text) <= LONGEST else described(option.type)


def _pairs(options: list[Option]) -> Iterator[tuple[Option, Option]]:
    for index, other in enumerate(options):
        for one in options[:index]:
            yield one, other
