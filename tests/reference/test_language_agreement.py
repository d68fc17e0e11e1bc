"""What only the front end makes of a text: heirs, aliases and signatures agree with the reference too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.errors import ValidationError
from mlsig.records.explain import explain
from mlsig_compiler.model import Enum, Module, Schema, Signature
from mlsig_compiler.pipeline import compile_all
from mlsig_compiler.source import Source
from nightly import examples

from reference.data import Data
from reference.imported import imported
from reference.interpreter import Interpreter, Wrong
from reference.schemas import SEEDS
from reference.test_agreement import plain, same

TEXT = """
type Short = str(min_length=1, max_length=3)
type Few = list[Short](max_length=2, unique)
type Level = int(0..10, multiple_of=2)
type Either = Level | Few | Kind | Line
enum Kind { plain, fancy, @deprecated("no") old }
@open schema Base { name: Short  level: Level = 2  tags: list[str] = ["a"]
  transform name = strip(name)
  check low: level < 9  "too high" }
schema Heir extends Base { @alias("the-kind") kind: Kind  few: Few = []  named: map[Level] = { a: 2 }
  transform few = unique(few)
  check named: len(name) + len(few) > 1
  check heavy: sum([level, len(tags)]) / (level - 4) < 3 }
schema Late extends Heir { @deprecated("no") last: float?  check last: last == null or last * 1e300 < 1e305 }
schema Line { heir: Heir?  either: Either?  more: list[Line] = []  lates: list[Late](max_length=2) = []
  check same: heir == null or len(more) == 0 or any(each.heir != null for each in more) }
signature Asked {
  input heir: Base  input few: Few = []
  output line: Line?  output level: Level
  check most: level <= heir.level  "no more than was asked for"
  check short: line == null or line.heir == null or line.heir.name != heir.name
}
"""


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Module, ModuleType]]:
    found = compile_all([Source(Path("language.mlsig"), "language_kinds", TEXT)], lambda _: None)
    node = found.analysis.modules["language_kinds"]
    assert node is not None, [each.message for each in found.analysis.diagnostics["language_kinds"]]
    yield node, imported("language_kinds", found.texts["language_kinds"])
    del sys.modules["language_kinds"]


def interpreter(module: Module) -> Interpreter:
    return Interpreter(
        {node.name: node for node in module.declarations if isinstance(node, Enum)},
        {node.name: node for node in module.declarations if isinstance(node, Schema)},
    )


def wrongs(error: ValidationError) -> list[Wrong]:
    return [Wrong(issue.path, issue.code) for issue in error.issues]


@given(
    seed=SEEDS, luck=st.sampled_from((0, 5, 40, 150)), name=st.sampled_from(("Base", "Heir", "Late", "Line"))
)
@examples(400)
def test_schemas_agree(made: tuple[Module, ModuleType], seed: int, luck: int, name: str) -> None:
    module, loaded = made
    reference = interpreter(module)
    data = Data(seed, reference, luck).record(reference.schemas[name])
    wanted, wrong = reference.outcome(reference.schemas[name], data)
    record = getattr(loaded, name)
    issues: list[Any] = []
    explain(record.shape(), data, "", issues)
    assert [Wrong(issue.path, issue.code) for issue in issues] == wrong
    try:
        found = record.validate(data)
    except ValidationError as error:
        assert wrongs(error) == wrong
        return
    assert not wrong
    assert same(plain(found), wanted)
    assert found == record.validate(found) == record.validate(found.to_dict())
    again = record.validate(data)
    for field in record.__struct_fields__:
        value = getattr(found, field)
        assert value is not getattr(again, field) or not isinstance(value, list | dict)


@given(seed=SEEDS, luck=st.sampled_from((0, 0, 20, 100)))
@examples(200)
def test_both_sides_agree(made: tuple[Module, ModuleType], seed: int, luck: int) -> None:
    module, loaded = made
    reference = interpreter(module)
    (signature,) = (node for node in module.declarations if isinstance(node, Signature))
    wanted: dict[str, Any] = {}
    wrong: list[Wrong] = []
    sides: list[Any] = []
    for side, fields in (("inputs", signature.inputs), ("outputs", signature.outputs)):
        schema = Schema(name=side, fields=fields, span=signature.span)
        sides.append(Data(seed + len(sides), reference, luck).record(schema))
        values, found = reference.outcome(schema, sides[-1])
        wanted.update(values or {})
        wrong += [Wrong(f"{side}.{each.path}", each.code) for each in found]
    if not wrong:
        reference.found = []
        reference.agree(signature.checks, wanted, "")
        wrong = reference.found
    try:
        left, right = loaded.Asked.validate_io(*sides)
    except ValidationError as error:
        assert wrongs(error) == wrong
        return
    assert not wrong
    assert same({**plain(left), **plain(right)}, wanted)
