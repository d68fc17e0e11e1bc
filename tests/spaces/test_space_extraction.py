"""Variables that the compiler derives for a signature: from source to generated class."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.front import analyse
from mlsig_compiler.source import Source
from mlsig_compiler.variables import extract

from spaces.building import NOWHERE, branch, built, compare, options, variable

OPENAI = 'provider openai { protocol: openai base_url: "http://o" model "gpt-4" { } model "gpt-4o" { } }'
GROQ = 'provider groq { protocol: openai base_url: "http://g" model "llama" { } }'
EMPTY = 'provider empty { protocol: openai base_url: "http://e" }'


def variables(body: str, *providers: str) -> model.Space:
    text = f"signature Answer {{ input question: str output answer: str {body} }}\n" + "\n".join(providers)
    module, diagnostics = analyse(Source(Path("a.mlsig"), "a", text))
    assert module is not None, [found.message for found in diagnostics]
    return module.variables["Answer"]


def names(space: model.Space) -> list[str]:
    return [v.name for v in space.variables]


def by_name(space: model.Space, name: str) -> model.Variable:
    return next(v for v in space.variables if v.name == name)


STANDARD = ["adapter", "reasoning", "temperature", "top_p", "max_tokens", "demos", "demo_layout"]


def test_without_providers_there_are_the_standard_variables() -> None:
    space = variables("")
    assert names(space) == STANDARD
    assert space.declared == tuple(STANDARD)
    assert space.name == "Answer.Variables"


def test_the_numbers_of_the_standard_variables() -> None:
    space = variables("")
    facts = {v.name: (v.kind, v.domain, v.default) for v in space.variables}
    assert facts["temperature"] == ("float", model.FloatDomain(low=0.0, high=2.0, step=0.01), 0.7)
    assert facts["top_p"] == ("float", model.FloatDomain(low=0.0, high=1.0, step=0.01), 0.9)
    assert facts["max_tokens"] == ("int", model.IntDomain(low=1, high=4096), 1000)
    assert facts["adapter"] == ("module", options("Chat", "JSON"), "Chat")
    assert facts["reasoning"] == ("module", options("Predict", "ChainOfThought"), "Predict")
    assert all(v.description for v in space.variables)


def test_an_output_called_reasoning_leaves_no_room_for_the_variable() -> None:
    assert "reasoning" not in names(variables("output reasoning: str"))
    assert "temperature" in names(variables("output temperature: str"))


def test_one_provider_gives_its_models() -> None:
    space = variables("", OPENAI, EMPTY)
    assert names(space)[:2] == ["provider", "model"]
    assert by_name(space, "provider").domain == options("openai")
    chosen = by_name(space, "model")
    assert (chosen.domain, chosen.default, chosen.branches) == (options("gpt-4", "gpt-4o"), "gpt-4", ())


def test_each_provider_gives_a_branch_of_models() -> None:
    space = variables("", OPENAI, GROQ)
    chosen = by_name(space, "model")
    assert chosen.depends == ("provider",)
    assert chosen.domain == options("gpt-4", "gpt-4o", "llama")
    assert [(b.text, b.domain, b.default) for b in chosen.branches] == [
        ("provider == openai", options("gpt-4", "gpt-4o"), "gpt-4"),
        ("provider == groq", options("llama"), "llama"),
    ]
    generated = built(model.Space(name="V", variables=space.variables, declared=space.declared, span=NOWHERE))
    config = generated.default()
    assert (config.provider, config.model) == ("openai", "gpt-4")
    assert {c.model for c in generated.sample_batch(50, random.Random(0)) if c.provider == "groq"} == {
        "llama"
    }
    (issue,) = generated.check({**config.to_dict(), "model": "llama"})
    assert issue.message == (
        '`model` is "llama", but must be "gpt-4" or "gpt-4o" when provider == openai; '
        '"llama" is only allowed when provider == groq'
    )


def test_providers_without_models_cannot_be_chosen() -> None:
    assert names(variables("", EMPTY)) == STANDARD


def test_a_tune_takes_the_place_of_a_standard_variable() -> None:
    space = variables('tune temperature: float(0.0..1.0) = 0.25  tune tone: choice("a", "b") = "a"', OPENAI)
    assert by_name(space, "temperature").domain == model.FloatDomain(low=0.0, high=1.0)
    assert names(space).count("temperature") == 1
    assert space.declared[:4] == ("temperature", "tone", "provider", "model")
    assert set(names(space)) == set(space.declared)


def signature(*tunes: model.Variable) -> model.Signature:
    return model.Signature(name="S", inputs=(), outputs=(), instructions="", tunes=tunes, span=NOWHERE)


def provider(name: str, *models: str) -> model.Provider:
    known = tuple(model.ProviderModel(name=each, span=NOWHERE) for each in models)
    return model.Provider(name=name, protocol="openai", base_url="http://x", models=known, span=NOWHERE)


def test_models_follow_a_tuned_provider() -> None:
    tuned = variable("provider", "provider", options("b"), "b")
    space = extract(signature(tuned), [provider("a", "m1"), provider("b", "m2", "m3")])
    assert by_name(space, "provider") == tuned
    assert by_name(space, "model").domain == options("m2", "m3")


def test_variables_stand_after_what_they_depend_on() -> None:
    first = variable(
        "x",
        "choice",
        options("a"),
        "a",
        branch(compare("model", "==", "m"), options("a"), "a"),
        depends=("model",),
    )
    space = extract(signature(first), [provider("a", "m"), provider("b", "n")])
    order = names(space)
    assert order.index("provider") < order.index("model") < order.index("x")
    assert space.declared[0] == "x"


def test_a_circle_is_a_bug_of_the_compiler() -> None:
    with pytest.raises(InternalError, match="circle"):
        extract(signature(variable("x", "choice", options("a"), "a", depends=("x",))), [])
