"""`mlsig import optuna` and `configspace`: the spaces of the real libraries, written in the language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ConfigSpace as cs  # noqa: N813  (as its own pages do)
import optuna
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mlsig.errors import ValidationError
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, main
from mlsig_compiler.drafting import configspace_spaces, optuna_spaces
from mlsig_compiler.drafting.draft import Draft
from mlsig_compiler.drafting.problems import NotImported
from mlsig_compiler.drafting.proving import proved
from mlsig_compiler.exploring.made import made
from mlsig_compiler.front import analyse
from mlsig_compiler.model import Space
from mlsig_compiler.source import Source
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)

RUNS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def compiled(draft: Draft) -> Any:
    """Return the generated class of a draft, as `mlsig compile` would make it."""
    module, found = analyse(Source(Path("draft.mlsig"), "draft", proved(draft)))
    assert not found.errors
    assert module is not None
    (space,) = [node for node in module.declarations if isinstance(node, Space)]
    return made(space, {})


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


# Optuna

numbers = st.floats(-50, 50).map(lambda number: round(number, 3))


@st.composite
def distributions(draw: st.DrawFn) -> BaseDistribution:
    kind = draw(st.sampled_from(["float", "int", "choice"]))
    if kind == "choice":
        options = st.sampled_from(["a", "b c", 'q"', 1, 2.5, True, None])
        return CategoricalDistribution(draw(st.lists(options, min_size=1, max_size=4, unique=True)))
    log = draw(st.booleans())
    if kind == "int":
        low = draw(st.integers(1, 9) if log else st.integers(-9, 9))
        step = 1 if log else draw(st.sampled_from([1, 1, 2, 3]))
        return IntDistribution(low, low + step * draw(st.integers(0, 9)), log=log, step=step)
    low = 0.001 if log else draw(numbers)
    step = None if log else draw(st.sampled_from([None, 0.1, 0.25]))
    if step is not None:
        return FloatDistribution(low, round(low + step * draw(st.integers(0, 9)), 6), step=step)
    return FloatDistribution(low, low + draw(st.sampled_from([0.0, 0.5, 3.0])), log=log)


@RUNS
@example(given_ones=[FloatDistribution(4.0, 4.1, step=0.1)], seed=0)  # as floats, 4.1 - 4.0 is below 0.1
@given(given_ones=st.lists(distributions(), min_size=1, max_size=4), seed=st.integers(0, 999))
def test_what_optuna_suggests_is_legal_in_the_space_that_is_written(
    given_ones: list[BaseDistribution], seed: int
) -> None:
    known = {f"v{k}": found for k, found in enumerate(given_ones)}
    as_json = {name: json.loads(distribution_to_json(found)) for name, found in known.items()}
    draft = optuna_spaces.read(known, "Tuning")
    assert proved(draft) == proved(optuna_spaces.read(as_json, "Tuning"))
    assert not draft.notes
    space = compiled(draft)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    for _ in range(5):
        params = study.ask(fixed_distributions=known).params
        given_values = {name: params[name] for name in known}
        if any(isinstance(found, FloatDistribution) and found.step for found in given_ones):
            given_values = {n: round(v, 6) if isinstance(v, float) else v for n, v in given_values.items()}
        assert space.check(given_values) == []


def test_a_space_comes_back_from_optuna_as_it_was() -> None:
    from mlsig.bridges.optuna import distributions as exported  # noqa: PLC0415

    text = (
        "space Tuning {\n"
        '  var style: choice("a", 2, null)\n'
        "  var deep: bool\n"
        "  var rate: float(1e-05..0.1, log)\n"
        "  var warmth: float(0.0..2.0, step=0.1)\n"
        "  var tokens: int(16..4096, step=16)\n"
        "}\n"
    )
    module, found = analyse(Source(Path("draft.mlsig"), "draft", text))
    assert not found.errors
    assert module is not None
    (space,) = [node for node in module.declarations if isinstance(node, Space)]
    assert proved(optuna_spaces.read(exported(made(space, {})), "Tuning")) == text


def test_a_study_is_read_by_its_trials() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))

    def objective(trial: optuna.Trial) -> float:
        deep = trial.suggest_categorical("deep?", [True, False])
        return float(trial.suggest_int("depth", 1, 4)) if deep else 0.0

    study.optimize(objective, n_trials=12)
    draft = optuna_spaces.read(study, "Found")
    assert proved(draft) == (
        "space Found {\n"
        "  # called deep? there\n"
        "  var deep: bool\n"
        "  # not carried over: not every trial has it, and the study does not say when\n"
        "  var depth: int(1..4)\n"
        "}\n"
    )
    assert [note.origin for note in draft.notes] == ["depth"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "neither a study that has trials"),
        ([1], "neither a study that has trials"),
        ({"a": 3}, "`a` is no distribution of Optuna: int"),
        ({"a": "{"}, "`a` is no distribution"),
        (
            {"a": {"name": "BetaDistribution", "attributes": {}}},
            "no distribution of Optuna: BetaDistribution",
        ),
        ({"a": {"name": "IntDistribution"}}, "`a` has no attributes"),
        ({"a": {"name": "IntDistribution", "attributes": {"low": 1}}}, "`a` has no range: 'high'"),
    ],
)
def test_what_is_not_optunas_is_refused(found: Any, said: str) -> None:
    with pytest.raises(NotImported) as raised:
        optuna_spaces.read(found, "Tuning")
    assert said in str(raised.value)


def test_options_that_are_no_plain_values_are_left_out_and_said() -> None:
    options = {"name": "CategoricalDistribution", "attributes": {"choices": ["a", [1, 2], float("inf")]}}
    gone = {"name": "CategoricalDistribution", "attributes": {"choices": [[1]]}}
    draft = optuna_spaces.read({"kept": options, "gone": gone}, "Tuning")
    assert 'var kept: choice("a")' in proved(draft)
    assert "var gone" not in proved(draft)
    assert len(draft.notes) == 4


# ConfigSpace


def everything() -> cs.ConfigurationSpace:
    made_there: Any = cs.ConfigurationSpace(space={"a": (0, 5), "b c": ["x", "y"], "c": (0.1, 1.0)}, seed=4)
    made_there.add(
        cs.NormalFloatHyperparameter("n", 0.0, 1.0, -2.0, 2.0),
        cs.OrdinalHyperparameter("o", ["lo", "hi"]),
        cs.Constant("k", 3),
        cs.CategoricalHyperparameter("w", [1, 2], weights=[1, 3]),
        cs.BetaFloatHyperparameter("be", 2, 3, 0, 1),
        cs.NormalIntegerHyperparameter("ni", 3, 1, 0, 9),
        cs.UniformFloatHyperparameter("lr", 1e-5, 0.1, log=True),
    )
    it = made_there
    it.add(
        cs.EqualsCondition(it["c"], it["b c"], "x"),
        cs.OrConjunction(
            cs.GreaterThanCondition(it["n"], it["a"], 3), cs.InCondition(it["n"], it["b c"], ["x"])
        ),
        cs.AndConjunction(
            cs.NotEqualsCondition(it["ni"], it["o"], "lo"), cs.LessThanCondition(it["ni"], it["c"], 0.5)
        ),
        cs.ForbiddenAndConjunction(
            cs.ForbiddenEqualsClause(it["a"], 3), cs.ForbiddenInClause(it["b c"], ["y"])
        ),
        cs.ForbiddenLessThanRelation(it["a"], it["n"]),
        cs.ForbiddenGreaterThanEqualsClause(it["c"], 0.9),
    )
    return made_there


def test_conditions_and_clauses_of_configspace_are_written(tmp_path: Path) -> None:
    draft = configspace_spaces.read(everything(), "Tuning")
    assert proved(draft) == WRITTEN.lstrip()
    assert {note.origin for note in draft.notes} == {"o", "be", "ni"}
    everything().to_json(tmp_path / "space.json")
    again = configspace_spaces.read(json.loads((tmp_path / "space.json").read_text()), "Tuning")
    assert proved(again) == WRITTEN.lstrip()


WRITTEN = """
space Tuning {
  var a: int(0..5) = 2
  # called b c there
  var b_c: choice("x", "y") = "x"
  # not carried over: the beta prior with alpha 2.0, beta 3.0
  var be: float(0.0..1.0) = 0.3333333333333
  var k: choice(3) = 3
  var lr: float(1e-05..0.1, log) = 0.001
  # not carried over: that the options have an order
  var o: choice("lo", "hi") = "lo"
  var w: choice(1, 2, weights=[1.0, 3.0]) = 2
  when b_c == "x" {
    var c: float(0.1..1.0) = 0.55
  }
  when (a > 3 or b_c in ["x"]) {
    var n: float(-2.0..2.0, normal(0.0, 1.0)) = 0.0
  }
  # not carried over: the normal prior with mu 3.0, sigma 1.0
  when (o != "lo" and (c != null and c < 0.5)) {
    var ni: int(0..9) = 3
  }
  forbid a == 3 and b_c in ["y"]
  forbid (n != null and a < n)
  forbid (c != null and c >= 0.9)
}
"""


def values(space: Any, configuration: cs.Configuration) -> dict[str, Any]:
    """Return values under the names that were given here, as Python's own."""
    names = {"b c": "b_c"}
    return {
        names.get(key, key): getattr(value, "item", lambda value=value: value)()
        for key, value in configuration.items()
    }


