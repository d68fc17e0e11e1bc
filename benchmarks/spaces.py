"""Sample, check, encode, decode and move configurations: mlsig against ConfigSpace and Optuna, on a flat
space of 10 variables, on one of which 4 have conditions, and on ones whose rules keep a half, a twentieth and
a thousandth of the prior.
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
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    InCondition,
    Integer,
)
from ConfigSpace.util import get_one_exchange_neighbourhood

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
    """Return the space with four conditions, as ConfigSpace states it."""
    space = flat()
    names = {name: space[name] for name in space}
    space.add(
        EqualsCondition(names["beta"], names["style"], "formal"),
        InCondition(names["rate"], names["style"], ["formal", "casual"]),
        EqualsCondition(names["demos"], names["layout"], "turns"),
        EqualsCondition(names["hops"], names["strict"], True),
    )
    return space


def large() -> tuple[str, ConfigurationSpace]:
    """Return a space of 100 variables with 500 rules, in the language and as ConfigSpace states it."""
    rng = random.Random(1)
    space = ConfigurationSpace(seed=1)
    space.add(*(Integer(f"v{k}", (0, 4), default=0) for k in range(100)))
    lines = [f"  var v{k}: int(0..4) = 0" for k in range(100)]
    for k in range(500):
        one, other = f"v{k % 99}", f"v{k % 99 + 1}"
        a, b = rng.randint(1, 4), rng.randint(1, 4)
        lines.append(f"  forbid {one} == {a} and {other} == {b}")
        clauses = (ForbiddenEqualsClause(space[one], a), ForbiddenEqualsClause(space[other], b))
        space.add(ForbiddenAndConjunction(*clauses))
    return "\n".join(["space Large {", *lines, "}", ""]), space


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    text, many = large()
    ours = compile_to(folder, "bench_spaces", SPACES + constrained.SPACES + text)
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
        said = name if name in ("flat", "conditional") else f"{name} of the prior kept"
        contenders: dict[str, Callable[[], object]] = {
            "mlsig": partial(space.sample, rng),
            "ConfigSpace": rival.sample_configuration,
        }
        if name != "thousandth":  # Optuna would take a second for each of these
            contenders["optuna"] = constrained.asked(name.capitalize())
        table += compare(f"sample a space, {said}, one at a time", contenders, rounds=7)
        table += _batches(f"sample a space, {said}, {BATCH:,} at once", space, rival, SMALL[name])
    table += _without_rejection(spaces["thousandth"][0], spaces["flat"][0])
    for name, (space, rival) in spaces.items():
        said = name if name in ("flat", "conditional") else f"{name} of the prior kept"
        table += _one_by_one(said, space, rival)
    table += compare(
        "check a configuration of 100 variables with 500 rules, from a dict",
        {
            "mlsig": partial(ours.Large.validate, ours.Large.default().to_dict()),
            "ConfigSpace": partial(_checked, many, dict(many.get_default_configuration())),
        },
        rounds=7,
    )
    return table


def _one_by_one(said: str, space: Any, rival: ConfigurationSpace) -> list[Row]:
    """Time what is done with one configuration: read and check it, turn it into numbers and back, move it."""
    config, theirs = space.default(), rival.get_default_configuration()
    values, their_values = config.to_dict(), dict(theirs)
    point, vector = space.encode(config), theirs.get_array()
    found = compare(
        f"check a configuration, {said}, from a dict",
        {"mlsig": partial(space.validate, values), "ConfigSpace": partial(_checked, rival, their_values)},
        rounds=7,
    )
    found += compare(
        f"check a configuration, {said}, that was read before",
        {"mlsig": partial(space.legal, config), "ConfigSpace": theirs.check_valid_configuration},
        rounds=7,
    )
    encoders: dict[str, Callable[[], object]] = {
        "mlsig": partial(space.encode, config),
        "ConfigSpace": lambda: Configuration(rival, values=their_values).get_array(),
    }
    decoders: dict[str, Callable[[], object]] = {
        "mlsig": partial(space.decode, point),
        "ConfigSpace": lambda: dict(Configuration(rival, vector=vector)),
    }
    if said != "conditional":
        transform = constrained.transform()
        numbers = transform.transform(values)
        encoders["optuna"] = lambda: transform.transform(values)
        decoders["optuna"] = lambda: transform.untransform(numbers)
    found += compare(f"encode a configuration, {said}", encoders, rounds=7)
    found += compare(f"decode a configuration, {said}", decoders, rounds=7)
    ours: list[float] = []
    seconds: list[float] = []
    for seed in range(7):
        ours.append(_each(partial(space.neighbors, config)))
        seconds.append(_each(lambda seed=seed: list(get_one_exchange_neighbourhood(theirs, seed))))  # type: ignore[misc]
    return found + rows(f"a neighbour of a configuration, {said}", {"mlsig": ours, "ConfigSpace": seconds})


def _each(call: Callable[[], list[Any]]) -> float:
    """Return the CPU seconds of a call for each of what it returns: the median of several calls."""
    taken: list[float] = []
    for _ in range(9):
        start = time.process_time()
        found = call()
        taken.append((time.process_time() - start) / max(1, len(found)))
    return sorted(taken)[4]


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
