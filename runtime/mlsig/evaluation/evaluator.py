"""Runs examples: bounded concurrency, every result recorded, and a clear end when the model is dead.

An evaluation is one example run with one candidate. A failed one, because the answer cannot be read or the
call failed, is a result like any other, with its error. What ends the work at once is what would spoil every
result: a provider that cannot be reached or refuses the key, `STREAK` failed calls in a row, a metric that
raises, a used-up budget, a store that cannot write, or a wish to stop. What is under way then is finished and
recorded first. The metrics are tried on a known answer before the first call, so that one which cannot be
imported costs nothing.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from mlsig.errors import (
    BudgetExhausted,
    MlsigError,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    StoreError,
    ValidationError,
)
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.chance import call_seed
from mlsig.evaluation.ledger import Key, Ledger, MemoryLedger, Result
from mlsig.evaluation.objectives import Scoring
from mlsig.programs import Program
from mlsig.programs.executions import Execution
from mlsig.providers.messages import LM, Reply, Request
from mlsig.signatures import Example

STREAK: Final = 5
"""So many failed calls in a row mean that the model is dead.

So many broken runs and no sound one, that the program is.
"""

PROGRAM: Final = "program"
"""The kind of an error that the program raised before or after its calls."""

FATAL: Final = (ProviderUnreachable, ProviderRefused, BudgetExhausted, StoreError)
"""What ends the work at once."""


class EvaluationError(MlsigError):
    """The program or a metric raises: its code is broken, not its prompt."""


class MetricError(EvaluationError):
    """A metric cannot be imported, raises, or returns no finite number; no score can be made up for that."""


class Stopped(MlsigError):
    """The work was asked to stop; everything that was under way is finished and recorded."""


@dataclass(frozen=True, slots=True)
class Job:
    """One example to run with `program`, which already has its candidate."""

    key: Key
    program: Program
    example: Example[Any, Any]


class MeteredLM:
    """A model whose calls are reserved in a budget, and claimed in a ledger, before they are made."""

    def __init__(self, lm: LM, key: Key, ledger: Ledger, budget: Budget | None) -> None:
        self._lm = lm
        self._key = key
        self._ledger = ledger
        self._budget = budget
        self.calls = 0
        self.claim: int | None = None
        self._claiming = asyncio.Lock()

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            BudgetExhausted: The budget is used up; no call was made.
        """
        if self._budget is not None:
            self._budget.reserve()
        claim = self.claim or await self.claimed()
        self.calls += 1
        if self.calls > 1:
            await self._ledger.calling(claim, self.calls)
        return await self._lm.complete(request)

    async def claimed(self) -> int:
        """Return the claim, and make it first if need be: one, however many samples are asked for at once."""
        async with self._claiming:
            if self.claim is None:
                self.claim = await self._ledger.claim(self._key)
            return self.claim