def test_what_configspace_samples_is_legal_in_the_space_that_is_written() -> None:
    there = everything()
    space = compiled(configspace_spaces.read(there, "Tuning"))
    for configuration in [*there.sample_configuration(60), there.get_default_configuration()]:
        assert space.check(values(space, configuration)) == []
    assert space.default().to_dict() == values(space, there.get_default_configuration())


def test_what_configspace_forbids_is_not_legal() -> None:
    space = compiled(configspace_spaces.read(everything(), "Tuning"))
    bad = {**space.default().to_dict(), "c": 0.95}
    with pytest.raises(ValidationError, match=r"c >= 0\.9"):
        space.validate(bad)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "no list of `hyperparameters`"),
        ({"hyperparameters": [{"name": "a"}]}, "that can be read: KeyError('type')"),
        ({"hyperparameters": [{"name": "a", "type": "gamma_float"}]}, "`a` is a gamma_float"),
        (
            {"hyperparameters": [{"name": "a", "type": "constant", "value": [1]}]},
            "`a` has options that are no plain values",
        ),
        (
            {
                "hyperparameters": [{"name": "a", "type": "constant", "value": 1}],
                "conditions": [{"type": "EQ", "child": "a", "parent": "a", "value": 1}],
            },
            "the conditions of a go round in a circle",
        ),
    ],
)
def test_what_is_not_configspaces_is_refused(found: Any, said: str) -> None:
    with pytest.raises(NotImported) as raised:
        configspace_spaces.read(found, "Tuning")
    assert said in str(raised.value)


