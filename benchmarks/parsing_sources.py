"""The same outputs in `.mlsig`, in BAML and for pydantic, and texts that hold them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

CORPUS = Path(__file__).parents[1] / "tests" / "runtime" / "parsing"

RECORDS = """
signature ReadFlat {
  input  text: str
  output id: str
  output title: str
  output kind: "note" | "mail" | "page"
  output score: float
  output views: int
  output shown: bool
}

schema Item { key: str  weight: float  count: int }

signature ReadNested {
  input  text: str
  output id: str
  output title: str
  output items: list[Item]
}
"""


class ReadFlat(BaseModel):
    """The flat answer, for pydantic."""

    id: str
    title: str
    kind: Literal["note", "mail", "page"]
    score: float
    views: int
    shown: bool


class Item(BaseModel):
    """One item of the nested answer."""

    key: str
    weight: float
    count: int


class ReadNested(BaseModel):
    """The nested answer, for pydantic."""

    id: str
    title: str
    items: list[Item]


FLAT = json.dumps(
    {"id": "a1", "title": "A fine day", "kind": "mail", "score": 0.5, "views": 12, "shown": True}
)
NESTED = json.dumps(
    {
        "id": "a1",
        "title": "A fine day",
        "items": [{"key": f"key {n}", "weight": n / 20, "count": n} for n in range(20)],
    }
)

_HEAD = """
client<llm> Local {
  provider openai-generic
  options {
    base_url "http://127.0.0.1:9/v1"
    model "none"
  }
}

generator target {
  output_type "python/pydantic"
  output_dir ".."
  version "VERSION"
}
"""


def _functions(*names: str) -> str:
    return "".join(
        f"function Read{name}(text: string) -> {name} {{\n  client Local\n"
        f'  prompt #"{{{{ text }}}} {{{{ ctx.output_format }}}}"#\n}}\n\n'
        for name in names
    )


BAML = f"""{_HEAD}
class Flat {{
  id string
  title string
  kind "note" | "mail" | "page"
  score float
  views int
  shown bool
}}

class Item {{
  key string
  weight float
  count int
}}

class Nested {{
  id string
  title string
  items Item[]
}}

{_functions("Flat", "Nested")}"""

_CLASSES = {
    "Feel": "mood Mood",
    "Paint": "colour Colour",
    "Person": "name string\n  age int @assert(range, {{ this >= 0 and this <= 150 }})\n  email string?\n"
    "  active bool?",
    "Product": "name string\n  price float @assert(low, {{ this >= 0 }})\n  in_stock bool\n  tags string[]",
    "Order": "id string\n  items Item[]\n  total float @assert(low, {{ this >= 0 }})",
    "Grade": "score float @assert(range, {{ this >= 0 and this <= 1 }})\n  mood Mood\n  reason string",
    "Program": 'language "python" | "javascript" | "sql"\n  code string',
    "Event": "title string\n  day string\n  starts string?",
    "Figure": "figure Circle | Square",
    "Numbers": "values int[]",
    "Measures": "measures map<string, float>",
    "Spam": "spam bool",
    "Stars": "stars int @assert(range, {{ this >= 1 and this <= 5 }})",
    "Trip": 'distance float @description("in kilometres")\n  duration int @description("in minutes")',
    "Summary": "summary string",
    "Topics": "topics string[]",
    "Tree": "root Node",
    "Named": "contact Contact",
    "Maybe": "count int?\n  note string?\n  when string?",
    "Growth": "rate float\n  people int",
    "Moods": "moods Mood[]",
    "Key": "key string | int\n  level 1 | 2 | 3",
}

CORPUS_BAML = (
    _HEAD
    + """
enum Mood {
  Positive @alias("positive")
  Negative @alias("negative")
  Mixed @alias("mixed") @description("both good and bad")
  Unclear @alias("unclear") @description("not enough evidence; cannot tell")
}

enum Colour {
  Red @alias("red")
  DARK_BLUE @description("navy, midnight")
  Light_green @alias("light_green")
}

class Item {
  name string
  qty int @assert(low, {{ this >= 1 }})
  price float @assert(low, {{ this >= 0 }})
}

class Circle {
  kind "circle"
  radius float @assert(low, {{ this > 0 }})
}

class Square {
  kind "square"
  side float @assert(low, {{ this > 0 }})
}

class Node {
  label string
  children Node[]
}

class Contact {
  mail string
  full_name string
}
"""
    + "".join(f"\nclass {name} {{\n  {members}\n}}\n" for name, members in _CLASSES.items())
    + "\n"
    + _functions(*_CLASSES)
)
