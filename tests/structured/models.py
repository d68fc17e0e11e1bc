"""What the tests of JSON Schema share: a file with every type, data near to it, a strict reader."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
from hypothesis import strategies as st
from mlsig.errors import ValidationError
from mlsig.types.checks import is_multiple
from mlsig_compiler.model import Enum, Schema
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.plan.json_schema import json_schema
from mlsig_compiler.plan.types import Types
from mlsig_compiler.source import Source
from reference.imported import imported

TEXT = """
enum Mood "how it felt" { good "they liked it", @deprecated("say good") fine, bad }
type Slug = str(pattern="^[a-z0-9-]+$", max_length=8)

schema Cat { kind: "cat"  lives: int(1..9) }
schema Dog { kind: "dog"  name: str(min_length=1) }
schema Found { at: str }
schema Failed { why: str  again: bool = false }

@open
schema Note "a note" {
  @alias("body") text: str(min_length=1, max_length=4)   "what it says"
  @alias("n") count: int(ge=0) = 1
  @deprecated("nothing") rank: int?
  transform text = strip(text)
  check filled: len(text) > 0  "a note says something"
}

schema Base { id: Slug }
schema Tree extends Base { label: str  children: list[Tree](max_length=2) = []  next: Tree? = null }

schema Plain {
  slug: Slug = "a"
  dotted: str(pattern="^.b.?$") = "abc"
  odd: str(pattern="(?i)^yes$") = "yes"
  count: int(gt=0, lt=9, multiple_of=2) = 2
  share: float(gt=0, lt=1) = 0.5
  grid: float(multiple_of=0.1) = 0
  sure: probability = 0.5
  flag: bool = false
  mood: Mood = good     "the mood"
  fixed: true | "x" | 3 = "x"
  one: "only" = "only"
  yes: true | false = true
  tags: list[Mood](min_length=1, max_length=3, unique) = [good]
  pairs: list[list[int]](unique) = []
  sizes: map[int(ge=0)](min_length=0, max_length=2) = {}
  anything: json = null
  maybe: json? = null
  day: date? = null
  moment: datetime? = null
  pet: Cat | Dog = {kind: "cat", lives: 1}   "an animal"
  result: Found | Failed | list[int] | str? = null
  note: Note? = null
}

schema Learned {
  vector: embedding(2)? = null
  grid: tensor(2, _) = [[1], [2]]
  small: tensor(_, dtype=int8) = []
  mask: tensor(_, 1, dtype=bool) = []
  weights: attention_weights = []
  ids: token_list(min_length=1, max_length=3) = [1]
  chain: reasoning_chain(max_length=1) = []
  response: model_response = { text: "" }
  setting: variable_config? = null
  picture: image? = null
  sound: audio? = null
  paper: document? = null
}

schema Login { key: api_key = env("LOGIN_KEY") }

signature Answer {
  "Answer the question."
  input question: str(min_length=3) "what the user asks"
  input notes: list[Note](max_length=2) = []
  output reasoning: reasoning_chain = []
  output answer: str(min_length=1) "in short"
  output mood: Mood
  output sure: confidence_score(0..1) = 0.5 "how sure"
  output pet: Cat | Dog? = null
  output tags: list[str](unique) = []
}
"""
RECORDS = ("Cat", "Dog", "Found", "Failed", "Note", "Base", "Tree", "Plain", "Learned", "Login")


def everything() -> Iterator[ModuleType]:
    """Compile and import the file with every type."""
    found = compile_source(Source(Path("said.mlsig"), "said", TEXT))
    assert found.text is not None, [str(one.message) for one in found.diagnostics]
    yield imported("said", found.text)
    del sys.modules["said"]


def records(module: ModuleType) -> dict[str, Any]:
    """Return the records of that file by name."""
    return {name: getattr(module, name) for name in RECORDS} | {
        f"Answer.{side}": getattr(module.Answer, side) for side in ("Input", "Output", "Expected")
    }


def schemas_of(module: Any) -> Iterator[dict[str, Any]]:
    """Yield the JSON Schemas of a model, without generating code."""
    enums = {one.name: one for one in module.declarations if isinstance(one, Enum)}
    schemas = {one.name: one for one in module.declarations if isinstance(one, Schema)}
    types = Types(enums, schemas)
    for schema in schemas.values():
        yield json_schema(
            schema.name,
            schema.fields,
            schema.description,
            types,
            open=schema.open,
            deprecated=schema.deprecated,
        )


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    ends = re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
    if isinstance(value, str) and re.search(ends, value) is None:
        yield jsonschema.ValidationError("no match")


def _multiple(validator: Any, step: float, value: Any, schema: Any) -> Iterator[Any]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and not (is_multiple(value, step) if isinstance(step, float) else value % step == 0):
        yield jsonschema.ValidationError("no multiple")


READER: Any = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _pattern, "multipleOf": _multiple}
)
"""The library's reader but for two words: `$` is ECMA's, the very end; floats are rounded."""


def takes(record: Any, data: Any) -> bool:
    """Say whether a record takes JSON data, read as text."""
    try:
        record.from_json(json.dumps(data))
    except ValidationError:
        return False
    return True


def written(value: Any) -> Any:
    """Return data as JSON has it, where 1.0 is 1 and nothing is infinite; what JSON has not is null."""
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {written(key): written(item) for key, item in value.items()}
    return value if not isinstance(value, int) or abs(value) < 2**300 else None


JUNK = st.sampled_from(
    (
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        0.5,
        127,
        128,
        1e39,
        "",
        "a",
        "x",
        "abc",
        "A b",
        "only",
        "good",
        "2026-11-23",
        [],
    )
) | st.sampled_from(
    ([[1.5], [2]], [1, 1], [[1], [1]], {}, {"a": 1}, {"text": "a"}, {"kind": "dog"}, [{}], [[True]])
)


@st.composite
def near(draw: st.DrawFn, data: Any) -> Any:
    """Change JSON data in one place, or nowhere."""
    if isinstance(data, dict) and data and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(data)))
        return {**data, name: draw(near(data[name]))}
    if isinstance(data, list) and data and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(data) - 1))
        return [*data[:at], draw(near(data[at])), *data[at + 1 :]]
    if isinstance(data, dict) and draw(st.booleans()):
        left = {
            name: item for name, item in data.items() if name != draw(st.sampled_from(sorted(data) or [""]))
        }
        return (
            left
            if draw(st.booleans())
            else {**data, draw(st.sampled_from(("x", "body", "n", "next"))): draw(JUNK)}
        )
    if isinstance(data, list) and draw(st.booleans()):
        return [*data, draw(JUNK)] if not data or draw(st.booleans()) else [*data, data[0]]
    return draw(JUNK)
