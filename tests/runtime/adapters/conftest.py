"""A compiled module whose signature has all that prompts tell: files, options, limits, checks, records."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from misbehaving import Misbehaving
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

TEXT = '''
enum Kind { photo "taken by a camera", drawing, chart "numbers as a picture" }

schema Mark "Something seen" {
  what: str(min_length=1, max_length=40)   "in a word or two"
  kind: Kind = photo
  sure: probability
  parts: list[Mark] = []
  check named: len(what) > 0               "a mark has a name"
}

schema Page { note: str  picture: image? = null }

signature Look {
  """Say what the picture shows."""
  input  question: str(min_length=1)       "what to look for"
  input  photo: image? = null
  input  more: list[image] = []
  input  sound: audio? = null
  input  paper: document? = null
  input  pages: list[Page] = []
  input  named: map[image] = {}
  output caption: str(min_length=2, max_length=80)   "one line"
  output kind: Kind
  output stars: int(1..5)
  output marks: list[Mark](max_length=3, unique) = []
  output code: str(pattern="^[A-Z]+$")? = null
  check seen: kind != Kind.chart or len(marks) > 0   "a chart has marks"
}

provider openai {
  protocol: openai
  base_url: env("PROMPT_URL", "http://h")
  model "m" { max_output: 100  supports: [json_schema, tools] }
}
provider responses { protocol: openai_responses  base_url: env("PROMPT_URL", "http://h")  model "m" {} }
provider anthropic { protocol: anthropic  base_url: env("PROMPT_URL", "http://h")  model "m" {} }
provider google { protocol: google  base_url: env("PROMPT_URL", "http://h")  model "m" {} }

space Ways {
  var provider: provider(openai, responses, anthropic, google) = openai
  var model: model(provider)
  var adapter: module(Chat, JSON, Markdown, XML) = Chat
  var reasoning: module(Predict, ChainOfThought) = Predict
  var tone: choice("terse", "kind") = "terse"              "how to say it"
}
program Looking { signature: Look  space: Ways }
'''


@pytest.fixture(scope="session")
def looking(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    made = compile_source(Source(Path("looking.mlsig"), "looking", TEXT))
    assert made.text is not None, list(made.diagnostics)
    file = tmp_path_factory.mktemp("looking") / "looking_case.py"
    file.write_text(made.text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("looking_case", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["looking_case"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with Misbehaving() as running:
        yield running
