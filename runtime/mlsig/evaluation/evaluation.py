"""Measure a program on examples.

evaluation = evaluate(Review, examples, lm=client, concurrency=4, seed=1)
evaluation.metrics["accuracy"]      # Estimate(mean=0.82, low=0.74, high=0.88, method='wilson', count=100)
evaluation.results[0].error         # why the first example failed, or None
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mlsig.evaluation.budget import Budget
from mlsig.evaluation.cache import EvaluationCache, remembering
from mlsig.evaluation.evaluator import Evaluator, Job, raw
from mlsig.evaluation.intervals import Estimate, estimate, percentile
from mlsig.evaluation.ledger import HELD_OUT, Key, Ledger, MemoryLedger, Result
from mlsig.evaluation.objectives import Measure, Scales, Scoring
from mlsig.programs import Program
from mlsig.providers.messages import LM
from mlsig.signatures import Example

if TYPE_CHECKING:
    from mlsig.engines import Afar
    from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds an example takes: percentiles by nearest rank."""

    p50: float
    p90: float
    p99: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate does on a set of examples.

    Attributes:
        candidate: Key of the candidate.
        results: One for each example, in the order of the examples.
        score: The composite score, in [0, 1].
        metrics: Each metric of the program, failed examples at their worst.
        measures: Raw means of the objectives, with unit and direction.
        errors: How many examples failed.
        calls: Calls made for these results, at whatever time.
        cost: US dollars in total; `latency` is in seconds per example.
        input_tokens: In total, as are `output_tokens`.
    """

    candidate: str
    results: tuple[Result, ...]
    score: Estimate
    metrics: dict[str, Estimate]
    measures: tuple[Measure, ...]
    errors: int
    calls: int
    cost: float
    latency: Latency
    input_tokens: int
    output_tokens: int


def summarize(
    candidate: str, results: Sequence[Result], *, scoring: Scoring, metrics: Sequence[str], seed: int = 0
) -> Evaluation:
    """Return what the results amount to."""
    scores = [0.0 if result.error is not None else scoring.score(raw(result)) for result in results]
    latencies = [result.latency for result in results]
    return Evaluation(
        candidate=candidate,
        results=tuple(results),
        score=estimate(scores, seed=seed),
        metrics={name: estimate([result.metrics[name] for result in results], seed=seed) for name in metrics},
        measures=scoring.measures([raw(result) for result in results]),
        errors=sum(1 for result in results if result.error is not None),
        calls=sum(result.calls for result in results),
        cost=sum(result.cost for result in results),
        latency=Latency(
            p50=percentile(latencies, 0.5), p90=percentile(latencies, 0.9), p99=percentile(latencies, 0.99)
        ),
        input_tokens=sum(result.input_tokens for result in results),
        output_tokens=sum(result.output_tokens for result in results),
    )


async def aevaluate(
    program: Program,
    examples: Sequence[Example[Any, Any]],
    *,
    lm: LM,
    concurrency: int = 8,
    seed: int = 0,
    split: str = HELD_OUT,
    scales: Scales | None = None,
    ledger: Ledger | None = None,
    budget: Budget | None = None,
    stop: Callable[[], bool] = lambda: False,
    on_result: Callable[[Job, Result], None] = lambda job, result: None,  # noqa: ARG005
    workers: EvaluationWorkers | None = None,
    cache: EvaluationCache | None = None,
    afar: Afar | None = None,
) -> Evaluation:
    """Run every example once, and sum up; what the ledger holds already costs no call.

    `workers` are those of a process that runs other things too; without them, it has its own. `afar` runs the
    examples elsewhere (`mlsig.engines`). `cache` has results of other evaluations; a hit costs no call.

    Raises:
        ProviderUnreachable, ProviderRefused, ProviderError: There is no working model to ask.
        EvaluationError: A metric is broken, or the program always raises.
        BudgetExhausted: The examples need more calls than the budget has.
        StoreError: A result could not be recorded.
        Stopped: `stop` said so.
        ValueError: There are no examples, or `concurrency` is not above zero.
    """
    if not examples:
        raise ValueError("there are no examples to evaluate on")
    evaluator = Evaluator(
        program,
        lm,
        scoring=Scoring(program.objectives, program.metrics, scales),
        ledger=remembering(ledger or MemoryLedger(), cache, program, seed),
        budget=budget,
        seed=seed,
        concurrency=concurrency,
        stop=stop,
        on_result=on_result,
        workers=workers,
        afar=afar,
    )
    candidate = program.candidate.key()
    seen: dict[str, int] = {}
    jobs: list[Job] = []
    for example in examples:
        name = example.id
        # A row that stands in the data twice is run twice, with another sampling seed.
        seen[name] = repeat = seen.get(name, -1) + 1
        jobs.append(Job(Key(split, candidate, name, repeat), program, example))
    results = await evaluator.measure(jobs)
    return summarize(candidate, results, scoring=evaluator.scoring, metrics=program.metrics, seed=seed)


def evaluate(
    program: Program,
    examples: Sequence[Example[Any, Any]],
    *,
    lm: LM,
    concurrency: int = 8,
    seed: int = 0,
    scales: Scales | None = None,
    cache: EvaluationCache | None = None,
) -> Evaluation:
    """Run every example once, and sum up.

    `aevaluate` does so inside a running event loop, and says what is raised.
    """
    from mlsig.providers import sync  # noqa: PLC0415  (works where a loop is running already)

    return sync.run(
        aevaluate(program, examples, lm=lm, concurrency=concurrency, seed=seed, scales=scales, cache=cache)
    )
