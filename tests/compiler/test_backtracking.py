"""Patterns that are refused because they could take very long, and those that are not."""

from __future__ import annotations

import itertools
import re
from importlib import import_module

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlsig_compiler.backtracking import danger, slow


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*",
        "([a-z]+)*!",
        "(x+x+)+y",
        "(.*,)*x",
        "(.*a){11}",
        r"(\w+\s?)*$",
        r"(\d+|\w+)*",
        "(ab|a|b)+",
        "(a|[ab]c|aa)*",
        "(?:(?:a+)?)+b",
        "(?:a(?:|))*b",
        "(?:a(?:b?)*)*c",
        "(é+)+",
        "(\u3043x|[\u3040-\u309f]x)*",
        "(?i)(ab|AB)+",
        "([^b]|a)+c(aa|a)*",
        "(?P<name>a+)+",
        r"(\D|\S)x*(\Dx|\Sx)+",
    ],
)
def test_what_doubles_with_each_character_is_refused(pattern: str) -> None:
    assert danger(pattern) == "its repetitions can share the same text in many ways"


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "abc",
        "a|b|cd",
        "^[a-z]+(-[a-z]+)*$",
        r"^\d{4}-\d{2}-\d{2}$",
        r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        r"(?:\w+\s)*\w*$",
        r"^([a-z]{1,63}\.)+[a-z]{2,}$",
        "((a+)b)+",
        "[^a]*a[^a]*",
        "(a{1,3}){1,3}",
        "(a|b)*?c",
        r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$",
        "^(https?://)?x",
        r"\bword\b",
        "[^^-]+",
        r"[\S]+ [\W]+",
    ],
)
def test_ordinary_patterns_are_fine(pattern: str) -> None:
    assert danger(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)b", "it looks ahead or behind"),
        ("(?<!a)b", "it looks ahead or behind"),
        (r"(a)\1", "it refers back to what a group matched"),
        ("(a)?(?(1)b|c)", "it refers back to what a group matched"),
        ("a" * 201, "it has more than 200 characters"),
        ("(?>a+)b++", ""),
    ],
)
def test_what_cannot_be_judged_is_refused(pattern: str, reason: str) -> None:
    assert danger(pattern) == reason


letters = st.sampled_from(["a", "b", "[ab]", "[^a]"])
patterns = st.recursive(
    letters,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda one: f"(?:{one})*"),
    ),
    max_leaves=5,
)


def ways(pattern: str, length: int) -> int:
    """Count in how many ways a pattern can take the first characters of each text of a's and b's, at most."""
    parse = import_module("re._parser").parse

    def count(nodes: list, text: str, then) -> int:  # type: ignore[no-untyped-def, type-arg]
        if not nodes:
            return then(text)
        (op, argument), rest = nodes[0], nodes[1:]
        match str(op):
            case "MAX_REPEAT":
                inner = list(argument[2])

                def again(left: str) -> int:
                    stop = count(rest, left, then)
                    more = count(inner, left, lambda tail: again(tail) if len(tail) < len(left) else 0)
                    return stop + more

                return again(text)
            case "BRANCH":
                return sum(count([*option, *rest], text, then) for option in argument[1])
            case "SUBPATTERN":
                return count([*argument[3], *rest], text, then)
            case _:
                if not text:
                    return 0
                single = re.compile(pattern_of(op, argument))
                return count(rest, text[1:], then) if single.match(text[0]) else 0

    def pattern_of(op: object, argument: object) -> str:
        if str(op) == "LITERAL":
            return re.escape(chr(argument))  # type: ignore[call-overload]
        if str(op) == "NOT_LITERAL":
            return f"[^{chr(argument)}]"  # type: ignore[call-overload]
        return "[ab]"

    nodes = list(parse(pattern))
    texts = ("".join(text) for text in itertools.product("ab", repeat=length))
    return max(count(nodes, text, lambda left: int(not left)) for text in texts)


@given(patterns)
@example("(?:(?:[ab]|(?:[ab]|[ab])))*")
@settings(max_examples=50)
def test_what_is_allowed_takes_a_text_in_few_ways(pattern: str) -> None:
    """A loop that can be gone through in two ways has twice the ways for each time; a polynomial has few."""
    if not danger(pattern):
        assert ways(pattern, 5) <= 2 * 5**3


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^[a-z]*[a-z0-9]*$", True),
        ("^.*x.*y.*$", True),
        ("^(a|b)*c?(b)*$", True),
        (r"\d+\w*", True),
        ("^a+-a+$", False),
        ("^[a-z]+( [a-z]+)*$", False),
        ("^[^@]+@[^@]+$", False),
        ("(?=a)a*a*", False),
        ("(" * 2000 + "a" + ")" * 2000, False),
    ],
)
def test_two_repetitions_that_take_the_same_text_are_slow(pattern: str, expected: bool) -> None:
    assert slow(pattern) is expected
