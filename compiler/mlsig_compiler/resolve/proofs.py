"""Examples and defaults, against the checks of their signatures and schemas.

    check more: m > n     example { n: 2, m: 1 }      reports that the example breaks `more`

Only where nothing else is wrong with the file, and only what can be known here: a check that reads an output
which an example leaves out is not asked, nor are those of a record that Python transforms before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.evaluate import EvaluationError, evaluate
from mlsig_compiler.resolve.expressions import variables_in
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span

LONGEST: Final = 60


def check(scope: Scope) -> None:
    """Report each example and default that breaks a check."""
    if scope.diagnostics.errors:
        return
    for node in scope.made.values():
        match node:
            case model.Schema():
                _defaults(node.fields, scope)
            case model.Signature():
                _defaults((*node.inputs, *node.outputs), scope)
                for row in node.examples:
                    if scope.origins.knows(row):
                        _example(row, node, scope)
            case _:
                continue


def _defaults(fields: Iterable[model.Field], scope: Scope) -> None:
    for field in fields:
        if isinstance(field.default, model.Missing) or not scope.origins.knows(field):
            continue
        origin: syntax.Field = scope.origins.of(field)
        if origin.default is not None:
            _Proof(origin.default.span, "this default", scope).whole(field.default, field.type)


def _example(row: model.ExampleRow, signature: model.Signature, scope: Scope) -> None:
    given = {**row.inputs, **row.outputs}
    origin: syntax.Example = scope.origins.of(row)
    spans = {entry.key.text: entry.value.span for entry in origin.row.entries}
    values: dict[str, Any] = {}
    inputs = {field.name for field in signature.inputs}
    for field in (*signature.inputs, *signature.outputs):
        if field.name in given:
            proof = _Proof(spans.get(field.name, row.span), "this value", scope)
            values[field.name] = proof.whole(given[field.name], field.type)
        elif field.name in inputs and not isinstance(field.default, model.Missing):
            values[field.name] = _Proof(row.span, "this example", scope).whole(field.default, field.type)
    _Proof(row.span, "this example", scope).hold(signature.checks, values, signature.name)


class _Proof:
    """What is found about one value, which is written at `span`."""

    def __init__(self, span: Span, what: str, scope: Scope) -> None:
        self.span = span
        self.what = what
        self.scope = scope

    def whole(self, value: model.Value, type_: model.Type) -> Any:
        """Return a value as it is evaluated: with the defaults of its records, and times of Python."""
        match type_:
            case model.OptionalType(inner):
                return None if value is None else self.whole(value, inner)
            case model.ListType(inner) if isinstance(value, list):
                return [self.whole(item, inner) for item in value]
            case model.MapType(inner) if isinstance(value, dict):
                return {key: self.whole(item, inner) for key, item in value.items()}
            case model.SchemaType() if isinstance(value, dict):
                return self.record(value, type_)
            case model.ScalarType("date") if isinstance(value, str):
                return date.fromisoformat(value)
            case model.ScalarType("datetime") if isinstance(value, str):
                return datetime.fromisoformat(value)
            case _:
                return value

    def record(self, given: Mapping[str, model.Value], type_: model.SchemaType) -> dict[str, Any]:
        """Return a record with its defaults and transforms, having asked its checks."""
        schema = self.scope.schema(type_)
        values: dict[str, Any] = {}
        for field in schema.fields if schema else ():
            value = given.get(field.name, field.default)
            if not isinstance(value, model.Missing):
                values[field.name] = self.whole(value, field.type)
        if schema is None:
            return values
        for transform in schema.transforms:
            if transform.field is None or isinstance(transform.value, model.PythonRef):
                return values
            try:
                values[transform.field] = evaluate(transform.value, values)
            except EvaluationError:
                return values
        self.hold(schema.checks, values, type_.name)
        return values

    def hold(self, checks: Iterable[model.Check], values: Mapping[str, Any], owner: str) -> None:
        """Report each check that does not hold, of those whose names all have a value."""
        for check in checks:
            if not values.keys() >= variables_in(check.condition).keys():
                continue
            try:
                holds = evaluate(check.condition, values)
            except EvaluationError:
                continue
            if not holds:
                own = self.scope.origins.knows(check)
                labels = (Label(check.span, check.text),) if own and len(check.text) <= LONGEST else ()
                message = f"{self.what} breaks the check `{check.name}` of `{owner}`"
                self.scope.report("MLS0428", self.span, message, label=check.message, labels=labels)
