"""What a generated space says about its variables and constraints, as data.

    Variable(name="temperature", kind="float", domain=FloatDomain(low=0.0, high=2.0), default=0.7, branches=(
        Branch(when=lambda v: v["adapter"] == "JSON", text="adapter == JSON", domain=…, default=0.0),
    ), depends=("adapter",))

The generated methods do not look at it: it is for the slow and careful paths, for search and for reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from mlsig.spaces.domains import Domain, Scalar

Kind: TypeAlias = Literal["float", "int", "bool", "choice", "module", "provider", "model"]
Condition: TypeAlias = Callable[[Mapping[str, Any]], bool]


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """One arm of a conditional domain. `when` is None for `else`; `text` is the condition as written."""

    when: Condition | None
    text: str
    domain: Domain
    default: Scalar


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A variable: the first branch that holds replaces `domain` and `default`; `depends` is what it reads."""

    name: str
    kind: Kind
    domain: Domain
    default: Scalar
    branches: tuple[Branch, ...] = ()
    depends: tuple[str, ...] = ()
    description: str = ""

    def branch(self, values: Mapping[str, Any]) -> Branch | None:
        """Return the arm that is active for the given values, or None where the variable's own domain holds.

        `values` has legal values for all that the variable depends on.
        """
        for branch in self.branches:
            if branch.when is None or branch.when(values):
                return branch
        return None

    def active(self, values: Mapping[str, Any]) -> Domain:
        """Return the domain that holds for the given values."""
        return (self.branch(values) or self).domain

    @property
    def domains(self) -> tuple[Domain, ...]:
        """Every domain that can hold. The variable's own cannot where a branch always holds."""
        arms = tuple(branch.domain for branch in self.branches)
        return arms if self.exhaustive else (*arms, self.domain)

    @property
    def exhaustive(self) -> bool:
        """Whether some branch always holds: the last is an `else`, or there is one for each provider."""
        return bool(self.branches) and (self.branches[-1].when is None or self.kind == "model")


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that every legal configuration meets; `reads` names its variables, `text` is as written."""

    name: str
    holds: Condition
    text: str
    reads: tuple[str, ...]
    message: str = ""
