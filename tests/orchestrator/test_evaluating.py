"""Programs evaluated on supervised workers: every example is accounted for, whatever becomes of a worker."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from apart import Apart
from mlsig.errors import ProviderError
from mlsig.evaluation import aevaluate
from mlsig.evaluation.evaluator import MetricError
from mlsig.evaluation.ledger import MemoryLedger
from mlsig.evaluation.metrics import measured_apart
from mlsig.orchestrator import NotRunning
from mlsig.orchestrator.components import EvaluationWorkers
from mlsig.providers.messages import Reply, Request
from mlsig.signatures import Example
from toy import Classify, Review

Examples = list[Example[Any, Any]]


class Odd:
    """A model that answers "positive", unless the review says what it should do instead."""

    def __init__(self) -> None:
        self.calls = 0

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        asked = request.messages[-1].content
        task = asyncio.current_task()
        assert task is not None
        if "cancel" in asked:
            task.cancel()
        if "forever" in asked:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return Reply(text="positive", input_tokens=1, output_tokens=1)


def of(*texts: str) -> Examples:
    return [
        Example(inputs=Classify.Input(review=text), expected=Classify.Expected(sentiment="positive"))
        for text in texts
    ]


async def test_examples_whose_workers_die_or_are_late_are_failed_results() -> None:
    lm, ledger, heard = Odd(), MemoryLedger(), []
    async with EvaluationWorkers(workers=4, timeout=0.5) as workers:
        found = await aevaluate(
            Review,
            of("fine", "cancel", "forever", "good"),
            lm=lm,
            ledger=ledger,
            workers=workers,
            on_result=lambda job, result: heard.append(result),
        )
        assert workers.stats().crashed == workers.stats().late == 1
    assert [result.error_kind for result in found.results] == [None, "program", "timeout", None]
    assert [result.calls for result in found.results] == [1, 1, 1, 1]
    assert "cancelled in the middle" in str(found.results[1].error)
    assert found.results[2].error == "took more than 0.5 s"
    assert found.results[2].metrics == {"accuracy": 0.0}
    assert sorted(result.example for result in heard) == sorted(result.example for result in found.results)
    assert ledger.paid(["held-out"]) == 4
    again = await aevaluate(Review, of("fine", "cancel"), lm=lm, ledger=ledger)  # on workers of its own
    assert again.results == found.results[:2]
    assert lm.calls == 4


async def test_a_model_that_never_answers_is_dead() -> None:
    async with EvaluationWorkers(workers=4, timeout=0.05) as workers:
        with pytest.raises(ProviderError, match=r"5 calls in a row failed, the last one: took more than"):
            await aevaluate(Review, of(*(f"forever {n}" for n in range(8))), lm=Odd(), workers=workers)


async def test_workers_that_are_stopped_end_the_evaluation_and_what_is_paid_is_known() -> None:
    ledger = MemoryLedger()
    async with EvaluationWorkers(workers=2) as workers:
        running = asyncio.create_task(
            aevaluate(Review, of("fine", "forever", "good"), lm=Odd(), ledger=ledger, workers=workers)
        )
        while ledger.paid(["held-out"]) < 3:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
    with pytest.raises(NotRunning, match="were stopped"):
        await running
    found = await aevaluate(Review, of("fine", "good"), lm=(lm := Odd()), ledger=ledger)
    assert (lm.calls, found.errors) == (0, 0)


async def test_what_a_process_does_for_a_metric_and_what_it_cannot_find() -> None:
    [fine, wrong] = of("fine", "raise")
    assert measured_apart("apart", "_Apart", "accuracy", fine, None) == os.getpid()
    assert "ZeroDivisionError: the metric broke" in measured_apart("apart", "_Apart", "accuracy", wrong, None)

    class Hidden(type(Apart)):  # type: ignore[misc]
        """In no module that a process could import."""

    async with EvaluationWorkers(processes=1) as workers:
        with pytest.raises(MetricError, match=r"cannot run in a process: AttributeError: .*<locals>"):
            await aevaluate(Hidden(), [fine], lm=Odd(), workers=workers)


async def test_metrics_in_processes_that_hang_or_die_fail_their_own_example() -> None:
    async with EvaluationWorkers(workers=4, processes=2, call_timeout=5.0) as workers:
        texts = ("fine", "one is killed", "good", "one may hang", "fair")
        found = await aevaluate(Apart, of(*texts), lm=Odd(), workers=workers)
        assert [result.error_kind for result in found.results] == [None, "metric", None, "metric", None]
        assert "SIGKILL" in str(found.results[1].error)
        assert "took more than 5.0 s, and was killed" in str(found.results[3].error)
        assert os.getpid() not in {result.metrics["accuracy"] for result in found.results}
        # What a metric raises ends the work; one that dies on a known answer does so before the first call.
        for text, said in (("raise", "ZeroDivisionError: the metric broke"), ("killed", "SIGKILL")):
            lm = Odd()
            with pytest.raises(MetricError, match=said):
                await aevaluate(Apart, of(text), lm=lm, workers=workers)
            assert lm.calls == 0
