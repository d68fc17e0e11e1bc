"""Spaces of a thousand variables and five thousand rules, of shapes that no diagram can hold: the work is
bounded by counts, what was not proved is said, and what is proved stays true.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig_compiler.exploring.facts import facts
from mlsig_compiler.front import analyse
from mlsig_compiler.model import Space
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.proofs import cutting, diagrams, effort, tries
from mlsig_compiler.proofs.ordering import ordered
from mlsig_compiler.proofs.study import Study, studied
from mlsig_compiler.source import Source
from reference import spaces as reference
from reference.imported import imported

from spaces.building import built
from spaces.strategies import RUNS, spaces
from spaces.test_space_generated import finite

VARIABLES = 1_000
RULES = 5_000


def pairs(rng: random.Random, n: int) -> str:
    one, other = rng.sample(range(n), 2)
    return f"forbid v{one} == {rng.randint(1, 4)} and v{other} == {rng.randint(1, 4)}"


def triples(rng: random.Random, n: int) -> str:
    a, b, c = rng.sample(range(n), 3)
    return f"constraint v{a} + v{b} + v{c} <= {rng.randint(8, 11)}"


def star(rng: random.Random, n: int) -> str:
    return f"forbid v0 == {rng.randint(1, 4)} and v{rng.randint(1, n - 1)} == {rng.randint(1, 4)}"


def sums(rng: random.Random, n: int) -> str:
    names = " + ".join(f"v{k}" for k in rng.sample(range(n), 12))
    return f"constraint {names} <= {rng.randint(44, 47)}"


def text(rule: Callable[[random.Random, int], str], variables: int, rules: int) -> str:
    rng = random.Random(1)
    lines = [f"  var v{k}: int(0..4) = 0" for k in range(variables)]
    for k in range(rules):
        lines.append("  " + rule(rng, variables).replace("constraint", f"constraint c{k}:"))
    return "\n".join(["space Large {", *lines, "}", ""])


def source(rule: Callable[[random.Random, int], str], variables: int, rules: int) -> Source:
    return Source(Path("large.mlsig"), "large", text(rule, variables, rules))


@pytest.mark.no_cover  # small ones reach the same lines
def test_a_thousand_variables_and_five_thousand_rules_compile_and_say_what_is_open() -> None:
    compiled = compile_source(source(pairs, VARIABLES, RULES))
    assert [found.code for found in compiled.diagnostics] == []
    assert compiled.text is not None
    assert compiled.text.count("spaces.Constraint(") == RULES


@pytest.mark.parametrize("rule", [pairs, triples, star, sums])
def test_a_study_does_bounded_work(rule: Callable[[random.Random, int], str]) -> None:
    module, _ = analyse(source(rule, 200, 1_000))
    assert module is not None
    (space,) = module.declarations
    assert isinstance(space, Space)
    study = studied(space)
    assert study is studied(space), "what was studied for the check is not studied again"
    (component,) = study.components
    assert 0 <= component.worked.effort.left <= effort.QUESTIONS
    assert 0 <= study.cutting.effort.left <= effort.TABLES
    assert component.diagram is not None
    assert component.diagram.edges <= diagrams.WIDEST
    said = facts(space, {})
    if rule is star:  # one variable stands in all rules: nothing else has to be remembered
        assert study.exact
        assert said.open == ()
        return
    assert component.tested
    assert study.satisfiable is None
    assert (study.cardinality, study.mass) == (None, None)
    assert len(said.open) == len(component.tested)


def chained(rng: random.Random, n: int, k: int) -> str:
    return f"forbid v{k % (n - 1)} == {rng.randint(1, 4)} and v{k % (n - 1) + 1} == {rng.randint(1, 4)}"


def test_a_configuration_of_a_hundred_variables_is_validated_in_a_few_calls() -> None:
    rng, number = random.Random(1), iter(range(500))
    compiled = compile_source(source(lambda _, n: chained(rng, n, next(number)), 100, 500))
    made = imported("a_hundred_variables", compiled.text or "").Large
    values = made.sample(random.Random(3)).to_dict()
    assert made.validate(values).to_dict() == values
    calls = lines = 0

    def counted(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal calls, lines
        calls += event == "call"
        lines += event == "line"
        return counted

    before = sys.gettrace()
    sys.settrace(counted)
    try:
        made.validate(values)
    finally:
        sys.settrace(before)
    assert calls <= 5  # `validate`, `read` and `legal`: nothing is called for each variable or rule
    assert lines <= 100 + 100 + 500 + 20  # each is fetched and looked at once


@pytest.fixture
def starved() -> Iterator[None]:
    before = cutting.TABLES, tries.QUESTIONS
    yield
    cutting.TABLES, tries.QUESTIONS = before


@RUNS
@given(space=spaces(), tables=st.sampled_from([0, 4, 40]), questions=st.sampled_from([0, 8, 80]))
def test_what_is_proved_with_too_little_work_is_true(
    starved: None, space: Space, tables: int, questions: int
) -> None:
    cutting.TABLES, tries.QUESTIONS = tables, questions
    if not finite(space):
        return
    kept = [
        values
        for values, _ in reference.everything(space)
        if all(reference.evaluate(rule.condition, values) for rule in space.constraints)
    ]
    study = Study(space)
    assert study.satisfiable in (bool(kept), None)
    assert study.cardinality in (len(kept), None)
    for component in study.components:
        assert component.diagram is None or component.diagram.legal or not kept
    if not kept:
        return
    made, rng = built(space), random.Random(1)
    for _ in range(5):
        made.validate(made.sample(rng).to_dict())


@given(data=st.data())
def test_an_order_has_every_variable_once_and_the_last_ones_last(data: st.DataObject) -> None:
    names = [f"v{k}" for k in range(data.draw(st.integers(1, 12)))]
    scopes = data.draw(st.lists(st.lists(st.sampled_from(names), min_size=1), max_size=12))
    late = data.draw(st.lists(st.sampled_from(names), unique=True))
    found = ordered(names, scopes, dict.fromkeys(names, 4), late)
    assert sorted(found) == sorted(names)
    assert set(found[len(names) - len(late) :]) == set(late)
