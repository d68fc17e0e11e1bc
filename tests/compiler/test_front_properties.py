"""The front end on random input: it never fails, and it reads back what a model says."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from mlsig_compiler import model, standard
from mlsig_compiler.codes import CODES
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.files import project
from mlsig_compiler.findings.render import render
from mlsig_compiler.front import analyse, analyse_all
from mlsig_compiler.ir import Document, back, document, text
from mlsig_compiler.parse import recovered
from mlsig_compiler.source import Source
from nightly import SCALE

from compiler.printing import bare, printed
from compiler.random_models.whole import files, machines, records, stores, tunings
from compiler.reading import source, tree

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = (ROOT / "examples" / "sentiment" / "sentiment.mlsig").read_text(encoding="utf-8")
TOKENS = [
    *sorted(set(re.findall(r'"[^"\n]*"|\w+|[^\w\s]', SAMPLE))),
    *(
        '"""',
        '"',
        "..",
        "->",
        "==",
        "not",
        "and",
        "or",
        "in",
        "if",
        "else",
        "for",
        "null",
        "true",
        "\n",
        "#",
        "@",
    ),
    *(
        "tool",
        "pipeline",
        "resource",
        "from",
        "import",
        "type",
        "schema",
        "extends",
        "tune",
        "example",
        "check",
    ),
    *(
        "include",
        "override",
        "composite",
        "prefer",
        "forbid",
        "transform",
        "list[",
        "map[",
        "?",
        "|",
        "1e999",
        "é",
    ),
]


def survives(text: str) -> None:
    """Analyse a text, and look at what is said about it."""
    found, diagnostics = analyse(source(text))
    assert (found is None) == (diagnostics.errors > 0)
    for finding in diagnostics:
        assert finding.code in CODES
        assert 0 <= finding.span.start <= finding.span.end <= len(text)
        assert all(0 <= label.span.start <= label.span.end <= len(text) for label in finding.labels)
        assert finding.message == finding.message.strip()
        assert "\n" not in finding.message
    assert render(diagnostics).count("error[") >= diagnostics.errors


@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\x00" * 50)
def test_any_bytes(tmp_path_factory, data: bytes) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.getbasetemp() / "any.mlsig"
    path.write_bytes(data)
    found = project.Found()
    read = project.read(path, "any", found)
    assert (read is None) == bool(found.problems)
    if read is not None:
        survives(read.text)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    survives(text)


@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_any_words(words: list[str]) -> None:
    survives(" ".join(words))


@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_a_damaged_file(rng: random.Random, damages: int) -> None:
    words = re.findall(r"\s+|\w+|.", SAMPLE)
    for _ in range(damages):
        at = rng.randrange(len(words))
        words[at : at + rng.choice([0, 1, 1, 1, 3, 40])] = rng.choice(
            [[], [rng.choice(TOKENS)], [words[at]] * 2]
        )
    survives("".join(words))


@given(st.integers(0, len(SAMPLE)), st.integers(0, len(SAMPLE)))
def test_part_of_a_file(one: int, other: int) -> None:
    survives(SAMPLE[min(one, other) : max(one, other)])


# What is known only once a file is read: examples and defaults that break a check, keys that would be stored,
# two variables of one name in a program, what no configuration of a space can have, what has no value there.
UNLUCKY = {"MLS0428", "MLS0430", "MLS0659", "MLS0512", "MLS0522", "MLS0523", "MLS0524", "MLS0525", "MLS0526"}
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
LIBRARY = [found.module for name in standard.names() if (found := standard.module(name))]
chances = st.randoms(use_true_random=False)


def read(
    modules: list[model.Module], chance: random.Random
) -> list[tuple[model.Module, model.Module, Source]]:
    """Print models and read them: return each with what was read and its text."""
    texts = [printed(module, [*LIBRARY, *modules], chance) for module in modules]
    sources = [
        Source(Path(f"{module.name}.mlsig"), module.name, text)
        for module, text in zip(modules, texts, strict=True)
    ]
    analysis = analyse_all(sources, lambda _: None)
    codes = {found.code for found in analysis}
    assume(not codes or codes - UNLUCKY)
    assert not list(analysis), "\n".join(texts)
    found = [analysis.modules[module.name] for module in modules]
    return [(one, two, three) for one, two, three in zip(modules, found, sources, strict=True) if two]


def by_name(nodes: Iterable[model.Import | model.Declaration]) -> list[tuple[str, str]]:
    return sorted((node.name, repr(bare(node))) for node in nodes)


def same(modules: list[model.Module], chance: random.Random) -> None:
    """Assert that models are what is read of their text, and what is read of their document."""
    every = read(modules, chance)
    assert len(every) == len(modules)
    for made, found, written in every:
        # Printing puts them in any order.
        assert by_name(found.imports) == by_name(made.imports), written.text
        assert by_name(found.declarations) == by_name(made.declarations), written.text
    sources = {found.name: written for _, found, written in every}
    said = text(document([found for _, found, _ in every], sources, sources.get))
    for again, (_, found, written) in zip(
        back.modules(Document.model_validate_json(said)), every, strict=True
    ):
        assert bare(again) == bare(found), written.text


@pytest.mark.parametrize("some", [records, tunings, machines, stores], ids=lambda some: some.__name__)
def test_a_printed_model_is_read_back(some: Callable[[], st.SearchStrategy[model.Module]]) -> None:
    @given(some(), chances)
    @settings(max_examples=20 * SCALE, suppress_health_check=SLOW)
    def holds(module: model.Module, chance: random.Random) -> None:
        same([module], chance)

    holds()


@given(files(), chances)
@settings(max_examples=12 * SCALE, suppress_health_check=SLOW)
def test_printed_files_that_import_each_other_are_read_back(
    modules: list[model.Module], chance: random.Random
) -> None:
    same(modules, chance)


@given(st.one_of(records(), tunings(), machines(), stores()), chances)
@settings(max_examples=20 * SCALE, suppress_health_check=SLOW)
def test_the_careful_way_reads_any_model_as_the_fast_way_does(
    module: model.Module, chance: random.Random
) -> None:
    written = printed(module, chance=chance)
    diagnostics = Diagnostics(source(written))
    assert recovered(written, diagnostics) == tree(written)
    assert len(diagnostics) == 0
