"""Runs examples: bounded concurrency, every result recorded, and a clear end when the model is dead.

An evaluation is one example run with one candidate. A failed one, because the answer cannot be read or the
call failed, is a result like any other, with its error. What ends the work at once is what would spoil every
result: a provider that cannot be reached or refuses the key, `STREAK` failed calls in a row or more, a metric
that raises, a used-up budget, a store that cannot write, or a wish to stop. What is under way then is ended
and recorded first. The metrics are tried on a known answer before the first call, so that one which cannot be
imported costs nothing.

Examples run in supervised workers (`mlsig.orchestrator`): one that takes too long, or that is cancelled by
somebody who was not asked, is a failed result too, and so none is ever lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import (
    BudgetExhausted,
    MlsigError,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    StoreError,
)
from mlsig.evaluation.budget import NOTHING, Budget, Limited, Spending
from mlsig.evaluation.chance import call_seed
from mlsig.evaluation.ledger import Key, Ledger, MemoryLedger, Result
from mlsig.evaluation.metrics import METRIC, EvaluationError, MetricError, MetricFailed, Metrics
from mlsig.evaluation.objectives import Scoring
from mlsig.programs import Program
from mlsig.programs.executions import Execution
from mlsig.providers.idempotency import ASKED_FOR
from mlsig.providers.messages import LM, Reply, Request
from mlsig.signatures import Example

if TYPE_CHECKING:
    from mlsig.engines import Afar
    from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers

__all__ = ["STREAK", "EvaluationError", "Evaluator", "Job", "MeteredLM", "MetricError", "Stopped", "raw"]

STREAK: Final = 5
"""So many failed calls in a row mean that the model is dead.

