"""What each rule and demonstration earned, on a model whose answers hang on one of them."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from mlsig.evaluation.ledger import VALIDATION
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Reply, Request
from mlsig.simba import MemoryJournal, Settings, aoptimize
from mlsig.simba.earning import without
from simulated import SimulatedLM
from toy import Review, Tuning, reviews


class Ruled:
    """Right when its prompt has one rule, and wrong half of the time otherwise."""

    def __init__(self) -> None:
        self.calls = 0

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        text = request.messages[-1].content
        number = int("".join(filter(str.isdigit, text.rsplit("film number", 1)[-1])) or 0)
        knows = "Words tell" in "".join(message.content for message in request.messages) or number % 4 < 2
        right = "positive" if "brilliant" in text.rsplit("film number", 1)[-1] else "negative"
        wrong = "negative" if right == "positive" else "positive"
        return Reply(text=f"sentiment: {right if knows else wrong}", input_tokens=1, output_tokens=1)


def taught() -> Candidate:
    demos = tuple(reviews(3, start=5_000))
    config = msgspec.structs.replace(Tuning.default(), demos=2)
    return Candidate(config, rules=("Words tell.", "Be brief."), demos=demos)


def test_what_a_candidate_may_do_without() -> None:
    parts = list(without(taught(), shown=2))
    assert [what for what, _ in parts] == [
        "rule: Words tell.",
        "rule: Be brief.",
        "example: film number 5000 was brilliant",
        "example: film number 5001 was dreadful",
    ]
    assert [len(one.rules) for _, one in parts] == [1, 1, 2, 2]
    # What was not shown does not move up into the place of what is left out.
    assert [len(one.demos) for _, one in parts] == [3, 3, 1, 1]


def test_the_rule_that_helps_is_found_and_the_budget_holds() -> None:
    model, journal = Ruled(), MemoryJournal()
    settings = Settings(budget_calls=300, seed=1, target=0.5, earned=True, rules=False)
    program = Review.with_candidate(taught())
    outcome = asyncio.run(aoptimize(program, reviews(60), lm=model, settings=settings, journal=journal))
    assert model.calls == outcome.calls <= 300
    found = {one.what: one for one in outcome.earned}
    helpful, idle = found["rule: Words tell."], found["rule: Be brief."]
    assert helpful.gain > 0.2
    assert helpful.low > 0
    assert helpful.low <= helpful.gain <= helpful.high
    assert (idle.gain, idle.low, idle.high) == (pytest.approx(0), pytest.approx(0), pytest.approx(0))
    assert helpful.count >= 4
    assert helpful.key not in {member.key for member in outcome.pool}
    assert journal.ledger.paid((VALIDATION,)) > 0


def test_it_is_asked_for_or_costs_nothing() -> None:
    settings = Settings(budget_calls=120, seed=1)
    whole = asyncio.run(aoptimize(Review, reviews(40), lm=SimulatedLM(), settings=settings))
    assert whole.earned == ()
    tiny = Settings(budget_calls=30, seed=1, earned=True)
    assert asyncio.run(aoptimize(Review, reviews(40), lm=SimulatedLM(), settings=tiny)).calls <= 30


def test_serial_and_parallel_agree() -> None:
    settings = Settings(budget_calls=200, seed=4, earned=True)
    one, many = (
        asyncio.run(
            aoptimize(Review, reviews(40), lm=SimulatedLM(), settings=settings, concurrency=concurrency)
        )
        for concurrency in (1, 16)
    )
    assert msgspec.json.encode(one) == msgspec.json.encode(many)
