"""What a condition tells about the names in it: after `x != null and`, `x` is not null.

    learn(x != null, {}, True)    ->   {("x",): {int}}
    learn(x == null, {}, False)   ->   the same

Told apart are null, the values of a literal type, and schemas of a union by a field of literal type. Facts
hold of paths (`x`, `x.y`), since an expression changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.typecheck.sorts import (
    JSON,
    NULL,
    EnumOf,
    Environment,
    ListOf,
    One,
    Only,
    RecordOf,
    Shape,
    Sorts,
    only,
    overlap,
    sorts_of,
    unknown,
)
from mlsig_compiler.walking import key

Path: TypeAlias = tuple[str, ...]
# A path, or what else is known of an expression, by its key.
Place: TypeAlias = tuple[Hashable, ...]
Facts: TypeAlias = Mapping[Place, Sorts]
Learned: TypeAlias = dict[Place, Sorts]

NOTHING: Final[Facts] = MappingProxyType({})
_TRUE: Final[Sorts] = frozenset()
OPPOSITE: Final[dict[str, Literal["==", "!=", "in", "not in"]]] = {
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
}


def path_of(expr: model.Expr) -> Path | None:
    """Return the names that lead to a value: `x.y` is ("x", "y")."""
    names: list[str] = []
    while isinstance(expr, model.Attribute):
        names.append(expr.name)
        expr = expr.operand
    return (expr.name, *reversed(names)) if isinstance(expr, model.VariableRef) else None


def name_of(expr: model.Expr) -> str | None:
    """Return a path as it is written."""
    path = path_of(expr)
    return ".".join(path) if path else None


def about(name: str, place: Place) -> bool:
    """Say whether a fact is one about a name."""
    return place[0] == name


def narrowed(known: Known, condition: model.Expr, facts: Facts, truth: bool) -> Facts:
    """Return the facts where a condition is true, or false."""
    learned = known.learn(condition, facts, truth)
    return {**facts, **learned} if learned else facts


class Known:
    """What is known of paths. `bound` are the names that `any` and `all` go through at the moment."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.bound: dict[str, Sorts] = {}
        self._asking: set[str] = set()

    def constant(self, expr: model.Constant) -> Sorts:
        """Return the sorts of a constant."""
        value = expr.value
        if value is None:
            return NULL
        if isinstance(value, model.EnumMember):
            return frozenset({EnumOf(model.EnumType(value.enum, value.module))})
        return frozenset({only(value)})

    def at(self, expr: model.Expr, facts: Facts) -> Sorts | None:
        """Return the sorts of a constant or a path, None of anything else; report nothing."""
        if isinstance(expr, model.Constant):
            return self.constant(expr)
        path = path_of(expr)
        if path is None:
            return None
        said = facts.get(path)
        if said is not None:
            return said
        if isinstance(expr, model.Attribute):
            base = self.at(expr.operand, facts)
            return self.member(base - NULL, expr.name) if base else None
        return self.name(path[0], facts)

    def name(self, name: str, facts: Facts) -> Sorts | None:
        """Return the sorts of a name: null too, unless the condition under which it has a value holds."""
        if name in self.bound:
            return self.bound[name]
        found = self.env.names.get(name)
        if found is None or name not in self.env.active or name in self._asking:
            return found
        self._asking.add(name)
        holds = self.implied(self.env.active[name], facts)
        self._asking.discard(name)
        return found if holds else found | NULL

    def member(self, sorts: Sorts, name: str) -> Sorts | None:
        """Return the sorts of a field of records, None when one of them does not have it."""
        found: set[One] = set()
        for one in sorts:
            field = self.field(one, name)
            if field is None:
                return None
            found |= field
        return frozenset(found) or None

    def field(self, one: One, name: str) -> Sorts | None:
        """Return the sorts of a field of one kind of record."""
        return self.fields(one).get(name)

    def fields(self, one: One) -> dict[str, Sorts]:
        """Return the fields of one kind of record; of what is no record, none."""
        if isinstance(one, RecordOf):
            return {field.name: sorts_of(field.type) for field in self.env.fields(one.type)}
        return dict(one.fields) if isinstance(one, Shape) else {}

    # What conditions tell

    def learn(self, condition: model.Expr, facts: Facts, truth: bool) -> Learned:
        """Return what is known besides `facts` where a condition is true, or false."""
        match condition:
            case model.Unary("not", operand):
                found = self.learn(operand, facts, not truth)
            case model.BoolOp(op, operands) if (op == "and") == truth:
                found = self._each(operands, facts, truth)
            case model.BoolOp(_, operands):
                found = self._either(operands, facts, truth)
            case model.Comparison(first, ((op, second),)):
                found = self._compared(first, op, second, facts, truth)
            case model.Comparison(first, rest) if truth:
                pairs = zip((first, *(right for _, right in rest)), rest, strict=False)
                found = Learned()
                for left, (op, right) in pairs:
                    found |= self._compared(left, op, right, {**facts, **found}, True)
            case _:
                found = Learned()
        if self.env.active and truth:
            found[("holds", key(condition))] = _TRUE
        return found

    def _each(self, operands: tuple[model.Expr, ...], facts: Facts, truth: bool) -> Learned:
        """Every operand has the same truth."""
        known, found = dict(facts), Learned()
        for operand in operands:
            more = self.learn(operand, known, truth)
            known.update(more)
            found.update(more)
        return found

    def _either(self, operands: tuple[model.Expr, ...], facts: Facts, truth: bool) -> Learned:
        """Some operand has this truth, and those before it have the other."""
        known, before = dict(facts), Learned()
        common: Learned | None = None
        for operand in operands:
            here = self.learn(operand, known, truth)
            if common is None:
                common = here
            else:
                for place in list(common):
                    said = here.get(place, before.get(place))
                    if said is None:
                        del common[place]
                    else:
                        common[place] |= said
            other = self.learn(operand, known, not truth)
            known.update(other)
            before.update(other)
        return common or {}

    def _compared(self, left: model.Expr, op: str, right: model.Expr, facts: Facts, truth: bool) -> Learned:
        if op in ("!=", "not in"):
            return self._compared(left, OPPOSITE[op], right, facts, not truth)
        if op == "in":
            return self._within(left, right, facts, truth)
        if op != "==":
            return self._nonzero(left, op, right) if truth else {}
        found = self._nonzero(left, "==" if truth else "!=", right)
        for one, other in ((left, right), (right, left)):
            sorts = self.at(other, facts)
            if sorts is None:
                continue
            if truth:
                found |= self._kept(one, sorts, facts)
            elif isinstance(other, model.Constant):
                found |= self._without(one, sorts, facts)
        return found

    def _within(self, left: model.Expr, right: model.Expr, facts: Facts, truth: bool) -> Learned:
        if isinstance(right, model.ListOf):
            found: set[One] = set()
            for item in right.items:
                sorts = self.at(item, facts)
                if sorts is None or (not truth and not isinstance(item, model.Constant)):
                    return {}
                found |= sorts
            every = frozenset(found)
            return self._kept(left, every, facts) if truth else self._without(left, every, facts)
        lists = self.at(right, facts) if truth else None
        if not lists or not all(isinstance(one, ListOf) for one in lists):
            return {}
        items = frozenset(sort for one in lists if isinstance(one, ListOf) for sort in one.items)
        return self._kept(left, items, facts)

    def _kept(self, expr: model.Expr, others: Sorts, facts: Facts) -> Learned:
        """What is left of a path that is one of others."""
        return self._left(expr, facts, lambda one: overlap(frozenset({one}), others))

    def _without(self, expr: model.Expr, others: Sorts, facts: Facts) -> Learned:
        """What is left of a path that is none of some constants."""
        gone = frozenset(one for one in others if isinstance(one, Only) or one in NULL)
        return self._left(expr, facts, lambda one: one not in gone)

    def _left(self, expr: model.Expr, facts: Facts, keeps: Callable[[One], bool]) -> Learned:
        path, sorts = path_of(expr), self.at(expr, facts)
        if path is None or sorts is None or unknown(sorts):
            return {}
        found = Learned()
        left = frozenset(one for one in sorts if keeps(one))
        if left and left != sorts and (left != JSON or sorts >= NULL):
            found[path] = left
        if isinstance(expr, model.Attribute):
            found |= self._told_apart(expr, facts, keeps)
        return found

    def _told_apart(self, expr: model.Attribute, facts: Facts, keeps: Callable[[One], bool]) -> Learned:
        """Leave out the records of a union whose field could not be so."""
        owner, records = path_of(expr.operand), self.at(expr.operand, facts)
        if owner is None or records is None or len(records - NULL) < 2:
            return {}
        left = frozenset(
            record
            for record in records - NULL
            if any(keeps(one) for one in self.field(record, expr.name) or ())
        )
        return {owner: left} if left and left != records else {}

    def _nonzero(self, left: model.Expr, op: str, right: model.Expr) -> Learned:
        """Note what is known not to be 0, for divisions."""
        found = Learned()
        mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        for one, word, other in ((left, op, right), (right, mirrored.get(op, op), left)):
            value = other.value if isinstance(other, model.Constant) else None
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if {
                "==": value != 0, "!=": value == 0, ">": value >= 0, ">=": value > 0,
                "<": value <= 0, "<=": value < 0,
            }[word]:  # fmt: skip
                found[("nonzero", key(one))] = _TRUE
        return found

    # What follows from facts

    def implied(self, condition: model.Expr, facts: Facts) -> bool:
        """Say whether a condition is known to hold."""
        if ("holds", key(condition)) in facts:
            return True
        match condition:
            case model.BoolOp("and", operands):
                return all(self.implied(operand, facts) for operand in operands)
            case model.BoolOp(_, operands):
                return any(self.implied(operand, facts) for operand in operands)
            case model.Unary("not", model.Comparison(first, ((op, second),), span)) if op in OPPOSITE:
                return self.implied(model.Comparison(first, ((OPPOSITE[op], second),), span), facts)
            case model.Comparison(first, (("==" | "in" as op, second),)):
                possible = self._constants(second, op == "in", facts)
                sorts = self.at(first, facts)
                return bool(possible and sorts and sorts <= possible)
            case model.Comparison(first, (("!=" | "not in" as op, second),)):
                excluded = self._constants(second, op == "not in", facts)
                sorts = self.at(first, facts)
                return bool(excluded and sorts) and not overlap(sorts or _TRUE, excluded or _TRUE)
            case _:
                return False

    def _constants(self, expr: model.Expr, listed: bool, facts: Facts) -> Sorts | None:
        """Return single values that are written out: one, or those of a list."""
        items = expr.items if isinstance(expr, model.ListOf) and listed else (expr,)
        if not all(isinstance(item, model.Constant) for item in items):
            return None
        sorts = frozenset(one for item in items for one in self.at(item, facts) or ())
        return sorts if all(isinstance(one, Only) or one in NULL for one in sorts) else None
