"""Limits, circuits and budgets of retries, by a clock of their own, and over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving import Misbehaving, answer, body, hang, huge, status
from mlsig.errors import (
    AnswerUnreadable,
    CircuitOpen,
    ProviderBusy,
    ProviderError,
    ProviderTimeout,
    ProviderUnreachable,
    RequestRejected,
)
from mlsig.providers.breaker import Breaker, Circuit
from mlsig.providers.client import Client
from mlsig.providers.clock import Clock
from mlsig.providers.declared import Limits, Model, Provider
from mlsig.providers.messages import Message, Reply, Request
from mlsig.providers.rates import SPAN, Rates, Window
from mlsig.providers.retries import Backoff, RetryBudget
from mlsig.providers.transport import Timeouts

ASK = Request(provider="local", model="small", messages=(Message("user", "hello"),))
QUICK = Backoff(first=0.001, longest=0.002)


class Hours:
    """A clock that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []
        self.clock = Clock(now=lambda: self.time, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


def declared(server: Misbehaving, **limits: int) -> Provider:
    return Provider(
        name="local",
        protocol="openai",
        base_url=server.url,
        limits=Limits(**limits),
        models=(Model(name="small"),),
    )


async def ends(provider: Provider, count: int, request: Request = ASK, **options: Any) -> list[Any]:
    async with Client({"local": provider}, **({"backoff": QUICK} | options)) as client:
        calls = (client.complete(request) for _ in range(count))
        return await asyncio.gather(*calls, return_exceptions=True)


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 50)), max_size=20),
)
def test_no_minute_has_more_than_the_limit(limit: int, calls: list[tuple[int, int, int]]) -> None:
    window, now = Window(limit), 0.0
    taken: list[Any] = []
    for amount, really, pause in calls:
        while (wait := window.wait(amount, now)) > 0:
            now += wait
        one = window.take(amount, now)
        taken.append(one)
        window.correct(one, min(really, one.amount), now)
        now += pause
    for one in taken:
        within = [other.amount for other in taken if one.time - SPAN < other.time <= one.time]
        assert sum(within) <= limit


def test_a_correction_that_comes_late_changes_nothing() -> None:
    window = Window(10)
    one = window.take(10, 0.0)
    assert window.wait(1, 5.0) == 55.0
    window.correct(one, 2, 61.0)
    assert window.wait(10, 61.0) == 0.0
    more = window.take(5, 61.0)
    window.correct(more, 12, 62.0)  # an answer may be longer than was thought
    assert window.wait(1, 62.0) == 59.0


def test_requests_a_minute_in_order() -> None:
    hours = Hours()

    async def crowd() -> list[tuple[int, float]]:
        rates = Rates(Limits(requests_per_minute=2), hours.clock)
        served: list[tuple[int, float]] = []

        async def one(number: int) -> None:
            await rates.take(0)
            served.append((number, hours.time))

        await asyncio.gather(*(one(number) for number in range(5)))
        return served

    assert asyncio.run(crowd()) == [(0, 0.0), (1, 0.0), (2, 60.0), (3, 60.0), (4, 120.0)]


def test_tokens_that_were_not_used_come_back(server: Misbehaving) -> None:
    hours = Hours()
    request = Request(provider="local", model="small", messages=ASK.messages, max_tokens=2900)

    async def twice() -> None:
        provider = declared(server, tokens_per_minute=4500)
        async with Client({"local": provider}, clock=hours.clock) as client:
            await client.complete(request)  # takes 1,500 of the 2,900 and more that were set aside
            assert hours.slept == []
            await client.complete(request)
            assert hours.slept == []
            await client.complete(request)
            assert sum(hours.slept) == pytest.approx(60.0)

    asyncio.run(twice())


def test_failed_calls_give_their_tokens_back(server: Misbehaving) -> None:
    server.script(status(400))
    hours = Hours()
    request = Request(provider="local", model="small", messages=ASK.messages, max_tokens=900)
    found = asyncio.run(
        ends(declared(server, tokens_per_minute=1000, concurrency=1), 5, request, clock=hours.clock)
    )
    assert [type(one) for one in found] == [RequestRejected] * 5
    assert hours.slept == []


def test_a_circuit_opens_rests_and_lets_one_try() -> None:
    hours = Hours()
    breaker = Breaker(Circuit(failures=3, rest=10.0), hours.clock.now)
    for _ in range(2):
        assert breaker.enter() == 0.0
        breaker.failed()
    breaker.succeeded()  # in a row is what counts
    for _ in range(3):
        assert breaker.state == "closed"
        breaker.failed()
    assert (breaker.state, breaker.enter()) == ("open", 10.0)
    hours.time = 4.0
    breaker.failed()  # one that was on its way
    assert breaker.enter() == 6.0
    hours.time = 10.0
    assert breaker.state == "half-open"
    assert (breaker.enter(), breaker.enter()) == (0.0, 10.0)
    breaker.left()
    assert breaker.enter() == 0.0
    breaker.failed()
    assert (breaker.state, breaker.enter()) == ("open", 10.0)
    hours.time = 20.0
    assert breaker.enter() == 0.0
    breaker.succeeded()
    assert (breaker.state, breaker.enter()) == ("closed", 0.0)


