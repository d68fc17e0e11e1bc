"""What signatures bring to their spaces from the schemas they reach; what programs and pipelines search."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig.programs.candidates import Candidate
from mlsig_compiler import model
from mlsig_compiler.front import analyse, analyse_all
from mlsig_compiler.ir import document, text
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

TEXT = """
enum Tone { terse, friendly }

schema Inner {
  tune depth: int(1..5) = 2       "how deep"
  @variable strict: bool = true
  next: Inner? = null
}

schema Passage {
  text: str
  inner: list[Inner]
  @variable weight: float(0.0..1.0, multiple_of=0.1) = 0.5
}

signature Answer {
  input question: str
  @variable input tone: Tone = terse     "how it sounds"
  @variable input level: int(gt=0, le=4) = 1
  output answer: str
  output passages: map[Passage]? = null
  tune quotes: int(1..3) = 1
}

signature Plain { input q: str  output a: str }
signature Other { input q: str  output b: str  output c: str }
signature Reasoned { input q: str  output reasoning: str }

provider a {
  protocol: openai
  base_url: "http://a"
  model "big" { context_window: 100_000 }
  model "small" { max_output: 512 }
}
provider b { protocol: anthropic  base_url: "http://b"  model "brief" { context_window: 2_000 } }

space Narrow {
  var provider: provider(a) = a
  @hint(priority="cost", rank=2)
  var model: model(provider)
  var tone: choice("friendly") = "friendly"
  when model == "small" {
    var hops: int(1..3) = 2
    var adapter: module(Chat, JSON) = JSON
    var mood: choice("calm", null) = null
  }
  composite max_tokens: int = 512 if model == "small" else 600
}

program Ask { signature: Answer  space: Narrow }

schema Cold { text: str  tune temperature: float(0.0..0.5) = 0.25  tune tone: choice("a", "b") }
signature Tuned { input q: str  output a: Cold  tune mode: bool }
space Told {
  var provider: provider(a) = a
  var model: model(provider)
  when model == "small" { var instructions: choice("Be brief.", "Be long.") = "Be brief." }
}
program Bare { signature: Tuned  space: Told }
program Simple { signature: Plain  space: Everything }

