"""The page about the language says what the compiler knows."""

from __future__ import annotations

from pathlib import Path

from mlsig_compiler.lint import CODES
from mlsig_compiler.typecheck.functions import FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")


def test_the_table_of_functions_has_each_of_them() -> None:
    _, _, rest = PAGE.partition("| function | is |\n| --- | --- |\n")
    table, _, _ = rest.partition("\n\n")
    assert table.splitlines() == [f"| `{it.signature}` | {it.description} |" for it in FUNCTIONS.values()]


def test_each_rule_of_lint_is_named() -> None:
    _, _, section = PAGE.partition("## Lint and suppressions")
    assert [code for code in CODES if code.removeprefix("MLS") not in section] == []
