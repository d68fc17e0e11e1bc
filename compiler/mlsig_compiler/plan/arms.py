"""The domains that a variable can have, each with the condition under which it holds."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.model import Domain, Expr, FloatDomain, OptionsDomain, Variable
from mlsig_compiler.plan import domains
from mlsig_compiler.plan.layout import lay


@dataclass(frozen=True, slots=True)
class Arm:
    """A domain and the condition under which it holds; None after all others."""

    condition: Expr | None
    domain: Domain


def arms(variable: Variable) -> list[Arm]:
    """Return every domain that can hold, the last one without a condition.

    The branches of a model name every provider, so that its own domain never holds beside them.
    """
    if not variable.branches:
        return [Arm(None, variable.domain)]
    *found, last = (Arm(branch.condition, branch.domain) for branch in variable.branches)
    if last.condition is None or variable.kind == "model":
        return [*found, Arm(None, last.domain)]
    return [*found, last, Arm(None, variable.domain)]


def span(found: list[Arm]) -> tuple[float, float]:
    """Return the bounds of the one domain of a variable, if that is a continuous range with `log`; else 0."""
    domain = found[0].domain
    if len(found) > 1 or not isinstance(domain, FloatDomain) or not domain.log:
        return 0.0, 0.0
    if domain.step is not None or domain.normal is not None or domain.low == domain.high:
        return 0.0, 0.0
    return float(domain.low), float(domain.high)


def constant(variable: Variable) -> bool:
    """Tell whether a variable has one value, at least once the variables before it have theirs."""
    return all(domains.lone(arm.domain) is not None for arm in arms(variable))


def literals(arm: Arm) -> list[str]:
    """Return the options of an arm, each as Python writes it; none of a range."""
    domain = arm.domain
    return (
        [lay(domains.scalar(option)) for option in domain.options]
        if isinstance(domain, OptionsDomain)
        else []
    )
