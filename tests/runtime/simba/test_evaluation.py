from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pytest
from mlsig.errors import BudgetExhausted, ProviderError, ProviderRefused, ProviderUnreachable, StoreError
from mlsig.evaluation import aevaluate, evaluate
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.evaluator import (
    STREAK,
    EvaluationError,
    Evaluator,
    Job,
    MeteredLM,
    MetricError,
    Stopped,
)
from mlsig.evaluation.ledger import Key, MemoryLedger, Result
from mlsig.evaluation.objectives import Scales
from mlsig.programs import CallSettings, Program
from mlsig.programs.executions import Execution
from mlsig.providers.messages import Reply, Request
from simulated import SimulatedLM, broken
from toy import Classify, Review, reviews

SHOWN = Review.with_candidate(
    type(Review.candidate)(Review.candidate.config, (), tuple(reviews(6, start=1_001)))
)


def test_an_evaluation_says_what_was_measured() -> None:
    lm = SimulatedLM()
    made = evaluate(SHOWN, reviews(30), lm=lm, seed=1)
    assert lm.calls == made.calls == 30
    right = sum(result.metrics["accuracy"] for result in made.results)
    assert made.metrics["accuracy"].mean == right / 30 > 0.5
    assert made.metrics["accuracy"].method == "wilson"
    assert made.score.method == "bootstrap"
    assert made.candidate == SHOWN.candidate.key()
    assert [result.example for result in made.results] == [example.id for example in reviews(30)]
    assert made.cost == pytest.approx(sum(result.cost for result in made.results))
    assert made.latency.p50 <= made.latency.p90 <= made.latency.p99
    assert [measure.name for measure in made.measures] == ["accuracy", "cost", "latency"]
    assert made.input_tokens > made.output_tokens > 0


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_concurrency_is_bounded_and_changes_nothing(concurrency: int) -> None:
    lm = SimulatedLM(delay=lambda request: (hash(request.messages[-1].content) % 5) / 1_000)
    made = evaluate(SHOWN, reviews(20), lm=lm, seed=4, concurrency=concurrency)
    assert lm.most_flying <= concurrency
    assert made == evaluate(SHOWN, reviews(20), lm=SimulatedLM(), seed=4)


def test_the_seed_decides() -> None:
    first, second = (evaluate(SHOWN, reviews(40), lm=SimulatedLM(), seed=seed) for seed in (1, 2))
    assert first != second


def test_every_example_has_its_own_sampling_seed() -> None:
    seen: list[int | None] = []
    evaluate(SHOWN, reviews(10), lm=SimulatedLM(fail=lambda request, number: seen.append(request.seed)))
    assert None not in seen
    assert len(set(seen)) == 10


def test_an_example_that_stands_twice_in_the_data_is_run_twice() -> None:
    lm = SimulatedLM()
    made = evaluate(SHOWN, [*reviews(3), *reviews(3)], lm=lm)
    assert lm.calls == 6
    assert [result.trial for result in made.results] == [0, 0, 0, 1, 1, 1]


def test_an_answer_that_cannot_be_read_scores_zero_and_says_why() -> None:
    made = evaluate(Review, reviews(30), lm=SimulatedLM())
    failed = [result for result in made.results if result.error is not None]
    assert made.errors == len(failed) > 15
    assert {result.error_kind for result in failed} == {"parse"}
    assert all(result.metrics == {"accuracy": 0.0} and result.text for result in failed)
    assert made.score.mean <= 1 - made.errors / 30


def test_a_metric_that_raises_ends_the_work_and_its_call_stays_paid() -> None:
    bomb = Classify.example({"review": "film number 3 was brilliant, a metric bomb", "sentiment": "positive"})
    lm, ledger = SimulatedLM(), MemoryLedger()
    said = r"metric accuracy of Review: ZeroDivisionError: the metric broke \(.*toy\.py:\d+\)"
    with pytest.raises(MetricError, match=said):
        asyncio.run(
            aevaluate(SHOWN, [*reviews(4), bomb, *reviews(40)], lm=lm, ledger=ledger, concurrency=1, seed=1)
        )
    assert lm.calls == ledger.paid(["held-out"]) == 5
    assert ledger.recall(_key(bomb)) is None
    assert ledger.recall(_key(reviews(1)[0])) is not None


class _Odd(type(Review)):  # type: ignore[misc]
    value: Any = None

    @classmethod
    def metric_accuracy(cls, example: Any, output: Any) -> Any:
        return cls.value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "much"])
def test_a_metric_that_returns_no_number_is_found_before_any_call(value: Any) -> None:
    lm = SimulatedLM()
    program = type("_One", (_Odd,), {"value": value})(SHOWN.candidate)
    with pytest.raises(MetricError, match="metric accuracy"):
        evaluate(program, reviews(40), lm=lm)
    assert lm.calls == 0


