"""`mlsig run` and `mlsig eval` with the real model on this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from e2e.processes import finished, mlsig
from e2e.project import copy_project, data_module, write_rows

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project(tmp_path_factory.mktemp("running"))
    code, out, err = finished(mlsig("compile", cwd=folder))
    assert code == 0, out + err
    write_rows(folder / "few.jsonl", data_module().held_out()[:3])
    return folder


def test_run_answers_and_shows_what_it_did(server: str, project: Path) -> None:
    words = ("run", "sentiment:Review", "--input", "review=a delight from the first minute to the last")
    code, out, err = finished(mlsig(*words, cwd=project, env={"MLSIG_LOCAL_URL": server}), 120)
    assert code == 0, err
    assert json.loads(out)["sentiment"] in {"positive", "negative"}
    lines = err.splitlines()
    assert re.match(r"Review  \d+\.\d\d s · 1 call · [1-9]\d* \+ [1-9]\d* tokens · \$0\.0", lines[0])
    assert "Classify  Predict, JSON" in lines[1]
    assert re.search(r"local/gemma-3-270m  \d+\.\d\d s · \d+ \+ \d+ tokens · .* · (stop|length)$", lines[2])


def test_eval_measures_and_saves(server: str, project: Path) -> None:
    words = ("eval", "sentiment:Review", "--data", "few.jsonl", "--save", "results.jsonl", "--json")
    code, out, err = finished(mlsig(*words, cwd=project, env={"MLSIG_LOCAL_URL": server}), 120)
    assert code == 0, err
    figures = json.loads(out)
    assert (figures["examples"], figures["calls"]) == (3, 3)
    low, mean, high = (figures["metrics"]["accuracy"][name] for name in ("low", "mean", "high"))
    assert 0 <= low <= mean <= high <= 1
    assert 0 < figures["latency"]["p50"] <= figures["latency"]["p90"] <= figures["latency"]["p99"]
    assert 0 < figures["cost"]["p50"] <= figures["cost"]["p99"] < 0.01
    rows = [json.loads(line) for line in (project / "results.jsonl").read_text().splitlines()]
    assert [row["place"] for row in rows] == ["few.jsonl:1", "few.jsonl:2", "few.jsonl:3"]
    assert sum(row["metrics"]["accuracy"] for row in rows) == pytest.approx(3 * mean)
    assert all(row["text"] for row in rows)
