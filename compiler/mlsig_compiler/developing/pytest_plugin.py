"""The plugin for pytest: `pytest --mlsig`, or `mlsig = true` in its settings, collects `.mlsig` files.

Every pytest of an environment that has mlsig loads it, so it imports nothing until a file is collected.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option and the setting."""
    parser.getgroup("mlsig").addoption(
        "--mlsig", action="store_true", help="collect .mlsig files: what they declare, and their examples"
    )
    parser.addini("mlsig", "collect .mlsig files", type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the tests of a `.mlsig` file, where they are wanted."""
    config = parent.config
    if file_path.suffix != ".mlsig" or not (config.getoption("--mlsig") or config.getini("mlsig")):
        return None
    from mlsig_compiler.developing.collected import SourceFile  # noqa: PLC0415

    made: pytest.Collector = cast("Any", SourceFile).from_parent(parent, path=file_path)
    return made
