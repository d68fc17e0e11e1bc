"""What a generated space says about itself as data: variables, composites and rules, for the slow paths.

forbid deep and strict    ->    spaces.Constraint(name="forbid_0", holds=lambda v: not (v["deep"] and …), …)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.model import (
    BoolOp,
    Branch,
    Composite,
    Constraint,
    Expr,
    Preference,
    Space,
    Unary,
    Variable,
)
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.expressions import Place
from mlsig_compiler.plan.figures import UNLIMITED, Table
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Group, Prefixed, Text, call, lay, tuple_of
from mlsig_compiler.plan.wording import said

_TURN: Final = 12  # column at which the parts of a rule stand


@dataclass(frozen=True, slots=True)
class Data:
    """Writes the data of one space.

    Args:
        space: The space.
        spell: How the module writes `spaces` and the built-in functions.
        place: How expressions are written, over a mapping `v` of the values of all that is active.
        width: Column that no line should cross.
    """

    space: Space
    spell: Mapping[str, str]
    place: Place
    width: int = WIDTH

    def variables(self) -> str:
        """Return the tuple of all variables."""
        made = (self._variable(variable) for variable in self.space.variables)
        return self._tuple("variables", "Variable", made)

    def composites(self) -> str:
        """Return the tuple of all composites; empty for none."""
        made = [self._composite(composite) for composite in self.space.composites]
        return self._tuple("composites", "Composite", made) if made else ""

    def constraints(self) -> str:
        """Return the tuple of all constraints; empty for none."""
        made = [self._constraint(constraint) for constraint in self.space.constraints]
        return self._tuple("constraints", "Constraint", made) if made else ""

    def preferences(self) -> str:
        """Return the tuple of all preferences; empty for none."""
        made = [self._preference(preference) for preference in self.space.preferences]
        return self._tuple("preferences", "Preference", made) if made else ""

    def figures(self, tables: Iterable[Table]) -> str:
        """Return the figures of models; empty for none."""
        entries = tuple(Prefixed(f"{literal(table.name)}: ", self._table(table)) for table in tables)
        return lay(Group("{", entries, "}"), 4, 40, 0, self.width) if entries else ""

    def _tuple(self, name: str, kind: str, made: Iterable[Expression]) -> str:
        before = len(f"{name}: ClassVar[tuple[spaces.{kind}, ...]] = ")
        return lay(tuple_of(made), 4, before, 0, self.width)

    def _call(self, name: str, given: Mapping[str, Expression]) -> Expression:
        return call(f"{self.spell['spaces']}.{name}", keywords=given)

    def _variable(self, variable: Variable) -> Expression:
        spaces = self.spell["spaces"]
        given: dict[str, Expression] = {
            "name": Text(identifier(variable.name)),
            "kind": Text(variable.kind),
            "domain": domains.described(variable.domain, spaces),
            "default": domains.scalar(variable.default),
        }
        if variable.branches:
            given["branches"] = tuple_of(self._branch(branch) for branch in variable.branches)
        given |= self._activity(variable.active)
        if variable.depends:
            given["depends"] = tuple_of(Text(name) for name in variable.depends)
        if variable.hints:
            entries = (
                Prefixed(f"{literal(word)}: ", domains.scalar(hint)) for word, hint in variable.hints.items()
            )
            given["hints"] = Group("{", tuple(entries), "}")
        if variable.description:
            given["description"] = Text(variable.description)
        return self._call("Variable", given)

    def _branch(self, branch: Branch) -> Expression:
        given = {
            "when": Atom("None") if branch.condition is None else self._lambda(branch.condition, 20),
            "text": Text(branch.text),
            "domain": domains.described(branch.domain, self.spell["spaces"]),
            "default": domains.scalar(branch.default),
        }
        return self._call("Branch", given)

    def _activity(self, active: Expr | None) -> dict[str, Expression]:
        if active is None:
            return {}
        return {"when": self._lambda(active, _TURN), "text": Text(said(active, self.space))}

    def _composite(self, composite: Composite) -> Expression:
        value = expressions.python(composite.value, self.place)
        if len(value) > self.width - _TURN - 4:
            value = f"\n{' ' * (_TURN + 4)}".join(expressions.lines(composite.value, self.place))
        given: dict[str, Expression] = {
            "name": Text(identifier(composite.name)),
            "type": Text(composite.type),
            "value": self._function(f"{self.spell[composite.type]}(", value, ")", _TURN),
            **self._activity(composite.active),
        }
        if composite.depends:
            given["depends"] = tuple_of(Text(name) for name in composite.depends)
        if composite.description:
            given["description"] = Text(composite.description)
        return self._call("Composite", given)

    def _constraint(self, constraint: Constraint) -> Expression:
        text = f"forbid {constraint.text}" if _forbids(constraint.condition) else constraint.text
        return self._call("Constraint", {"name": Text(constraint.name), **self._rule(constraint, text)})

    def _preference(self, preference: Preference) -> Expression:
        return self._call("Preference", self._rule(preference, preference.text))

    def _rule(self, rule: Constraint | Preference, text: str) -> dict[str, Expression]:
        given: dict[str, Expression] = {
            "holds": self._lambda(rule.condition, _TURN),
            "text": Text(text),
            "reads": tuple_of(Text(name) for name in expressions.reads(rule.condition)),
        }
        if rule.message:
            given["message"] = Text(rule.message)
        return given

    def _table(self, table: Table) -> Expression:
        if table.chooser:
            entries = [
                Prefixed(f"({literal(provider)}, {literal(name)}): ", self._figure(value))
                for (provider, name), value in table.beside.items()
            ]
        else:
            entries = [
                Prefixed(f"{literal(name)}: ", self._figure(value)) for name, value in table.values.items()
            ]
        return Group("{", tuple(entries), "}")

    def _figure(self, value: object) -> Expression:
        if isinstance(value, tuple):
            return tuple_of(Text(str(word)) for word in cast("tuple[object, ...]", value))
        return Atom(f"{self.spell['spaces']}.UNLIMITED" if value == UNLIMITED else literal(value))

    def _function(self, head: str, text: str, tail: str, column: int) -> Expression:
        if column + len("value=lambda v: ") + len(head) + len(text) + len(tail) < self.width:
            return Prefixed("lambda v: ", Atom(f"{head}{text}{tail}"))
        margin = " " * column
        return Prefixed("lambda v: ", Atom(f"{head}\n{margin}    {text}\n{margin}{tail}"))

    def _lambda(self, condition: Expr, column: int) -> Expression:
        """Return the condition as a function; `column` is where its line will begin, were it too long."""
        plain = expressions.plain(condition)
        text = expressions.python(plain, self.place)
        if column + len("holds=lambda v: ") + len(text) < self.width:
            return Prefixed("lambda v: ", Atom(text))
        margin = " " * column
        op, pieces = expressions.parts(plain, self.place)
        if op:
            text = f"\n{margin}    {op} ".join(pieces)
        elif isinstance(plain, Unary) and isinstance(plain.operand, BoolOp):
            op, pieces = expressions.parts(plain.operand, self.place)
            text = f"\n{margin}        {op} ".join(pieces)
            text = f"not (\n{margin}        {text}\n{margin}    )"
        return Prefixed("lambda v: ", Atom(f"(\n{margin}    {text}\n{margin})"))


def _forbids(condition: Expr) -> bool:
    """Tell whether the user wrote `forbid e`: the `not` is ours then, and covers no characters of its own."""
    if isinstance(condition, BoolOp) and condition.span == condition.operands[-1].span:
        condition = condition.operands[-1]  # in a group: `not active or …`
    return isinstance(condition, Unary) and condition.op == "not" and condition.span == condition.operand.span
