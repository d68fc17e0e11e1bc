"""Sample and check configurations: mlsig against ConfigSpace, on a flat space of 10 and on a conditional
one.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from ConfigSpace import (
    Categorical,
    Configuration,
    ConfigurationSpace,
    EqualsCondition,
    Float,
    Integer,
)

from benchmarks.sources import SPACES, compile_to
from benchmarks.timing import Row, compare


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
    ours = compile_to(folder, "bench_spaces", SPACES)
    table: list[Row] = []
    for name, space, rival in (("flat", ours.Flat, flat()), ("conditional", ours.Conditional, conditional())):
        rng = random.Random(1)
        table += compare(
            f"sample a {name} space, one at a time",
            {
                "mlsig": lambda space=space, rng=rng: space.sample(rng),
                "ConfigSpace": lambda rival=rival: rival.sample_configuration(),
            },
        )
        values = space.default().to_dict()
        theirs = dict(rival.get_default_configuration())
        table += compare(
            f"check a configuration of the {name} space, from a dict",
            {
                "mlsig": lambda space=space, values=values: space.validate(values),
                "ConfigSpace": lambda rival=rival, theirs=theirs: _checked(rival, theirs),
            },
        )
    return table


def _checked(space: ConfigurationSpace, values: dict[str, Any]) -> Configuration:
    configuration = Configuration(space, values=values)
    configuration.check_valid_configuration()
    return configuration