class _Missing(type(Review)):  # type: ignore[misc]
    @staticmethod
    def metric_accuracy(example: Any, output: Any) -> float:
        return float(import_module("no_such_metrics").metric(example, output))


def test_a_metric_that_cannot_be_imported_is_found_before_any_call() -> None:
    lm = SimulatedLM()
    with pytest.raises(MetricError, match=r"ModuleNotFoundError: .*no_such_metrics"):
        evaluate(_Missing(SHOWN.candidate), reviews(40), lm=lm)
    assert lm.calls == 0


def test_without_a_known_answer_a_broken_metric_costs_one_call() -> None:
    lm = SimulatedLM()
    unknown = [Classify.example({"review": example.inputs.review}) for example in reviews(40)]
    with pytest.raises(MetricError, match="no_such_metrics"):
        evaluate(_Missing(SHOWN.candidate), unknown, lm=lm, concurrency=1, seed=1)
    assert lm.calls == 1


def test_a_failed_call_scores_zero_and_the_rest_goes_on() -> None:
    def fail(request: Request, number: int) -> None:
        if number % 3 == 0:
            raise broken()

    made = evaluate(SHOWN, reviews(12), lm=SimulatedLM(fail=fail), concurrency=1)
    assert [result.error_kind == "provider" for result in made.results].count(True) == 4
    assert made.results[2].error == "toy: the server stumbled"
    assert made.calls == 12


def test_a_model_that_only_fails_ends_the_work_and_leaves_no_scores() -> None:
    def fail(request: Request, number: int) -> None:
        raise broken()

    lm, ledger = SimulatedLM(fail=fail), MemoryLedger()
    with pytest.raises(ProviderError, match=r"5 calls in a row failed.*stumbled"):
        asyncio.run(aevaluate(SHOWN, reviews(40), lm=lm, ledger=ledger, concurrency=1))
    assert lm.calls == STREAK
    assert all(ledger.recall(_key(example)) is None for example in reviews(40))
    assert ledger.paid(["held-out"]) == STREAK


def test_requests_that_end_together_do_not_make_a_model_dead() -> None:
    """Of very many at once, those that are never answered reach their time limit one after the other."""

    class Slow(SimulatedLM):
        async def complete(self, request: Request) -> Reply:
            number = self.calls
            reply = await super().complete(request)
            if number % 20 == 0:
                await answered.wait()
                raise broken()
            return reply

    class Dead(SimulatedLM):
        async def complete(self, request: Request) -> Reply:
            raise broken()

    def hear(_: object, result: Result) -> None:
        heard.append(result.error_kind)
        if len(heard) == 114:
            answered.set()

    answered, heard = asyncio.Event(), list[str | None]()
    asyncio.run(aevaluate(SHOWN, reviews(120), lm=Slow(), concurrency=120, on_result=hear))
    assert heard.count("provider") == heard[-6:].count("provider") == 6
    with pytest.raises(ProviderError, match="11 calls in a row failed"):
        asyncio.run(aevaluate(SHOWN, reviews(110), lm=Dead(), concurrency=500))


@pytest.mark.parametrize("kind", [ProviderUnreachable, ProviderRefused])
def test_a_dead_model_ends_the_work_at_once_and_nothing_counts_as_paid(kind: type[ProviderError]) -> None:
    def fail(request: Request, number: int) -> None:
        raise kind("toy", "no such thing")

    lm, ledger = SimulatedLM(fail=fail), MemoryLedger()
    with pytest.raises(kind, match="no such thing"):
        asyncio.run(aevaluate(SHOWN, reviews(40), lm=lm, ledger=ledger, concurrency=4))
    assert lm.calls <= 4
    assert ledger.paid(["held-out"]) == 0


def test_what_is_known_is_not_paid_again() -> None:
    ledger = MemoryLedger()
    first = asyncio.run(aevaluate(SHOWN, reviews(10), lm=SimulatedLM(), ledger=ledger))
    lm = SimulatedLM()
    second = asyncio.run(aevaluate(SHOWN, reviews(12), lm=lm, ledger=ledger))
    assert lm.calls == 2
    assert second.results[:10] == first.results


def test_the_budget_holds_with_calls_in_flight() -> None:
    lm, ledger = SimulatedLM(delay=lambda request: 0.001), MemoryLedger()
    with pytest.raises(BudgetExhausted, match="7 calls"):
        asyncio.run(aevaluate(SHOWN, reviews(20), lm=lm, ledger=ledger, budget=Budget(7), concurrency=5))
    assert lm.calls == ledger.paid(["held-out"]) == 7
    assert sum(ledger.recall(_key(example, SHOWN)) is not None for example in reviews(20)) == 7


