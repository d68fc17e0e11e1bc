"""Which class of the document stands for which class of the model."""

from __future__ import annotations

from typing import Any, Final, get_args

from mlsig_compiler import model
from mlsig_compiler.ir import expressions, module, programs, python, records, resources, spaces, types, values
from mlsig_compiler.ir.node import Node

COUNTERPARTS: Final[dict[type, type[Node]]] = {
    model.Module: module.Module,
    model.Import: module.Import,
    model.Enum: records.Enum,
    model.Member: records.Member,
    model.Alias: records.Alias,
    model.Schema: records.Schema,
    model.Field: records.Field,
    model.Check: records.Check,
    model.Transform: records.Transform,
    model.Signature: records.Signature,
    model.ExampleRow: records.ExampleRow,
    model.Space: spaces.Space,
    model.Fragment: spaces.Fragment,
    model.Variable: spaces.Variable,
    model.Branch: spaces.Branch,
    model.FloatDomain: spaces.FloatDomain,
    model.IntDomain: spaces.IntDomain,
    model.OptionsDomain: spaces.OptionsDomain,
    model.Composite: spaces.Composite,
    model.Constraint: spaces.Constraint,
    model.Preference: spaces.Preference,
    model.Provider: programs.Provider,
    model.ProviderModel: programs.ProviderModel,
    model.Tool: programs.Tool,
    model.Program: programs.Program,
    model.Metric: programs.Metric,
    model.Objective: programs.Objective,
    model.Pipeline: programs.Pipeline,
    model.Step: programs.Step,
    model.Mapped: programs.Mapped,
    model.EnvRef: values.EnvRef,
    model.PythonRef: python.PythonRef,
    model.Resource: resources.Resource,
    model.ResourceAttribute: resources.ResourceAttribute,
    model.Transition: resources.Transition,
    model.BelongsTo: resources.BelongsTo,
    model.HasMany: resources.HasMany,
    model.Calculation: resources.Calculation,
    model.Action: resources.Action,
    model.Hook: resources.Hook,
    model.Constraints: types.Constraints,
    model.ScalarType: types.ScalarType,
    model.BuiltinType: types.BuiltinType,
    model.EmbeddingType: types.EmbeddingType,
    model.TensorType: types.TensorType,
    model.LiteralType: types.LiteralType,
    model.ListType: types.ListType,
    model.MapType: types.MapType,
    model.OptionalType: types.OptionalType,
    model.UnionType: types.UnionType,
    model.EnumType: types.EnumType,
    model.SchemaType: types.SchemaType,
    model.OutputType: types.OutputType,
    model.ResourceType: types.ResourceType,
    model.Constant: expressions.Constant,
    model.VariableRef: expressions.VariableRef,
    model.Unary: expressions.Unary,
    model.Binary: expressions.Binary,
    model.Comparison: expressions.Comparison,
    model.BoolOp: expressions.BoolOp,
    model.Conditional: expressions.Conditional,
    model.ListOf: expressions.ListOf,
    model.Attribute: expressions.Attribute,
    model.Index: expressions.Index,
    model.Call: expressions.Call,
    model.Each: expressions.Each,
}


def _kind(counterpart: type[Node]) -> Any:
    """Return the tag of a class that is one of a union, None for others."""
    field = counterpart.model_fields.get("kind")
    options: tuple[Any, ...] = get_args(field.annotation) if field else ()
    return options[0] if len(options) == 1 else None


# The tag of every class that has one.
KINDS: Final[dict[type, str]] = {
    original: _kind(counterpart)
    for original, counterpart in COUNTERPARTS.items()
    if _kind(counterpart) is not None
}
