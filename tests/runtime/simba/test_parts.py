"""The parts of the loop, each alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.evaluation.ledger import Result
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message
from mlsig.simba.batches import Batches, items, mixed, parts, source
from mlsig.simba.buckets import Bucket, buckets
from mlsig.simba.finals import affordable, price, rungs
from mlsig.simba.payoff import FLOOR, Payoff
from mlsig.simba.pool import Entry, Pool, Run
from mlsig.simba.race import race, rank
from mlsig.simba.settings import Settings
from mlsig.simba.strategies import View
from mlsig.simba.strategies.append_demo import AppendDemo, choose, demonstration
from mlsig.simba.strategies.append_rule import AppendRule, question, read_rule
from mlsig.simba.strategies.vary_configuration import Landscape, VaryConfiguration, draw, searched
from mlsig.spaces import Constraint, OptionsDomain, Variable
from toy import Classify, Review, Tuning, reviews

ITEMS = items(reviews(40))


def entry(candidate: Candidate | None = None, scores: dict[int, float] | None = None, **more: Any) -> Entry:
    candidate = candidate or Review.candidate
    made = Entry(candidate, Review, more.pop("key", candidate.key()), None, "test", 0, frozenset())
    for index, score in (scores or {}).items():
        item = ITEMS[index]
        result = Result(
            example=item.id,
            metrics={"accuracy": score},
            text=f"text {score}",
            output={"sentiment": "negative"},
            **more,
        )
        made.runs[(item.id, 0)] = Run(item.id, 0, score, result)
    return made


def pool_of(*entries: Entry) -> Pool:
    pool = Pool()
    for one in entries:
        pool.add(one)
    return pool


class TestBatches:
    def test_examples_are_labelled_by_what_has_few_values(self) -> None:
        assert Counter(item.label for item in ITEMS) == {'["positive"]': 20, '["negative"]': 20}

    def test_an_example_that_stands_twice_is_used_once(self) -> None:
        assert len(items([*reviews(3), *reviews(3)])) == 3

    def test_the_source_is_the_question_alone(self) -> None:
        question_only = Classify.example({"review": "film number 0 was brilliant"})
        assert source(question_only) == ITEMS[0].source
        assert question_only.id != ITEMS[0].id

    @given(st.integers(0, 50), st.integers(2, 20))
    def test_every_stretch_has_about_the_mix_of_the_whole(self, seed: int, size: int) -> None:
        order = mixed(ITEMS, seed, "x")
        assert Counter(order) == Counter(ITEMS)
        for start in range(0, len(order) - size, size):
            positive = sum(item.label == '["positive"]' for item in order[start : start + size])
            assert abs(positive - size / 2) <= 1

    @given(st.integers(0, 50), st.integers(12, 40))
    def test_the_parts_share_nothing(self, seed: int, count: int) -> None:
        search, validation = parts(ITEMS[:count], seed)
        assert {item.id for item in search} | {item.id for item in validation} == {
            item.id for item in ITEMS[:count]
        }
        assert len(search) + len(validation) == count
        assert len(search) > len(validation) > 0

    def test_very_few_examples_are_in_both_parts(self) -> None:
        search, validation = parts(ITEMS[:11], 1)
        assert search is validation
        assert len(search) == 11

    def test_a_round_deals_each_example_once_and_then_begins_anew(self) -> None:
        batches = Batches(ITEMS, 3)
        first = [batches.next(10) for _ in range(4)]
        assert len({item.id for batch in first for item, _ in batch}) == 40
        assert {trial for batch in first for _, trial in batch} == {0}
        assert {trial for _, trial in batches.next(10)} == {1}
        assert len(batches.next(100)) == 40


class TestBuckets:
    def test_the_widest_spread_comes_first_and_the_best_run_in_each(self) -> None:
        found = buckets(
            [entry(scores={0: 1.0, 1: 0.4, 2: 0.5}, key="a"), entry(scores={0: 0.0, 1: 0.5}, key="b")], ITEMS
        )
        assert [bucket.item.id for bucket in found] == [ITEMS[0].id, ITEMS[1].id, ITEMS[2].id]
        assert [run.score for run in found[0].runs] == [1.0, 0.0]
        assert (found[1].best.score, found[1].worst.score) == (0.5, 0.4)
        assert found[2].spread == (0.0, 0.5, 0.0)

    def test_examples_that_nobody_ran_have_none(self) -> None:
        assert buckets([entry()], ITEMS) == []


class TestPool:
    def test_belief_is_drawn_to_the_average_until_there_is_evidence(self) -> None:
        lucky = entry(scores={0: 1.0}, key="lucky")
        proven = entry(scores=dict.fromkeys(range(20), 0.9), key="proven")
        poor = entry(scores=dict.fromkeys(range(20), 0.1), key="poor")
        pool = pool_of(poor, lucky, proven)
        assert [one.key for one in pool.ranking()] == ["proven", "lucky", "poor"]
        assert pool.average() < pool.belief(lucky) < 1.0
        assert pool.baseline is poor

    def test_who_has_not_run_is_not_ranked(self) -> None:
        pool = pool_of(entry(key="new"), entry(scores={0: 1.0}, key="old"))
        assert [one.key for one in pool.ranking()] == ["old"]
        assert pool.draw(Random(1), without={"old"}) is None

    def test_good_candidates_are_drawn_more_often(self) -> None:
        good = entry(scores=dict.fromkeys(range(20), 0.9), key="good")
        poor = entry(scores=dict.fromkeys(range(20), 0.6), key="poor")
        drawn = Counter(pool_of(good, poor).draw(Random(n)).key for n in range(300))  # type: ignore[union-attr]
        assert drawn["good"] > 250
        assert drawn["poor"] > 0

    def test_an_empty_pool_is_average_at_nothing(self) -> None:
        assert Pool().average() == 0.0
        assert entry().mean == 0.0


class TestPayoff:
    def test_what_pays_is_chosen_more_and_nothing_is_given_up(self) -> None:
        payoff = Payoff({"a": 0.5, "b": 0.5})
        for _ in range(20):
            payoff.learn("a", 0.5)
            payoff.learn("b", -0.5)
        weights = payoff.weights()
        assert weights["a"] > 0.85
        assert weights["b"] >= FLOOR / 1.2
        assert sum(weights.values()) == pytest.approx(1.0)
        assert {payoff.choose(Random(n)) for n in range(100)} == {"a", "b"}

    def test_the_shares_hold_while_nothing_is_known(self) -> None:
        assert Payoff({"a": 0.6, "b": 0.4}).weights() == pytest.approx({"a": 0.6, "b": 0.4})


class TestRace:
    def run(self, strengths: list[float], **options: Any) -> tuple[Any, list[int]]:
        entries = [entry(key=str(number)) for number in range(len(strengths))]
        asked: list[int] = []

        async def measure(alive: Any, stretch: Any) -> bool:
            asked.append(len(alive))
            for one in alive:
                for item, trial in stretch:
                    score = strengths[int(one.key)]
                    one.runs[(item.id, trial)] = Run(item.id, trial, score, Result(example=item.id))
            return options.get("reach", True)

        batch = [(item, 0) for item in ITEMS[:16]]
        held = asyncio.run(
            race(
                entries,
                batch[: options.get("size", 16)],
                options.get("rungs", (4, 8, 16)),
                split="search",
                measure=measure,
                prior=options.get("prior", lambda one: (0.0, 0.0)),
                keep=options.get("keep", ()),
            )
        )
        return held, asked

    def test_the_better_half_goes_on(self) -> None:
        held, asked = self.run([0.1, 0.9, 0.5, 0.7, 0.2])
        assert asked == [5, 3, 2]
        assert [one.entry.key for one in held.rounds[-1]] == ["1", "3"]
        assert [(one.mean, one.count) for one in held.rounds[-1]] == [
            (pytest.approx(0.9), 16),
            (pytest.approx(0.7), 16),
        ]
        assert held.complete

    def test_equals_keep_their_order(self) -> None:
        held, _ = self.run([0.5, 0.5, 0.5])
        assert [one.entry.key for one in held.rounds[0]] == ["0", "1", "2"]

    def test_it_ends_where_the_budget_ends(self) -> None:
        held, asked = self.run([0.5, 0.6, 0.7], reach=False)
        assert asked == [3]
        assert not held.complete

    def test_it_ends_where_the_examples_end(self) -> None:
        held, asked = self.run([0.5, 0.6], size=6)
        assert asked == [2, 1]
        assert held.rounds[-1][0].count == 6

    def test_how_many_stay_can_be_said(self) -> None:
        _, asked = self.run([0.5, 0.6, 0.7, 0.8], keep=(3, 2))
        assert asked == [4, 3, 2]

    def test_what_is_known_already_weighs_in(self) -> None:
        held, _ = self.run([0.6, 0.7], prior=lambda one: (1.0, 4.0) if one.key == "0" else (0.0, 0.0))
        assert held.rounds[0][0].entry.key == "0"

    def test_only_common_examples_count(self) -> None:
        first = entry(scores={0: 0.0, 1: 1.0}, key="a")
        second = entry(scores={1: 0.9, 2: 0.9}, key="b")
        stretch = [(item, 0) for item in ITEMS[:3]]
        standings = rank([second, first], stretch, "search", lambda one: (0.0, 0.0))
        assert [(one.entry.key, one.mean, one.count) for one in standings] == [("a", 1.0, 1), ("b", 0.9, 1)]

    def test_without_common_examples_each_stands_on_its_own(self) -> None:
        first, second, third = (
            entry(scores={0: 0.2}, key="a"),
            entry(scores={1: 0.9}, key="b"),
            entry(key="c"),
        )
        stretch = [(item, 0) for item in ITEMS[:3]]
        standings = rank([first, second, third], stretch, "search", lambda one: (0.0, 0.0))
        assert [(one.entry.key, one.count) for one in standings] == [("b", 1), ("a", 1), ("c", 0)]


class TestFinals:
    @given(st.integers(0, 400), st.integers(1, 8), st.integers(1, 100))
    def test_the_size_is_the_largest_that_can_be_paid(self, runs: int, contestants: int, most: int) -> None:
        size = affordable(runs, contestants, most)
        assert size == 0 or price(size, contestants) <= runs
        assert size == most or price(size + 1, contestants) > runs

    @given(st.integers(1, 200))
    def test_the_cuts_lie_inside(self, size: int) -> None:
        first, second, third = rungs(size)
        assert 1 <= first <= second <= third == size


def view(
    pool: Pool, found: list[Bucket] | None = None, answers: list[str | None] | None = None, **more: Any
) -> View:
    replies = list(answers or [])

    async def ask(candidate: Candidate, messages: tuple[Message, ...], example: str) -> str | None:
        return replies.pop(0)

    return View(
        program=more.get("program", Review),
        settings=Settings(budget_calls=100),
        pool=pool,
        buckets=buckets(pool.entries, ITEMS) if found is None else found,
        items=ITEMS,
        ask=ask,
    )


class Wide(Tuning):
    """The space of the toy, and one variable that it leaves out."""

    class Config(Tuning.Config, frozen=True, kw_only=True):  # type: ignore[misc]
        style: str

    variables = (
        *Tuning.variables,
        Variable(
            name="style", kind="choice", domain=OptionsDomain(options=("plain", "terse")), default="plain"
        ),
    )


class Refusing(Wide):
    class Config(Wide.Config, frozen=True, kw_only=True):  # type: ignore[misc]
        pass

    constraints = (
        Constraint(
            name="terse", holds=lambda values: values["style"] == "terse", text="terse", reads=("style",)
        ),
    )


class Open(type(Review)):  # type: ignore[misc]
    @classmethod
    def variables(cls) -> type[Tuning]:
        return Wide


def propose(strategy: Any, parent: Entry, seen: View, seed: int = 0) -> Candidate | None:
    return asyncio.run(strategy.propose(parent, parent.candidate, seen, Random(seed)))  # type: ignore[no-any-return]


class TestAppendDemo:
    def test_a_candidate_without_demonstrations_gets_a_balanced_set_at_once(self) -> None:
        parent = entry(scores=dict.fromkeys(range(12), 0.0))
        seen = view(pool_of(parent))
        sets = set()
        for seed in range(20):
            made = propose(AppendDemo(), parent, seen, seed)
            assert made is not None
            assert Counter(demo.expected.sentiment.value for demo in made.demos) == {
                "positive": 2,
                "negative": 2,
            }
            sets.add(frozenset(source(demo) for demo in made.demos))
        assert len(sets) > 10

    def test_the_answer_shown_is_the_expected_one(self) -> None:
        parent = entry(scores=dict.fromkeys(range(8), 1.0))
        made = propose(AppendDemo(), parent, view(pool_of(parent)))
        assert made is not None
        expected = {item.source: item.example.expected for item in ITEMS}
        assert all(demo.expected == expected[source(demo)] for demo in made.demos)

    def test_a_full_set_has_some_replaced_and_stays_balanced(self) -> None:
        demos = tuple(item.example for item in ITEMS[:4])
        full = msgspec.structs.replace(Review.candidate, demos=demos)
        parent = entry(full, scores=dict.fromkeys(range(4, 24), 0.5))
        kept = Counter[int]()
        for seed in range(40):
            made = propose(AppendDemo(), parent, view(pool_of(parent)), seed)
            assert made is not None
            assert len(made.demos) <= 4
            assert len({source(demo) for demo in made.demos}) == len(made.demos)
            kept[len(set(made.demos) & set(demos))] += 1
        assert set(kept) == {0, 2, 3}

    def test_there_must_be_room(self) -> None:
        none = msgspec.structs.replace(
            Review.candidate, config=Tuning.validate({**Review.candidate.config.to_dict(), "demos": 0})
        )
        parent = entry(none, scores={0: 1.0})
        assert propose(AppendDemo(), parent, view(pool_of(parent))) is None

    def test_there_must_be_something_to_show(self) -> None:
        parent = entry()
        assert propose(AppendDemo(), parent, view(pool_of(parent), [])) is None

    def bucket(self, row: dict[str, Any], **run: Any) -> Bucket:
        item = items([Classify.example(row)])[0]
        return Bucket(item, (Run(item.id, 0, run.pop("score", 1.0), Result(example=item.id, **run)),))

    def test_what_the_data_does_not_say_comes_from_a_good_run(self) -> None:
        made = demonstration(
            self.bucket({"review": "fine"}, output={"sentiment": "positive"}, reasoning="It says fine.")
        )
        assert made is not None
        assert made.expected.sentiment.value == "positive"
        assert made.reasoning == "It says fine."

    def test_a_poor_run_is_no_example(self) -> None:
        assert (
            demonstration(self.bucket({"review": "fine"}, output={"sentiment": "positive"}, score=0.2))
            is None
        )

    def test_an_answer_that_does_not_fit_is_left_out(self) -> None:
        made = demonstration(self.bucket({"review": "fine", "sentiment": "positive"}, output={"other": 1}))
        assert made is not None
        assert made.expected.to_dict() == {"sentiment": "positive"}

    def test_labels_that_are_shown_least_come_first(self) -> None:
        found = buckets([entry(scores=dict.fromkeys(range(20), 1.0))], ITEMS)
        chosen = choose(found, ['["positive"]'] * 3, 3, Random(1))
        assert [bucket.item.label for bucket in chosen] == ['["negative"]'] * 3
        assert len(choose(found, [], 99, Random(1))) == 20


class TestVaryConfiguration:
    def test_what_comes_is_legal_and_new(self) -> None:
        parent = entry(scores={0: 0.5})
        pool = pool_of(parent)
        for seed in range(20):
            made = propose(VaryConfiguration(), parent, view(pool), seed)
            assert made is not None
            assert Tuning.check(made.config.to_dict()) == []
            assert made.config != parent.candidate.config
            assert made.key() not in pool
            assert made.demos == parent.candidate.demos

    def test_a_space_without_choice_offers_nothing(self) -> None:
        class Fixed(Tuning):
            variables = Tuning.variables[:2]

            class Config(Tuning.Config, frozen=True, kw_only=True):  # type: ignore[misc]
                pass

            @classmethod
            def mutate(cls, config: Any, rng: Any, names: Any = None) -> Any:
                return config

            @classmethod
            def sample(cls, rng: Any) -> Any:
                return Review.candidate.config

        class Stuck(type(Review)):  # type: ignore[misc]
            space = Fixed

        parent = entry(scores={0: 0.5})
        assert propose(VaryConfiguration(), parent, view(pool_of(parent), program=Stuck())) is None

    def test_what_the_space_leaves_out_is_searched_too(self) -> None:
        parent = entry(scores={0: 0.5})
        made = [
            propose(VaryConfiguration(), parent, view(pool_of(parent), program=Open()), k) for k in range(30)
        ]
        configs = [each.config for each in made if each is not None]
        assert {config.to_dict()["style"] for config in configs} == {"plain", "terse"}
        for config in configs:
            assert Wide.check(config.to_dict()) == []
            assert Candidate.from_dict(Open(), {"config": config.to_dict()}).config == config

    def test_the_space_alone_is_searched_where_the_rest_has_no_legal_defaults(self) -> None:
        class Closed(Open):
            @classmethod
            def variables(cls) -> type[Tuning]:
                return Refusing

        parent, wider = entry(scores={0: 0.5}), Wide.default()
        space, found = searched(Closed(), [parent.candidate.config, wider])
        assert space is Tuning
        assert [type(config) for config in found] == [Tuning.Config, Tuning.Config]

    def test_places_near_good_ones_are_hoped_for(self) -> None:
        def at(temperature: float) -> Candidate:
            return Candidate(
                Tuning.validate({**Review.candidate.config.to_dict(), "temperature": temperature})
            )

        scores = {0.1: 0.9, 0.3: 0.9, 1.3: 0.1, 1.5: 0.1}
        pool = pool_of(
            *(
                entry(at(heat), dict.fromkeys(range(16), score), key=str(heat))
                for heat, score in scores.items()
            )
        )
        cold, hot = Landscape(Tuning, pool, Random(0)).hopes([at(0.2), at(1.4)])
        assert cold > hot + 1

    def test_before_anything_is_known_chance_decides(self) -> None:
        one = entry(scores={0: 1.0})
        first, second = (
            Landscape(Tuning, pool_of(one), Random(seed)).hopes([one.candidate]) for seed in (0, 1)
        )
        assert first != second

    def test_every_way_of_drawing_is_used(self) -> None:
        config = Review.candidate.config
        far = Tuning.sample(Random(8))
        apart = Counter(
            sum(a != b for a, b in zip(config.to_dict().values(), found.to_dict().values(), strict=True))
            for found in (draw(Tuning, config, [far], Random(seed)) for seed in range(200))
        )
        assert apart[1] > 60
        assert sum(count for distance, count in apart.items() if distance >= 2) > 30
        assert draw(Tuning, config, [], Random(3)) is not None


class TestAppendRule:
    def test_a_contrast_becomes_a_rule(self) -> None:
        good, bad = entry(scores={0: 1.0}, key="a"), entry(scores={0: 0.0}, key="b")
        made = propose(
            AppendRule(), good, view(pool_of(good, bad), answers=['- "Rule: Look at the last word."\nmore'])
        )
        assert made is not None
        assert made.rules == ("Look at the last word.",)

    def test_the_question_shows_both_answers(self) -> None:
        good, bad = entry(scores={0: 1.0}, key="a"), entry(scores={0: 0.0}, key="b")
        (message,) = question("Decide.", buckets([good, bad], ITEMS)[0], ("Be brief.",))
        for part in ("Decide.", "- Be brief.", "film number 0 was brilliant", "text 1.0", "text 0.0"):
            assert part in message.content

    def test_where_nobody_was_right_the_data_says_what_is(self) -> None:
        bad = entry(scores={0: 0.0})
        (message,) = question("Decide.", buckets([bad], ITEMS)[0], ())
        assert 'A good answer: {"sentiment":"positive"}' in message.content

    def test_without_contrast_nobody_is_asked(self) -> None:
        fine = entry(scores={0: 1.0})
        assert propose(AppendRule(), fine, view(pool_of(fine), answers=[])) is None

    @pytest.mark.parametrize("answer", [None, "", "short", "x" * 201, "\n\n", "Look at the last WORD."])
    def test_what_is_no_new_rule_is_left(self, answer: str | None) -> None:
        known = msgspec.structs.replace(Review.candidate, rules=("look at the last word.",))
        parent, bad = entry(known, {0: 1.0}, key="a"), entry(scores={0: 0.0}, key="b")
        assert propose(AppendRule(), parent, view(pool_of(parent, bad), answers=[answer])) is None

    def test_the_oldest_rule_goes_when_there_are_too_many(self) -> None:
        rules = tuple(f"rule {number} is old" for number in range(8))
        known = msgspec.structs.replace(Review.candidate, rules=rules)
        parent, bad = entry(known, {0: 1.0}, key="a"), entry(scores={0: 0.0}, key="b")
        made = propose(AppendRule(), parent, view(pool_of(parent, bad), answers=["rule nine is new"]))
        assert made is not None
        assert made.rules == (*rules[1:], "rule nine is new")

    def test_marks_around_a_rule_are_dropped(self) -> None:
        assert read_rule("\n * `Answer in one word.`\nBecause") == "Answer in one word."
        assert read_rule("The rule: answer in one word") == "answer in one word"


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget_calls": 0},
        {"rungs": ()},
        {"rungs": (8, 4)},
        {"rungs": (0, 4)},
        {"challengers": 0},
        {"finalists": 0},
        {"patience": 0},
        {"strategies": ("append_demos",)},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|must rise|there is no strategy append_demos"):
        Settings(**{"budget_calls": 10, **wrong})


def test_the_toy_is_a_program() -> None:
    assert isinstance(Review, Program)
