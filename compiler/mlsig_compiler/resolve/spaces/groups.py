"""Conditions under which members of a space exist: those of the groups around them, joined.

when a { when b { constraint c: n > 1 } }   ->   not (a and b) or n > 1
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.walking import key


class Placed(NamedTuple):
    """A member of a space, and the groups around it, the outermost first."""

    member: syntax.SpaceMember
    groups: tuple[syntax.Group, ...] = ()


def flat(members: tuple[syntax.SpaceMember, ...], groups: tuple[syntax.Group, ...] = ()) -> Iterator[Placed]:
    """Yield the members of a space and of all its groups, and the groups themselves before what they hold."""
    for member in members:
        yield Placed(member, groups)
        if isinstance(member, syntax.Group):
            yield from flat(member.members, (*groups, member))


class Conditions:
    """The conditions of the groups of one space, each read once."""

    def __init__(self, names: expressions.Names, scope: Scope) -> None:
        self._names = names
        self._scope = scope
        self._read: dict[int, model.Expr | None] = {}

    def of(self, groups: tuple[syntax.Group, ...]) -> model.Expr | None:
        """Return the condition under which all of some nested groups are active, None for always.

        Raises:
            Skip: One of them is wrong, which has been reported.
        """
        if not groups:
            return None
        found = [self._condition(group) for group in groups]
        conditions = [condition for condition in found if condition is not None]
        if len(conditions) < len(found):
            raise Skip
        return joined(*conditions)

    def _condition(self, group: syntax.Group) -> model.Expr | None:
        if id(group) not in self._read:
            try:
                found = expressions.read(group.condition, self._names, self._scope)
                self._scope.origins.put(group, found)  # for the check of its type
            except Skip:
                found = None
            self._read[id(group)] = found
        return self._read[id(group)]


def joined(*conditions: model.Expr | None) -> model.Expr | None:
    """Return the condition that all of some hold, each named once; None when there is none."""
    found: dict[Hashable, model.Expr] = {}
    for condition in conditions:
        for part in conjuncts(condition):
            found.setdefault(key(part), part)
    parts = tuple(found.values())
    return model.BoolOp("and", parts, parts[0].span) if len(parts) > 1 else next(iter(parts), None)


def conjuncts(condition: model.Expr | None) -> tuple[model.Expr, ...]:
    """Return the parts of a condition that must all hold."""
    if condition is None:
        return ()
    if isinstance(condition, model.BoolOp) and condition.op == "and":
        return tuple(part for operand in condition.operands for part in conjuncts(operand))
    return (condition,)


def while_active(active: model.Expr | None, rule: model.Expr) -> model.Expr:
    """Return a rule that counts only while a condition holds."""
    if active is None:
        return rule
    return model.BoolOp("or", (model.Unary("not", active, active.span), rule), rule.span)
