"""What people watch: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
from typing import Any

import pytest
from mlsig.simba import events
from mlsig.simba.experiment import Measuring
from mlsig_compiler.cli import progress
from mlsig_compiler.cli.progress import Progress

STORY: list[Any] = [
    Measuring("baseline", 2),
    events.Evaluated("held-out", "aaaa", 0.5, None, 1),
    events.Evaluated("held-out", "aaaa", 0.5, None, 2),
    events.Started(30, 12, 8, 7, ()),
    events.Proposed(1, "bbbbbbbbbbbb", "aaaa", "append_demo"),
    events.Skipped(1, "append_rule", "nothing to propose"),
    events.StepEnded(1, "bbbbbbbbbbbb", 0.75, 9, 4, 0.0123, 3),
    *(events.Evaluated("search", "aaaa", 0.5, None, number) for number in range(3, 8)),
    events.FinalsStarted(("aaaa", "bbbbbbbbbbbb"), 5),
    events.Ended("budget", "bbbbbbbbbbbb", 0.8, 29),
]


class Stream(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def tell(monkeypatch: pytest.MonkeyPatch, story: list[Any], *, terminal: bool) -> str:
    stream = Stream(terminal)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with Progress() as watching:
        for event in story:
            watching.hear(event)
    return stream.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_the_story_is_told(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    said = tell(monkeypatch, STORY, terminal=terminal)
    for part in (
        "measuring the baseline program",
        "12 examples to search on, 8 to choose on; 7 calls are known from before",
        "step 1: 9 calls, 4 candidates, best bbbbbbbb believed to score 0.750",
        "finals: 2 candidates on 5 fresh examples",
        "stopped by budget after 29 calls; chosen bbbbbbbb, expected to score 0.800",
    ):
        assert part in said


def test_only_a_terminal_gets_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" in tell(monkeypatch, STORY, terminal=True)
    assert "\x1b" not in tell(monkeypatch, STORY, terminal=False)


def test_a_terminal_shows_best_front_cost_rate_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    said = tell(monkeypatch, STORY, terminal=True)
    assert "best 0.750, front 3, $0.0123" in said
    assert "/s" in said
    assert "-:--:--" in said or "0:00:0" in said


def test_without_a_budget_in_calls_the_share_of_the_others_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    story = [
        events.Started(1_000_000, 12, 8, 0, ()),
        events.StepEnded(1, "bbbbbbbbbbbb", 0.75, 9, 4, 0.0123, 3, 0.25),
        events.Evaluated("search", "aaaa", 0.5, None, 1),
    ]
    monkeypatch.setattr(progress, "EVERY", -1.0)
    said = tell(monkeypatch, story, terminal=False)
    assert "searching: 1, best 0.750, front 3, $0.0123, 25% of the budget, 0 s left" in said
    assert "1000000" not in said
    assert "25% of the budget" in tell(monkeypatch, story, terminal=True)


def test_lost_calls_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlsig.evaluation.ledger import Key  # noqa: PLC0415

    lost = (Key("search", "a", "b", 0), Key("search", "a", "c", 0))
    said = tell(monkeypatch, [events.Started(30, 12, 8, 2, lost)], terminal=False)
    assert "2 were under way when it died, and count" in said


def test_plain_lines_keep_talking_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", -1.0)
    said = tell(monkeypatch, STORY[:3], terminal=False)
    assert "2 of at most 2" in said


def test_markup_in_names_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = events.Ended("[red]budget[/red]", "[bold]", 0.8, 29)
    assert "[red]budget[/red]" in tell(monkeypatch, [odd], terminal=True)
