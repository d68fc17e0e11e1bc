"""Names that cannot be names in the generated Python.

A field called `class`, a field called `to_json` beside the method of that name, an enum member called `title`
beside the method of every string: each would compile to a class that does not work.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.resolve.types import KNOWN
from mlsig_compiler.source import Span

RECORD: Final = frozenset({"check", "from_json", "json_schema", "shape", "to_dict", "to_json", "validate"})
CONFIG: Final = frozenset({"key", "to_dict"})
ENUM: Final = frozenset(name for name in dir(StrEnum) if not name.startswith("_")) | {"name", "value", "mro"}
TYPES: Final = frozenset(KNOWN)
WORDS: Final = frozenset({"true", "false", "null"})


class Use(NamedTuple):
    """A name that the user chose, what it names, and the names that are taken where it will live."""

    name: str
    span: Span
    what: str
    taken: Collection[str] = ()
    by: str = ""


def check(module: model.Module, diagnostics: Diagnostics) -> None:
    """Report each name that cannot be one."""
    for use in uses(module):
        if keyword.iskeyword(use.name):
            message = f"{use.what} cannot be called `{use.name}`, which is a word of Python"
            diagnostics.report("MLS0311", use.span, message, help=f"for example `{use.name}_`")
        elif use.name in WORDS:
            diagnostics.report(
                "MLS0311", use.span, f"{use.what} cannot be called `{use.name}`, which is a value"
            )
        elif use.name.startswith("_"):
            help = f"for example `{use.name.strip('_')}`" if use.name.strip("_") else ""
            message = f"{use.what} cannot begin with an underscore: those names belong to the generated code"
            diagnostics.report("MLS0311", use.span, message, help=help)
        elif use.name in use.taken:
            message = f"{use.what} cannot be called `{use.name}`, which is {use.by}"
            diagnostics.report("MLS0312", use.span, message, help=f"for example `{use.name}_`")


def uses(module: model.Module) -> Iterator[Use]:
    """Yield every name that the user chose and that becomes a name in Python."""
    for imported in module.imports:
        if imported.local != imported.name:
            yield Use(imported.local, imported.span, "an imported name", TYPES, "a type of the language")
    for node in module.declarations:
        kind = type(node).__name__.lower()
        types = TYPES if kind in ("enum", "schema") else ()
        yield Use(node.name, node.span, f"this {kind}", types, "a type of the language")
        match node:
            case model.Enum():
                for member in node.members:
                    yield Use(
                        member.name, member.span, "a member of an enum", ENUM, "a method of every Python enum"
                    )
            case model.Schema():
                yield from _fields(node.fields, RECORD)
            case model.Signature():
                yield from _fields(node.inputs, RECORD | {"self"})
                yield from _fields(node.outputs, RECORD)
                yield from _variables(node.tunes)
            case model.Space():
                yield from _variables(node.variables)
            case model.Program():
                for metric in node.metrics:
                    yield Use(
                        metric.name, metric.span, "a metric", ("cost", "latency"), "measured of every program"
                    )
            case model.Provider():
                continue


def _fields(fields: tuple[model.Field, ...], taken: Collection[str]) -> Iterator[Use]:
    for field in fields:
        yield Use(field.name, field.span, "a field", taken, "a name that every generated record has")


def _variables(variables: tuple[model.Variable, ...]) -> Iterator[Use]:
    for variable in variables:
        yield Use(variable.name, variable.span, "a variable", CONFIG, "a method of every configuration")
