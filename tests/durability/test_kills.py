"""SIGKILL at random instants, on both databases: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from mlsig.store import Store
from nightly import SCALE
from scripted_search import check, read

KILLS = {"sqlite": 140 * min(SCALE, 5), "postgresql": 60 * min(SCALE, 5)}
"""200 in all, and 1,000 at night."""


@pytest.mark.parametrize("kind", list(KILLS))
def test_runs_that_are_killed_again_and_again_come_to_the_same_end(
    kind: str, new_store: Callable[[str], str], zygote: Callable[..., int], tmp_path: Path
) -> None:
    rng = random.Random(8)
    killed = number = 0
    while killed < KILLS[kind]:
        number += 1
        where, log = new_store(kind), tmp_path / f"log-{number}"
        deaths = 0
        while deaths < 25:
            # Half of them at an event that is counted, half wherever the process is after a while.
            how = (
                {"event": rng.randrange(1, 80)}
                if rng.random() < 0.5
                else {"seconds": rng.uniform(0.005, 0.06)}
            )
            status = zygote(store=where, log=str(log), **how)
            assert status in {0, -9}
            if status == 0:
                break
            deaths += 1
            if deaths % 10 == 0:
                with Store(where) as store:
                    for run in store.runs():
                        assert run.state in {"pending", "interrupted", "running", "completed"}
                        assert kind == "postgresql" or run.state != "running"
        assert zygote(store=where, log=str(log)) == 0
        check(where, log, deaths=deaths)
        # Whoever comes after a kill finds a run that nobody works on; where a lease lasts, it may still run.
        found = {detail for what, detail in read(log) if what == "found"}
        assert found <= {"pending", "interrupted", "completed"} | (
            {"running"} if kind == "postgresql" else set()
        )
        killed += deaths
