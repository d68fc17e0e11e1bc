"""How expressions are read: names, members of enums, functions, what `any` and `all` go through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.check.expressions import Typing
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import analyse, analyse_all
from mlsig_compiler.proofs.intervals import Intervals
from mlsig_compiler.source import Source
from mlsig_compiler.typecheck import INT, Sorts
from mlsig_compiler.walking import key, variables_in, walk

from compiler.expressions import HERE, expression, numbers, truths
from compiler.reading import messages, schema, source, space

HEAD = """
enum Verdict { supported, refuted }
type Judgement = Verdict
type Short = str(max_length=3)
schema Passage { text: str  note: str? }
tool search(query: str) -> list[str] = python("corpus:search")
"""
FIELDS = "v: Verdict  n: int  name: str  xs: list[int]  ps: list[Passage]  m: map[int]"


def checked(text: str) -> list[str]:
    return messages(f"{HEAD}schema A {{ {FIELDS}  check c: {text} }}")


def fixed(text: str) -> str:
    """Return the expression with the fix of its only finding made."""
    whole = f"{HEAD}schema A {{ {FIELDS}  check c: {text} }}"
    (found,) = analyse(source(whole))[1]
    assert found.fix
    for edit in reversed(found.fix.edits):
        whole = whole[: edit.span.start] + edit.replacement + whole[edit.span.end :]
    assert messages(whole) == []
    return whole.partition("check c: ")[2].removesuffix(" }")


def condition(text: str) -> model.Expr:
    return schema(f"{HEAD}schema A {{ {FIELDS}  check c: {text} }}").checks[0].condition


def test_a_member_of_an_enum_is_written_after_its_enum() -> None:
    supported = model.EnumMember("Verdict", "supported", "case")
    for text in ("v == Verdict.supported", "v == Judgement.supported", "(v) == (Verdict.supported)"):
        found = condition(text)
        assert isinstance(found, model.Comparison)
        assert isinstance(found.rest[0][1], model.Constant)
        assert found.rest[0][1].value == supported
    assert checked("v == Verdict.other") == ["MLS0303 `Verdict` has no member `other`"]
    assert checked("v == Short.other") == ["MLS0305 `Short` is a type, and a value is needed here"]
    assert checked("v == Passage.text") == ["MLS0305 `Passage` is a schema, and a value is needed here"]
    assert checked("v == Nothing.text") == ["MLS0302 there is no field `Nothing` here"]


def test_a_member_of_an_imported_enum_is_written_after_its_name_here() -> None:
    one = Source(Path("one.mlsig"), "one", "enum Verdict { yes, no }  type Answer = Verdict")
    text = "from one import Verdict as V, Answer  schema A { v: V  check c: v == V.yes or v != Answer.no }"
    found = analyse_all([one, source(text)], lambda _: None)
    assert [finding.message for finding in found] == []
    assert found.modules["case"]
    schema = found.modules["case"].declarations[0]
    assert isinstance(schema, model.Schema)
    constants = [node for node in walk(schema.checks[0].condition) if isinstance(node, model.Constant)]
    assert [node.value for node in constants] == [
        model.EnumMember("Verdict", "yes", "one"),
        model.EnumMember("Verdict", "no", "one"),
    ]
    wrong = analyse_all([one, source(text.replace("V.yes", "yes"))], lambda _: None)
    assert [finding.help for finding in wrong] == ["a member is written after its enum: `V.yes`"]


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("v == supported", "v == Verdict.supported"),
        ("v == Verdict.suported", "v == Verdict.supported"),
        ("nam == name", "name == name"),
        ("name.strip() == name", "strip(name) == name"),
        ("name.length > 3", "len(name) > 3"),
        ("name.lower == name", "lower(name) == name"),
        ("math.sqrt(n) > 3", "sqrt(n) > 3"),
        ("length(name) > 3", "len(name) > 3"),
        ("lenn(name) > 3", "len(name) > 3"),
        ("ps[0].txt == name", "ps[0].text == name"),
    ],
)
def test_mends_are_right(text: str, mended: str) -> None:
    assert fixed(text) == mended


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "search(name)",
            "MLS0464 `search` is a tool, and an expression calls only functions of the language",
        ),
        (
            "Passage(name)",
            "MLS0464 `Passage` is a schema, and an expression calls only functions of the language",
        ),
        ('python("a:b")', "MLS0464 an expression makes no calls into Python"),
        ("name(3)", "MLS0464 `name` is a value, and only functions can be called"),
        ("xs[0](3)", "MLS0464 only functions can be called"),
        ("nonesuch(3)", "MLS0464 there is no function `nonesuch`"),
        ("regex(name)", "MLS0464 there is no function `regex`"),
        ("int(name)", "MLS0464 there is no function `int`"),
        (
            're.match("a", name)',
            "MLS0464 an expression calls only functions of the language, and not `re.match`",
        ),
        ('m.get("a") == 1', "MLS0464 values have no methods, such as `get`"),
        ("xs.append(1)", "MLS0464 values have no methods, such as `append`"),
        ("name.split().join() == name", "MLS0464 values have no methods, such as `join`"),
        ("len(name, name) > 1", "MLS0465 `len` takes 1 argument, and this has 2"),
        ("len() > 1", "MLS0465 `len` takes 1 argument, and this has none"),
        ("round(n, 1, 2) > 1", "MLS0465 `round` takes 1 or 2 arguments, and this has 3"),
        ("min() > 1", "MLS0465 `min` takes a list, or several numbers, and this has none"),
        ("len(x=name) > 1", "MLS0465 the arguments of a function have no names"),
        ("any(xs)", "MLS0465 `any` needs `… for x in items` in its parentheses"),
        ("any(n > 1, n > 2)", "MLS0465 `any` needs `… for x in items` in its parentheses"),
        ("sum(x for x in xs) > 1", "MLS0465 `for` stands only in `any(…)` and `all(…)`"),
        ("matches(name, name)", "MLS0465 a pattern is a string that is written out"),
        ('matches(name, "(a")', "MLS0406 this is not a regular expression"),
        ('matches(name, "(a+)+$")', "MLS0408 this pattern could take very long"),
        (
            "matches(name, 3)",
            "MLS0509 `matches` takes a string that is written out, and this is a whole number",
        ),
        ("any(n > 1 for n in xs)", "MLS0466 `n` is the name of something else here"),
        ("any(any(x > 1 for x in xs) for x in xs)", "MLS0466 `x` is the name of something else here"),
        ("any(Verdict > 1 for Verdict in xs)", "MLS0466 `Verdict` is the name of something else here"),
        ("any(x > 1 for x in xs) and x > 1", "MLS0302 there is no field `x` here"),
        ("any(x > y for x in xs)", "MLS0302 there is no field `y` here"),
        ("any(x > 1 for x in ys if x > 1)", "MLS0302 there is no field `ys` here"),
    ],
)
def test_mistakes_are_said_once(text: str, message: str) -> None:
    (found,) = checked(text)
    assert found.startswith(message)


def test_every_wrong_part_is_reported() -> None:
    assert [found[:7] for found in checked("a > 1 and any(b > x for x in c if d > 1) or len(e) > f")] == [
        "MLS0302"
    ] * 6


def test_what_depends_on_a_broken_name_is_not_complained_about() -> None:
    text = (
        "schema A { x: Nothing  y: list[Nothing]  check c: x.y > 3 and len(x) > 1 and any(e.z for e in y) }"
    )
    assert [found[:7] for found in messages(text)] == ["MLS0301", "MLS0301"]
    assert len(messages("enum E { a, = b }  schema A { e: E  check c: e == E.b }")) == 1


def test_the_same_name_may_be_used_side_by_side() -> None:
    assert (
        checked("any(x > 1 for x in xs) and all(p.text == name for p in ps) and any(x < 1 for x in xs)") == []
    )


def test_what_expressions_read() -> None:
    found = condition(
        "any(x > n for x in xs) and (len(name) if n > 1 else m[name]) > 1 and ps[0].text in [name]"
    )
    assert list(variables_in(found)) == ["n", "xs", "name", "m", "ps"]
    assert sum(isinstance(node, model.VariableRef) for node in walk(found)) == 9
    assert list(variables_in(None)) == []


def test_the_same_said_elsewhere_has_the_same_key() -> None:
    text = (
        "any(x > n for x in xs if x in [1, 2]) and -n < (m[name] if not ps[0].text == name else len(xs) * 2)"
    )
    assert key(condition(text)) == key(condition(f"({text})"))
    assert key(condition("n == 1")) != key(condition("n == 1.0"))
    assert key(condition("n < 1")) != key(condition("n <= 1"))


SPACE = """
provider p { protocol: openai  base_url: "http://h/v1"  model "m" { context_window: 8 supports: [tools] } }
space T {
  var provider: provider(p)
  var model: model(provider)
  var n: int(0..9) = 3
  var k: int(1..9) = 3
  var c: choice(-1, 1)
  var f: float(0.5..2)
  var kind: choice("a", "b")
"""


@pytest.mark.parametrize(
    "text",
    [
        "k <= model.context_window or n < model.max_output",
        "model.input_cost * n + model.output_cost < 100",
        "tools in model.supports",
        "json_schema not in model.supports",
        'model == "m"',
        "1 / c < 3 and 1 / k < 3 and 1 / (n + 1) < 3 and 1 / (k * k) < 9 and 1 / (-f) < 3",
        "n == 0 or 1 / n < 3",
        "(1 / n if n != 0 else 1) < 3 and 1 / max(n, 1) < 9 and 1 / exp(n) < 9 and 1 / sqrt(k) < 9",
        "1 / (abs(n) + 1) < 9 and 1 / (k / f) < 9 and 1 / (1 if n > 1 else 2) < 9",
        "1 / (len(kind) + 1) < 9",
        "0 < n and 1 // n < 3 and (n == 0 or 5 % n < 3) and 1 / min(k, 3) < 3 and 1 / (-k - 1) < 9",
    ],
)
def test_expressions_of_spaces(text: str) -> None:
    assert messages(f"{SPACE} constraint c1: {text} or n == 3 }}") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / n < 3", "MLS0511 this divisor can be 0"),
        ("1 / (n - 1) < 3", "MLS0511 this divisor can be 0"),
        ("1 / (c + 1) < 3", "MLS0511 this divisor can be 0"),
        ("1 / model.input_cost < 3", "MLS0511 this divisor can be 0"),
        ("n >= 0 and 1 / n < 3", "MLS0511 this divisor can be 0"),
        ("1 / floor(f) < 3", "MLS0511 this divisor can be 0"),
        ("1 / (n // 2) < 3", "MLS0511 this divisor can be 0"),
        ("1 / abs(n) < 3", "MLS0511 this divisor can be 0"),
        ("model.window > 3", "MLS0463 a model has no figure `window`"),
        ("model.context_windw > 3", "MLS0463 a model has no figure `context_windw`"),
        ("tool in model.supports", "MLS0302 `tool` is not an ability of a model"),
        ("nothing in model.supports", "MLS0302 `nothing` is not an ability of a model"),
        ("kind.a == 1", "MLS0463 a string has no field `a`"),
        ('kind == "c"', 'MLS0510 `kind` is never "c"'),
        ("n == null", "MLS0510 `n` is never null"),
        ('provider == "p"', "MLS0509 the options of `provider` are names, not strings"),
        ("strip(n) == kind", "MLS0509 `strip` takes a string, and this is a whole number"),
    ],
)
def test_mistakes_in_spaces(text: str, message: str) -> None:
    (found,) = messages(f"{SPACE} constraint c1: {text} or n == 3 }}")
    assert found.startswith(message)


def test_a_variable_of_a_group_is_null_outside_of_it() -> None:
    found = space('space T { var kind: choice("a", "b")  var hops: int(1..8)  var n: int(1..8) }')
    names = {"kind", "hops", "n"}
    known: dict[str, Sorts] = dict.fromkeys(names, INT)
    active = expression('kind == "a"', known)
    variables = tuple(
        replace(variable, active=active) if variable.name == "hops" else variable
        for variable in found.variables
    )
    value = expression("hops + 1", known)
    composite = model.Composite(name="more", type="int", value=value, active=active, span=HERE)
    grouped = replace(found, variables=variables, composites=(composite,))

    def wrong(text: str, *given: model.Expr | None) -> list[str]:
        diagnostics = Diagnostics(source(""))
        Typing(grouped, diagnostics).condition(expression(text, {**known, "more": INT}), given=given)
        return [finding.message for finding in diagnostics]

    assert wrong("hops > 1") == ["`hops` may be null"]
    assert wrong("hops > 1", active) == []
    assert wrong("hops > 1", None) == ["`hops` may be null"]
    assert wrong('kind == "a" and hops + more > 1') == []
    assert wrong("hops != null and hops > 1") == []
    assert wrong("more > 1") == ["`more` may be null"]
    assert wrong("n / more > 1", active) == []
    assert wrong("n / (more - 2) > 1", active) == ["this divisor can be 0"]


def test_composites_that_read_each_other_have_any_value() -> None:
    value = model.VariableRef("a", HERE)
    composite = model.Composite(name="a", type="int", value=value, span=HERE)
    assert Intervals({}, {"a": composite}).zero(value)
    assert Intervals({}, {}).zero(model.VariableRef("b", HERE))
    big = model.Constant(10**400, HERE)
    assert not Intervals({}, {}).zero(big)
    assert not Intervals({}, {}).zero(model.Unary("-", big, HERE))


@given(text=truths(2) | numbers(2))
def test_reading_ends_for_every_text(text: str) -> None:
    for cut in (text, text[1:], text[:-2], text.replace("n", "unknown"), text.replace("len", "size")):
        checked(cut)


@given(text=st.text('nxv ()[].,<=+-*/"', max_size=12))
def test_reading_ends_for_any_signs(text: str) -> None:
    checked(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contains(xs, 1)", "MLS0509 `contains` takes a string, and this is a list"),
        ("any(x > 1 for x in n)", "MLS0509 `for` goes through a list or a map, and this is a whole number"),
        ("m.apple > 1", "MLS0463 a map has no field `apple`"),
        ("v.name == name", "MLS0463 a `Verdict` has no field `name`"),
        ("ps[0].zebra == 1", "MLS0463 a `Passage` has no field `zebra`"),
        ("xs.text == 1", "MLS0463 a list has no field `text`"),
        ("n in 3", "MLS0509 `in` looks into a list, a map or a string, and this is a whole number"),
        ("n in name", "MLS0509 what is looked for in a string is a string, and this is a whole number"),
        ("name in xs", "MLS0509 a string is never in a list of numbers"),
        ('v in ["supported"]', "MLS0509 a `Verdict` is never equal to a string"),
        ("name + n == name", "MLS0509 `+` adds two numbers or joins two strings"),
        ("v < v", "MLS0509 `<` compares two numbers, two strings or two dates"),
        ("len == 3", "MLS0302 there is no field `len` here"),
        ("Verdict == v", "MLS0305 `Verdict` is an enum, and a value is needed here"),
        ("xs", "MLS0509 a check is true or false, and this is a list"),
        ("(n if n else 3) > 3", "MLS0509 what stands after `if` is true or false"),
        ("len(1 for x in xs) > 3", "MLS0465 `for` stands only in `any(…)` and `all(…)`"),
    ],
)
def test_mistakes_of_types_are_said_once(text: str, message: str) -> None:
    (found,) = checked(text)
    assert found.startswith(message)