def test_a_provider_that_is_down_is_left_alone(server: Misbehaving) -> None:
    server.script(*[status(500)] * 6, answer("back"))
    hours = Hours()

    async def patient() -> list[str]:
        told: list[str] = []
        circuit = Circuit(failures=6, rest=30.0)
        async with Client({"local": declared(server)}, circuit=circuit, clock=hours.clock) as client:
            for pause in (0.0, 0.0, 1.0, 30.0, 0.0):
                hours.time += pause
                try:
                    told.append((await client.complete(ASK)).text)
                except ProviderError as error:
                    told.append(type(error).__name__)
                told.append(client.circuit("local"))
        return told

    assert asyncio.run(patient()) == [
        *("ProviderError", "closed"),
        *("ProviderError", "open"),
        *("CircuitOpen", "open"),
        *("back", "closed"),
        *("back", "closed"),
    ]
    assert len(server.requests) == 8


def test_an_open_circuit_costs_no_rate(server: Misbehaving) -> None:
    server.script(status(500))
    hours = Hours()
    options: Any = {
        "circuit": Circuit(failures=3),
        "clock": hours.clock,
        "backoff": Backoff(random=lambda: 0.0),
    }
    found = asyncio.run(ends(declared(server, tokens_per_minute=100, concurrency=1), 4, **options))
    assert {type(one) for one in found} == {CircuitOpen}
    assert "left alone for another 10 s" in str(found[3])
    assert len(server.requests) == 3
    assert sum(hours.slept) == 0


@pytest.mark.parametrize("code", [400, 401, 429])
def test_what_is_no_outage_opens_no_circuit(server: Misbehaving, code: int) -> None:
    server.script(status(code, retry_after="0"))
    found = asyncio.run(ends(declared(server, concurrency=4), 10, circuit=Circuit(failures=2)))
    assert not [one for one in found if isinstance(one, CircuitOpen)]


def test_retries_have_a_budget() -> None:
    budget = RetryBudget(Backoff(ratio=0.5, reserve=2.0))
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    for _ in range(100):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]


def test_no_storm_when_everything_fails(server: Misbehaving) -> None:
    server.script(status(429, retry_after="0"))
    backoff = Backoff(attempts=5, ratio=0.1, reserve=10.0)
    found = asyncio.run(ends(declared(server, concurrency=8), 100, backoff=backoff))
    assert {type(one) for one in found} == {ProviderBusy}
    assert len(server.requests) == 100 + 10  # the reserve, and nothing that was earned
    notes = [note for one in found for note in getattr(one, "__notes__", [])]
    assert "it was not tried again: too many calls to this provider fail" in notes


def test_what_the_provider_says_about_an_error(server: Misbehaving) -> None:
    quota = b'{"error": {"message": "no money", "code": "insufficient_quota"}}'
    server.script(body(quota, status=429, x_request_id="req-7", retry_after="3"))
    [error] = asyncio.run(ends(declared(server), 1))
    assert isinstance(error, ProviderBusy)
    assert (error.code, error.request_id, error.retry_after) == ("insufficient_quota", "req-7", 3.0)
    assert not error.retryable  # waiting brings no money
    assert len(server.requests) == 1
    server.script(status(500, x_should_retry="false"))
    [error] = asyncio.run(ends(declared(server), 1))
    assert not error.retryable


def test_a_hundred_megabytes_are_not_read(server: Misbehaving) -> None:
    server.script(huge(100 * 1024 * 1024))
    [error] = asyncio.run(ends(declared(server), 1, largest_body=1_000_000))
    assert isinstance(error, AnswerUnreadable)
    assert str(error) == "local: the answer is larger than 1,000,000 bytes"
    assert not error.retryable


def test_a_cancelled_call_leaves_nothing_behind(server: Misbehaving) -> None:
    server.script(hang, hang, answer("next"))

    async def impatient() -> Reply:
        provider = declared(server, concurrency=2, requests_per_minute=1000)
        async with Client({"local": provider}) as client:
            tasks = [asyncio.create_task(client.complete(ASK)) for _ in range(6)]
            while len(server.requests) < 2:
                await asyncio.sleep(0.001)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert all(task.cancelled() for task in tasks)
            assert len(server.requests) == 2
            assert len(asyncio.all_tasks()) == 1
            return await client.complete(ASK)

    assert asyncio.run(impatient()).text == "next"


def test_a_client_of_the_users_is_used_and_not_closed(server: Misbehaving) -> None:
    server.script(answer("fine"), body(b"", status=302, location=server.url), hang)

    async def handed() -> None:
        async with httpx.AsyncClient(headers={"x-team": "a"}, follow_redirects=True, trust_env=False) as http:
            client = Client(
                {"local": declared(server)}, http=http, backoff=QUICK, timeouts=Timeouts(read=0.05)
            )
            assert (await client.complete(ASK)).text == "fine"
            with pytest.raises(ProviderError, match="redirects are not followed"):
                await client.complete(ASK)
            with pytest.raises(ProviderTimeout):
                await client.complete(ASK)
            await client.aclose()
            assert not http.is_closed
            nowhere = Provider(name="local", protocol="openai", base_url="http://127.0.0.1:1/v1")
            with pytest.raises(ProviderUnreachable):
                await Client({"local": nowhere}, http=http, backoff=QUICK).complete(ASK)

    asyncio.run(handed())
    assert server.requests[0].headers["x-team"] == "a"


def test_each_answer_lets_go_of_its_connection(server: Misbehaving) -> None:
    """Of the user's client too, which may have no more than one."""
    server.script(*(answer("fine") for _ in range(6)))

    async def in_turn() -> None:
        one = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(limits=one, timeout=5.0, trust_env=False) as http:
            for handed in (http, None):
                async with Client({"local": declared(server)}, http=handed, backoff=QUICK) as client:
                    for _ in range(3):
                        assert (await client.complete(ASK)).text == "fine"

    asyncio.run(in_turn())
    assert server.connections == 2
