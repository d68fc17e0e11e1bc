from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import BudgetExhausted
from mlsig.evaluation.budget import Budget, BudgetedLM
from mlsig.providers.messages import Message, Request
from simulated import SimulatedLM

REQUEST = Request(provider="toy", model="small", messages=(Message("user", "hello"),))


@pytest.mark.parametrize("limit", [0, -3])
def test_a_budget_of_nothing_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Budget(limit)


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(0, 25), st.integers(0, 40))
def test_calls_in_flight_never_exceed_the_budget(limit: int, used: int, wanted: int) -> None:
    model = SimulatedLM()
    budget = Budget(limit, used=used)
    lm = BudgetedLM(model, budget)

    async def main() -> list[object]:
        return await asyncio.gather(*(lm.complete(REQUEST) for _ in range(wanted)), return_exceptions=True)

    outcomes = asyncio.run(main())
    allowed = max(0, min(wanted, limit - used))
    assert model.calls == allowed
    assert sum(isinstance(outcome, BudgetExhausted) for outcome in outcomes) == wanted - allowed
    assert budget.left == max(0, limit - used - allowed)


def test_threads_share_it() -> None:
    budget = Budget(500)
    refused: list[int] = []

    def spend() -> None:
        for _ in range(100):
            try:
                budget.reserve()
            except BudgetExhausted:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (budget.used, len(refused)) == (500, 300)
