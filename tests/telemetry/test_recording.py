"""Spans kept in memory, without OpenTelemetry."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context

import pytest
from misbehaving import Misbehaving, answer, status
from mlsig import telemetry
from mlsig.errors import ParseError
from mlsig.telemetry.spans import Span
from toy import Review

from telemetry.asking import client, declared, program
from telemetry.conftest import Collected
from telemetry.stub import GOOD, Stub


def test_a_tree_with_events_and_sums(server: Misbehaving) -> None:
    server.script(status(500), answer(GOOD))
    lm = client(declared(server.url, name="toy"))
    with telemetry.recording() as kept:
        program(server.url, lm)(review="private words")
        Review.using(Stub(GOOD))(review="private words")
    first, _ = kept.roots
    (step,) = first.children
    (call,) = step.children
    assert [span.kind for span in kept.all()] == ["program", "step", "call"] * 2
    assert [span.kind for span in kept.all("call")] == ["call", "call"]
    assert [event.name for event in call.events] == ["mlsig.retry"]
    assert (call.duration or 0) >= call.events[0].offset > 0
    assert kept.total("gen_ai.usage.input_tokens") == 1011
    assert kept.total("mlsig.cost") == pytest.approx(0.254)
    assert call.request is not None
    assert call.reply is not None
    assert call.reply.text == GOOD


def test_errors_are_kept() -> None:
    with telemetry.recording() as kept, pytest.raises(ParseError):
        Review.using(Stub("gibberish"))(review="words")
    program_span, step, call = kept.all()
    assert isinstance(step.error, ParseError)
    assert program_span.error is step.error
    assert call.error is None
    assert call.duration is not None


def test_nobody_listens_any_more_at_the_end() -> None:
    with telemetry.recording() as kept:
        pass
    Review.using(Stub(GOOD))(review="words")
    assert (kept.roots, telemetry.on) == ([], False)


def test_recordings_side_by_side_keep_their_own() -> None:
    barrier = threading.Barrier(2)
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        with telemetry.recording() as kept:
            barrier.wait(10)
            for _ in range(number):
                Review.using(Stub(GOOD))(review="words")
            barrier.wait(10)
        found[number] = [span.kind for span in kept.roots]

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {1: ["program"], 3: ["program"] * 3}


def test_it_does_not_disturb_what_is_exported(otel: Collected) -> None:
    with telemetry.recording() as kept:
        Review.using(Stub(GOOD))(review="words")
    Review.using(Stub(GOOD))(review="words")
    assert len(list(kept.all())) == 3
    assert len(otel.spans) == 6


def test_a_span_that_began_before_anybody_listened_is_measured_alone(providers: Collected) -> None:
    with telemetry.recording():
        span = Span("tool", "execute_tool late", {"gen_ai.tool.name": "late"})
        with span:
            telemetry.enable(providers.tracers, providers.meters)
            span.event("something", {})
        span.finish(KeyError("too late to count"))
    assert span.error is None
    assert providers.spans == ()
    assert providers.points("gen_ai.execute_tool.duration")[0].count == 1


def test_a_thread_of_a_pool_can_be_given_its_context() -> None:
    def inner() -> None:
        Review.using(Stub(GOOD))(review="words")

    with telemetry.recording() as kept:
        context = copy_context()
        thread = threading.Thread(target=lambda: context.run(inner))
        thread.start()
        thread.join()
    assert len(kept.roots) == 1


def test_calls_that_a_task_was_cancelled_in_are_ended() -> None:
    async def once() -> None:
        task = asyncio.create_task(Review.using(Never()).acall(review="words"))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with telemetry.recording() as kept:
        asyncio.run(once())
    assert [type(span.error).__name__ for span in kept.all()] == ["CancelledError"] * 3


class Never(Stub):
    def __init__(self) -> None:
        super().__init__(GOOD)

    async def complete(self, request: object) -> object:  # type: ignore[override]
        return await asyncio.sleep(60)
