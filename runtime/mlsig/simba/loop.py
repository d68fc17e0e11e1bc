"""The loop: propose, race, learn; then choose on examples that the search has not seen.

    baseline ─▶ [ propose challengers ─▶ race them and the leader on a mini-batch ─▶ learn ]* ─▶ finals

It is a function of the seed, the data and the replies. Every random choice has a generator of its own,
named after the decision; results are folded in the order of their proposal. So it takes the same course
with one call in flight or with many, and, when a journal answers what it already holds, after a kill:
resuming is running it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.evaluation import summarize
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.cache import EvaluationCache, remembering
from mlsig.evaluation.chance import generator
from mlsig.evaluation.evaluator import Evaluator, Job, raw
from mlsig.evaluation.ledger import REFLECTION, SEARCH, VALIDATION, Result
from mlsig.evaluation.objectives import Scales, Scoring
from mlsig.evaluation.pareto import front
from mlsig.programs import Program
from mlsig.programs.candidates import space_of
from mlsig.providers.messages import LM
from mlsig.signatures import Example
from mlsig.simba import earning
from mlsig.simba.batches import Batches, Item, items, parts
from mlsig.simba.events import Ended, Evaluated, Listener, Started, StepEnded
from mlsig.simba.finals import Choice, affordable, finals, price
from mlsig.simba.journal import Journal, MemoryJournal
from mlsig.simba.limits import Limits
from mlsig.simba.outcome import Finalist, Member, Outcome, Point, Stand, Step
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.proposing import Proposer
from mlsig.simba.race import Race, race
from mlsig.simba.settings import Settings
from mlsig.simba.strategies.append_demo import room_for_demos
from mlsig.simba.trials import Trials

if TYPE_CHECKING:
    from mlsig.engines import Afar
    from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers

SPLITS: Final = (SEARCH, VALIDATION, REFLECTION)
"""What the budget of a run pays for."""

MEMORY: Final = 4.0
"""How many examples what is known of a candidate weighs as much as, at most, in a race."""

IDLE: Final = 3
"""After so many steps in which no strategy had anything to propose, there is nothing left to try."""


class Loop:
    """One run."""

    def __init__(
        self,
        program: Program,
        train: Sequence[Example[Any, Any]],
        lm: LM,
        settings: Settings,
        *,
        scales: Scales | None = None,
        concurrency: int = 8,
        journal: Journal | None = None,
        listener: Listener = lambda event: None,  # noqa: ARG005
        stop: Callable[[], bool] = lambda: False,
        workers: EvaluationWorkers | None = None,
        afar: Afar | None = None,
        cache: EvaluationCache | None = None,
    ) -> None:
        """Prepare; makes no call.

        Raises:
            ValueError: There are no examples, `concurrency` is not above zero, or a budget cannot be kept.
            ValidationError: The configuration to begin with breaks a constraint of its space.
        """
        if not train:
            raise ValueError("there are no training examples")
        legal(program)
        self._program = program
        self._settings = settings
        self._journal: Journal = journal or MemoryJournal()
        self._tell = listener
        self._scoring = Scoring(program.objectives, program.metrics, scales)
        self._items = items(train)
        self._search, self._validation = parts(self._items, settings.seed)
        self._fresh = self._search is not self._validation
        self._batches = Batches(self._search, settings.seed)
        self._pool = Pool()
        budget = Budget(settings.budget_calls, used=self._journal.ledger.paid(SPLITS))
        self._paid = budget.used
        self._journal.ledger.charge(budget, SPLITS)
        self._done = 0
        self._limits = Limits(settings, program.providers)
        self._limits.elsewhere(self._journal.ledger.gone(SPLITS))
        if afar is not None:
            afar = afar.within(lambda: self._limits.late, self._limits.budget)
        self._evaluator = Evaluator(
            program,
            self._limits.around(lm),
            scoring=self._scoring,
            ledger=remembering(self._journal.ledger, cache, program, settings.seed),
            budget=budget,
            seed=settings.seed,
            concurrency=concurrency,
            stop=stop,
            on_result=self._on_result,
            workers=workers,
            afar=afar,
        )
        self._trials = Trials(
            program, self._evaluator, budget, seed=settings.seed, stop=stop, limits=self._limits
        )
        self._proposer = Proposer(
            program=program,
            settings=settings,
            pool=self._pool,
            items=self._search,
            trials=self._trials,
            journal=self._journal,
            tell=listener,
        )
        # What the plan may spend in all, and before the finals.
        self._whole = settings.budget_calls - settings.slack
        self._limit = self._whole - int(settings.earned * earning.SHARE * self._whole)
        most = affordable(
            int(self._limit * settings.final_share), settings.finalists + 1, len(self._validation)
        )
        self._search_limit = self._limit - price(most, settings.finalists + 1) if most else self._limit
        self._steps: list[Step] = []
        self._history: list[Point] = []

    async def run(self) -> Outcome:
        """Search, choose, and return the best.

        Raises:
            ProviderUnreachable, ProviderRefused, ProviderError: There is no working model to ask.
            StoreError: The journal could not be written.
            Stopped: The run was asked to stop.
        """
        self._tell(
            Started(
                self._settings.budget_calls,
                len(self._search),
                len(self._validation),
                self._paid,
                tuple(self._journal.lost),
            )
        )
        await self._proposer.admit(self._program.candidate, parent=None, strategy="baseline", step=0)
        reason = await self._begin()
        while reason is None:
            reason = await self._step(len(self._steps) + 1)
        final = await finals(
            self._pool,
            self._validation,
            fresh=self._fresh,
            finalists=self._settings.finalists,
            trials=self._trials,
            limit=self._limit,
            tell=self._tell,
            seed=self._settings.seed,
        )
        outcome = await self._with_earned(self._outcome(reason, final))
        self._tell(Ended(reason, outcome.best, outcome.score, outcome.calls))
        return outcome

    async def _with_earned(self, outcome: Outcome) -> Outcome:
        """Say what the parts of the best candidate earned, where that is asked for."""
        if not self._settings.earned:
            return outcome
        best = self._pool[outcome.best]

        async def measure(entries: Sequence[Entry], stretch: Sequence[tuple[Item, int]]) -> bool:
            return await self._trials.measure(entries, stretch, split=VALIDATION, limit=self._whole)

        found = await earning.earned(
            best,
            self._validation,
            shown=room_for_demos(best.candidate, len(best.candidate.demos)),
            runs=self._trials.affordable(self._whole),
            admit=lambda candidate: self._proposer.apart(candidate, best, step=len(self._steps) + 1),
            measure=measure,
            split=VALIDATION,
            seed=self._settings.seed,
        )
        return msgspec.structs.replace(
            outcome, earned=found, calls=self._trials.calls, cost=self._trials.cost
        )

    async def _begin(self) -> str | None:
        """Run the baseline: it is a candidate like any other, and its runs are the first trajectories."""
        rungs = self._settings.rungs
        # With a small budget the baseline must leave something to challengers.
        size = max(1, min(rungs[min(1, len(rungs) - 1)], self._search_limit // 4))
        complete = await self._measure([self._pool.baseline], self._batches.next(size))
        await self._note(0, (), ())
        return None if complete else "budget"

    async def _step(self, number: int) -> str | None:
        """Take one step, and return why it was the last, or None."""
        first = self._settings.rungs[0]
        places = self._trials.affordable(self._search_limit) // first
        if places < 2 or not self._limits.allow_step(self._settings.final_share):
            return "budget"
        leader = self._pool.ranking()[0]
        known = [leader, *self._returning(number, leader, min(self._settings.returning, places - 2))]
        room = min(self._settings.challengers, places - len(known))
        challengers = await self._proposer.challengers(number, room, limit=self._search_limit)
        if not challengers:
            await self._note(number, (), ())
            return self._verdict() or ("exhausted" if self._idle() else None)
        before = {entry.key: (entry.mean, min(float(len(entry.runs)), MEMORY)) for entry in known}
        batch = self._batches.next(self._settings.rungs[-1])
        held = await race(
            [*known, *challengers],
            batch,
            self._settings.rungs,
            split=SEARCH,
            measure=self._measure,
            prior=lambda entry: before.get(entry.key, (0.0, 0.0)),
        )
        self._learn(held, leader)
        await self._note(number, (*known, *challengers), held.rounds)
        return self._verdict() or (None if held.complete else "budget")

    def _returning(self, number: int, leader: Entry, count: int) -> list[Entry]:
        """Return earlier candidates that get another chance, good ones more likely."""
        chosen: list[Entry] = []
        for place in range(count):
            rng = generator(self._settings.seed, "step", number, "returning", place)
            entry = self._pool.draw(rng, without={leader.key, *(other.key for other in chosen)})
            if entry is not None:
                chosen.append(entry)
        return chosen

    def _learn(self, held: Race, leader: Entry) -> None:
        """Tell the proposer what each challenger gained over the leader in the rung that all of them ran."""
        means = {standing.entry.key: standing.mean for standing in held.rounds[0]}
        for standing in sorted(held.rounds[0], key=lambda standing: standing.entry.key):
            self._proposer.learn(standing.entry, standing.mean - means[leader.key])

    async def _measure(self, entries: Sequence[Entry], stretch: Sequence[tuple[Item, int]]) -> bool:
        return await self._trials.measure(entries, stretch, split=SEARCH, limit=self._search_limit)

    async def _note(self, number: int, contestants: Sequence[Entry], rounds: Sequence[Sequence[Any]]) -> None:
        """Write down where the run stands."""
        ranking = self._pool.ranking()
        best = ranking[0] if ranking else self._pool.baseline
        score = self._pool.belief(best)
        calls = self._trials.calls
        self._history.append(Point(calls=calls, score=score))
        if number:
            self._steps.append(
                Step(
                    number=number,
                    contestants=tuple(entry.key for entry in contestants),
                    rungs=tuple(tuple(Stand.of(standing) for standing in rung) for rung in rounds),
                    best=best.key,
                    score=score,
                    calls=calls,
                )
            )
        await self._journal.progress(number, score, best.key)
        count, cost, unbeaten = len(self._pool), self._trials.cost, self._unbeaten()
        used = max(calls / self._settings.budget_calls, self._limits.share)
        self._tell(StepEnded(number, best.key, score, calls, count, cost, unbeaten, used))

    def _unbeaten(self) -> int:
        """Return how many candidates no other beats in all objectives at once, as far as is known."""
        results = [
            [raw(run.result) for run in entry.runs.values()] for entry in self._pool.entries if entry.runs
        ]
        points = [[measure.value for measure in self._scoring.measures(rows)] for rows in results]
        return len(front(points, self._scoring.directions))

    def _verdict(self) -> str | None:
        """Return why the search should stop here, or None."""
        settings = self._settings
        best = self._pool.ranking()[0]
        if (
            settings.target is not None
            and len(best.runs) >= settings.rungs[-1]
            and best.mean >= settings.target
        ):
            return "target"
        scores = [point.score for point in self._history]
        if len(scores) > settings.patience:
            earlier, lately = scores[: -settings.patience], scores[-settings.patience :]
            if max(lately) < max(earlier) + settings.min_delta:
                return "patience"
        return None

    def _idle(self) -> bool:
        return len(self._steps) >= IDLE and not any(step.contestants for step in self._steps[-IDLE:])

    def _outcome(self, reason: str, final: Choice | None) -> Outcome:
        ranking = self._pool.ranking()
        best = final.chosen if final else (ranking[0] if ranking else self._pool.baseline)
        contestants = final.contestants if final else ()
        finalists = [self._finalist(entry) for entry in contestants if entry.validation]
        points = [[measure.value for measure in finalist.measures] for finalist in finalists]
        runs = [run.result for run in best.validation.values()]
        validation = summarize(
            best.key, runs, scoring=self._scoring, metrics=self._program.metrics, seed=self._settings.seed
        )
        return Outcome(
            best=best.key,
            baseline=self._pool.baseline.key,
            body=best.candidate.to_dict(),
            score=final.expected.mean if final and runs else best.mean,
            expected=final.expected if final and runs else None,
            reason=reason,
            validated=bool(runs) and self._fresh,
            calls=self._trials.calls,
            cost=self._trials.cost,
            steps=tuple(self._steps),
            pool=tuple(self._member(entry) for entry in self._pool.entries),
            finalists=tuple(finalists),
            front=tuple(finalists[index].key for index in front(points, self._scoring.directions)),
            history=tuple(self._history),
            validation=validation if runs else None,
        )

    def _member(self, entry: Entry) -> Member:
        return Member(
            key=entry.key,
            parent=entry.parent,
            strategy=entry.strategy,
            step=entry.step,
            count=len(entry.runs),
            mean=entry.mean,
            body=entry.candidate.to_dict(),
            paired=self._pool.paired(entry) if entry.runs else 0.0,
            deviation=self._pool.deviation(entry),
        )

    def _finalist(self, entry: Entry) -> Finalist:
        runs = list(entry.validation.values())
        return Finalist(
            key=entry.key,
            score=sum(run.score for run in runs) / len(runs),
            count=len(runs),
            measures=self._scoring.measures([raw(run.result) for run in runs]),
        )

    def _on_result(self, job: Job, result: Result) -> None:
        self._done += 1
        self._tell(
            Evaluated(
                job.key.split, job.key.candidate, self._evaluator.score(result), result.error, self._done
            )
        )


def legal(program: Program) -> None:
    """Check the configuration that a run begins with, before any call.

    Raises:
        ValidationError: It is not complete, or breaks a constraint of the program's space.
    """
    values = program.candidate.config.to_dict()
    space_of(program, values).validate(values)
