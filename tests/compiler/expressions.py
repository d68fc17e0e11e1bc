"""Random expressions, and short ways to read, type and evaluate one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from hypothesis import strategies as st
from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck import Environment, Sorts, infer, shape, sorts_of
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    ListOf,
    MapOf,
    One,
    Only,
    Shape,
    Sort,
    only,
)

from compiler.reading import source

HERE = Span(0, 0)
INTS: Sorts = frozenset({ListOf(INT)})
TEXTS: Sorts = frozenset({ListOf(STR)})
MAP: Sorts = frozenset({MapOf(INT)})
STYLE: Sorts = frozenset({only("a"), only("b")})
INNER = shape("an inner record", {"note": STR | NULL, "size": INT})
ONE = {"kind": frozenset({only("one")}), "n": INT}
TWO = {"kind": frozenset({only("two")}), "s": STR}
RECORD = shape("a record", {"text": STR, "maybe": INT | NULL, "inner": INNER | NULL})
EITHER = shape("one", ONE) | shape("two", TWO)
RECORDS: Sorts = frozenset({ListOf(RECORD)})
NAMES: dict[str, Sorts] = {
    "n": INT,
    "y": FLOAT,
    "name": STR,
    "flag": BOOL,
    "maybe": INT | NULL,
    "note": STR | NULL,
    "style": STYLE,
    "xs": INTS,
    "names": TEXTS,
    "m": MAP,
    "r": RECORD,
    "rs": RECORDS,
    "either": EITHER,
}


def environment(names: dict[str, Sorts] | None = None, **active: model.Expr) -> Environment:
    def enum(type_: model.EnumType) -> model.Enum:
        return model.Enum(type_.name, (), "", HERE)

    return Environment(NAMES if names is None else names, lambda _: (), enum, active)


def expression(text: str, names: dict[str, Sorts] | None = None) -> model.Expr:
    """Return the expression of a text, its names bound."""
    diagnostics = Diagnostics(source(f"schema A {{ check c: {text} }}"))
    file = parse(diagnostics.source, diagnostics)
    scope = Scope(file, diagnostics.source, diagnostics)
    known = expressions.Names.of_fields(NAMES if names is None else names)
    schema = file.declarations[0]
    assert isinstance(schema, syntax.Schema)
    check = schema.members[0]
    assert isinstance(check, syntax.Check)
    found = expressions.read(check.condition, known, scope)
    assert not list(diagnostics)
    return found


def typed(
    expr: model.Expr, names: dict[str, Sorts] | None = None, **active: model.Expr
) -> tuple[Sorts | None, list[str]]:
    """Return the sorts of an expression, and what was found wrong with it."""
    diagnostics = Diagnostics(source(""))
    found = infer(expr, environment(names, **active), diagnostics)
    return found, [f"{finding.code} {finding.message}" for finding in diagnostics]


def judged(text: str, /, **types: model.Type) -> list[str]:
    """Return what is wrong with a text, whose names have these types."""
    names = {name: sorts_of(type_) for name, type_ in types.items()} or None
    return typed(expression(text, names), names)[1]


def belongs(value: Any, sorts: Sorts) -> bool:
    """Say whether a value is one of what sorts allow."""
    return any(_is(value, one) for one in sorts)


def _is(value: Any, one: One) -> bool:
    match one:
        case Sort("int"):
            return type(value) is int
        case Sort("float"):
            return type(value) in (int, float)
        case Sort("str"):
            return isinstance(value, str)
        case Sort("bool"):
            return isinstance(value, bool)
        case Sort("null"):
            return value is None
        case Only(wanted):
            return type(value) is type(wanted) and value == wanted
        case ListOf(items):
            return isinstance(value, list) and _all(cast("list[Any]", value), items)
        case MapOf(values):
            return isinstance(value, dict) and _all(cast("dict[str, Any]", value).values(), values)
        case Shape(_, fields):
            record = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
            return all(belongs(record.get(name), of) for name, of in fields)
        case _:
            return False


def _all(items: Iterable[Any], sorts: Sorts) -> bool:
    return all(belongs(item, sorts) for item in items)


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a value for each of `NAMES`."""
    ints, texts = st.integers(-9, 9), st.text("abAB ", max_size=3)
    inner = st.fixed_dictionaries({"note": st.none() | texts, "size": ints})
    record = st.fixed_dictionaries({"text": texts, "maybe": st.none() | ints, "inner": st.none() | inner})
    return st.fixed_dictionaries(
        {
            "n": ints,
            "y": st.floats(-9, 9, allow_subnormal=False),
            "name": texts,
            "flag": st.booleans(),
            "maybe": st.none() | ints,
            "note": st.none() | texts,
            "style": st.sampled_from(["a", "b"]),
            "xs": st.lists(ints, max_size=3),
            "names": st.lists(texts, max_size=3),
            "m": st.dictionaries(st.sampled_from(["a", "b"]), ints),
            "r": record,
            "rs": st.lists(record, max_size=2),
            "either": st.one_of(
                st.fixed_dictionaries({"kind": st.just("one"), "n": ints}),
                st.fixed_dictionaries({"kind": st.just("two"), "s": texts}),
            ),
        }
    )


