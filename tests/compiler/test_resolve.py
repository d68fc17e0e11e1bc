"""Syntax tree to model: names, types, values and domains as the language means them."""

from __future__ import annotations

import pytest
from mlsig_compiler import model

from compiler.reading import messages, module, only, schema, space

PROVIDERS = """
provider one { protocol: openai  base_url: "http://a/v1"  model "x" {} model "shared" {} }
provider two { protocol: openai  base_url: "http://b/v1"  model "shared" {} model "y" {} }
"""


def field(text: str) -> model.Field:
    return schema(f"enum E {{ a, b }}\nschema I {{ n: int }}\nschema A {{ x: {text} }}").fields[0]


NUMBER = model.Constraints(ge=1, le=10)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("str", model.ScalarType("str")),
        ("int(1..10)", model.ScalarType("int", NUMBER)),
        ("int(ge=1, le=10)", model.ScalarType("int", NUMBER)),
        ("float(1..10)", model.ScalarType("float", model.Constraints(ge=1.0, le=10.0))),
        ("float(gt=0, multiple_of=2)", model.ScalarType("float", model.Constraints(gt=0.0, multiple_of=2.0))),
        ("probability", model.ScalarType("probability", model.Constraints(ge=0.0, le=1.0))),
        ("probability(gt=0)", model.ScalarType("probability", model.Constraints(gt=0.0, le=1.0))),
        ("probability(0.2..0.8)", model.ScalarType("probability", model.Constraints(ge=0.2, le=0.8))),
        ("probability(lt=1)", model.ScalarType("probability", model.Constraints(ge=0.0, lt=1.0))),
        ("confidence_score", model.ScalarType("confidence_score", model.Constraints(ge=0.0))),
        ("confidence_score(0..1)", model.ScalarType("confidence_score", model.Constraints(ge=0.0, le=1.0))),
        ("list[str](unique, max_length=3)", None),
        ("map[int]?", model.OptionalType(model.MapType(model.ScalarType("int")))),
        ('"yes" | "no" | 1 | true', model.LiteralType(("yes", "no", 1, True))),
        ('"only"', model.LiteralType(("only",))),
        ("E", model.EnumType("E", "case")),
        ("list[I?]", model.ListType(model.OptionalType(model.SchemaType("I", "case")))),
    ],
)
def test_types(written: str, expected: model.Type | None) -> None:
    if expected is None:
        expected = model.ListType(model.ScalarType("str"), model.Constraints(unique=True, max_length=3))
    assert field(written).type == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("int = 0", 0),
        ("bool = false", False),
        ('str = ""', ""),
        ("float = 3", 3.0),
        ("probability = 1", 1.0),
        ("int? = null", None),
        ("E = a", model.EnumMember("E", "a", "case")),
        ("E? = E.b", model.EnumMember("E", "b", "case")),
        ("list[E] = [a, b]", [model.EnumMember("E", "a", "case"), model.EnumMember("E", "b", "case")]),
        ("I = { n: 3 }", {"n": 3}),
        ('map[list[int]] = { "a b": [1], c: [] }', {"a b": [1], "c": []}),
        ('json = { "a": [1, null, true, 0.5, { }] }', {"a": [1, None, True, 0.5, {}]}),
        ("1 | true = true", True),
        ("1 | true = 1", 1),
        ('date = "2026-11-23"', "2026-11-23"),
        ('datetime = "2026-11-23T09:30:00Z"', "2026-11-23T09:30:00Z"),
        ('str(pattern="^a$") = "a"', "a"),
        ("list[int](unique) = [1, 2]", [1, 2]),
        ("list[json](unique) = [1, true]", [1, True]),
    ],
)
def test_defaults(written: str, expected: object) -> None:
    default = field(written).default
    assert default == expected
    assert type(default) is type(expected)


def test_a_field_without_a_default_is_required_and_null_is_a_default() -> None:
    assert field("int?").default is model.REQUIRED
    assert field("int? = null").default is None


def test_the_end_of_a_pattern_is_the_very_end() -> None:
    assert messages('schema A { x: str(pattern="^a$") = "a\\n" }') == [
        "MLS0412 this string does not match the pattern ^a$"
    ]


