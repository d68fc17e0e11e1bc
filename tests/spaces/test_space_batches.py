"""Batches of the golden cases' spaces, whose variables have domains of several kinds."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from mlsig import spaces
from reference.imported import imported

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize("case", ["spaces", "sentiment", "standard"])
def test_batches_are_the_same_as_samples(case: str) -> None:
    module = imported(f"{case}_batches", (GOLDEN / case / "expected.py").read_text(encoding="utf-8"))
    kinds = [each for each in vars(module).values() if isinstance(each, type)]
    found = [kind for kind in kinds if issubclass(kind, spaces.Space)]
    assert found
    for space in found:
        for seed in range(5):
            rng = random.Random(seed)
            alone = [space.sample(rng) for _ in range(60)]
            assert space.sample_batch(60, random.Random(seed)) == alone
    del sys.modules[module.__name__]
