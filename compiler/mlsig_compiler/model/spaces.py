"""Spaces: variables, their domains, and the rules between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mlsig_compiler.model.expressions import Expr
from mlsig_compiler.model.types import Scalar
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatDomain:
    """Floats in [low, high]; with `step` only low + k*step.

    Drawn uniformly; with `log` evenly in the logarithm (low > 0); with `normal` = (mean, deviation) from that
    normal distribution, cut to the range.
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False
    normal: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntDomain:
    """Ints low, low+step, … up to high; `log` draws uniformly in the logarithm (low > 0)."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsDomain:
    """A finite set: choices, module names, provider names, model names, or (False, True) for a bool."""

    options: tuple[Scalar, ...]
    weights: tuple[float, ...] | None = None


Domain: TypeAlias = FloatDomain | IntDomain | OptionsDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One arm of a conditional domain. `condition` is None for `else` (always the last arm)."""

    condition: Expr | None
    domain: Domain
    default: Scalar
    text: str  # the condition as the user wrote it, for messages; "else" for the last arm
    span: Span


VariableKind: TypeAlias = Literal["float", "int", "bool", "choice", "module", "provider", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of a space.

    `domain` and `default` hold when no branch does; the first branch whose condition is true replaces
    both. A `model` variable whose provider can vary is stored as branches on the provider, one for each.
    `active` is the condition under which the variable exists at all, None for always: nested activation
    groups are joined with `and`. `depends` names the variables that any of these conditions read; variables
    of a space stand in dependency order.
    """

    name: str
    kind: VariableKind
    domain: Domain
    default: Scalar
    branches: tuple[Branch, ...] = ()
    active: Expr | None = None
    depends: tuple[str, ...] = ()
    hints: dict[str, Scalar] = field(default_factory=dict[str, Scalar])
    description: str = ""
    span: Span


CompositeType: TypeAlias = Literal["float", "int", "bool", "str"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """`composite budget: float = …`: computed, never set. `active` as of a variable."""

    name: str
    type: CompositeType
    value: Expr
    active: Expr | None = None
    depends: tuple[str, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A hard constraint: `condition` holds of a legal configuration (`forbid e` is stored as `not e`).

    Within an activation group it is stored as `not active or condition`.
    """

    name: str
    condition: Expr
    message: str
    text: str  # the condition as the user wrote it
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """`prefer condition "message"`: a configuration that breaks it is legal, and less welcome."""

    condition: Expr
    message: str
    text: str  # the condition as the user wrote it
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """`space Tuning { … }` with everything that it extends and includes, and the space of a signature."""

    name: str
    variables: tuple[Variable, ...]  # in dependency order
    declared: tuple[str, ...]  # names in the order in which they were written
    constraints: tuple[Constraint, ...] = ()
    preferences: tuple[Preference, ...] = ()
    composites: tuple[Composite, ...] = ()  # in dependency order
    extends: str | None = None
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A `var` at the top level of a file, for spaces to include."""

    name: str
    variable: Variable
    span: Span
