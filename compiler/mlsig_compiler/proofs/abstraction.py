"""Expressions over what is only partly known: a value, a range of numbers, or anything at all.

    meaning = Meanings(space).of(expression)        once
    meaning({"demos": 3, "heat": Range(0.0, 0.5)})  ->  True, False, a number, a Range, or UNKNOWN

Operations on numbers are rounded to the nearest float, and so monotone: the ends of a range give the ends of
the result, exactly as a program would compute them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.evaluate import ARITHMETIC, COMPARISONS, UNSAID, Chosen, EvaluationError, evaluate
from mlsig_compiler.functions import CALLS, finite
from mlsig_compiler.walking import variables_in

Environment: TypeAlias = Mapping[str, Any]
Meaning: TypeAlias = Callable[[Environment], Any]


class Range(NamedTuple):
    """A number from `low` to `high`."""

    low: float
    high: float


class _Unknown:
    """Anything."""


UNKNOWN: Final = _Unknown()
VAGUE: Final = (Range, _Unknown)
_PLAIN: Final = frozenset({str, int, float, bool})
_QUICK: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"==": operator.eq, "!=": operator.ne}
_BELOW: Final = frozenset({"<", "<="})
_RISING: Final = frozenset({"floor", "ceil", "round", "exp", "sqrt", "log"})


class Meanings:
    """What expressions over the variables and composites of a space mean."""

    def __init__(self, space: model.Space) -> None:
        self._composites = {composite.name: composite for composite in space.composites}
        self._computed: dict[str, Meaning] = {}
        self._reads: dict[str, tuple[str, ...]] = {}
        # by identity: a hash of an expression is as much work as reading it
        self._read: dict[int, tuple[model.Expr, tuple[str, ...]]] = {}

    @property
    def composed(self) -> bool:
        """Whether there are composites at all."""
        return bool(self._composites)

    def composite(self, name: str) -> model.Composite | None:
        """Return the composite of a name, None where it is a variable."""
        return self._composites.get(name)

    def reads(self, expr: model.Expr) -> tuple[str, ...]:
        """Return the variables that an expression reads, if only through composites."""
        known = self._read.get(id(expr))
        if known is None or known[0] is not expr:
            known = self._read[id(expr)] = expr, self._behind(expr)
        return known[1]

    def _behind(self, expr: model.Expr) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for name in variables_in(expr):
            composite = self._composites.get(name)
            if composite is None:
                found[name] = None
                continue
            if name not in self._reads:
                self._reads[name] = ()  # composites that read each other are reported elsewhere
                active = self.reads(composite.active) if composite.active is not None else ()
                self._reads[name] = tuple(dict.fromkeys((*active, *self.reads(composite.value))))
            found.update(dict.fromkeys(self._reads[name]))
        return tuple(found)

    def of(self, expr: model.Expr) -> Meaning:  # noqa: PLR0912  (one case for each node)
        """Return an expression as a function; it raises `EvaluationError` where there is no value."""
        match expr:
            case model.Constant(value):
                said = value.name if isinstance(value, model.EnumMember) else value
                return lambda _: said
            case model.VariableRef(name):
                if name in self._composites:
                    return self._composite(name)
                return lambda known: known[name]
            case model.Unary("not", operand):
                return _negation(self.of(operand))
            case model.Unary(_, operand):
                return _opposite(self.of(operand))
            case model.Binary(op, left, right):
                return _arithmetic(op, self.of(left), self.of(right))
            case model.Comparison(first, rest):
                return self._comparison(first, rest)
            case model.BoolOp(op, operands):
                return _joined([self.of(operand) for operand in operands], decisive=op == "or")
            case model.Conditional(then, condition, otherwise):
                return _conditional(self.of(then), self.of(condition), self.of(otherwise))
            case model.ListOf(items):
                return _list([self.of(item) for item in items])
            case model.Attribute(operand, name):
                return _attribute(self.of(operand), name)
            case model.Call(function, arguments) if not any(isinstance(x, model.Each) for x in arguments):
                return _call(function, [self.of(argument) for argument in arguments])
            case _:
                return self._interpreted(expr)

    def _composite(self, name: str) -> Meaning:
        if name not in self._computed:
            composite = self._composites[name]
            self._computed[name] = lambda _: UNKNOWN
            value = self.of(composite.value)
            if composite.active is not None:
                value = _conditional(value, self.of(composite.active), lambda _: None)
            self._computed[name] = value
        return self._computed[name]

    def _comparison(self, first: model.Expr, rest: Any) -> Meaning:
        meanings = [self.of(first), *(self.of(operand) for _, operand in rest)]
        links = [
            _link(op, meanings[k], meanings[k + 1]) for k, (op, _) in enumerate(rest)
        ]  # fmt: skip
        if len(links) > 1:
            return _joined(links, decisive=False)
        ((op, right),) = rest
        if isinstance(right, model.Constant) and type(right.value) in _PLAIN and op in _QUICK:
            return _against(_QUICK[op], meanings[0], right, links[0])
        return links[0]

    def _interpreted(self, expr: model.Expr) -> Meaning:
        names = tuple(variables_in(expr))
        meanings = {name: self.of(model.VariableRef(name, expr.span)) for name in names}

        def interpreted(known: Environment) -> Any:
            values = {name: meaning(known) for name, meaning in meanings.items()}
            if any(isinstance(value, VAGUE) for value in values.values()):
                return UNKNOWN
            return evaluate(expr, values)

        return interpreted


def truth(meaning: Meaning, known: Environment) -> Any:
    """Return True, False or UNKNOWN, and None for a condition without a value."""
    try:
        found = meaning(known)
    except (EvaluationError, TypeError):
        return None
    return UNKNOWN if isinstance(found, VAGUE) else bool(found)


def hull(values: list[Any]) -> Any:
    """Return what is known of a value that is one of several."""
    if not values:
        return UNKNOWN
    if all(value is values[0] for value in values):
        return values[0]
    lows: list[float] = []
    highs: list[float] = []
    for value in values:
        if isinstance(value, Range):
            lows.append(value.low)
            highs.append(value.high)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            lows.append(value)
            highs.append(value)
        else:
            return UNKNOWN
    low, high = min(lows), max(highs)
    return low if low == high and type(values[0]) is type(low) else Range(low, high)


def _negation(operand: Meaning) -> Meaning:
    def negation(known: Environment) -> Any:
        value = operand(known)
        return UNKNOWN if value is UNKNOWN else not value

    return negation


def _opposite(operand: Meaning) -> Meaning:
    def opposite(known: Environment) -> Any:
        value = operand(known)
        if isinstance(value, Range):
            return Range(-value.high, -value.low)
        return UNKNOWN if value is UNKNOWN else -value

    return opposite


def _joined(operands: list[Meaning], *, decisive: bool) -> Meaning:
    """Return `or` for a decisive True, `and` for a decisive False."""

    def joined(known: Environment) -> Any:
        vague = False
        for operand in operands:
            try:
                value = operand(known)
            except (EvaluationError, TypeError):
                if vague:  # what decides before it is reached is not known
                    return UNKNOWN
                raise
            if value is UNKNOWN:
                vague = True
            elif bool(value) is decisive:
                return decisive
        return UNKNOWN if vague else not decisive

    return joined


def _conditional(then: Meaning, condition: Meaning, otherwise: Meaning) -> Meaning:
    def conditional(known: Environment) -> Any:
        chosen = condition(known)
        if chosen is UNKNOWN:
            try:
                return hull([then(known), otherwise(known)])
            except (EvaluationError, TypeError):  # one of them may have no value, and not be the one
                return UNKNOWN
        return then(known) if chosen else otherwise(known)

    return conditional


def _list(items: list[Meaning]) -> Meaning:
    def listed(known: Environment) -> Any:
        found = [item(known) for item in items]
        return UNKNOWN if any(isinstance(value, VAGUE) for value in found) else found

    return listed


def _attribute(operand: Meaning, name: str) -> Meaning:
    def attribute(known: Environment) -> Any:
        owner = operand(known)
        if not isinstance(owner, Chosen):  # it is not known who serves the model
            return UNKNOWN
        said = owner.figures.get(name)
        return UNSAID.get(name) if said is None else said

    return attribute


def _against(
    quick: Callable[[Any, Any], Any], left: Meaning, constant: model.Constant, otherwise: Meaning
) -> Meaning:
    """Return a comparison with a constant, which most conditions are; `otherwise` knows all cases."""
    value: Any = constant.value
    kind = value.__class__

    def against(known: Environment) -> Any:
        a = left(known)
        return quick(a, value) if type(a) is kind else otherwise(known)

    return against


def _link(op: str, left: Meaning, right: Meaning) -> Meaning:
    compare = COMPARISONS[op]
    quick = _QUICK.get(op)

    def link(known: Environment) -> Any:
        a, b = left(known), right(known)
        if a is UNKNOWN or b is UNKNOWN:
            return UNKNOWN
        if isinstance(a, Range) or isinstance(b, Range):
            return _compared(op, a, b)
        if quick is not None and type(a) is type(b) and type(a) in _PLAIN:
            return quick(a, b)
        return compare(a, b)

    return link


def _compared(op: str, a: Any, b: Any) -> Any:
    x, y = _range(a), _range(b)
    if x is None or y is None:
        return UNKNOWN
    if op in _BELOW:
        compare = COMPARISONS[op]
        return True if compare(x.high, y.low) else UNKNOWN if compare(x.low, y.high) else False
    if op in {">", ">="}:
        return _compared({">": "<", ">=": "<="}[op], y, x)
    if x.high < y.low or y.high < x.low:
        return op == "!="
    return UNKNOWN


def _range(value: Any) -> Range | None:
    if isinstance(value, Range):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Range(value, value)
    return None


def _arithmetic(op: str, left: Meaning, right: Meaning) -> Meaning:
    compute = ARITHMETIC[op]

    def arithmetic(known: Environment) -> Any:
        a, b = left(known), right(known)
        if a is UNKNOWN or b is UNKNOWN:
            return UNKNOWN
        if isinstance(a, Range) or isinstance(b, Range):
            return _ranged(op, compute, a, b)
        try:
            return finite(compute(a, b), of=(a, b))
        except (ZeroDivisionError, OverflowError) as error:
            raise EvaluationError(str(error)) from None

    return arithmetic


def _ranged(op: str, compute: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    x, y = _range(a), _range(b)
    if x is None or y is None or op == "%" or (op in {"/", "//"} and y.low <= 0 <= y.high):
        return UNKNOWN
    try:
        corners = [compute(left, right) for left in x for right in y]
    except OverflowError:
        return UNKNOWN
    low, high = min(corners), max(corners)
    return Range(low, high) if low <= high and abs(low) < _INFINITE and abs(high) < _INFINITE else UNKNOWN


def _call(function: str, arguments: list[Meaning]) -> Meaning:
    compute = CALLS[function]

    def call(known: Environment) -> Any:
        given = [argument(known) for argument in arguments]
        if not any(isinstance(value, VAGUE) for value in given):
            return finite(compute(*given))
        ranges = [_range(value) for value in given]
        if None in ranges:
            return UNKNOWN
        return _called(function, compute, [found for found in ranges if found is not None])

    return call


def _called(function: str, compute: Callable[..., Any], given: list[Range]) -> Any:
    if function in {"min", "max"}:
        return Range(compute(*(x.low for x in given)), compute(*(x.high for x in given)))
    first, *more = given
    if function in _RISING and all(x.low == x.high for x in more):
        digits = [x.low for x in more]
        try:
            return Range(compute(first.low, *digits), compute(first.high, *digits))
        except EvaluationError:
            return UNKNOWN
    if function == "abs":
        least = 0 if first.low <= 0 <= first.high else min(abs(first.low), abs(first.high))
        return Range(least, max(abs(first.low), abs(first.high)))
    return UNKNOWN


_INFINITE: Final = float("inf")
