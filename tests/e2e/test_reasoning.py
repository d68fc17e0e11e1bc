"""Reasoning with the real model: small as it is, every strategy ends in a typed answer or a parse error."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path

import pytest
from mlsig import Candidate, Client, Execution
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path

pytestmark = pytest.mark.model

TEXT = """
from std.providers import local

enum Mood { good, bad }
signature Feel { \"\"\"Say what the writer of the review felt.\"\"\" input review: str  output mood: Mood }
tool look_up(word: str) -> str = python("words:look_up") "look a word up"
space T {
  var provider: provider(local)
  var model: model(provider)
  var adapter: module(JSON)
  var reasoning: module(BestOfN, ReAct, ProgramOfThought)
  var max_tokens: int(8..64) = 16
  var max_hops: int(1..2) = 1
  var max_tries: int(1..2) = 1
  var samples: int(2..3) = 2
}
program Judge { signature: Feel  space: T  tools: [look_up] }
"""


@pytest.mark.parametrize(("reasoning", "calls"), [("BestOfN", 2), ("ReAct", 2), ("ProgramOfThought", 2)])
def test_strategies(
    reasoning: str, calls: int, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSIG_LOCAL_URL", server)
    made = compile_source(Source(Path("judging.mlsig"), "judging", TEXT))
    assert made.text is not None
    (tmp_path / "judging.py").write_text(made.text, encoding="utf-8")
    (tmp_path / "words.py").write_text("def look_up(word):\n    return 'nothing known'\n", encoding="utf-8")
    with on_path(str(tmp_path)):
        judging = importlib.import_module("judging")
        config = judging.T.complete({"reasoning": reasoning})
        program = judging.Judge.with_candidate(Candidate(config))

        async def run() -> Execution:
            async with Client(program.providers) as client:
                return await program.execute(program.signature.Input(review="a fine film"), client, seed=1)

        done = asyncio.run(run())
        for name in ("judging", "words"):
            sys.modules.pop(name, None)
    assert done.calls == calls
    assert done.input_tokens > 0
    assert done.output is None or done.output.mood in {"good", "bad"}
    assert (done.output is None) == (done.error_kind == "parse")
