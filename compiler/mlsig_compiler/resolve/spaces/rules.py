"""What a configuration must be, and what it had better be: `constraint`, `forbid` and `prefer`.

forbid a > 1                     ->   Constraint("forbid_1", not a > 1)
when b { constraint c: a > 1 }   ->   Constraint("c", not b or a > 1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import annotated, expressions
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces.groups import Conditions, Placed, while_active
from mlsig_compiler.resolve.spaces.taking import Place, Rule, Taking
from mlsig_compiler.source import Span


class Written(NamedTuple):
    """Where a rule comes from: its member, its condition as the user wrote it, and when it counts."""

    member: syntax.Constraint | syntax.Prefer
    condition: model.Expr
    active: model.Expr | None


@dataclass(slots=True)
class _Named:
    """The names that constraints have so far: where each comes from, and from which space if it is taken.

    `forbid` without a name is called by its number among those that forbid something.
    """

    first: dict[str, tuple[Span, str]] = field(default_factory=dict[str, tuple[Span, str]])
    forbidden: int = 0

    def numbered(self) -> str:
        """Return a name for a rule that has none."""
        while f"forbid_{self.forbidden}" in self.first:
            self.forbidden += 1
        return f"forbid_{self.forbidden}"


def read(
    members: list[Placed], taking: Taking, names: expressions.Names, conditions: Conditions, scope: Scope
) -> tuple[tuple[model.Constraint, ...], tuple[model.Preference, ...]]:
    """Return the rules of a space, those that it takes from others first."""
    named = _Named()
    found = [
        *_taken(taking, named, names, conditions, scope),
        *_own(members, named, names, conditions, scope),
    ]
    return (
        tuple(rule for rule in found if isinstance(rule, model.Constraint)),
        tuple(rule for rule in found if isinstance(rule, model.Preference)),
    )


def _taken(
    taking: Taking, named: _Named, names: expressions.Names, conditions: Conditions, scope: Scope
) -> Iterator[Rule]:
    seen: set[Rule] = set()
    for original, place in taking.rules:
        if not names.variables.issuperset(expressions.variables_in(original.condition)):
            continue  # one of them could not be understood
        try:
            active = conditions.of(place.groups)
        except Skip:
            continue
        rule = original
        if active is not None:
            rule = replace(rule, condition=while_active(active, rule.condition))
        said = replace(rule, name="") if isinstance(rule, model.Constraint) else rule
        if said in seen:
            continue  # taken already by another way, perhaps under another number
        seen.add(said)
        if isinstance(rule, model.Constraint):
            numbered = re.fullmatch(r"forbid_[0-9]+", rule.name) is not None
            named.forbidden += numbered
            if rule.name in named.first:
                if not numbered:
                    _clash(rule.name, place, named, scope)
                    continue
                rule = replace(rule, name=named.numbered())
            named.first[rule.name] = (place.span, place.owner)
        yield rule


def _clash(name: str, place: Place, named: _Named, scope: Scope) -> None:
    span, owner = named.first[name]
    message = f"constraint `{name}` of `{place.owner}` is another than that of `{owner}`"
    labels = (Label(span, f"`{owner}` is taken here"),)
    help = "rename one of them, or include only one of the two"
    scope.report("MLS0517", place.span, message, labels=labels, help=help)


def _own(
    members: list[Placed], named: _Named, names: expressions.Names, conditions: Conditions, scope: Scope
) -> Iterator[Rule]:
    for member, groups in members:
        if not isinstance(member, syntax.Constraint | syntax.Prefer):
            continue
        name = _name(member, named, scope) if isinstance(member, syntax.Constraint) else ""
        word = "constraint" if isinstance(member, syntax.Constraint) else "prefer"
        annotated.read(member.annotations, word, scope)
        try:
            condition = expressions.read(member.condition, names, scope)
            active = conditions.of(groups)
        except Skip:
            continue
        made = _made(member, name, while_active(active, _meant(member, condition)), scope)
        scope.origins.put(made, Written(member, condition, active))
        yield made


def _meant(member: syntax.Constraint | syntax.Prefer, condition: model.Expr) -> model.Expr:
    if isinstance(member, syntax.Constraint) and member.forbidden:
        return model.Unary("not", condition, condition.span)
    return condition


def _made(member: syntax.Constraint | syntax.Prefer, name: str, condition: model.Expr, scope: Scope) -> Rule:
    message = member.message.text if member.message else ""
    span = member.condition.span
    text = scope.written(span)
    if isinstance(member, syntax.Prefer):
        return model.Preference(condition=condition, message=message, text=text, span=span)
    return model.Constraint(name=name, condition=condition, message=message, text=text, span=span)


def _name(member: syntax.Constraint, named: _Named, scope: Scope) -> str:
    named.forbidden += member.forbidden
    if member.name is None:
        name = named.numbered()
        named.first[name] = (member.condition.span, "")
        return name
    name = member.name.text
    if name in named.first:
        span, owner = named.first[name]
        if owner:
            message = f"`{name}` is already a constraint of `{owner}`"
            labels = (Label(span, f"`{owner}` is taken here"),)
            scope.report("MLS0517", member.name.span, message, labels=labels, help="give it another name")
        else:
            scope.twice(member.name, span, f"constraint `{name}`")
    named.first.setdefault(name, (member.name.span, ""))
    return name