class Evaluator:
    """Runs jobs against one model, with one ledger and one budget.

    Attributes:
        scoring: How raw measures become a score.
        ledger: Where results are recorded, and recalled from instead of paying again.
    """

    def __init__(
        self,
        program: Program,
        lm: LM,
        *,
        scoring: Scoring | None = None,
        ledger: Ledger | None = None,
        budget: Budget | None = None,
        seed: int = 0,
        concurrency: int = 8,
        stop: Callable[[], bool] = lambda: False,
        on_result: Callable[[Job, Result], None] = lambda job, result: None,  # noqa: ARG005
    ) -> None:
        """Prepare; makes no call.

        Raises:
            ValueError: `concurrency` is not above zero, or the objectives have no weight.
        """
        if concurrency < 1:
            raise ValueError(f"a concurrency of {concurrency} runs nothing: it must be at least 1")
        self.program = program
        self.lm = lm
        self.scoring = scoring or Scoring(program.objectives, program.metrics)
        self.ledger: Ledger = ledger if ledger is not None else MemoryLedger()
        self.budget = budget
        self.seed = seed
        self._concurrency = concurrency
        self._stop = stop
        self._on_result = on_result
        self._unanswered: list[tuple[int, Key]] = []
        self._unscored: list[tuple[int, Key]] = []
        self._sound = False
        self._tried = False

    def score(self, result: Result) -> float:
        """Return the composite score of one result, in [0, 1]; 0 for a failed example."""
        return 0.0 if result.error is not None else self.scoring.score(raw(result))

    async def measure(self, jobs: Sequence[Job]) -> list[Result]:
        """Run all jobs and return their results in the order of the jobs, whichever ends first.

        Raises:
            ProviderUnreachable, ProviderRefused: There is no model to ask.
            ProviderError: `STREAK` calls in a row failed.
            MetricError: A metric is broken; where it cannot be imported, no call was made.
            EvaluationError: `STREAK` examples failed in the program's code, and none succeeded.
            BudgetExhausted: A job would have exceeded the budget.
            StoreError: A result could not be recorded.
            Stopped: The work was asked to stop.
        """
        results: dict[int, Result] = {}
        failures: list[Exception] = []
        waiting = iter(list(enumerate(jobs)))
        if not self._tried:
            try_metrics(job for job in jobs if self.ledger.recall(job.key) is None)
            self._tried = True

        async def work() -> None:
            for index, job in waiting:
                if failures:
                    return
                try:
                    results[index] = await self._evaluate(job)
                except Exception as error:
                    # The others finish what they have under way; only then does the first failure go up.
                    failures.append(error)
                    return

        workers = min(self._concurrency, len(jobs))
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
        if failures:
            raise failures[0]
        return [results[index] for index in range(len(jobs))]

    async def _evaluate(self, job: Job) -> Result:
        known = self.ledger.recall(job.key)
        if known is not None:
            self._on_result(job, known)
            return known
        if self._stop():
            raise Stopped("stopped before the work was done")
        lm = MeteredLM(self.lm, job.key, self.ledger, self.budget)
        seed = call_seed(self.seed, job.key.example, job.key.trial)
        try:
            execution = await job.program.execute(job.example.inputs, lm, seed=seed)
        except FATAL as error:
            if lm.claim is not None:
                nobody_there = isinstance(error, ProviderUnreachable | ProviderRefused)
                await self.ledger.abandon(lm.claim, job.key, paid=not nobody_there)
            raise
        except Exception as error:
            # This candidate cannot be run on this example; others may be fine.
            execution = Execution(messages=(), error=f"{type(error).__name__}: {error}")
            result = self._judge(job, execution, lm.calls, PROGRAM)
        else:
            try:
                result = self._judge(job, execution, lm.calls)
            except MetricError:
                # Paid, and not to be recalled: when the metric is mended, this example is run again.
                if lm.claim is not None:
                    await self.ledger.abandon(lm.claim, job.key)
                raise
        claim = lm.claim or await lm.claimed()
        result = await self.ledger.complete(claim, job.key, result)
        if result.error_kind is None:
            self._sound = True
            self._unanswered.clear()
        else:
            await self._check_pulse(claim, job.key, result)
        self._on_result(job, result)
        return result

    def _judge(self, job: Job, execution: Execution, calls: int, kind: str | None = None) -> Result:
        metrics, error, error_kind = grade(job.program, job.example, execution, self.scoring)
        return Result(
            example=job.key.example,
            trial=job.key.trial,
            metrics=metrics,
            cost=execution.cost,
            latency=execution.latency,
            input_tokens=execution.input_tokens,
            output_tokens=execution.output_tokens,
            calls=calls,
            output=None if execution.output is None else execution.output.to_dict(),
            text=execution.text,
            reasoning=execution.reasoning,
            error=error,
            error_kind=kind or error_kind,
        )

    async def _check_pulse(self, claim: int, key: Key, result: Result) -> None:
        """End the work when failures say something about the model or the code.

        And nothing about a candidate.
        """
        kind = result.error_kind
        if kind != "provider":
            self._unanswered.clear()
        else:
            self._unanswered.append((claim, key))
        if kind == PROGRAM and not self._sound:
            self._unscored.append((claim, key))
        for streak in (self._unanswered, self._unscored):
            if len(streak) < STREAK:
                continue
            # They must not be recalled as scores of 0.
            for failed, failed_key in streak:
                await self.ledger.abandon(failed, failed_key)
            streak.clear()
            if kind != "provider":
                raise EvaluationError(
                    f"{STREAK} examples failed and none succeeded, the last one: {result.error}"
                )
            provider = self.program.settings(self.program.candidate.config).provider
            raise ProviderError(provider, f"{STREAK} calls in a row failed, the last one: {result.error}")


def raw(result: Result) -> dict[str, float]:
    """Return the measures of a result by the names that objectives use."""
    return {**result.metrics, "cost": result.cost, "latency": result.latency}


def grade(
    program: Program, example: Example[Any, Any], execution: Execution, scoring: Scoring
) -> tuple[dict[str, float], str | None, str | None]:
    """Return the raw metrics of an execution, and the error with its kind where it failed.

    Raises:
        MetricError: A metric is broken.
    """
    if execution.output is None:
        worst = {name: scoring.worst(name) for name in program.metrics}
        return worst, execution.error or "no answer", execution.error_kind or "parse"
    return {name: measured(program, name, example, execution.output) for name in program.metrics}, None, None


def try_metrics(jobs: Iterable[Job]) -> None:
    """Score the first example whose right answer is known as if the model had given that answer.

    Raises:
        MetricError: A metric is broken.
    """
    for job in jobs:
        try:
            answer = job.program.signature.Output.validate(job.example.expected.to_dict())
        except ValidationError:
            continue
        for name in job.program.metrics:
            measured(job.program, name, job.example, answer)
        return


def measured(program: Program, name: str, example: Example[Any, Any], output: Any) -> float:
    """Return what a metric says about an answer.

    Raises:
        MetricError: It cannot be imported, raises, or returns no finite number.
    """
    try:
        value = float(getattr(program, f"metric_{name}")(example, output))
    except Exception as error:
        raise MetricError(
            f"metric {name} of {program.name}: {type(error).__name__}: {error}{_place(error)}"
        ) from error
    if not isfinite(value):
        raise MetricError(f"metric {name} of {program.name}: returned {value}, which is not a finite number")
    return value


def _place(error: Exception) -> str:
    """Say where in the user's metric it happened, or where the metric is imported if it never got so far."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)[1:]
        if not frame.filename.startswith("<frozen ")
    ]
    # The first is the program's method, which imports the metric; the second is the metric.
    return "".join(f" ({frame.filename}:{frame.lineno})" for frame in frames[:2][-1:])
