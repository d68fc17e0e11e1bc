"""An experiment: measure a program, improve it, and measure what came out on the same held-out examples.

    baseline on held-out ─▶ optimise on training examples ─▶ best on held-out ─▶ findings

The held-out examples are never seen by the search. All of it is written to a store as it happens, so an
experiment that was stopped or killed goes on where it was, and a finished one is read back without a single
call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from mlsig.errors import MlsigError, StoreError, ValidationError
from mlsig.evaluation import Evaluation, aevaluate
from mlsig.evaluation.evaluator import Job, Stopped, raw
from mlsig.evaluation.ledger import HELD_OUT, Result
from mlsig.evaluation.objectives import Measure, Scales, Scoring
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.programs.pipeline import Pipeline
from mlsig.providers.messages import LM, Message
from mlsig.signatures import Example
from mlsig.simba import ALGORITHM, Outcome, Settings, aoptimize
from mlsig.simba.events import Evaluated, Event

if TYPE_CHECKING:
    from mlsig.engines import Afar
    from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers
    from mlsig.store import Run, Store, StoreJournal

Mode: TypeAlias = Literal["new", "resume", "fresh"]
"""What to do about earlier runs.

`new` refuses when this very run is there, `resume` takes it up, `fresh` ignores it.
"""

BASELINE: Final = "baseline"
BEST: Final = "best"


class RunExists(MlsigError):
    """The store holds this very run already, and nobody said whether to resume it."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """The `baseline` or the `best` program is about to be measured on the held-out examples."""

    which: str
    examples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What to measure and improve, and how.

    `listener` hears the events of the run, and `Measuring`; `stop` is asked before each call; `workers`
    run the examples, where a process has such for all that it runs, and `afar` runs them elsewhere
    (`mlsig.engines`).
    """

    program: Program
    train: Sequence[Example[Any, Any]]
    test: Sequence[Example[Any, Any]]
    settings: Settings
    scales: Scales = field(default_factory=Scales)
    concurrency: int = 4
    listener: Callable[[Event | Measuring], None] = lambda event: None  # noqa: ARG005
    stop: Callable[[], bool] = lambda: False
    workers: EvaluationWorkers | None = None
    afar: Afar | None = None

    def description(self) -> dict[str, Any]:
        """Return everything that decides the course of the run, as JSON-like data."""
        described = {
            "algorithm": ALGORITHM,
            "program": program_hash(self.program),
            "train": examples_hash(self.train),
            "test": examples_hash(self.test),
            "settings": msgspec.to_builtins(self.settings),
            "scales": msgspec.to_builtins(self.scales),
        }
        # As it will be read back: tuples become lists.
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described))
        return plain


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: enough for a report, without the program.

    Attributes:
        run: Name of the run in its store.
        objectives: Names, directions, units; values are those of the baseline on the held-out examples.
        baseline: The program as it was handed in, on the held-out examples; `best` the chosen one.
        config: The chosen configuration; `baseline_config` the one to start with.
        prompt: What is sent for the first held-out example; `baseline_prompt` what was sent before.
        prompts: Of a pipeline, what each step sends, by path, for what the best program gave it first;
            `baseline_prompts` what the step as it was would send for the same.
        lost: How many evaluations had no known outcome because a process died; they count as paid.
    """

    run: str
    program: str
    seed: int
    budget_calls: int
    train: int
    objectives: tuple[Measure, ...]
    baseline: Evaluation
    best: Evaluation
    outcome: Outcome
    config: dict[str, Any]
    baseline_config: dict[str, Any]
    prompt: tuple[Message, ...]
    baseline_prompt: tuple[Message, ...]
    lost: int
    prompts: dict[str, tuple[Message, ...]] = {}
    baseline_prompts: dict[str, tuple[Message, ...]] = {}


async def conduct(experiment: Experiment, lm: LM, store: Store, mode: Mode) -> Findings:
    """Do the experiment, or go on with it.

    Raises:
        RunExists: The store holds this very run, and the mode is `new`.
        StoreError: The store cannot be used, or holds runs of other programs or with other settings only.
        ProviderUnreachable, ProviderRefused, ProviderError: There is no working model; the run has failed.
        EvaluationError: A metric is broken, or the program always raises; the run has failed.
        Stopped: The run was asked to stop, and is marked as cancelled.
    """
    from mlsig.store import Redactor  # noqa: PLC0415  (SQLAlchemy is slow to import)

    if not experiment.test:
        raise ValueError("there are no held-out examples")
    run = find_run(experiment, store, mode)
    if run.status == "completed" and run.outcome is not None:
        return msgspec.convert(run.outcome, Findings)
    redactor = Redactor.of(experiment.program.providers)
    journal = store.journal(run.id, redactor)
    if run.status != "running":
        _begin(store, run)
    watched = replace(experiment, stop=lambda: experiment.stop() or store.unwanted(run.id))
    try:
        findings = await _conduct(watched, lm, journal, run)
        kept = store.finish(run.id, redactor.value(msgspec.to_builtins(findings)))
    except BaseException as error:
        _mark(store, run, error, redactor.text(str(error)))
        raise
    store.leave(run.id)
    return msgspec.convert(kept, Findings)


def finished(experiment: Experiment, store: Store) -> Findings | None:
    """Return the findings of this very run, or None when it is not completed or not there."""
    identity = _hash(experiment.description())
    same = [run for run in store.runs() if run.identity == identity]
    if not same or same[-1].outcome is None:
        return None
    return msgspec.convert(same[-1].outcome, Findings)


def find_run(experiment: Experiment, store: Store, mode: Mode) -> Run:
    """Return the run to work on, new or taken up.

    Raises:
        RunExists: This very run is there, and the mode is `new`.
        StoreError: There is nothing to resume but other runs; the message says what differs.
    """
    description = experiment.description()
    identity = _hash(description)
    runs = store.runs()
    same = [run for run in runs if run.identity == identity]
    if same and mode == "new":
        raise RunExists(
            f"{store.path} holds this run already ({same[-1].id}, {same[-1].status}): "
            "--resume goes on with it and pays for nothing twice, --fresh starts another"
        )
    if mode == "resume" and same:
        return same[-1]
    if mode == "resume" and runs:
        raise StoreError(_nothing_to_resume(experiment, store, runs, description))
    return store.create(
        identity=identity,
        program=experiment.program.name,
        program_hash=description["program"],
        seed=experiment.settings.seed,
        settings=description,
        again=mode == "fresh",
    )


def program_hash(program: Program) -> str:
    """Return a hash of what a program is: signature, variables, objectives, models; no keys."""
    signature = program.signature
    described = {
        "name": program.name,
        "instructions": signature.instructions,
        "inputs": signature.Input.json_schema(),
        "outputs": signature.Output.json_schema(),
        "space": [
            [variable.name, variable.kind, [str(domain) for domain in variable.domains], variable.description]
            for variable in program.variables().variables
        ],
        "constraints": [constraint.text for constraint in program.variables().constraints],
        "objectives": msgspec.to_builtins(program.objectives),
        "metrics": list(program.metrics),
        "models": {
            name: [msgspec.to_builtins(model, order="sorted") for model in provider.models]
            for name, provider in sorted(program.providers.items())
        },
        "candidate": program.candidate.to_dict(),
    }
    return _hash(described)


def examples_hash(examples: Sequence[Example[Any, Any]]) -> str:
    """Return a hash of the examples and their order."""
    return _hash([example.id for example in examples])


async def _conduct(experiment: Experiment, lm: LM, journal: StoreJournal, run: Run) -> Findings:
    program = experiment.program
    scoring = Scoring(program.objectives, program.metrics, experiment.scales)
    done = 0

    def heard(job: Job, result: Result) -> None:
        nonlocal done
        done += 1
        score = 0.0 if result.error is not None else scoring.score(raw(result))
        experiment.listener(Evaluated(HELD_OUT, job.key.candidate, score, result.error, done))

    async def measure(which: str, measured: Program) -> Evaluation:
        experiment.listener(Measuring(which, len(experiment.test)))
        return await aevaluate(
            measured,
            experiment.test,
            lm=lm,
            concurrency=experiment.concurrency,
            seed=experiment.settings.seed,
            split=HELD_OUT,
            scales=experiment.scales,
            ledger=journal.ledger,
            stop=experiment.stop,
            on_result=heard,
            workers=experiment.workers,
            afar=experiment.afar,
        )

    baseline = await measure(BASELINE, program)
    outcome = await aoptimize(
        program,
        experiment.train,
        lm=lm,
        settings=experiment.settings,
        scales=experiment.scales,
        concurrency=experiment.concurrency,
        journal=journal,
        listener=experiment.listener,
        stop=experiment.stop,
        workers=experiment.workers,
        afar=experiment.afar,
    )
    chosen = program.with_candidate(Candidate.from_dict(program, outcome.body))
    best = await measure(BEST, chosen)
    shown = experiment.test[0].inputs.to_dict()
    return Findings(
        run=run.id,
        program=program.name,
        seed=experiment.settings.seed,
        budget_calls=experiment.settings.budget_calls,
        train=len(experiment.train),
        objectives=baseline.measures,
        baseline=_without_results(baseline),
        best=_without_results(best),
        outcome=outcome,
        config=chosen.candidate.config.to_dict(),
        baseline_config=program.candidate.config.to_dict(),
        prompt=chosen.sketch(**shown),
        baseline_prompt=program.sketch(**shown),
        lost=len(journal.lost),
        prompts=_prompts(chosen, best),
        baseline_prompts=_prompts(program, best),
    )


def _prompts(program: Program, evaluation: Evaluation) -> dict[str, tuple[Message, ...]]:
    """Return what each step of a pipeline would send, for the first inputs that it was given."""
    programs = program.programs() if isinstance(program, Pipeline) else {}
    found: dict[str, tuple[Message, ...]] = {}
    for traced in (traced for result in evaluation.results for traced in result.steps):
        step = programs.get(traced.step)
        if step is None or traced.step in found:
            continue
        with suppress(ValidationError):  # what is written down does not say all, such as a key
            found[traced.step] = step.prompt(**traced.inputs)
    return {path: found[path] for path in programs if path in found}


def _begin(store: Store, run: Run) -> None:
    """Say that the run is worked on, unless another process has said so by now."""
    try:
        store.move(run.id, "running")
    except StoreError:
        # Completed: what is done again then is recalled, and costs nothing.
        if store.run(run.id).status not in {"running", "completed"}:
            raise


def _mark(store: Store, run: Run, error: BaseException, message: str) -> None:
    """Write down how the run ended, unless it is the store that failed, or others go on with it."""
    if isinstance(error, StoreError):
        with suppress(StoreError):
            store.leave(run.id)
        return
    if store.leave(run.id) or store.run(run.id).status != "running":
        return
    # What is no Exception is a cancellation: the user's wish, like Stopped.
    wished = isinstance(error, Stopped) or not isinstance(error, Exception)
    store.move(run.id, "cancelled" if wished else "failed", error=message or type(error).__name__)


def _nothing_to_resume(
    experiment: Experiment, store: Store, runs: Sequence[Run], wanted: dict[str, Any]
) -> str:
    """Say why no run of the store is the one to resume."""
    name = experiment.program.name
    mine = [run for run in runs if run.program == name]
    if not mine:
        others = ", ".join(sorted({run.program for run in runs}))
        return f"{store.path} holds runs of {others} and none of {name}: use another store, or --fresh"
    last = mine[-1]
    differs = sorted(
        {key for key in wanted if last.settings.get(key) != wanted[key]} - {"settings"}
        | {
            f"{key} ({last.settings.get('settings', {}).get(key)} then, {value} now)"
            for key, value in wanted["settings"].items()
            if last.settings.get("settings", {}).get(key) != value
        }
    )
    return (
        f"{store.path} holds {last.id}, but not with these settings; different: {', '.join(differs)}. "
        "Repeat the earlier command to resume it, or use --fresh"
    )


def _without_results(evaluation: Evaluation) -> Evaluation:
    """Return the summary alone: each result is in the store already."""
    return msgspec.structs.replace(evaluation, results=())


def _hash(value: Any) -> str:
    return blake2b(msgspec.json.encode(value, order="sorted"), digest_size=16).hexdigest()
