"""Strategies at work on one step of a pipeline: its rules, or its demonstrations.

What a step did in a run is known (`Result.steps`), and the run has a score; so every run is a trajectory of
the step as well, with the score of the whole as its credit. Runs that gave the step the same inputs are a
bucket, as runs on one example are of a program. What is found is put back into the candidate, under the path
of the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final

import msgspec

from mlsig.errors import ValidationError
from mlsig.evaluation.chance import pick
from mlsig.evaluation.ledger import Result
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate, Taught
from mlsig.programs.executions import StepRun
from mlsig.providers.messages import Message
from mlsig.signatures import Example
from mlsig.simba.batches import Item, source
from mlsig.simba.buckets import Bucket
from mlsig.simba.pool import Entry, Run
from mlsig.simba.strategies import Strategy, View

COMMON: Final = 0.5
"""Inputs that this share of the examples has in common tell nothing of any of them."""


class InSteps:
    """A strategy that makes a program's candidate, for the programs of a pipeline's steps."""

    def __init__(self, strategy: Strategy) -> None:
        self.name = strategy.name
        self.share = strategy.share
        self._strategy = strategy

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate with something changed in one of its steps."""
        programs = view.program.with_candidate(candidate).programs()
        if not programs:
            return None
        path = pick(list(programs), rng)
        step = programs[path]
        found = buckets_of(path, step, view.buckets)

        async def ask(of_step: Candidate, messages: tuple[Message, ...], example: str) -> str | None:
            del of_step
            return await view.ask(candidate, messages, example)

        inner = View(step, view.settings, view.pool, found, [bucket.item for bucket in found], ask)
        made = await self._strategy.propose(parent, step.candidate, inner, rng)
        if made is None:
            return None
        taught = {
            **candidate.steps,
            path: Taught(made.rules, made.demos, made.instructions, made.descriptions),
        }
        return msgspec.structs.replace(candidate, steps=taught)


def buckets_of(path: str, step: Program, buckets: Sequence[Bucket]) -> list[Bucket]:
    """Return a bucket for each inputs that a step was given, the widest spread first."""
    found: list[Bucket] = []
    for bucket in buckets:
        groups: dict[bytes, list[tuple[Run, StepRun]]] = {}
        for run in bucket.runs:
            for traced in run.result.steps:
                if traced.step == path:
                    groups.setdefault(_key(traced.inputs), []).append((run, traced))
        for runs in groups.values():
            example = _example(step, runs[0][1].inputs)
            if example is not None:
                # What it is known by is the example: whoever asks a model about it pays under that name.
                item = Item(bucket.item.id, source(example), bucket.item.label, example)
                found.append(Bucket(item, tuple(_run(run, traced) for run, traced in runs)))
    return sorted(found, key=lambda bucket: bucket.spread, reverse=True)


def shown(candidate: Candidate, entries: Iterable[Entry], items: int) -> frozenset[str]:
    """Return the examples that the demonstrations of a candidate's steps are from.

    A candidate must not be judged on those. Inputs that most examples have in common are from none of them.

    Args:
        candidate: The candidate.
        entries: The candidates whose runs the demonstrations may be from.
        items: How many examples there are.
    """
    demos = {
        (path, _key(demo.inputs.to_dict())): set[str]()
        for path, taught in candidate.steps.items()
        for demo in taught.demos
    }
    for entry in entries if demos else ():
        for run in entry.runs.values():
            for traced in run.result.steps:
                place = traced.step, _key(traced.inputs)
                if place in demos:
                    demos[place].add(run.example)
    few = [names for names in demos.values() if len(names) <= max(1.0, COMMON * items)]
    return frozenset(name for names in few for name in names)


def _run(run: Run, traced: StepRun) -> Run:
    result = Result(
        example=run.example,
        trial=run.trial,
        output=traced.output,
        text=traced.text,
        reasoning=traced.reasoning,
    )
    return Run(run.example, run.trial, run.score, result)


def _example(step: Program, inputs: Mapping[str, Any]) -> Example[Any, Any] | None:
    """Return what a step was given as an example of which no answer is known."""
    signature = step.signature
    try:
        return Example(inputs=signature.Input.validate(inputs), expected=signature.Expected.validate({}))
    except ValidationError:  # what is written down does not say all, such as a key
        return None


def _key(inputs: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(inputs, order="sorted")
