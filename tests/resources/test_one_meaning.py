"""The compiler's evaluation and that of calculations mean the same, by the one table of `mlsig.functions`."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig import functions
from mlsig.resources import evaluating
from mlsig_compiler.evaluate import EvaluationError, evaluate
from mlsig_compiler.front import analyse
from mlsig_compiler.model import Resource
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from mlsig_compiler.typecheck.functions import FUNCTIONS
from nightly import examples
from reference.imported import imported

CALCULATIONS = {
    "int": ["len(xs)", "min(a, b)", "max(a, b, 3)", "abs(a)", "a // b", "a % b", "round(x)", "floor(x)"],
    "float": [
        "min(x, y)", "max(xs)", "min(xs)", "sum(xs)", "mean(xs)", "norm(xs)", "x / y", "x * 1e300 * y",
        "round(x, a)", "sqrt(x)", "log(x)", "exp(x)", "x if a > b else y", "-x + y",
    ],
    "bool": [
        "startswith(s, t)", "endswith(s, t)", "contains(s, t)", 'matches(s, "^a+.?$")', "s in words",
        "a < b <= 3", "x == a", "any(v > x for v in xs if v != y)", "all(v > x for v in xs)", "not (a == b)",
        "words == split(s, t)",
    ],
    "str": ["upper(s)", "lower(s)", "strip(s)", "join(words, t)", "words[a]", "s + t"],
    "list[str]": ["sorted(words)", "unique(words)", "split(s, t)"],
}  # fmt: skip
WRITTEN = {
    f"c{number}": (type_, text)
    for number, (type_, text) in enumerate(
        (type_, text) for type_, all_ in CALCULATIONS.items() for text in all_
    )
}
LANGUAGE = (
    "resource Row {\n  a: int  b: int  x: float  y: float  s: str  t: str\n"
    "  xs: list[float]  words: list[str]\n"
    + "".join(f"  calculate {name}: {type_} = {text}\n" for name, (type_, text) in WRITTEN.items())
    + "}\n"
)
SOURCE = Source(Path("one_meaning.mlsig"), "one_meaning", LANGUAGE)
FLOATS = st.one_of(st.floats(-1e308, 1e308), st.sampled_from([0.0, 0.5, 2.5, -1.0]))
WORDS = st.text("ab ß", max_size=3)
ROWS = st.fixed_dictionaries(
    {
        "a": st.integers(-4, 4),
        "b": st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63)),
        "x": FLOATS,
        "y": FLOATS,
        "s": WORDS,
        "t": WORDS,
        "xs": st.lists(FLOATS, max_size=3),
        "words": st.lists(WORDS, max_size=3),
    }
)


def test_every_function_is_in_the_table() -> None:
    assert set(functions.CALLS) == set(FUNCTIONS)


def _outcome(work: Any) -> Any:
    try:
        value = work()
    except (EvaluationError, *functions.NO_VALUE):
        return "no value"
    return functions.same(value) if not isinstance(value, float) or math.isfinite(value) else repr(value)


@pytest.fixture(scope="module")
def calculations() -> Iterator[list[tuple[str, Any, Any]]]:
    """Each calculation: its text, and its value as the compiler and as the runtime has it."""
    module, made = analyse(SOURCE)[0], compile_source(SOURCE).text
    assert module is not None and made is not None
    (row,) = (node for node in module.declarations if isinstance(node, Resource))
    declared = imported("one_meaning", made).Row.declaration()
    yield [
        (WRITTEN[one.name][1], one.value, declared.calculation(one.name).value) for one in row.calculations
    ]
    sys.modules.pop("one_meaning")


@examples(25)
@given(ROWS)
def test_both_evaluations_come_to_the_same(
    calculations: list[tuple[str, Any, Any]], row: dict[str, Any]
) -> None:
    for text, expr, node in calculations:
        ours = _outcome(lambda node=node: evaluating.evaluate(node, row.__getitem__, getattr))
        assert ours == _outcome(lambda expr=expr: evaluate(expr, row)), text
