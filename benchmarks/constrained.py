"""Spaces whose rules keep a half, a twentieth and a thousandth of the prior, for mlsig and for its rivals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import optuna
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenGreaterThanClause,
    ForbiddenInClause,
    Integer,
)
from optuna._transform import _SearchSpaceTransform
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

RULES: Final = {
    "Half": ["forbid alpha > 0.3 and top > 0.3"],
    "Twentieth": [
        'forbid style != "formal" and tokens > 100',
        'forbid layout == "block" and hops > 1',
        "forbid strict and demos > 0",
        "forbid alpha > 0.3 and top > 0.3",
    ],
    "Thousandth": [
        'forbid style != "formal" and tokens > 100',
        'forbid layout == "block" and hops > 1',
        "forbid strict and demos > 0",
        "forbid alpha > 0.1 and top > 0.1",
        "forbid beta > -1.9 and rate > 1.2e-5",
    ],
}
_VARIABLES: Final = """
  var alpha: float(0.0..1.0) = 0.05
  var beta: float(-2.0..2.0) = -1.95
  var rate: float(1e-5..1e-1, log) = 1e-5
  var top: float(0.0..1.0) = 0.05
  var tokens: int(16..4096) = 64
  var hops: int(1..8) = 1
  var demos: int(0..16) = 0
  var style: choice("formal", "casual", "terse") = "formal"
  var layout: choice("turns", "block") = "turns"
  var strict: bool = true
"""
SPACES: Final = "".join(
    "\n".join([f"space {name} {{{_VARIABLES}", *rules, "}\n"]) for name, rules in RULES.items()
)


def configspace(name: str) -> ConfigurationSpace:
    """Return one of the spaces, as ConfigSpace states it; its default is legal too."""
    space = ConfigurationSpace(seed=1)
    style = Categorical("style", ["formal", "casual", "terse"], default="formal")
    layout = Categorical("layout", ["turns", "block"], default="turns")
    strict = Categorical("strict", [True, False], default=True)
    alpha, top = Float("alpha", (0.0, 1.0), default=0.05), Float("top", (0.0, 1.0), default=0.05)
    beta = Float("beta", (-2.0, 2.0), default=-1.95)
    rate = Float("rate", (1e-5, 1e-1), default=1e-5, log=True)
    tokens = Integer("tokens", (16, 4096), default=64)
    hops, demos = Integer("hops", (1, 8), default=1), Integer("demos", (0, 16), default=0)
    space.add(alpha, beta, rate, top, tokens, hops, demos, style, layout, strict)
    few = 0.3 if name != "Thousandth" else 0.1
    clauses = [
        ForbiddenAndConjunction(ForbiddenGreaterThanClause(alpha, few), ForbiddenGreaterThanClause(top, few))
    ]
    if name != "Half":
        clauses += [
            ForbiddenAndConjunction(
                ForbiddenInClause(style, ["casual", "terse"]), ForbiddenGreaterThanClause(tokens, 100)
            ),
            ForbiddenAndConjunction(
                ForbiddenEqualsClause(layout, "block"), ForbiddenGreaterThanClause(hops, 1)
            ),
            ForbiddenAndConjunction(
                ForbiddenEqualsClause(strict, True), ForbiddenGreaterThanClause(demos, 0)
            ),
        ]
    if name == "Thousandth":
        clauses.append(
            ForbiddenAndConjunction(
                ForbiddenGreaterThanClause(beta, -1.9), ForbiddenGreaterThanClause(rate, 1.2e-5)
            )
        )
    space.add(*clauses)
    return space


def transform() -> Any:
    """Return what Optuna's own samplers turn the ten variables into numbers with; it knows no conditions."""
    return _SearchSpaceTransform(
        {
            "alpha": FloatDistribution(0.0, 1.0),
            "beta": FloatDistribution(-2.0, 2.0),
            "rate": FloatDistribution(1e-5, 1e-1, log=True),
            "top": FloatDistribution(0.0, 1.0),
            "tokens": IntDistribution(16, 4096),
            "hops": IntDistribution(1, 8),
            "demos": IntDistribution(0, 16),
            "style": CategoricalDistribution(["formal", "casual", "terse"]),
            "layout": CategoricalDistribution(["turns", "block"]),
            "strict": CategoricalDistribution([True, False]),
        },
        transform_0_1=True,
    )


def asked(name: str) -> Callable[[], dict[str, Any]]:
    """Return what asks Optuna's random sampler until a configuration is legal, of any of the spaces."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    few = 0.3 if name != "Thousandth" else 0.1

    def legal(c: dict[str, Any]) -> bool:
        if name in ("Flat", "Conditional"):
            return True
        if c["alpha"] > few and c["top"] > few:
            return False
        if name == "Half":
            return True
        if c["style"] != "formal" and c["tokens"] > 100:
            return False
        if (c["layout"] == "block" and c["hops"] > 1) or (c["strict"] and c["demos"] > 0):
            return False
        return name == "Twentieth" or not (c["beta"] > -1.9 and c["rate"] > 1.2e-5)

    def one() -> dict[str, Any]:
        nonlocal study
        while True:
            if len(study.trials) > 200:  # it grows slower with each trial
                study = optuna.create_study(sampler=optuna.samplers.RandomSampler())
            trial = study.ask()
            config: dict[str, Any] = {
                "alpha": trial.suggest_float("alpha", 0.0, 1.0),
                "top": trial.suggest_float("top", 0.0, 1.0),
                "tokens": trial.suggest_int("tokens", 16, 4096),
                "style": trial.suggest_categorical("style", ["formal", "casual", "terse"]),
                "layout": trial.suggest_categorical("layout", ["turns", "block"]),
                "strict": trial.suggest_categorical("strict", [True, False]),
            }
            every = name != "Conditional"
            if every or config["style"] == "formal":
                config["beta"] = trial.suggest_float("beta", -2.0, 2.0)
            if every or config["style"] != "terse":
                config["rate"] = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
            if every or config["layout"] == "turns":
                config["demos"] = trial.suggest_int("demos", 0, 16)
            if every or config["strict"]:
                config["hops"] = trial.suggest_int("hops", 1, 8)
            study.tell(trial, 0.0)
            if legal(config):
                return config

    return one
