"""Reading what models wrote: clean JSON and JSON that needs mending, and how much of the corpus is recovered.

BAML reads through its generated Python client, `b.parse.Function(text)`; json_repair hands its text to a
pydantic model. The corpus is that of the tests, without its dates, which BAML has no type for. A library that
returns another value than the expected one has not recovered a case; one that returns anything where it must
refuse has accepted it wrongly.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from enum import Enum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import json_repair
import pydantic

from benchmarks.parsing_sources import BAML, CORPUS, CORPUS_BAML, FLAT, NESTED, RECORDS, ReadFlat, ReadNested
from benchmarks.sources import compile_to
from benchmarks.timing import Row, compare

Reader = Callable[[str, str], Any]
"""Takes the name of a schema and a text; returns plain data, or raises."""


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; the shares of the corpus go to standard error."""
    ours = compile_to(folder, "bench_parsing", RECORDS)
    client = _client(folder / "baml", BAML)
    table: list[Row] = []
    model: type[pydantic.BaseModel]
    for name, text, model in (("flat", FLAT, ReadFlat), ("nested, 20 items", NESTED, ReadNested)):
        signature, theirs = getattr(ours, model.__name__), getattr(client.parse, model.__name__)
        dirty = _dirty(text)
        assert signature.parse(text).to_dict() == signature.parse(dirty).to_dict()
        table += compare(
            f"read clean JSON, {name}",
            {"mlsig": _of(signature.parse, text), "BAML, b.parse": _of(theirs, text)},
        )
        table += compare(
            f"read JSON that needs mending, {name}",
            {
                "mlsig": _of(signature.parse, dirty),
                "BAML, b.parse": _of(theirs, dirty),
                "json_repair + pydantic": _of(_repairing(model), dirty),
            },
        )
    for line in shares(folder):
        sys.stderr.write(f"  {line}\n")
    return table


def _of(read: Callable[[str], object], text: str) -> Callable[[], object]:
    return lambda: read(text)


def _repairing(model: type[pydantic.BaseModel]) -> Callable[[str], object]:
    return lambda text: model.model_validate(json_repair.loads(text))


def _dirty(text: str) -> str:
    """Return the same answer in prose, in a fence, with single quotes, comments and commas too many."""
    lines = json.dumps(json.loads(text), indent=1).replace('"kind"', "kind").replace("\n}", ",\n}")
    lines = lines.replace('"title"', "'title'").replace("true", "True").replace('",\n', '", // so\n', 1)
    return f"Here is what you asked for:\n\n```json\n{lines}\n```\n\nAnything else?"


# ---- the corpus


def shares(folder: Path) -> Iterator[str]:
    """Yield one line a library: how much of the corpus it recovers, and what it accepts wrongly."""
    cases = [
        json.loads(line)
        for path in sorted(CORPUS.glob("corpus/*.jsonl"))
        if path.stem != "dates"
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    ours = compile_to(folder, "bench_answers", (CORPUS / "answers.mlsig").read_text(encoding="utf-8"))
    client = _client(folder / "baml_corpus", CORPUS_BAML)
    readers: dict[str, Reader] = {
        "mlsig": lambda schema, text: json.loads(getattr(ours, schema).parse(text).to_json()),
        "BAML": lambda schema, text: _plain(getattr(client.parse, f"Read{schema}")(text)),
        "json_repair + pydantic": _by_json_repair(client),
    }
    recoverable = [case for case in cases if not case.get("refused")]
    refused = [case for case in cases if case.get("refused")]
    for name, read in readers.items():
        right = sum(_tried(read, case) == case["expected"] for case in recoverable)
        wrong = sum(_tried(read, case) is not _FAILED for case in refused)
        yield (
            f"corpus: {name} recovers {right} of {len(recoverable)} ({right / len(recoverable):.1%}), "
            f"accepts {wrong} of {len(refused)} that must be refused"
        )


_FAILED = object()


def _tried(read: Reader, case: dict[str, Any]) -> Any:
    try:
        return read(case["schema"], case["text"])
    except Exception:
        return _FAILED


def _by_json_repair(client: Any) -> Reader:
    """Return what reads by json_repair into the pydantic models that BAML generates of the same schemas."""
    types: ModuleType = import_module(f"{client.package}.types")

    def read(schema: str, text: str) -> Any:
        data: Any = json_repair.loads(text)
        if schema == "Product" and isinstance(data, dict):
            data.setdefault("tags", [])  # the corpus's default
        return _plain(getattr(types, schema).model_validate(data))

    return read


def _plain(value: Any) -> Any:
    """Return what a library made as plain data, with names as the corpus has them."""
    if isinstance(value, pydantic.BaseModel):
        found = {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        return found | {"active": True} if found.get("active", 0) is None else found  # the corpus's default
    if isinstance(value, Enum):
        return value.value if value.value.isupper() else value.value.lower()
    if isinstance(value, date | datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


class _Client:
    """A generated client of BAML, and the name of its package."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.parse: Any = import_module(package).b.parse


def _client(folder: Path, source: str) -> Any:
    """Generate a client of BAML, and import it."""
    package = f"{folder.name}_client"
    sources = folder / "baml_src"
    sources.mkdir(parents=True)
    (sources / "main.baml").write_text(source.replace("VERSION", version("baml-py")), encoding="utf-8")
    tool = Path(sys.executable).with_name("baml-cli")
    subprocess.run(
        [str(tool), "generate", "--from", str(sources)], cwd=folder, check=True, capture_output=True
    )
    (folder / "baml_client").rename(folder / package)
    sys.path.insert(0, str(folder))
    return _Client(package)
