"""Programs as rows, and what may be done with such a row."""

from __future__ import annotations

from typing import Any, cast

from mlsig import programs
from mlsig.errors import Issue, MlsigError, ValidationError
from mlsig.programs.candidates import Candidate
from mlsig.resources.actions import spaces
from mlsig.resources.actions.importance import shares
from mlsig.resources.actions.rows import as_object
from mlsig.resources.session import Session
from mlsig.resources.std import (
    Evaluation,
    Execution,
    OptimizationRun,
    Program,
    ProgramKind,
    ProgramStatus,
    Strategy,
)
from mlsig.store.redaction import Redactor

SCORES = ("accuracy", "precision", "recall")
MOST = 10_000
"""So many of the latest rows are looked at for an importance."""


def keep(
    session: Session,
    program: programs.Program,
    *,
    kind: ProgramKind = ProgramKind.predict,
    parent: Program | None = None,
) -> Program:
    """Store a program, with its space and the candidate that it runs with, and offer it to the session.

    With a `parent`, which it was made from, it is the revision after that one.
    """
    space = spaces.keep(session, program.variables())
    session.offer(programs.Program, program)
    signature = program.signature
    return Program.create(
        session,
        name=program.name,
        description=(type(program).__doc__ or "")[:1000],
        kind=kind,
        signature_config={
            "instructions": signature.instructions,
            "input": signature.Input.json_schema(),
            "output": signature.Output.json_schema(),
        },
        program_config=program.candidate.to_dict(),
        revision=1 if parent is None else parent.revision + 1,
        space=space,
        parent=parent,
    )


def program_of(session: Session, row: Program) -> programs.Program:
    """Return the program that a row stands for, with the candidate that the row has.

    Raises:
        ResourceError: No program of its name was offered to the session.
    """
    program: programs.Program = session.offered(programs.Program, row.name)
    if not row.program_config:
        return program
    return program.with_candidate(Candidate.from_dict(program, row.program_config))


def execute(session: Session, row: Program, *, inputs: Any, configuration: Any) -> Execution:
    """Run the program, and keep what it did; a run that fails is kept as failed, and raises nothing."""
    program = program_of(session, row)
    execution = Execution.create(session, inputs=inputs, configuration=configuration, program=row).start(
        session
    )
    hidden = Redactor.of(program.providers)
    try:
        if configuration:
            candidate = Candidate(program.variables().complete(configuration))
            program = program.with_candidate(candidate)
        output = program(**_inputs(inputs))
    except MlsigError as error:
        return execution.fail(session, error=hidden.text(str(error)))
    done = execution.complete(session, outputs=hidden.value(output.to_dict()))
    return done.update(session, metrics={"latency": done.duration_seconds(session)})


def _inputs(inputs: Any) -> dict[str, Any]:
    if not isinstance(inputs, dict):
        issue = Issue("inputs", "type", "must be an object: the inputs of the signature by name")
        raise ValidationError("Program.execute", [issue])
    return cast("dict[str, Any]", inputs)


def optimize(
    session: Session,
    row: Program,
    *,
    training_data: list[Any],
    strategy: Strategy,
    max_iterations: int,
    seed: int,
    begin: bool,
) -> OptimizationRun:
    """Store a run and conduct it, while the program is said to be optimised; or leave it to wait.

    Raises:
        ResourceError: Nothing here searches so, or, where it begins, no program was offered to the session.
    """
    from mlsig.resources.actions import searching  # noqa: PLC0415  (it needs this module)

    searching.searchable(strategy)
    if begin:
        program_of(session, row)
    with session.transaction():
        row = row.update(session, status=ProgramStatus.optimizing)
        number = row.optimization_count(session) + 1
        run = OptimizationRun.create(
            session,
            name=f"{row.name}-{number}"[:255],
            strategy=strategy,
            max_iterations=max_iterations,
            configuration={"training_data": training_data, "program": row.program_config, "seed": seed},
            program=row,
            space=row.space(session),
        )
    return searching.conduct(session, run) if begin else run


def current_score(session: Session, row: Program) -> float | None:
    """Return the best score of its runs; without any, the mean of the scores that it was measured to have."""
    for best in row.runs(session, order=OptimizationRun.Fields.best_score.desc(), limit=1).items:
        if best.best_score is not None:
            return best.best_score
    measured = [row.metrics[name] for name in SCORES if name in row.metrics]
    return sum(measured) / len(measured) if measured else None


def importance_scores(session: Session, row: Program) -> dict[str, float]:
    """Return each variable's share of what the latest evaluations of its runs tell scores apart by."""
    found: list[tuple[dict[str, Any], float]] = []
    for run in row.runs(session, order=OptimizationRun.Fields.created_at.desc(), limit=MOST).items:
        latest = Evaluation.Fields.number.desc()
        left = MOST - len(found)
        if not left:
            break
        evaluations = run.evaluations(session, order=latest, limit=left).items
        found += [(as_object(one.configuration), one.score) for one in evaluations]
    return shares(found)
