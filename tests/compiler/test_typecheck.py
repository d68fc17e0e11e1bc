"""What the values of expressions can be, and what conditions tell about the names in them."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.evaluate import EvaluationError, evaluate
from mlsig_compiler.typecheck import assignable, sorts_of
from mlsig_compiler.typecheck.functions import TABLE, WITH_MORE
from mlsig_compiler.typecheck.narrowing import Known
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    FLOAT,
    INT,
    JSON,
    NULL,
    NUMBER,
    STR,
    UNKNOWN,
    ListOf,
    MapOf,
    Sorts,
    Vector,
    only,
    overlap,
)
from mlsig_compiler.typecheck.words import either, shown

from compiler.expressions import (
    HERE,
    INTS,
    NAMES,
    TEXTS,
    anything,
    belongs,
    environment,
    expression,
    guarded,
    judged,
    numbers,
    truths,
    typed,
    values,
)


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("n + 1", INT),
        ("n + 1.5", FLOAT),
        ("n / 1", FLOAT),
        ("n // 2 % 3", INT),
        ("-n", INT),
        ("-y", FLOAT),
        ('name + "a"', STR),
        ("n < 3", BOOL),
        ("not flag", BOOL),
        ("maybe", INT | NULL),
        ("n if flag else name", INT | STR),
        ("[n, name]", frozenset({ListOf(INT | STR)})),
        ("len(name)", INT),
        ("min(n, 3)", INT),
        ("min(n, y)", FLOAT),
        ("max(xs)", INT),
        ("sum(xs)", INT),
        ("mean(xs)", FLOAT),
        ("abs(n)", INT),
        ("round(y)", INT),
        ("round(y, 2)", FLOAT),
        ("floor(y) + ceil(y)", INT),
        ("sqrt(n) + log(y) + exp(1)", FLOAT),
        ("lower(name) + upper(name) + strip(name)", STR),
        ('split(name, ",")', TEXTS),
        ('join(names, ", ")', STR),
        ("sorted(xs)", INTS),
        ("unique(names)", TEXTS),
        ("norm(xs)", FLOAT),
        ("xs[0]", INT),
        ("name[0]", STR),
        ('m["a"]', INT),
        ("r.text", STR),
        ("r.inner.note if r.inner != null else null", STR | NULL),
        ('startswith(name, "a") and endswith(name, "b") and contains(name, "c")', BOOL),
        ('matches(name, "^a+$")', BOOL),
        ("any(x > 1 for x in xs if x < 3)", BOOL),
        ("all(len(k) > 0 for k in m)", BOOL),
        ('"a" in m and "b" in name and n in xs and n not in [1, 2]', BOOL),
    ],
)
def test_expressions_have_sorts(text: str, sorts: Sorts) -> None:
    found, messages = typed(expression(text))
    assert messages == []
    assert found == sorts


@pytest.mark.parametrize(
    "text",
    [
        "maybe != null and maybe > 0",
        "maybe == null or maybe > 0",
        "not (maybe == null) and maybe > 0",
        "not (maybe == null or maybe > 0)",
        "null != maybe and maybe > 0",
        "(maybe if maybe != null else 0) > 0",
        "(0 if maybe == null else maybe) > 0",
        "maybe in [1, 2] and maybe > 1",
        "maybe in xs and maybe > 1",
        "maybe == n and maybe > 1",
        "maybe not in [null] and maybe > 0",
        "not (maybe == null or note == null) and maybe > len(note)",
        "maybe != null and (flag or maybe > 0)",
        "(maybe != null and n > 1 or maybe != null and n < 1) and maybe > 0",
        "maybe == null or flag or maybe > 1",
        "maybe != null and maybe != null",
        "0 != maybe == 3 and maybe > 1",
        "r.inner != null and r.inner.note != null and len(r.inner.note) > 0",
        "r.inner == null or r.inner.size > 0",
        "all(e.maybe > 0 for e in rs if e.maybe != null)",
        "all(e.maybe == null or e.maybe > 0 for e in rs)",
        "note != null and any(e.text == note + name for e in rs)",
        'either.kind == "one" and either.n > 0',
        'either.kind != "one" or either.n > 0',
        'either.kind != "two" and either.n > 0',
        'either.kind in ["two"] and either.s == "x"',
        'either.kind not in ["two"] and either.n > 0',
        'len(either.s) > 0 if either.kind == "two" else either.n > 0',
    ],
)
def test_what_was_tested_is_known(text: str) -> None:
    assert typed(expression(text)) == (BOOL, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("maybe > 0", "MLS0460 `maybe` may be null"),
        ("maybe > 0 and maybe != null", "MLS0460 `maybe` may be null"),
        ("maybe != null or maybe > 0", "MLS0460 `maybe` is null here"),
        ("(maybe != null or flag) and maybe > 0", "MLS0460 `maybe` may be null"),
        ("r.inner != null and len(r.inner.note) > 0", "MLS0460 `r.inner.note` may be null"),
        ("maybe in [1, null] and maybe > 0", "MLS0460 `maybe` may be null"),
        ("maybe not in xs and maybe > 0", "MLS0460 `maybe` may be null"),
        ("(maybe if flag else 1) > 0", "MLS0460 this may be null"),
        ("note + name == name", "MLS0460 `note` may be null"),
        ("-maybe == 1", "MLS0460 `maybe` may be null"),
        ("xs[maybe] == 1", "MLS0460 `maybe` may be null"),
        ('note in name or "a" in note', "MLS0460 `note` may be null"),
        ("r.inner.size > 1", "MLS0460 `r.inner` may be null"),
        ("either.n > 0", "MLS0463 two has no field `n`"),
        ('either.kind == "two" and either.n > 0', "MLS0463 two has no field `n`"),
        ('style == "a" and style == "b"', 'MLS0510 `style` is never "b"'),
        ('"c" == style', 'MLS0510 `style` is never "c"'),
        ("n == null", "MLS0510 `n` is never null"),
        ("null.size == 1", "MLS0509 null has no fields"),
        ("r[0] == 1", "MLS0509 `[…]` takes an item of a list or a map, and this is a record"),
        ("sorted([1, name]) == []", "MLS0509 `sorted` takes a list of numbers, of strings or of dates"),
    ],
)
def test_what_was_not_tested_is_said(text: str, message: str) -> None:
    found = typed(expression(text))[1]
    assert found
    assert found[0].startswith(message)


def test_nothing_is_said_of_what_is_unknown() -> None:
    types: dict[str, model.Type] = {
        "x": model.ANYTHING,
        "xs": model.ListType(model.ANYTHING),
        "maybe": model.OptionalType(model.ANYTHING),
    }
    for text in (
        "x + 1", "x.y.z", "x[0][1]", "x > 3 and not x", "len(x) > 3", "1 in x", "x == null", "xs[0].y + 1",
        "any(e.z > 1 for e in xs)", "any(e.z > 1 for e in x)", "-x", "maybe > 3", "maybe.x", "sum(xs) > 1",
        "min(x, 1) > 2", "[x, 1] == 3", "x + xs", "(x if x else 1) + 2", "sorted(xs)[0] > 1", "x in xs",
    ):  # fmt: skip
        assert judged(text, **types) == [], text


def test_opaque_values_tell_only_whether_they_are_there() -> None:
    types: dict[str, model.Type] = {
        "key": model.OptionalType(model.BuiltinType("api_key")),
        "text": model.ScalarType("str"),
        "texts": model.ListType(model.ScalarType("str")),
        "data": model.ScalarType("json"),
        "sound": model.BuiltinType("audio"),
    }
    assert judged("key != null and not (key == null)", **types) == []
    for text in ("key == text", "text == key", "key in texts", "key in [text]", "key in data", "data == key"):
        assert judged(text, **types) == ["MLS0462 a key is compared with nothing"], text
    assert judged("sound == sound", **types) == ["MLS0462 audio is compared with nothing"]
    assert judged("key < text", **types)[-1].startswith("MLS0509")


def test_types_of_machine_learning_have_their_parts() -> None:
    types: dict[str, model.Type] = {
        "e": model.EmbeddingType(3),
        "t": model.TensorType((2, None)),
        "scalar": model.TensorType(()),
        "w": model.BuiltinType("attention_weights"),
        "ids": model.BuiltinType("token_list"),
        "chain": model.BuiltinType("reasoning_chain"),
        "answer": model.BuiltinType("model_response"),
        "config": model.BuiltinType("variable_config"),
    }
    text = (
        "norm(e) + mean(e) + e[0] + len(e) + t[0][1] + mean(w) + scalar > 1 and 1 in ids and 0.5 in e"
        ' and chain[0].step + chain[0].reasoning == answer.text and config.name == config.type + ""'
        " and any(x > 1 for x in e) and all(mean(row) > 1 for row in w) and answer.other == 3 and 3 in e"
    )
    assert judged(text, **types) == []
    assert judged("1 in w", **types)[0].startswith("MLS0509 `in` looks into")
    assert judged("chain[0].other == 1", **types) == ["MLS0463 a step of reasoning has no field `other`"]


def test_dates_are_compared_with_dates_that_are_written_out() -> None:
    types: dict[str, model.Type] = {"d": model.ScalarType("date"), "t": model.ScalarType("datetime")}
    assert judged('"2026-01-01" <= d < "2027-01-01" and t > "2026-01-01T00:00:00Z"', **types) == []
    assert judged('d in ["2026-01-01"] and d == d and sorted([d, d]) == [d]', **types) == []
    assert judged('d == "soon"', **types) == ['MLS0509 "soon" is not a `date`']
    assert judged("d < t", **types)[0].endswith("and this is a date and a `datetime`")


def test_a_name_that_is_not_always_there_is_null_without_its_condition() -> None:
    names = {"kind": frozenset({only("a"), only("b")}), "flag": BOOL, "hops": INT, "deep": INT}
    hops = expression('kind == "a"', names)
    deep = expression('kind == "a" and flag', names)

    def found(text: str) -> list[str]:
        return typed(expression(text, names), names, hops=hops, deep=deep)[1]

    for text in (
        "hops == null or hops > 1",
        'kind == "a" and hops > 1',
        'kind != "a" or hops > 1',
        'kind != "b" and hops > 1',
        'not (kind == "a" and hops > 1)',
        'kind in ["a"] and hops > 1',
        'kind not in ["b"] and hops > 1',
        'kind == "a" and flag and deep + hops > 1',
        'flag and (kind == "b" or deep > 1)',
        'not (not flag or kind == "b") and deep > 1',
        '(hops if kind == "a" else 0) > 1',
    ):
        assert found(text) == [], text
    assert found("hops > 1") == ["MLS0460 `hops` may be null"]
    assert found('kind == "b" or flag and hops > 1') == []  # what is left of `kind` is "a"
    assert found("flag and hops > 1") == ["MLS0460 `hops` may be null"]
    assert found('kind == "a" and deep > 1') == ["MLS0460 `deep` may be null"]


def test_what_follows_from_a_choice_of_conditions() -> None:
    names = {"kind": frozenset({only("a"), only("b"), only("c")}), "n": INT, "x": INT}
    known = Known(environment(names))
    either = expression('kind == "a" or kind == "b"', names)
    facts = known.learn(expression('kind == "b"', names), {}, True)
    assert known.implied(either, facts)
    assert known.implied(expression('not kind == "a"', names), facts)
    assert not known.implied(either, {})
    assert not known.implied(expression("n > 1", names), facts)
    assert not known.implied(expression("kind in xs", {**names, "xs": TEXTS}), facts)


def test_conditions_that_read_each_other_end() -> None:
    names: dict[str, Sorts] = {"a": INT, "b": INT}
    one, other = expression("b == 1", names), expression("a == 1", names)
    assert typed(expression("a > 1", names), names, a=one, b=other)[1] == ["MLS0460 `a` may be null"]


@pytest.mark.parametrize(
    ("found", "wanted", "fits"),
    [
        (INT, FLOAT, True),
        (FLOAT, INT, False),
        (INT, INT | NULL, True),
        (INT | NULL, INT, False),
        (frozenset({only(1)}), FLOAT, True),
        (frozenset({only("a")}), frozenset({only("a"), only("b")}), True),
        (STR, frozenset({only("a")}), False),
        (STR | INT, JSON, True),
        (JSON, STR, False),
        (UNKNOWN, STR, True),
        (INTS, frozenset({ListOf(FLOAT)}), True),
        (frozenset({ListOf(frozenset())}), TEXTS, True),
        (frozenset({MapOf(INT)}), frozenset({MapOf(FLOAT)}), True),
        (frozenset({MapOf(STR)}), frozenset({MapOf(FLOAT)}), False),
        (frozenset({Vector(1)}), INTS, False),
        (frozenset({only(True)}), INT, False),
    ],
)
def test_what_fits_where(found: Sorts, wanted: Sorts, fits: bool) -> None:
    assert assignable(found, wanted) is fits


def test_what_may_be_equal() -> None:
    assert overlap(INT, FLOAT)
    assert overlap(frozenset({only(1)}), frozenset({only(1.0)}))
    assert not overlap(frozenset({only(1)}), frozenset({only(True)}))
    assert not overlap(BOOL, INT)
    assert overlap(INTS, frozenset({ListOf(frozenset())}))
    assert not overlap(INTS, TEXTS)
    assert overlap(frozenset({MapOf(INT)}), frozenset({MapOf(FLOAT)}))
    assert overlap(JSON, INT)


def test_sorts_in_words() -> None:
    assert shown(INT) == "a whole number"
    assert shown(NUMBER | NULL) == "a number or null"
    assert shown(INT | STR | NULL) == "a whole number, a string or null"
    assert shown(sorts_of(model.SchemaType("Other"))) == "an `Other`"
    assert either(f"{number}" for number in range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 or 2 others"
    assert either([]) == ""


def test_functions_describe_themselves() -> None:
    for function in (*TABLE, *WITH_MORE.values()):
        assert function.usage.startswith(f"{function.name}(")
        assert function.description
        assert function.signature.endswith(")")
    assert WITH_MORE["min"].signature == "min(a: a number, b: a number, …)"


@given(text=truths(3) | numbers(3), values=values())
def test_expressions_agree_with_python(text: str, values: dict[str, object]) -> None:
    expr = expression(text)
    sorts, found = typed(expr)
    assume(all("never equal" in message for message in found))
    try:
        expected = eval(text, {"true": True, **values})
    except ZeroDivisionError:
        with pytest.raises(EvaluationError):
            evaluate(expr, values)
        return
    assert evaluate(expr, values) == expected
    assert sorts is not None
    assert belongs(expected, sorts)


@given(expr=anything(2), draws=st.lists(values(), min_size=3, max_size=3))
def test_what_is_well_typed_has_a_value_of_its_sort_or_none(
    expr: model.Expr, draws: list[dict[str, object]]
) -> None:
    names = {**NAMES, "e": STR}
    sorts, found = typed(expr, names)
    if found:
        return
    assert sorts is not None
    for drawn in draws:
        try:
            value = evaluate(expr, {**drawn, "e": "e"})
        except EvaluationError:
            continue
        assert belongs(value, sorts)


def test_numbers_stay_finite() -> None:
    big = model.Constant(1e308, HERE)
    with pytest.raises(EvaluationError):
        evaluate(model.Binary("*", big, big, HERE), {})
    whole = model.Constant(2**1000, HERE)
    with pytest.raises(EvaluationError):
        evaluate(model.Binary("*", whole, whole, HERE), {})
    assert (
        evaluate(
            model.Binary("*", model.VariableRef("x", HERE), model.Constant(2, HERE), HERE), {"x": math.inf}
        )
        == math.inf
    )


@given(text=guarded(3), draws=st.lists(values(), min_size=4, max_size=4))
def test_what_is_not_reported_never_meets_null(text: str, draws: list[dict[str, object]]) -> None:
    expr = expression(text)
    if typed(expr)[1]:
        return
    for drawn in draws:
        try:
            evaluate(expr, drawn)
        except EvaluationError as error:
            assert "NoneType" not in str(error)
            assert "there is no `" not in str(error)
