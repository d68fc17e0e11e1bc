"""Signatures as the strings of a `Signature` class: its three records, its instruction, its examples, its space."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.literals import docstring, identifier
from mlsig_compiler.model import ExampleRow, Signature, Space
from mlsig_compiler.plan.layout import WIDTH, Expression, Text, call, lay, tuple_of
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.records import RecordUnit, plan_side
from mlsig_compiler.plan.space import SpaceUnit, plan_space
from mlsig_compiler.plan.types import Types
from mlsig_compiler.plan.values import record

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
        "variables",
    }
)
_USED = (
    "Any",
    "ClassVar",
    "Example",
    "Mapping",
    "Signature",
    "TypeAlias",
    "classmethod",
    "str",
    "tuple",
    "type",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureUnit:
    """A class, for `signature.py.j2`."""

    name: str
    doc: str
    input: RecordUnit
    output: RecordUnit
    expected: RecordUnit
    instructions: str
    examples: str
    variables: SpaceUnit | None
    spell: dict[str, str]


def plan_signature(
    signature: Signature, variables: Space | None, types: Types, names: Names
) -> SignatureUnit:
    """Return the class of a signature; `variables` is the space extracted from it."""
    inner = WIDTH - 4
    spell = {word: names(word, MEMBERS) for word in _USED}
    rows = tuple_of(_example(signature, row, types, names) for row in signature.examples)
    before = f"examples: {spell['ClassVar']}[{spell['tuple']}[Demo, ...]] = "
    return SignatureUnit(
        name=identifier(signature.name),
        doc=docstring(
            signature.description or signature.instructions or f"The signature `{signature.name}`.", inner
        ),
        input=plan_side(signature.name, signature.inputs, types, names, "input", inner),
        output=plan_side(signature.name, signature.outputs, types, names, "output", inner),
        expected=plan_side(signature.name, signature.outputs, types, names, "expected", inner),
        instructions=lay(
            Text(signature.instructions), 4, len(f"instructions: {spell['ClassVar']}[{spell['str']}] = ")
        ),
        examples=lay(rows, 4, len(before)),
        variables=None if variables is None else plan_space(variables, names, "Variables", inner),
        spell=spell,
    )


def _example(signature: Signature, row: ExampleRow, types: Types, names: Names) -> Expression:
    inputs = {field.name: field for field in signature.inputs}
    outputs = {field.name: field for field in signature.outputs}
    return call(
        names("Example", MEMBERS),
        keywords={
            "inputs": record(row.inputs, inputs, "Input", types, names, MEMBERS),
            "expected": record(row.outputs, outputs, "Expected", types, names, MEMBERS),
        },
    )
