"""The members of declarations. `span` is a whole member, from its first word to its last character.

`annotations` are those written before the member.
"""

from __future__ import annotations

from typing import Literal as OneOf
from typing import NamedTuple, TypeAlias

from mlsig_compiler.source import Span
from mlsig_compiler.syntax.expressions import Expr
from mlsig_compiler.syntax.types import Type
from mlsig_compiler.syntax.values import Annotation, Argument, Literal, MapValue, Reference, Value
from mlsig_compiler.syntax.words import Name, Text

Annotations: TypeAlias = tuple[Annotation, ...]


class EnumMember(NamedTuple):
    """`unknown "not enough evidence"`."""

    name: Name
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Field(NamedTuple):
    """`input question: str = "…" "what the user asks"`; `role` is "field" in a schema."""

    role: OneOf["field", "input", "output"]
    name: Name
    type: Type
    default: Value | None
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Check(NamedTuple):
    """`check not_blank: len(text) > 0 "a passage needs text"`."""

    name: Name
    condition: Expr
    message: Text | None
    span: Span
    annotations: Annotations = ()


class Transform(NamedTuple):
    """`transform text = strip(text)`, or `transform python("…")` of the whole record, without a target."""

    target: Expr | None
    value: Expr
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Example(NamedTuple):
    """`example { question: "…" }`; `word` is where `example` stands."""

    row: MapValue
    word: Span
    span: Span
    annotations: Annotations = ()


class Branch(NamedTuple):
    """`when condition: (0.1..0.9) = 0.5`; no condition for `else`. The span ends with the domain."""

    condition: Expr | None
    arguments: tuple[Argument, ...]
    default: Value | None
    span: Span


class Variable(NamedTuple):
    """`var name: kind(…) = default { branches }`, `override var …`, or `tune …` in a signature or schema."""

    name: Name
    type: Type
    default: Value | None
    branches: tuple[Branch, ...]
    description: Text | None
    override: bool
    span: Span
    annotations: Annotations = ()


class Include(NamedTuple):
    """`include top_p`: the variables of a space, or a variable, declared elsewhere."""

    reference: Reference
    span: Span
    annotations: Annotations = ()


class Composite(NamedTuple):
    """`composite budget: float = max_tokens * 2.5`."""

    name: Name
    type: Type
    value: Expr
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Constraint(NamedTuple):
    """`constraint name: condition "message"`, or `forbid [name:] condition`."""

    forbidden: bool
    name: Name | None
    condition: Expr
    message: Text | None
    span: Span
    annotations: Annotations = ()


class Prefer(NamedTuple):
    """`prefer condition "message"`: soft."""

    condition: Expr
    message: Text | None
    span: Span
    annotations: Annotations = ()


class Group(NamedTuple):
    """`when reasoning == ReAct { var … }`: members that exist only while a condition holds."""

    condition: Expr
    members: tuple[SpaceMember, ...]
    span: Span
    annotations: Annotations = ()


class Setting(NamedTuple):
    """`key: value`."""

    name: Name
    value: Value
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Limits(NamedTuple):
    """`limits { … }`; `word` is where `limits` stands."""

    settings: tuple[Setting, ...]
    word: Span
    span: Span
    annotations: Annotations = ()


class ProviderModel(NamedTuple):
    """`model "gpt-4" { … }`."""

    name: Text
    description: Text | None
    settings: tuple[Setting, ...]
    span: Span
    annotations: Annotations = ()


class Metric(NamedTuple):
    """`metric accuracy = python("…")`."""

    name: Name
    value: Value
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Objective(NamedTuple):
    """`maximize accuracy weight 0.7`."""

    direction: OneOf["maximize", "minimize"]
    name: Name
    weight: Literal | None
    span: Span
    annotations: Annotations = ()


class Parameter(NamedTuple):
    """`k: int(1..50) = 5` between the parentheses of a tool, pipeline or action."""

    name: Name
    type: Type
    default: Value | None
    span: Span


class Duration(NamedTuple):
    """`10s`, `500ms`, `2m`, in seconds."""

    seconds: float
    span: Span


class StepOption(NamedTuple):
    """`retry 2`, `timeout 10s`, `on_error continue`, `concurrency 8`."""

    word: OneOf["retry", "timeout", "on_error", "concurrency"]
    value: Literal | Duration | Name
    span: Span


class Step(NamedTuple):
    """`docs = search(query=plan.query) retry 2`; without a name it is what the pipeline returns."""

    name: Name | None
    value: Expr
    options: tuple[StepOption, ...]
    span: Span
    annotations: Annotations = ()


class Transition(NamedTuple):
    """`draft -> active | archived`."""

    source: Name
    targets: tuple[Name, ...]
    span: Span


class Attribute(NamedTuple):
    """`status: ProgramStatus = draft { draft -> active }` of a resource; None where there are no braces."""

    name: Name
    type: Type
    default: Value | None
    transitions: tuple[Transition, ...] | None
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Relationship(NamedTuple):
    """`belongs_to space: VariableSpace?`, `has_many runs: OptimizationRun(on_delete=restrict)`."""

    kind: OneOf["belongs_to", "has_many"]
    name: Name
    type: Type
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Calculation(NamedTuple):
    """`calculate optimization_count: int = len(runs)`."""

    name: Name
    type: Type
    value: Expr
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Action(NamedTuple):
    """`action execute(inputs: json) -> Execution = python("…")`."""

    name: Name
    parameters: tuple[Parameter, ...]
    returns: Type | None
    value: Value
    description: Text | None
    span: Span
    annotations: Annotations = ()


class Hook(NamedTuple):
    """`before update = python("…")`."""

    moment: OneOf["before", "after"]
    event: Name
    value: Value
    description: Text | None
    span: Span
    annotations: Annotations = ()


SchemaMember: TypeAlias = Field | Check | Transform | Variable
SignatureMember: TypeAlias = Field | Check | Variable | Example
SpaceMember: TypeAlias = Variable | Include | Composite | Constraint | Prefer | Group
ProviderMember: TypeAlias = Setting | Limits | ProviderModel
ProgramMember: TypeAlias = Setting | Metric | Objective
ResourceMember: TypeAlias = Attribute | Relationship | Calculation | Action | Hook
