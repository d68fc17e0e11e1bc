"""How long the compiler takes: to check, to compile, to find that nothing has changed, to print its help.

A pair is a signature with an enum, and a space; against it stand a function of BAML with its enum and class,
and a message of Protocol Buffers with an enum and as many fields.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks.sources import PAIR, pairs
from benchmarks.timing import Row, compare_commands, cpu_of, python

CHECKED = 1_000  # about 18,000 lines
EACH = 50  # of them in a file
COUNT = 200
FILES = 1_000
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


PROTO = """
enum Verdict{n} {{
  VERDICT{n}_SUPPORTED = 0;
  VERDICT{n}_REFUTED = 1;
  VERDICT{n}_UNKNOWN = 2;
}}

message Step{n} {{
  string question = 1;
  string passage = 2;
  string answer = 3;
  Verdict{n} verdict = 4;
  double confidence = 5;
  double temperature = 6;
  int64 max_tokens = 7;
}}
"""


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    return [*checks(folder / "check"), *compiles(folder / "compile"), *compiles_nothing(folder / "nothing")]


def checks(folder: Path) -> list[Row]:
    """Check many pairs in a few files, as a project has them, and only print help."""
    sources, baml, protos = (_folder(folder / name) for name in ("sources", "baml_src", "protos"))
    (baml / "main.baml").write_text(_head(), encoding="utf-8")
    for first in range(0, CHECKED, EACH):
        numbers = range(first, first + EACH)
        _write(sources / f"pairs_{first}.mlsig", (PAIR.format(n=n) for n in numbers))
        _write(baml / f"functions_{first}.baml", (BAML.format(n=n) for n in numbers))
        proto = f'syntax = "proto3";\npackage p{first};\n'
        _write(protos / f"messages_{first}.proto", [proto, *(PROTO.format(n=n) for n in numbers)])
    ours = python("-m", "mlsig_compiler", "check", str(sources))
    theirs = [str(_baml()), "check", "--from", str(baml)]
    files = [str(path) for path in sorted(protos.iterdir())]
    protoc = python(
        "-m", "grpc_tools.protoc", f"-I{protos}", f"--python_out={_folder(folder / 'py')}", *files
    )
    table = compare_commands(
        f"check {CHECKED:,} signatures and spaces, cold",
        {
            "mlsig": lambda: cpu_of(ours),
            "baml-cli check": lambda: cpu_of(theirs, cwd=folder),
            f"protoc, {CHECKED:,} messages to Python": lambda: cpu_of(protoc, cwd=folder),
        },
    )
    helps = python("-m", "mlsig_compiler", "--help")
    return table + compare_commands(
        "print the help",
        {
            "mlsig": lambda: cpu_of(helps),
            "baml-cli --help": lambda: cpu_of([str(_baml()), "--help"]),
            "`python -m grpc_tools.protoc --help`": lambda: cpu_of(
                python("-m", "grpc_tools.protoc", "--help")
            ),
        },
        rounds=11,
    )


def compiles(folder: Path) -> list[Row]:
    """Compile one file of many signatures, and compile it again."""
    source = _folder(folder) / "bench_pairs.mlsig"
    source.write_text(pairs(COUNT), encoding="utf-8")
    baml = _folder(folder / "baml" / "baml_src")
    _write(baml / "main.baml", [_head(), *(BAML.format(n=n) for n in range(COUNT))])
    cold, warm = _compiler(source, folder / "compiled")
    rival = _generator(baml)
    table = compare_commands(f"compile {COUNT} signatures, cold", {"mlsig": cold, "baml-cli generate": rival})
    cold()
    again = f"compile {COUNT} signatures again, nothing changed"
    return table + compare_commands(again, {"mlsig": warm, "baml-cli generate": rival})


def compiles_nothing(folder: Path) -> list[Row]:
    """Compile very many files of which none has changed."""
    sources, baml = _folder(folder / "sources"), _folder(folder / "baml" / "baml_src")
    (baml / "main.baml").write_text(_head(), encoding="utf-8")
    for n in range(FILES):
        _write(sources / f"pair_{n}.mlsig", [PAIR.format(n=n)])
        _write(baml / f"function_{n}.baml", [BAML.format(n=n)])
    cold, warm = _compiler(sources, folder / "compiled")
    cold()
    workload = f"compile {FILES:,} files again, nothing changed"
    return compare_commands(workload, {"mlsig": warm, "baml-cli generate": _generator(baml)})


def _compiler(source: Path, out: Path) -> tuple[Callable[[], float], Callable[[], float]]:
    """Return what compiles from nothing, and what compiles again."""
    command = python("-m", "mlsig_compiler", "compile", str(source), "--out", str(out))

    def cold() -> float:
        shutil.rmtree(out, ignore_errors=True)
        return cpu_of(command)

    return cold, lambda: cpu_of(command)


def _generator(baml: Path) -> Callable[[], float]:
    def generate() -> float:
        shutil.rmtree(baml.parent / "baml_client", ignore_errors=True)
        return cpu_of([str(_baml()), "generate", "--from", str(baml)], cwd=baml.parent)

    return generate


def _baml() -> Path:
    return Path(sys.executable).with_name("baml-cli")


def _head() -> str:
    return HEAD.replace("VERSION", version("baml-py"))


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _write(path: Path, texts: Iterable[str]) -> None:
    path.write_text("".join(texts), encoding="utf-8")
