"""Expressions over the fields of a record as Python text that type checkers follow.

    note != null and len(note) > 3      ->   self.note is not None and len(self.note) > 3
    contains(lower(text), "water")      ->   "water" in self.text.lower()

Python says it where Python means the same. Where it does not (true is never 1, numbers are finite), and where
a type checker cannot know what the language knows, a function of `mlsig.functions` stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as File
from typing import Final, Literal

from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.literals import identifier, literal, pieces
from mlsig_compiler.patterns import anchored
from mlsig_compiler.plan.expressions import (
    ARITHMETIC,
    ATOM,
    BOOL,
    COMPARE,
    NOT,
    OR,
    SIGN,
    SUM,
    Spelling,
    plain,
)
from mlsig_compiler.plan.magnitudes import bounded
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.proven import Proven, after
from mlsig_compiler.plan.types import Types
from mlsig_compiler.plan.values import expression
from mlsig_compiler.source import Source
from mlsig_compiler.typecheck import NULL, Environment, Sorts, sorts_of
from mlsig_compiler.typecheck.calls import gone_through
from mlsig_compiler.typecheck.infer import Inference
from mlsig_compiler.typecheck.narrowing import NOTHING, Facts, Path, narrowed, path_of
from mlsig_compiler.typecheck.sorts import (
    EnumOf,
    ListOf,
    MapOf,
    Only,
    Sort,
    Vector,
    unknown,
    without_values,
)
from mlsig_compiler.walking import variables_in

_IF: Final = -1  # binds more weakly than anything
_LONG: Final = 60
_NUMBERS: Final = frozenset({"int", "float"})
_METHODS: Final = {"lower": "lower", "upper": "upper", "strip": "strip"}
_PLACES: Final = {"startswith": "startswith", "endswith": "endswith", "split": "split"}
_MATHS: Final = ("floor", "ceil", "sqrt", "log", "exp")
_VECTORS: Final = {"min": "minimum", "max": "maximum", "sum": "total"}
_MIRRORED: Final[dict[str, Literal["==", "!=", "<", "<=", ">", ">="]]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
RESERVED: Final = frozenset({"self", "inputs", "outputs"})


class Fields:
    """The fields that expressions of one place can read, and how each is spelled there."""

    def __init__(self, fields: tuple[model.Field, ...], spell: Spelling, types: Types, names: Names) -> None:
        self.fields = {field.name: field for field in fields}
        self.spell = spell
        self.types = types
        self.names = names
        self.scope = Scope(names)
        self.environment = Environment(
            names={field.name: sorts_of(field.type) for field in fields},
            fields=types.fields,
            enum=lambda type_: types.enums[type_.name],
        )

    def python(
        self, expr: model.Expr, wanted: model.Type | None = None, where: model.Expr | None = None
    ) -> str:
        """Return the Python text of an expression.

        Args:
            expr: The expression.
            wanted: Says whether it may be null.
            where: A condition that holds there, and which type checkers see to hold.
        """
        optional = wanted is not None and sorts_of(wanted) >= NULL
        writing = _Writing(self)
        facts, proven = NOTHING, frozenset[Path]()
        if where is not None:
            facts = narrowed(writing.typing.known, where, facts, True)
            proven = after(where, proven, True)
        return writing.text(expr, _IF, facts, proven, present=not optional)

    def condition(self, expr: model.Expr) -> str:
        """Return the Python text of a condition, for a function that returns a bool."""
        text = self.python(expr)
        vectors = any(
            isinstance(one, Vector)
            for name in variables_in(expr)
            if name in self.fields
            for one in _inside(self.environment.names[name])
        )
        return f"{self.names('bool')}({text})" if vectors or self.untyped(text) else text

    def untyped(self, text: str) -> bool:
        """Say whether type checkers know nothing of some part of a text."""
        return f"{self.names('functions')}.known(" in text if "known(" in text else False


class _Writing:
    """One expression. `facts` are what the language knows at a place, `proven` what type checkers do."""

    def __init__(self, place: Fields) -> None:
        self.place = place
        self.typing = Inference(place.environment, Diagnostics(Source(File(), "", "")))
        self.own: dict[str, str] = {}

    def text(
        self, expr: model.Expr, level: int, facts: Facts, proven: Proven, *, present: bool = True
    ) -> str:
        """Return the text for a place that takes nothing weaker than `level` without parentheses.

        A `present` value is one that is used as if it were never null.
        """
        text, own = self._written(expr, facts, proven, present)
        if present:
            text, own = self._present(expr, text, own, facts, proven)
        return text if own >= level else f"({text})"

    def _present(
        self, expr: model.Expr, text: str, own: int, facts: Facts, proven: Proven
    ) -> tuple[str, int]:
        path = path_of(expr)
        if path is None:
            return text, own
        declared, now = self.typing.known.at(expr, NOTHING), self.typing.known.at(expr, facts)
        if declared is None or now is None or unknown(declared):
            return text, own
        if without_values(declared - NULL) != without_values(now - NULL):
            return f"{self._function('known')}({text})", ATOM
        if declared >= NULL and not now >= NULL and path not in proven:
            return f"{self._function('some')}({text})", ATOM
        return text, own

    def _written(  # noqa: PLR0912  (one case for each node)
        self, expr: model.Expr, facts: Facts, proven: Proven, present: bool
    ) -> tuple[str, int]:
        """Return the text of an expression, and how strongly its outermost operator binds."""
        match expr:
            case model.Constant():
                return self._constant(expr)
            case model.VariableRef(name):
                return self.own.get(name) or self.place.spell(identifier(name)), ATOM
            case model.Attribute(operand, name):
                return f"{self.text(operand, ATOM, facts, proven)}.{identifier(name)}", ATOM
            case model.Index(operand, key):
                inner = self.text(key, _IF, facts, proven)
                return f"{self.text(operand, ATOM, facts, proven)}[{inner}]", ATOM
            case model.ListOf(items):
                return f"[{', '.join(self.text(item, _IF, facts, proven) for item in items)}]", ATOM
            case model.Unary("not", operand):
                if plain(expr) is not expr and plain(expr) != expr:
                    return self._written(plain(expr), facts, proven, present)
                if isinstance(operand, model.Call) and operand.function == "contains":
                    return self._part(operand, "not in", facts, proven)
                return f"not {self.text(operand, NOT, facts, proven)}", NOT
            case model.Unary(_, operand):
                return f"-{self.text(operand, SIGN, facts, proven)}", SIGN
            case model.Binary():
                return self._arithmetic(expr, facts, proven)
            case model.BoolOp():
                return self._logic(expr, facts, proven)
            case model.Conditional(then, condition, otherwise):
                known = self.typing.known
                yes, no = narrowed(known, condition, facts, True), narrowed(known, condition, facts, False)
                texts = (
                    self.text(then, OR, yes, after(condition, proven, True), present=present),
                    self.text(condition, OR, facts, proven),
                    self.text(otherwise, _IF, no, after(condition, proven, False), present=present),
                )
                return f"{texts[0]} if {texts[1]} else {texts[2]}", _IF
            case model.Comparison():
                return self._comparison(expr, facts, proven)
            case model.Call("any" | "all" as function, (model.Each() as each,)):
                return self._each(function, each, facts, proven), ATOM
            case model.Call():
                return self._call(expr, facts, proven)
            case _:
                raise InternalError(f"no Python for {expr}")

    def _constant(self, expr: model.Constant) -> tuple[str, int]:
        value = expr.value
        if isinstance(value, model.EnumMember):
            type_ = model.EnumType(value.enum, value.module)
            atom = expression(value, type_, self.place.types, self.place.scope)
            return getattr(atom, "text", ""), ATOM
        if isinstance(value, str) and len(value) > _LONG:
            return f"({' '.join(pieces(value, _LONG))})", ATOM
        negative = isinstance(value, int | float) and value < 0
        return literal(value), SIGN if negative else ATOM

    def _arithmetic(self, expr: model.Binary, facts: Facts, proven: Proven) -> tuple[str, int]:
        level = ARITHMETIC[expr.op]
        left = self.text(expr.left, level, facts, proven)
        text = f"{left} {expr.op} {self.text(expr.right, level + 1, facts, proven)}"
        strings = all(
            isinstance(one, Only | Sort) and _word(one) == "str" for one in self._sorts(expr, facts)
        )
        if strings or bounded(expr, self.place.fields):
            return text, level
        return f"{self._function('finite')}({text})", ATOM

    def _logic(self, expr: model.BoolOp, facts: Facts, proven: Proven) -> tuple[str, int]:
        texts: list[str] = []
        truth = expr.op == "and"
        for operand in expr.operands:
            texts.append(self.text(operand, NOT, facts, proven))  # `and` in `or` is clearer in parentheses
            facts = narrowed(self.typing.known, operand, facts, truth)
            proven = after(operand, proven, truth)
        return f" {expr.op} ".join(texts), BOOL[expr.op]

    def _comparison(self, expr: model.Comparison, facts: Facts, proven: Proven) -> tuple[str, int]:
        first, rest = expr.first, expr.rest
        if len(rest) == 1 and isinstance(first, model.Constant) and rest[0][0] in _MIRRORED:
            op, right = rest[0]
            if not isinstance(right, model.Constant):
                first, rest = right, ((_MIRRORED[op], first),)
        texts: list[tuple[str, int]] = []
        for op, right in rest:
            texts.append(self._compared(first, op, right, facts, proven))
            first = right
        if len(texts) == 1:
            return texts[0]
        return " and ".join(text for text, _ in texts), BOOL["and"]

    def _compared(
        self, left: model.Expr, op: str, right: model.Expr, facts: Facts, proven: Proven
    ) -> tuple[str, int]:
        if op in ("in", "not in"):
            return self._membership(left, op, right, facts, proven)
        if op in ("<", "<=", ">", ">="):
            one, other = self._timed(left, right, facts, proven), self._timed(right, left, facts, proven)
            return f"{one} {op} {other}", COMPARE
        one = self._timed(left, right, facts, proven, present=False)
        other = self._timed(right, left, facts, proven, present=False)
        if "None" in (one, other):
            value = one if other == "None" else other
            return f"{value} {'is' if op == '==' else 'is not'} None", COMPARE
        if self._alike(left, right, facts):
            constants = (left, right)
            single = any(isinstance(x, model.Constant) and isinstance(x.value, bool) for x in constants)
            word = {"==": "is", "!=": "is not"}[op] if single else op
            return f"{one} {word} {other}", COMPARE
        same = f"{self._function('equal')}({_bare(one)}, {_bare(other)})"
        return (same, ATOM) if op == "==" else (f"not {same}", NOT)

    def _membership(
        self, left: model.Expr, op: str, right: model.Expr, facts: Facts, proven: Proven
    ) -> tuple[str, int]:
        part = self.text(left, SUM, facts, proven, present=False)
        if isinstance(right, model.ListOf) and right.items:
            whole = ", ".join(self._timed(item, left, facts, proven, level=_IF) for item in right.items)
            direct = all(self._alike(left, item, facts) for item in right.items)
            whole = f"({whole}{',' if len(right.items) == 1 else ''})"
            text = whole if direct else f"[{whole[1:-1]}]"
        else:
            text = self.text(right, SUM, facts, proven)
            direct = self._direct(left, self._sorts(right, facts), facts)
        if direct:
            return f"{part} {op} {text}", COMPARE
        found = f"{self._function('contains')}({_bare(part)}, {_bare(text)})"
        return (found, ATOM) if op == "in" else (f"not {found}", NOT)

    def _direct(self, left: model.Expr, whole: Sorts, facts: Facts) -> bool:
        """Say whether Python's `in` is that of the language."""
        found = self._kinds(self._sorts(left, facts))
        for one in whole - NULL:
            match one:
                case MapOf() | Sort("str") | Only(kind="str"):
                    held = frozenset({"str"})
                case ListOf(items):
                    held = self._kinds(items)
                case _:
                    return False
            if not _comparable(found, held):
                return False
        return not unknown(whole)

    def _timed(
        self,
        expr: model.Expr,
        other: model.Expr,
        facts: Facts,
        proven: Proven,
        *,
        present: bool = True,
        level: int = SUM,
    ) -> str:
        """Return the text of an expression; of a string beside a date, that of the date."""
        value = expr.value if isinstance(expr, model.Constant) else None
        if isinstance(value, str):
            for one in self._sorts(other, facts) - NULL:
                if isinstance(one, Sort) and one.word in ("date", "datetime"):
                    return f"{self.place.names(one.word)}.fromisoformat({literal(value)})"
        return self.text(expr, level, facts, proven, present=present)

    def _alike(self, left: model.Expr, right: model.Expr, facts: Facts) -> bool:
        """Say whether Python compares two values as the language does."""
        one, other = self._kinds(self._sorts(left, facts)), self._kinds(self._sorts(right, facts))
        dates = {"date", "datetime"}
        if one | other <= {"str", "null", *dates} and (one | other) & dates:
            return True
        return _comparable(one, other)

    def _kinds(self, sorts: Sorts) -> frozenset[str]:
        """Return what kinds of scalars values can be; `other` is any other."""
        return frozenset(_word(one) for one in sorts)

    def _sorts(self, expr: model.Expr, facts: Facts) -> Sorts:
        return self.typing.of(expr, facts)

    def _each(self, function: str, each: model.Each, facts: Facts, proven: Proven) -> str:
        items = self.text(each.items, OR, facts, proven)
        known = self.typing.known
        outer, own = known.bound, self.own
        found = self._items(each, facts)
        known.bound = {**outer, each.variable: found}
        name = identifier(each.variable)
        taken = name in RESERVED or self.place.names.uses(name)
        self.own = {**own, each.variable: f"item_{name}" if taken else name}
        facts = {place: sorts for place, sorts in facts.items() if place[0] != each.variable}
        proven = frozenset(path for path in proven if path[0] != each.variable)
        condition = ""
        if each.condition is not None:
            condition = f" if {self.text(each.condition, OR, facts, proven)}"
            facts = narrowed(known, each.condition, facts, True)
            proven = after(each.condition, proven, True)
        element = self.text(each.element, _IF, facts, proven)
        variable = self.own[each.variable]
        known.bound, self.own = outer, own
        return f"{self.place.names(function)}({element} for {variable} in {items}{condition})"

    def _items(self, each: model.Each, facts: Facts) -> Sorts:
        return gone_through(self.typing, each.items, self._sorts(each.items, facts))

    def _call(self, expr: model.Call, facts: Facts, proven: Proven) -> tuple[str, int]:
        name, arguments = expr.function, expr.arguments
        first = arguments[0]

        def inside() -> str:
            return ", ".join(self.text(argument, _IF, facts, proven) for argument in arguments)

        if name in _METHODS or name in _PLACES:
            owner = self.text(first, ATOM, facts, proven)
            rest = ", ".join(self.text(argument, _IF, facts, proven) for argument in arguments[1:])
            return f"{owner}.{(_METHODS | _PLACES)[name]}({rest})", ATOM
        if name == "contains":
            return self._part(expr, "in", facts, proven)
        if name == "matches":
            pattern = arguments[1].value if isinstance(arguments[1], model.Constant) else ""
            text = self.text(first, _IF, facts, proven)
            return f"{self._function('matches')}({text}, {literal(anchored(str(pattern)))})", ATOM
        if name in _MATHS:
            return f"{self.place.names(name)}({inside()})", ATOM
        if name == "round" and len(arguments) == 2:
            return f"{self._function('rounded')}({inside()})", ATOM
        if name in _VECTORS and any(isinstance(one, Vector) for one in self._sorts(first, facts)):
            return f"{self._function(_VECTORS[name])}({inside()})", ATOM
        if name in ("norm", "mean", "unique", "join"):
            return f"{self._function(name)}({inside()})", ATOM
        text = f"{self.place.names(name)}({inside()})"
        return (f"{self._function('finite')}({text})" if name == "sum" else text), ATOM

    def _part(self, expr: model.Call, op: str, facts: Facts, proven: Proven) -> tuple[str, int]:
        whole, part = (self.text(argument, SUM, facts, proven) for argument in expr.arguments)
        return f"{part} {op} {whole}", COMPARE

    def _function(self, name: str) -> str:
        return f"{self.place.names('functions')}.{name}"


def _word(one: object) -> str:
    match one:
        case Only(kind=kind):
            return kind
        case Sort(word):
            return word
        case EnumOf(type_):
            return f"{type_.module}.{type_.name}"
        case _:
            return "other"


def _comparable(one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether `==` of Python is right for scalars of these kinds: of one kind, or null."""
    both = (one | other) - {"null"}
    if both & {"other", "json", "unknown"}:
        return not both
    return len(both) <= 1 or both <= _NUMBERS


def _bare(text: str) -> str:
    """Return an argument without the parentheses around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char in "\"'" or (depth == 0 and at < len(text) - 1) or (char == "," and depth == 1):
            return text
    return text[1:-1]


def _inside(sorts: Sorts) -> Iterator[object]:
    """Yield sorts, and those of the items of lists and maps."""
    for one in sorts:
        yield one
        if isinstance(one, ListOf):
            yield from _inside(one.items)
        elif isinstance(one, MapOf):
            yield from _inside(one.values)