def numbers(depth: int) -> st.SearchStrategy[str]:
    """Draw texts of numbers, which Python reads in the same way."""
    leaf = st.sampled_from(["n", "y", "0", "1", "7", "2.5", "-3", "len(name)", "len(xs)"])
    if depth == 0:
        return leaf
    inner = numbers(depth - 1)
    binary = st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner)
    chosen = st.builds("({} if {} else {})".format, inner, truths(depth - 1), inner)
    called = st.builds("{}({})".format, st.sampled_from(["abs", "-abs", "round"]), inner) | st.builds(
        "min({}, {})".format, inner, inner
    )
    return leaf | binary | chosen | called | st.builds("-({})".format, inner)


def truths(depth: int) -> st.SearchStrategy[str]:
    """Draw texts of conditions, which Python reads in the same way."""
    leaf = st.sampled_from(
        [
            "flag",
            "true",
            'name == "a"',
            '"a" in name',
            "n in xs",
            "n in [1, 2]",
            "name < 'b'".replace("'", '"'),
        ]
    )
    if depth == 0:
        return leaf
    number, truth = numbers(depth - 1), truths(depth - 1)
    order = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return (
        leaf
        | st.builds("({} {} {})".format, number, order, number)
        | st.builds("({} {} {} {} {})".format, number, order, number, order, number)
        | st.builds("({} {} {})".format, truth, st.sampled_from(["and", "or"]), truth)
        | st.builds("(not {})".format, truth)
        | st.builds(f"any({{}} for x{depth} in xs if {{}})".format, truth, truth)
        | st.builds(f"all(x{depth} < {{}} for x{depth} in xs)".format, number)
    )


def _compared(one: model.Expr, op: Any, other: model.Expr) -> model.Expr:
    return model.Comparison(one, ((op, other),), HERE)


def _over(function: str, element: model.Expr, items: model.Expr, condition: model.Expr | None) -> model.Expr:
    return model.Call(function, (model.Each(element, "e", items, condition, HERE),), HERE)


def anything(depth: int) -> st.SearchStrategy[model.Expr]:
    """Draw expressions without asking whether their types fit."""
    names = st.builds(model.VariableRef, st.sampled_from([*NAMES, "e"]), st.just(HERE))
    scalars = st.sampled_from([None, True, 0, 1, 2.5, "", "a", "two", -1])
    leaf = names | st.builds(model.Constant, scalars, st.just(HERE))
    paths = st.builds(
        model.Attribute, names, st.sampled_from(["text", "maybe", "inner", "kind", "n", "s"]), st.just(HERE)
    )
    paths |= st.builds(model.Attribute, paths, st.sampled_from(["note", "size"]), st.just(HERE))
    if depth == 0:
        return leaf | paths
    inner = anything(depth - 1)
    here = st.just(HERE)
    tests = st.builds(
        _compared,
        leaf | paths | inner,
        st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]),
        leaf | inner,
    )
    return st.one_of(
        leaf,
        paths,
        tests,
        st.builds(model.BoolOp, st.sampled_from(["and", "or"]), st.tuples(tests, tests | inner), here),
        st.builds(model.Unary, st.sampled_from(["not", "-"]), tests | inner, here),
        st.builds(model.Binary, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner, inner, here),
        st.builds(model.Conditional, inner, tests, inner, here),
        st.builds(model.Index, names | paths, leaf, here),
        st.builds(model.ListOf, st.lists(inner, max_size=2).map(tuple), here),
        st.builds(
            model.Call,
            st.sampled_from(
                ["len", "min", "sum", "abs", "strip", "sorted", "unique", "mean", "sqrt", "floor"]
            ),
            st.tuples(names | paths | inner),
            here,
        ),
        st.builds(
            _over,
            st.sampled_from(["any", "all"]),
            tests,
            names | paths,
            st.none() | tests,
        ),
    )


GUARDS = (
    "maybe != null", "maybe == null", "note != null", "null == note", "r.inner != null", "r.inner == null",
    'either.kind == "one"', 'either.kind != "one"', 'either.kind in ["two"]', "maybe in xs",
    "maybe not in [1]", "maybe == n", "note in names", "flag", "r.maybe == maybe", "r.inner.note == name",
    'style == "a"', "r.inner.note != null", "note not in [null, name]", "0 != maybe == 3",
    "maybe == null == flag",
)  # fmt: skip
USES = (
    "maybe > 0", "maybe + n > 0", "len(note) > 0", "r.inner.size > 0", "len(r.inner.note) > 0",
    "either.n > 0", 'either.s == "a"', "r.maybe > maybe", "xs[maybe] > 0",
    "any(e.maybe > maybe for e in rs if e.maybe != null)",
    "all(e.inner == null or e.inner.size > 0 for e in rs)", "(maybe if flag else 1) > 0",
)  # fmt: skip


def guarded(depth: int) -> st.SearchStrategy[str]:
    """Draw conditions that test what may be null, and use it, in any order."""
    if depth == 0:
        return st.sampled_from(GUARDS + USES)
    inner = guarded(depth - 1)
    return (
        st.sampled_from(GUARDS)
        | st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("(not {})".format, inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
    )
