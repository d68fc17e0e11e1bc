"""How good a program is: examples run with bounded concurrency, means with their intervals, and the cost."""

from mlsig.evaluation.cache import EvaluationCache
from mlsig.evaluation.choosing import knee, lexicographic, preferred, topsis, weighted_sum
from mlsig.evaluation.evaluation import Evaluation, Latency, aevaluate, evaluate, summarize
from mlsig.evaluation.pareto import ParetoArchive
from mlsig.evaluation.volume import hypervolume

__all__ = [
    "Evaluation",
    "EvaluationCache",
    "Latency",
    "ParetoArchive",
    "aevaluate",
    "evaluate",
    "hypervolume",
    "knee",
    "lexicographic",
    "preferred",
    "summarize",
    "topsis",
    "weighted_sum",
]
