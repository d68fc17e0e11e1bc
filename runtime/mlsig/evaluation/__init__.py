"""How good a program is: examples run with bounded concurrency, means with their intervals, and the cost."""

from mlsig.evaluation.evaluation import Evaluation, Latency, aevaluate, evaluate, summarize

__all__ = ["Evaluation", "Latency", "aevaluate", "evaluate", "summarize"]
