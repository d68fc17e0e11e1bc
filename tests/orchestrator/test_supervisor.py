"""Supervisors in trouble: children that do not start, do not stop or end too often; who asks and watches."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from mlsig.orchestrator import (
    Child,
    Exit,
    Intensity,
    NotRunning,
    NotStopped,
    Shutdown,
    Started,
    StartFailed,
    Supervisor,
    UnknownChild,
)
from mlsig.orchestrator.intensity import Restarts

Work = Callable[[Started], Coroutine[Any, Any, None]]


def lasting(log: list[str], id: str, **more: Any) -> Child:
    async def run(started: Started) -> None:
        log.append(f"start {id}")
        started()
        started()  # heard once
        try:
            await asyncio.Event().wait()
        finally:
            log.append(f"stop {id}")

    return Child(id, run, **more)


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def only(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_children_start_in_order_and_stop_in_reverse() -> None:
    log: list[str] = []
    async with Supervisor([lasting(log, "a"), lasting(log, "b")], name="top") as top:
        assert str(top.status()) == "top: running\n  a: running\n  b: running"
        assert (top.stats().active, top.stats().workers, top.stats().supervisors) == (2, 2, 0)
    assert log == ["start a", "start b", "stop b", "stop a"]
    assert (
        str(top.status())
        == "top: stopped\n  a: stopped, last ended by shutdown\n  b: stopped, last ended by shutdown"
    )
    await top.stop()
    await top.wait()


async def test_the_next_waits_until_the_one_before_is_initialised() -> None:
    log: list[str] = []

    async def slow(started: Started) -> None:
        log.append("begin slow")
        await turns()
        log.append("end slow")
        started()
        await asyncio.Event().wait()

    async with Supervisor([Child("slow", slow), lasting(log, "next")]):
        assert log == ["begin slow", "end slow", "start next"]


async def test_one_that_crashes_in_its_start_stops_those_before_it() -> None:
    log: list[str] = []

    async def broken(started: Started) -> None:
        await turns(2)
        raise OSError("no such thing")

    with pytest.raises(
        StartFailed, match=r"child 'broken' did not start: crash: OSError: no such thing"
    ) as caught:
        async with Supervisor([lasting(log, "a"), Child("broken", broken)]):
            pass
    assert (caught.value.id, caught.value.exit.kind) == ("broken", "crash")
    assert log == ["start a", "stop a"]


async def test_one_that_takes_too_long_to_start() -> None:
    async def never(started: Started) -> None:
        await asyncio.Event().wait()

    with pytest.raises(StartFailed, match=r"not initialised after 0.01 s"):
        async with Supervisor([Child("never", never, start_timeout=0.01)]):
            pass


async def test_one_that_crashes_while_it_stops_stops_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []

    async def sore(started: Started) -> None:
        started()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("sore")

    async with Supervisor([lasting(log, "a"), Child("sore", sore)], name="top") as top:
        pass
    assert log == ["start a", "stop a"]
    assert top.status().children[1].last == "crash: OSError: sore"
    assert "top: child sore ended with crash: OSError: sore" in only(caplog)


async def test_one_that_fails_while_it_is_started_again_is_tried_again() -> None:
    starts = 0

    async def moody(started: Started) -> None:
        nonlocal starts
        starts += 1
        if starts in (2, 3):
            raise OSError("not yet")
        started()
        if starts == 1:
            raise OSError("first")
        await asyncio.Event().wait()

    async with Supervisor([Child("moody", moody)]) as top:
        await turns(60)
        assert starts == 4
        [child] = top.status().children
        assert (child.state, child.restarts, top.stats().restarts) == ("running", 3, 3)


async def test_too_many_restarts_end_the_supervisor_and_are_told(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []

    async def broken(started: Started) -> None:
        started()
        raise OSError("again")

    top = Supervisor([lasting(log, "a"), Child("broken", broken)], name="top", intensity=Intensity(2, 60))
    async with top:
        with pytest.raises(
            Shutdown, match=r"top: more than 2 restarts in 60 s, the last of 'broken', which ended"
        ):
            await top.wait()
        assert log == ["start a", "stop a"]
        with pytest.raises(NotRunning, match="top does not run"):
            await top.restart_child("a")
    assert "top gives up: more than 2 restarts in 60 s, the last of broken" in only(caplog)


async def test_giving_up_climbs_the_tree() -> None:
    log: list[str] = []
    crash = asyncio.Event()

    async def broken(started: Started) -> None:
        started()
        log.append("start broken")
        await crash.wait()
        raise OSError("again")

    inner = Supervisor([Child("broken", broken)], intensity=Intensity(0, 60), name="inner")
    tree = [lasting(log, "a"), inner.child("inner"), lasting(log, "b")]
    async with Supervisor(tree, strategy="rest_for_one", name="top") as top:
        assert top.stats().supervisors == 1
        crash.set()
        await asyncio.sleep(0)
        crash.clear()
        await turns(60)
        assert log == ["start a", "start broken", "start b", "stop b", "start broken", "start b"]
        assert str(top.status()) == (
            "top: running\n  a: running\n"
            "  inner: running, restarts: 1, last ended by shutdown: Shutdown: inner: more than 0 restarts"
            " in 60 s, the last of 'broken', which ended with crash: OSError: again\n"
            "    broken: running\n"
            "  b: running, last ended by shutdown"
        )


async def test_one_that_ignores_its_cancellation_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    release = asyncio.Event()
    log: list[str] = []

    async def deaf(started: Started) -> None:
        started()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                log.append("heard")

    async with Supervisor([Child("deaf", deaf, shutdown=0.01), lasting(log, "after")], name="top") as top:
        await top.terminate_child("deaf")
        assert log.count("heard") > 1
        assert top.stats().zombies == 1
        assert top.zombies() == ["top/deaf"]
        await top.restart_child("deaf")
        assert top.stats().active == 2
        release.set()
        await turns()
        assert top.stats().zombies == 0
    assert "top/deaf does not end: it goes on without a supervisor" in only(caplog)


async def test_a_zombie_that_ends_badly_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    release = asyncio.Event()

    async def deaf(started: Started) -> None:
        started()
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()
        raise OSError("at last")

    async with Supervisor([Child("deaf", deaf, shutdown=0)], name="top"):
        pass
    release.set()
    await turns()
    assert "top/deaf ended late: OSError: at last" in only(caplog)


@pytest.mark.parametrize("attempt", range(1, 30))
async def test_a_cancelled_start_leaves_nothing(attempt: int) -> None:
    """Whoever starts a tree may be cancelled at any of its awaits."""
    log: list[str] = []

    async def slow(started: Started) -> None:
        await turns(2)
        started()
        log.append("start slow")
        try:
            await asyncio.Event().wait()
        finally:
            await turns(2)
            log.append("stop slow")

    inner = Supervisor([Child("slow", slow), lasting(log, "x")])

    async def whole() -> None:
        async with Supervisor([lasting(log, "a"), inner.child("inner"), lasting(log, "b")]):
            await turns(3)

    task = asyncio.create_task(whole())
    await turns(attempt)
    task.cancel()
    await asyncio.wait([task])
    assert asyncio.all_tasks() == {asyncio.current_task()}
    started = [line.removeprefix("start ") for line in log if line.startswith("start")]
    assert sorted(started) == sorted(line.removeprefix("stop ") for line in log if line.startswith("stop"))


async def test_a_supervisor_that_is_not_given_the_time_cancels_its_children() -> None:
    log: list[str] = []

    async def slow(started: Started) -> None:
        started()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("asked")
            await turns(50)
            log.append("ended")

    inner = Supervisor([Child("slow", slow, shutdown=None)], name="inner")
    async with Supervisor([inner.child("inner", shutdown=0)]):
        await turns()
    assert log[0] == "asked"
    await turns(100)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_who_asks_of_one_that_stops_is_told() -> None:
    entered = asyncio.Event()

    async def slow(started: Started) -> None:
        entered.set()
        await asyncio.Event().wait()

    top = Supervisor([], name="top")
    async with top:
        first = asyncio.create_task(top.start_child(Child("slow", slow)))
        await entered.wait()
        second = asyncio.create_task(top.terminate_child("slow"))
        third = asyncio.create_task(top.delete_child("slow"))
        await turns()
        third.cancel()
        await turns()
    with pytest.raises(NotRunning, match="was stopped"):
        await first
    with pytest.raises(NotRunning, match="top has stopped"):
        await second
    assert third.cancelled()


async def test_an_asker_who_went_away_does_no_harm() -> None:
    log: list[str] = []
    async with Supervisor([lasting(log, "a")]) as top:
        for ask in (top.terminate_child("a"), top.terminate_child("nobody")):
            asker = asyncio.create_task(ask)
            await asyncio.sleep(0)
            asker.cancel()
            await turns()
        assert log == ["start a", "stop a"]
        with pytest.raises(UnknownChild, match="supervisor has no child 'nobody'; it has a"):
            await top.restart_child("nobody")
        await top.restart_child("a")
        with pytest.raises(
            NotStopped, match="child 'a' of supervisor is running: `terminate_child` stops it"
        ):
            await top.delete_child("a")


async def test_monitors_hear_of_the_end_once(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[tuple[str, Exit]] = []

    def bad(id: str, why: Exit) -> None:
        raise OSError("monitor")

    crash = asyncio.Event()

    async def fragile(started: Started) -> None:
        started()
        await crash.wait()
        crash.clear()
        raise OSError("x")

    async with Supervisor([Child("fragile", fragile)], name="top") as top:
        top.monitor("fragile", bad)
        top.monitor("fragile", lambda id, why: heard.append((id, why)))
        crash.set()
        await turns()
        crash.set()
        await turns()
        assert [(id, why.kind, why.abnormal) for id, why in heard] == [("fragile", "crash", True)]
        assert top.stats().restarts == 2
        await top.terminate_child("fragile")
        with pytest.raises(NotRunning, match="child 'fragile' of top is stopped"):
            top.monitor("fragile", bad)
        with pytest.raises(UnknownChild):
            top.monitor("nobody", bad)
    assert "top: a monitor of fragile failed" in only(caplog)


async def test_children_see_the_context_of_their_supervisor_not_of_whoever_asks() -> None:
    seen: list[str] = []
    name = contextvars.ContextVar("name", default="none")

    async def look(started: Started) -> None:
        started()
        seen.append(name.get())
        name.set("child")

    name.set("owner")
    async with Supervisor([Child("one", look, "temporary")]) as top:
        name.set("asker")
        await top.start_child(Child("two", look, "temporary"))
        await turns()
    assert seen == ["owner", "owner"]
    assert name.get() == "asker"


async def test_it_can_be_run_again() -> None:
    log: list[str] = []
    top = Supervisor([lasting(log, "a")])
    with pytest.raises(NotRunning, match="was not started"):
        await top.wait()
    for _ in range(2):
        async with top:
            await top.start_child(lasting(log, "b"))
    assert log == ["start a", "start b", "stop b", "stop a"] * 2


def test_what_makes_no_sense_is_refused() -> None:
    child = lasting([], "a")
    with pytest.raises(
        ValueError, match="strategy 'all' is not one of one_for_one, one_for_all, rest_for_one"
    ):
        Supervisor([], strategy="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two children are called 'a'"):
        Supervisor([child, child])
    with pytest.raises(ValueError, match="restart 'always' is not permanent, transient or temporary"):
        Child("a", child.start, "always")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="shutdown -1 is not 0 or more seconds"):
        Child("a", child.start, shutdown=-1)
    with pytest.raises(ValueError, match=r"-1 restarts in 5\.0 s: give 0 or more in more than 0 seconds"):
        Intensity(-1)


def test_restarts_count_for_a_period_whatever_the_clock_does() -> None:
    counted = Restarts(Intensity(2, 5.0))
    found = [counted.add(now) for now in (0.0, 1.0, 5.5, 6.0, 20.0, 20.0, 20.0)]
    assert found == [True, True, True, False, True, True, False]
    backwards = Restarts(Intensity(1, 5.0))
    assert [backwards.add(now) for now in (100.0, 1.0, 7.0, 13.0)] == [True, False, True, True]


def test_the_log_has_a_name() -> None:
    assert logging.getLogger("mlsig.orchestrator").name == "mlsig.orchestrator"
