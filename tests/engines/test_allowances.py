"""Budgets and keys of calls that others make: no budget is exceeded, a call stays the call that it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import engines_model
import pytest
from engines_here import TESTS, Here, near
from mlsig import engines
from mlsig.engines import Afar, WorkersLost
from mlsig.errors import BudgetExhausted
from mlsig.evaluation import Evaluation, aevaluate
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.ledger import MemoryLedger
from mlsig.providers.client import Client
from mlsig.simba import MemoryJournal, Outcome, Settings, aoptimize
from mlsig.simba.experiment import Experiment, conduct
from mlsig.store import Store
from simulated import SimulatedLM, answer
from simulated_server import serving
from toy import Review, reviews

SPLITS = ("search", "validation", "reflection")


@pytest.fixture(autouse=True)
def asked() -> Any:
    engines_model.ASKED.clear()
    yield engines_model.ASKED
    engines_model.ASKED.clear()


def stubborn(executor: Here, budget: Budget | None = None, ledger: Any = None, **options: Any) -> Evaluation:
    afar = near(executor, "engines_model:bad", "engines_model:Stubborn", **options)
    made = aevaluate(
        engines_model.Stubborn,
        reviews(8),
        lm=engines_model.bad(),
        budget=budget,
        ledger=MemoryLedger() if ledger is None else ledger,
        afar=afar,
    )
    return asyncio.run(made)


def test_what_needs_more_calls_goes_on_and_pays_for_none_twice(asked: list[Any]) -> None:
    here = asyncio.run(aevaluate(engines_model.Stubborn, reviews(8), lm=engines_model.bad()))
    alone, executor, budget = len(asked), Here(), Budget(20)
    assert alone == here.calls == 2 * (1 + 2 + 3 + 4)
    assert stubborn(executor, budget) == here
    assert len(asked) - alone == alone == budget.used
    assert len(executor.shares) > 8  # some had to ask for more


def test_no_call_is_made_that_the_budget_has_not(asked: list[Any]) -> None:
    for limit in (1, 7, 19):
        asked.clear()
        budget, ledger = Budget(limit), MemoryLedger()
        with pytest.raises(BudgetExhausted, match=f"the budget of {limit} calls is used up"):
            stubborn(Here(), budget, ledger, calls=3, share=2)
        assert len(asked) <= limit
        assert len(asked) <= ledger.paid(["held-out"]) <= limit


def test_what_is_lost_with_a_worker_counts_as_all_that_it_might_have_made(asked: list[Any]) -> None:
    budget, ledger = Budget(40), MemoryLedger()
    stubborn(Here(late=lambda number: number in {5, 7}), budget, ledger, calls=4)
    assert len(asked) <= ledger.paid(["held-out"]) == budget.used <= 20 + 2 * 4


def search(afar: Any, journal: MemoryJournal | None = None, lm: Any = None, **limits: Any) -> Outcome:
    settings = Settings(**{"budget_calls": 60, "seed": 1, **limits})
    return asyncio.run(
        aoptimize(
            Review,
            reviews(30),
            lm=lm or SimulatedLM(),
            settings=settings,
            afar=afar,
            journal=journal,
            concurrency=1,
        )
    )


@pytest.mark.parametrize(
    "limits", [{"budget_tokens": 6_000}, {"budget_usd": 0.0004}, {"budget_seconds": 1e6}]
)
def test_a_budget_ends_a_run_elsewhere_where_it_ends_it_here(limits: dict[str, Any]) -> None:
    assert search(near(Here(), "engines_model:noted"), **limits) == search(None, **limits)


@pytest.mark.parametrize("lost", [(), (3, 11)])
def test_no_more_tokens_and_dollars_are_taken_than_there_are(lost: tuple[int, ...], asked: list[Any]) -> None:
    whole = search(near(Here(), "engines_model:noted"))
    for limits in ({"budget_tokens": 4_000}, {"budget_usd": 0.0003, "budget_calls": 1_000}):
        asked.clear()
        executor = Here(late=lambda number: number in lost)
        outcome = search(near(executor, "engines_model:noted", share=3), lm=engines_model.noted(), **limits)
        replies = [answer(request) for request in asked]
        assert sum(one.input_tokens + one.output_tokens for one in replies) <= limits.get(
            "budget_tokens", 1e9
        )
        assert sum(one.cost for one in replies) <= limits.get("budget_usd", 1e9)
        assert len(replies) < whole.calls or "budget_usd" in limits
        assert outcome.reason == "budget"
        assert outcome.best in {member.key for member in outcome.pool}


def test_what_cannot_be_begun_is_not_paid() -> None:
    journal = MemoryJournal()
    outcome = search(near(Here()), journal, budget_tokens=10)
    assert (outcome.reason, outcome.calls, journal.ledger.paid(SPLITS)) == ("budget", 0, 0)


def test_a_call_that_is_made_again_after_a_resume_has_the_key_that_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a worker at first, and here when the run is taken up."""

    async def made(store: Store, name: str, afar: Afar | None) -> None:
        async with Client(Review.providers) as lm:
            ledger = store.ledger(name)
            await aevaluate(Review, reviews(3), lm=lm, ledger=ledger, concurrency=1, afar=afar)

    with serving() as bill:
        monkeypatch.setenv("TOY_URL", bill.url)
        with Store(tmp_path / "runs.db") as store:
            name = store.create(identity="01234567", program="P", program_hash="", seed=1, settings={}).id
            late = Here(late=lambda number: number > 1)
            with pytest.raises(WorkersLost):
                asyncio.run(made(store, name, near(late, "")))
        with Store(tmp_path / "runs.db") as store:
            asyncio.run(made(store, name, None))
            assert store.ledger(name).paid(["held-out"]) == len(bill.keys) == 5
    first, lost, again, *resumed = bill.keys
    assert lost == again == resumed[0]
    assert len({first, lost, resumed[1]}) == 3


