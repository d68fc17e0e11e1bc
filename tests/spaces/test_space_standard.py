"""The spaces of the library, compiled and run: their figures, and what they draw."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlsig import ValidationError
from mlsig_compiler import model, standard

EXPECTED = Path(__file__).resolve().parent.parent / "golden" / "standard" / "expected.py"


@pytest.fixture(scope="module")
def library() -> Iterator[Any]:
    """What the golden case `standard` compiles to."""
    spec = importlib.util.spec_from_file_location("golden_standard", EXPECTED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["golden_standard"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["golden_standard"]


MODELS = {
    node.name: {each.name: each for each in node.models}
    for node in standard.declarations("std.providers")
    if isinstance(node, model.Provider)
}


def about(space: Any, name: str) -> Any:
    return next(each for each in space.variables if each.name == name)


def test_the_standard_space_is_legal_by_default(library: Any) -> None:
    default = library.Usual.default()
    assert library.Usual.legal(default)
    assert default.to_dict() == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "temperature": 0.7,
        "max_tokens": 1_000,
        "top_p": 0.9,
        "reasoning": "Predict",
        "adapter": "Chat",
    }
    assert library.Usual.warnings(default) == []


def test_it_draws_every_provider_and_every_model_within_what_they_can_do(library: Any) -> None:
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for config in library.Usual.sample_batch(5_000, random.Random(0)):
        seen[config.provider].add(config.model)
        known = MODELS[config.provider][config.model]
        assert known.max_output is not None
        assert known.context_window is not None
        assert config.max_tokens <= min(known.max_output, known.context_window)
        low, high = {"anthropic": (0.0, 1.0), "groq": (0.1, 0.9)}.get(config.provider, (0.0, 2.0))
        assert low <= config.temperature <= high
    assert seen == {name: set(models) for name, models in MODELS.items()}


def test_an_answer_that_no_window_holds_is_refused(library: Any) -> None:
    narrow = library.Tuning.default().to_dict() | {
        "provider": "openai",
        "model": "gpt-4",
        "temperature": 1.0,
        "max_tokens": 4_096,
    }
    del narrow["budget"]
    assert library.Tuning.validate(narrow).budget == 4_096.0
    usual = library.Usual.default().to_dict() | {"model": "gpt-4-turbo"}
    assert library.Usual.validate(usual | {"max_tokens": 4_096}).max_tokens == 4_096
    with pytest.raises(ValidationError, match="max_tokens"):
        library.Usual.validate(usual | {"max_tokens": 4_097})


def test_a_temperature_is_what_its_provider_takes(library: Any) -> None:
    claude = {"provider": "anthropic", "model": "claude-3-haiku-20240307"}
    assert library.Usual.complete(claude).temperature == 0.7
    assert library.Usual.complete({"provider": "groq"}).temperature == 0.5
    with pytest.raises(ValidationError, match="provider == anthropic"):
        library.Usual.complete(claude | {"temperature": 1.2})


def test_figures_of_sampling(library: Any) -> None:
    facts = {
        each.name: (each.domain.low, each.domain.high, each.default) for each in library.Drawn.variables[:-1]
    }
    assert facts == {
        "temperature": (0.0, 2.0, 0.7),
        "top_p": (0.0, 1.0, 0.9),
        "max_tokens": (1, 4_096, 1_000),
        "frequency_penalty": (-2.0, 2.0, 0.0),
        "presence_penalty": (-2.0, 2.0, 0.0),
    }
    (wish,) = library.Drawn.warnings(library.Drawn.complete({"temperature": 1.6, "top_p": 0.2}))
    assert wish.message.startswith("a high temperature with a low top_p reads poorly")


def test_priors_are_hints(library: Any) -> None:
    for space in (library.Usual, library.Mine, library.Bundles):
        assert about(space, "provider").hints == {
            "cost_openai": 1.0,
            "cost_anthropic": 1.2,
            "cost_groq": 0.3,
            "cost_google": 0.8,
            "performance_openai": 0.9,
            "performance_anthropic": 0.95,
            "performance_groq": 0.7,
            "performance_google": 0.85,
        }
    tokens = {"Predict": 1.0, "ChainOfThought": 2.5, "ProgramOfThought": 3.0, "ReAct": 4.0}
    hints = about(library.Drawn, "reasoning").hints
    assert hints == {f"tokens_{way}": factor for way, factor in tokens.items()}
    for way, factor in tokens.items():
        assert library.Drawn.complete({"reasoning": way}).token_factor == factor
    assert about(library.Tuning, "demos").hints == {"priority": "cost_performance"}


def test_a_bundle_comes_and_goes_with_its_provider(library: Any) -> None:
    seen: set[tuple[str, bool, bool]] = set()
    for config in library.Bundles.sample_batch(500, random.Random(0)):
        penalties = config.frequency_penalty is not None
        assert penalties == (config.presence_penalty is not None)
        seen.add((config.provider, penalties, config.structured is not None))
    assert seen == {
        ("openai", True, True),
        ("groq", False, True),
        ("local", False, True),
        ("google", False, False),
        ("anthropic", False, False),
    }
    with pytest.raises(ValidationError, match="frequency_penalty"):
        library.Bundles.complete({"provider": "groq", "frequency_penalty": 0.5})


def test_an_heir_narrows_it_and_a_program_runs_with_it(library: Any) -> None:
    assert {config.provider for config in library.Mine.sample_batch(200, random.Random(0))} == {
        "openai",
        "groq",
        "local",
    }
    ask = library.Ask
    assert set(ask.variables().Config.__struct_fields__) == {
        *library.Mine.Config.__struct_fields__,
        "demos",
        "demo_layout",
    }
    settings = ask.settings(ask.variables().complete({"provider": "groq", "reasoning": "ChainOfThought"}))
    assert (settings.provider, settings.temperature, settings.reasoning, settings.demos) == (
        "groq",
        0.5,
        "ChainOfThought",
        4,
    )
    assert settings.knobs == ()


def test_the_page_of_the_language_compiles_to_a_space_that_draws(library: Any) -> None:
    active = 0
    for config in library.Tuning.sample_batch(2_000, random.Random(0)):
        assert library.Tuning.legal(config)
        assert (config.max_hops is not None) == (config.reasoning == "ReAct")
        active += config.max_hops is not None
        if config.provider == "groq":
            assert 0.1 <= config.temperature <= 0.9
        elif config.model != "gpt-4":
            assert 0.5 <= config.temperature <= 0.8
    assert 400 < active < 600
