"""Names that cannot be names in the generated Python.

A field called `class`, a field called `to_json` beside the method of that name, an enum member called `title`
beside the method of every string: each would compile to a class that does not work.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.model import resources
from mlsig_compiler.resolve import Resolved
from mlsig_compiler.resolve.scope import Origins
from mlsig_compiler.resolve.types import KNOWN
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS

WRITTEN: Final = frozenset(
    {"from_json", "from_json_many", "from_msgpack", "to_dict", "to_json", "to_json_many", "to_msgpack"}
)
RECORD: Final = (
    frozenset({"check", "check_many", "json_schema", "shape", "validate", "validate_many"}) | WRITTEN
)
# What the store keeps of each resource, and what can be done with each.
BUILT_IN: Final = frozenset(field.name for field in resources.BUILT_IN)
RESOURCE: Final = RECORD | {"create", "get", "list", "update", "delete", "declaration"}
# What a resource has besides when attributes of it vary.
VARIED: Final = frozenset({"Variables", "variables"})
CALLS: Final = frozenset({*FUNCTIONS, *OVER_ITEMS, "python", "env"})
INHERITED: Final = frozenset({"a field", "a field that varies", "a variable"})
SPACE: Final = frozenset({"Config"})
CONFIG: Final = frozenset({"digest", "from_dict", "from_json", "key", "to_dict", "to_json"})
ENUM: Final = frozenset(name for name in dir(StrEnum) if not name.startswith("_")) | {"name", "value", "mro"}
TYPES: Final = frozenset(KNOWN)
# Generated methods look for declared names past these.
OWN: Final = ("cls", "self")
GENERATED: Final = (*OWN, "Fields")
WORDS: Final = frozenset({"true", "false", "null"})
FIGURES: Final = ("cost", "latency")
# The words of messages for kinds whose own name would not be clear.
CALLED: Final = {"alias": "type", "fragment": "variable"}


class Use(NamedTuple):
    """A name that the user chose, what it names, and the names that are taken where it will live."""

    name: str
    span: Span
    what: str
    taken: Collection[str] = ()
    by: str = ""


def check(resolved: Resolved, diagnostics: Diagnostics) -> None:
    """Report each name that cannot be one."""
    text = diagnostics.source.text
    for use in uses(resolved.module, resolved.origins):
        if use.what in INHERITED and text[slice(*use.span)] != use.name:
            continue  # written in another file, and judged there
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


def uses(module: model.Module, origins: Origins) -> Iterator[Use]:
    """Yield every name that the user chose and that becomes a name in Python."""
    for imported in module.imports:
        taken = TYPES if imported.kind in ("enum", "schema", "type") else ()
        end = imported.span.end  # of `Passage as P` the last word
        span = Span(end - len(imported.local), end)
        yield Use(imported.local, span, "what is imported", taken, "a type of the language")
    for node in module.declarations:
        kind = type(node).__name__.lower()
        types: Collection[str] = ()
        by = ""
        if isinstance(node, model.Enum | model.Schema | model.Alias | model.Resource):
            types, by = TYPES, "a type of the language"
            if node.name in OWN:
                types, by = OWN, "what generated methods call their class or value"
        elif isinstance(node, model.Tool | model.Pipeline | model.Signature | model.Program):
            types, by = CALLS, "a function of the language"
        elif isinstance(node, model.Space):
            types, by = SPACE, "a class inside every generated space"
        yield Use(node.name, node.span, f"this {CALLED.get(kind, kind)}", types, by)
        yield from _inside(node, origins)


def _inside(node: model.Declaration, origins: Origins) -> Iterator[Use]:  # noqa: PLR0912  (one case for each)
    match node:
        case model.Enum():
            for member in node.members:
                yield Use(
                    member.name, member.span, "a member of an enum", ENUM, "a method of every Python enum"
                )
        case model.Schema():
            yield from _fields(node.fields, RECORD)
            yield from _plain(node.checks, "a check")
            yield from _variables(node.tunes)
        case model.Signature():
            yield from _fields(node.inputs, RECORD | {"self"})
            yield from _fields(node.outputs, RECORD)
            yield from _plain(node.checks, "a check")
            yield from _variables(node.tunes)
        case model.Space():
            yield from _variables((*node.variables, *node.composites))
            yield from _constraints(node.constraints, origins)
        case model.Program():
            for metric in node.metrics:
                yield Use(metric.name, metric.span, "a metric", FIGURES, "measured of every program")
        case model.Tool():
            taken = RECORD | {"self"}
            for parameter in node.parameters:
                yield Use(parameter.name, parameter.span, "a parameter", taken, "a name of generated code")
        case model.Pipeline():
            taken = RECORD | {"self"}
            for parameter in node.parameters:
                yield Use(parameter.name, parameter.span, "a parameter", taken, "a name of generated code")
            for metric in node.metrics:
                yield Use(metric.name, metric.span, "a metric", FIGURES, "measured of every program")
            yield from _plain([step for step in node.steps if step.name], "a step")
        case model.Resource():
            yield from _resource(node)
        case _:
            return


def _constraints(rules: Iterable[model.Constraint], origins: Origins) -> Iterator[Use]:
    for rule in rules:
        member = origins.of(rule).member if origins.knows(rule) else None
        if member and member.name:  # neither numbered nor taken from another file
            yield Use(rule.name, member.name.span, "a constraint")


def _resource(node: model.Resource) -> Iterator[Use]:
    ids = {f"{one.name}_id" for one in node.belongs_to}
    varied = [attribute.field for attribute in node.attributes if attribute.field.variable]
    for field in varied:
        yield Use(
            field.name, field.span, "an attribute that varies", CONFIG, "a method of every configuration"
        )
    members: dict[str, Iterable[Named]] = {
        "an attribute": [attribute.field for attribute in node.attributes],
        "a relationship": (*node.belongs_to, *node.has_many),
        "a calculation": node.calculations,
        "an action": node.actions,
    }
    for what, named in members.items():
        for member in named:
            if member.name in BUILT_IN:
                yield Use(member.name, member.span, what, BUILT_IN, "a name that every resource has already")
            elif member.name in ids:
                yield Use(member.name, member.span, what, ids, "the id of what it belongs to")
            elif member.name in GENERATED:
                yield Use(member.name, member.span, what, GENERATED, "a name of generated code")
            elif varied and member.name in VARIED:
                yield Use(
                    member.name, member.span, what, VARIED, "what every resource has whose attributes vary"
                )
            else:
                yield Use(member.name, member.span, what, RESOURCE, "a method of every resource")
    for action in node.actions:
        for parameter in action.parameters:
            yield Use(parameter.name, parameter.span, "a parameter", OWN, "a name of generated code")


class Named(Protocol):
    """What has a name of its own."""

    @property
    def name(self) -> str:
        """The name."""
        ...

    @property
    def span(self) -> Span:
        """Where it is written."""
        ...


def _plain(nodes: Iterable[Named], what: str) -> Iterator[Use]:
    for node in nodes:
        yield Use(node.name, node.span, what)


def _fields(fields: Iterable[model.Field], taken: Collection[str]) -> Iterator[Use]:
    for field in fields:
        yield Use(field.name, field.span, "a field", taken, "a name that every generated record has")
        if field.variable and field.name not in taken:
            yield Use(
                field.name, field.span, "a field that varies", CONFIG, "a method of every configuration"
            )


def _variables(variables: Iterable[Named]) -> Iterator[Use]:
    for variable in variables:
        yield Use(variable.name, variable.span, "a variable", CONFIG, "a method of every configuration")
