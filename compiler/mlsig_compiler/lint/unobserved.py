"""MLS0713: a variable that nothing can observe.

var max_hops: int(1..8)      where `reasoning` is never `ReAct`: whatever it is, every call is the same
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.findings.nearest import listed
from mlsig_compiler.lint.run import Run, Subject
from mlsig_compiler.proofs.study import Study
from mlsig_compiler.source import Span

_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "max_hops": ("ReAct",),
    "max_tries": ("ProgramOfThought",),
    "samples": ("BestOfN", "SelfConsistency"),
}
"""The ways of reasoning that look at a variable, where not all do."""


def unobserved(subject: Subject, run: Run) -> None:
    """Report limits of ways of reasoning that a program never goes, each once."""
    seen: set[Span] = set()
    served = {node.name: node for node in run.declarations.values() if isinstance(node, model.Provider)}
    for program in subject.module.declarations:
        home = subject.home(program.space) if isinstance(program, model.Program) else None
        space = run.declarations.get(home) if home is not None else None
        if not isinstance(space, model.Space):
            continue
        for variable in space.variables:
            ways = _FOR.get(variable.name, ())
            if not ways or _goes(space, variable, ways, served):
                continue
            here = subject.source.text[slice(*variable.span)] == variable.name  # and not in another file
            span = variable.span if here else subject.nodes[program.name].head.name.span
            if span in seen:
                continue
            seen.add(span)
            there = " where it is active" if variable.active is not None else ""
            subject.report(
                "MLS0713",
                span,
                f"nothing can observe `{variable.name}`: it is for {listed(ways)}, and `reasoning` is never"
                f" {'that' if len(ways) == 1 else 'one of those'}{there}",
                help=f"let `reasoning` be {' or '.join(f'`{way}`' for way in ways)}, or leave it out",
            )


def _goes(
    space: model.Space,
    variable: model.Variable,
    ways: Collection[str],
    served: Mapping[str, model.Provider],
) -> bool:
    """Tell whether a configuration has a variable together with one of some ways of reasoning."""
    reasoning = next((other for other in space.variables if other.name == "reasoning"), None)
    if reasoning is None:
        return False  # those that the compiler adds look at none of these
    domains = (reasoning.domain, *(branch.domain for branch in reasoning.branches))
    options = {str(o) for d in domains if isinstance(d, model.OptionsDomain) for o in d.options}
    if any(":" in option for option in options):  # a class of the user's may look at anything
        return True
    if options.isdisjoint(ways):
        return False
    here = variable.span
    wanted = model.ListOf(tuple(model.Constant(way, here) for way in ways if way in options), here)
    observed: model.Expr = model.Comparison(model.VariableRef("reasoning", here), (("in", wanted),), here)
    if variable.active is not None:
        observed = model.BoolOp("and", (variable.active, observed), here)
    rule = model.Constraint(name="observed", condition=observed, message="", text="", span=here)
    return Study(replace(space, constraints=(*space.constraints, rule)), served).satisfiable is not False
