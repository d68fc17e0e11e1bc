"""The table of the benchmark of landscapes: what half of the calls and the same calls brought."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from typing import Any

table = run_path(str(Path(__file__).parents[3] / "benchmarks" / "optimizer" / "strength.py"))["table"]


def row(who: str, seed: int, calls: int, score: float, budget: int = 100) -> dict[str, Any]:
    return {
        "landscape": "teams",
        "who": who,
        "budget": budget,
        "seed": seed,
        "calls": calls,
        "score": score,
    }


def test_half_of_the_calls_may_be_equal_and_the_same_calls_must_be_better() -> None:
    theirs = [row("SIMBA", 0, 100, 0.5), row("SIMBA", 1, 100, 0.5), row("SIMBA", 2, 100, 0.5)]
    ours = [row("prompts", 0, 50, 0.5), row("prompts", 0, 100, 0.5)]
    ours += [row("prompts", 1, 49, 0.4), row("prompts", 1, 90, 0.6)]
    ours += [row("prompts", 2, 51, 0.9), row("prompts", 2, 101, 0.9)]  # one call too many for each
    line = table([*theirs, *ours]).splitlines()[-1]
    assert line.startswith("| teams | prompts | SIMBA (0.500 with 100) | **1 of 2** (0.450 with 50) | ")
    assert line.endswith(" | **2 of 3** (0.667 with 80) |")


def test_rivals_are_compared_by_budget_and_what_was_not_run_is_said() -> None:
    rows = [row("TPE", 0, 48, 0.5, 50), row("TPE", 0, 96, 0.6, 100), row("variables", 0, 48, 0.7, 50)]
    lines = table(rows).splitlines()[2:]
    assert [line.split(" | ")[3] for line in lines] == ["not run", "**1 of 1** (0.700 with 48)"]
    assert table([row("TPE", 0, 48, 0.5)]).count("\n") == 2
