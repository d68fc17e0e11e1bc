"""Our proposals beside those of Optuna's TPE and NSGA-II, on functions: pairs of runs of the same seed.

A run sees only legal configurations: what Optuna proposes against constraints costs it nothing. Of a single
objective it counts how small the function really is at the configuration that the optimiser calls the best
(`best_params`, `Study.best`); of several the volume that the front covers.
"""

from __future__ import annotations

import json
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
"""Configurations and what was seen of them, in order."""

Ran = tuple[Tried, dict[int, dict[str, Any]]]
"""What was tried, and what each optimiser itself called the best after so many evaluations."""


def ours(problem: Problem, space: Any, seed: int, budgets: Sequence[int]) -> Ran:
    """Run a study of ours."""
    study = Study(space, ["minimize"] * max(1, len(problem.reference)), seed=seed)
    noise = Random(seed)
    tried: Tried = []
    chosen: dict[int, dict[str, Any]] = {}
    for count in range(1, max(budgets) + 1):
        config = study.ask()
        values = config.to_dict()
        seen = problem.seen(values, noise)
        study.tell(config, seen)
        tried.append((values, seen))
        if count in budgets:
            chosen[count] = study.best.to_dict()
    return tried, chosen


def of_optuna(make: Callable[[int], Any]) -> Callable[[Problem, Any, int, Sequence[int]], Ran]:
    """Return how to run one of Optuna's samplers."""

    def run(problem: Problem, space: Any, seed: int, budgets: Sequence[int]) -> Ran:
        study = optuna.create_study(
            directions=["minimize"] * max(1, len(problem.reference)), sampler=make(seed)
        )
        enqueue(study, space)  # ours begins with the default as well
        noise = Random(seed)
        tried: Tried = []
        for _ in range(max(budgets)):
            trial, config = ask(study, space)
            values = config.to_dict()
            seen = problem.seen(values, noise)
            study.tell(trial, list(seen))
            tried.append((values, seen))
        # As `study.best_params`: the first of the least values.
        return tried, {each: min(tried[:each], key=lambda one: one[1][0])[0] for each in budgets}

    return run


CONTENDERS: Final[dict[str, Callable[[Problem, Any, int, Sequence[int]], Ran]]] = {
    "mlsig": ours,
    "TPE": of_optuna(lambda seed: optuna.samplers.TPESampler(seed=seed)),
    "NSGA-II": of_optuna(lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=20)),
}


def quality(problem: Problem, ran: Ran, budget: int) -> float:
    """Return how good a run was after so many evaluations; large is good."""
    tried, chosen = ran
    if problem.reference:
        return volume([problem.value(values) for values, _ in tried[:budget]], problem.reference)
    return -problem.value(chosen[budget])[0]


Found = dict[tuple[str, str, int], dict[int, float]]
"""Quality of runs by problem, contender and budget, then by seed."""


def measure(
    folder: Path,
    seeds: Sequence[int],
    budgets: Sequence[int],
    names: Sequence[str] = (),
    keep: Path | None = None,
) -> Found:
    """Return the quality of every run; what `keep` holds is not run again, and each run is added to it."""
    spaces = compile_to(folder, "problem_spaces", source())
    lines = keep.read_text(encoding="utf-8").splitlines() if keep and keep.exists() else []
    known = {(row["problem"], row["who"], row["seed"]): row for row in map(json.loads, lines)}
    found: Found = {}
    for seed in seeds:
        for problem in PROBLEMS:
            if names and not any(name in problem.name for name in names):
                continue
            for name, run in CONTENDERS.items():
                row = known.get((problem.name, name, seed), {})
                if not all(str(budget) in row for budget in budgets):
                    start = time.process_time()
                    ran = run(problem, getattr(spaces, problem.space), seed, budgets)
                    row = {"problem": problem.name, "who": name, "seed": seed}
                    row |= {str(budget): quality(problem, ran, budget) for budget in budgets}
                    row["cpu"] = round(time.process_time() - start, 2)
                    if keep is not None:
                        with keep.open("a", encoding="utf-8") as file:
                            file.write(json.dumps(row) + "\n")
                for budget in budgets:
                    found.setdefault((problem.name, name, budget), {})[seed] = row[str(budget)]
    return found


def wins(ours_: dict[int, float], theirs: dict[int, float]) -> tuple[int, int]:
    """Return how many pairs are won and lost; equal ones are neither."""
    pairs = [(ours_[seed], theirs[seed]) for seed in ours_]
    return sum(a > b + 1e-12 for a, b in pairs), sum(b > a + 1e-12 for a, b in pairs)


def table(found: Found, budgets: Sequence[int]) -> str:
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
    parser.add_argument("--keep", type=Path, help="a file of JSON lines: what it has is not run again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        measured = measure(Path(name), range(options.seeds), options.budgets, options.names, options.keep)
    sys.stdout.write(table(measured, options.budgets) + "\n")