def test_what_the_compiler_refuses_is_left_out_and_said() -> None:
    """Dead options are an error here, and none there."""
    it: Any = cs.ConfigurationSpace(space={"a": ["x", "y", "z"], "b": (0, 3)})
    it.add(
        cs.ForbiddenEqualsClause(it["a"], "z"),
        cs.ForbiddenOrConjunction(
            cs.ForbiddenEqualsClause(it["a"], "y"), cs.ForbiddenEqualsClause(it["b"], 3)
        ),
    )
    data = it.to_serialized_dict()
    data["forbiddens"].append({"type": "RELATION_ODD"})
    draft = configspace_spaces.read(data, "Tuning")
    text = proved(draft)
    assert 'var a: choice("x", "y", "z") = "x"' in text
    assert "not carried over: a forbidden clause of type RELATION_ODD" in text
    assert any("MLS0526" in note.message for note in draft.notes)


# The command


def test_the_command_writes_a_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    everything().to_json("space.json")
    capsys.readouterr()  # ConfigSpace prints a vector
    assert main(["import", "configspace", "space.json", "--name", "Tuning", "--quiet"]) == OK
    assert capsys.readouterr().out == WRITTEN.lstrip()
    (tmp_path / "distributions.json").write_text(
        json.dumps({"lr": json.loads(distribution_to_json(FloatDistribution(1e-5, 0.1, log=True)))})
    )
    assert main(["import", "optuna", "distributions.json"]) == OK
    assert capsys.readouterr().out == "space Distributions {\n  var lr: float(1e-05..0.1, log)\n}\n"
    (tmp_path / "my_search.py").write_text(
        "from optuna.distributions import IntDistribution\nfound = {'n': IntDistribution(1, 9)}\n"
    )
    assert main(["import", "optuna", "my_search:found", "--out", "found.mlsig"]) == OK
    assert "var n: int(1..9)" in (tmp_path / "found.mlsig").read_text()
    assert main(["import", "optuna", "a.json", "b.json"]) == FINDINGS
    assert "one space is read at a time" in capsys.readouterr().err
    assert main(["import", "optuna", "missing.json"]) == STORAGE
    assert main(["import", "configspace", "distributions.json"]) == FINDINGS
    assert "distributions.json: this is no space of ConfigSpace" in capsys.readouterr().err
