"""The tree that `mlsig run` shows: tools, hits of a cache, and what a terminal must not obey."""

from __future__ import annotations

import io

import kit
import pytest
from mlsig import telemetry
from mlsig.providers.cache import CachedLM, Memory
from mlsig.providers.messages import ToolCall
from mlsig.telemetry.spans import Span
from mlsig_compiler.cli.traced import data, show
from scripted import Scripted, execute, feel
from telemetry.stub import GOOD, Stub
from toy import Review


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_tools_stand_where_they_were_used(capsys: pytest.CaptureFixture[str]) -> None:
    call = ToolCall("c1", "add", '{"a": 1}')
    with telemetry.recording() as kept:
        execute(feel("ReAct", kit.Add(), model="tooled"), Scripted((call,), "good"))
    show(kept)
    lines = capsys.readouterr().err.splitlines()
    assert " 2 calls · 14 + 4 tokens · $1.00" in lines[0]
    assert " ReAct, " in lines[1]
    assert lines[2].endswith(" · 7 + 2 tokens · $0.5000 · tools")
    assert lines[3].startswith("    ├── add  tool · ")
    assert lines[4].endswith(" · 7 + 2 tokens · $0.5000 · stop")


def test_a_hit_of_the_cache_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    cached = Review.using(CachedLM(Stub(GOOD), Memory()))
    cached(review="words")
    with telemetry.recording() as kept:
        cached(review="words")
    show(kept)
    assert (
        capsys.readouterr().err.splitlines()[2].endswith(" · 0 + 0 tokens · $0.0000 · stop · from the cache")
    )


def test_other_events_and_bare_spans_have_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    with telemetry.recording() as kept, Span("call", "chat \x1b[31mred", {}) as span:
        span.event("mine", {"mine.size": 3})
    show(kept)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("chat  [31mred  0.")
    assert second == "└── mine"
    (event,) = data(kept.roots[0])["events"]
    assert (event["name"], event["mine.size"]) == ("mine", 3)


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with telemetry.recording() as kept:
        Review.using(Stub(GOOD))(review="words")
    show(kept)
    assert "\x1b[1mReview\x1b[0m" in stream.getvalue()
