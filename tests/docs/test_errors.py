"""docs/errors.md is what the table of codes makes of it."""

from __future__ import annotations

import re
from pathlib import Path

from mlsig_compiler.codes import CODES
from mlsig_compiler.codes.document import RANGES, document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run `make docs`"


def test_every_code_has_its_page_and_a_link_to_it() -> None:
    text = document()
    for code, entry in CODES.items():
        assert text.count(f"\n### {code}\n\n**{entry.title}**\n\n{entry.explanation}\n") == 1
        assert f"| [{code}](#{code.lower()}) | {entry.title} |" in text
    assert set(re.findall(r"\]\(#(\w+)\)", text)) == {code.lower() for code in CODES}


def test_every_code_is_in_a_range() -> None:
    assert {code[:5] for code in CODES} == set(RANGES)
    assert all(row.isprintable() for row in document().split("\n"))
