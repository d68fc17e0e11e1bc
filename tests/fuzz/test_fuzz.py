"""Three thousand random texts, sixty thousand at night; `make fuzz` tries as many as it has time for."""

from __future__ import annotations

import random

import pytest
from compiler.reading import source
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from nightly import SCALE

from fuzz.derivation import DECLARATIONS, Derivation
from fuzz.survival import case, problem

CASES = 3_000
EACH = 500


@pytest.mark.no_cover  # the tests of each part reach its lines; random texts look for what nobody thought of
@pytest.mark.parametrize("first", range(0, CASES * SCALE, EACH))
def test_any_text_is_dealt_with(first: int) -> None:
    failed = {seed: said for seed in range(first, first + EACH) if (said := problem(case(seed)))}
    assert failed == {}, "PYTHONPATH=tests python -m fuzz --seed SEED shows the smallest text that fails"


@pytest.mark.parametrize("rule", DECLARATIONS)
def test_what_the_grammar_derives_is_read(rule: str) -> None:
    for seed in range(100):
        text = Derivation(random.Random(seed)).text(rule, 30)
        diagnostics = Diagnostics(source(text))
        parse(diagnostics.source, diagnostics)
        # a token may be wrong in itself, and nothing else
        syntax = [f"{found.code} {found.message}" for found in diagnostics if found.code == "MLS0103"]
        assert all("is written" in said or "is an option" in said for said in syntax), (text, syntax)