def test_schemas_may_refer_to_what_comes_later() -> None:
    found = module("schema A { b: B = { x: later } }\nschema B { x: E }\nenum E { later }").declarations[0]
    assert isinstance(found, model.Schema)
    assert found.fields[0].default == {"x": model.EnumMember("E", "later", "case")}


def test_a_signature() -> None:
    found = only(
        """
        signature S "about" {
          input a: str "an a"
          input b: int = 3
          output c: float
          tune t: choice("x", "y")
          example { c: 2, a: "q" }
        }
        """
    )
    assert isinstance(found, model.Signature)
    assert [node.name for node in found.inputs] == ["a", "b"]
    assert [node.name for node in found.outputs] == ["c"]
    assert found.instructions == "about. Given the fields `a`, `b`, produce the fields `c`."
    assert found.description == "about"
    assert found.inputs[0].description == "an a"
    (row,) = found.examples
    assert row.inputs == {"a": "q"}
    assert row.outputs == {"c": 2.0}
    assert [variable.name for variable in found.tunes] == ["t"]


def test_the_documentation_string_is_the_instruction() -> None:
    found = only('signature S {\n  """\n  Do it.\n    Well.\n  """\n  input a: str  output b: str }')
    assert isinstance(found, model.Signature)
    assert found.instructions == "Do it.\n  Well."


def test_what_can_be_tuned_is_derived() -> None:
    found = module(f"{PROVIDERS} signature S {{ input a: str  output b: str  tune t: int }}")
    names = [variable.name for variable in found.variables["S"].variables]
    assert {"t", "provider", "model", "temperature"} <= set(names)


@pytest.mark.parametrize(
    ("written", "domain", "default"),
    [
        ("float", model.FloatDomain(low=0.0, high=1.0), 0.5),
        ("int", model.IntDomain(low=1, high=100), 1),
        ("bool", model.OptionsDomain(options=(False, True)), False),
        ('choice("b", 2, null, true)', model.OptionsDomain(options=("b", 2, None, True)), "b"),
        ("module(JSON, Chat)", model.OptionsDomain(options=("JSON", "Chat")), "JSON"),
        ("float(1..3)", model.FloatDomain(low=1.0, high=3.0), 2.0),
        ("float(0..1, step=0.3)", model.FloatDomain(low=0.0, high=1.0, step=0.3), 0.6),
        ("float(0.01..1, log)", model.FloatDomain(low=0.01, high=1.0, log=True), 0.1),
        ("float(0..1) = 1", model.FloatDomain(low=0.0, high=1.0), 1.0),
        ("int(-2..2, step=2) = 0", model.IntDomain(low=-2, high=2, step=2), 0),
        ("int(1..9, log=true)", model.IntDomain(low=1, high=9, log=True), 1),
        (
            'choice("a", "b", weights=[1, 3])',
            model.OptionsDomain(options=("a", "b"), weights=(1.0, 3.0)),
            "a",
        ),
        ("provider", model.OptionsDomain(options=("one", "two")), "one"),
        ("provider(two) = two", model.OptionsDomain(options=("two",)), "two"),
    ],
)
def test_variables(written: str, domain: model.Domain, default: model.Scalar) -> None:
    (variable,) = space(f"{PROVIDERS} space T {{ var x: {written} }}").variables
    assert variable.domain == domain
    assert (
        variable.default == pytest.approx(default)
        if isinstance(default, float)
        else variable.default == default
    )
    assert type(variable.default) is type(default)


def test_arms_inherit_steps_and_defaults() -> None:
    found = space(
        """
        space T {
          var f: bool
          var x: int(0..9, step=3) = 3 {
            when f: (0..6)
            when not f: (6..9)
            else: (3..9, step=2) = 5
          }
          var y: float(0..1) { when f == false: (0.5..1) }
        }
        """
    )
    x = found.variables[1]
    assert [branch.domain for branch in x.branches] == [
        model.IntDomain(low=0, high=6, step=3),
        model.IntDomain(low=6, high=9, step=3),
        model.IntDomain(low=3, high=9, step=2),
    ]
    assert [branch.default for branch in x.branches] == [3, 6, 5]
    assert [branch.text for branch in x.branches] == ["f", "not f", "else"]
    assert x.depends == ("f",)
    assert found.variables[2].branches[0].default == 0.75


