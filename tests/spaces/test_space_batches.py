"""Batches of the golden cases' spaces, whose variables have domains of several kinds."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest
from mlsig import spaces
from mlsig_compiler.model import FloatDomain, IntDomain
from reference.imported import imported

from spaces.building import branch, built, compare, options, space, variable

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize("case", ["spaces", "sentiment", "standard"])
def test_batches_are_the_same_as_samples(case: str) -> None:
    module = imported(f"{case}_batches", (GOLDEN / case / "expected.py").read_text(encoding="utf-8"))
    kinds = [each for each in vars(module).values() if isinstance(each, type)]
    found = [kind for kind in kinds if issubclass(kind, spaces.Space)]
    assert found
    for each in found:
        for seed in range(5):
            rng = random.Random(seed)
            alone = [each.sample(rng) for _ in range(60)]
            assert each.sample_batch(60, random.Random(seed)) == alone
    del sys.modules[module.__name__]


def test_numbers_that_are_not_active_are_masked() -> None:
    generated = built(
        space(
            variable("kind", "choice", options("a", "b"), "a"),
            variable("hops", "int", IntDomain(low=1, high=9), 1, active=compare("kind", "==", "b")),
            variable(
                "heat",
                "float",
                FloatDomain(low=0.0, high=1.0),
                0.5,
                branch(compare("kind", "==", "b"), FloatDomain(low=2.0, high=3.0), 2.5),
            ),
            variable("style", "choice", options("x", "y"), "x", active=compare("kind", "==", "a")),
        )
    )
    columns = generated.sample_columns(200, random.Random(1))
    assert columns["hops"].dtype == np.int64
    assert columns["hops"].mask.tolist() == [kind == "a" for kind in columns["kind"]]
    assert columns["heat"].dtype == np.float64
    rng = random.Random(1)
    alone = [generated.sample(rng) for _ in range(200)]
    for name, column in columns.items():
        assert column.tolist() == [getattr(config, name) for config in alone]
    assert {type(config.hops) for config in generated.sample_batch(200, random.Random(1))} == {
        int,
        type(None),
    }
