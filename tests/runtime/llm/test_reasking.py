"""Asking again: the model sees its answer and what was wrong, and every time counts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import steps
from mlsig.errors import BudgetExhausted, ParseError
from mlsig.evaluation.budget import Budget, BudgetedLM
from mlsig.programs.candidates import Candidate
from mlsig.programs.reasking import MOST_ISSUES
from mlsig.providers.messages import Reply, Request


class Answers:
    """Gives prepared answers in turn; remembers what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def complete_sync(self, request: Request) -> Reply:
        self.asked.append(request)
        return Reply(text=self.answers[len(self.asked) - 1], input_tokens=7, output_tokens=2, cost=0.5)

    async def complete(self, request: Request) -> Reply:
        return self.complete_sync(request)


def feel(**choices: Any) -> Any:
    return steps.FeelProgram(Candidate(steps.Settings(**choices)))


def test_nothing_is_asked_again_unless_that_is_wanted() -> None:
    lm = Answers("awful", "good")
    with pytest.raises(ParseError):
        feel().using(lm)(review="x")
    assert len(lm.asked) == 1


def test_the_model_sees_its_answer_and_its_error() -> None:
    lm = Answers("awful", "mood: good")
    assert feel().using(lm).with_reasks()(review="x").mood is steps.Mood.good
    first, second = lm.asked
    assert second.messages[: len(first.messages)] == first.messages
    answer, told = second.messages[len(first.messages) :]
    assert (answer.role, answer.content, told.role) == ("assistant", "awful", "user")
    assert told.content == (
        'Your answer cannot be used:\n- mood: must be "good" or "very_bad"\n\n'
        "Answer again, in the same form, with nothing else."
    )
    assert (second.model, second.stop) == (first.model, first.stop)


def test_every_time_is_counted() -> None:
    lm = Answers("awful", "worse", "good")
    done = asyncio.run(feel().with_reasks(2).execute(steps.ReviewIn(review="x"), lm))
    assert (done.calls, done.input_tokens, done.output_tokens, done.cost) == (3, 21, 6, 1.5)
    assert done.output == steps.MoodOut(mood=steps.Mood.good)
    roles = [message.role for message in lm.asked[-1].messages[-4:]]
    assert roles == ["assistant", "user", "assistant", "user"]


def test_it_ends_with_the_last_error() -> None:
    lm = Answers("awful", "worse", "good")
    with pytest.raises(ParseError) as caught:
        feel().using(lm).with_reasks(1)(review="x")
    assert caught.value.text == "worse"
    assert len(lm.asked) == 2


def test_a_budget_ends_it_too() -> None:
    lm = BudgetedLM(Answers("awful", "good"), Budget(1))
    with pytest.raises(BudgetExhausted):
        feel().using(lm).with_reasks()(review="x")


def test_an_empty_answer_is_not_repeated() -> None:
    lm = Answers(" ", "good")
    assert (
        feel(adapter="JSON").using(Answers("", '{"mood": "good"}')).with_reasks()(review="x").mood == "good"
    )
    feel().using(lm).with_reasks()(review="x")
    assert [message.role for message in lm.asked[1].messages].count("assistant") == 0


def test_words_can_be_changed() -> None:
    lm = Answers("awful", "good")
    feel().with_wording(again="Wrong: {issues}", issue="{issue}").using(lm).with_reasks()(review="x")
    assert lm.asked[1].messages[-1].content == 'Wrong: mood: must be "good" or "very_bad"'


def test_a_long_list_of_errors_is_cut() -> None:
    lm = Answers('{"title": 1}', "{}")
    wide = steps.WideProgram(Candidate(steps.Settings(adapter="JSON", structured=False)))
    with pytest.raises(ParseError) as caught:
        wide.using(lm).with_reasks()(question="x", passage="y")
    assert len(caught.value.issues) > MOST_ISSUES
    assert lm.asked[1].messages[-1].content.count("\n- ") == MOST_ISSUES


def test_copies_keep_it() -> None:
    lm = Answers("awful", "good")
    program = feel().with_reasks().with_candidate(Candidate(steps.Settings())).using(lm)
    assert program(review="x").mood == "good"


def test_samples_of_which_none_can_be_read_are_not_asked_for_again() -> None:
    lm = Answers(*["awful"] * 20)
    with pytest.raises(ParseError):
        feel(reasoning="SelfConsistency").using(lm).with_reasks()(review="x")
