"""Runs candidates on examples for the loop, within the plan of its budget, and keeps what came out.

The plan counts the calls of the trajectory, whether they are made now or answered by the journal. What is
really left may be less, after a kill that lost some: then the last runs of the plan fall away, and never
the cap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mlsig.errors import BudgetExhausted, ProviderError, ProviderRefused, ProviderUnreachable
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.chance import call_seed
from mlsig.evaluation.evaluator import Evaluator, Job, MeteredLM, NotMade, Stopped
from mlsig.evaluation.ledger import REFLECTION, Key, Result
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message, Request
from mlsig.simba.batches import Item
from mlsig.simba.limits import Limits
from mlsig.simba.pool import Entry, Place, Run

RULE_TOKENS: Final = 300
RULE_TEMPERATURE: Final = 0.7


class Trials:
    """Measures entries of the pool.

    Attributes:
        calls: Calls of the trajectory until now; `cost` is what they cost, in US dollars.
    """

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        budget: Budget,
        *,
        seed: int,
        stop: Callable[[], bool],
        limits: Limits,
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._budget = budget
        self._seed = seed
        self._stop = stop
        self._limits = limits
        budget.elsewhere = limits.elsewhere
        self._cost_of_run = 1
        self.calls = 0
        self.cost = 0.0

    def affordable(self, limit: int) -> int:
        """Return how many runs the plan has left when the trajectory may take `limit` calls."""
        if self._limits.late:
            return 0
        return max(0, limit - self.calls) // self._cost_of_run

    async def measure(
        self, entries: Sequence[Entry], stretch: Sequence[tuple[Item, int]], *, split: str, limit: int
    ) -> bool:
        """Run every entry on every example it has not been run on, unless its prompt shows the example.

        Returns:
            False when `limit`, or what is left of the budget, did not reach for all.
        """
        wanted: list[tuple[Entry, Place, Job]] = []
        for item, trial in stretch:
            for entry in entries:
                place = (item.id, trial)
                if item.id in entry.shown or place in entry.of(split):
                    continue
                key = Key(split, entry.key, item.id, trial)
                wanted.append((entry, place, Job(key, entry.program, item.example)))
        planned = wanted[: self.affordable(limit)]
        todo = self._payable(planned)
        for _, _, job in todo:
            known = self._evaluator.ledger.recall(job.key)
            if known is not None:
                self._limits.recalled(known)
        complete = await self._run([job for _, _, job in todo])
        for entry, place, job in todo:
            result = self._evaluator.ledger.recall(job.key)
            if result is not None:
                entry.of(split)[place] = Run(*place, self._evaluator.score(result), result)
                self.calls += result.calls
                self.cost += result.cost if result.calls else 0.0
                self._cost_of_run = max(self._cost_of_run, result.calls)
        return complete and len(todo) == len(wanted)

    async def ask(
        self, candidate: Candidate, messages: tuple[Message, ...], example: str, number: int, *, limit: int
    ) -> str | None:
        """Ask the candidate's model something that is no example: one call of the plan.

        Args:
            candidate: Whose model is asked.
            messages: The question.
            example: Id of the example that it is about.
            number: Tells this question from others about the same.
            limit: Calls that the trajectory may take.

        Returns:
            The answer; None when the budget has no call left, or the call failed.

        Raises:
            ProviderUnreachable, ProviderRefused: There is no model to ask.
            Stopped: The work was asked to stop.
        """
        key = Key(REFLECTION, candidate.key(), example, number)
        ledger = self._evaluator.ledger
        result = ledger.recall(key)
        if result is None:
            if self.affordable(limit) < 1 or self._budget.left < 1:
                return None
            if self._stop():
                raise Stopped("stopped before the work was done")
            result = await ledger.acquire(key)
            if result is None:
                try:
                    result = await self._ask(candidate, messages, key)
                except NotMade:
                    return None
        else:
            self._limits.recalled(result)
        self.calls += result.calls
        self.cost += result.cost
        return result.text if result.error is None else None

    async def _ask(self, candidate: Candidate, messages: tuple[Message, ...], key: Key) -> Result:
        ledger = self._evaluator.ledger
        lm = MeteredLM(self._evaluator.lm, key, ledger, self._budget)
        settings = self._program.speaking(candidate)
        request = Request(
            provider=settings.provider,
            model=settings.model,
            messages=messages,
            temperature=RULE_TEMPERATURE,
            max_tokens=RULE_TOKENS,
            seed=call_seed(self._seed, key.example, key.trial),
        )
        try:
            reply = await lm.complete(request)
        except NotMade:
            await ledger.abandon(await lm.claimed(), key, paid=False)
            raise
        except BudgetExhausted:
            await ledger.release(key)
            raise
        except (ProviderUnreachable, ProviderRefused):
            await ledger.abandon(await lm.claimed(), key, paid=False)
            raise
        except ProviderError as error:
            failed = Result(example=key.example, trial=key.trial, error=str(error), error_kind="provider")
            return await ledger.complete(await lm.claimed(), key, failed)
        answered = Result(
            example=key.example,
            trial=key.trial,
            cost=reply.cost,
            latency=reply.latency,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            text=reply.text,
        )
        return await ledger.complete(await lm.claimed(), key, answered)

    def _payable(self, planned: list[tuple[Entry, Place, Job]]) -> list[tuple[Entry, Place, Job]]:
        """Return the longest beginning of the plan whose new calls the budget can still pay for."""
        left = self._budget.left // self._cost_of_run
        for index, (_, _, job) in enumerate(planned):
            if self._evaluator.ledger.recall(job.key) is None:
                left -= 1
            if left < 0:
                return planned[:index]
        return planned

    async def _run(self, jobs: Sequence[Job]) -> bool:
        try:
            await self._evaluator.measure(jobs)
        except BudgetExhausted:
            # A run took more calls than any before it. What was finished is recorded, and counts.
            return False
        return True
