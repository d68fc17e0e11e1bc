"""Spaces: variables, their domains, and the rules between them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from mlsig_compiler.ir.expressions import Expr
from mlsig_compiler.ir.node import Node, Placed
from mlsig_compiler.ir.values import Integer, Scalar


class FloatDomain(Node):
    """Floats from `low` to `high`, both included."""

    kind: Literal["float"]
    low: float
    high: float
    step: float | None = None
    """Only low + k*step are values."""
    log: bool
    """Drawn evenly in the logarithm."""
    normal: tuple[float, float] | None = None
    """Drawn from the normal distribution of this mean and deviation, cut to the range."""


class IntDomain(Node):
    """Ints low, low+step, … up to high."""

    kind: Literal["int"]
    low: Integer
    high: Integer
    step: Integer
    log: bool
    """Drawn evenly in the logarithm."""


class OptionsDomain(Node):
    """A finite set: choices, module names, provider names, model names, or false and true."""

    kind: Literal["options"]
    options: tuple[Scalar, ...]
    weights: tuple[float, ...] | None = None
    """How often each is drawn, in proportion; absent: all alike."""


Domain = TypeAliasType(
    "Domain", Annotated[FloatDomain | IntDomain | OptionsDomain, Field(discriminator="kind")]
)


class Branch(Placed):
    """One arm of a conditional domain: the first whose condition holds replaces domain and default."""

    condition: Expr | None = None
    """Absent for `else`, which is always the last arm."""
    domain: Domain
    default: Scalar
    text: str
    """The condition as it is written, for messages; "else" for the last arm."""


class Variable(Placed):
    """A variable of a space."""

    name: str
    kind: Literal["float", "int", "bool", "choice", "module", "provider", "model"]
    """What it chooses; here `kind` does not tag a union."""
    domain: Domain
    """Its values when no branch holds."""
    default: Scalar
    branches: tuple[Branch, ...]
    active: Expr | None = None
    """The condition under which the variable exists at all; absent: always."""
    depends: tuple[str, ...]
    """The variables that its conditions read."""
    hints: dict[str, Scalar]
    """What `@hint` says about it."""
    description: str


class Composite(Placed):
    """A value that is computed from variables, never set."""

    name: str
    type: Literal["float", "int", "bool", "str"]
    value: Expr
    active: Expr | None = None
    """The condition under which it exists at all; absent: always."""
    depends: tuple[str, ...]
    """The variables and composites that it reads."""
    description: str


class Constraint(Placed):
    """A condition that every legal configuration satisfies; `forbid e` is `not e`."""

    name: str
    condition: Expr
    message: str
    """What to say when it does not hold; may be empty."""
    text: str
    """The condition as it is written."""


class Preference(Placed):
    """A condition whose breach is legal, and less welcome."""

    condition: Expr
    message: str
    """What to say when it does not hold; may be empty."""
    text: str
    """The condition as it is written."""


class Space(Placed):
    """What may be chosen, with everything that it extends and includes."""

    kind: Literal["space"]
    name: str
    variables: tuple[Variable, ...]
    """In dependency order: each after those that it depends on."""
    declared: tuple[str, ...]
    """The names of the variables, and of composites, in the order in which they are written."""
    constraints: tuple[Constraint, ...]
    preferences: tuple[Preference, ...]
    composites: tuple[Composite, ...]
    """In dependency order."""
    extends: str | None = None
    """The space that it extends, whose members are already among its own."""
    description: str


class Fragment(Placed):
    """A variable at the top level of a file, for spaces to include."""

    kind: Literal["var"]
    name: str
    variable: Variable
