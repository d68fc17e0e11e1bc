"""What a run teaches beyond its winner: what mattered, what only acts together, and whether it was over.

    found = insight.of_run(findings, observations)
    found.importance[0]             # Share(name='demos', share=0.61)

All of it is read off a surrogate, a forest of regression trees that is fitted to the candidates of the run:
no call is made for it. `quality` says how far to trust it. Needs the extra `mlsig[report]`.
"""

from __future__ import annotations

from mlsig.insight.convergence import Convergence, convergence
from mlsig.insight.importance import Effects, Pair, Share, effects
from mlsig.insight.insights import Insights, of_run, understood
from mlsig.insight.observations import Observation, of_outcome, of_store
from mlsig.insight.sensitivity import Move, sensitivity
from mlsig.insight.surrogate import InsightExtraMissing, Surrogate, fitted

__all__ = [
    "Convergence",
    "Effects",
    "InsightExtraMissing",
    "Insights",
    "Move",
    "Observation",
    "Pair",
    "Share",
    "Surrogate",
    "convergence",
    "effects",
    "fitted",
    "of_outcome",
    "of_run",
    "of_store",
    "sensitivity",
    "understood",
]
