"""By how much the score that an optimiser reports of its choice overstates the true one.

The true score is the mean probability of a right answer on cases that no run has seen. What is reported comes
from few examples, which may be easy or hard, so a single run says little; the mean over the seeds counts.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from mlsig.programs.candidates import Candidate
from mlsig.simba import Settings, aoptimize

from benchmarks.optimizer.landscapes import (
    SIMBA,
    TRACKS,
    TRAIN,
    Answering,
    examples,
    program,
    quietly,
    true_score,
)
from benchmarks.optimizer.simulated import Landscape, Model
from benchmarks.optimizer.tuned import TUNED

UNSEEN: Final = 100_000
"""The number of the first case that no run has seen."""

MANY: Final = 960
"""So many that they are as hard, all in all, as those that are reported on: 96 can be off by 0.03."""


def ours(task: Any, landscape: Landscape, track: str, budget: int, seed: int) -> tuple[float, float]:
    """Return the reported score and the true one of a run of ours."""
    options: dict[str, Any] = {"strategies": TRACKS[track]} if TRACKS[track] else {}
    train = examples(task, landscape.cases(TRAIN, seed * TRAIN))
    answering = Answering(Model(landscape, salt=seed))
    settings = Settings(budget_calls=budget, seed=seed, **options)
    outcome = asyncio.run(aoptimize(task, train, lm=answering, settings=settings, concurrency=1))
    best = task.with_candidate(Candidate.from_dict(task, outcome.body))
    return outcome.score, true_score(best, landscape, landscape.cases(MANY, UNSEEN))


def dspy_simba(landscape: Landscape, seed: int) -> tuple[float, float]:
    """Return the score by which DSPy's SIMBA chose, and the true one."""
    from benchmarks.optimizer import rivals  # noqa: PLC0415  (DSPy is slow to import)

    cases = landscape.cases(TRAIN, seed * TRAIN)
    with quietly():
        best = rivals.simba(landscape, cases, seed, Model(landscape, salt=seed), **SIMBA)
    reported = max(each["score"] for each in best.candidate_programs)
    return float(reported), rivals.true_score(best, landscape, landscape.cases(MANY, UNSEEN))


def row(name: str, pairs: list[tuple[float, float]]) -> str:
    """Return a row of the table: means, and the mean difference with its standard error."""
    differences = [reported - true for reported, true in pairs]
    error = statistics.stdev(differences) / len(differences) ** 0.5
    reported, true = (statistics.fmean(pair[which] for pair in pairs) for which in (0, 1))
    return f"| {name} | {reported:.3f} | {true:.3f} | {reported - true:+.3f} ± {error:.3f} |\n"


def main() -> None:
    """Run on the tuned landscape, and print a table."""
    import argparse  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("runs", nargs="*", default=[*TRACKS, "SIMBA"], help="prompts, variables, both, SIMBA")
    parser.add_argument("--budget", type=int, default=690)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    sys.stdout.write("| run | reported | true | overstated by |\n| --- | ---: | ---: | ---: |\n")
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        task = program(TUNED, Path(name))
        for who in options.runs:
            run: Callable[[int], tuple[float, float]] = partial(dspy_simba, TUNED)
            if who in TRACKS:
                run = partial(ours, task, TUNED, who, options.budget)
            label = f"ours, {who}" if who in TRACKS else "DSPy's SIMBA"
            sys.stdout.write(row(label, [run(seed) for seed in range(options.seeds)]))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
