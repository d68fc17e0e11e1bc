"""Enums, aliases, schemas and signatures."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.model.expressions import Expr
from mlsig_compiler.model.python import PythonRef
from mlsig_compiler.model.spaces import Variable
from mlsig_compiler.model.types import Type, Value
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enum; its value is its name."""

    name: str
    description: str
    span: Span
    deprecated: str | None = None


@dataclass(frozen=True, slots=True)
class Enum:
    """`enum Verdict { supported, refuted }`. Here and below, `deprecated` says what to use instead."""

    name: str
    members: tuple[Member, ...]
    description: str
    span: Span
    deprecated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """`type Slug = str(…)`. Where the name is used as a type, the model has the type itself."""

    name: str
    type: Type
    description: str = ""
    deprecated: str | None = None
    span: Span


class Missing:
    """The type of `REQUIRED`."""


REQUIRED = Missing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a schema or signature; `default` is `REQUIRED` when there is none (null is a value).

    `alias` is the other name under which data may have it, `variable` marks what may be tuned.
    """

    name: str
    type: Type
    default: Value | Missing = REQUIRED
    description: str = ""
    alias: str | None = None
    variable: bool = False
    deprecated: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`check not_blank: len(text) > 0 "…"`: `condition` must hold; `message` may be empty."""

    name: str
    condition: Expr
    message: str
    text: str  # the condition as the user wrote it
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """`transform text = strip(text)` of one field, or of the whole record by Python, without a field."""

    field: str | None
    value: Expr | PythonRef
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """`schema Passage { … }`, with the fields, transforms and checks of what it extends before its own."""

    name: str
    fields: tuple[Field, ...]
    transforms: tuple[Transform, ...] = ()
    checks: tuple[Check, ...] = ()
    tunes: tuple[Variable, ...] = ()
    extends: str | None = None
    open: bool = False
    description: str = ""
    deprecated: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """`example { question: "…", answer: "…" }`, split into its two sides; outputs may be partial."""

    inputs: dict[str, Value]
    outputs: dict[str, Value]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`signature Answer { … }`. `instructions` is the documentation string, or derived from names.

    What it extends comes before its own: fields, checks, variables and examples.
    """

    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    instructions: str
    checks: tuple[Check, ...] = ()
    tunes: tuple[Variable, ...] = ()
    examples: tuple[ExampleRow, ...] = ()
    extends: str | None = None
    description: str = ""
    deprecated: str | None = None
    span: Span
