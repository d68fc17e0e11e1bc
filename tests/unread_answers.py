"""The corpus: what models really wrote, by family, and what it means or that it must be refused."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

HERE = Path(__file__).parent / "runtime" / "parsing"


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer: `expected` is what it means as JSON, unless it is `refused`."""

    schema: str
    text: str
    family: str
    expected: Any = None
    refused: bool = False
    note: str = ""


@cache
def families() -> dict[str, list[Case]]:
    """Return all cases by the name of their file."""
    decoder = msgspec.json.Decoder(Case)
    return {
        path.stem: decoder.decode_lines(path.read_bytes())
        for path in sorted((HERE / "corpus").glob("*.jsonl"))
    }


def compiled(folder: Path) -> ModuleType:
    """Compile the signatures of the corpus into a folder, and import them."""
    command = [
        sys.executable,
        "-m",
        "mlsig_compiler",
        "compile",
        str(HERE / "answers.mlsig"),
        "--out",
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    try:
        return import_module("answers")
    finally:
        sys.path.remove(str(folder))
