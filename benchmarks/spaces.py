"""Sample and check configurations: mlsig against ConfigSpace and Optuna, on a flat space of 10, on a
conditional one, and on ones whose rules keep a half, a twentieth and a thousandth of the prior.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from ConfigSpace import (
    Categorical,
    Configuration,
    ConfigurationSpace,
    EqualsCondition,
    Float,
    Integer,
)

from benchmarks import constrained
from benchmarks.sources import SPACES, compile_to
from benchmarks.timing import Row, compare, rows

BATCH: Final = 10_000
# Batches that the rival takes long for are measured on fewer configurations, and counted by configuration.
SMALL: Final = {"flat": 1_000, "conditional": 10_000, "half": 10_000, "twentieth": 2_000, "thousandth": 40}


def flat() -> ConfigurationSpace:
    """Return the flat space, as ConfigSpace states it."""
    space = ConfigurationSpace(seed=1)
    space.add(
        Float("alpha", (0.0, 1.0), default=0.5),
        Float("beta", (-2.0, 2.0), default=0.0),
        Float("rate", (1e-5, 1e-1), default=1e-3, log=True),
        Float("top", (0.0, 1.0), default=0.9),
        Integer("tokens", (16, 4096), default=1024),
        Integer("hops", (1, 8), default=3),
        Integer("demos", (0, 16), default=4),
        Categorical("style", ["formal", "casual", "terse"], default="formal"),
        Categorical("layout", ["turns", "block"], default="turns"),
        Categorical("strict", [True, False], default=True),
    )
    return space


def conditional() -> ConfigurationSpace:
    """Return the conditional space: one hyperparameter a branch, which is how ConfigSpace says it."""
    space = ConfigurationSpace(seed=1)
    engine = Categorical("engine", ["a", "b", "c"], default="a")
    mode = Categorical("mode", ["fast", "slow"], default="fast")
    heat = {
        "a": Float("heat_a", (0.0, 2.0), default=0.7),
        "b": Float("heat_b", (0.1, 0.9), default=0.5),
        "c": Float("heat_c", (0.5, 0.8), default=0.7),
    }
    fast, slow = Integer("depth_fast", (1, 4), default=2), Integer("depth_slow", (4, 16), default=8)
    width = Integer("width", (1, 64), default=8)
    few, many = (
        Integer("tokens_fast", (16, 4096), default=1024),
        Integer("tokens_slow", (512, 4096), default=1024),
    )
    space.add(engine, mode, *heat.values(), fast, slow, width, few, many)
    space.add(*(EqualsCondition(child, engine, option) for option, child in heat.items()))
    space.add(EqualsCondition(fast, mode, "fast"), EqualsCondition(slow, mode, "slow"))
    space.add(EqualsCondition(few, mode, "fast"), EqualsCondition(many, mode, "slow"))
    return space


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    ours = compile_to(folder, "bench_spaces", SPACES + constrained.SPACES)
    spaces: dict[str, tuple[Any, ConfigurationSpace]] = {
        "flat": (ours.Flat, flat()),
        "conditional": (ours.Conditional, conditional()),
    }
    spaces |= {
        name.lower(): (getattr(ours, name), constrained.configspace(name)) for name in constrained.RULES
    }
    table: list[Row] = []
    for name, (space, rival) in spaces.items():
        rng = random.Random(1)
        kept = "" if name in ("flat", "conditional") else " of the prior kept"
        contenders: dict[str, Callable[[], object]] = {
            "mlsig": partial(space.sample, rng),
            "ConfigSpace": rival.sample_configuration,
        }
        if name not in ("conditional", "thousandth"):  # Optuna would take a second for each of these
            contenders["optuna"] = constrained.asked(name.capitalize())
        table += compare(f"sample a space, {name}{kept}, one at a time", contenders, rounds=7)
        table += _batches(f"sample a space, {name}{kept}, {BATCH:,} at once", space, rival, SMALL[name])
    table += _without_rejection(spaces["thousandth"][0], spaces["flat"][0])
    for name in ("flat", "conditional"):
        space, rival = spaces[name]
        values = space.default().to_dict()
        theirs = dict(rival.get_default_configuration())
        table += compare(
            f"check a configuration of the {name} space, from a dict",
            {
                "mlsig": partial(space.validate, values),
                "ConfigSpace": partial(_checked, rival, theirs),
            },
        )
    return table


def _batches(workload: str, space: Any, rival: ConfigurationSpace, few: int, rounds: int = 5) -> list[Row]:
    """Time batches by configuration: a list of them, and for the second row columns of NumPy."""
    rng = np.random.default_rng(1)
    lists: dict[str, list[float]] = {"mlsig": [], "ConfigSpace": []}
    columns: dict[str, list[float]] = {"mlsig": [], "ConfigSpace": []}
    for _ in range(rounds):
        lists["mlsig"].append(_seconds(lambda: space.sample_batch(BATCH, rng), BATCH))
        columns["mlsig"].append(_seconds(lambda: space.sample_columns(BATCH, rng), BATCH))
        theirs = _seconds(lambda: rival.sample_configuration(few), few)
        lists["ConfigSpace"].append(theirs)
        columns["ConfigSpace"].append(theirs)
    return [*rows(workload, lists), *rows(f"{workload}, as columns", columns)]


def _without_rejection(thin: Any, flat: Any) -> list[Row]:
    """Show what a thousandth costs beside the flat space: the flat one is the rival here."""
    rng = random.Random(1)
    return compare(
        "sample a thousandth, beside the flat space of mlsig",
        {"mlsig": lambda: thin.sample(rng), "mlsig, flat": lambda: flat.sample(rng)},
    )


def _seconds(call: Callable[[], object], count: int) -> float:
    start = time.process_time()
    call()
    return (time.process_time() - start) / count


def _checked(space: ConfigurationSpace, values: dict[str, Any]) -> Configuration:
    configuration = Configuration(space, values=values)
    configuration.check_valid_configuration()
    return configuration