def test_what_was_found_is_measured_elsewhere_when_the_time_is_up(tmp_path: Path) -> None:
    experiment = Experiment(
        program=Review,
        train=reviews(20),
        test=reviews(5, start=1_000),
        settings=Settings(budget_calls=60, budget_seconds=1e-9),
        afar=near(Here()),
    )
    with Store(tmp_path / "runs.db") as store:
        findings = asyncio.run(conduct(experiment, SimulatedLM(), store, "new"))
    assert (findings.outcome.reason, findings.outcome.calls, findings.best.calls) == ("budget", 0, 5)


def test_worker_processes_keep_keys_and_budgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that keeps answers by their keys charges once for what a killed worker had under way."""

    async def measured(afar: Afar | None) -> Evaluation:
        async with Client(Review.providers) as lm:
            ledger = MemoryLedger(b"the run")
            return await aevaluate(Review, reviews(10), lm=lm, ledger=ledger, concurrency=2, afar=afar)

    with serving() as bill:
        monkeypatch.setenv("TOY_URL", bill.url)
        monkeypatch.setenv("MORTAL", str(tmp_path))
        here = asyncio.run(measured(None))
        expected = bill.keys.copy()
        assert len(set(expected)) == 10

        with engines.opened("processes", 2) as engine:
            bill.keys.clear()
            afar = Afar(engine, "toy:Review", [TESTS], lm="engines_model:mortal")
            found = asyncio.run(measured(afar))
            assert [one.text for one in found.results] == [one.text for one in here.results]
            assert (afar.lost, len(bill.keys)) == (1, 11)
            assert set(bill.keys) == set(expected)

            bill.keys.clear()
            bill.calls = bill.tokens = 0
            outcome = search(afar, budget_tokens=3_000)
            assert (outcome.reason, 0 < bill.tokens <= 3_000) == ("budget", True)
            assert outcome.best in {member.key for member in outcome.pool}
            assert outcome.calls <= bill.calls < 60
            bill.calls = 0
            outcome = search(afar, budget_calls=12)
            assert (outcome.reason, 0 < bill.calls <= 12) == ("budget", True)
