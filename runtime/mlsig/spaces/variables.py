"""What a generated space says about its variables, composites and rules, as data.

    Variable(name="temperature", kind="float", domain=FloatDomain(low=0.0, high=2.0), default=0.7, branches=(
        Branch(when=lambda v: v["adapter"] == "JSON", text="adapter == JSON", domain=…, default=0.0),
    ), depends=("adapter",))

The generated methods do not look at it: it is for the slow and careful paths, for search and for reports.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from mlsig.spaces.domains import Domain, OptionsDomain, Scalar

Kind: TypeAlias = Literal["float", "int", "bool", "choice", "module", "provider", "model"]
ABSENT: Final[Any] = None
"""What a variable or composite is that is not active; expressions read it as null."""

UNSET: Final[Any] = msgspec.UNSET
"""What a variable is that is not active, where null is one of its values."""

UNLIMITED: Final = math.inf
"""The context window and the longest answer of a model whose provider states none."""

Condition: TypeAlias = Callable[[Mapping[str, Any]], bool]
"""What holds, or not, of the values of all that is active: variables and composites by name."""


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """One arm of a conditional domain. `when` is None for `else`; `text` is the condition as written."""

    when: Condition | None
    text: str
    domain: Domain
    default: Scalar


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A variable: the first branch that holds replaces `domain` and `default`.

    Attributes:
        when: The condition under which the variable exists at all; None for always.
        text: The same as a `.mlsig` file writes it; empty for always.
        depends: The variables and composites that any of its conditions read.
        hints: What `@hint` says, for those who search.
    """

    name: str
    kind: Kind
    domain: Domain
    default: Scalar
    branches: tuple[Branch, ...] = ()
    when: Condition | None = None
    text: str = ""
    depends: tuple[str, ...] = ()
    hints: Mapping[str, Scalar] = {}
    description: str = ""

    def exists(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the variable is active; `values` has legal ones for all that it depends on."""
        return self.when is None or bool(self.when(values))

    @property
    def nullable(self) -> bool:
        """Whether null is one of its values: what is not there is `UNSET` then, and None otherwise."""
        return any(isinstance(domain, OptionsDomain) and None in domain.options for domain in self.domains)

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


class Composite(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is computed from variables, and never set; `when`, `text`, `depends` as of a variable."""

    name: str
    type: Literal["float", "int", "bool", "str"]
    value: Callable[[Mapping[str, Any]], Any]
    when: Condition | None = None
    text: str = ""
    depends: tuple[str, ...] = ()
    description: str = ""

    def exists(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the composite is active."""
        return self.when is None or bool(self.when(values))


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that every legal configuration meets; `reads` names its variables, `text` is as written."""

    name: str
    holds: Condition
    text: str
    reads: tuple[str, ...]
    message: str = ""


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that a configuration had better meet; `reads` names its variables, `text` is as written."""

    holds: Condition
    text: str
    reads: tuple[str, ...]
    message: str = ""
