"""What runs teach, on landscapes whose effects are planted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from mlsig import insight
from mlsig.insight import Insights, Observation, convergence, fitted, understood
from mlsig.insight.observations import settings
from mlsig.simba.outcome import Point

MODES = ("plain", "tools")


def drawn(count: int, score: Callable[[dict[str, Any]], float], seed: int = 1) -> list[Observation]:
    """Candidates with an option, numbers, one that exists only with tools, and one without effect."""
    rng = Random(seed)
    found: list[Observation] = []
    for number in range(count):
        values: dict[str, Any] = {
            "layout": rng.choice(("chat", "json", "xml")),
            "heat": round(rng.random(), 2),
            "demos": rng.randint(0, 8),
            "mode": rng.choice(MODES),
            "noise": rng.random(),
            "fixed": "always",
        }
        if values["mode"] == "tools":
            values["hops"] = rng.randint(1, 6)
        outcomes = {"score": score(values), "cost": 0.001 * values["demos"]}
        found.append(Observation(key=str(number), values=values, outcomes=outcomes, weight=8.0))
    return found


def shares(found: Insights) -> dict[str, float]:
    return {one.name: one.share for one in found.importance}


def test_shares_follow_planted_effects_and_sum_to_1() -> None:
    # Variances: 0.16 * 2/9, 0.09 / 12, and for the rest nothing: 0.036 and 0.0075, that is 83 % and 17 %.
    found = understood(drawn(160, lambda v: 0.4 * (v["layout"] == "json") + 0.3 * v["heat"]), {"heat": 0.5})
    parts = shares(found)
    assert sum(parts.values()) == pytest.approx(1)
    assert [one.name for one in found.importance[:2]] == ["layout", "heat"]
    assert parts["layout"] == pytest.approx(0.83, abs=0.1)
    assert parts["heat"] == pytest.approx(0.17, abs=0.1)
    assert max(parts["noise"], parts["demos"], parts["mode"], parts["hops"]) < 0.05
    assert "fixed" not in parts
    assert found.quality is not None
    assert found.quality > 0.8


def test_a_conditional_variable_counts_where_it_is_active() -> None:
    found = understood(drawn(140, lambda v: 0.1 * v.get("hops", 0)), {"hops": 3, "mode": "tools"})
    parts = shares(found)
    assert {one.name for one in found.importance[:2]} == {"hops", "mode"}
    assert parts["hops"] > 0.1
    assert parts["hops"] + parts["mode"] > 0.9
    assert sum(parts.values()) == pytest.approx(1)


def test_what_acts_only_together_is_found_as_a_pair() -> None:
    def both(v: dict[str, Any]) -> float:
        return 0.5 * ((v["layout"] == "json") == (v["heat"] > 0.5))

    found = understood(drawn(160, both), {})
    strongest = found.interactions[0]
    assert {strongest.first, strongest.second} == {"layout", "heat"}
    assert strongest.share > 0.3
    additive = understood(drawn(120, lambda v: 0.2 * (v["layout"] == "json") + 0.3 * v["heat"]), {})
    assert additive.interactions[0].share < 0.05


def test_moves_around_the_best_say_what_each_objective_changes_by() -> None:
    best = {"layout": "json", "heat": 0.01, "demos": 8, "mode": "plain", "noise": 0.5, "fixed": "always"}
    found = understood(drawn(160, lambda v: 0.4 * (v["layout"] == "json") + 0.05 * v["demos"]), best)
    moves = {(move.name, move.after): move.changes for move in found.moves}
    assert moves["layout", "chat"]["score"] == pytest.approx(-0.4, abs=0.08)
    assert moves["demos", 7]["score"] == pytest.approx(-0.05, abs=0.04)
    assert moves["demos", 7]["cost"] == pytest.approx(-0.001, abs=0.0005)
    assert abs(moves["layout", "chat"]["cost"]) < 0.0005
    assert ("demos", 9) not in moves
    assert {round(after, 1) for name, after in moves if name == "heat"} == {0.1}
    assert not any(name == "hops" for name, _ in moves)


def test_the_same_run_teaches_the_same() -> None:
    first, second = (understood(drawn(40, lambda v: v["heat"]), {"heat": 0.3}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("count", "score"), [(7, lambda v: v["heat"]), (40, lambda v: 0.5)])
def test_too_little_is_said_to_be_too_little(count: int, score: Callable[[dict[str, Any]], float]) -> None:
    found = understood(drawn(count, score), {})
    assert found == Insights(candidates=count, quality=None)


def test_what_was_taught_counts_as_if_it_were_a_variable() -> None:
    body = {"config": {"demos": 4, "null": None}, "rules": ["a"], "demos": [{}, {}]}
    assert settings(body) == {"demos": 2, "(rules)": 1}
    steps = {"config": {"plan": 1}, "rules": [], "demos": [], "steps": {"plan": {"rules": [], "demos": [{}]}}}
    found = settings(steps)
    assert (found["plan (demonstrations)"], found["plan (rules)"]) == (1, 0)


def test_convergence_says_when_the_gain_was_made() -> None:
    points = [Point(calls=c, score=s) for c, s in ((10, 0.5), (20, 0.7), (30, 0.6), (40, 0.71), (60, 0.71))]
    found = convergence(points)
    assert found.best[2] == (30, 0.7)
    assert found.gain == pytest.approx(0.21)
    assert (found.nearly, found.idle) == (20 if 0.7 >= 0.5 + 0.95 * 0.21 else 40, pytest.approx(0.4))
    flat = convergence([Point(calls=10, score=0.5)])
    assert (flat.gain, flat.nearly, flat.idle) == (0.0, None, 1.0)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(insight.InsightExtraMissing, match=r'pip install "mlsig\[report\]"'):
        fitted(drawn(20, lambda v: v["heat"]), "score")
