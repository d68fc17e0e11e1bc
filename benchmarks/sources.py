"""The `.mlsig` files that the benchmarks compile, and their compiled modules.

Nothing generated is kept: each run compiles afresh, by the command that users type.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

RECORDS = """
enum Kind { note, mail, page }

schema Flat {
  id: str(min_length=1, max_length=64)
  title: str(max_length=200)
  kind: "note" | "mail" | "page"
  score: probability
  views: int(ge=0)
  public: bool
}

schema FlatPattern {
  id: str(min_length=1, max_length=64)
  title: str(max_length=200)
  language: str(pattern="^[a-z]{2}$")
  kind: "note" | "mail" | "page"
  score: probability
  views: int(ge=0)
  public: bool
}

schema FlatRule {
  id: str(min_length=1, max_length=64)
  title: str(max_length=200)
  kind: "note" | "mail" | "page"
  score: probability
  views: int(ge=0)
  public: bool
  check seen: views > 0 or not public  "what is public was seen"
}

schema Author { name: str(min_length=1, max_length=100)  mail: str(max_length=200) }

schema Item { key: str(min_length=1, max_length=40)  weight: float(0.0..1.0)  count: int(ge=0) }

schema Nested {
  id: str(min_length=1, max_length=64)
  author: Author
  items: list[Item](max_length=100)
}

schema Ruled { name: str(pattern="^[a-z0-9-]+$", max_length=40)  low: int  high: int
  transform name = strip(name)
  check ordered: low < high  "low is below high"
}

schema RuledHolder {
  first: Ruled
  more: list[Ruled]
  tags: list[str(max_length=20)](unique)
  check same: first.low >= 0
}

schema RuledVector { name: str  vector: embedding(64)
  check named: len(name) > 0
}

schema Cat { kind: "cat"  lives: int(ge=1) }

schema Dog { kind: "dog"  name: str }

schema Pets { pets: list[Cat | Dog]  answer: Kind | "maybe" }

schema Aliased {
  @alias("identifier")
  id: str(min_length=1, max_length=64)
  title: str(max_length=200)
  score: probability
}

schema Vector { vector: embedding(1536) }

schema Ids { ids: token_list }

schema Grid { grid: tensor(64, 64) }
"""

SPACES = """
space Flat {
  var alpha: float(0.0..1.0) = 0.5
  var beta: float(-2.0..2.0) = 0.0
  var rate: float(1e-5..1e-1, log) = 1e-3
  var top: float(0.0..1.0) = 0.9
  var tokens: int(16..4096) = 1_024
  var hops: int(1..8) = 3
  var demos: int(0..16) = 4
  var style: choice("formal", "casual", "terse") = "formal"
  var layout: choice("turns", "block") = "turns"
  var strict: bool = true
}

space Conditional {
  var alpha: float(0.0..1.0) = 0.5
  var top: float(0.0..1.0) = 0.9
  var tokens: int(16..4096) = 1_024
  var style: choice("formal", "casual", "terse") = "formal"
  var layout: choice("turns", "block") = "turns"
  var strict: bool = true
  when style == "formal" {
    var beta: float(-2.0..2.0) = 0.0
  }
  when style != "terse" {
    var rate: float(1e-5..1e-1, log) = 1e-3
  }
  when layout == "turns" {
    var demos: int(0..16) = 4
  }
  when strict {
    var hops: int(1..8) = 3
  }
}
"""

PROGRAM = """
signature Answer {
  \"\"\"Answer the question.\"\"\"
  input question: str  "what the user asks"
  output answer: str   "the answer"
}

provider stub {
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  model "echo" { context_window: 8_192, max_output: 1_024 }
}

space Settings {
  var provider: provider(stub) = stub
  var model: model(provider)
  var adapter: module(Chat, JSON) = Chat
  var temperature: float(0.0..2.0) = 0.7
}

program QA {
  signature: Answer
  space: Settings
  metric accuracy = python("benchmark_metric:exact")
  maximize accuracy weight 1.0
}
"""

PAIR = """
enum Verdict{n} {{ supported, refuted, unknown }}

signature Step{n} {{
  \"\"\"Decide step {n} from the passage.\"\"\"
  input question: str(min_length=3)        "what is asked"
  input passage: str(max_length=4_000)     "where to look"
  output answer: str                       "the answer"
  output verdict: Verdict{n}               "how it stands"
  output confidence: confidence_score(0..1)
}}

space Space{n} {{
  var temperature: float(0.0..2.0, step=0.01) = 0.7
  var max_tokens: int(16..4096, step=16) = 1_024
  var style: choice("formal", "casual") = "formal"
  var demos: int(0..8) = 4
}}
"""


def pairs(count: int) -> str:
    """Return a file of `count` signatures, each with an enum and a space."""
    return "".join(PAIR.format(n=n) for n in range(count))


def compile_to(folder: Path, name: str, text: str) -> ModuleType:
    """Write `name.mlsig`, compile it by the command, and import the module."""
    source = folder / f"{name}.mlsig"
    source.write_text(text, encoding="utf-8")
    out = folder / "generated"
    subprocess.run(
        [sys.executable, "-m", "mlsig_compiler", "compile", str(source), "--out", str(out)],
        check=True,
        timeout=300,
    )
    if str(out) not in sys.path:
        sys.path.insert(0, str(out))
    importlib.invalidate_caches()
    return importlib.import_module(name)
