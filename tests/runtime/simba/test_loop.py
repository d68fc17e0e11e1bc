"""Whole runs of the optimiser against a simulated model."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import ProviderError, ProviderUnreachable
from mlsig.evaluation import evaluate
from mlsig.evaluation.evaluator import MetricError, Stopped
from mlsig.evaluation.ledger import SEARCH, Key
from mlsig.programs.candidates import Candidate
from mlsig.programs.executions import Execution
from mlsig.providers.messages import Request
from mlsig.simba import SPLITS, MemoryJournal, Outcome, Settings, aoptimize, optimize
from mlsig.simba.events import Ended, Evaluated, Event, FinalsStarted, Proposed, Skipped, Started, StepEnded
from simulated import SimulatedLM, broken
from toy import Classify, Review, reviews

TRAIN = reviews(60)


def search(
    lm: SimulatedLM | None = None, program: Any = Review, train: Any = TRAIN, **options: Any
) -> Outcome:
    given = {
        name: options.pop(name) for name in ("concurrency", "journal", "listener", "stop") if name in options
    }
    chosen = Settings(**{"budget_calls": 150, "seed": 1, **options})
    return asyncio.run(aoptimize(program, train, lm=lm or SimulatedLM(), settings=chosen, **given))


def uneven(request: Request) -> float:
    """Calls of different lengths, so that answers arrive out of order."""
    return (request.seed or 0) % 7 / 2_000


def test_it_finds_what_was_planted() -> None:
    gains = []
    for seed in range(5):
        outcome = search(budget_calls=300, seed=seed, train=reviews(100))
        best = Review.with_candidate(Candidate.from_dict(Review, outcome.body))
        before, after = (
            evaluate(program, reviews(200, start=5_000), lm=SimulatedLM(), seed=99).metrics["accuracy"]
            for program in (Review, best)
        )
        assert after.low > before.high + 0.3
        assert len(outcome.body["demos"]) >= 2
        gains.append(after.mean - before.mean)
    assert sum(gains) / len(gains) > 0.6


def test_the_same_seed_takes_the_same_course_with_any_concurrency() -> None:
    runs = [search(SimulatedLM(delay=uneven), concurrency=concurrency) for concurrency in (1, 2, 8)]
    assert runs[0].steps
    assert len({msgspec.json.encode(run) for run in runs}) == 1


def test_another_seed_takes_another_course() -> None:
    assert search(seed=1).steps != search(seed=2).steps


def test_a_journal_answers_what_it_holds() -> None:
    journal = MemoryJournal()
    first = search(journal=journal)
    lm = SimulatedLM()
    assert search(lm, journal=journal) == first
    assert lm.calls == 0


@pytest.mark.parametrize("when", [3, 20, 60, 110, 140])
def test_a_run_that_was_stopped_goes_on_where_it_was(when: int) -> None:
    whole = search()
    journal, first = MemoryJournal(), SimulatedLM()
    with pytest.raises(Stopped):
        search(first, journal=journal, stop=lambda: first.calls >= when)
    second = SimulatedLM()
    assert search(second, journal=journal) == whole
    assert first.calls + second.calls == whole.calls


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 90),
    st.integers(0, 3),
    st.sampled_from([1, 5]),
    st.sampled_from([1, 3, 40]),
    st.booleans(),
)
def test_the_budget_is_never_exceeded(
    budget: int, seed: int, concurrency: int, examples: int, twice: bool
) -> None:
    lm, journal = SimulatedLM(), MemoryJournal()
    outcome = search(
        lm,
        program=_Twice() if twice else Review,
        train=reviews(examples),
        budget_calls=budget,
        seed=seed,
        concurrency=concurrency,
        journal=journal,
    )
    assert lm.calls <= budget
    assert lm.calls == journal.ledger.paid(SPLITS)
    assert Candidate.from_dict(Review, outcome.body).key() == outcome.best


class _Twice(type(Review)):  # type: ignore[misc]
    """Needs two calls now and then."""

    async def execute(self, inputs: Any, lm: Any, *, seed: int | None = None) -> Execution:
        if (seed or 0) % 3 == 0:
            await super().execute(inputs, lm, seed=seed)
        return await super().execute(inputs, lm, seed=seed)


def test_calls_that_were_lost_count_against_the_cap() -> None:
    journal, lm = MemoryJournal(), SimulatedLM()

    async def lose() -> None:
        for number in range(60):
            await journal.ledger.claim(Key(SEARCH, "candidate", str(number)))

    asyncio.run(lose())
    search(lm, journal=journal, budget_calls=100)
    assert lm.calls <= 40


def test_a_few_lost_calls_do_not_change_the_course() -> None:
    whole = search(budget_calls=150)
    journal = MemoryJournal()

    async def lose() -> None:
        for number in range(Settings(budget_calls=150).slack):
            await journal.ledger.claim(Key(SEARCH, "candidate", str(number)))

    asyncio.run(lose())
    assert search(budget_calls=150, journal=journal) == whole


def test_skipped_candidates_cost_nothing() -> None:
    heard: list[Event] = []
    lm = SimulatedLM()
    outcome = search(lm, listener=heard.append, rules=False)
    skipped = [event for event in heard if isinstance(event, Skipped)]
    proposed = [event.key for event in heard if isinstance(event, Proposed)]
    assert lm.calls == outcome.calls == sum(isinstance(event, Evaluated) for event in heard)
    assert [member.key for member in outcome.pool] == [outcome.baseline, *proposed]
    assert all(event.reason for event in skipped)


def test_losers_get_few_examples() -> None:
    outcome = search(budget_calls=300, rules=False)
    counts = sorted(member.count for member in outcome.pool if member.strategy != "baseline")
    assert counts[0] <= 4
    assert counts[len(counts) // 2] <= 8
    assert counts[-1] >= 16


def test_candidates_are_compared_on_the_same_examples() -> None:
    for step in search(budget_calls=300).steps:
        for rung in step.rungs:
            assert len({stand.count for stand in rung}) == 1


def test_the_baseline_is_scored_and_in_the_finals() -> None:
    outcome = search()
    assert outcome.pool[0].strategy == "baseline"
    assert outcome.pool[0].count >= 4
    assert outcome.baseline in {finalist.key for finalist in outcome.finalists}


def test_the_front_is_made_of_finalists() -> None:
    outcome = search()
    assert set(outcome.front) <= {finalist.key for finalist in outcome.finalists}
    assert outcome.front


def test_the_choice_is_made_on_examples_that_the_search_did_not_use() -> None:
    outcome = search()
    assert outcome.validated
    assert outcome.validation is not None
    assert outcome.expected is not None
    assert outcome.score == outcome.expected.mean <= outcome.validation.score.mean
    demos = [demo["inputs"]["review"] for member in outcome.pool for demo in member.body["demos"]]
    used = {example.id for example in TRAIN if example.inputs.review in demos}
    assert not used & {result.example for result in outcome.validation.results}


def test_a_candidate_is_not_judged_on_what_it_shows() -> None:
    journal = MemoryJournal()
    outcome = search(journal=journal, train=reviews(14), budget_calls=300)
    reached = journal.ledger._results  # type: ignore[attr-defined]
    shown = {
        member.key: {
            example.id
            for example in TRAIN
            for demo in member.body["demos"][: member.body["config"]["demos"]]
            if demo["inputs"] == example.inputs.to_dict()
        }
        for member in outcome.pool
    }
    assert any(shown.values())
    assert not [key for key in reached if key.split != "reflection" and key.example in shown[key.candidate]]


ASKING = ("append_demo", "append_rule")


def test_rules_are_asked_for_and_counted() -> None:
    heard: list[Event] = []
    asked = 0

    def fail(request: Request, number: int) -> None:
        nonlocal asked
        asked += "general rule" in request.messages[-1].content

    lm, journal = SimulatedLM(fail=fail), MemoryJournal()
    outcome = search(lm, journal=journal, listener=heard.append, budget_calls=400, strategies=ASKING)
    assert asked == journal.ledger.paid(["reflection"]) > 0
    assert lm.calls == outcome.calls == sum(isinstance(event, Evaluated) for event in heard) + asked
    assert any(member.body["rules"] for member in outcome.pool)


def test_a_reflection_that_fails_is_survived() -> None:
    def fail(request: Request, number: int) -> None:
        if "general rule" in request.messages[-1].content:
            raise broken()

    outcome = search(SimulatedLM(fail=fail), budget_calls=400, strategies=ASKING)
    assert not any(member.body["rules"] for member in outcome.pool)


def test_a_dead_model_at_a_reflection_ends_the_run() -> None:
    def fail(request: Request, number: int) -> None:
        if "general rule" in request.messages[-1].content:
            raise ProviderUnreachable("toy", "gone")

    journal = MemoryJournal()
    with pytest.raises(ProviderUnreachable, match="gone"):
        search(SimulatedLM(fail=fail), budget_calls=400, journal=journal, strategies=ASKING)
    assert journal.ledger.paid(["reflection"]) == 0


def test_stopping_at_a_reflection_makes_no_call() -> None:
    """Whatever the next call after a step is, it is not made; for some seeds it is a question for a rule."""
    for seed in range(6):
        lm, ended = SimulatedLM(), list[int]()

        def heard(event: Event, lm: SimulatedLM = lm, ended: list[int] = ended) -> None:
            if isinstance(event, StepEnded) and event.step == 1:
                ended.append(lm.calls)

        with pytest.raises(Stopped):
            search(lm, budget_calls=400, seed=seed, listener=heard, stop=lambda ended=ended: bool(ended))
        assert ended == [lm.calls]


def test_failing_examples_and_candidates_are_survived() -> None:
    bombs = [
        Classify.example({"review": f"film number {n} was brilliant, program bomb", "sentiment": "positive"})
        for n in (1, 2, 3)
    ]
    outcome = search(program=_Fragile(), train=[*reviews(40), *bombs], budget_calls=250)
    assert outcome.score > 0.4
    assert len(outcome.steps) >= 2


def test_a_metric_that_raises_ends_the_search_and_its_calls_stay_paid() -> None:
    bomb = Classify.example({"review": "film number 1 was brilliant, metric bomb", "sentiment": "positive"})
    lm, journal = SimulatedLM(), MemoryJournal()
    with pytest.raises(MetricError, match="the metric broke"):
        search(lm, train=[*reviews(40), bomb], budget_calls=250, journal=journal)
    assert 0 < lm.calls == journal.ledger.paid(["search", "validation", "reflection"])


class _Fragile(type(Review)):  # type: ignore[misc]
    async def execute(self, inputs: Any, lm: Any, *, seed: int | None = None) -> Execution:
        if self.candidate.config.demo_layout == "block":
            raise RuntimeError("this candidate cannot be run")
        if "program bomb" in inputs.review:
            raise RuntimeError("this example cannot be run")
        return await super().execute(inputs, lm, seed=seed)


def test_a_dead_model_ends_the_run_with_its_error() -> None:
    def fail(request: Request, number: int) -> None:
        if number > 30:
            raise broken()

    with pytest.raises(ProviderError, match="calls in a row failed"):
        search(SimulatedLM(fail=fail))


def test_a_target_ends_the_search() -> None:
    outcome = search(budget_calls=2_000, target=0.5)
    assert outcome.reason == "target"
    assert outcome.calls < 600


def test_patience_ends_the_search() -> None:
    outcome = search(budget_calls=3_000, patience=1, min_delta=0.5, train=reviews(100))
    assert outcome.reason == "patience"
    assert outcome.calls < 1_000


class _Stuck(type(Review)):  # type: ignore[misc]
    """Has nothing to vary: no strategy finds anything."""

    class space(type(Review).space):  # type: ignore[misc,name-defined]  # noqa: N801
        @classmethod
        def default(cls) -> Any:
            return cls.validate({**type(Review).space.default().to_dict(), "demos": 0})

        @classmethod
        def mutate(cls, config: Any, rng: Any, names: Any = None) -> Any:
            return config

        @classmethod
        def sample(cls, rng: Any) -> Any:
            return cls.default()


def test_a_search_with_nothing_to_try_ends() -> None:
    outcome = search(program=_Stuck(), rules=False, budget_calls=500)
    assert outcome.reason == "exhausted"
    assert outcome.best == outcome.baseline
    assert outcome.calls < 200


@pytest.mark.parametrize("budget", [1, 2, 3, 8])
def test_a_tiny_budget_returns_the_baseline_at_worst(budget: int) -> None:
    lm = SimulatedLM()
    outcome = search(lm, budget_calls=budget)
    assert lm.calls <= budget
    assert outcome.reason == "budget"
    assert outcome.best


def test_very_few_examples_are_said_to_be_no_proof() -> None:
    outcome = search(train=reviews(6), budget_calls=120)
    assert not outcome.validated


def test_without_examples_there_is_no_search() -> None:
    with pytest.raises(ValueError, match="no training examples"):
        search(train=[])


def test_events_tell_the_story_in_order() -> None:
    heard: list[Event] = []
    outcome = search(listener=heard.append)
    kinds = [type(event) for event in heard]
    assert kinds[0] is Started
    assert kinds[-1] is Ended
    assert kinds.index(FinalsStarted) > max(i for i, kind in enumerate(kinds) if kind is StepEnded)
    ended = [event for event in heard if isinstance(event, StepEnded)]
    assert [event.step for event in ended] == list(range(len(ended)))
    assert [event.calls for event in ended] == [point.calls for point in outcome.history]
    assert [event.done for event in heard if isinstance(event, Evaluated)] == list(
        range(1, sum(isinstance(event, Evaluated) for event in heard) + 1)
    )


def test_the_sync_face_does_the_same() -> None:
    outcome = optimize(Review, TRAIN, lm=SimulatedLM(), budget_calls=60, seed=3)
    assert outcome == search(budget_calls=60, seed=3)


def test_an_outcome_survives_json() -> None:
    outcome = search()
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=Outcome) == outcome