So many broken runs and no sound one, that the program is. Where more calls are under way at once, a tenth of
these: requests that are never answered end together, and say nothing about those that were.
"""

PROGRAM: Final = "program"
"""The kind of an error that the program raised before or after its calls."""

TIMEOUT: Final = "timeout"
"""The kind of an error of an example that took longer than its workers allow."""

FATAL: Final = (ProviderUnreachable, ProviderRefused, BudgetExhausted, StoreError)
"""What ends the work at once."""


class Stopped(MlsigError):
    """The work was asked to stop; everything that was under way is finished and recorded."""


class NotMade(BudgetExhausted):
    """A model that is within limits of its own was not asked: the call was claimed, and not made."""


UNASKED: Final = (ProviderUnreachable, ProviderRefused, NotMade)
"""A first call that ends so was not paid for."""


@dataclass(frozen=True, slots=True)
class Job:
    """One example to run with `program`, which already has its candidate."""

    key: Key
    program: Program
    example: Example[Any, Any]


class MeteredLM:
    """A model whose calls are reserved in a budget, and claimed in a ledger, before they are made."""

    __slots__ = ("_budget", "_claiming", "_key", "_ledger", "_lm", "_taken", "calls", "claim")

    def __init__(self, lm: LM, key: Key, ledger: Ledger, budget: Budget | None) -> None:
        self._lm = lm
        self._key = key
        self._ledger = ledger
        self._budget = budget
        self.calls = 0
        self.claim: int | None = None
        self._claiming: list[asyncio.Future[None]] | None = None
        self._taken = NOTHING

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            BudgetExhausted: The budget is used up; no call was made.
        """
        if self._budget is not None:
            self._budget.reserve()
        claim = self.claim or await self.claimed()
        self.calls += 1
        number = self.calls
        most = self._lm.most(request) if isinstance(self._lm, Limited) else NOTHING
        self._taken = self._taken.plus(most)
        if number > 1 or most != NOTHING:
            await self._ledger.calling(claim, number, self._taken)
        asked = ASKED_FOR.set((self._ledger.scope, (*self._key, number)))
        try:
            reply = await self._lm.complete(request)
        finally:
            ASKED_FOR.reset(asked)
        if most != NOTHING:
            really = Spending(reply.input_tokens + reply.output_tokens, reply.cost)
            self._taken = self._taken.less(most).plus(really)
        return reply

    async def claimed(self) -> int:
        """Return the claim, and make it first if need be: one, however many samples are asked for at once."""
        if self.claim is not None:
            return self.claim
        if self._claiming is not None:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._claiming.append(turn)
            await turn
            return await self.claimed()
        waiting: list[asyncio.Future[None]] = []
        self._claiming = waiting
        try:
            claim = self.claim = await self._ledger.claim(self._key)
        finally:
            self._claiming = None
            for turn in waiting:
                if not turn.done():
                    turn.set_result(None)
        return claim


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
        workers: EvaluationWorkers | None = None,
        afar: Afar | None = None,
        tried: bool = False,
    ) -> None:
        """Prepare; makes no call.

        `workers` are those of a process that runs other things too: they bound all of it together, and may
        have a time limit, and processes for the metrics. Without them, it has its own for each `measure`.
        `afar` runs the examples elsewhere (`mlsig.engines`). `tried` says that the metrics are known to work.

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
        self._streak = STREAK
        self._stop = stop
        self._on_result = on_result
        self._workers = workers
        self._metrics = Metrics(workers)
        self._open: dict[Key, MeteredLM] = {}
        self._unanswered: list[tuple[int, Key]] = []
        self._unscored: list[tuple[int, Key]] = []
        self._sound = False
        self._afar = afar
        self._tried = tried

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
        if not self._tried:
            await self._metrics.tried(job for job in jobs if self.ledger.recall(job.key) is None)
            self._tried = True
        self._streak = max(STREAK, min(self._concurrency, len(jobs)) // 10)
        failures: list[Exception] = []
        order = self.ledger.turns(jobs)

        def works() -> Iterator[Callable[[], Coroutine[Any, Any, Result]]]:
            for job in order:
                if failures:
                    return  # the others finish what they have under way; only then does the first one go up
                yield partial(self._evaluate, job, failures)

        async with self._crew(len(jobs)) as workers:
            outcomes = await workers.each(works(), most=self._concurrency)
        results = [
            outcome.value or await self._cut_short(job, outcome.error)
            for job, outcome in zip(order, outcomes, strict=False)
            if outcome.error not in failures
        ]
        if failures:
            raise failures[0]
        if order is jobs:
            return results
        found = dict(zip((job.key for job in order), results, strict=True))
        return [found[job.key] for job in jobs]

    @asynccontextmanager
    async def _crew(self, jobs: int) -> AsyncGenerator[EvaluationWorkers]:
        """Return the workers that were given, or some for this once."""
        if self._workers is not None:
            yield self._workers
            return
        from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers  # noqa: PLC0415

        async with EvaluationWorkers(workers=max(1, min(self._concurrency, jobs))) as workers:
            yield workers

    async def _cut_short(self, job: Job, error: Exception | None) -> Result:
        """Record an example whose worker could not end it."""
        lm = self._open.pop(job.key, None) or MeteredLM(self.lm, job.key, self.ledger, self.budget)
        kind = TIMEOUT if isinstance(error, TimeoutError) else PROGRAM
        return await self._recorded(lm, job, self._failed(job, Execution(messages=()), lm, str(error), kind))

    async def _evaluate(self, job: Job, failures: list[Exception]) -> Result:
        # One coroutine and no more: ten thousand of them wait for an answer at once.
        known = self.ledger.recall(job.key)
        if known is not None:
            self._on_result(job, known)
            return known
        lm = MeteredLM(self.lm, job.key, self.ledger, self.budget)
        try:
            if self._stop():
                raise Stopped("stopped before the work was done")
            known = await self.ledger.acquire(job.key)
            if known is not None:  # another process has made it
                self._on_result(job, known)
                return known
            if self._afar is not None:
                return await self._elsewhere(job, lm, self._afar)
            try:
                execution = await job.program.execute(
                    job.example.inputs, lm, seed=call_seed(self.seed, job.key.example, job.key.trial)
                )
            except FATAL as error:
                if lm.claim is None:
                    await self.ledger.release(job.key)
                else:
                    unasked = lm.calls == 1 and isinstance(error, UNASKED)
                    await self.ledger.abandon(lm.claim, job.key, paid=not unasked)
                raise
            except Exception as error:
                # This candidate cannot be run on this example; others may be fine.
                said = f"{type(error).__name__}: {error}"
                result = self._failed(job, Execution(messages=()), lm, said, PROGRAM)
            else:
                result = await self._judged(job, execution, lm)
            return await self._recorded(lm, job, result)
        except asyncio.CancelledError:
            self._open[job.key] = lm  # `_cut_short` needs it
            raise
        except Exception as error:
            failures.append(error)
            raise

    async def _elsewhere(self, job: Job, lm: MeteredLM, afar: Afar) -> Result:
        """Have an evaluation made by a worker somewhere, and by another one if that is lost."""
        from mlsig.engines.afar import Lost  # noqa: PLC0415  (few have an engine)
        from mlsig.engines.engine import WorkersLost  # noqa: PLC0415

        lost: list[str] = []
        while len(lost) < 2:
            claim = await lm.claimed()
            calls = 1

            async def calling(count: int, most: Spending = NOTHING, claim: int = claim) -> None:
                nonlocal calls
                calls = count
                await self.ledger.calling(claim, count, most)

            try:
                result = await afar.result(job, self.seed, self.budget, self.ledger.scope, calling)
            except Lost as error:
                await self.ledger.abandon(claim, job.key)
                lost.append(str(error))
                if (made := await self.ledger.acquire(job.key)) is not None:
                    return made  # by another process, meanwhile
                lm = MeteredLM(self.lm, job.key, self.ledger, self.budget)
                continue
            except Exception as error:
                unasked = calls == 1 and isinstance(error, UNASKED)
                await self.ledger.abandon(claim, job.key, paid=not unasked)
                raise
            return await self._recorded(lm, job, result)
        raise WorkersLost(f"an evaluation lost two workers, one after the other: {'; '.join(lost)}")

    async def _judged(self, job: Job, execution: Execution, lm: MeteredLM) -> Result:
        if execution.output is None:
            kind = execution.error_kind or "parse"
            return self._failed(job, execution, lm, execution.error or "no answer", kind)
        try:
            if self._metrics.here:
                metrics = self._metrics.now(job.program, job.example, execution.output)
            else:
                metrics = await self._metrics.of(job.program, job.example, execution.output)
        except MetricError:
            # Paid, and not to be recalled: when the metric is mended, this example is run again.
            if lm.claim is not None:
                await self.ledger.abandon(lm.claim, job.key)
            raise
        except MetricFailed as error:
            return self._failed(job, execution, lm, str(error), METRIC)
        return _result(job, execution, lm.calls, metrics)

    def _failed(self, job: Job, execution: Execution, lm: MeteredLM, error: str, kind: str) -> Result:
        worst = {name: self.scoring.worst(name) for name in job.program.metrics}
        return _result(job, execution, lm.calls, worst, error=error, kind=kind)

    async def _recorded(self, lm: MeteredLM, job: Job, result: Result) -> Result:
        claim = lm.claim or await lm.claimed()
        result = await self.ledger.complete(claim, job.key, result)
        if result.error_kind is None:
            self._sound = True
            self._unanswered.clear()
        else:
            await self._check_pulse(claim, job.key, result)
        self._on_result(job, result)
        return result

    async def _check_pulse(self, claim: int, key: Key, result: Result) -> None:
        """End the work when failures say something about the model or the code.

        And nothing about a candidate.
        """
        kind = result.error_kind
        if kind in ("provider", TIMEOUT):
            self._unanswered.append((claim, key))
        else:
            self._unanswered.clear()
        if kind in (PROGRAM, METRIC) and not self._sound:
            self._unscored.append((claim, key))
        for streak in (self._unanswered, self._unscored):
            count = len(streak)
            if count < self._streak:
                continue
            # They must not be recalled as scores of 0.
            for failed, failed_key in streak:
                await self.ledger.abandon(failed, failed_key)
            streak.clear()
            if kind in (PROGRAM, METRIC):
                raise EvaluationError(
                    f"{count} examples failed and none succeeded, the last one: {result.error}"
                )
            provider = self.program.speaking(self.program.candidate).provider
            raise ProviderError(provider, f"{count} calls in a row failed, the last one: {result.error}")


def raw(result: Result) -> dict[str, float]:
    """Return the measures of a result by the names that objectives use."""
    return {**result.metrics, "cost": result.cost, "latency": result.latency}


def _result(
    job: Job,
    execution: Execution,
    calls: int,
    metrics: dict[str, float],
    *,
    error: str | None = None,
    kind: str | None = None,
) -> Result:
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
        error_kind=kind,
        steps=execution.steps,
    )
