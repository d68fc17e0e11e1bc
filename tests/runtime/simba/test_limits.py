"""Budgets in tokens, dollars and seconds: hard, and the best of what was seen comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Reply, Request
from mlsig.simba import SPLITS, MemoryJournal, Outcome, Settings, aoptimize
from mlsig.simba.limits import Limits
from simulated import SimulatedLM
from toy import Review, reviews, toy


class Counting(SimulatedLM):
    """Counts what it takes."""

    tokens = 0
    dollars = 0.0

    async def complete(self, request: Request) -> Reply:
        reply = await super().complete(request)
        self.tokens += reply.input_tokens + reply.output_tokens
        self.dollars += reply.cost
        return reply


def search(lm: SimulatedLM, journal: MemoryJournal | None = None, **options: Any) -> Outcome:
    settings = Settings(**{"budget_calls": 400, "seed": 2, **options})
    return asyncio.run(aoptimize(Review, reviews(60), lm=lm, settings=settings, journal=journal))


def test_tokens_are_never_exceeded_and_the_finals_get_their_share() -> None:
    lm, journal = Counting(), MemoryJournal()
    outcome = search(lm, journal, budget_tokens=20_000)
    assert 8_000 < lm.tokens <= 20_000
    assert outcome.reason == "budget"
    assert outcome.calls == lm.calls == journal.ledger.paid(SPLITS) < 380
    assert Candidate.from_dict(Review, outcome.body).key() == outcome.best
    assert outcome.validation is not None


def test_dollars_are_never_exceeded() -> None:
    lm = Counting()
    outcome = search(lm, budget_usd=0.0008)
    assert 0.0002 < lm.dollars <= 0.0008
    assert outcome.reason == "budget"
    assert outcome.cost == pytest.approx(lm.dollars)


def test_what_a_journal_answers_counts_as_spent() -> None:
    journal, first = MemoryJournal(), Counting()
    whole = search(first, journal, budget_tokens=20_000)
    again = Counting()
    assert search(again, journal, budget_tokens=20_000).steps == whole.steps
    assert first.tokens + again.tokens <= 20_000
    assert again.calls < first.calls / 4


def test_a_budget_that_is_too_small_for_one_call_makes_none() -> None:
    lm = Counting()
    outcome = search(lm, budget_tokens=10)
    assert lm.calls == outcome.calls == 0
    assert outcome.best == outcome.baseline


def test_no_call_is_made_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = Counting()
    # A clock by which every call takes a second.
    monkeypatch.setattr(Limits.__init__, "__defaults__", (lambda: float(lm.calls),))
    outcome = search(lm, budget_seconds=100)
    assert 70 <= lm.calls <= 100
    assert outcome.reason == "budget"
    assert outcome.validation is not None


def test_limits_know_how_much_is_gone() -> None:
    now = [10.0]
    limits = Limits(Settings(budget_calls=9, budget_seconds=20.0), {"toy": toy}, lambda: now[0])
    assert (limits.share, limits.late) == (0.0, False)
    now[0] = 25.0
    assert limits.share == pytest.approx(0.75)
    now[0] = 30.0
    assert limits.late
    lm = Counting()
    assert Limits(Settings(budget_calls=9), {}).around(lm) is lm


@pytest.mark.parametrize("wrong", [{"budget_tokens": 0}, {"budget_usd": -1.0}, {"budget_seconds": 0.0}])
def test_budgets_that_allow_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="allows nothing"):
        Settings(budget_calls=10, **wrong)
