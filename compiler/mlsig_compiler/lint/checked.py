"""MLS0704: an output that nothing checks: any answer of its type passes, and nothing looks at it.

An output is checked by a type that narrows it (a constraint, an enum, a shape), by a check that mentions it,
by a metric of a program that runs the signature, and by a step of a pipeline that reads it.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler import model
from mlsig_compiler.lint.run import Home, Run, Subject
from mlsig_compiler.lint.types import parts
from mlsig_compiler.walking import variables_in

ANYTHING_GOES: Final = frozenset({"str", "int", "float", "json"})


def unchecked(subject: Subject, run: Run) -> None:
    """Report outputs that could be anything."""
    for node in subject.module.declarations:
        if not isinstance(node, model.Signature) or Home(subject.module.name, node.name) in run.measured:
            continue
        mentioned = {name for check in node.checks for name in variables_in(check.condition)}
        mentioned |= run.read.get(Home(subject.module.name, node.name), set())
        for field in node.outputs:
            if field.name not in mentioned and not _narrow(field.type, run, frozenset()):
                subject.report(
                    "MLS0704",
                    field.span,
                    f"nothing checks the output `{field.name}`",
                    help="narrow its type, write a `check`, or use it: in a pipeline or a metric",
                )


def _narrow(type_: model.Type, run: Run, seen: frozenset[Home]) -> bool:
    """Say whether a type refuses something that a model might well answer."""
    return any(_narrows(part, run, seen) for part in parts(type_))


def _narrows(type_: model.Type, run: Run, seen: frozenset[Home]) -> bool:
    match type_:
        case model.ScalarType(name, constraints):
            return name not in ANYTHING_GOES or constraints != model.Constraints()
        case model.ListType(_, constraints) | model.MapType(_, constraints):
            return constraints != model.Constraints()
        case model.OptionalType() | model.UnionType():
            return False
        case model.SchemaType(name, module):
            home = Home(module, name)
            schema = run.declarations.get(home)
            if home in seen or not isinstance(schema, model.Schema):
                return False
            inside = any(_narrow(field.type, run, seen | {home}) for field in schema.fields)
            return bool(schema.checks) or inside
        case _:
            return True
