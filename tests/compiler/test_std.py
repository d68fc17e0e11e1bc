"""The library that ships with the compiler: no findings, all described, with the numbers of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mlsig_compiler import model, standard
from mlsig_compiler.configurations import configuration
from mlsig_compiler.front import analyse, analyse_all
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

from compiler.reading import messages, module, space

EXAMPLE = """
from std.sampling import top_p
from std.providers import openai, anthropic, groq

space Tuning {
  include top_p                                                 # a variable declared elsewhere

  var provider: provider(openai, anthropic, groq) = groq        "who serves the model"
  var model: model(provider)                                    # only models of the chosen provider
  var temperature: float(0.0..2.0, step=0.01) = 0.7 {           # conditional domain: the first match wins
    when provider == openai and model == "gpt-4": (0.0..2.0) = 0.7
    when provider == groq: (0.1..0.9) = 0.5
    else: (0.5..0.8) = 0.7
  }
  var max_tokens: int(16..4096, step=16) = 1_024
  var learning_rate: float(1e-5..1e-1, log) = 1e-3
  var style: choice("formal", "casual", weights=[0.7, 0.3]) = "formal"
  var adapter: module(JSON, Markdown, Chat) = JSON              # classes that satisfy a Protocol
  var reasoning: module(Predict, ChainOfThought, ProgramOfThought, ReAct) = Predict

  when reasoning == ReAct {                                     # activation group: absent when not active
    var max_hops: int(1..8) = 3
  }

  composite budget: float = max_tokens * (2.5 if reasoning == ChainOfThought else 1.0)

  constraint window: max_tokens <= model.context_window         "the answer must fit the model's window"
  forbid provider == anthropic and temperature > 1.0
  prefer not (temperature > 1.5 and top_p < 0.3)   "high temperature with a low top_p reads poorly"

  @hint(priority="cost_performance")
  var demos: int(0..8) = 4
}
"""


def library(name: str) -> model.Module:
    source = standard.source(name)
    assert source is not None
    analysis = analyse_all([source], lambda _: None)
    assert [f"{found.code} {found.message}" for found in analysis] == []
    found = analysis.modules[name]
    assert found is not None
    return found


def declared(name: str, wanted: str) -> model.Declaration:
    return next(node for node in library(name).declarations if node.name == wanted)


def providers() -> Iterator[model.Provider]:
    for node in library("std.providers").declarations:
        if isinstance(node, model.Provider):
            yield node


@pytest.mark.parametrize("name", standard.names())
def test_a_module_of_the_library_has_no_findings_and_describes_everything(name: str) -> None:
    for node in library(name).declarations:
        match node:
            case model.Fragment():
                assert node.variable.description
            case model.Space():
                assert all(each.description for each in (*node.variables, *node.composites))
                assert all(rule.message for rule in (*node.constraints, *node.preferences))
            case model.Provider():
                assert node.description
            case _:
                continue


def test_the_modules_that_the_plan_names_are_there() -> None:
    wanted = {"std.sampling", "std.providers", "std.reasoning", "std.adapters", "std.standard"}
    assert wanted <= set(standard.names())


def test_the_space_of_the_language_page_checks_clean() -> None:
    found = space(EXAMPLE)
    assert [each.name for each in found.composites] == ["budget"]
    names = ["top_p", "provider", "model", "temperature", "max_tokens", "learning_rate", "style", "adapter"]
    assert list(found.declared) == [*names, "reasoning", "max_hops", "demos"]
    values = configuration(found, {each.name: each for each in providers()})
    assert (values["provider"], values["temperature"], values["max_hops"]) == ("groq", 0.5, None)
    assert values["budget"] == 1_024


def test_sampling_has_the_ranges_and_defaults_of_the_plan() -> None:
    sampling = declared("std.sampling", "Sampling")
    assert isinstance(sampling, model.Space)
    facts: dict[str, tuple[float, float, model.Scalar]] = {}
    for each in sampling.variables:
        assert not isinstance(each.domain, model.OptionsDomain)
        facts[each.name] = (each.domain.low, each.domain.high, each.default)
    assert facts == {
        "temperature": (0.0, 2.0, 0.7),
        "top_p": (0.0, 1.0, 0.9),
        "max_tokens": (1, 4_096, 1_000),
        "frequency_penalty": (-2.0, 2.0, 0.0),
        "presence_penalty": (-2.0, 2.0, 0.0),
    }


def test_the_providers_are_whole() -> None:
    found = {each.name: each for each in providers()}
    assert list(found) == ["openai", "anthropic", "groq", "google", "local"]
    for provider in found.values():
        assert isinstance(provider.base_url, model.EnvRef)
        assert provider.base_url.fallback
        assert len(provider.models) >= 3
        for each in provider.models:
            assert each.context_window is not None
            assert each.max_output is not None
            assert "streaming" in each.supports
            assert (each.output_cost >= each.input_cost > 0) == (provider.name != "local")
    assert found["local"].key is None
    assert all(found[name].key for name in found if name != "local")
    assert "gpt-4" in {each.name for each in found["openai"].models}


def test_the_standard_space_is_legal_whoever_serves() -> None:
    standard_space = declared("std.standard", "Standard")
    assert isinstance(standard_space, model.Space)
    names = {"provider", "model", "temperature", "max_tokens", "top_p", "reasoning", "adapter"}
    assert set(standard_space.declared) == names
    for provider in providers():
        text = f"""
        from std.standard import Standard
        from std.providers import {provider.name}
        signature S {{ input q: str  output a: str }}
        space T extends Standard {{ override var provider: provider({provider.name}) }}
        program P {{ signature: S  space: T }}
        """
        found = next(node for node in module(text).declarations if isinstance(node, model.Space))
        models = next(each.domain for each in found.variables if each.name == "model")
        assert isinstance(models, model.OptionsDomain)
        assert models.options == tuple(each.name for each in provider.models)


def test_an_own_provider_takes_part_in_the_standard_space() -> None:
    text = """
    from std.standard import Standard
    from std.providers import groq
    provider mine { protocol: openai  base_url: "http://h/v1"  model "m" { max_output: 10 } }
    space T extends Standard { override var provider: provider(groq, mine) = mine }
    """
    assert messages(text) == [
        "MLS0512 the default configuration of `T` breaks a rule that it takes from another space"
    ]
    assert messages(text.replace("10", "2_000")) == []


def test_tokens_of_reasoning_are_guessed() -> None:
    reasoning = declared("std.reasoning", "Reasoning")
    assert isinstance(reasoning, model.Space)
    assert configuration(reasoning, {}) == {"reasoning": "Predict", "token_factor": 1.0}


def test_variables_of_signatures_are_still_those_that_can_be_generated() -> None:
    text = "signature S { input q: str  output a: str }"
    found, _ = analyse(Source(Path("s.mlsig"), "s", text))
    assert found is not None
    assert list(found.variables["S"].declared) == [
        "adapter", "reasoning", "temperature", "top_p", "max_tokens", "demos", "demo_layout",
    ]  # fmt: skip


def test_every_protocol_can_be_generated() -> None:
    text = """
    from std.providers import anthropic, google, groq
    provider mine { protocol: openai_responses  base_url: "http://127.0.0.1:1/v1"  model "m" {} }
    signature S { input q: str  output a: str }
    space T { var provider: provider(anthropic, google, groq, mine)  var model: model(provider) }
    program P { signature: S  space: T }
    """
    compiled = compile_source(Source(Path("s.mlsig"), "s", text))
    assert not list(compiled.diagnostics)
    assert compiled.text is not None
    for protocol in ("openai", "openai_responses", "anthropic", "google"):
        assert f'protocol="{protocol}"' in compiled.text
