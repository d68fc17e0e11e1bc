"""Both databases, and a process that makes processes which die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import postgres
import pytest

NUMBERS = count()
TESTS = Path(__file__).resolve().parents[1]


class Zygote:
    """Makes a process for each order, and returns its exit status."""

    def __init__(self) -> None:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [sys.executable, str(TESTS / "zygote.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def __call__(self, **order: Any) -> int:
        """Have a process live and end, and return its exit status."""
        self.begin(**order)
        return self.end()

    def begin(self, **order: Any) -> None:
        """Have a process live."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def end(self) -> int:
        """Wait for its end, and return its exit status."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The process that makes others."""
    made = Zygote()
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A server of our own, which may be stopped and started again."""
    with postgres.cluster() as running:
        yield running


@pytest.fixture
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return a function that makes the address of an empty store."""

    def make(kind: str) -> str:
        number = next(NUMBERS)
        if kind == "sqlite":
            return str(tmp_path / f"runs-{number}.db")
        return postgres.database(request.getfixturevalue("cluster").folder, f"runs_{number}")

    return make
