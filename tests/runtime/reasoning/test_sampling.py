"""BestOfN and SelfConsistency: several samples, side by side, counted, and one answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from mlsig.errors import BudgetExhausted, Issue, ParseError, ProviderBusy, ProviderRefused
from mlsig.evaluation.budget import Budget, BudgetedLM
from mlsig.reasoning import BestOfN
from scripted import InPlace, Scripted, execute, feel
from steps import Mood

BUSY = ProviderBusy("local", "too many requests", retryable=True)


def test_the_most_common_answer_wins() -> None:
    lm = Scripted("very_bad", "good", "good")
    done = execute(feel("BestOfN", samples=3), lm)
    assert done.output is not None
    assert done.output.mood is Mood.good
    assert done.calls == 3
    assert (done.input_tokens, done.output_tokens, done.cost) == (21, 6, 1.5)


def test_samples_run_side_by_side_and_differ_in_their_seeds() -> None:
    lm = Scripted("good", pause=0.02)
    execute(feel("BestOfN", samples=4, temperature=0.0), lm, seed=5)
    assert lm.most == 4
    assert len({request.seed for request in lm.asked}) == 4
    assert [request.temperature for request in lm.asked] == [0.0, 0.7, 0.7, 0.7]
    assert lm.asked[0].seed == 5


def test_a_temperature_that_varies_already_is_kept() -> None:
    lm = Scripted("good")
    execute(feel("BestOfN", samples=2, temperature=0.3), lm)
    assert [request.temperature for request in lm.asked] == [0.3, 0.3]
    assert lm.asked[0].seed is None


def test_the_same_seed_asks_the_same() -> None:
    first, second = Scripted("good"), Scripted("good")
    execute(feel("BestOfN"), first, seed=1)
    execute(feel("BestOfN"), second, seed=1)
    assert first.asked == second.asked
    assert len(first.asked) == 5


def test_self_consistency_reasons_first() -> None:
    lm = Scripted("It is nice.\nmood: good", "I hate it.\nmood: very_bad", "Nice again.\nmood: good")
    done = execute(feel("SelfConsistency", samples=3), lm)
    assert done.output is not None
    assert done.output.mood is Mood.good
    assert done.reasoning == "It is nice."


def test_samples_that_cannot_be_read_do_not_vote() -> None:
    lm = Scripted("gibberish", "very_bad", BUSY)
    done = execute(feel("BestOfN", samples=3), lm)
    assert done.output is not None
    assert done.output.mood is Mood.very_bad
    assert done.calls == 2
    assert [(act.name, act.result) for act in done.actions] == [("vote", "1 of 3 answers count")]


def test_nothing_to_vote_on() -> None:
    assert execute(feel("BestOfN", samples=2), Scripted("gibberish", BUSY)).error_kind == "parse"
    assert execute(feel("BestOfN", samples=2), Scripted(BUSY)).error_kind == "provider"
    with pytest.raises(ParseError):
        feel("BestOfN", samples=2).using(InPlace("gibberish"))(review="x")


def test_errors_that_every_call_will_meet_are_raised() -> None:
    with pytest.raises(ProviderRefused):
        execute(feel("BestOfN", samples=3), Scripted("good", ProviderRefused("local", "no key")))
    with pytest.raises(ProviderRefused):
        feel("BestOfN", samples=3).using(InPlace("good", ProviderRefused("local", "no key")))(review="x")


def test_every_sample_counts_against_the_budget() -> None:
    lm = Scripted("good")
    with pytest.raises(BudgetExhausted):
        execute(feel("BestOfN", samples=4), BudgetedLM(lm, Budget(3)))
    assert len(lm.asked) <= 3


def test_in_place_and_waiting_agree() -> None:
    assert feel("BestOfN", samples=3).using(InPlace("very_bad", "good", "good"))(review="x").mood == Mood.good
    assert (
        feel("BestOfN", samples=3).using(Scripted("very_bad", "good", "good"))(review="x").mood == Mood.good
    )
    broken = InPlace("gibberish", BUSY, "good")
    assert feel("BestOfN", samples=3).using(broken)(review="x").mood == Mood.good


REWARDED = """
from mlsig.reasoning import BestOfN, ChainOfThought

class Dark(BestOfN):
    inner = ChainOfThought
    samples = 3

    @staticmethod
    def reward(inputs, output):
        return 1.0 if output.mood == "very_bad" else 0.0
"""


def test_a_reward_decides_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_rewards.py").write_text(REWARDED)
    monkeypatch.syspath_prepend(tmp_path)
    lm = Scripted("a\nmood: good", "b\nmood: very_bad", "c\nmood: very_bad")
    done = execute(feel("own_rewards:Dark", samples=9), lm)
    sys.modules.pop("own_rewards")
    assert done.output is not None
    assert done.output.mood is Mood.very_bad
    assert done.reasoning == "b"
    assert done.calls == 3


def test_answers_that_do_not_fit_their_inputs_do_not_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    program = feel("BestOfN", samples=3)

    def disagreements(inputs: Any, output: Any) -> list[Issue]:
        return [Issue("mood", "check", f"not of {inputs.review}")] if output.mood == "good" else []

    monkeypatch.setattr(program.signature, "disagreements", disagreements)
    done = execute(program, Scripted("good", "good", "very_bad"))
    assert done.output is not None
    assert done.output.mood is Mood.very_bad


def test_subclasses_lead_as_the_strategy_inside_does() -> None:
    class Plain(BestOfN):
        pass

    assert Plain.lead == ()
