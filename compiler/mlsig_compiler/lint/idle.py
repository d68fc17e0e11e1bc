"""MLS0712: a rule that always holds.

constraint c: n < 10      with `var n: int(1..9)`: whatever `n` is, it is less
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.lint.run import Run, Subject
from mlsig_compiler.proofs.study import studied


def idle(subject: Subject, run: Run) -> None:
    """Report constraints that forbid nothing, each where it is written."""
    served = {
        node.name: node for node in run.declarations.values() if isinstance(node, model.Provider)
    }  # fmt: skip
    for space in subject.module.declarations:
        if not isinstance(space, model.Space) or not space.constraints:
            continue
        node = subject.nodes[space.name]
        study = studied(space, served)
        for k, rule in enumerate(space.constraints):
            written = " ".join(subject.source.text[rule.span.start : rule.span.end].split())
            own = node.span.start <= rule.span.start < node.span.end and written.startswith(rule.text)
            if own and study.always(k):
                subject.report(
                    "MLS0712",
                    rule.span,
                    "this rule always holds: the domains leave nothing that it could forbid",
                    help="delete it, or change it",
                )
