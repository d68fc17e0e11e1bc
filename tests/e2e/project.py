"""The sentiment example as a project of its own, small enough for a test."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable
from importlib import util
from pathlib import Path
from types import ModuleType

from e2e.processes import ROOT

EXAMPLE = ROOT / "examples" / "sentiment"


def copy_project(folder: Path, edit: Callable[[str], str] = lambda text: text) -> Path:
    """Copy the example's sources, with its declarations changed by `edit`; nothing is compiled."""
    for name in ("pyproject.toml", "sentiment_metric.py", "sentiment_data.py"):
        shutil.copy(EXAMPLE / name, folder)
    text = (EXAMPLE / "sentiment.mlsig").read_text(encoding="utf-8")
    (folder / "sentiment.mlsig").write_text(edit(text), encoding="utf-8")
    return folder


def replaced(*pairs: tuple[str, str]) -> Callable[[str], str]:
    """Return an edit that replaces texts, each of which must be there."""

    def edit(text: str) -> str:
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        return text

    return edit


def write_rows(path: Path, rows: Iterable[object]) -> Path:
    """Write JSON Lines; a string is written as it is, broken or not."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def data_module() -> ModuleType:
    """Import the example's data, without leaving its folder on the path."""
    spec = util.spec_from_file_location("sentiment_data", EXAMPLE / "sentiment_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules.setdefault("sentiment_data", module)
    spec.loader.exec_module(module)
    return module
