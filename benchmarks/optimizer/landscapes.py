"""SIMBA on simulated landscapes, beside DSPy's optimisers: true score by calls, in pairs of the same seed."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec
from mlsig.evaluation import aevaluate
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Reply, Request
from mlsig.simba import Settings, aoptimize

from benchmarks.optimizer.frozen import FROZEN
from benchmarks.optimizer.simulated import Case, Landscape, Model
from benchmarks.optimizer.tuned import TUNED
from benchmarks.sources import compile_to

TRAIN: Final = 96
TEST: Final = 96
TRACKS: Final[dict[str, tuple[str, ...]]] = {
    "prompts": ("append_demo", "append_rule", "reword", "merge", "assemble"),
    "variables": ("vary_configuration", "swap_module"),
    "both": (),
}
OPTUNA: Final = ("TPE", "NSGA-II")
"""What searches variables alone, as the track `variables` does."""

METRIC: Final = "def exact(example, output):\n    return float(example.expected.label == output.label)\n"


class Answering:
    """A landscape as mlsig asks models."""

    def __init__(self, model: Model) -> None:
        self.model = model

    async def complete(self, request: Request) -> Reply:
        """Answer."""
        messages = [(message.role, message.content) for message in request.messages]
        wants_object = "JSON object" in "\n".join(text for _, text in messages)
        settings = {
            "temperature": request.temperature,
            "model": request.model,
            "max_tokens": request.max_tokens,
            "json": wants_object and request.schema is None,
        }
        return Reply(text=self.model.answer(messages, settings, request.seed), latency=0.1)


def program(landscape: Landscape, folder: Path) -> Any:
    """Compile the program of a landscape."""
    (folder / "notes_metric.py").write_text(METRIC, encoding="utf-8")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    module: ModuleType = compile_to(folder, f"notes_{landscape.name}", landscape.source)
    return module.Notes


def examples(task: Any, cases: Sequence[Case]) -> list[Any]:
    """Return cases as examples of a program."""
    return [task.signature.example({"note": case.text, "label": case.label}) for case in cases]


def true_score(task: Any, landscape: Landscape, cases: Sequence[Case]) -> float:
    """Return the mean probability of a right answer."""
    model = Model(landscape)

    async def run() -> None:
        for example in examples(task, cases):
            await task.execute(example.inputs, Answering(model), seed=0)

    asyncio.run(run())
    return statistics.fmean(model.chances)


def ours(task: Any, landscape: Landscape, track: str, seed: int, budget: int) -> tuple[int, float]:
    """Return the calls and the true score of a run of ours."""
    model = Model(landscape, salt=seed)
    chosen = TRACKS[track]
    options: dict[str, Any] = {"strategies": chosen} if chosen else {}
    train = examples(task, landscape.cases(TRAIN, seed * TRAIN))
    settings = Settings(budget_calls=budget, seed=seed, **options)
    outcome = asyncio.run(aoptimize(task, train, lm=Answering(model), settings=settings, concurrency=1))
    best = task.with_candidate(Candidate.from_dict(task, outcome.body))
    return model.calls, true_score(best, landscape, landscape.cases(TEST, 100_000))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Drop what is printed and warned of."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def theirs(landscape: Landscape, rival: str, seed: int, **settings: Any) -> tuple[int, float]:
    """Return the calls and the true score of a run of one of DSPy's."""
    from benchmarks.optimizer import rivals  # noqa: PLC0415  (DSPy is slow to import)

    model = Model(landscape, salt=seed)
    cases = landscape.cases(TRAIN, seed * TRAIN)
    with quietly():
        best = rivals.RIVALS[rival](landscape, cases, seed, model, **settings)
    return model.calls, rivals.true_score(best, landscape, landscape.cases(TEST, 100_000))


def of_optuna(
    task: Any, landscape: Landscape, sampler: str, seed: int, budget: int, size: int
) -> tuple[int, float]:
    """Return the calls and the true score of a run of one of Optuna's samplers: variables alone.

    It searches what ours does, from the same default. A trial is the mean over the first `size` training
    examples, the same for all trials; what is chosen is the best trial.
    """
    import optuna  # noqa: PLC0415
    from mlsig.bridges.optuna import ask, configuration, enqueue  # noqa: PLC0415

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    model = Model(landscape, salt=seed)
    train = examples(task, landscape.cases(TRAIN, seed * TRAIN))[:size]
    space = task.variables()
    samplers: dict[str, Any] = {
        "TPE": lambda: optuna.samplers.TPESampler(seed=seed),
        "NSGA-II": lambda: optuna.samplers.NSGAIISampler(seed=seed, population_size=10),
    }
    study = optuna.create_study(direction="maximize", sampler=samplers[sampler]())
    enqueue(study, space)

    def varied(config: Any) -> Any:
        return task.with_candidate(msgspec.structs.replace(task.candidate, config=config))

    while model.calls + size <= budget:
        trial, config = ask(study, space)
        found = asyncio.run(aevaluate(varied(config), train, lm=Answering(model), concurrency=1, seed=seed))
        study.tell(trial, found.score.mean)
    best = varied(configuration(space, study.best_trial))
    return model.calls, true_score(best, landscape, landscape.cases(TEST, 100_000))


SIMBA: Final = {"bsize": 16, "num_candidates": 4, "max_steps": 6}
"""1,344 calls for the task, and reflection: a third of DSPy's defaults, as research measured it."""


def main() -> None:
    """Run, and print a line of JSON for each run."""
    import argparse  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "who", nargs="+", help="SIMBA, MIPROv2, GEPA, TPE, NSGA-II, or prompts, variables, both for ours"
    )
    parser.add_argument("--size", type=int, default=16, help="examples of one of Optuna's trials")
    parser.add_argument("--landscape", choices=("teams", "clauses"), nargs="+", default=("teams", "clauses"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--budgets", type=int, nargs="+", default=[350, 700, 1400])
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        for landscape in (TUNED, FROZEN):
            if landscape.name not in options.landscape:
                continue
            task = program(landscape, Path(name))
            for who in options.who:
                for seed in range(options.first, options.first + options.seeds):
                    for budget in options.budgets if who != "SIMBA" else [0]:
                        start = time.process_time()
                        if who in TRACKS:
                            calls, score = ours(task, landscape, who, seed, budget)
                        elif who == "SIMBA":
                            calls, score = theirs(landscape, who, seed, **SIMBA)
                        elif who in OPTUNA:
                            calls, score = of_optuna(task, landscape, who, seed, budget, options.size)
                        elif who == "GEPA":
                            calls, score = theirs(landscape, who, seed, calls=budget * 9 // 10)
                        else:
                            calls, score = theirs(landscape, who, seed, trials=max(2, budget // 24))
                        line = {
                            "landscape": landscape.name,
                            "who": who,
                            "budget": budget,
                            "seed": seed,
                            "calls": calls,
                            "score": round(score, 4),
                            "cpu": round(time.process_time() - start, 1),
                        }
                        sys.stdout.write(json.dumps(line) + "\n")
                        sys.stdout.flush()


if __name__ == "__main__":
    main()
