"""MLS0707: a program that cannot be optimised for what matters."""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.lint.run import Run, Subject


def aimless(subject: Subject, run: Run) -> None:  # noqa: ARG001
    """Report programs without objectives, objectives without a metric, and metrics without an objective."""
    for node in subject.module.declarations:
        if not isinstance(node, model.Program):
            continue
        aims = {objective.name for objective in node.objectives}
        name = subject.nodes[node.name].head.name.span
        if not aims:
            help = "say what is good: `maximize accuracy`, with a metric `accuracy`"
            subject.report("MLS0707", name, f"program `{node.name}` has no objective", help=help)
        elif not node.metrics:
            message = f"program `{node.name}` has no metric: the cheapest answer is the best one"
            help = 'measure what is good: `metric accuracy = python("…")` and `maximize accuracy`'
            subject.report("MLS0707", node.objectives[0].span, message, help=help)
        for metric in node.metrics:
            if aims and metric.name not in aims:
                message = f"no objective of program `{node.name}` uses the metric `{metric.name}`"
                subject.report(
                    "MLS0707", metric.span, message, help=f"add `maximize {metric.name}`, or delete it"
                )
