"""Tokens and dollars that were on their way when a process died count, at the most that they can be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from engines_here import Here, near
from mlsig.engines import WorkersLost
from mlsig.evaluation.budget import NOTHING, Spending
from mlsig.evaluation.ledger import Key, Result
from mlsig.providers.messages import Request
from mlsig.simba import Outcome, Settings, aoptimize
from mlsig.store import Store
from simulated import SimulatedLM
from toy import Review, reviews

KEYS = [Key("search", "candidate", f"example {number}") for number in range(4)]
MOST = Spending(5_990, 0.5)


def new_run(store: Store) -> str:
    return store.create(identity="0123456789", program="Review", program_hash="h", seed=1, settings={}).id


def search(store: Store, name: str, lm: Any = None, afar: Any = None) -> Outcome:
    settings = Settings(budget_calls=80, budget_tokens=6_000, seed=1)
    journal = store.journal(name)
    found = aoptimize(
        Review, reviews(30), lm=lm or SimulatedLM(), settings=settings, journal=journal, afar=afar
    )
    return asyncio.run(found)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_a_dead_process_may_have_taken_is_off_the_budget(
    kind: str, new_store: Callable[[str], str]
) -> None:
    where = new_store(kind)
    with Store(where, lease=0.05) as store:
        name = new_run(store)
        ledger = store.ledger(name)

        async def dies() -> None:
            unasked, made, lost, _ = [await ledger.claim(key) for key in KEYS]
            for claim in (unasked, made, lost):
                await ledger.calling(claim, 1, MOST)
            await ledger.abandon(unasked, KEYS[0], paid=False)
            await ledger.complete(made, KEYS[1], Result(example=KEYS[1].example, input_tokens=3))

        asyncio.run(dies())
        assert ledger.gone(["search"]) == NOTHING
    time.sleep(0.5)  # until the leases have run out
    with Store(where) as store:
        outcome = search(store, name)
        assert (outcome.reason, outcome.calls) == ("budget", 0)
        again = store.ledger(name)
        assert (again.gone(["search", "validation"]), again.gone(["held-out"])) == (MOST, NOTHING)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_a_call_may_take_is_written_down_before_it_is_made(
    kind: str, new_store: Callable[[str], str]
) -> None:
    with Store(new_store(kind)) as store:
        name = new_run(store)
        seen: list[tuple[int, list[int]]] = []

        def look(request: Request, number: int) -> None:
            query = "SELECT input_tokens FROM evaluations WHERE state = 'claimed'"
            claimed = store.read(lambda connection: connection.exec_driver_sql(query).scalars().all())
            seen.append((lm.flying, [tokens for tokens in claimed if tokens is not None]))

        lm = SimulatedLM(fail=look)
        outcome = search(store, name, lm)
        assert len(seen) == lm.calls >= outcome.calls > 0
        assert all(len(tokens) >= flying and min(tokens) > 100 for flying, tokens in seen)


def test_what_a_lost_worker_may_have_taken_stays_gone(new_store: Callable[[str], str]) -> None:
    where = new_store("sqlite")
    with Store(where) as store:
        name = new_run(store)
        with pytest.raises(WorkersLost):
            search(store, name, afar=near(Here(lambda number: True)))
    with Store(where) as store:
        lost = store.ledger(name)
        assert lost.gone(["search"]).tokens >= 2 * (6_000 // 16) - 100
        assert lost.paid(["search"]) >= 2
