"""SIMBA: find better prompts and configurations for a program, within a budget of calls.

    outcome = optimize(Review, examples, lm=client, budget_calls=300, seed=1)
    better = Review.with_candidate(Candidate.from_dict(Review, outcome.body))

The idea of introspective mini-batch ascent is DSPy's; what is different here is said in `docs/decisions.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mlsig.evaluation.cache import EvaluationCache
from mlsig.evaluation.objectives import Scales
from mlsig.programs import Program
from mlsig.providers.messages import LM
from mlsig.signatures import Example
from mlsig.simba.events import Event, Listener
from mlsig.simba.journal import Journal, MemoryJournal
from mlsig.simba.loop import SPLITS, Loop
from mlsig.simba.outcome import Outcome
from mlsig.simba.settings import ALGORITHM, Settings

if TYPE_CHECKING:
    from mlsig.engines import Afar
    from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers

__all__ = [
    "ALGORITHM",
    "SPLITS",
    "Event",
    "Journal",
    "Listener",
    "MemoryJournal",
    "Outcome",
    "Settings",
    "aoptimize",
    "optimize",
]


async def aoptimize(
    program: Program,
    train: Sequence[Example[Any, Any]],
    *,
    lm: LM,
    settings: Settings,
    scales: Scales | None = None,
    concurrency: int = 8,
    journal: Journal | None = None,
    listener: Listener = lambda event: None,  # noqa: ARG005
    stop: Callable[[], bool] = lambda: False,
    workers: EvaluationWorkers | None = None,
    afar: Afar | None = None,
    cache: EvaluationCache | None = None,
) -> Outcome:
    """Search for the best candidate, and return it with how it was found.

    Args:
        program: What to improve; its own candidate is the baseline.
        train: Examples to learn from. Those to measure on must be others.
        lm: Answers all calls.
        settings: Budget, seed and the numbers that steer the search.
        scales: The budgets that cost and latency are scored by.
        concurrency: Calls in flight at most; it does not change the outcome.
        journal: Where to write, and to resume from.
        listener: Hears what happens.
        stop: Asked before each call; True ends the run, with `Stopped`, once the calls in flight are
            recorded.
        workers: Run the examples, where a process has such for all that it runs.
        afar: Runs the examples elsewhere (`mlsig.engines`); it does not change the outcome.
        cache: Has results of other runs; a hit costs no call.

    Raises:
        ProviderUnreachable, ProviderRefused, ProviderError: There is no working model to ask.
        StoreError: The journal could not be written.
        Stopped: The run was asked to stop.
        ValueError: There are no examples, or a number makes no sense.
    """
    loop = Loop(
        program,
        train,
        lm,
        settings,
        scales=scales,
        concurrency=concurrency,
        journal=journal,
        listener=listener,
        stop=stop,
        workers=workers,
        afar=afar,
        cache=cache,
    )
    return await loop.run()


def optimize(
    program: Program,
    train: Sequence[Example[Any, Any]],
    *,
    lm: LM,
    budget_calls: int,
    seed: int = 0,
    concurrency: int = 8,
    journal: Journal | None = None,
    listener: Listener = lambda event: None,  # noqa: ARG005
    cache: EvaluationCache | None = None,
) -> Outcome:
    """Search, from code that has no event loop running; `aoptimize` says what is raised."""
    settings = Settings(budget_calls=budget_calls, seed=seed)
    from mlsig.providers import sync  # noqa: PLC0415  (works where a loop is running already)

    return sync.run(
        aoptimize(
            program,
            train,
            lm=lm,
            settings=settings,
            concurrency=concurrency,
            journal=journal,
            listener=listener,
            cache=cache,
        )
    )
