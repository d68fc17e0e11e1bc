"""The meaning of expressions, by plain interpretation of the model.

    evaluate(condition, {"provider": "local", "temperature": 0.7}) -> True

Values are plain: records and maps are dicts, members of enums `EnumMember` or their names (and names in what
is returned), dates those of Python, a name without a value is null. Generated code says the same in straight
lines; this is what it is compared with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

from mlsig.functions import ARITHMETIC, COMPARISONS, timed

from mlsig_compiler import model
from mlsig_compiler.functions import CALLS, EvaluationError, equal, finite

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "UNSAID",
    "Chosen",
    "EvaluationError",
    "active_branch",
    "equal",
    "evaluate",
]

Configuration: TypeAlias = Mapping[str, Any]

# What a model has whose provider does not say it: no limits, no costs, no extras.
UNSAID: Final[dict[str, Any]] = {
    "context_window": math.inf,
    "max_output": math.inf,
    "input_cost": 0.0,
    "output_cost": 0.0,
    "supports": (),
}
MOST_STEPS: Final = 1_000_000


class Chosen(str):
    """The model that a configuration chooses: its name, with the figures that its provider states."""

    __slots__ = ("figures",)
    figures: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, figures: Mapping[str, Any]) -> Chosen:
        """Return a name with its figures."""
        chosen = cls(name)
        chosen.figures = figures
        return chosen


def evaluate(expr: model.Expr, values: Configuration) -> Any:
    """Return the value of a well-typed expression.

    Raises:
        EvaluationError: It has none for these values.
    """
    return _Evaluation(values).of(expr)


class _Evaluation:
    """One expression over one set of values. `own` are the names that `any` and `all` go through."""

    def __init__(self, values: Configuration) -> None:
        self.values = values
        self.own: dict[str, Any] = {}
        self.read: dict[str, Any] = {}
        self.steps = 0

    def of(self, expr: model.Expr) -> Any:  # noqa: PLR0912  (one case for each node)
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise EvaluationError(f"it takes more than {MOST_STEPS:,} steps")
        match expr:
            case model.Constant(value):
                return _named(value)
            case model.VariableRef(name):
                return self.own[name] if name in self.own else self._value(name)
            case model.Unary("not", operand):
                return not self.of(operand)
            case model.Unary(_, operand):
                return -self.of(operand)
            case model.Binary(op, left, right):
                return self._arithmetic(op, self.of(left), self.of(right))
            case model.Comparison(first, rest):
                return self._chain(first, rest)
            case model.BoolOp("and", operands):
                return all(self.of(operand) for operand in operands)
            case model.BoolOp(_, operands):
                return any(self.of(operand) for operand in operands)
            case model.Conditional(then, condition, otherwise):
                return self.of(then if self.of(condition) else otherwise)
            case model.ListOf(items):
                return [self.of(item) for item in items]
            case model.Attribute(operand, name):
                return self._attribute(self.of(operand), name)
            case model.Index(operand, key):
                return self._index(self.of(operand), self.of(key))
            case model.Call("any" | "all" as function, (model.Each() as each,)):
                return self._every(each) if function == "all" else not self._every(each, negated=True)
            case model.Call(function, arguments):
                return finite(CALLS[function](*(self.of(argument) for argument in arguments)))
            case model.Each():
                raise EvaluationError("it is not a value of its own")

    def _value(self, name: str) -> Any:
        if name not in self.read:
            self.read[name] = _named(self.values.get(name))
        return self.read[name]

    def _arithmetic(self, op: str, left: Any, right: Any) -> Any:
        try:
            return finite(ARITHMETIC[op](left, right), of=(left, right))
        except (ZeroDivisionError, OverflowError) as error:
            raise EvaluationError(str(error)) from None

    def _chain(self, first: model.Expr, rest: Iterable[tuple[str, model.Expr]]) -> bool:
        left = self.of(first)
        for op, operand in rest:
            right = self.of(operand)
            left, right = _timed(left, right), _timed(right, left)
            try:
                holds = COMPARISONS[op](left, right)
            except TypeError as error:  # times with and without a zone
                raise EvaluationError(str(error)) from None
            if not holds:
                return False
            left = right
        return True

    def _attribute(self, owner: Any, name: str) -> Any:
        if isinstance(owner, Chosen):
            said = owner.figures.get(name)
            return UNSAID.get(name) if said is None else said
        if isinstance(owner, Mapping):
            return cast("Mapping[str, Any]", owner).get(name)
        raise EvaluationError(f"there is no `{name}`")

    def _index(self, owner: Any, key: Any) -> Any:
        try:
            return owner[key]
        except (IndexError, KeyError, TypeError):
            raise EvaluationError(f"there is nothing at {key!r}") from None

    def _every(self, each: model.Each, *, negated: bool = False) -> bool:
        """Say whether the element is true of every item; `negated`, whether it is true of none."""
        items, outer = self.of(each.items), self.own
        try:
            for item in items:
                self.own = {**outer, each.variable: item}
                if each.condition is not None and not self.of(each.condition):
                    continue
                if bool(self.of(each.element)) == negated:
                    return False
            return True
        finally:
            self.own = outer


def _named(value: Any) -> Any:
    """Return a value with the names of members for the members."""
    if isinstance(value, model.EnumMember):
        return value.name
    if isinstance(value, list | tuple):
        return [_named(item) for item in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        return {key: _named(item) for key, item in cast("Mapping[str, Any]", value).items()}
    return value


def _timed(value: Any, other: Any) -> Any:
    """Return a string that is compared with a date as the date that it says."""
    try:
        return timed(value, other)
    except ValueError as error:
        raise EvaluationError(str(error)) from None


def active_branch(variable: model.Variable, values: Configuration) -> model.Branch | None:
    """Return the first branch whose condition holds, or None when the variable's own domain does.

    Raises:
        EvaluationError: A condition has no value.
    """
    for branch in variable.branches:
        if branch.condition is None or evaluate(branch.condition, values):
            return branch
    return None
