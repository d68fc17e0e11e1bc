"""Programs under one roof: bounded, in time, counted, ended well, and the tree around them."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from typing import Any

import msgspec
import pytest
import toy
from cancelling import every_point
from misbehaving import Misbehaving, answer, events
from mlsig import Orchestrator, create_schema, telemetry
from mlsig.errors import ParseError, ProviderBusy, ProviderRefused, ValidationError
from mlsig.evaluation import aevaluate
from mlsig.orchestrator import (
    Child,
    DeadlinePassed,
    Draining,
    Full,
    NotRunning,
    Shutdown,
    Started,
    StartFailed,
    Status,
)
from mlsig.orchestrator.clients import Clients
from mlsig.orchestrator.components import SchemaRegistry
from mlsig.orchestrator.state import plain
from mlsig.orchestrator.tree import Components
from mlsig.programs import Program
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Reply, Request
from scripted import Scripted

GOOD = "Sentiment: Positive"


class Held:
    """A model that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.release = asyncio.Event()

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        await self.release.wait()
        return Reply(text=GOOD, input_tokens=7, output_tokens=2, cost=0.5)


def of_providers(**providers: Provider) -> Program:
    found: Program = type("Elsewhere", (type(toy.Review),), {"providers": providers})()
    return found


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def reached(model: Held, count: int) -> None:
    while model.asked < count:
        await asyncio.sleep(0)


def ids(status: Status) -> list[str]:
    return [child.id for child in status.children]


async def test_a_call_is_typed_and_counted() -> None:
    program = toy.Review.using(Scripted(GOOD, "who knows", ProviderBusy("toy", "busy")))
    async with Orchestrator(program) as orchestrator:
        assert orchestrator.state == "running"
        output = await orchestrator.call(program, review="good")
        assert output.sentiment == toy.Sentiment.positive
        with pytest.raises(ParseError, match="sentiment"):
            await orchestrator.call(program, review="good")
        with pytest.raises(ProviderBusy):
            await orchestrator.call(program, review="good")
        with pytest.raises(ValidationError):
            await orchestrator.call(program, review="")
        with pytest.raises(TypeError, match="by name"):
            await orchestrator.call(program, "good")
        figures = orchestrator.stats()
        work = figures.programs["Review"]
        assert (work.succeeded, work.failed, work.errors) == (1, 2, {"ParseError": 1, "ProviderBusy": 1})
        assert (figures.spent["Review"].calls, figures.spent["Review"].errors) == (2, 1)
        assert (figures.cost, figures.requests, figures.running) == (1.0, 0, 0)
    assert (orchestrator.state, orchestrator.status().state) == ("stopped", "stopped")
    with pytest.raises(NotRunning, match="make another one"):
        await orchestrator.start()


async def test_the_tree_has_its_components_in_order() -> None:
    program = toy.Review.using(Scripted(GOOD))
    own = Components(schema_registry=SchemaRegistry(entries=7))

    async def mine(started: Started) -> None:
        started()
        await asyncio.Event().wait()

    children = [Child("mine", mine)]
    async with Orchestrator(program, components=own, children=children) as orchestrator:
        await orchestrator.call(program, review="good")
        tree = orchestrator.status()
        assert ids(tree) == [
            "schema_registry",
            "variable_registry",
            "resource_manager",
            "client_pool",
            "services",
            "evaluation_workers",
            "optimizer_supervisor",
            "watchdog",
            "mine",
        ]
        assert {child.state for child in tree.children} == {"running"}
        [services] = [child for child in tree.children if child.id == "services"]
        assert ids(services) == ["program_supervisor", "pipeline_pool", "tool_registry", "dataset_manager"]
        components = orchestrator.stats().components
        assert len(components) == 10
        assert components["client_pool"].borrowed == 1
        assert components["variable_registry"].spaces == 1
        assert orchestrator.components is own
        assert plain(components["resource_manager"])["usage"]["workers"] == {"used": 0, "quota": 100}


