"""What `mlsig lint` warns of, and how it is told to be quiet."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlsig_compiler.codes import CODES
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.fixes import applied
from mlsig_compiler.front import analyse_all
from mlsig_compiler.lint import CODES as RULES
from mlsig_compiler.lint import lint
from mlsig_compiler.source import Source

PROVIDER = 'provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }\n'
SPACE = "space T { var provider: provider(p)  var model: model(provider) }\n"
DESCRIBED = 'signature S { input q: str "asked"  output a: str(max_length=9) "answered" }\n'
TOOL = 'tool look(q: str) -> str = python("m:look") "find out"\n'


def warnings(*texts: str, rules: tuple[str, ...] = RULES) -> list[Diagnostic]:
    """Return the warnings about the last of some files, named a, b, …"""
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in zip("abcdef", texts, strict=False)]
    analysis = analyse_all(sources, lambda _: None, keep=True)
    assert [found.message for found in analysis] == []
    return lint(analysis, [sources[-1].module], rules)


def said(*texts: str, rules: tuple[str, ...] = RULES) -> list[str]:
    return [f"{found.code} {found.message}" for found in warnings(*texts, rules=rules)]


def only(code: str, *texts: str) -> list[str]:
    """Return the messages of one rule."""
    return [found.message for found in warnings(*texts, rules=(code,))]


def fixed(*texts: str, rules: tuple[str, ...] = RULES) -> str:
    found = warnings(*texts, rules=rules)
    return applied(texts[-1], [warning.fix for warning in found if warning.fix])[0]


# Imports

TWO = "schema A { x: str }\nschema B { x: str }\nenum E { e }"


def test_an_unused_import_is_deleted() -> None:
    text = "from a import A\nschema X { x: str }"
    assert only("MLS0701", TWO, text) == ["`A` is imported and not used"]
    assert fixed(TWO, text) == "schema X { x: str }"


@pytest.mark.parametrize(
    ("names", "left"),
    [("A, E as F, B", "A, B"), ("B as Z, A, B", "A, B"), ("A, B, E", "A, B")],
)
def test_one_of_several_imports_is_deleted(names: str, left: str) -> None:
    text = f"from a import {names}\nschema X {{ x: A  y: B }}"
    assert fixed(TWO, text) == f"from a import {left}\nschema X {{ x: A  y: B }}"


def test_an_imported_provider_is_used_by_signatures() -> None:
    assert only("MLS0701", PROVIDER, f"from a import p\n{DESCRIBED}") == []
    assert only("MLS0701", PROVIDER, "from a import p\nschema A { x: str }") != []


def test_extending_and_including_is_use() -> None:
    assert only("MLS0701", TWO, "from a import A\nschema X extends A { y: str }") == []
    assert only("MLS0701", "var n: int(1..3)", "from a import n\nspace T { include n }") == []


# Declarations


def test_aliases_and_fragments_should_be_used() -> None:
    assert only("MLS0702", "type T = str\nvar n: int(1..3)") == [
        "nothing uses the type `T`",
        "nothing uses the variable `n`",
    ]
    assert only("MLS0702", "from b import T\nschema A { x: T }", "type T = str") == []


def test_schemas_should_be_used_in_a_file_with_a_program_or_pipeline() -> None:
    idle = "schema A { x: A? }\nenum E { e }\n"
    assert only("MLS0702", idle) == []
    assert only("MLS0702", f"{idle}{TOOL}pipeline P(q: str) -> str {{ return look(q=q) }}") == [
        "nothing uses the schema `A`",
        "nothing uses the enum `E`",
    ]


# Descriptions


def test_inputs_and_outputs_are_described() -> None:
    text = 'signature S { "Answer the question." input question: str  output answers: str  output b: bool }'
    assert only("MLS0703", text) == [
        "nothing says what the output `answers` is",
        "nothing says what the output `b` is",
    ]
    described = (
        'enum E { a "first" b }  enum F "f" { a b }  schema G "g" { x: str }  schema H { x: str "x" }\n'
    )
    assert (
        only(
            "MLS0703", f"{described}signature S {{ input q: list[E]  input r: F  input s: G?  output t: H }}"
        )
        == []
    )
    assert only("MLS0703", "schema H { x: str }  enum E { a }  signature S { input q: E  output t: H }") != []
    assert only("MLS0703", 'signature S { input q: str = "x"  output a: str "a" }') == []


def test_tools_are_described() -> None:
    assert only("MLS0703", TOOL) == []
    assert only("MLS0703", 'tool f(q: str) -> str = python("m:f")') == ["tool `f` has no description"]


# Outputs


@pytest.mark.parametrize(
    ("type_", "checked"),
    [
        ("str", False),
        ("list[str]", False),
        ("map[json]", False),
        ("str?", False),
        ("str | int", False),
        ("R", False),
        ("str(max_length=3)", True),
        ("list[str](max_length=3)", True),
        ("map[int(1..2)]", True),
        ("bool", True),
        ("E", True),
        ("C", True),
        ("N", True),
        ('"a" | "b"', True),
        ("probability", True),
        ("reasoning_chain", True),
    ],
)
def test_an_output_is_checked_by_a_type_that_narrows_it(type_: str, checked: bool) -> None:
    given = (
        "enum E { a b }  schema R { x: str  again: R? }  schema N { x: int(1..2) }"
        "  schema C { x: str  check c: x != x }"
    )
    messages = only("MLS0704", f"{given}\nsignature S {{ input q: str  output a: {type_} }}")
    assert messages == ([] if checked else ["nothing checks the output `a`"])


def test_an_output_is_checked_by_a_check_or_a_metric() -> None:
    assert only("MLS0704", 'signature S { input q: str  output a: str  check c: a != q "m" }') == []
    signature = "signature S { input q: str  output a: str }\n"
    program = (
        f'{PROVIDER}{SPACE}program P {{ signature: S  space: T  metric ok = python("m:f")  maximize ok }}'
    )
    assert only("MLS0704", signature + program) == []
    assert only("MLS0704", f"from b import S\n{program}", signature) == []
    assert only("MLS0704", signature + program.replace('metric ok = python("m:f")  maximize ok', "")) != []


# Shadowing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("enum n { a }  space T { var n: int(1..3) }", "this variable hides the declaration `n`"),
        (
            "enum n { a }  signature S { input q: str  output a: str  tune n: int(1..3) = 1 }",
            "this variable hides the declaration `n`",
        ),
        ('enum n { a }  tool t(n: str) -> str = python("m:f")', "this parameter hides the declaration `n`"),
    ],
)
def test_names_that_hide_declarations(text: str, message: str) -> None:
    assert only("MLS0705", text) == [message]


def test_names_that_hide_imports() -> None:
    assert only("MLS0705", "enum E { e }", "from a import E as n\nspace T { var n: int(1..3) }") != []
    assert only("MLS0705", "var n: int(1..3)\nspace T { include n }") == []
    base = "space A { var n: int(1..3) }\nvar m: int(1..3)\n"
    assert only("MLS0705", f"{base}space B extends A {{ include m  override var n: int(1..2) }}") == []


# Patterns


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        ("^[a-z]*[a-z0-9]*$", True),
        ("^(a|b)*c?(b)*$", True),
        ("^.*x.*y.*$", True),
        ("^a+-a+$", False),
        ("^[a-z]+( [a-z]+)*$", False),
        ("^[a-z0-9-]+$", False),
    ],
)
def test_slow_patterns(pattern: str, slow: bool) -> None:
    assert bool(only("MLS0706", f'schema A {{ x: str(pattern="{pattern}") }}')) is slow
    assert bool(only("MLS0706", f'schema A {{ x: str  check c: matches(x, "{pattern}") }}')) is slow
    assert only("MLS0706", f'schema A {{ x: str(pattern="{pattern}", max_length=80) }}') == []


# Programs and pipelines


@pytest.mark.parametrize(
    ("members", "messages"),
    [
        ("", ["program `P` has no objective"]),
        ("minimize cost", ["program `P` has no metric: the cheapest answer is the best one"]),
        ('metric ok = python("m:f")  minimize cost', ["no objective of program `P` uses the metric `ok`"]),
        ('metric ok = python("m:f")  maximize ok', []),
    ],
)
def test_what_a_program_is_optimised_for(members: str, messages: list[str]) -> None:
    assert (
        only("MLS0707", f"{DESCRIBED}{PROVIDER}{SPACE}program P {{ signature: S  space: T  {members} }}")
        == messages
    )


def test_unused_steps_and_parameters() -> None:
    text = f"{TOOL}pipeline P(q: str, k: int) -> str {{ a = look(q=q)  b = look(q=a)  return look(q=a) }}"
    assert only("MLS0709", text) == [
        "nothing in pipeline `P` uses the parameter `k`",
        "nothing in pipeline `P` uses the step `b`",
    ]


# What is deprecated


def test_deprecated_declarations() -> None:
    old = '@deprecated("use B")\nschema A { x: A? }\nenum E { @deprecated("use new") old  new }\n'
    assert only("MLS0710", old) == []
    found = warnings(f"{old}schema C {{ a: A  e: E = old  f: E = E.old  g: E = new }}", rules=("MLS0710",))
    assert [(warning.message, warning.help) for warning in found] == [
        ("`A` is deprecated", "use B"),
        ("`E.old` is deprecated", "use new"),
        ("`E.old` is deprecated", "use new"),
    ]
    assert only("MLS0710", old, "from a import A as Z\nschema C { z: Z }") == ["`Z` is deprecated"]


def test_deprecated_fields() -> None:
    text = """
    schema A {
      @deprecated("use b")
      a: str = "x"
      b: str = "y"
      transform b = lower(a)
      check same: a == b
    }
    signature S {
      input q: str
      output a: str
      @deprecated("gone")
      output o: str?
      example { q: "x", a: "y", o: "z" }
    }
    """
    assert only("MLS0710", text) == ["`a` is deprecated", "`a` is deprecated", "`o` is deprecated"]


# Suppression

BARE = 'signature S { input q: str "q"\n  output a: str "a"'


@pytest.mark.parametrize(
    "comment",
    [
        "# mlsig: ignore[MLS0704]",
        "#mlsig:ignore [mls0704]  a person reads it",
        "# mlsig: ignore[MLS0704,] so",
    ],
)
def test_a_comment_silences_its_line(comment: str) -> None:
    assert said(f"{BARE}  {comment}\n}}") == []


def test_a_comment_on_its_own_silences_the_next_line() -> None:
    text = 'signature S { input q: str "q"\n  # mlsig: ignore[MLS0704]\n\n  # why\n  output a: str "a"\n}'
    assert said(text) == []


def test_one_comment_silences_several_codes() -> None:
    text = 'signature S { input q: str "q"\n  output a: str  # mlsig: ignore[MLS0703, MLS0704]\n}'
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "message", "mended"),
    [
        (
            "schema A { x: str }  # mlsig: ignore[MLS0704]\n",
            "there is no MLS0704 to ignore here",
            "schema A { x: str }\n",
        ),
        (
            "# mlsig: ignore[MLS0704]\nschema A { x: str }",
            "there is no MLS0704 to ignore here",
            "schema A { x: str }",
        ),
        (
            "schema A { x: str }\n# mlsig: ignore[MLS0704]",
            "there is no MLS0704 to ignore here",
            "schema A { x: str }\n",
        ),
        (
            f"{BARE}  # mlsig: ignore[MLS0704, MLS0703]\n}}",
            "there is no MLS0703 to ignore here",
            f"{BARE}  # mlsig: ignore[MLS0704]\n}}",
        ),
        (
            f"{BARE}  # mlsig: ignore[MLS0703, MLS0704]\n}}",
            "there is no MLS0703 to ignore here",
            f"{BARE}  # mlsig: ignore[MLS0704]\n}}",
        ),
        ("schema A { x: str }  # mlsig: ignore[MLS0777]", "there is no code `MLS0777`", ""),
        (
            "schema A { x: str }  # mlsig: ignore[MLS0310]",
            "MLS0310 is an error, and errors cannot be ignored",
            "",
        ),
        ("schema A { x: str }  # mlsig: ignore", "this comment does not say what to ignore", ""),
        ("schema A { x: str }  # mlsig: ignore[]", "this comment does not say what to ignore", ""),
    ],
)
def test_a_useless_suppression(text: str, message: str, mended: str) -> None:
    assert said(text) == [f"MLS0708 {message}"]
    assert fixed(text) == (mended or text)


def test_a_suppression_of_a_rule_that_is_off_is_not_useless() -> None:
    text = "schema A { x: str }  # mlsig: ignore[MLS0704]"
    assert said(text, rules=("MLS0703", "MLS0708")) == []
    assert said(text, rules=("MLS0703",)) == []


# Files


def test_only_proved_files_are_looked_at() -> None:
    wrong = Source(Path("a.mlsig"), "a", "type T = nothing")
    right = Source(Path("b.mlsig"), "b", "type U = str")
    analysis = analyse_all([wrong, right], lambda _: None, keep=True)
    assert lint(analysis, ["a", "b", "std.sampling"]) == []


def test_each_rule_has_a_code() -> None:
    assert set(RULES) == {code for code in CODES if code.startswith("MLS07")}
    assert all(CODES[code].severity == "warning" for code in RULES)


EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*/*.mlsig"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_free_of_findings(path: Path) -> None:
    assert said(path.read_text(encoding="utf-8")) == []


# Pipelines and resources

STEPS = """signature Plan { input q: str  output queries: list[str]  output why: str }
signature Ask { input q: str  output text: str }
pipeline P(q: str) -> Ask {
  plan = Plan(q=q)
  asked = [Ask(q=x) for x in plan.queries]
  many = [Ask(q=x.text) for x in asked]
  return Ask(q=many[0].text)
}"""


def test_an_output_that_a_step_reads_is_checked() -> None:
    assert only("MLS0704", STEPS) == ["nothing checks the output `why`"]
    one, other = STEPS.split("\nsignature Ask")
    assert only("MLS0704", one, f"from a import Plan\nsignature Ask{other}") == []


def test_an_output_that_a_step_of_another_file_reads_is_checked() -> None:
    text = "from a import S\npipeline P(q: str) -> str { s = S(q=q)  return s.text if s.text != q else q }"
    one = Source(Path("a.mlsig"), "a", "signature S { input q: str  output text: str  output why: str }")
    analysis = analyse_all([one, Source(Path("b.mlsig"), "b", text)], lambda _: None, keep=True)
    found = [warning.message for warning in lint(analysis, ["a"], ("MLS0704",))]
    assert found == ["nothing checks the output `why`"]


def test_a_member_that_no_transition_leads_to() -> None:
    enum = "enum E { a, b, c, d }\n"
    text = "from a import E\nresource R { e: E = a { a -> b, c -> d }  f: E = a  g: E = a { } }"
    assert only("MLS0711", enum, text) == ["no transition of `e` leads to `c` and `d`"]
