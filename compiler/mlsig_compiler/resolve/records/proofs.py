"""Examples and defaults, against the checks of their signatures and schemas.

    check more: m > n     example { n: 2, m: 1 }      reports that the example breaks `more`

Only where nothing else is wrong with the file, and only what can be known here: a check that reads an output
which an example leaves out is not asked, nor are those of a record that Python transforms before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.evaluate import EvaluationError, evaluate
from mlsig_compiler.resolve.expressions import variables_in
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.types import apart
from mlsig_compiler.source import Span

LONGEST: Final = 60
DEEPEST: Final = 100


def check(scope: Scope) -> None:
    """Report each example and default that breaks a check."""
    if scope.diagnostics.errors:
        return
    filled = Filled()
    for node in scope.made.values():
        match node:
            case model.Schema():
                _defaults(node.fields, filled, scope)
            case model.Signature():
                _defaults((*node.inputs, *node.outputs), filled, scope)
                for row in node.examples:
                    if scope.origins.knows(row):
                        _example(row, node, filled, scope)
            case _:
                continue


def _defaults(fields: Iterable[model.Field], filled: Filled, scope: Scope) -> None:
    for field in fields:
        if not isinstance(field.default, dict | list) or not scope.origins.knows(field):
            continue
        origin: syntax.Field = scope.origins.of(field)
        if origin.default is not None:
            with suppress(EvaluationError):
                _Proof(origin.default.span, "this default", scope, filled).whole(field.default, field.type)


def _example(row: model.ExampleRow, signature: model.Signature, filled: Filled, scope: Scope) -> None:
    given = {**row.inputs, **row.outputs}
    origin: syntax.Example = scope.origins.of(row)
    spans = {entry.key.text: entry.value.span for entry in origin.row.entries}
    values: dict[str, Any] = {}
    inputs = {field.name for field in signature.inputs}
    for field in (*signature.inputs, *signature.outputs):
        value = given.get(field.name, field.default if field.name in inputs else model.REQUIRED)
        if isinstance(value, model.Missing):
            continue
        span = spans.get(field.name)
        with suppress(EvaluationError):
            values[field.name] = _Proof(span, "this value", scope, filled).whole(value, field.type)
    _Proof(row.span, "this example", scope, filled).hold(signature.checks, values, signature.name)


class Filled:
    """The values of defaults, each worked out once; what is wrong with them is said where they stand."""

    def __init__(self) -> None:
        self.known: dict[tuple[model.SchemaType, str], Any] = {}
        self.depth = 0

    def value(
        self, key: tuple[model.SchemaType, str], default: model.Value, type_: model.Type, scope: Scope
    ) -> Any:
        """Return the value of a default.

        Raises:
            EvaluationError: Defaults of defaults lead too deep.
        """
        if key not in self.known:
            if self.depth > DEEPEST:
                raise EvaluationError("defaults lead too deep")
            self.depth += 1
            try:
                self.known[key] = _Proof(None, "", scope, self).whole(default, type_)
            finally:
                self.depth -= 1
        return self.known[key]


class _Proof:
    """What is found about one value, which is written at `span`; nothing without one."""

    def __init__(self, span: Span | None, what: str, scope: Scope, filled: Filled) -> None:
        self.span = span
        self.what = what
        self.scope = scope
        self.filled = filled

    def whole(self, value: model.Value, type_: model.Type) -> Any:
        """Return a value as it is evaluated: with the defaults of its records, and times of Python.

        Raises:
            EvaluationError: Defaults of defaults lead too deep.
        """
        match type_:
            case model.OptionalType(inner):
                return None if value is None else self.whole(value, inner)
            case model.UnionType() if isinstance(value, dict):
                option = apart.record_of(value, type_, self.scope)
                return value if option is None else self.whole(value, option)
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
        if schema is None:
            return dict(given)
        values: dict[str, Any] = {}
        for field in schema.fields:
            if field.name in given:
                values[field.name] = self.whole(given[field.name], field.type)
            elif not isinstance(field.default, model.Missing):
                values[field.name] = self.filled.value(
                    (type_, field.name), field.default, field.type, self.scope
                )
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
            if not holds and self.span is not None:
                own = self.scope.origins.knows(check)
                labels = (Label(check.span, check.text),) if own and len(check.text) <= LONGEST else ()
                message = f"{self.what} breaks the check `{check.name}` of `{owner}`"
                self.scope.report("MLS0428", self.span, message, label=check.message, labels=labels)
