"""Expressions of a space as Python text.

    temperature > 1.0 and not strict    ->    v["temperature"] > 1.0 and not v["strict"]

Python's own precedence is used, with as few parentheses as it allows. That no divisor can be zero, and that
both sides of a comparison can be compared, was checked before. What has no value raises one of
`mlsig.functions.NO_VALUE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.model import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Comparison,
    Conditional,
    Constant,
    Each,
    Expr,
    Index,
    ListOf,
    Unary,
    VariableRef,
)
from mlsig_compiler.patterns import anchored
from mlsig_compiler.walking import variables_in

IF: Final = -1  # binds more weakly than anything
OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, ATOM = range(8)
BOOL: Final = {"or": OR, "and": AND}
ARITHMETIC: Final = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT}
METHODS: Final = {"lower", "upper", "strip", "startswith", "endswith", "split"}
MATHS: Final = frozenset({"floor", "ceil", "sqrt", "log", "exp"})
OURS: Final = frozenset({"norm", "mean", "unique", "join"})
_IDENTITY: Final = {"==": "is", "!=": "is not"}
_OPPOSITE: Final[dict[str, Literal["==", "!=", "in", "not in"]]] = {
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
}

Spelling: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Place:
    """How everything is written in one place of the generated code.

    Attributes:
        variable: A variable or composite, by name.
        word: A function of Python or of its `math`, or `functions` for the module of that name.
        figure: A figure (`context_window`) of a model variable, by their names; its level is `ATOM`.
        unbounded: Whether arithmetic may leave the floats.
        null: How null is written. Type checkers take a variable that was compared with `None` for null in all
            that follows, which they do not where null is said by another name.
    """

    variable: Spelling
    word: Spelling
    figure: Callable[[str, str], str]
    unbounded: Callable[[Binary], bool] = lambda _: False
    null: str = "None"

    def __call__(self, name: str) -> str:
        """Return how a variable or composite is written."""
        return self.variable(name)

    def within(self, name: str, local: str) -> Place:
        """Return the same place where a name means something else, as in `any` and `all`."""

        def variable(other: str) -> str:
            return local if other == name else self.variable(other)

        return replace(self, variable=variable)


def python(expr: Expr, spell: Spelling) -> str:
    """Return the Python text of an expression; `spell` says how a variable is written, and a `Place` all."""
    return _python(expr, spell)[0]


def parts(expr: Expr, spell: Spelling) -> tuple[str, list[str]]:
    """Return the operator of an `and` or `or`, and the texts between; all else is one part."""
    if isinstance(expr, BoolOp):
        return expr.op, [_within(operand, BOOL[expr.op] + 1, spell) for operand in expr.operands]
    if isinstance(expr, Conditional):
        return "", [_within(expr, OR, spell)]
    return "", [python(expr, spell)]


def lines(expr: Expr, spell: Spelling) -> list[str]:
    """Return the text of an expression on several lines, each beginning with an operator but the first."""
    if isinstance(expr, Conditional):
        then, condition = _within(expr.then, OR, spell), _within(expr.condition, OR, spell)
        first, *rest = lines(expr.otherwise, spell)
        return [then, f"if {condition}", f"else {first}", *rest]
    op, pieces = parts(expr, spell)
    return [pieces[0], *(f"{op} {piece}" for piece in pieces[1:])]


def opposite(expr: Expr) -> Expr:
    """Return an expression that holds where `expr` does not, in the plainest words."""
    if isinstance(expr, Unary) and expr.op == "not":
        return expr.operand
    if isinstance(expr, Comparison) and len(expr.rest) == 1:
        op, right = expr.rest[0]
        if op in _OPPOSITE:
            return Comparison(expr.first, ((_OPPOSITE[op], right),), expr.span)
    return Unary("not", expr, expr.span)


def plain(expr: Expr) -> Expr:
    """Say `not a == b` as `a != b`."""
    return opposite(expr.operand) if isinstance(expr, Unary) and expr.op == "not" else expr


def reads(expr: Expr) -> tuple[str, ...]:
    """Return the names of the variables of an expression, in the order in which they stand there."""
    return tuple(variables_in(expr))


def _python(expr: Expr, spell: Spelling) -> tuple[str, int]:  # noqa: PLR0912  (one case for each node)
    """Return the text of an expression, and how strongly its outermost operator binds."""
    match expr:
        case Constant(None):
            return (spell.null if isinstance(spell, Place) else "None"), ATOM
        case Constant(str() | int() | float() as value):
            negative = isinstance(value, int | float) and value < 0
            return literal(value), SIGN if negative else ATOM
        case VariableRef(name):
            return spell(name), ATOM
        case ListOf(items):
            return f"[{', '.join(_within(item, IF, spell) for item in items)}]", ATOM
        case Unary("not", Comparison() as operand) if isinstance(opposite(operand), Comparison):
            return _python(opposite(operand), spell)
        case Unary("not", operand):
            return f"not {_within(operand, NOT, spell)}", NOT
        case Unary(_, operand):
            return f"-{_within(operand, SIGN, spell)}", SIGN
        case Binary():
            return _arithmetic(expr, spell)
        case BoolOp(op):
            return f" {op} ".join(parts(expr, spell)[1]), BOOL[op]
        case Comparison():
            return _comparison(expr, spell), COMPARE
        case Conditional(then, condition, otherwise):
            texts = (_within(then, OR, spell), _within(condition, OR, spell), python(otherwise, spell))
            return f"{texts[0]} if {texts[1]} else {texts[2]}", IF
        case Attribute(VariableRef(name), figure):
            return _place(spell).figure(name, figure), ATOM
        case Index(operand, key):
            return f"{_within(operand, ATOM, spell)}[{python(key, spell)}]", ATOM
        case Call("any" | "all" as function, (Each() as each,)):
            return _each(function, each, _place(spell)), ATOM
        case Call(function, arguments):
            return _call(function, arguments, _place(spell))
        case _:
            raise InternalError(f"no Python for {expr}")


def _place(spell: Spelling) -> Place:
    if isinstance(spell, Place):
        return spell
    raise InternalError("a function or a figure stands where only variables can be written")


def _within(expr: Expr, level: int, spell: Spelling) -> str:
    """Return the text for a place that takes nothing weaker than `level` without parentheses."""
    text, own = _python(expr, spell)
    return text if own >= level else f"({text})"


def _arithmetic(expr: Binary, spell: Spelling) -> tuple[str, int]:
    level = ARITHMETIC[expr.op]
    text = f"{_within(expr.left, level, spell)} {expr.op} {_within(expr.right, level + 1, spell)}"
    if isinstance(spell, Place) and spell.unbounded(expr):
        return f"{spell.word('functions')}.finite({text})", ATOM
    return text, level


def _comparison(expr: Comparison, spell: Spelling) -> str:
    text = _within(expr.first, SUM, spell)
    left = expr.first
    for op, right in expr.rest:
        word = _IDENTITY.get(op, op) if _singleton(left) or _singleton(right) else op
        text += f" {word} {_options(right, spell) if op in ('in', 'not in') else _within(right, SUM, spell)}"
        left = right
    return text


def _options(expr: Expr, spell: Spelling) -> str:
    """Return what stands after `in`: a list that is written there is a tuple."""
    if not isinstance(expr, ListOf):
        return _within(expr, SUM, spell)
    texts = [_within(item, IF, spell) for item in expr.items]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _singleton(expr: Expr) -> bool:
    """Tell whether a comparison is with null or a bool, which `is` tells from 1 and 0."""
    return isinstance(expr, Constant) and (expr.value is None or isinstance(expr.value, bool))


def _each(function: str, each: Each, place: Place) -> str:
    items = _options(each.items, place)
    local = f"_{identifier(each.variable)}"  # which no variable is called
    inner = place.within(each.variable, local)
    condition = "" if each.condition is None else f" if {_within(each.condition, OR, inner)}"
    return f"{place.word(function)}({_within(each.element, OR, inner)} for {local} in {items}{condition})"


def _call(function: str, arguments: tuple[Expr, ...], place: Place) -> tuple[str, int]:
    first = arguments[0]
    texts = ", ".join(_within(argument, IF, place) for argument in arguments)
    if function in METHODS:
        rest = ", ".join(_within(argument, IF, place) for argument in arguments[1:])
        return f"{_within(first, ATOM, place)}.{function}({rest})", ATOM
    if function == "contains":
        return f"{_within(arguments[1], SUM, place)} in {_within(first, SUM, place)}", COMPARE
    ours = place.word("functions") if function in {*OURS, "matches", "round", "sum"} else ""
    if function == "matches":
        pattern = arguments[1].value if isinstance(arguments[1], Constant) else ""
        return f"{ours}.matches({_within(first, OR, place)}, {literal(anchored(str(pattern)))})", ATOM
    if function in OURS:
        return f"{ours}.{function}({texts})", ATOM
    if function == "sum":
        return f"{ours}.total({texts})", ATOM
    if function == "round" and len(arguments) == 2:
        return f"{ours}.rounded({texts})", ATOM
    return f"{place.word(function)}({texts})", ATOM


def words(exprs: list[Expr]) -> frozenset[str]:
    """Return the words, as `Place.word` knows them, that some expressions need."""
    found: set[str] = set()

    def word(name: str) -> str:
        found.add(name)
        return name

    def figure(owner: str, name: str) -> str:
        return f"{owner}.{name}"

    place = Place(str, word, figure)
    for expr in exprs:
        python(expr, place)
    return frozenset(found)
