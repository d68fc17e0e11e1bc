"""What `OptimizationRun.conduct` does: search for a better candidate, and keep what happens while it happens.

`simba` is the optimiser of `mlsig optimize`; `random` and `grid_search` try configurations of the program's
space, each on all examples. What a run was started with is in its row, so that it can be taken up again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from mlsig.errors import MlsigError
from mlsig.evaluation import aevaluate
from mlsig.evaluation.evaluator import Stopped
from mlsig.evaluation.ledger import SEARCH
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.providers import sync
from mlsig.providers.messages import LM
from mlsig.resources.actions import programs, runs
from mlsig.resources.actions.journal import LOST, UNDER_WAY, RowJournal
from mlsig.resources.actions.rows import as_list, as_object
from mlsig.resources.errors import ResourceError
from mlsig.resources.session import Session
from mlsig.resources.std import OptimizationRun, RunStatus, Strategy
from mlsig.signatures import Example
from mlsig.simba import Settings, aoptimize

CONCURRENCY: Final = 4
Examples = list[Example[Any, Any]]


def conduct(session: Session, row: OptimizationRun) -> OptimizationRun:
    """Search, and return the run as it is at its end: completed, failed, or cancelled by somebody.

    Raises:
        ResourceError: No program of its name was offered to the session, or it cannot be searched so.
    """
    program = _program(session, row)
    examples = _examples(program, row)
    row = runs.start(session, row)
    journal = RowJournal(session, row, program)
    lm = program.lm or sync.SharedClient(program.providers)
    try:
        found = sync.run(_search(program, examples, row, journal, lm))
    except Stopped:
        return journal.row()
    except MlsigError as error:
        return runs.fail(session, journal.row(), error=journal.redactor.text(str(error)))
    except BaseException:
        now = journal.row()
        if now.status is RunStatus.running:
            runs.cancel(session, now)
        raise
    now = journal.row()
    if now.status is not RunStatus.running:  # somebody has cancelled it after its last call
        return now
    now = now.update(session, best_score=found["score"])
    kept = journal.redactor.value(found)
    if lost := as_object(now.results).get(LOST):
        kept[LOST] = lost
    return runs.complete(session, now, results=kept)


def searchable(strategy: Strategy) -> None:
    """Refuse a strategy that nothing here can do."""
    if strategy is Strategy.bayesian:
        raise ResourceError("no bayesian search is here: use simba, random or grid_search")


def _program(session: Session, row: OptimizationRun) -> Program:
    searchable(row.strategy)
    program = programs.program_of(session, row.program(session))
    if not program.metrics:
        raise ResourceError(f"the program {program.name} has no metric, so nothing can be better")
    body: Any = _begun(row).get("program")
    return program.with_candidate(Candidate.from_dict(program, body)) if body else program


def _begun(row: OptimizationRun) -> dict[str, Any]:
    """Return what a run was started with."""
    return as_object(row.configuration)


def _examples(program: Program, row: OptimizationRun) -> Examples:
    rows = as_list(_begun(row).get("training_data"))
    if not rows:
        raise ResourceError(f"run {row.name} has no examples to learn from")
    signature = program.signature
    return [Example.read(one, signature.Input, signature.Expected) for one in rows]


async def _search(
    program: Program, examples: Examples, row: OptimizationRun, journal: RowJournal, lm: LM
) -> dict[str, Any]:
    seed = int(_begun(row).get("seed", 0))
    if row.strategy is Strategy.simba:
        settings = Settings(budget_calls=row.max_iterations, seed=seed, rules=False)
        outcome = await aoptimize(
            program,
            examples,
            lm=lm,
            settings=settings,
            concurrency=CONCURRENCY,
            journal=journal,
            stop=journal.stopped,
        )
        found: dict[str, Any] = msgspec.to_builtins(outcome)
        return found
    return await _each(program, examples, row, journal, lm)


async def _each(
    program: Program, examples: Examples, row: OptimizationRun, journal: RowJournal, lm: LM
) -> dict[str, Any]:
    """Try one configuration after another, each on all examples, for as many evaluations as there may be."""
    seed = int(_begun(row).get("seed", 0))
    best: tuple[float, Candidate] | None = None
    most = max(1, row.max_iterations // len(examples))
    for step, config in enumerate(islice(_configurations(program, row.strategy, seed), most), 1):
        candidate = Candidate(config)
        journal.note(candidate.key(), candidate.to_dict())
        evaluation = await aevaluate(
            program.with_candidate(candidate),
            examples,
            lm=lm,
            concurrency=CONCURRENCY,
            seed=seed,
            split=SEARCH,
            ledger=journal.ledger,
            stop=journal.stopped,
        )
        score = evaluation.score.mean
        if best is None or score > best[0]:
            best = score, candidate
        await journal.progress(step, best[0], best[1].key())
    if best is None:
        raise ResourceError(f"the space of {program.name} has no configuration")
    kept = {name: value for name, value in as_object(journal.row().results).items() if name != UNDER_WAY}
    return {**kept, "best": best[1].key(), "body": best[1].to_dict(), "score": best[0], "reason": "budget"}


def _configurations(program: Program, strategy: Strategy, seed: int) -> Iterator[Any]:
    space = program.variables()
    yield program.candidate.config
    if strategy is Strategy.grid_search:
        yield from space.grid()
        return
    rng = random.Random(seed)  # noqa: S311  (for search, not for secrets)
    while True:
        yield space.sample(rng)
