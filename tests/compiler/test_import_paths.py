"""What an import may not say: a path. Nothing outside the source roots is ever looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlsig_compiler.front import analyse_all
from mlsig_compiler.source import Source

PATHS = [
    "..",
    "..other",
    ".other",
    "a..b",
    "../other",
    "../../etc/passwd",
    "/etc/passwd",
    "./other",
    "a/b",
    "a\\b",
    "C:\\a",
    '"other"',
    '"../other"',
    '"/etc/passwd"',
    "~",
    "file://a",
    "other.mlsig",
    "a.__init__",
    "%2e%2e",
    "*",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_module(path: str) -> None:
    asked: list[str] = []

    def find(module: str) -> None:
        asked.append(module)

    text = f'from {path} import Other\nschema A {{ other: Other  x: int = "a" }}\n'
    analysis = analyse_all([Source(Path("case.mlsig"), "case", text)], find)
    found = [f"{one.code} {one.message}" for one in analysis]
    assert found[0][:7] in ("MLS0103", "MLS0109", "MLS0110", "MLS0320")
    # one message about the import, and what stands after it is still checked
    assert len(found) == 2, found
    assert found[-1].startswith("MLS0410")
    assert all(part.isidentifier() for module in asked for part in module.split("."))
