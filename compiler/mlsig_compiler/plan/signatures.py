"""Signatures as the strings of a `Signature` class: three records, an instruction, examples, a space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlsig_compiler.literals import docstring, identifier
from mlsig_compiler.model import Check, ExampleRow, Provider, Signature, Space
from mlsig_compiler.plan.deprecation import lasting
from mlsig_compiler.plan.layout import WIDTH, Expression, Text, call, lay, tuple_of
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.record_expressions import Fields
from mlsig_compiler.plan.records import RecordUnit, Side, plan_record
from mlsig_compiler.plan.rules import MethodUnit, entry, held, told
from mlsig_compiler.plan.space import SpaceUnit, plan_space
from mlsig_compiler.plan.types import Types
from mlsig_compiler.plan.values import record
from mlsig_compiler.walking import variables_in

MEMBERS = frozenset(
    {
        "Input",
        "Output",
        "Expected",
        "Demo",
        "Variables",
        "instructions",
        "examples",
        "example",
        "parse",
        "reading",
        "validate_io",
        "variables",
    }
)
_USED = (
    "Any",
    "ClassVar",
    "Example",
    "Mapping",
    "Reading",
    "Signature",
    "TypeAlias",
    "bool",
    "classmethod",
    "str",
    "tuple",
    "type",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureUnit:
    """A class, for `signature.py.j2`.

    Attributes:
        variables: Its space, None where there is none or another class is it.
        shared: The class that is the space of several signatures; empty for none.
    """

    name: str
    doc: str
    input: RecordUnit
    output: RecordUnit
    expected: RecordUnit
    instructions: str
    examples: str
    checks: tuple[MethodUnit, ...]
    entries: str
    variables: SpaceUnit | None
    shared: str
    spell: dict[str, str]


def plan_signature(
    signature: Signature,
    variables: Space | None,
    types: Types,
    names: Names,
    *,
    served: Mapping[str, Provider] | None = None,
    shared: str = "",
) -> SignatureUnit:
    """Return the class of a signature.

    Args:
        signature: The signature.
        variables: Its space, over the providers `served`.
        types: The enums and schemas of the module.
        names: The names of the module.
        served: The providers that can be chosen, by name.
        shared: The class that is its space, where that is not its own.
    """
    inner, scope = WIDTH - 4, Scope(names, MEMBERS)
    spell = {word: scope(word) for word in _USED}
    spell |= {word: names.inner(signature.name, word) for word in ("Demo", "Input", "Output", "Variables")}
    crossing = [check for check in signature.checks if sides(check, signature) == {"inputs", "outputs"}]
    if crossing:
        spell |= {word: scope(word) for word in ("staticmethod", "shapes")}
    rows = tuple_of(_example(signature, row, types, scope) for row in signature.examples)
    before = f"examples: {spell['ClassVar']}[{spell['tuple']}[{spell['Demo']}, ...]] = "
    return SignatureUnit(
        name=identifier(signature.name),
        doc=docstring(
            lasting(
                signature.description or signature.instructions or f"The signature `{signature.name}`.",
                signature.deprecated,
            ),
            inner,
        ),
        input=plan_record(_input(signature), types, names, inner),
        output=plan_record(_output(signature), types, names, inner),
        expected=plan_record(_expected(signature), types, names, inner),
        instructions=lay(
            Text(signature.instructions), 4, len(f"instructions: {spell['ClassVar']}[{spell['str']}] = ")
        ),
        examples=lay(rows, 4, len(before)),
        checks=tuple(_crossing(check, signature, types, names, spell) for check in crossing),
        entries=lay(tuple_of(entry(check, "cls", names) for check in crossing), 8, len("return ")),
        variables=None
        if variables is None or shared
        else plan_space(
            variables,
            names,
            "Variables",
            inner,
            spelled=f"{names.own(signature.name)}.Variables",
            served=served,
        ),
        shared=shared,
        spell=spell,
    )


def _example(signature: Signature, row: ExampleRow, types: Types, scope: Scope) -> Expression:
    inputs = {field.name: field for field in signature.inputs}
    outputs = {field.name: field for field in signature.outputs}
    return call(
        scope("Example"),
        keywords={
            "inputs": record(row.inputs, inputs, "Input", types, scope),
            "expected": record(row.outputs, outputs, "Expected", types, scope),
        },
    )


def sides(check: Check, signature: Signature) -> set[str]:
    """Return the sides of a signature that a check reads: "inputs", "outputs"; no field is an output."""
    inputs = {field.name for field in signature.inputs}
    found = {"inputs" if name in inputs else "outputs" for name in variables_in(check.condition)}
    return found or {"outputs"}


def _crossing(
    check: Check, signature: Signature, types: Types, names: Names, spell: dict[str, str]
) -> MethodUnit:
    inputs = {field.name for field in signature.inputs}
    place = Fields(
        (*signature.inputs, *signature.outputs),
        lambda name: f"inputs.{name}" if name in inputs else f"outputs.{name}",
        types,
        names,
    )
    head = f"_check_{identifier(check.name)}(inputs: {spell['Input']}, outputs: {spell['Output']})"
    head = f"{head} -> {names('bool', MEMBERS)}"
    return MethodUnit(head, told(check, WIDTH), held(check, place, WIDTH))


def _side(signature: Signature, side: str) -> tuple[Check, ...]:
    return tuple(check for check in signature.checks if sides(check, signature) == {side})


def _input(signature: Signature) -> Side:
    told = f"What `{signature.name}` takes."
    return Side("Input", signature.inputs, told, checks=_side(signature, "inputs"))


def _output(signature: Signature) -> Side:
    told = f"What `{signature.name}` returns."
    return Side("Output", signature.outputs, told, checks=_side(signature, "outputs"))


def _expected(signature: Signature) -> Side:
    told = f"What is known of an answer of `{signature.name}`: any field may be unset."
    return Side("Expected", signature.outputs, told, partial=True)
