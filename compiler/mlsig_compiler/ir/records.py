"""Enums, aliases, schemas and signatures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described

from mlsig_compiler.ir.expressions import Expr
from mlsig_compiler.ir.node import Placed
from mlsig_compiler.ir.python import PythonRef
from mlsig_compiler.ir.spaces import Variable
from mlsig_compiler.ir.types import Type
from mlsig_compiler.ir.values import Default, Value


class Member(Placed):
    """A member of an enum; its value in text is its name."""

    name: str
    description: str
    deprecated: str | None = None
    """What to use instead; may be empty."""


class Enum(Placed):
    """A closed set of names."""

    kind: Literal["enum"]
    name: str
    members: tuple[Member, ...]
    description: str
    deprecated: str | None = None
    """What to use instead; may be empty."""


class Alias(Placed):
    """A name for a type. Where it is used, this document has the type itself."""

    kind: Literal["type"]
    name: str
    type: Type
    description: str
    deprecated: str | None = None
    """What to use instead; may be empty."""


class Field(Placed):
    """A field of a schema or signature, or a parameter."""

    name: str
    type: Type
    default: Default | None = None
    """Absent: a value must be given."""
    description: str
    alias: str | None = None
    """Another name under which data may have it."""
    variable: bool
    """It may be tuned."""
    deprecated: str | None = None
    """What to use instead; may be empty."""


class Check(Placed):
    """A condition that every record satisfies."""

    name: str
    condition: Expr
    message: str
    """What to say when it does not hold; may be empty."""
    text: str
    """The condition as it is written."""


Given = Annotated[Expr | PythonRef, Described(union_mode="left_to_right")]


class Transform(Placed):
    """A change that a record undergoes before its checks."""

    field: str | None = None
    """The field that gets the value; absent: Python is given the whole record."""
    value: Given
    """The new value of the field."""


class Schema(Placed):
    """A record, with the fields, transforms and checks of what it extends before its own."""

    kind: Literal["schema"]
    name: str
    fields: tuple[Field, ...]
    transforms: tuple[Transform, ...]
    """In the order in which they are done, after fields are read and before checks."""
    checks: tuple[Check, ...]
    tunes: tuple[Variable, ...]
    """What can be tuned about it."""
    extends: str | None = None
    """The schema that it extends, whose members are already among its own."""
    open: bool
    """Unknown keys are kept quiet about; otherwise they are refused."""
    description: str
    deprecated: str | None = None
    """What to use instead; may be empty."""


class ExampleRow(Placed):
    """A demonstration."""

    inputs: dict[str, Value]
    """A value for every input that has no default."""
    outputs: dict[str, Value]
    """Values of any of the outputs."""


class Signature(Placed):
    """What a step takes and gives, with everything of what it extends before its own."""

    kind: Literal["signature"]
    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    instructions: str
    """What the model is asked to do."""
    checks: tuple[Check, ...]
    """Conditions over inputs and outputs."""
    tunes: tuple[Variable, ...]
    """What can be tuned about it."""
    examples: tuple[ExampleRow, ...]
    extends: str | None = None
    """The signature that it extends, whose members are already among its own."""
    description: str
    deprecated: str | None = None
    """What to use instead; may be empty."""
