"""Strategies that take from others, swap modules and change words; and the paired scores that judge all."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import msgspec
import pytest
from mlsig.errors import ValidationError
from mlsig.evaluation.ledger import Result
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message
from mlsig.simba.batches import items
from mlsig.simba.buckets import buckets
from mlsig.simba.pool import Entry, Pool, Run
from mlsig.simba.proposing import strategies
from mlsig.simba.settings import STRATEGIES, Settings
from mlsig.simba.strategies import Strategy, View
from mlsig.simba.strategies.assemble import Assemble, Parts
from mlsig.simba.strategies.merge import Merge, better_on
from mlsig.simba.strategies.reword import Reword, read_text
from mlsig.simba.strategies.swap_module import SwapModule
from toy import Review, Tuning, reviews

ITEMS = items(reviews(40))
EXAMPLES = reviews(40)


def entry(scores: dict[int, float], **more: Any) -> Entry:
    candidate = msgspec.structs.replace(Review.candidate, **more)
    made = Entry(candidate, Review, candidate.key(), None, "test", 0, frozenset())
    for index, score in scores.items():
        item = ITEMS[index]
        made.runs[(item.id, 0)] = Run(item.id, 0, score, Result(example=item.id, text=f"text {score}"))
    return made


def pool_of(*entries: Entry) -> Pool:
    pool = Pool()
    for one in entries:
        pool.add(one)
    return pool


def propose(
    strategy: Strategy,
    parent: Entry,
    pool: Pool,
    *,
    seed: int = 0,
    answer: str | None = None,
    heard: Any = None,
) -> Candidate | None:
    async def ask(candidate: Candidate, messages: tuple[Message, ...], example: str) -> str | None:
        if heard is not None:
            heard.append(messages[0].content)
        return answer

    view = View(Review, Settings(budget_calls=100), pool, buckets(pool.entries, ITEMS), ITEMS, ask)
    return asyncio.run(strategy.propose(parent, parent.candidate, view, Random(seed)))


class TestPairedScores:
    def test_who_had_hard_examples_is_not_worse_for_it(self) -> None:
        hard, easy = range(10), range(10, 20)
        judge = entry({**dict.fromkeys(hard, 0.1), **dict.fromkeys(easy, 0.9)}, rules=("a rule of thumb",))
        brave = entry(dict.fromkeys(hard, 0.3), rules=("a braver rule",))
        lazy = entry(dict.fromkeys(easy, 0.7), rules=("a lazy rule",))
        pool = pool_of(judge, brave, lazy)
        assert brave.mean < lazy.mean
        assert pool.paired(brave) > pool.paired(judge) > pool.paired(lazy)
        assert pool.ranking()[0] is brave

    def test_more_runs_leave_less_doubt(self) -> None:
        few, many = entry({0: 1.0, 1: 0.0}), entry(dict.fromkeys(range(16), 0.5), rules=("a rule",))
        pool = pool_of(few, many)
        assert pool.deviation(many) < pool.deviation(few) / 2


class TestMerge:
    def test_each_part_is_from_one_of_the_two_and_rules_from_both(self) -> None:
        config = Tuning.validate({**Tuning.default().to_dict(), "demo_layout": "block", "temperature": 0.1})
        first = entry(
            {0: 1.0, 1: 0.0}, rules=("rule one",), demos=tuple(EXAMPLES[:2]), instructions="Say it."
        )
        second = entry({0: 0.0, 1: 1.0}, rules=("rule two",), demos=tuple(EXAMPLES[2:4]), config=config)
        made = [propose(Merge(), first, pool_of(first, second), seed=seed) for seed in range(12)]
        found = [each for each in made if each is not None]
        assert len(found) >= 10
        for each in found:
            assert each.rules == ("rule one", "rule two")
            assert each.demos in (first.candidate.demos, second.candidate.demos)
            assert each.instructions in ("Say it.", "")
            assert not Tuning.check(each.config.to_dict())
        assert {each.instructions for each in found} == {"Say it.", ""}
        assert {each.config.to_dict()["demo_layout"] for each in found} == {"turns", "block"}

    def test_a_partner_is_better_on_something(self) -> None:
        first, second = entry({0: 1.0, 1: 0.0}), entry({0: 0.0, 1: 1.0, 2: 1.0}, rules=("a rule",))
        assert better_on(second, first) == 0.5
        assert better_on(entry({5: 1.0}), first) == 0.5

    def test_alone_there_is_nothing_to_merge(self) -> None:
        one = entry({0: 1.0})
        assert propose(Merge(), one, pool_of(one)) is None

    def test_too_many_rules_are_cut_down(self) -> None:
        first = entry({0: 1.0}, rules=tuple(f"the rule {n}" for n in range(6)))
        second = entry({0: 0.0}, rules=tuple(f"the rule {n}" for n in range(4, 12)))
        made = propose(Merge(), first, pool_of(first, second))
        assert made is not None
        assert len(made.rules) == 8


class TestAssemble:
    def pool(self) -> Pool:
        parts = [("good one",), ("good two",), ("bad one",), ("bad two",), ("good one", "bad one"), ()]
        demos = [EXAMPLES[:1], EXAMPLES[1:2], EXAMPLES[2:3], EXAMPLES[3:4], [], []]
        return pool_of(
            *(
                entry(
                    dict.fromkeys(
                        range(30),
                        0.5 + 0.2 * sum(r[0] == "g" for r in rules) - 0.2 * sum(r[0] == "b" for r in rules),
                    ),
                    rules=rules,
                    demos=tuple(shown),
                )
                for rules, shown in zip(parts, demos, strict=True)
            )
        )

    def test_what_helped_anywhere_comes_together(self) -> None:
        pool = self.pool()
        made = [propose(Assemble(), pool.baseline, pool, seed=seed) for seed in range(10)]
        both = [each for each in made if each is not None and set(each.rules) == {"good one", "good two"}]
        assert len(both) >= 5
        assert all(len(each.demos) == 4 for each in both)

    def test_while_little_is_known_there_is_nothing_to_go_by(self) -> None:
        one = entry({0: 1.0}, rules=("a rule", "another"))
        assert Parts(pool_of(one)).drawn(Random(0)) is None
        assert propose(Assemble(), one, pool_of(one)) is None


class TestSwapModule:
    def test_one_module_changes_and_what_does_not_fit_takes_its_default(self) -> None:
        config = Tuning.validate({**Tuning.default().to_dict(), "temperature": 1.4, "max_tokens": 8})
        parent = entry({0: 1.0}, config=config)
        made = propose(SwapModule(), parent, pool_of(parent))
        assert made is not None
        values = made.config.to_dict()
        assert values["adapter"] == "JSON"
        assert not Tuning.check(values)
        assert values["demo_layout"] == "turns"

    def test_what_was_tried_is_not_proposed_again(self) -> None:
        parent = entry({0: 1.0})
        made = propose(SwapModule(), parent, pool_of(parent))
        assert made is not None
        other = entry({0: 1.0}, config=made.config)
        assert propose(SwapModule(), parent, pool_of(parent, other)) is None


class TestReword:
    def test_an_instruction_is_written_anew_from_mistakes(self) -> None:
        parent = entry({0: 0.0, 1: 1.0}, rules=("Mind the last word.",))
        heard: list[str] = []
        made = [
            propose(
                Reword(),
                parent,
                pool_of(parent),
                seed=seed,
                answer="```\nJudge by the last word.\n```",
                heard=heard,
            )
            for seed in range(12)
        ]
        told = [each for each in made if each is not None and each.instructions]
        described = [each for each in made if each is not None and each.descriptions]
        assert len(told) + len(described) == 12
        assert told[0].instructions == "Judge by the last word."
        assert told[0].rules == ()
        assert described[0].rules == ("Mind the last word.",)
        assert all("film number 0" in text and "Expected:" in text for text in heard)
        assert any("- Mind the last word." in text for text in heard)

    def test_the_prompt_says_it_in_the_new_words(self) -> None:
        candidate = msgspec.structs.replace(
            Review.candidate,
            instructions="Judge the film.",
            descriptions={"review": "what was written", "sentiment": "the writer's mood"},
        )
        whole = "\n".join(m.content for m in Review.with_candidate(candidate).sketch(review="fine"))
        assert "Judge the film." in whole
        assert Review.signature.instructions not in whole
        assert "- review: what was written" in whole
        assert "the writer's mood" in whole

    def test_nothing_wrong_asks_nobody(self) -> None:
        fine = entry({0: 1.0})
        assert propose(Reword(), fine, pool_of(fine), answer="Say other words.") is None

    @pytest.mark.parametrize("answer", [None, "", "short", "x" * 1_201])
    def test_what_is_no_text_is_left(self, answer: str | None) -> None:
        assert read_text(answer, 1_200) is None
        poor = entry({0: 0.0})
        assert propose(Reword(), poor, pool_of(poor), answer=answer) is None


class TestCandidates:
    def test_words_are_read_back_and_make_another_candidate(self) -> None:
        candidate = msgspec.structs.replace(
            Review.candidate, instructions="Judge.", descriptions={"review": "a text"}
        )
        assert Candidate.from_dict(Review, candidate.to_dict()) == candidate
        assert candidate.key() != Review.candidate.key()
        assert set(Review.candidate.to_dict()) == {"config", "rules", "demos"}

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"instructions": 3}, "instructions: must be a string"),
            ({"descriptions": []}, "descriptions: must be an object of strings"),
            ({"descriptions": {"mood": "x"}}, "is no field; there are review, sentiment"),
        ],
    )
    def test_words_that_fit_nothing_are_refused(self, wrong: dict[str, Any], said: str) -> None:
        with pytest.raises(ValidationError, match=said):
            Candidate.from_dict(Review, {**Review.candidate.to_dict(), **wrong})


def test_strategies_are_chosen_by_name() -> None:
    every = strategies(Settings(budget_calls=9), in_steps=False)
    assert set(every) == set(STRATEGIES)
    some = Settings(budget_calls=9, strategies=("merge", "reword"))
    assert set(strategies(some, in_steps=False)) == {"merge", "reword"}
    silent = strategies(Settings(budget_calls=9, rules=False), in_steps=True)
    assert set(silent) == {"append_demo", "vary_configuration", "swap_module", "merge", "assemble"}
