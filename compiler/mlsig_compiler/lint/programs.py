"""MLS0707: a program that cannot be optimised for what matters."""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.lint.run import Home, Run, Subject


def aimless(subject: Subject, run: Run) -> None:
    """Report programs without objectives, objectives without a metric, and metrics without an objective.

    What is good of a step, the pipeline says; and a pipeline may be there to be run, and not to be tuned.
    """
    for node in subject.module.declarations:
        if not isinstance(node, model.Program | model.Pipeline):
            continue
        kind = type(node).__name__.lower()
        aims = {objective.name for objective in node.objectives}
        name = subject.nodes[node.name].head.name.span
        if not aims:
            if isinstance(node, model.Pipeline) and not node.metrics:
                continue
            if Home(subject.module.name, node.name) in run.called and not node.metrics:
                continue
            help = "say what is good: `maximize accuracy`, with a metric `accuracy`"
            subject.report("MLS0707", name, f"{kind} `{node.name}` has no objective", help=help)
        elif not node.metrics:
            message = f"{kind} `{node.name}` has no metric: the cheapest answer is the best one"
            help = 'measure what is good: `metric accuracy = python("…")` and `maximize accuracy`'
            subject.report("MLS0707", node.objectives[0].span, message, help=help)
        for metric in node.metrics:
            if aims and metric.name not in aims:
                message = f"no objective of {kind} `{node.name}` uses the metric `{metric.name}`"
                subject.report(
                    "MLS0707", metric.span, message, help=f"add `maximize {metric.name}`, or delete it"
                )
