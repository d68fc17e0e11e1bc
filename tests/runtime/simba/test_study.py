"""Asking and telling: what is proposed is legal, repeatable, new and good."""

from __future__ import annotations

from math import log
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.evaluation.pareto import front
from mlsig.simba.study import Study, _unbeaten
from mlsig.simba.surrogate import Features, Surrogate
from toy import Tuning


def quality(values: dict[str, Any]) -> float:
    """Planted: JSON, five demonstrations in a block, and little heat are best, at 1.0."""
    found = 0.3 if values["adapter"] == "JSON" else 0.0
    found += 0.2 if values["demo_layout"] == "block" else 0.0
    found += 0.3 - 0.06 * abs(values["demos"] - 5)
    return found + 0.2 - 0.2 * abs(values["temperature"] - 0.2)


def run(count: int, seed: int = 0, directions: Any = ("maximize",), value: Any = None) -> Study:
    study = Study(Tuning, directions, seed=seed)
    for _ in range(count):
        config = study.ask()
        values = config.to_dict()
        study.tell(config, value(values) if value else [quality(values)])
    return study


@pytest.fixture(scope="module")
def study() -> Study:
    return run(26)


def test_the_best_is_found_sooner_than_by_chance(study: Study) -> None:
    rng = Random(0)
    drawn = sorted(quality(Tuning.sample(rng).to_dict()) for _ in range(1_000))
    assert quality(study.best.to_dict()) > drawn[950]


def test_the_same_seed_and_values_ask_for_the_same(study: Study) -> None:
    assert run(14).configs == study.configs[:14]
    assert run(4, seed=1).configs != study.configs[:4]


def test_what_is_asked_for_is_legal_and_new(study: Study) -> None:
    assert study.configs[0] == Tuning.default()
    assert all(not Tuning.check(config.to_dict()) for config in study.configs)
    assert len(set(study.configs[10:])) == 16


def test_small_can_be_good() -> None:
    study = run(24, directions=["minimize"], value=lambda values: [-quality(values)])
    assert quality(study.best.to_dict()) > 0.85


def test_several_objectives_have_a_front() -> None:
    def both(values: dict[str, Any]) -> list[float]:
        return [quality(values), values["demos"] * 100.0 + values["max_tokens"]]

    study = run(22, directions=["maximize", "minimize"], value=both)
    points = [both(config.to_dict()) for config in study.front]
    assert len(points) >= 3
    for a in points:
        assert not any(b[0] >= a[0] and b[1] <= a[1] and b != a for b in points)
    assert max(point[0] for point in points) > 0.75
    assert min(point[1] for point in points) < 150


def told(noise: float, lucky: bool) -> tuple[Study, list[Any]]:
    """Tell fifty samples; the worst of them is lucky."""
    rng = Random(1)
    study = Study(Tuning, ["maximize"])
    samples = dict.fromkeys(Tuning.sample(rng) for _ in range(50))
    configs = sorted(samples, key=lambda config: quality(config.to_dict()))
    for place, config in enumerate(configs):
        luck = 1.1 if lucky and place == 0 else 0.0
        study.tell(config, [quality(config.to_dict()) + noise * rng.gauss(0, 1) + luck])
    return study, configs


def test_the_best_of_noisy_values_is_not_the_luckiest() -> None:
    study, configs = told(0.1, lucky=True)
    assert study.configs[int(np.argmax(study.values))] == configs[0]
    assert configs.index(study.best) > len(configs) * 3 // 4


def test_the_best_of_exact_values_is_the_best_told() -> None:
    study, configs = told(0.0, lucky=False)
    assert study.best == configs[-1]


def test_the_unbeaten_are_those_of_the_archive() -> None:
    values = np.random.default_rng(3).integers(0, 5, (40, 3)).astype(float)
    assert _unbeaten(values) == front(values.tolist(), ["maximize"] * 3)


def test_many_observations_are_cut_down_to_the_best_and_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlsig.simba.study.MOST", 14)
    assert quality(run(20).best.to_dict()) > 0.6


@pytest.mark.parametrize("values", [[1.0, 2.0], [], [float("nan")], [float("inf")]])
def test_values_that_make_no_sense_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="cannot take"):
        Study(Tuning).tell(Tuning.default(), values)


def test_a_study_needs_a_direction_and_a_best_something_told() -> None:
    with pytest.raises(ValueError, match="at least one direction"):
        Study(Tuning, [])
    with pytest.raises(ValueError, match="nothing has been told"):
        _ = Study(Tuning).best


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1_000))
def test_the_slope_of_the_likelihood_is_that_of_its_height(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.random((12, 3))
    model = Surrogate(np.array([0, 1, 1]), 2)
    model.fit(rows, rng.normal(size=12), weights=rng.integers(1, 5, 12).astype(float), steps=2)
    theta = np.array([0.1, -0.3, log(0.05)]) + 0.3 * rng.normal(size=3)
    _, slope = model._likelihood(theta)
    for place in range(3):
        step = np.zeros(3)
        step[place] = 1e-5
        up, down = model._likelihood(theta + step)[0], model._likelihood(theta - step)[0]
        assert slope[place] == pytest.approx((up - down) / 2e-5, rel=1e-3, abs=1e-3)


def test_a_process_learns_which_variable_matters_and_how_sure_it_is() -> None:
    rng = Random(1)
    configs = [Tuning.sample(rng).to_dict() for _ in range(60)]
    features = Features(Tuning, extra=["#rules"])
    extra = [[rng.random()] for _ in configs]
    rows = features.rows(configs, extra)
    model = Surrogate(features.groups, features.count)
    model.fit(
        rows,
        np.array([values["demos"] / 8 + 0.2 * each[0] for values, each in zip(configs, extra, strict=True)]),
    )
    names = [v.name for v in Tuning.variables if v.name not in ("provider", "model")]
    relevance = dict(zip([*names, "#rules"], model.relevance(), strict=True))
    assert max(relevance, key=relevance.__getitem__) == "demos"
    assert sum(relevance.values()) == pytest.approx(1.0)
    _, known = model.predict(rows[:5])
    far = rows[:1] + 3.0
    assert model.predict(far)[1][0] > 3 * max(known)