space Everything {
  include Narrow
  var reasoning: module(Predict) = Predict
  var temperature: float(0.0..1.0) = 0.5
  var top_p: float = 0.5
  var demos: int(0..2) = 0
  var demo_layout: choice("turns") = "turns"
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The module of the text, imported."""
    made = compile_source(Source(Path("reached.mlsig"), "reached", TEXT))
    assert made.text is not None, [found.message for found in made.diagnostics]
    path = tmp_path_factory.mktemp("reached") / "reached.py"
    path.write_text(made.text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("reached", path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["reached"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["reached"]


def space(written: str, name: str) -> model.Space:
    found, diagnostics = analyse(Source(Path("a.mlsig"), "a", written))
    assert found is not None, [one.message for one in diagnostics]
    return found.variables[name]


BROUGHT = ("quotes", "tone", "level", "weight", "depth", "strict")
USUAL = (
    "provider",
    "model",
    "adapter",
    "reasoning",
    "temperature",
    "top_p",
    "max_tokens",
    "demos",
    "demo_layout",
)


def test_a_signature_brings_what_every_schema_that_it_reaches_can_be_tuned_by(built: Any) -> None:
    variables = built.Answer.variables()
    assert variables is built.Answer.Variables
    assert variables.Config.__struct_fields__ == BROUGHT + USUAL
    default = variables.default().to_dict()
    assert {name: default[name] for name in BROUGHT} == {
        "quotes": 1,
        "tone": "terse",
        "level": 1,
        "weight": 0.5,
        "depth": 2,
        "strict": True,
    }
    described = {one.name: one.description for one in variables.variables}
    assert (described["depth"], described["tone"]) == ("how deep", "how it sounds")


def test_fields_that_vary_have_the_values_of_their_types() -> None:
    written = """
    enum E { x, y }
    schema A {
      @variable a: bool  @variable b: "p" | "q"  @variable c: E = y
      @variable d: int(gt=2, lt=9, multiple_of=3)
      @variable e: float(gt=0, lt=1)  @variable f: probability  @variable g: confidence_score(le=2) = 1
      @variable h: float(0.05..0.3, multiple_of=0.1)  @variable i: int(gt=1, le=4)
    }
    signature S { input given: A  output answer: str }
    """
    found = {one.name: one for one in space(written, "S").variables}
    facts = {name: (found[name].kind, found[name].domain, found[name].default) for name in "abcdefghi"}
    top = 1.0 - 2**-53
    low = 5e-324
    assert facts == {
        "a": ("bool", model.OptionsDomain(options=(False, True)), False),
        "b": ("choice", model.OptionsDomain(options=("p", "q")), "p"),
        "c": ("choice", model.OptionsDomain(options=("x", "y")), "y"),
        "d": ("int", model.IntDomain(low=3, high=6, step=3), 3),
        "e": ("float", model.FloatDomain(low=low, high=top), top / 2),
        "f": ("float", model.FloatDomain(low=0.0, high=1.0), 0.5),
        "g": ("float", model.FloatDomain(low=0.0, high=2.0), 1.0),
        "h": ("float", model.FloatDomain(low=0.1, high=0.3, step=0.1), 0.2),
        "i": ("int", model.IntDomain(low=2, high=4), 2),
    }


def test_what_is_inherited_or_reached_twice_is_taken_once() -> None:
    written = """
    schema A { tune depth: int(1..5) = 2  @variable strict: bool = true  me: list[A] }
    schema B extends A { more: A?  tune mode: bool }
    signature S { input a: A  input b: list[B] | map[A]  output c: B }
    """
    names = [one.name for one in space(written, "S").variables]
    assert names == [*USUAL[2:], "depth", "strict", "mode"]


def test_an_own_tune_settles_which_it_is() -> None:
    written = """
    schema A { tune depth: int(1..5)  tune shape: choice("x") }
    schema B { tune depth: int(1..9) }
    signature S { input a: A  output b: B  tune depth: int(1..2) = 2 }
    """
    found = {one.name: one for one in space(written, "S").variables}
    assert found["depth"].domain == model.IntDomain(low=1, high=2)
    assert "shape" in found


def test_schemas_of_other_files_are_reached() -> None:
    base = Source(
        Path("base.mlsig"),
        "base",
        f"# {'.' * 999}\nenum E {{ x, y }}\n"
        "schema A { tune deep: bool  tune hops: int(1..9) { when deep: (3..9) else: (1..2) }\n"
        "@variable e: E }",
    )
    heir = "from base import A\nsignature S { input a: A  output b: str }"
    analysis = analyse_all([base, Source(Path("heir.mlsig"), "heir", heir)], lambda _: None)
    module = analysis.modules["heir"]
    assert module is not None, [found.message for found in analysis]
    found = module.variables["S"]
    assert [one.name for one in found.variables][-3:] == ["deep", "hops", "e"]
    assert all(one.span.end <= len(heir) for one in found.variables)


def test_signatures_without_variables_of_their_own_share_one_class(built: Any) -> None:
    assert built.Plain.variables() is built.Other.variables()
    assert built.Plain.Variables is not built.Reasoned.Variables
    assert "reasoning" not in built.Reasoned.Variables.Config.__struct_fields__


def test_what_servers_refuse_is_not_legal(built: Any) -> None:
    variables = built.Plain.variables()
    assert variables.constraints == ()
    assert variables.complete({"model": "small"}).max_tokens == 512
    seen: set[str] = set()
    for config in variables.sample_batch(500, random.Random(0)):
        seen.add(config.model)
        assert config.max_tokens <= {"big": 4096, "small": 512, "brief": 2_000}[config.model]
        assert config.temperature <= (1.0 if config.provider == "b" else 2.0)
    assert seen == {"big", "small", "brief"}


def test_models_of_one_name_are_told_apart_by_their_providers() -> None:
    written = """
    provider p { protocol: openai  base_url: "http://p"  model "m" { max_output: 100 } }
    provider q { protocol: openai  base_url: "http://q"  model "m" { context_window: 2_000 } }
    signature S { input x: str  output y: str }
    """
    found = {one.name: one for one in space(written, "S").variables}["max_tokens"]
    assert (found.domain, found.default) == (model.IntDomain(low=1, high=2_000), 1_000)
    assert [(arm.text, arm.domain, arm.default) for arm in found.branches] == [
        ('provider == p and model == "m"', model.IntDomain(low=1, high=100), 100)
    ]
    assert found.depends == ("model", "provider")


def test_a_default_fits_its_model() -> None:
    provider = 'provider p { protocol: anthropic  base_url: "http://p"  model "m" { max_output: 100 } }'
    found = space(f"{provider} signature S {{ input q: str  output a: str }}", "S")
    values = {one.name: one for one in found.variables}
    assert values["max_tokens"].default == 100
    assert values["temperature"].domain == model.FloatDomain(low=0.0, high=1.0, step=0.01)
    assert values["temperature"].branches == ()


def test_a_program_has_its_space_and_what_that_leaves_out(built: Any) -> None:
    ask = built.Ask
    names = ask.variables().Config.__struct_fields__
    assert ask.variables() is type(ask).Variables
    assert names == (
        *("provider", "model", "tone", "hops", "adapter", "mood"),
        *("quotes", "level", "weight", "depth", "strict"),
        *("reasoning", "temperature", "top_p", "demos", "demo_layout"),
    )
    assert ask.variables().default().max_tokens == 600  # a composite, as the space computes it
    hints = {one.name: one.hints for one in ask.variables().variables}
    assert hints["model"] == {"priority": "cost", "rank": 2}


def test_a_program_whose_space_has_everything_searches_that(built: Any) -> None:
    assert built.Simple.variables() is built.Everything


def test_what_was_chosen_is_what_a_program_runs_with(built: Any) -> None:
    ask = built.Ask
    wider = ask.variables()
    config = wider.complete({"model": "small", "depth": 4, "strict": False, "top_p": 0.25, "mood": "calm"})
    settings = ask.settings(config)
    assert (settings.adapter, settings.max_tokens, settings.top_p) == ("JSON", 512, 0.25)
    assert {knob.name: knob.value for knob in settings.knobs} == {
        "hops": 2,
        "mood": "calm",
        "quotes": 1,
        "weight": 0.5,
        "depth": 4,
        "strict": False,
    }
    settings = ask.settings(wider.default())
    assert (settings.adapter, settings.max_tokens) == ("Chat", 600)
    assert "hops" not in {knob.name for knob in settings.knobs}


def test_what_the_space_leaves_out_stays_at_its_default(built: Any) -> None:
    settings = built.Ask.settings(built.Ask.space.default())
    assert settings.temperature is None
    assert {knob.name: knob.value for knob in settings.knobs} == {
        "quotes": 1,
        "weight": 0.5,
        "depth": 2,
        "strict": True,
    }


def test_parameters_that_are_left_out_or_not_active_are_at_their_defaults(built: Any) -> None:
    bare = built.Bare
    settings = bare.settings(bare.space.default())
    assert (settings.temperature, settings.instructions) == (0.25, None)
    assert {knob.name: knob.value for knob in settings.knobs} == {"mode": False, "tone": "a"}
    small = bare.variables().complete({"model": "small", "temperature": 0.5})
    assert (bare.settings(small).temperature, bare.settings(small).instructions) == (0.5, "Be brief.")


def test_a_configuration_says_what_inputs_are_that_nobody_gives(built: Any) -> None:
    ask = built.Ask
    config = ask.variables().complete({"level": 3})
    program = ask.with_candidate(Candidate(config))
    said = program.prompt(question="why?")[-1].content
    assert "friendly" in said
    assert "3" in said
    given = ask.given(built.Answer.Input(question="why?", level=2), config)
    assert given == built.Answer.Input(question="why?", tone=built.Tone.friendly, level=2)
    narrow = ask.given(built.Answer.Input(question="why?"), ask.space.default())
    assert narrow == built.Answer.Input(question="why?", tone=built.Tone.friendly, level=1)
    plain = built.Plain.Input(q="?")
    assert built.Simple.given(plain, built.Everything.default()) is plain


@pytest.mark.parametrize("wider", [True, False])
def test_candidates_of_either_space_are_read_back(built: Any, wider: bool) -> None:
    ask = built.Ask
    searched = ask.variables() if wider else ask.space
    for config in searched.sample_batch(20, random.Random(1)):
        candidate = Candidate(config)
        assert Candidate.from_dict(ask, candidate.to_dict()) == candidate
        ask.settings(config)


PIPELINE = """
schema Passage { text: str  tune k: int(1..9) = 3 }
provider p { protocol: openai  base_url: "http://p"  model "m" {}  model "n" {} }
signature Plan { input question: str  output query: str  tune deep: bool }
signature Answer { input question: str  input passages: list[Passage]  output answer: str }
space Narrow {
  var provider: provider(p) = p
  var model: model(provider) { when strict: ("n") }
  var strict: bool = true
  composite budget: float = 2.0 if strict else 1.0
  constraint c: budget > 1.0 or not strict  "no"
  prefer strict
}
program QA { signature: Answer  space: Narrow }
tool search(query: str) -> list[Passage] = python("corpus:search")
pipeline Inner(q: str) -> str {
  plan = Plan(question=q)
  return plan.query
}
pipeline Research(question: str) -> Answer {
  inner = Inner(q=question)
  docs  = [search(query=x) for x in [inner]]
  return QA(question=question, passages=docs[0])
}
"""


def test_a_pipeline_has_the_variables_of_every_step() -> None:
    found = space(PIPELINE, "Research")
    usual = [f"inner.plan.{name}" for name in ("deep", *USUAL)]
    wider = ["provider", "model", "strict", "k", *USUAL[2:]]
    assert list(found.declared) == [*usual, *(f"return.{name}" for name in wider)]
    assert {one.name for one in found.variables} == set(found.declared)
    by_name = {one.name: one for one in found.variables}
    chosen = by_name["return.model"]
    assert chosen.depends == ("return.strict",)
    assert isinstance(chosen.branches[0].condition, model.VariableRef)
    assert chosen.branches[0].condition.name == "return.strict"
    assert [one.name for one in found.composites] == ["return.budget"]
    assert found.composites[0].depends == ("return.strict",)
    assert "return.c" in {one.name for one in found.constraints}
    assert len(found.preferences) == 1


def test_the_steps_of_other_files_have_variables_too() -> None:
    base = Source(
        Path("base.mlsig"),
        "base",
        PIPELINE.replace("pipeline Inner", "pipeline Deep").replace("Inner(", "Deep("),
    )
    heir = (
        "from base import QA, Research as Old, Answer\nfrom base import Passage\n"
        "pipeline New(q: str, ps: list[Passage]) -> Answer {\n"
        "  old = Old(question=q)\n  return QA(question=q, passages=ps)\n}"
    )
    analysis = analyse_all([base, Source(Path("heir.mlsig"), "heir", heir)], lambda _: None)
    module = analysis.modules["heir"]
    assert module is not None, [found.message for found in analysis]
    names = module.variables["New"].declared
    assert "old.inner.plan.deep" in names
    assert "old.return.k" in names
    assert "return.k" in names


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "schema A { @variable temperature: float(0..1) }",
            "a field called `temperature` cannot be varied: that name sets a parameter of the call",
        ),
        (
            "schema A { @variable digest: bool }",
            "a field that varies cannot be called `digest`, which is a method of every configuration",
        ),
        (
            "signature S { @variable input x: bool  output a: str }",
            "`x` cannot be varied: it has no default, so every caller says what it is",
        ),
    ],
)
def test_a_field_that_cannot_vary(written: str, message: str) -> None:
    _, diagnostics = analyse(Source(Path("a.mlsig"), "a", written))
    assert [found.message for found in diagnostics] == [message]


def test_the_model_that_is_written_down_has_the_spaces_of_all_three() -> None:
    source = Source(Path("a.mlsig"), "a", PIPELINE.replace("var strict", '@hint(priority="cost") var strict'))
    node, _ = analyse(source)
    assert node is not None
    said = json.loads(text(document([node], ["a"], lambda _: source)))
    (found,) = [each for each in said["modules"] if each["name"] == "a"]
    spaces = found["variables"]
    assert list(spaces) == ["Plan", "Answer", "QA", "Inner", "Research"]
    hints = {each["name"]: each["hints"] for each in spaces["QA"]["variables"]}
    assert hints["strict"] == {"priority": "cost"}
    assert "inner.plan.deep" in spaces["Research"]["declared"]


STUB = 'provider p { protocol: openai  base_url: "http://p"  model "m" {} }'


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            'var tone: choice("a", "c")',
            "the space of program `P` lets `tone` be what the input cannot be",
        ),
        ("var tone: bool", "the space of program `P` lets `tone` be what the input cannot be"),
        ("var level: int(1..9)", "the space of program `P` lets `level` be what the input cannot be"),
        (
            "var n: int  composite max_tokens: float = n / 2",
            "`max_tokens` sets a parameter of the call, and cannot be a composite of the type `float`",
        ),
        (
            'composite adapter: str = "Chat"',
            "`adapter` sets a parameter of the call, and cannot be a composite of the type `str`",
        ),
        ('var n: int  composite instructions: str = "a" if n > 9 else "b"', None),
        ("var share: float(0.0..1.0)", "the space of program `P` lets `share` be what the input cannot be"),
        (
            "var share: float(0.1..0.4, step=0.1)",
            "the space of program `P` lets `share` be what the input cannot be",
        ),
        ("var share: float(0.2..0.8, step=0.6) = 0.2", None),
        ('var tone: choice("b")  var level: int(2..3)', None),
    ],
)
def test_a_space_says_of_a_call_and_its_inputs_what_they_can_be(written: str, message: str | None) -> None:
    program = f"""
    {STUB}
    signature S {{
      @variable input tone: "a" | "b" = "a"
      @variable input level: int(1..4) = 1
      @variable input share: float(0.0..1.0, multiple_of=0.2) = 0.2
      output answer: str
    }}
    space T {{ var provider: provider = p  var model: model(provider)  {written} }}
    program P {{ signature: S  space: T }}
    """
    _, diagnostics = analyse(Source(Path("a.mlsig"), "a", program))
    assert [found.message for found in diagnostics] == ([message] if message else [])
