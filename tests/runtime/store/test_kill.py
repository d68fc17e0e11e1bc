"""Real processes, really killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from mlsig.simba.experiment import Findings

CHILD = Path(__file__).with_name("child.py")
CONCURRENCY = 2


def start(folder: Path, delay: float) -> subprocess.Popen[bytes]:
    words = [
        sys.executable,
        str(CHILD),
        str(folder / "runs.db"),
        str(folder / "bill"),
        str(delay),
        str(CONCURRENCY),
    ]
    path = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    return subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, **path})


def finish(folder: Path) -> Findings:
    child = start(folder, 0.0)
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    return msgspec.json.decode(out, type=Findings)


def billed(folder: Path) -> int:
    bill = folder / "bill"
    return bill.stat().st_size if bill.exists() else 0


def acknowledged(folder: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    with sqlite3.connect(folder / "runs.db") as connection:
        found = connection.execute(
            "SELECT split, candidate, example, trial, metrics, cost, text"
            " FROM evaluations WHERE state = 'done'"
        ).fetchall()
    connection.close()
    return {row[:4]: row[4:] for row in found}


def test_a_killed_run_goes_on_to_the_same_end_and_loses_nothing(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    expected = finish(whole)
    kept: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for upto in (12, 45, 100):
        child = start(killed, 0.004)
        deadline = time.monotonic() + 60
        while billed(killed) < upto and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        child.communicate()
        now = acknowledged(killed)
        assert kept.items() <= now.items()
        kept = now
    found = finish(killed)
    lost = 3 * CONCURRENCY
    # One trajectory, and so one outcome, to the byte; only what was under way at a kill was paid twice.
    assert msgspec.json.encode(found.outcome) == msgspec.json.encode(expected.outcome)
    assert (found.baseline, found.best, found.prompt) == (expected.baseline, expected.best, expected.prompt)
    assert kept.items() <= acknowledged(killed).items()
    assert acknowledged(killed) == acknowledged(whole)
    assert billed(whole) <= billed(killed) <= billed(whole) + lost
    assert found.outcome.calls <= 150

    before = billed(killed)
    again = finish(killed)
    assert again == found
    assert billed(killed) == before
