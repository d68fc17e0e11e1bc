"""What stands around a model: caches, budgets, fallbacks, hedges, meters."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving import Misbehaving, answer, status
from mlsig.errors import BudgetExhausted, ProviderError, ProviderTimeout, RequestRejected
from mlsig.evaluation.budget import Budget, BudgetedLM, Spending, most_of
from mlsig.providers.accounting import Meter, Tally
from mlsig.providers.cache import CachedLM, File, Kept, Memory, key_of
from mlsig.providers.client import Client
from mlsig.providers.clock import Clock
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import LM, Message, Reply, Request, Tool, ToolCall
from mlsig.providers.retries import Backoff
from mlsig.providers.routing import Fallback, Hedged, RoundRobin, Target

MODEL = Model(name="m", max_output=100, input_cost=1.0, output_cost=2.0)
PROVIDERS = {"p": Provider(name="p", protocol="openai", base_url="http://h/v1", models=(MODEL,))}


def asking(text: str = "hello", **changes: Any) -> Request:
    return Request(**({"provider": "p", "model": "m", "messages": (Message("user", text),)} | changes))


class Stub:
    """A model that does what it is told for a provider, and remembers what it was asked."""

    def __init__(self, **plans: Callable[[], Awaitable[Reply]]) -> None:
        self.asked: list[str] = []
        self._plans = plans

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request.provider)
        plan = self._plans.get(request.provider)
        if plan is not None:
            return await plan()
        return Reply(text=request.provider, input_tokens=3, output_tokens=4, cost=0.5, latency=1.0)


def failing(error: ProviderError) -> Callable[[], Awaitable[Reply]]:
    async def fail() -> Reply:
        raise error

    return fail


def places(folder: Path) -> list[Kept]:
    return [Memory(size=2), File(folder / "replies.db", size=2)]


@pytest.mark.parametrize("which", [0, 1], ids=["memory", "file"])
def test_a_hit_costs_no_call_and_is_counted(which: int, tmp_path: Path) -> None:
    stub = Stub()
    cached = CachedLM(stub, places(tmp_path)[which])

    async def ask() -> list[Reply]:
        return [await cached.complete(asking(text)) for text in ("a", "a", "b", "a", "c", "a", "b")]

    found = asyncio.run(ask())
    # Room for two: `b` was not used for longest when `c` came.
    assert [one.hit for one in found] == [False, True, False, True, False, True, False]
    assert (cached.hits, cached.misses, len(stub.asked)) == (3, 4, 4)
    assert (found[1].text, found[1].input_tokens, found[1].cost, found[1].latency) == ("p", 3, 0.0, 0.0)


@pytest.mark.parametrize("which", [0, 1], ids=["memory", "file"])
def test_replies_grow_old(which: int, tmp_path: Path) -> None:
    now = [0.0]
    kept: Kept = (
        Memory(ttl=10.0, now=lambda: now[0])
        if which == 0
        else File(tmp_path / "r.db", ttl=10.0, now=lambda: now[0])
    )
    reply = Reply(text="x", calls=(ToolCall("i", "t", "{}"),), finish="tools")
    kept.put("k", reply)
    now[0] = 9.9
    assert kept.get("k") == reply
    now[0] = 10.0
    assert kept.get("k") is None
    assert kept.get("other") is None


def test_a_file_outlives_its_process_and_takes_rubbish(tmp_path: Path) -> None:
    place = tmp_path / "r.db"
    File(place).put("k", Reply(text="x"))
    again = File(place)
    assert again.get("k") == Reply(text="x")
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("UPDATE replies SET reply = 'rubbish'")
    assert again.get("k") is None


@pytest.mark.parametrize("which", [0, 1], ids=["memory", "file"])
def test_errors_and_filtered_answers_are_not_kept(which: int, tmp_path: Path) -> None:
    async def filtered() -> Reply:
        return Reply(text="", finish="filtered")

    stub = Stub(bad=failing(ProviderError("bad", "no")), shy=filtered)
    place = places(tmp_path)[which]
    cached = CachedLM(stub, place)

    async def ask() -> None:
        for _ in range(2):
            with pytest.raises(ProviderError):
                await cached.complete(asking(provider="bad"))
            await cached.complete(asking(provider="shy"))
            with pytest.raises(ProviderError):
                cached.complete_sync(asking(provider="bad"))

    asyncio.run(ask())
    assert (len(stub.asked), cached.hits, cached.misses) == (6, 0, 6)
    assert [place.get(key_of(asking(provider=name))) for name in ("bad", "shy")] == [None, None]


def test_keys_are_of_all_that_is_sent() -> None:
    requests = [
        asking(),
        asking("other"),
        asking(model="n"),
        asking(provider="q"),
        asking(temperature=0.0),
        asking(seed=0),
        asking(stop=("a",)),
        asking(schema={"a": 1, "b": 2}),
        asking(schema={"b": 2, "a": 1}),  # a model writes properties in their order
        asking(tools=(Tool("t", "", {}),)),
        asking(messages=(Message("assistant", "hello"),)),
    ]
    assert len({key_of(request) for request in requests}) == len(requests)
    assert key_of(asking(temperature=1)) == key_of(asking(temperature=1.0))
    assert key_of(asking()) == key_of(asking())


@given(
    st.integers(1, 400),
    st.floats(1e-6, 1e-3),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 100)), max_size=25),
)
def test_no_budget_is_ever_exceeded(tokens: int, dollars: float, calls: list[tuple[int, int]]) -> None:
    budget = Budget(10, tokens=tokens, dollars=dollars)
    paid = Spending()
    made = 0
    for asked, written in calls:
        most = Spending(asked + 100, MODEL.cost(asked, 100))
        before = budget.spent
        try:
            budget.reserve(most)
        except BudgetExhausted:
            assert budget.spent == before
            continue
        really = Spending(asked + written, MODEL.cost(asked, written))
        budget.settle(most, really)
        paid = Spending(paid.tokens + really.tokens, paid.dollars + really.dollars)
        made += 1
    assert made == budget.used <= 10
    assert paid.tokens == budget.spent.tokens <= tokens
    assert paid.dollars <= dollars * (1 + 1e-9)


def test_budgets_reserve_before_and_settle_after() -> None:
    stub = Stub(
        down=failing(ProviderTimeout("down", "late")), no=failing(RequestRejected("no", "x", status=400))
    )
    budget = Budget(tokens=300, dollars=0.9)
    lm = BudgetedLM(stub, budget, {**PROVIDERS, "down": PROVIDERS["p"], "no": PROVIDERS["p"]})
    most = most_of(asking(), MODEL)
    assert (budget.left > 1e9, most.tokens) == (True, len("hello") + 16 + len(b"[null,[]]") + 100)

    async def ask() -> None:
        await lm.complete(asking())
        assert budget.spent == Spending(7, 0.5)
        with pytest.raises(RequestRejected):
            await lm.complete(asking(provider="no"))
        assert budget.spent.tokens == 7  # it was not taken, so nothing is to be paid
        with pytest.raises(ProviderTimeout):
            await lm.complete(asking(provider="down"))
        assert budget.spent.tokens == 7 + most.tokens  # it may have to be paid
        with pytest.raises(
            BudgetExhausted, match="may take 230 tokens, and of the budget of 300 there are 163"
        ):
            await lm.complete(asking(max_tokens=200))
        await lm.complete(asking())
        with pytest.raises(BudgetExhausted, match=r"may cost 1\.000\d+ dollars, and of the budget of 0\.9"):
            dear = Provider(name="p", protocol="openai", base_url="http://h", models=(DEAR,))
            await BudgetedLM(stub, Budget(dollars=0.9), {"p": dear}).complete(asking())

    asyncio.run(ask())
    assert budget.used == 4
    assert stub.asked == ["p", "no", "down", "p"]


DEAR = Model(name="m", max_output=100, output_cost=10_000.0, input_cost=1.0)


def test_a_budget_in_tokens_needs_a_limit_for_each_answer() -> None:
    lm = BudgetedLM(Stub(), Budget(tokens=10_000))
    with pytest.raises(BudgetExhausted, match="set max_tokens, or declare the model's max_output"):
        asyncio.run(lm.complete(asking()))
    assert asyncio.run(lm.complete(asking(max_tokens=5))).text == "p"
    for wrong in ({"tokens": 0}, {"dollars": 0.0}, {"dollars": float("nan")}):
        with pytest.raises(ValueError, match="allows nothing"):
            Budget(**wrong)


def test_fallback_goes_on_until_one_answers() -> None:
    stub = Stub(p=failing(ProviderError("p", "down")), q=failing(ProviderTimeout("q", "late")))
    lm = Fallback(stub, Target("q", "x"), Target("p", "m"), Target("r", "y"))
    assert asyncio.run(lm.complete(asking())).text == "r"
    assert stub.asked == ["p", "q", "r"]
    with pytest.raises(ProviderTimeout) as caught:
        asyncio.run(Fallback(stub, Target("q", "x")).complete(asking()))
    assert caught.value.__notes__ == ["before that, p: down"]


def test_a_wrong_request_is_wrong_everywhere() -> None:
    stub = Stub(
        p=failing(RequestRejected("p", "no such model", status=404)),
        q=failing(RequestRejected("q", "bad", status=400)),
    )
    with pytest.raises(RequestRejected, match="q: bad"):
        asyncio.run(Fallback(stub, Target("q", "x"), Target("r", "x")).complete(asking()))
    assert stub.asked == ["p", "q"]


def test_round_robin_takes_turns_and_steps_over_what_fails() -> None:
    stub = Stub(b=failing(ProviderError("b", "down")))
    lm = RoundRobin(stub, Target("a", "m"), Target("b", "m"), Target("c", "m"))

    async def ask() -> list[str]:
        return [(await lm.complete(asking())).text for _ in range(6)]

    assert asyncio.run(ask()) == ["a", "c", "c", "a", "c", "c"]
    with pytest.raises(ValueError, match="at least one"):
        RoundRobin(stub)


async def at_once(_: float) -> None:
    return


def test_a_late_answer_is_asked_for_twice() -> None:
    cancelled: list[str] = []
    tries = 0

    async def slow_first() -> Reply:
        nonlocal tries
        tries += 1
        if tries > 1:
            return Reply(text="second")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("first")
            raise
        raise AssertionError

    lm = Hedged(Stub(p=slow_first), 0.1, clock=Clock(sleep=at_once))
    assert asyncio.run(lm.complete(asking())).text == "second"
    assert (tries, cancelled) == (2, ["first"])


def test_hedges_are_for_what_is_late_only() -> None:
    stub = Stub(down=failing(ProviderError("down", "no")))
    lm = Hedged(stub, 60.0)
    assert asyncio.run(lm.complete(asking())).text == "p"
    with pytest.raises(ProviderError):
        asyncio.run(lm.complete(asking(provider="down")))
    assert stub.asked == ["p", "down"]


def test_hedges_fail_when_both_do() -> None:
    async def late() -> Reply:
        await asyncio.sleep(0.01)
        raise ProviderError("p", "down")

    stub = Stub(p=late)
    with pytest.raises(ProviderError):
        asyncio.run(Hedged(stub, 0.1, clock=Clock(sleep=at_once)).complete(asking()))
    assert len(stub.asked) == 2


def test_meters_count_by_model_and_in_all() -> None:
    stub = Stub(down=failing(ProviderError("down", "no")))
    meter = Meter(CachedLM(stub, Memory()))

    async def ask() -> None:
        for text in ("a", "b", "a"):
            await meter.complete(asking(text))
        await meter.complete(asking(model="n"))
        with pytest.raises(ProviderError):
            await meter.complete(asking(provider="down"))

    asyncio.run(ask())
    own = meter.by[Target("p", "m")]
    assert own == Tally(calls=2, hits=1, input_tokens=6, output_tokens=8, cost=1.0, latency=2.0)
    assert meter.by[Target("down", "m")] == Tally(errors=1)
    assert (meter.total.calls, meter.total.hits, meter.total.errors, meter.total.cost) == (3, 1, 1, 1.5)


class Instant(Stub):
    """The same without an event loop; for a provider with a plan it fails."""

    def complete_sync(self, request: Request) -> Reply:
        self.asked.append(request.provider)
        if request.provider in self._plans:
            raise ProviderError(request.provider, "down")
        return Reply(text=request.provider, input_tokens=3, output_tokens=4, cost=0.5, latency=1.0)


@pytest.mark.parametrize("which", [0, 1], ids=["memory", "file"])
@pytest.mark.parametrize("model", [Stub, Instant])
def test_the_sync_faces_do_the_same(model: type[Stub], which: int, tmp_path: Path) -> None:
    def around(lm: LM, place: Path) -> tuple[CachedLM, Meter, Budget]:
        place.mkdir()
        meter, budget = Meter(lm), Budget(9, tokens=20_000)
        turns = RoundRobin(BudgetedLM(meter, budget, PROVIDERS), Target("a", "m"), Target("b", "m"))
        return CachedLM(Fallback(turns, Target("q", "m")), places(place)[which]), meter, budget

    def told(found: tuple[CachedLM, Meter, Budget]) -> list[Any]:
        cached, meter, budget = found
        return [cached.hits, cached.misses, meter.by, meter.total, budget.used, budget.spent]

    requests = [asking(text, max_tokens=9) for text in ("a", "a", "b", "c", "b")]
    there = model(b=failing(ProviderError("b", "down")))
    sync_faced = around(there, tmp_path / "sync")
    replies = [sync_faced[0].complete_sync(request) for request in requests]
    here = Stub(b=failing(ProviderError("b", "down")))
    async_faced = around(here, tmp_path / "async")

    async def ask() -> list[Reply]:
        return [await async_faced[0].complete(request) for request in requests]

    assert asyncio.run(ask()) == replies
    assert [reply.text for reply in replies] == ["a"] * 5
    assert there.asked == here.asked
    assert told(sync_faced) == told(async_faced)


def test_errors_reach_the_steps_of_a_wrapper_and_then_the_caller() -> None:
    budget = Budget(9, tokens=500)
    meter = Meter(Instant(down=failing(ProviderError("down", "no"))))
    lm = BudgetedLM(meter, budget, {"down": PROVIDERS["p"]})
    with pytest.raises(ProviderError, match="down"):
        lm.complete_sync(asking(provider="down"))
    assert meter.by[Target("down", "m")] == Tally(errors=1)
    assert budget.spent.tokens == most_of(asking(), MODEL).tokens  # nobody knows what became of it


def test_wrappers_count_what_threads_ask(tmp_path: Path) -> None:
    lm = Instant()
    meter = Meter(lm)
    cached = CachedLM(RoundRobin(meter, Target("a", "m"), Target("b", "m")), File(tmp_path / "r.db"))
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda n: cached.complete_sync(asking(str(n % 40))), range(200)):
            pass
    assert cached.hits + cached.misses == 200
    assert meter.total.calls == len(lm.asked) == cached.misses
    assert abs(lm.asked.count("a") - lm.asked.count("b")) <= 1


def test_all_of_it_over_http(server: Misbehaving) -> None:
    server.script(status(500), status(500), answer("from the second"))
    model = Model(name="m", max_output=1000, input_cost=1.0, output_cost=1.0)
    providers = {
        name: Provider(name=name, protocol="openai", base_url=server.url, models=(model,))
        for name in ("p", "q")
    }

    async def ask() -> tuple[list[Reply], Meter, Budget]:
        budget = Budget(5, tokens=20_000, dollars=1.0)
        async with Client(providers, backoff=Backoff(attempts=2, first=0.001)) as client:
            meter = Meter(client)
            paying = BudgetedLM(meter, budget, providers)
            lm = CachedLM(Fallback(paying, Target("q", "m")), Memory())
            return [await lm.complete(asking()) for _ in range(2)], meter, budget

    replies, meter, budget = asyncio.run(ask())
    assert [reply.text for reply in replies] == ["from the second"] * 2
    assert [reply.hit for reply in replies] == [False, True]
    assert meter.by[Target("p", "m")].errors == 1
    assert meter.by[Target("q", "m")].cost == pytest.approx(1500 / 1e6)
    assert (budget.used, budget.spent.tokens) == (2, 1500)
