"""All of it for one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mlsig.insight.convergence import Convergence, convergence
from mlsig.insight.importance import Pair, Share, effects
from mlsig.insight.observations import SCORE, Observation, of_outcome, settings
from mlsig.insight.sensitivity import Move, sensitivity
from mlsig.insight.surrogate import Surrogate, fitted

if TYPE_CHECKING:
    from mlsig.simba.experiment import Findings


class Insights(msgspec.Struct, frozen=True, kw_only=True):
    """What a run teaches.

    Attributes:
        candidates: How many the surrogate was fitted to.
        quality: How much of the variance it explains of candidates that it had not seen; None where there
            was too little to learn from, and then nothing is said of variables.
        importance: Sums to 1; the greatest first.
        interactions: The strongest first.
        moves: Around the best candidate.
    """

    candidates: int
    quality: float | None
    importance: tuple[Share, ...] = ()
    interactions: tuple[Pair, ...] = ()
    moves: tuple[Move, ...] = ()
    convergence: Convergence | None = None


def of_run(findings: Findings, outcomes: Mapping[str, Mapping[str, float]] | None = None) -> Insights:
    """Return what a run teaches.

    Args:
        findings: What came out of it.
        outcomes: The means of the raw objectives by candidate, as `of_store` has them; without them, only the
            score is understood.

    Raises:
        InsightExtraMissing: scikit-learn is not installed.
    """
    outcome = findings.outcome
    found = understood(of_outcome(outcome, outcomes), settings(outcome.body), seed=findings.seed)
    curve = convergence(outcome.history) if outcome.history else None
    return msgspec.structs.replace(found, convergence=curve)


def understood(observations: Sequence[Observation], best: Mapping[str, object], *, seed: int = 0) -> Insights:
    """Return what candidates teach of their variables, around the best one.

    Raises:
        InsightExtraMissing: scikit-learn is not installed.
    """
    whole = fitted(observations, SCORE, seed=seed)
    if whole is None:
        return Insights(candidates=len(observations), quality=None)
    shares, pairs = effects(whole, observations, seed=seed)
    names = dict.fromkeys(name for one in observations for name in one.outcomes)
    surrogates: dict[str, Surrogate] = {SCORE: whole}
    for name in names:
        # Each is fitted to the same candidates, so that all have the same columns.
        if name != SCORE and all(name in one.outcomes for one in observations):
            surrogate = fitted(observations, name, seed=seed)
            if surrogate is not None:
                surrogates[name] = surrogate
    return Insights(
        candidates=len(observations),
        quality=whole.quality,
        importance=shares,
        interactions=pairs,
        moves=tuple(sensitivity(surrogates, best)),
    )
