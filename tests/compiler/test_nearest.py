"""Names that were probably meant, and when they surely were."""

from __future__ import annotations

import pytest
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import correction, counted, listed, nearest
from mlsig_compiler.source import Span

SPAN = Span(0, 1)


@pytest.mark.parametrize(
    ("word", "known", "meant", "sure"),
    [
        ("minlength", ["min_length", "max_length"], "min_length", True),
        ("request_per_minute", ["requests_per_minute", "tokens_per_minute"], "requests_per_minute", True),
        ("mode", ["model", "modes"], "model", False),
        ("Model", ["model", "models"], "model", True),
        ("concurency_limit", ["concurrency"], None, False),
        ("contextwin", ["context_window"], None, False),
        ("pasagess", ["passages"], "passages", True),
        ("x" * 65, ["x" * 64], None, False),
        ("a", ["b"], None, False),
        ("id", ["ix"], "ix", False),
        ("step1", ["step2", "other"], "step2", False),
    ],
)
def test_a_correction_is_sure_where_one_name_alone_is_near(
    word: str, known: list[str], meant: str | None, sure: bool
) -> None:
    found = correction(word, SPAN, known, "none is")
    assert nearest(word, known) == meant
    assert found["help"] == (f"did you mean `{meant}`?" if meant else "none is")
    assert found["fix"] == (replacing(SPAN, meant) if sure and meant else None)


def test_names_are_listed_and_counted() -> None:
    assert listed([]) == ""
    assert listed("a") == "`a`"
    assert listed("abc") == "`a`, `b` and `c`"
    assert listed("abcde", most=3) == "`a`, `b`, `c` and 2 more"
    assert [counted(1, "entry"), counted(2, "entry"), counted(2, "file")] == [
        "1 entry",
        "2 entries",
        "2 files",
    ]
