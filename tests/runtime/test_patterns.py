"""Patterns that are lowered to tests of text say exactly what the regular expression says."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.records.patterns import matcher

LOWERED = [
    r"^[a-z]{2}\Z",
    r"^[a-z0-9-]+\Z",
    r"^[A-Za-z0-9_]{1,16}\Z",
    r"^id-[0-9]{3,}\Z",
    r"^x[ab]*\Z",
    r"^[ab]\Z",
    r"^[a-]{0,2}\Z",
    r"^(?:note|mail|page)\Z",
    r"^(note|mail)\Z",
    r"^note\Z",
]
KEPT = [
    r"^a|b\Z",
    r"[a-z]{2}",
    r"^[^a]\Z",
    r"^\w+\Z",
    r"^[a-z]{2}",
    r"^[z-z]+?\Z",
    r"^(a|b\Z",
    r"^[\d]+\Z",
]


def lowered(pattern: str) -> bool:
    return not (
        getattr(matcher(pattern), "__name__", "") == "search"
        and isinstance(getattr(matcher(pattern), "__self__", None), re.Pattern)
    )


@pytest.mark.parametrize("pattern", LOWERED)
def test_frequent_patterns_need_no_regular_expression(pattern: str) -> None:
    assert lowered(pattern)


@pytest.mark.parametrize("pattern", [pattern for pattern in KEPT if "(a|b" not in pattern])
def test_the_others_are_searched_for(pattern: str) -> None:
    assert not lowered(pattern)


@given(st.sampled_from(LOWERED), st.text("abyz019-_ AZid|noteml\n\u00e9\u017f\u0131", max_size=8))
@settings(max_examples=600)
def test_a_test_says_what_the_pattern_says(pattern: str, text: str) -> None:
    assert bool(matcher(pattern)(text)) == bool(re.search(pattern, text))


chars = st.sampled_from([*"abz09AZ-_ /:@.", "é"])
ranges = st.tuples(chars, chars).map(lambda ends: f"{ends[0]}-{ends[1]}")
counts = st.sampled_from(["", "+", "*", "{2}", "{0,3}", "{2,}", "{,2}", "{3,1}"])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    inside = "".join(draw(st.lists(st.one_of(chars, ranges), min_size=1, max_size=4)))
    start = draw(st.sampled_from(["", "a", "id-", ".", "a|"]))
    return rf"^{start}[{inside}]{draw(counts)}\Z"


@given(patterns(), st.text("abz09AZ-_ /:@.id\n,|{}", max_size=6))
@settings(max_examples=600)
def test_any_pattern_is_read_as_python_reads_it(pattern: str, text: str) -> None:
    try:
        wanted = bool(re.search(pattern, text))
    except (re.error, FutureWarning):
        return
    assert bool(matcher(pattern)(text)) == wanted


def test_a_class_of_all_characters_is_not_spelled_out() -> None:
    pattern = f"^[\x00-{chr(sys.maxunicode)}]+\\Z"
    assert matcher(pattern)("any")
