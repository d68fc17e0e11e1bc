"""The simulation of many workers, and the table that the page on scaling shows of it."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "scaling.md"
scaling = SimpleNamespace(**runpy.run_path(str(ROOT / "benchmarks" / "scaling.py"), run_name="scaling"))


def test_the_page_shows_what_the_simulation_says() -> None:
    assert scaling.table() in PAGE.read_text(encoding="utf-8")


def test_every_evaluation_is_made_and_waiting_costs() -> None:
    one = replace(scaling.SHAPES[0], evaluations=800)
    found, again = scaling.simulated(one, 50), scaling.simulated(one, 50)
    assert found == again
    assert found.made == 800
    assert 0 < found.utilisation < 0.2
    free = scaling.simulated(replace(one, rungs=((800, 1),)), 50)
    assert free.made == 800
    assert free.wall < found.wall
    assert free.utilisation > found.utilisation
