"""The front end on random input: it never fails, and it reads back what a model says."""

from __future__ import annotations

import random
import re
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mlsig_compiler import model, project
from mlsig_compiler.codes import CODES
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import analyse
from mlsig_compiler.parse import recovered
from mlsig_compiler.render import render

from compiler.models import modules
from compiler.printing import bare, printed
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


@given(modules())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_printed_model_is_read_back(module: model.Module) -> None:
    text = printed(module)
    found, diagnostics = analyse(source(text))
    assert not list(diagnostics), text
    assert found is not None
    for expected, read in zip(module.declarations, found.declarations, strict=True):
        assert bare(read) == bare(expected), text


@given(modules())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_careful_way_reads_any_model_as_the_fast_way_does(module: model.Module) -> None:
    text = printed(module)
    diagnostics = Diagnostics(source(text))
    assert recovered(text, diagnostics) == tree(text)
    assert len(diagnostics) == 0