async def test_a_child_that_crashes_is_started_again_and_what_relies_on_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    began: list[str] = []
    crash = asyncio.Event()

    def child(id: str) -> Child:
        async def work(started: Started) -> None:
            began.append(id)
            started()
            await (crash.wait() if id == "first" else asyncio.Event().wait())
            crash.clear()
            raise ZeroDivisionError

        return Child(id, work)

    model = Held()
    program = toy.Review.using(model)
    async with Orchestrator(program, children=[child("first"), child("second")]) as orchestrator:
        call = asyncio.ensure_future(orchestrator.call(program, review="good"))
        await reached(model, 1)
        downs: list[str] = []
        orchestrator.monitor("first", lambda id, why: downs.append(f"{id} {why.kind}"))
        crash.set()
        while began != ["first", "second", "first", "second"]:
            await asyncio.sleep(0)
        model.release.set()
        assert (await call).sentiment == "positive"
        assert orchestrator.stats().restarts == 1
        assert downs == ["first crash"]


async def test_a_tree_that_gives_up_ends_the_wait_and_refuses_calls() -> None:
    async def crash(started: Started) -> None:
        started()
        raise ZeroDivisionError

    program = toy.Review.using(Scripted(GOOD))
    orchestrator = Orchestrator(program, children=[Child("crash", crash)])
    await orchestrator.start()
    with pytest.raises(Shutdown, match="more than 3 restarts"):
        await orchestrator.wait()
    with pytest.raises(NotRunning):
        await orchestrator.call(program, review="good")
    await orchestrator.stop()


async def test_a_start_that_fails_leaves_nothing() -> None:
    async def refuse(started: Started) -> None:
        raise ZeroDivisionError

    before = asyncio.all_tasks()
    failing = Orchestrator(toy.Review, children=[Child("refuse", refuse)])
    with pytest.raises(StartFailed, match="'refuse' did not start"):
        await failing.start()
    # Only the main thread may say what signals mean.
    elsewhere = Orchestrator(toy.Review, signals=True)
    with pytest.raises(ValueError, match="main thread"):
        await asyncio.to_thread(lambda: asyncio.run(elsewhere.start()))
    assert elsewhere.state == "stopped"
    assert asyncio.all_tasks() == before


async def test_calls_run_in_turn_and_one_too_many_is_refused() -> None:
    model = Held()
    program = toy.Review.using(model)
    async with Orchestrator(program, concurrency=2, waiting=1) as orchestrator:
        calls = [asyncio.ensure_future(orchestrator.call(program, review="x")) for _ in range(3)]
        await reached(model, 2)
        await turns()
        figures = orchestrator.stats()
        assert (figures.running, figures.waiting, figures.requests) == (2, 1, 2)
        with pytest.raises(Full):
            await orchestrator.call(program, review="x")
        model.release.set()
        await asyncio.gather(*calls)
        work = orchestrator.stats().programs["Review"]
        assert (work.succeeded, work.refused) == (3, 1)


async def test_requests_of_all_calls_share_the_pool() -> None:
    model = Held()
    program = toy.Review.using(model)
    async with Orchestrator(program, clients=1) as orchestrator:
        calls = [asyncio.ensure_future(orchestrator.call(program, review="x")) for _ in range(3)]
        await reached(model, 1)
        await turns()
        assert (model.asked, orchestrator.stats().components["client_pool"].waiting) == (1, 2)
        model.release.set()
        await asyncio.gather(*calls)


async def test_a_deadline_is_for_the_wait_as_well() -> None:
    model = Held()
    program = toy.Review.using(model)
    given = toy.Classify.Input(review="x")
    async with Orchestrator(program, concurrency=1, deadline=None) as orchestrator:
        call = asyncio.ensure_future(orchestrator.call(program, review="x"))
        await reached(model, 1)
        with pytest.raises(DeadlinePassed):
            await orchestrator.execute(program, given, deadline=0.01)
        model.release.set()
        await call
        assert orchestrator.stats().programs["Review"].late == 1


