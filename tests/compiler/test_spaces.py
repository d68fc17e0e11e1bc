"""Spaces as a whole: what they take from others, groups, composites, rules, the models that can be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlsig_compiler import model
from mlsig_compiler.configurations import configuration
from mlsig_compiler.front import analyse_all
from mlsig_compiler.source import Source

from compiler.reading import messages, module, space

PROVIDERS = """
provider small { protocol: openai  base_url: "http://s"  model "s1" { max_output: 10 }  model "s2" {} }
provider large {
  protocol: anthropic  base_url: "http://l"  model "l1" { context_window: 100 }  model "s1" {}
}
"""


def several(**texts: str) -> list[str]:
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in texts.items()]
    return [
        f"{found.source.module} {found.code} {found.message}"
        for found in analyse_all(sources, lambda _: None)
    ]


def last_of(**texts: str) -> model.Space:
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in texts.items()]
    analysis = analyse_all(sources, lambda _: None)
    assert [found.message for found in analysis] == []
    found = analysis.modules[sources[-1].module]
    assert found is not None
    made = found.declarations[-1]
    assert isinstance(made, model.Space)
    return made


def variable(found: model.Space, name: str) -> model.Variable:
    return next(each for each in found.variables if each.name == name)


def test_everything_of_a_base_stands_first() -> None:
    found = space(
        """
        space B extends A { var last: int  constraint more: last > first - 100  forbid last == 7 }
        space A { var first: int  composite twice: int = first * 2  forbid first == 7  prefer first < 50 }
        space C extends B { forbid first == 9 }
        """
    )
    assert found.extends == "B"
    assert found.declared == ("first", "last")
    assert [rule.name for rule in found.constraints] == ["forbid_1", "more", "forbid_2", "forbid_3"]
    assert [each.name for each in found.composites] == ["twice"]
    assert [each.text for each in found.preferences] == ["first < 50"]


def test_what_is_reached_twice_is_taken_once() -> None:
    text = """
    var top_p: float = 0.9
    space A { include top_p  forbid top_p == 0.5 }
    space B { include A  var b: int }
    space C { var c: int  include A }
    space D { include B  include C  include top_p }
    """
    found = space(text)
    assert found.declared == ("top_p", "b", "c")
    assert len(found.constraints) == 1


def test_an_override_takes_the_place_of_what_is_inherited() -> None:
    found = space(
        """
        space A {
          var deep: bool = true
          @hint(priority="cost")
          when deep { @hint(goal="few") var hops: int(1..8) = 3 "how far" }
          var style: choice("a", "b") = "b" { when deep: ("a", "b") = "a" }
        }
        space B extends A {
          override var hops: int(2..4)
          when deep { override var style: choice("a", "b", "c") }
        }
        """.replace('@hint(priority="cost")', "")
    )
    assert found.declared == ("deep", "hops", "style")
    hops = variable(found, "hops")
    assert hops.domain == model.IntDomain(low=2, high=4)
    assert (hops.default, hops.description, hops.hints) == (2, "how far", {"goal": "few"})
    assert hops.depends == ("deep",)
    assert variable(found, "style").branches == ()
    assert variable(found, "style").active is not None


def test_groups_join_their_conditions() -> None:
    found = space(
        """
        space T {
          when inner > 2 { when mode == "x" { var leaf: int  composite sum: int = leaf + inner } }
          when mode == "x" {
            var inner: int(1..9) = 5
            constraint kept: inner < 9
            forbid inner == 8
            prefer inner < 3
          }
          var mode: choice("x", "y")
          constraint outside: leaf == null or leaf < 50
        }
        """.replace("when inner > 2 {", 'when mode == "x" and inner > 2 {')
    )
    assert [each.name for each in found.variables] == ["mode", "inner", "leaf"]
    assert variable(found, "leaf").depends == ("mode", "inner")
    kept, forbidden, outside = found.constraints
    assert isinstance(kept.condition, model.BoolOp)
    assert kept.condition.op == "or"
    assert kept.text == "inner < 9"
    assert forbidden.name == "forbid_1"
    assert isinstance(outside.condition, model.BoolOp)
    assert isinstance(found.composites[0].active, model.BoolOp)
    assert len(found.composites[0].active.operands) == 2
    assert configuration(found, {}) == {"mode": "x", "inner": 5, "leaf": 1, "sum": 6}


def test_what_is_inactive_by_default_is_absent_and_its_rules_do_not_count() -> None:
    found = space(
        """
        space T {
          var deep: bool
          when deep { var hops: int(1..8) = 5  constraint few: hops < 3  composite cost: int = hops * 2 }
          composite total: int = 0 if hops == null else hops
          prefer total > 3
        }
        """
    )
    assert configuration(found, {}) == {"deep": False, "hops": None, "cost": None, "total": 0}


def test_a_value_that_may_be_absent_is_tested_first() -> None:
    group = "space T { var deep: bool  when deep { var hops: int(1..8) } "
    assert messages(group + "constraint c: hops < 9 }") == ["MLS0460 `hops` may be null"]
    assert messages(group + "constraint c: hops == null or hops < 9 }") == []
    assert messages(group + "when deep { constraint c: hops < 9 } }") == []
    assert messages(group + "constraint c: not deep or hops < 9 }") == []


def test_a_group_of_what_is_included_makes_it_conditional() -> None:
    found = space(
        """
        space Base { var a: int  when a > 5 { var b: int = 3 }  constraint c: a < 90  composite d: int = a }
        space T { var on: bool = true  when on { include Base } }
        """
    )
    assert variable(found, "a").depends == ("on",)
    assert variable(found, "b").depends == ("on", "a")
    assert found.composites[0].active is not None
    assert isinstance(found.constraints[0].condition, model.BoolOp)
    assert configuration(found, {}) == {"on": True, "a": 1, "b": None, "d": 1}


def test_a_group_whose_condition_is_wrong_costs_one_message() -> None:
    inside = "var n: int  constraint c: n > 3  composite d: int = n"
    text = f"space T {{ when nowhere {{ {inside} }} var m: int {{ when n > 2: (1..2) }} }}"
    assert messages(text) == ["MLS0302 there is no variable or option `nowhere` here"]
    assert messages("space T { var n: int  when n { var m: int } }") == [
        "MLS0509 the condition of a group is true or false, and this is a whole number"
    ]


def test_composites_are_typed_and_ordered() -> None:
    found = space(
        """
        space T {
          var m: int(1..9) { when second > 4: (1..3) }
          composite second: float = first * 2
          composite first: int = n
          var n: int(1..9)
        }
        """
    )
    assert [each.name for each in found.composites] == ["first", "second"]
    assert [each.name for each in found.variables] == ["n", "m"]
    assert configuration(found, {})["second"] == 2
    assert messages('space T { composite a: int = "x" }') == [
        "MLS0509 `a` is a whole number, and this is a string"
    ]


def test_names_are_shared_by_variables_and_composites() -> None:
    assert messages(
        "space T { var a: int  composite a: int = 3  composite b: int = 1  composite b: int = 2 }"
    ) == [
        "MLS0310 name `a` is declared twice",
        "MLS0310 composite `b` is declared twice",
    ]


def test_hints_and_priors() -> None:
    found = space(
        """
        space T {
          @hint(priority="cost", share=0.5)
          var n: float(0.0..1.0, normal(0.7, 0.2), step=0.1) = 0.5 { when b: (0.0..0.5) }
          var b: bool
        }
        """
    )
    n = variable(found, "n")
    assert n.hints == {"priority": "cost", "share": 0.5}
    assert n.domain == model.FloatDomain(low=0.0, high=1.0, step=0.1, normal=(0.7, 0.2))
    assert n.branches[0].domain == model.FloatDomain(low=0.0, high=0.5, step=0.1, normal=(0.7, 0.2))
    assert messages("space T { @hint(a=1) forbid 1 > 2  @open var n: int }") == [
        "MLS0421 `@hint` cannot stand before a `constraint`",
        "MLS0421 `@open` cannot stand before a `var`",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("float(normal(0.5))", "MLS0502 `normal` needs a mean and a deviation, two numbers"),
        ("float(normal(0.5, true))", "MLS0502 a number is needed here"),
        (
            "float(0.1..1.0, log, normal(0.5, 0.1))",
            "MLS0502 `log` and `normal` are two ways to draw: choose one",
        ),
        ("int(normal(0.5, 0.1))", "MLS0502 `int` takes a range, such as `int(0..8)`, and no list of values"),
        ("choice(1, true)", "MLS0515 Python cannot tell `true` from `1`"),
        ("choice(0.5, 1, 1.0)", "MLS0515 Python cannot tell `1.0` from `1`"),
    ],
)
def test_domains_that_make_no_sense(text: str, said: str) -> None:
    assert messages(f"space T {{ var x: {text} }}") == [said]


def test_the_arms_of_a_model_narrow_the_models_of_each_provider() -> None:
    found = space(
        PROVIDERS
        + """
        space T {
          var cheap: bool
          var provider: provider(small, large) = large
          var model: model(provider) = "s1" {
            when cheap or provider == small: ("s2", "l1", weights=[2, 1])
            else: ("s1")
          }
        }
        """
    )
    made = variable(found, "model")
    assert [(branch.text, branch.domain, branch.default) for branch in made.branches] == [
        ("(cheap or provider == small) and provider == small",
         model.OptionsDomain(options=("s2",), weights=(2.0,)), "s2"),
        ("(cheap or provider == small) and provider == large",
         model.OptionsDomain(options=("l1",), weights=(1.0,)), "l1"),
        ("provider == small", model.OptionsDomain(options=("s1",)), "s1"),
        ("provider == large", model.OptionsDomain(options=("s1",)), "s1"),
    ]  # fmt: skip
    assert configuration(found, {})["model"] == "s1"
    start = PROVIDERS + "space T { var b: bool  var provider: provider(small)  var model: model(provider) "
    one = space(start + '{ when b: ("s2") } }')
    assert variable(one, "model").branches[0].condition == model.VariableRef(
        "b",
        variable(one, "model").branches[0].condition.span,  # type: ignore[union-attr]
    )
    assert messages(start + '{ when b: ("s2") = "s1" } }') == [
        'MLS0504 the default of this arm of `model`, "s1", is not one of "s2"'
    ]


def test_an_override_of_the_provider_brings_its_models() -> None:
    found = space(
        PROVIDERS
        + """
        provider own { protocol: openai  base_url: "http://o"  model "o1" {} }
        space A { var provider: provider(small, large)  var model: model(provider) = "l1" }
        space B extends A { override var provider: provider(own, large) = large }
        """
    )
    made = variable(found, "model")
    assert made.domain == model.OptionsDomain(options=("o1", "l1", "s1"))
    assert [branch.text for branch in made.branches] == ["provider == own", "provider == large"]
    assert made.default == "l1"


def test_the_figures_of_the_default_model_count() -> None:
    text = PROVIDERS + (
        "space T { var provider: provider(small, large) = WHICH  var model: model(provider)"
        "  var n: int(1..99) = 50  constraint fits: n <= model.max_output"
        "  constraint window: n <= model.context_window }"
    )
    assert messages(text.replace("WHICH", "large")) == []
    assert messages(text.replace("WHICH", "small")) == ["MLS0512 the default configuration breaks this rule"]


def test_provider_options_are_the_names_of_declarations() -> None:
    text = """
    from std.providers import openai as oa, groq
    space T {
      var provider: provider(oa, groq) = oa
      var model: model(provider)
      forbid provider == oa and model == "gpt-4"
    }
    """
    found = space(text)
    assert variable(found, "provider").domain == model.OptionsDomain(options=("openai", "groq"))
    assert variable(found, "provider").default == "openai"
    assert messages("from std.providers import openai\nspace T { var provider: provider(opnai) }") == [
        "MLS0304 there is no provider `opnai` in this file"
    ]


def test_spaces_of_other_files() -> None:
    base = PROVIDERS + (
        "space Base { var provider: provider(small, large)  var model: model(provider)  var deep: bool"
        "  when deep { var hops: int(1..8) }  constraint room: deep or model.max_output > 5 }"
    )
    found = last_of(
        base=base,
        top="from base import Base\n"
        'space T extends Base { forbid provider == large and model == "l1"  var n: int }',
    )
    assert found.declared == ("provider", "model", "deep", "hops", "n")
    assert several(
        base=base, top="from base import Base\nspace T extends Base { constraint c: hops < 3 }"
    ) == ["top MLS0460 `hops` may be null"]
    assert several(
        base=base, top='from base import Base\nspace T { include Base  forbid model == "l2" }'
    ) == ['top MLS0510 `model` is never "l2"']
    assert several(
        base="space A { var n: int(1..9) = 3 { when x > 1: (1..2) } }",
        top="from base import A\nspace T extends A { constraint c: y > 1 }",
    ) == ["base MLS0302 there is no variable or option `x` here"]


def test_a_program_may_have_a_space_of_another_file() -> None:
    base = (
        PROVIDERS + "space Base { var provider: provider  var model: model(provider)  var temperature: int }"
    )
    signature = "signature S { input q: str  output a: str }\n"
    top = f"from base import Base\n{signature}program P {{ signature: S  space: Base }}"
    assert several(base=base, top=top) == [
        "top MLS0514 `temperature` sets a parameter of the call, so it must be of the kind `float`"
    ]
    missing = top.replace("Base", "Other")
    assert several(base="space Other { var n: int }", top=missing) == [
        "top MLS0602 the space of program `P` has no variable `provider` and no variable `model`"
        " to say whom to call"
    ]
    sometimes = (
        PROVIDERS + "space T { var b: bool  when b { var provider: provider  var model: model(provider) } }\n"
    )
    assert messages(
        sometimes + "signature S { input q: str  output a: str }\nprogram P { signature: S  space: T }"
    ) == ["MLS0602 `provider` is not always active in space `T`, so nobody might be called"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("space T extends A { var n: int { when x > 1: (1..2) } }",
         ["MLS0304 there is no space `A` in this file"]),
        ("space T { include a.b }", ["MLS0304 `include` takes a name of this file"]),
        ("space T { include T }", ["MLS0516 `T` includes itself"]),
        ("enum E { a }\nspace T { include E }",
         ["MLS0305 `E` is an enum, and a space or variable is needed here"]),
        ("var v: int\nspace T extends v {}", ["MLS0305 `v` is a var, and a space is needed here"]),
        ("var v: string\nspace T { include v  constraint c: v > 1 }",
         ["MLS0501 a variable cannot be of the kind `string`"]),
        ("var a: int { when b > 1: (1..2) }\nvar b: int { when a > 1: (1..2) }\nspace T { include a }",
         ["MLS0508 these variables depend on each other"]),
    ],
)  # fmt: skip
def test_what_cannot_be_taken(text: str, said: list[str]) -> None:
    assert messages(text) == said


def test_a_fragment_is_a_variable_of_its_own() -> None:
    found = module('@hint(goal="x")\nvar top_p: float(0.0..1.0) = 0.9 "how much"\nspace T { include top_p }')
    fragment, taking = found.declarations
    assert isinstance(fragment, model.Fragment)
    assert isinstance(taking, model.Space)
    assert fragment.variable.hints == {"goal": "x"}
    assert taking.variables == (fragment.variable,)
    assert messages("var n: int(1..5) = 9") == ["MLS0504 the default of `n`, 9, is greater than 5"]


def test_long_chains_of_spaces_are_read() -> None:
    own = {n: f" var v{n}: int " if n % 10 == 0 else "" for n in range(300)}
    chain = "".join(f"space S{n} extends S{n + 1} {{{own[n]}}}\n" for n in range(300))
    found = module(chain + "space S300 { var v300: int }").declarations[0]
    assert isinstance(found, model.Space)
    assert len(found.variables) == 31


def test_names_that_generated_spaces_have_taken() -> None:
    assert messages("space Config { var n: int }") == [
        "MLS0312 this space cannot be called `Config`, which is a class inside every generated space"
    ]
    assert several(base="space A { var key: int }", top="from base import A\nspace B extends A {}") == [
        "base MLS0312 a variable cannot be called `key`, which is a method of every configuration"
    ]


def test_rules_that_are_taken_twice_or_conditionally_keep_their_names_apart() -> None:
    found = space(
        """
        space A { var n: int(1..9)  forbid n == 7  prefer n < 5 }
        space B { var m: int(1..9)  forbid m == 7 }
        space T { include A  var on: bool  when on { include B }  forbid n == 2 and on  forbid named: n == 4 }
        """
    )
    assert [rule.name for rule in found.constraints] == ["forbid_1", "forbid_2", "forbid_3", "named"]
    assert messages("space A { when x { include B } }  space B { var n: int  constraint c: n > 0 }") == [
        "MLS0302 there is no variable or option `x` here"
    ]


def test_fragments_of_other_files_may_be_read() -> None:
    base = "var deep: bool"
    fragment = "from base import deep\nvar hops: int(1..9) { when deep: (3..9) }\n"
    top = fragment + "space T { include deep  include hops }"
    assert last_of(base=base, top=top).declared == ("deep", "hops")
    assert several(base=base, top=top.replace("when deep", "when dep")) == [
        "top MLS0302 there is no variable or option `dep` here"
    ]