def test_models_are_chosen_by_the_provider() -> None:
    found = space(f'{PROVIDERS} space T {{ var p: provider = two  var m: model(p) = "shared" }}').variables[1]
    assert found.domain == model.OptionsDomain(options=("x", "shared", "y"))
    assert [branch.text for branch in found.branches] == ["p == one", "p == two"]
    assert [branch.domain for branch in found.branches] == [
        model.OptionsDomain(options=("x", "shared")),
        model.OptionsDomain(options=("shared", "y")),
    ]
    assert [branch.default for branch in found.branches] == ["shared", "shared"]
    assert found.default == "shared"
    assert found.depends == ("p",)


def test_the_models_of_one_provider_need_no_branches() -> None:
    found = space(f"{PROVIDERS} space T {{ var p: provider(two)  var m: model(p) }}").variables[1]
    assert found.domain == model.OptionsDomain(options=("shared", "y"))
    assert found.default == "shared"
    assert found.branches == found.depends == ()


def test_a_model_without_a_default_is_the_first_of_the_default_provider() -> None:
    found = space(f"{PROVIDERS} space T {{ var p: provider = two  var m: model(p) }}").variables[1]
    assert found.default == "shared"
    assert [branch.default for branch in found.branches] == ["x", "shared"]


def test_variables_stand_after_what_they_read() -> None:
    found = space(
        """
        space T {
          var a: int { when b and c: (1..2) }
          var b: bool { when c: (true) }
          var free: bool
          var c: bool
        }
        """
    )
    assert [variable.name for variable in found.variables] == ["free", "c", "b", "a"]
    assert found.declared == ("a", "b", "free", "c")


def test_names_in_expressions_are_variables_before_they_are_options() -> None:
    found = space(
        f"{PROVIDERS} space T {{ var n: int(1..9) = 1  var one: provider(one, two)"
        " constraint c: one == two or n < 5  constraint d: one == one and n < 9 }"
    )
    first, second = found.constraints
    assert isinstance(first.condition, model.BoolOp)
    comparison = first.condition.operands[0]
    assert isinstance(comparison, model.Comparison)
    assert isinstance(comparison.first, model.VariableRef)
    assert isinstance(comparison.rest[0][1], model.Constant)
    assert isinstance(second.condition, model.BoolOp)
    comparison = second.condition.operands[0]
    assert isinstance(comparison, model.Comparison)
    assert isinstance(comparison.rest[0][1], model.VariableRef)


def test_a_provider() -> None:
    found = only(
        """
        provider p "ours" {
          protocol: openai
          base_url: env("URL", "https://h/v1")
          key: env("KEY")
          limits { requests_per_minute: 5, tokens_per_minute: 6  concurrency: 7 }
          model "m" "small" {
            context_window: 10, max_output: 5, input_cost: 1, output_cost: 0.5, supports: [tools]
          }
        }
        """
    )
    assert isinstance(found, model.Provider)
    assert found.base_url == model.EnvRef(name="URL", fallback="https://h/v1")
    assert found.key == model.EnvRef(name="KEY")
    assert (found.requests_per_minute, found.tokens_per_minute, found.concurrency) == (5, 6, 7)
    (known,) = found.models
    assert (known.context_window, known.max_output, known.input_cost, known.output_cost) == (10, 5, 1.0, 0.5)
    assert known.supports == ("tools",)
    assert found.description == "ours"


def test_a_program() -> None:
    found = only(
        f"""{PROVIDERS}
        signature S {{ input a: str  output b: str }}
        space T {{ var provider: provider  var model: model(provider) }}
        program P "it" {{
          signature: S
          space: T
          metric m = python("a.b:c.d") "how good"
          maximize m
          minimize cost weight 0.5
        }}
        """
    )
    assert isinstance(found, model.Program)
    assert (found.signature, found.space, found.description) == ("S", "T", "it")
    (metric,) = found.metrics
    assert (metric.python.module, metric.python.attribute, metric.description) == ("a.b", "c.d", "how good")
    assert [(goal.direction, goal.name, goal.weight) for goal in found.objectives] == [
        ("maximize", "m", 1.0),
        ("minimize", "cost", 0.5),
    ]
