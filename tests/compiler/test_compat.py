"""What changed between two versions: every kind of change, and whom it breaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from mlsig_compiler import model
from mlsig_compiler.compat.changes import KINDS
from mlsig_compiler.compat.comparing import Version, compared
from mlsig_compiler.compat.spaces import contains
from mlsig_compiler.compat.types import relation
from mlsig_compiler.front import analyse
from mlsig_compiler.source import Source

from compiler.random_models.whole import machines, records, stores, tunings

COMMON = """\
enum E { a, b, c }
schema S { x: int }
provider p { protocol: openai  base_url: "http://127.0.0.1/v1"  model "m" { context_window: 9 } }
signature Q { input q: str  output a: str }
signature R { input q: str  output a: str }
space V { var t: float(0.0..1.0) = 0.5 }
space W { var t: float(0.0..1.0) = 0.5 }
tool look(q: str) -> str = python("m:look")
"""


def version(text: str) -> Version:
    source = Source(Path("case.mlsig"), "case", text)
    found, diagnostics = analyse(source)
    assert [each.message for each in diagnostics] == []
    assert found is not None
    return Version(found, source)


def codes(old: str, new: str) -> list[str]:
    return [
        change.kind.code
        for change in compared({"case": version(COMMON + old)}, {"case": version(COMMON + new)})
    ]


def schema(old: str, new: str, *found: str) -> tuple[str, str, tuple[str, ...]]:
    return f"schema A {{ k: str {old} }}", f"schema A {{ k: str {new} }}", found


def signature(old: str, new: str, *found: str) -> tuple[str, str, tuple[str, ...]]:
    return f"signature A {{ {old} }}", f"signature A {{ {new} }}", found


def space(old: str, new: str, *found: str) -> tuple[str, str, tuple[str, ...]]:
    rest = "var n: int(1..9) = 5"
    return f"space A {{ {rest} {old} }}", f"space A {{ {rest} {new} }}", found


def program(old: str, new: str, *found: str) -> tuple[str, str, tuple[str, ...]]:
    head = "space U { var provider: provider(p) = p  var model: model(provider) }\nprogram A { "
    head += 'metric m = python("m:f") '
    return f"{head} {old} }}", f"{head} {new} }}", found


def resource(old: str, new: str, *found: str) -> tuple[str, str, tuple[str, ...]]:
    return f"resource A {{ name: str {old} }}", f"resource A {{ name: str {new} }}", found


ANSWER = "input q: str output a: str"
RUN = "signature: Q space: U maximize m"
STATE = "state: E = a"
CASES = [
    ("type T = int", "", ("CH101",)),
    ("", "type T = int", ("CH102",)),
    ("type T = int", "enum T { x }", ("CH103",)),
    ("type T = int", '@deprecated("no") type T = int', ("CH104",)),
    ("type T = int", "type T = str", ("CH206",)),
    ("enum T { x, y }", "enum T { y, z }", ("CH214", "CH215")),
    schema("x: int", "", "CH201"),
    schema("", "x: int", "CH202"),
    schema("", "x: int? y: int = 1", "CH202", "CH203"),
    schema("x: int", "x: int(1..9)", "CH204"),
    schema("x: int?", "x: int", "CH204"),
    schema("x: int", "x: int?", "CH205"),
    schema("x: int(1..5)", "x: int(0..9)", "CH217"),
    schema("x: list[int](max_length=3)", "x: list[int](max_length=4)", "CH217"),
    schema("x: int", "x: str", "CH206"),
    schema("x: int = 1", "x: int", "CH207"),
    schema("x: int", "x: int = 1", "CH208"),
    schema('@alias("y") x: int', "x: int", "CH209"),
    schema("", "check c: len(k) > 1", "CH210"),
    schema("check c: len(k) > 1", "check c: len(k) > 2", "CH210"),
    schema("check c: len(k) > 1", "", "CH211"),
    schema("", "transform k = strip(k)", "CH212"),
    ("@open schema A { x: int }", "schema A { x: int }", ("CH213",)),
    ("schema A { x: int }", "@open schema A { x: int }", ("CH216",)),
    schema("", "tune t: int(1..3) = 1", "CH402"),
    signature(f"{ANSWER} input r: str", f"{ANSWER}", "CH301", "CH316"),
    signature(f'"do" {ANSWER}', f'"do" {ANSWER} input r: str', "CH302"),
    signature(f'"do" {ANSWER}', f'"do" {ANSWER} input r: str = ""', "CH303"),
    signature('"do" input q: str output a: str', '"do" input q: str(min_length=1) output a: str', "CH304"),
    signature('"do" input q: str output a: str', '"do" input q: str? output a: str', "CH305"),
    signature('"do" input q: str output a: str', '"do" input q: int output a: str', "CH306"),
    signature('"do" input q: str = "" output a: str', '"do" input q: str output a: str', "CH307"),
    signature(f'"do" {ANSWER} output b: str', f'"do" {ANSWER}', "CH311"),
    signature(f'"do" {ANSWER}', f'"do" {ANSWER} output b: str', "CH312"),
    signature(f'"do" {ANSWER}', f'"do" {ANSWER} output b: str = ""', "CH317"),
    signature('"do" input q: str output a: "x"', '"do" input q: str output a: "x" | "y"', "CH313"),
    signature('"do" input q: str output a: int(1..5)', '"do" input q: str output a: int(1..6)', "CH217"),
    signature('"do" input q: str output a: int', '"do" input q: str output a: int(1..6)', "CH314"),
    signature('"do" input q: str output a: int', '"do" input q: str output a: bool', "CH315"),
    signature(f'"do" {ANSWER}', f'"do it" {ANSWER}', "CH316"),
    space("var m: bool", "", "CH401"),
    space("", "var m: bool", "CH402"),
    space("var m: bool", "var m: int(0..1)", "CH403"),
    space("var m: int(1..9) = 5", "var m: int(2..9) = 5", "CH404"),
    space("var m: int(1..9) = 5", "var m: int(0..9) = 5", "CH405"),
    space("var m: int(1..9) = 5", "var m: int(1..9) = 6", "CH406"),
    space("var m: bool", "when n > 3 { var m: bool }", "CH407"),
    space("", "constraint c: n < 8", "CH408"),
    space("constraint c: n < 8", "constraint c: n < 7", "CH408"),
    space("constraint c: n < 8", "", "CH409"),
    space("composite m: int = n", "", "CH410"),
    space("composite m: int = n", "composite m: float = n", "CH410"),
    space("composite m: int = n", "composite m: int = n + 1", "CH411"),
    ("var m: int(1..9) = 5", "var m: int(1..8) = 5", ("CH404",)),
    program(RUN, "signature: R space: U maximize m", "CH501"),
    program(RUN, "signature: Q space: U minimize m", "CH502"),
    (
        "pipeline A(q: str) -> str { x = Q(q=q)  return x.a }",
        "pipeline A(q: str) -> str { x = R(q=q)  return x.a }",
        ("CH503",),
    ),
    (
        'tool t(q: str) -> str = python("m:f")',
        'tool t(q: str, k: int) -> int = python("m:g")',
        ("CH315", "CH504", "CH302"),
    ),
    (
        'provider A { protocol: openai base_url: "http://a/v1"'
        ' model "m" { context_window: 9 } model "n" { context_window: 9 } }',
        'provider A { protocol: openai base_url: "http://b/v1"'
        ' model "m" { context_window: 8 } model "o" { context_window: 9 } }',
        ("CH507", "CH508", "CH505", "CH506"),
    ),
    resource("calculate n: int = len(name)", "", "CH601"),
    resource("calculate n: int = len(name)", "calculate n: int = len(name) + 1", "CH601"),
    resource("", "calculate n: int = len(name)", "CH602"),
    resource("", "size: int", "CH202"),
    resource(f"{STATE} {{ a -> b | c }}", f"{STATE} {{ a -> b }}", "CH603"),
    resource(STATE, f"{STATE} {{ a -> b }}", "CH603"),
    resource(f"{STATE} {{ a -> b }}", f"{STATE} {{ a -> b | c }}", "CH604"),
    resource(f"{STATE} {{ a -> b }}", STATE, "CH604"),
    resource("", 'before update = python("m:f")', "CH604"),
]


@pytest.mark.parametrize(
    ("old", "new", "found"), CASES, ids=lambda each: " ".join(each)[:60] if each else "none"
)
def test_changes(old: str, new: str, found: tuple[str, ...]) -> None:
    assert sorted(codes(old, new)) == sorted(found)
    assert codes(new, new) == []


def test_every_kind_has_a_case() -> None:
    assert {code for _, _, found in CASES for code in found} == set(KINDS)


def test_layout_comments_and_order_are_no_change() -> None:
    one = "schema A { x: int  y: str  check c: x > 1 }\nspace B { var n: int(1..2)  forbid n == 2 }"
    other = (
        '# c\nspace B { var n: int(1..2) "d" forbid (n==2) }\nschema A "s" { y: str  x: int check c: (x>1) }'
    )
    assert codes(one, other) == []


def test_modules_that_come_and_go() -> None:
    one, other = version("enum A { x }"), version("enum B { x }")
    here, there = (
        each._replace(module=replace(each.module, name=name)) for each, name in ((one, "a"), (other, "b"))
    )
    found = compared({"a": here, "c": one}, {"b": there, "c": one})
    assert [(each.module, each.kind.code, each.name) for each in found] == [
        ("a", "CH101", "A"),
        ("b", "CH102", "B"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("str", "str(max_length=3)", "less"),
        ("str(max_length=3)", "str(max_length=3)", "same"),
        ("int(gt=1)", "int(ge=1)", "more"),
        ("int(ge=1)", "int(gt=1)", "less"),
        ("float(lt=1)", "float(le=1)", "more"),
        ("int(multiple_of=4)", "int(multiple_of=2)", "more"),
        ("int(1..5)", "int(2..9)", "other"),
        ("int", "float", "more"),
        ("int", "json", "more"),
        ('"a" | "b"', '"a" | "b" | "c"', "more"),
        ('"a" | "b"', "str", "more"),
        ('"a" | "b"', 'str(pattern="^a$")', "other"),
        ("1 | 2", "str", "other"),
        ("int | str", "str | int", "same"),
        ("int | str", "str", "less"),
        ("list[int]", "list[float]", "more"),
        ("map[int]", "map[int?]", "more"),
        ("list[int](unique)", "list[int]", "more"),
        ("int?", "str?", "other"),
        ("S", "E", "other"),
        ("embedding(3)", "embedding(4)", "other"),
        ("tensor(3, 4)", "tensor(3, _)", "more"),
        ("tensor(3, 4)", "tensor(3)", "other"),
        ("token_list(max_length=3)", "token_list", "more"),
        ("image", "audio", "other"),
    ],
)
def test_relations(old: str, new: str, expected: str) -> None:
    back = {"more": "less", "less": "more"}.get(expected, expected)
    found = version(f"{COMMON}schema A {{ x: {old}  y: {new} }}").module.declarations[-1]
    assert isinstance(found, model.Schema)
    one, other = (field.type for field in found.fields)
    assert (relation(one, other), relation(other, one)) == (expected, back)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (model.IntDomain(low=0, high=9), model.IntDomain(low=1, high=9, step=2), True),
        (model.IntDomain(low=0, high=9, step=2), model.IntDomain(low=1, high=9, step=2), False),
        (model.FloatDomain(low=0, high=1), model.FloatDomain(low=0, high=1, step=0.1), True),
        (model.FloatDomain(low=0, high=1, step=0.1), model.FloatDomain(low=0, high=1), False),
        (model.OptionsDomain(options=(1, 2)), model.OptionsDomain(options=(True,)), False),
        (model.OptionsDomain(options=(1, 2)), model.IntDomain(low=1, high=2), False),
    ],
)
def test_domains(outer: model.Domain, inner: model.Domain, expected: bool) -> None:
    assert contains(outer, inner) == expected


@pytest.mark.parametrize("some", [records, tunings, machines, stores], ids=lambda some: some.__name__)
def test_a_random_file_is_as_itself_and_all_of_it_can_go(some) -> None:  # type: ignore[no-untyped-def]
    @given(some(), some())
    @settings(max_examples=8, suppress_health_check=[*HealthCheck], deadline=None)
    def holds(one: model.Module, other: model.Module) -> None:
        source = Source(Path("case.mlsig"), "case", "")
        old, new = Version(one, source), Version(other, source)
        assert compared({"case": old}, {"case": old}) == []
        gone = compared({"case": old}, {})
        assert [each.kind.code for each in gone] == ["CH101"] * len(one.declarations)
        names = {node.name for node in one.declarations} ^ {node.name for node in other.declarations}
        found = {
            each.name
            for each in compared({"case": old}, {"case": new})
            if each.kind.code in ("CH101", "CH102")
        }
        assert found == names

    holds()
