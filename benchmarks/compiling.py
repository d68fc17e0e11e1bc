"""Compile time of 200 signatures with an enum and a space each, against `baml-cli generate` on 200
functions.
"""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.sources import pairs
from benchmarks.timing import Row, compare_commands, cpu_of, python

COUNT = 200
BAML = """
enum Verdict{n} {{
  Supported
  Refuted
  Unknown
}}

class Answer{n} {{
  answer string
  verdict Verdict{n}
  confidence float
}}

function Step{n}(question: string, passage: string) -> Answer{n} {{
  client Local
  prompt #"Decide step {n} from the passage. {{{{ question }}}} {{{{ passage }}}} {{{{ ctx.output_format
  }}}}"#
}}
"""
HEAD = """
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


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    source = folder / "bench_pairs.mlsig"
    source.write_text(pairs(COUNT), encoding="utf-8")
    out = folder / "compiled"
    baml = folder / "baml" / "baml_src"
    baml.mkdir(parents=True, exist_ok=True)
    functions = "".join(BAML.format(n=n) for n in range(COUNT))
    (baml / "main.baml").write_text(HEAD.replace("VERSION", version("baml-py")) + functions, encoding="utf-8")
    command = python("-m", "mlsig_compiler", "compile", str(source), "--out", str(out))
    cli = str(Path(sys.executable).with_name("baml-cli"))

    def cold() -> float:
        shutil.rmtree(out, ignore_errors=True)
        return cpu_of(command)

    def warm() -> float:
        return cpu_of(command)

    def rival() -> float:
        shutil.rmtree(folder / "baml" / "baml_client", ignore_errors=True)
        return cpu_of([cli, "generate", "--from", str(baml)], cwd=folder / "baml")

    table = compare_commands(f"compile {COUNT} signatures, cold", {"mlsig": cold, "baml-cli generate": rival})
    cold()
    return table + compare_commands(
        f"compile {COUNT} signatures again, nothing changed", {"mlsig": warm, "baml-cli generate": rival}
    )
