"""Our proposals beside those of Optuna's TPE and NSGA-II, on functions: pairs of runs of the same seed.

A run sees only legal configurations: what Optuna proposes against constraints costs it nothing. Of a single
objective it counts how small the function really is at the configuration that looked best; of several the
volume that the front covers.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import optuna
from mlsig.bridges.optuna import ask, enqueue
from mlsig.simba.study import Study
from scipy.stats import binomtest

from benchmarks.optimizer.problems import PROBLEMS, Problem, source
from benchmarks.optimizer.volume import volume
from benchmarks.sources import compile_to

BUDGETS: Final = (50, 200)
optuna.logging.set_verbosity(optuna.logging.ERROR)

Tried = list[tuple[dict[str, Any], tuple[float, ...]]]


def ours(problem: Problem, space: Any, seed: int, budget: int) -> Tried:
    """Run a study of ours."""
    study = Study(space, ["minimize"] * max(1, len(problem.reference)), seed=seed)
    noise = Random(seed)
    tried: Tried = []
    for _ in range(budget):
        config = study.ask()
        values = config.to_dict()
        seen = problem.seen(values, noise)
        study.tell(config, seen)
        tried.append((values, seen))
    return tried


def of_optuna(make: Callable[[int], Any]) -> Callable[[Problem, Any, int, int], Tried]:
    """Return how to run one of Optuna's samplers."""

    def run(problem: Problem, space: Any, seed: int, budget: int) -> Tried:
        study = optuna.create_study(
            directions=["minimize"] * max(1, len(problem.reference)), sampler=make(seed)
        )
        enqueue(study, space)  # ours begins with the default as well
        noise = Random(seed)
        tried: Tried = []
        for _ in range(budget):
            trial, config = ask(study, space)
            values = config.to_dict()
            seen = problem.seen(values, noise)
            study.tell(trial, list(seen))
            tried.append((values, seen))
        return tried

    return run


CONTENDERS: Final[dict[str, Callable[[Problem, Any, int, int], Tried]]] = {
    "mlsig": ours,
    "TPE": of_optuna(lambda seed: optuna.samplers.TPESampler(seed=seed)),
    "NSGA-II": of_optuna(lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=20)),
}


def quality(problem: Problem, tried: Tried) -> float:
    """Return how good a run is; large is good."""
    if problem.reference:
        return volume([problem.value(values) for values, _ in tried], problem.reference)
    chosen = min(tried, key=lambda each: each[1][0])
    return -problem.value(chosen[0])[0]


def measure(
    folder: Path, seeds: Sequence[int], budgets: Sequence[int], names: Sequence[str] = ()
) -> dict[tuple[str, str, int], list[float]]:
    """Return the quality of every run by problem, contender and budget, in the order of the seeds."""
    spaces = compile_to(folder, "problem_spaces", source())
    found: dict[tuple[str, str, int], list[float]] = {}
    for problem in PROBLEMS:
        if names and not any(name in problem.name for name in names):
            continue
        for name, run in CONTENDERS.items():
            start = time.process_time()
            for seed in seeds:
                tried = run(problem, getattr(spaces, problem.space), seed, max(budgets))
                for budget in budgets:
                    found.setdefault((problem.name, name, budget), []).append(
                        quality(problem, tried[:budget])
                    )
            took = (time.process_time() - start) / len(seeds)
            shown = [sum(found[problem.name, name, b]) / len(seeds) for b in budgets]
            sys.stderr.write(f"  {problem.name} {name}: {[f'{x:.4f}' for x in shown]} {took:.1f} s\n")
    return found


def wins(ours_: Sequence[float], theirs: Sequence[float]) -> tuple[int, int]:
    """Return how many pairs are won and lost; equal ones are neither."""
    pairs = list(zip(ours_, theirs, strict=True))
    return sum(a > b + 1e-12 for a, b in pairs), sum(b > a + 1e-12 for a, b in pairs)


def table(found: dict[tuple[str, str, int], list[float]], budgets: Sequence[int]) -> str:
    """Return the pairs won and lost as Markdown."""
    rivals = [name for name in CONTENDERS if name != "mlsig"]
    head = [f"{rival}, {budget} evaluations" for budget in budgets for rival in rivals]
    lines = ["| problem | " + " | ".join(head) + " |", "| --- |" + " ---: |" * len(head)]
    totals = {(rival, budget): [0, 0] for budget in budgets for rival in rivals}
    for name in dict.fromkeys(problem for problem, _, _ in found):
        cells: list[str] = []
        for budget in budgets:
            for rival in rivals:
                won, lost = wins(found[name, "mlsig", budget], found[name, rival, budget])
                totals[rival, budget][0] += won
                totals[rival, budget][1] += lost
                cells.append(f"{won} : {lost}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    last: list[str] = []
    for budget in budgets:
        for rival in rivals:
            won, lost = totals[rival, budget]
            chance = binomtest(won, won + lost).pvalue if won + lost else 1.0
            last.append(f"**{won} : {lost}** (p = {chance:.1g})")
    lines.append("| all | " + " | ".join(last) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of problems; all when none is given")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--budgets", type=int, nargs="+", default=list(BUDGETS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        measured = measure(Path(name), range(options.seeds), options.budgets, options.names)
    sys.stdout.write(table(measured, options.budgets) + "\n")
