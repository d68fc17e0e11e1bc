"""`mlsig serve` with the real model: an answer as it comes."""

from __future__ import annotations

import json
import sys

import pytest
from e2e.processes import ROOT
from mlsig.programs.loading import load_programs
from served import Served

pytestmark = pytest.mark.model

SENTIMENT = ROOT / "examples" / "sentiment"


def test_the_real_model_is_served(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLSIG_LOCAL_URL", server)
    monkeypatch.syspath_prepend(str(SENTIMENT / "generated"))
    monkeypatch.delitem(sys.modules, "sentiment", raising=False)
    programs = load_programs("sentiment", [SENTIMENT / "generated"])
    with Served(programs) as served:
        call = {"review": "Not a dull moment in it."}
        text = served.api.post("/programs/Review/stream", json=call).text
        last = text.strip().split("\n\n")[-1].split("\n")
        assert last[0] == "event: output"
        assert json.loads(last[1].removeprefix("data: "))["sentiment"] in {"positive", "negative"}
        assert served.orchestrator.stats().spent["Review"].calls == 1
    monkeypatch.delitem(sys.modules, "sentiment", raising=False)
