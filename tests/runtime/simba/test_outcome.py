"""What can be done with the result of a run, and what is refused before it begins."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from mlsig.errors import ValidationError
from mlsig.evaluation import knee, topsis
from mlsig.programs.candidates import Candidate
from mlsig.simba import Outcome, Settings, aoptimize
from mlsig.spaces import Preference
from simulated import SimulatedLM
from toy import Review, Tuning, reviews


def search(program: Any = Review, lm: Any = None) -> Outcome:
    return asyncio.run(
        aoptimize(program, reviews(60), lm=lm or SimulatedLM(), settings=Settings(budget_calls=150, seed=1))
    )


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return search()


def test_another_of_the_front_can_be_chosen(outcome: Outcome) -> None:
    values = {
        finalist.key: [measure.value for measure in finalist.measures] for finalist in outcome.finalists
    }
    bodies = {member.key: member.body for member in outcome.pool}
    cheapest = outcome.choose(lambda points, directions: topsis(points, directions, [0, 1, 0]))
    front = [key for key in values if key in outcome.front]
    assert cheapest == bodies[min(front, key=lambda key: values[key][1])]
    assert outcome.choose(knee) in [bodies[key] for key in front]


def test_without_finals_the_choice_stands(outcome: Outcome) -> None:
    alone = msgspec.structs.replace(outcome, finalists=(), front=())
    assert alone.choose(knee) == alone.liked(Review) == outcome.body


def test_what_the_space_prefers_decides_between_finalists(outcome: Outcome) -> None:
    bodies = {member.key: member.body for member in outcome.pool}
    worst = min(outcome.finalists, key=lambda finalist: finalist.score)
    temperature = bodies[worst.key]["config"]["temperature"]

    class Preferring(Tuning):
        preferences = (
            Preference(
                holds=lambda values: values["temperature"] == temperature,
                text="temperature == …",
                reads=("temperature",),
            ),
        )

    class Liking(type(Review)):  # type: ignore[misc]
        space = Preferring

    assert outcome.liked(Liking())["config"]["temperature"] == temperature
    assert outcome.liked(Review) == bodies[max(outcome.finalists, key=lambda each: each.score).key]


def test_every_candidate_has_a_paired_score_and_its_doubt(outcome: Outcome) -> None:
    for member in outcome.pool:
        assert member.deviation > 0
    ran = sorted(outcome.pool, key=lambda member: member.count)
    assert ran[-1].deviation < ran[0].deviation


def test_a_constraint_that_the_start_breaks_is_found_before_any_call() -> None:
    values = {**Tuning.default().to_dict(), "adapter": "JSON", "max_tokens": 8, "temperature": 0.0}
    wrong = Review.with_candidate(Candidate(Tuning.Config(**values)))
    lm = SimulatedLM()
    with pytest.raises(ValidationError, match="room"):
        search(wrong, lm)
    assert lm.calls == 0
