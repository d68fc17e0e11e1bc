"""The fields of schemas and signatures: their types first, their defaults once all types are known.

@alias("q") question: str = "…" "what the user asks"
    -> Field(name="question", type=ScalarType("str"), default="…", alias="q", …)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import annotated, types, values
from mlsig_compiler.resolve.scope import ANYTHING, Scope, Skip
from mlsig_compiler.resolve.wording import described

Pair: TypeAlias = tuple[syntax.Field, model.Field]

NUMBERS = frozenset({"int", "float", "probability", "confidence_score"})


def text(node: syntax.Text | None) -> str:
    """Return a description, empty when there is none."""
    return node.text if node else ""


def read(nodes: Iterable[syntax.Field], inherited: Iterable[model.Field], scope: Scope) -> list[Pair]:
    """Return the fields with their types, and `REQUIRED` or null in the place of each default.

    A field that has the name of another, inherited ones included, is left out.
    """
    first: dict[str, syntax.Field] = {}
    bases = {field.name: field for field in inherited}
    found: list[Pair] = []
    for node in nodes:
        name = node.name.text
        said = annotated.read(node.annotations, node.role, scope)
        type_ = types.read(node.type, scope)
        if name in bases:
            _clash(node, bases[name], scope)
            continue
        earlier = first.setdefault(name, node)
        if earlier is not node:
            help = ""
            if earlier.role != node.role:
                help = "inputs and outputs share their names, because an example gives both"
            scope.twice(node.name, earlier.name.span, f"field `{name}`", help)
            continue
        if said.variable and not can_vary(type_):
            cannot_vary(node, type_, scope)
        elif said.variable and node.role == "input" and node.default is None:
            _always_given(node, scope)
        field = model.Field(
            name=name,
            type=type_,
            default=model.REQUIRED if node.default is None else None,
            description=text(node.description),
            alias=said.alias,
            variable=said.variable,
            deprecated=said.deprecated,
            span=node.name.span,
        )
        found.append((node, field))
    _check_aliases(found, bases, scope)
    return found


def with_defaults(pairs: list[Pair], scope: Scope) -> tuple[model.Field, ...]:
    """Return the fields with their defaults read, each checked against its type."""
    found: list[model.Field] = []
    for node, field in pairs:
        made = field
        if node.default is not None:
            try:
                made = replace(field, default=values.read(node.default, field.type, scope))
            except Skip:
                made = replace(field)
        scope.origins.put(made, node)
        found.append(made)
    return tuple(found)


def _clash(node: syntax.Field, base: model.Field, scope: Scope) -> None:
    name = node.name.text
    here = scope.source.text[base.span.start : base.span.end] == name
    label = Label(base.span, "the base has it here" if here else "the base has it")
    help = "a field keeps the type that it has in the base: leave it out here, or give it another name"
    scope.report(
        "MLS0310", node.name.span, f"field `{name}` is inherited already", labels=(label,), help=help
    )


def can_vary(type_: model.Type) -> bool:
    """Say whether values of a type can be chosen from: `@variable` needs one of those."""
    if isinstance(type_, model.ScalarType) and type_.name in NUMBERS:
        says = type_.constraints
        return None not in (
            says.ge if says.gt is None else says.gt,
            says.le if says.lt is None else says.lt,
        )
    plain = isinstance(type_, model.EnumType | model.LiteralType) or type_ is ANYTHING
    return plain or (isinstance(type_, model.ScalarType) and type_.name == "bool")


def cannot_vary(node: syntax.Field | syntax.ResourceAttribute, type_: model.Type, scope: Scope) -> None:
    """Report `@variable` before a type whose values nothing can choose from."""
    number = isinstance(type_, model.ScalarType) and type_.name in NUMBERS
    why = "which has no range" if number else "and there is no fixed set of those to choose from"
    help = "a field that varies is a `bool`, an enum, literals, or a number with a range: `int(1..10)`"
    if number and isinstance(node.type, syntax.TypeName) and node.type.name.text in NUMBERS:
        example = "int(1..10)" if node.type.name.text == "int" else f"{node.type.name.text}(0..1)"
        help = f"give it a range, for example `{example}`"
    message = f"`{node.name.text}` cannot be varied: it is {described(type_)}, {why}"
    labels = tuple(Label(a.span, "asked for here") for a in node.annotations if a.name.text == "variable")
    scope.report("MLS0426", node.type.span, message, labels=labels, help=help)


def _always_given(node: syntax.Field, scope: Scope) -> None:
    """Report `@variable` before an input that leaves nothing to choose."""
    message = f"`{node.name.text}` cannot be varied: it has no default, so every caller says what it is"
    help = "give it a default: what varies is the value that it has where nobody gives another"
    labels = tuple(Label(a.span, "asked for here") for a in node.annotations if a.name.text == "variable")
    scope.report("MLS0426", node.name.span, message, labels=labels, help=help)


def _check_aliases(pairs: list[Pair], bases: dict[str, model.Field], scope: Scope) -> None:
    """Refuse a second name that some field has already, as its first name or its second."""
    taken = {field.name: field for field in (*bases.values(), *(field for _, field in pairs))}
    aliases = {field.alias: field for field in bases.values() if field.alias is not None}
    for node, field in pairs:
        if field.alias is None:
            continue
        other = taken.get(field.alias) or aliases.get(field.alias)
        aliases.setdefault(field.alias, field)
        if other is None:
            continue
        span = next(a.span for a in node.annotations if a.name.text == "alias")
        if other is field:
            scope.report("MLS0310", span, f"`{field.name}` is the name of this field already")
            continue
        message = f'"{field.alias}" is a name of `{other.name}` already'
        scope.report("MLS0310", span, message, labels=(Label(other.span, "declared here"),))
