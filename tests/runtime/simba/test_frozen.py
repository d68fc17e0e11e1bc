"""The landscape that the optimiser is measured on was written before the optimiser was worked on."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "benchmarks" / "optimizer"
FROZEN = {
    "simulated.py": "36d6c31434415e0e1fe82c976bad5c4ac1186fa51ba2a99fe57da0aa55ae40f9",
    "frozen.py": "2b1df3678a502fc35a9456a5841ae7d45f34dbeef14198ebc62487da14fc5611",
}


def test_the_frozen_landscape_is_as_it_was() -> None:
    found = {name: sha256((FOLDER / name).read_bytes()).hexdigest() for name in FROZEN}
    assert found == FROZEN
