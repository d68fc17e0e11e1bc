"""`mlsig runs` on PostgreSQL does and shows what it does and shows of a file with the same runs."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from mlsig_compiler.cli import INTERRUPTED, OK, STORAGE, USAGE, main
from simulated_server import serving

OPTIMIZE = ["optimize", "toy:Review", "--train", "toy:rows", "--test", "toy:held_out", "--no-rules"]


def test_both_databases_show_the_same_of_the_same_runs(
    new_store: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where, copy = new_store("postgresql"), str(tmp_path / "runs.db")

    def said(store: str, *words: str, code: int = OK) -> str:
        assert main(["runs", *words, "--store", store]) == code
        captured = capsys.readouterr()
        return captured.out if code == OK else captured.err

    with serving() as bill:
        monkeypatch.setenv("TOY_URL", bill.url)
        assert main([*OPTIMIZE, "--budget-calls", "20", "--seed", "1", "--store", where]) == OK
        bill.calls = 0
        bill.on_call = lambda number: os.kill(os.getpid(), signal.SIGINT) if number == 45 else None
        second = [*OPTIMIZE, "--budget-calls", "20", "--seed", "2", "--store", where]
        assert main(second) == INTERRUPTED
        capsys.readouterr()
        bill.on_call = lambda number: None
        (_, stopped) = json.loads(said(where, "list", "--json"))
        assert stopped["status"] == "cancelled"
        said(where, "resume", stopped["id"])
        paid = bill.calls
        assert main([*second, "--resume"]) == OK
        capsys.readouterr()
        assert bill.calls == paid
    one, two = (run["id"] for run in json.loads(said(where, "list", "--json")))
    assert {run["status"] for run in json.loads(said(where, "list", "--json"))} == {"completed"}

    lines = said(where, "export")
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert main(["store", "import", copy]) == OK
    capsys.readouterr()
    for words in (["list"], ["show", one], ["show", two], ["compare", one, two]):
        assert said(where, *words) == said(copy, *words)
        assert _rounded(said(where, *words, "--json")) == _rounded(said(copy, *words, "--json"))
    assert _unnumbered(lines) == _unnumbered(said(copy, "export"))
    assert _unnumbered(said(where, "export", two)) == _unnumbered(said(copy, "export", two))
    for store in (where, copy):
        assert "cannot become cancelled" in said(store, "cancel", one, code=STORAGE)
        assert "is complete" in said(store, "resume", one, code=USAGE)
        assert "has 2 runs that begin with Review" in said(store, "show", "Review", code=STORAGE)


def _rounded(text: str) -> object:
    """Return JSON without the last digits of numbers: databases sum in different orders."""
    return json.loads(text, parse_float=lambda digits: round(float(digits), 12))


def _unnumbered(lines: str) -> list[object]:
    """Return lines without the numbers that a database gives to its rows."""
    found = [json.loads(line) for line in lines.splitlines()]
    for line in found:
        if line["kind"] == "evaluation":
            line["row"].pop("id")
    return found
