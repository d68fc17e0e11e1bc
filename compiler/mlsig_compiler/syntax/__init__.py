"""The syntax tree: what a file says, before any name is looked up.

    var demos: int(0..8) = 4 "worked examples"

is

    Variable(Name("demos"), TypeName(Name("int"), arguments=(Argument(None, Range(0, 8)),)), Literal(4), (),
    Text("worked examples"), override=False, span=…)

Nodes are named tuples, the cheapest immutable Python objects that a parser can make by the hundred thousand
(and, unlike most, ones whose nesting may be arbitrarily deep when they are freed). Each has a span, or a name
that has one. Comments are kept beside the declarations, in the order of the text; with the spans of all nodes
and the text itself nothing of a file's layout is lost.
"""

from mlsig_compiler.syntax.declarations import (
    Alias,
    Declaration,
    Enum,
    File,
    Fragment,
    Head,
    Import,
    Imported,
    Pipeline,
    PipelineHead,
    Program,
    Provider,
    Resource,
    Schema,
    Signature,
    Space,
    Tool,
    apart,
)
from mlsig_compiler.syntax.expressions import (
    Apply,
    Attribute,
    Binary,
    BoolOp,
    Comparator,
    Comparison,
    Conditional,
    Each,
    Expr,
    Given,
    Index,
    ListOf,
    Unary,
)
from mlsig_compiler.syntax.members import (
    Action,
    Annotations,
    Branch,
    Calculation,
    Check,
    Composite,
    Constraint,
    Duration,
    EnumMember,
    Example,
    Field,
    Group,
    Hook,
    Include,
    Limits,
    Metric,
    Objective,
    Parameter,
    Prefer,
    ProgramMember,
    ProviderMember,
    ProviderModel,
    Relationship,
    ResourceMember,
    SchemaMember,
    Setting,
    SignatureMember,
    SpaceMember,
    Step,
    StepOption,
    Transform,
    Transition,
    Variable,
)
from mlsig_compiler.syntax.members import Attribute as ResourceAttribute
from mlsig_compiler.syntax.types import OptionalType, Type, TypeName, UnionType
from mlsig_compiler.syntax.values import (
    Annotation,
    Argument,
    Call,
    Entry,
    ListValue,
    Literal,
    MapValue,
    Range,
    Reference,
    Value,
)
from mlsig_compiler.syntax.words import Comment, Name, Text

__all__ = [
    "Action", "Alias", "Annotation", "Annotations", "Apply", "Argument", "Attribute", "Binary", "BoolOp",
    "Branch", "Calculation", "Call", "Check", "Comment", "Comparator", "Comparison", "Composite",
    "Conditional", "Constraint", "Declaration", "Duration", "Each", "Entry", "Enum", "EnumMember", "Example",
    "Expr", "Field", "File", "Fragment", "Given", "Group", "Head", "Hook", "Import", "Imported", "Include",
    "Index", "Limits", "ListOf", "ListValue", "Literal", "MapValue", "Metric", "Name", "Objective",
    "OptionalType", "Parameter", "Pipeline", "PipelineHead", "Prefer", "Program", "ProgramMember", "Provider",
    "ProviderMember", "ProviderModel", "Range", "Reference", "Relationship", "Resource", "ResourceAttribute",
    "ResourceMember", "Schema", "SchemaMember", "Setting", "Signature", "SignatureMember", "Space",
    "SpaceMember", "Step", "StepOption", "Text", "Tool", "Transform", "Transition", "Type", "TypeName",
    "Unary", "UnionType", "Value", "Variable", "apart",
]  # fmt: skip