async def test_whoever_is_cancelled_ends_the_call() -> None:
    model = Held()
    program = toy.Review.using(model)
    async with Orchestrator(program) as orchestrator:
        call = asyncio.ensure_future(orchestrator.call(program, review="x"))
        await reached(model, 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        figures = orchestrator.stats()
        assert (figures.running, figures.requests, figures.programs["Review"].cancelled) == (0, 0, 1)
        assert figures.components["client_pool"].lent == 0


async def test_stopping_waits_for_calls_and_takes_no_more() -> None:
    model = Held()
    program = toy.Review.using(model)
    orchestrator = Orchestrator(program)
    with pytest.raises(NotRunning, match="async with"):
        await orchestrator.call(program, review="x")
    async with orchestrator:
        call = asyncio.ensure_future(orchestrator.call(program, review="x"))
        await reached(model, 1)
        stopping = asyncio.ensure_future(orchestrator.stop())
        await turns()
        assert orchestrator.state == "draining"
        with pytest.raises(Draining):
            await orchestrator.call(program, review="x")
        with pytest.raises(Draining):
            await anext(orchestrator.stream(program, {"review": "x"}))
        model.release.set()
        await stopping
        assert (await call).sentiment == "positive"
    assert orchestrator.state == "stopped"


async def test_calls_that_do_not_end_in_time_are_ended(caplog: pytest.LogCaptureFixture) -> None:
    model = Held()
    program = toy.Review.using(model)
    async with Orchestrator(program, drain=0.01) as orchestrator:
        call = asyncio.ensure_future(orchestrator.call(program, review="x"))
        stream = orchestrator.stream(program, {"review": "x"})
        part = asyncio.ensure_future(anext(stream))
        await reached(model, 2)
    for each in (call, part):
        with pytest.raises(NotRunning):
            await each
    assert "2 calls have not ended within 0.01 s" in caplog.text


async def test_who_leaves_by_an_exception_waits_for_no_call() -> None:
    model = Held()
    program = toy.Review.using(model)
    with pytest.raises(ZeroDivisionError):
        async with Orchestrator(program, drain=3_600.0) as orchestrator:
            call = asyncio.ensure_future(orchestrator.call(program, review="x"))
            await reached(model, 1)
            raise ZeroDivisionError
    with pytest.raises(NotRunning):
        await call


async def test_signals_drain_and_a_second_one_waits_for_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    model = Held()
    program = toy.Review.using(model)
    async with Orchestrator(program, signals=True, drain=3_600.0) as orchestrator:
        call = asyncio.ensure_future(orchestrator.call(program, review="x"))
        await reached(model, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        await orchestrator.wait()
        assert orchestrator.state == "draining"
        draining = asyncio.ensure_future(orchestrator.drain())
        await turns()
        assert not draining.done()
        os.kill(os.getpid(), signal.SIGINT)
        assert await draining is False
    with pytest.raises(NotRunning):
        await call
    assert signal.getsignal(signal.SIGTERM) == before


async def test_an_answer_as_it_comes_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = ['{"sentiment": ', '"positive"', "}"]
    deltas = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    with Misbehaving() as model:
        monkeypatch.setenv("TOY_URL", model.url)
        async with Orchestrator(toy.Review, toy.Other) as orchestrator:
            model.script(answer(GOOD))
            assert (await orchestrator.call(toy.Other, review="x")).sentiment == "positive"
            model.script(events(*deltas, {"choices": [{"delta": {}, "finish_reason": "stop"}]}))
            parts: list[Any] = [part async for part in orchestrator.stream(toy.Review, {"review": "x"})]
            assert type(parts[-1]) is toy.Classify.Output
            assert {part.sentiment for part in parts} == {toy.Sentiment.positive}
            with pytest.raises(ValidationError):
                await anext(orchestrator.stream(toy.Review, {"review": ""}))
            gone = orchestrator.stream(toy.Review, {"review": "x"})
            await anext(gone)
            await gone.aclose()
            figures = orchestrator.stats()
            assert (figures.running, figures.requests) == (0, 0)
            assert model.connections == 1 or figures.components["client_pool"].lent == 0
    gc.collect()


async def test_evaluations_ask_in_turn_and_are_counted() -> None:
    program = toy.Review.using(Scripted(GOOD))
    async with Orchestrator(program, clients=2) as orchestrator:
        found = await aevaluate(program, toy.reviews(4), lm=orchestrator.model(program))
        assert found.metrics["accuracy"].mean == 0.5
        figures = orchestrator.stats()
        assert (figures.spent["Review"].calls, figures.components["client_pool"].borrowed) == (4, 4)


async def test_inputs_by_their_aliases_are_transformed_once() -> None:
    note = create_schema('schema Note { @alias("body") review: str  transform review = review + "!" }')
    signature = type("Shouted", (toy.Classify,), {"Input": note})
    stub = Scripted(GOOD)

    def astream(self: Any, *, review: str) -> Any:  # as generated programs have it
        return self._astream(note(review=review), note, toy.Classify.Output)

    own = {"signature": signature, "astream": astream}
    program: Program = type("Shout", (type(toy.Review),), own)().using(stub)
    async with Orchestrator(program) as orchestrator:
        async for _ in orchestrator.stream(program, {"body": "so good"}):
            pass
        await orchestrator.call(program, body="so good")
        await orchestrator.call(program, review="so good")
    texts = [request.messages[-1].content for request in stub.asked]
    assert ["so good!" in text and "!!" not in text for text in texts] == [True] * 3


async def test_programs_of_the_same_providers_share_a_client() -> None:
    clients = Clients([toy.Review, toy.Other])
    assert clients.of(toy.Review) is clients.of(toy.Other)

    elsewhere = of_providers(toy=msgspec.structs.replace(toy.toy, base_url="http://127.0.0.1:8/v1"))
    more = of_providers(toy=toy.toy, more=toy.toy)
    assert clients.of(elsewhere) is not clients.of(toy.Review)
    assert clients.of(more) is not clients.of(toy.Review)
    assert clients.of(more) is clients.of(of_providers(toy=toy.toy, more=toy.toy))
    stub = Scripted(GOOD)
    assert clients.of(toy.Review.using(stub)) is stub
    await clients.aclose()


async def test_a_missing_key_is_an_error() -> None:
    keyed = of_providers(toy=msgspec.structs.replace(toy.toy, key=toy.Env("NO_SUCH_KEY")))
    async with Orchestrator() as orchestrator:
        with pytest.raises(ProviderRefused):
            await orchestrator.call(keyed, review="x")
        assert orchestrator.stats().programs["Review"].errors == {"ProviderRefused": 1}


async def test_spans_of_a_call_are_below_those_of_its_caller() -> None:
    program = toy.Review.using(Scripted(GOOD))
    async with Orchestrator(program) as orchestrator:
        with telemetry.recording() as kept:
            await orchestrator.call(program, review="x")
    assert [root.name for root in kept.roots] == ["invoke_workflow Review"]


def test_options_that_mean_nothing_are_refused() -> None:
    for options in ({"concurrency": 0}, {"waiting": -1}, {"deadline": 0.0}, {"drain": -1.0}, {"clients": 0}):
        with pytest.raises(ValueError, match=r"give|lends nothing"):
            Orchestrator(**options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)


async def test_cancelled_at_every_point_a_call_leaves_nothing() -> None:
    program = toy.Review.using(Scripted(GOOD))

    async def streamed() -> None:
        async for _ in orchestrator.stream(program, {"review": "x"}):
            pass

    async with Orchestrator(program, concurrency=1, clients=1) as orchestrator:
        for begin in (lambda: orchestrator.call(program, review="x"), streamed):
            points = 0
            async for task in every_point(begin):
                points += 1
                assert task.cancelled() or task.exception() is None
                await turns(5)
                figures = orchestrator.stats()
                assert (figures.running, figures.waiting, figures.requests) == (0, 0, 0)
                assert figures.components["client_pool"].lent == 0
            assert points > 3
        assert (await orchestrator.call(program, review="x")).sentiment == "positive"
