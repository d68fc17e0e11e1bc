"""Expressions over typed names, each of a sort that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model

from compiler.random_models.naming import HERE, World, words

NUMERIC = ("int", "float", "probability", "confidence_score")
halves = st.integers(-40, 40).map(lambda number: number / 2)
whole = st.integers(-(10**12), 10**12)


def constant(value: Any) -> model.Constant:
    return model.Constant(value, HERE)


class Maker:
    """Draws expressions over names. A name of few values is used once, lest a test is never true."""

    def __init__(
        self, draw: st.DrawFn, types: Mapping[str, model.Type], world: World, *, ranges: bool = False
    ) -> None:
        self.draw = draw
        self.ranges = ranges  # names have ranges, outside of which they are never
        self.world = world
        self.names = set(types)
        self.paths: list[tuple[model.Expr, model.Type]] = []
        for name, type_ in types.items():
            self._add(model.VariableRef(name, HERE), type_, 2)

    def _add(self, expr: model.Expr, type_: model.Type, depth: int) -> None:
        self.paths.append((expr, type_))
        if isinstance(type_, model.SchemaType) and depth:
            for field in self.world.fields(type_):
                self._add(model.Attribute(expr, field.name, HERE), field.type, depth - 1)

    def pick(self, *wanted: str) -> model.Expr | None:
        """Return a path of one of some sorts, if there is one."""
        found = [expr for expr, type_ in self.paths if sort(type_) in wanted]
        return self.draw(st.sampled_from(found)) if found else None

    def one(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def call(self, function: str, *arguments: model.Expr) -> model.Call:
        return model.Call(function, arguments, HERE)

    # Numbers

    def number(self, depth: int) -> model.Expr:
        shapes = ("path", "constant", "len", "binary", "minus", "function", "list", "if", "index")
        match self.one(*shapes if depth else shapes[:2]):
            case "path":
                return self.pick("number", "int") or constant(self.draw(halves))
            case "constant":
                return constant(self.draw(whole | halves))
            case "len":
                return self.call("len", self.pick("str", "texts", "numbers", "list", "map") or self.text(0))
            case "binary":
                op: Any = self.one("+", "-", "*")
                return model.Binary(op, self.number(depth - 1), self.number(depth - 1), HERE)
            case "minus":
                inner = self.number(depth - 1)
                return inner if isinstance(inner, model.Constant) else model.Unary("-", inner, HERE)
            case "function":
                one = self.one("abs", "round", "floor", "ceil", "exp", "min", "max", "/", "//", "%")
                if one in ("min", "max"):
                    return self.call(one, self.number(depth - 1), self.number(depth - 1))
                if one in ("/", "//", "%"):
                    divisor = constant(self.draw(st.sampled_from([2, -3, 0.5])))
                    return model.Binary(one, self.number(depth - 1), divisor, HERE)  # type: ignore[arg-type]
                if one == "round" and self.draw(st.booleans()):
                    return self.call(one, self.number(depth - 1), constant(2))
                return self.call(one, self.number(depth - 1))
            case "list":
                return self.call(self.one("sum", "min", "max", "mean", "norm"), self.numbers(depth - 1))
            case "if":
                return self.either(self.number(depth - 1), self.number(depth - 1), depth)
            case _:
                return model.Index(self.numbers(depth - 1), constant(0), HERE)

    def numbers(self, depth: int) -> model.Expr:
        found = self.pick("numbers")
        if found is None or (depth and self.draw(st.booleans())):
            items = tuple(self.number(max(depth - 1, 0)) for _ in range(self.draw(st.integers(1, 2))))
            found = model.ListOf(items, HERE)
        return self.call("sorted", found) if depth and self.draw(st.booleans()) else found

    # Texts

    def text(self, depth: int) -> model.Expr:
        shapes = ("path", "constant", "function", "join", "plus", "if", "index")
        match self.one(*shapes if depth else shapes[:2]):
            case "path":
                return self.pick("str") or constant(self.draw(words))
            case "constant":
                return constant(self.draw(words))
            case "function":
                return self.call(self.one("lower", "upper", "strip"), self.text(depth - 1))
            case "join":
                return self.call("join", self.texts(depth - 1), self.text(0))
            case "plus":
                return model.Binary("+", self.text(depth - 1), self.text(depth - 1), HERE)
            case "if":
                return self.either(self.text(depth - 1), self.text(depth - 1), depth)
            case _:
                return model.Index(self.texts(depth - 1), constant(0), HERE)

    def open_text(self) -> model.Expr:
        """Return a text that may be any: of two that are written out it is known whether they are equal."""
        return self.pick("str") or self.call("lower", self.text(0))

    def texts(self, depth: int) -> model.Expr:
        match self.one("path", "split", "words", "list"):
            case "path" if (found := self.pick("texts")) is not None:
                return self.call("unique", found) if self.draw(st.booleans()) else found
            case "split":
                return self.call("split", self.text(max(depth - 1, 0)), constant(","))
            case "words":
                return self.call("split", self.text(max(depth - 1, 0)))
            case _:
                return model.ListOf((self.text(max(depth - 1, 0)),), HERE)

    # Conditions

    def either(self, then: model.Expr, otherwise: model.Expr, depth: int) -> model.Expr:
        return model.Conditional(then, self.condition(depth - 1), otherwise, HERE)

    def condition(self, depth: int) -> model.Expr:
        shapes = (
            "number",
            "text",
            "bool",
            "fixed",
            "not",
            "and",
            "or",
            "each",
            "if",
            "member",
            "null",
            "find",
        )
        match self.one(*shapes[:4] if depth <= 0 else shapes):
            case "bool" if (found := self.pick("bool")) is not None:
                return found
            case "fixed" if (found := self._fixed()) is not None:
                return found
            case "null" if (found := self._null(depth)) is not None:
                return found
            case "not":
                return model.Unary("not", self.condition(depth - 1), HERE)
            case "and" | "or" as op:
                parts = [self.condition(depth - 1) for _ in range(self.draw(st.integers(2, 3)))]
                return model.BoolOp("and" if op == "and" else "or", tuple(parts), HERE)
            case "each":
                return self._each(depth)
            case "if":
                return self.either(self.condition(depth - 1), self.condition(depth - 1), depth)
            case "member":
                op: Any = self.one("in", "not in")
                return model.Comparison(self.open_text(), ((op, self.texts(depth - 1)),), HERE)
            case "find":
                if self.draw(st.booleans()):
                    return self.call("matches", self.text(depth - 1), constant("^[a-z]+ \\d$"))
                one = self.one("startswith", "endswith", "contains")
                return self.call(one, self.text(depth - 1), self.text(depth - 1))
            case "text":
                op = self.one("==", "!=", "<", ">=")
                return model.Comparison(self.open_text(), ((op, self.text(max(depth - 1, 0))),), HERE)
            case _:
                return self._ordered(max(depth - 1, 0))

    def _ordered(self, depth: int) -> model.Expr:
        known = None if self.ranges else self.pick("int", "number")
        if known is not None and self.draw(st.booleans()):
            op: Any = self.one("==", "!=")
            return model.Comparison(known, ((op, constant(self.draw(whole))),), HERE)
        operators = st.lists(st.sampled_from(["<", "<=", ">", ">="]), min_size=1, max_size=2)
        rest: Any = tuple((op, self.number(depth)) for op in self.draw(operators))
        return model.Comparison(self.number(depth), rest, HERE)

    def _fixed(self) -> model.Expr | None:
        """Return a test of a path that has few values, which is not used again."""
        fixed = (model.EnumType, model.LiteralType)
        found = [pair for pair in self.paths if isinstance(pair[1], fixed) and self.world.named(pair[1])]
        if not found:
            return None
        expr, type_ = self._once(found)
        values: list[Any] = (
            self.world.members(type_) if isinstance(type_, model.EnumType) else list(type_.options)
        )
        op: Any = self.one("==", "!=", "in")
        one = constant(self.draw(st.sampled_from(values)))
        return model.Comparison(expr, ((op, model.ListOf((one,), HERE) if op == "in" else one),), HERE)

    def _null(self, depth: int) -> model.Expr | None:
        """Return a test for null, after which the value is used."""
        found = [pair for pair in self.paths if isinstance(pair[1], model.OptionalType)]
        if not found:
            return None
        expr, type_ = self._once(found)
        test = model.Comparison(expr, (("!=", constant(None)),), HERE)
        if sort(type_.type) in ("number", "int"):
            more = model.Comparison(expr, ((">", self.number(depth - 1)),), HERE)
            return model.BoolOp("and", (test, more), HERE)
        return test

    def _once(self, found: list[tuple[model.Expr, model.Type]]) -> tuple[model.Expr, Any]:
        at = self.draw(st.integers(0, len(found) - 1))
        expr, type_ = found[at]
        self.paths = [(path, each) for path, each in self.paths if not within(path, expr)]
        return expr, type_

    def _each(self, depth: int) -> model.Expr:
        free = [name for name in ("item", "entry", "each", "x1", "x2", "x3") if name not in self.names]
        variable = self.draw(st.sampled_from(free))
        items, kind = (self.texts(0), "str") if self.draw(st.booleans()) else (self.numbers(0), "float")
        if isinstance(items, model.ListOf):
            items = self.call("split", self.text(0))
            kind = "str"
        before, self.names = self.names, self.names | {variable}
        self.paths.append((model.VariableRef(variable, HERE), model.ScalarType(kind)))  # type: ignore[arg-type]
        element = self.condition(depth - 1)
        condition = self.condition(0) if self.draw(st.booleans()) else None
        self.names = before
        self.paths = [(path, t) for path, t in self.paths if path != model.VariableRef(variable, HERE)]
        each = model.Each(element, variable, items, condition, HERE)
        return self.call(self.one("any", "all"), each)


def within(path: model.Expr, expr: model.Expr) -> bool:
    """Say whether a path is another, or goes through it."""
    while isinstance(path, model.Attribute) and path != expr:
        path = path.operand
    return path == expr


def sort(type_: model.Type) -> str:
    """Return what an expression can do with a value."""
    match type_:
        case model.ScalarType("str"):
            return "str"
        case model.ScalarType("int"):
            return "int"
        case model.ScalarType("bool"):
            return "bool"
        case model.ScalarType(name) if name in NUMERIC:
            return "number"
        case model.EmbeddingType() | model.BuiltinType("attention_weights"):
            return "list" if isinstance(type_, model.BuiltinType) else "numbers"
        case model.ListType(items):
            return {"str": "texts", "int": "numbers", "number": "numbers"}.get(sort(items), "list")
        case model.MapType():
            return "map"
        case _:
            return ""
