"""The table of two statements from runs that `landscapes.py` printed: half of the calls, and the same calls.

Half of the calls: our run took at most half of what the rival's did, and is at least as good. The same calls:
it took no more, and is better. Of several runs of ours that fit, the one with the most calls counts.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

TRACKS: Final = ("prompts", "variables", "both")
COMPARED: Final = {
    "prompts": ("SIMBA", "MIPROv2", "GEPA"),
    "variables": ("TPE", "NSGA-II"),
    "both": ("SIMBA", "MIPROv2", "GEPA"),
}
Row = Mapping[str, Any]


def within(rows: Iterable[Row], most: float) -> Row | None:
    """Return the run with the most calls, but at most so many; None where there is none."""
    fitting = [row for row in rows if row["calls"] <= most]
    return max(fitting, key=lambda row: row["calls"], default=None)


def statement(pairs: list[tuple[Row, Row]], *, better: bool) -> str:
    """Return in how many pairs ours is better, or at least as good, with mean calls and scores."""
    if not pairs:
        return "not run"
    held = sum(a["score"] > b["score"] or (not better and a["score"] == b["score"]) for a, b in pairs)
    mine = statistics.fmean(a["score"] for a, _ in pairs)
    calls = statistics.fmean(a["calls"] for a, _ in pairs)
    return f"**{held} of {len(pairs)}** ({mine:.3f} with {calls:,.0f})"


def table(rows: Iterable[Row]) -> str:
    """Return the table as Markdown."""
    found: dict[tuple[str, str], dict[int, list[Row]]] = {}
    for row in rows:
        found.setdefault((row["landscape"], row["who"]), {}).setdefault(row["seed"], []).append(row)
    lines = [
        "| landscape | track | rival | half of its calls, at least as good | no more calls, better |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    for landscape in dict.fromkeys(name for name, _ in found):
        for track in TRACKS:
            for rival in COMPARED[track]:
                budgets = {
                    row["budget"] for runs in found.get((landscape, rival), {}).values() for row in runs
                }
                for budget in sorted(budgets):
                    lines += _row(found, landscape, track, rival, budget)
    return "\n".join(lines) + "\n"


def _row(
    found: dict[tuple[str, str], dict[int, list[Row]]], landscape: str, track: str, rival: str, budget: int
) -> list[str]:
    """Return the line of a rival with one budget; none where no seed was run by both."""
    half: list[tuple[Row, Row]] = []
    same: list[tuple[Row, Row]] = []
    theirs: list[Row] = []
    for seed, runs in found[landscape, rival].items():
        mine = found.get((landscape, track), {}).get(seed, [])
        for their in (row for row in runs if row["budget"] == budget):
            theirs.append(their)
            for pairs, most in ((half, their["calls"] / 2), (same, their["calls"])):
                fitting = within(mine, most)
                if fitting is not None:
                    pairs.append((fitting, their))
    if not half and not same:
        return []
    calls, score = (statistics.fmean(row[name] for row in theirs) for name in ("calls", "score"))
    shown = f"{rival} ({score:.3f} with {calls:,.0f})"
    cells = (landscape, track, shown, statement(half, better=False), statement(same, better=True))
    return ["| " + " | ".join(cells) + " |"]


if __name__ == "__main__":
    texts = [Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]]
    sys.stdout.write(table(json.loads(line) for text in texts for line in text.splitlines()))
