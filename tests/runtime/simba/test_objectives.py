from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.evaluation.objectives import Scales, Scoring, defaults
from mlsig.settings import Objective

QUALITY = Objective("accuracy", "maximize", 0.7)
COST = Objective("cost", "minimize", 0.2)
LATENCY = Objective("latency", "minimize", 0.1)


def scoring(*objectives: Objective, scales: Scales | None = None) -> Scoring:
    return Scoring(objectives, ("accuracy", "errors"), scales)


def test_perfect_and_free_and_instant_is_one() -> None:
    assert scoring(QUALITY, COST, LATENCY).score({"accuracy": 1.0, "cost": 0.0, "latency": 0.0}) == 1.0


def test_a_used_up_budget_is_a_half() -> None:
    scales = Scales(cost=0.5, latency=2.0)
    assert scoring(COST, scales=scales).score({"cost": 0.5}) == 0.5
    assert scoring(LATENCY, scales=scales).score({"latency": 2.0}) == 0.5


def test_weights_are_made_to_sum_to_one() -> None:
    raw = {"accuracy": 1.0, "cost": 0.01, "latency": 0.0}
    small, large = (
        scoring(QUALITY, COST),
        scoring(Objective("accuracy", "maximize", 7), Objective("cost", "minimize", 2)),
    )
    assert small.score(raw) == large.score(raw) == pytest.approx(8 / 9)


def test_a_metric_to_minimize_counts_the_other_way() -> None:
    errors = scoring(Objective("errors", "minimize", 1.0))
    assert errors.score({"errors": 0.25}) == 0.75
    assert errors.worst("errors") == 1.0
    assert errors.worst("accuracy") == 0.0


def test_metrics_outside_of_their_range_are_cut() -> None:
    assert scoring(QUALITY).score({"accuracy": 7.0}) == 1.0
    assert scoring(QUALITY).score({"accuracy": -7.0}) == 0.0


def test_a_program_without_objectives_gets_the_documented_ones() -> None:
    weights = {one.name: (one.direction, one.weight) for one in defaults(["f1", "other"])}
    assert weights == {"f1": ("maximize", 0.5), "cost": ("minimize", 0.3), "latency": ("minimize", 0.2)}
    assert Scoring((), ("f1",)).weights == pytest.approx({"f1": 0.5, "cost": 0.3, "latency": 0.2})


def test_measures_keep_value_unit_and_direction() -> None:
    rows = [{"accuracy": 1.0, "cost": 0.5, "latency": 2.0}, {"accuracy": 0.0, "cost": 1.5, "latency": 4.0}]
    made = scoring(QUALITY, COST, LATENCY).measures(rows)
    assert [(one.name, one.direction, one.unit, one.value) for one in made] == [
        ("accuracy", "maximize", "", 0.5),
        ("cost", "minimize", "USD/example", 1.0),
        ("latency", "minimize", "s/example", 3.0),
    ]
    assert [one.value for one in scoring(QUALITY).measures([])] == [0.0]
    assert scoring(QUALITY, COST).directions == ("maximize", "minimize")


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_weights_that_mean_nothing_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        scoring(Objective("accuracy", "maximize", weight))


@pytest.mark.parametrize("budget", [0.0, -1.0])
def test_budgets_that_mean_nothing_are_refused(budget: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Scales(cost=budget)
    with pytest.raises(ValueError, match="above zero"):
        Scales(latency=budget)


@given(
    st.floats(0, 1),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.floats(0, 1e3),
    st.sampled_from(["cost", "latency"]),
)
def test_scores_lie_in_zero_to_one_and_less_cost_is_never_worse(
    accuracy: float, cost: float, latency: float, more: float, worse: str
) -> None:
    judge = scoring(QUALITY, COST, LATENCY)
    raw = {"accuracy": accuracy, "cost": cost, "latency": latency}
    score = judge.score(raw)
    assert 0.0 <= score <= 1.0
    assert judge.score({**raw, worse: raw[worse] + more}) <= score