def test_stopping_finishes_what_is_under_way() -> None:
    lm, ledger = SimulatedLM(delay=lambda request: 0.001), MemoryLedger()
    with pytest.raises(Stopped):
        asyncio.run(
            aevaluate(SHOWN, reviews(20), lm=lm, ledger=ledger, concurrency=4, stop=lambda: lm.calls >= 6)
        )
    assert 6 <= lm.calls < 20
    assert sum(ledger.recall(_key(example, SHOWN)) is not None for example in reviews(20)) == lm.calls


class _Crashing(type(Review)):  # type: ignore[misc]
    @staticmethod
    def settings(config: Any) -> CallSettings:
        return type(Review).settings(config)

    async def execute(self, inputs: Any, lm: Any, *, seed: int | None = None) -> Execution:
        if "film number 3 " in inputs.review or self.broken():
            raise KeyError("what")
        return await super().execute(inputs, lm, seed=seed)

    def broken(self) -> bool:
        return False


class _Crashed(_Crashing):
    def broken(self) -> bool:
        return True


def test_a_program_that_raises_fails_that_example_only() -> None:
    made = evaluate(_Crashing(SHOWN.candidate), reviews(6), lm=SimulatedLM(), concurrency=1)
    assert made.results[3].error == "KeyError: 'what'"
    assert (made.results[3].error_kind, made.results[3].calls) == ("program", 0)


def test_a_program_that_always_raises_ends_the_work() -> None:
    with pytest.raises(EvaluationError, match="KeyError"):
        evaluate(_Crashed(SHOWN.candidate), reviews(40), lm=SimulatedLM())


class _Twice(type(Review)):  # type: ignore[misc]
    """Needs two calls for each example."""

    async def execute(self, inputs: Any, lm: Any, *, seed: int | None = None) -> Execution:
        await super().execute(inputs, lm, seed=seed)
        return await super().execute(inputs, lm, seed=seed)


def test_every_call_of_an_example_is_counted() -> None:
    ledger = MemoryLedger()
    made = asyncio.run(aevaluate(_Twice(SHOWN.candidate), reviews(5), lm=SimulatedLM(), ledger=ledger))
    assert made.calls == ledger.paid(["held-out"]) == 10
    ledger = MemoryLedger()
    lm = SimulatedLM()
    with pytest.raises(BudgetExhausted):
        asyncio.run(aevaluate(_Twice(SHOWN.candidate), reviews(5), lm=lm, ledger=ledger, budget=Budget(5)))
    assert lm.calls == ledger.paid(["held-out"]) == 5


class _Slow(MemoryLedger):
    async def claim(self, key: Key) -> int:
        await asyncio.sleep(0.001)
        return await super().claim(key)


def test_samples_asked_for_at_once_are_one_evaluation() -> None:
    ledger = _Slow()
    lm = MeteredLM(SimulatedLM(), Key("held-out", "c", "e"), ledger, None)
    [request] = [next(SHOWN.steps(example.inputs)) for example in reviews(1)]

    async def at_once() -> None:
        await asyncio.gather(*(lm.complete(request) for _ in range(5)))

    asyncio.run(at_once())
    assert lm.calls == ledger.paid(["held-out"]) == 5


class _Failing(MemoryLedger):
    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        raise StoreError("disk full")


def test_a_store_that_fails_stops_further_calls() -> None:
    lm = SimulatedLM()
    with pytest.raises(StoreError, match="disk full"):
        asyncio.run(aevaluate(SHOWN, reviews(20), lm=lm, ledger=_Failing(), concurrency=2))
    assert lm.calls == 2


def test_scales_can_be_set() -> None:
    loose, tight = (
        evaluate(SHOWN, reviews(10), lm=SimulatedLM(), scales=Scales(latency=latency))
        for latency in (100, 0.01)
    )
    assert loose.score.mean > tight.score.mean
    assert loose.metrics == tight.metrics


def test_nothing_to_do_is_said() -> None:
    with pytest.raises(ValueError, match="no examples"):
        evaluate(Review, [], lm=SimulatedLM())
    with pytest.raises(ValueError, match="concurrency"):
        Evaluator(Review, SimulatedLM(), concurrency=0)
    evaluator = Evaluator(Review, SimulatedLM())
    assert asyncio.run(evaluator.measure([])) == []


def test_jobs_of_several_candidates_can_be_mixed() -> None:
    evaluator = Evaluator(Review, SimulatedLM())
    jobs = [
        Job(Key("search", program.candidate.key(), example.id), program, example)
        for example in reviews(3)
        for program in (Review, SHOWN)
    ]
    results = asyncio.run(evaluator.measure(jobs))
    assert [result.example for result in results] == [job.key.example for job in jobs]
    assert isinstance(Review, Program)


def _key(example: Any, program: Any = SHOWN) -> Key:
    return Key("held-out", program.candidate.key(), example.id)
