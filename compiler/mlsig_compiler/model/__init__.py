"""The resolved model: what a file declares, with every name bound and every type known.

    space Tuning { var demos: int(0..8) = 4 }

becomes

    Space("Tuning", variables=(IntVariable("demos", default=4, domain=IntDomain(0, 8, 1)),), …)

`resolve` builds it from the syntax tree, `check` proves it, `plan` turns it into the strings that
templates print. Everything is frozen; every node carries the span of the characters that declare it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from mlsig_compiler.model.expressions import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Comparison,
    Conditional,
    Constant,
    Each,
    Expr,
    Index,
    ListOf,
    Unary,
    VariableRef,
)
from mlsig_compiler.model.programs import (
    Mapped,
    Metric,
    Objective,
    Pipeline,
    Program,
    Provider,
    ProviderModel,
    Step,
    Tool,
)
from mlsig_compiler.model.python import PythonRef
from mlsig_compiler.model.records import (
    REQUIRED,
    Alias,
    Check,
    Enum,
    ExampleRow,
    Field,
    Member,
    Missing,
    Schema,
    Signature,
    Transform,
)
from mlsig_compiler.model.resources import (
    Action,
    BelongsTo,
    Calculation,
    HasMany,
    Hook,
    Resource,
    Transition,
)
from mlsig_compiler.model.resources import Attribute as ResourceAttribute
from mlsig_compiler.model.spaces import (
    Branch,
    Composite,
    CompositeType,
    Constraint,
    Domain,
    FloatDomain,
    Fragment,
    IntDomain,
    OptionsDomain,
    Preference,
    Space,
    Variable,
    VariableKind,
)
from mlsig_compiler.model.types import (
    ANYTHING,
    BuiltinName,
    BuiltinType,
    Constraints,
    Dtype,
    EmbeddingType,
    EnumMember,
    EnumType,
    EnvRef,
    ListType,
    LiteralType,
    MapType,
    OptionalType,
    OutputType,
    RecordType,
    ResourceType,
    Scalar,
    ScalarType,
    SchemaType,
    TensorType,
    Type,
    UnionType,
    Value,
)
from mlsig_compiler.source import Span

Declaration: TypeAlias = (
    Enum | Alias | Schema | Signature | Space | Fragment | Provider | Tool | Program | Pipeline | Resource
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`from module import name as local`; `kind` is the word that declares it there, such as "schema"."""

    module: str
    name: str
    local: str
    kind: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file, resolved: declarations in source order.

    `variables` has what can be tuned about each signature, program and pipeline, by name.
    """

    name: str  # dotted: a/b.mlsig is a.b
    declarations: tuple[Declaration, ...]
    imports: tuple[Import, ...] = ()
    variables: dict[str, Space] = field(default_factory=dict[str, Space])


__all__ = [
    "ANYTHING", "REQUIRED", "Action", "Alias", "Attribute", "BelongsTo", "Binary", "BoolOp", "Branch",
    "BuiltinName", "BuiltinType", "Calculation", "Call", "Check", "Comparison", "Composite", "CompositeType",
    "Conditional", "Constant", "Constraint", "Constraints", "Declaration", "Domain", "Dtype", "Each",
    "EmbeddingType", "Enum",
    "EnumMember", "EnumType", "EnvRef", "ExampleRow", "Expr", "Field", "FloatDomain", "Fragment",
    "HasMany", "Hook", "Import", "Index", "IntDomain", "ListOf", "ListType", "LiteralType", "MapType",
    "Mapped", "Member", "Metric", "Missing", "Module", "Objective", "OptionalType", "OptionsDomain",
    "OutputType", "Pipeline", "Preference", "Program", "Provider", "ProviderModel", "PythonRef",
    "RecordType", "Resource", "ResourceAttribute", "ResourceType", "Scalar", "ScalarType", "Schema",
    "SchemaType", "Signature", "Space", "Step", "TensorType", "Tool", "Transform", "Transition", "Type",
    "Unary", "UnionType", "Value", "Variable", "VariableKind", "VariableRef",
]  # fmt: skip
