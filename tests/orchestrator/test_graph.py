"""Steps run as soon as what they need is there, fail as they were told to, and leave nothing behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
from mlsig.errors import BudgetExhausted, ProviderRefused
from mlsig.orchestrator import DeadlinePassed, Graph, Step, StepFailed


class Quick(random.Random):
    """Waits between attempts are as short as they can be."""

    def uniform(self, a: float, b: float) -> float:
        return a


def alone() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


async def give(value: int, log: list[str] | None = None, name: str = "") -> int:
    if log is not None:
        log.append(f"begin {name}")
    await asyncio.sleep(0)
    if log is not None:
        log.append(f"end {name}")
    return value


async def fail(problem: Exception | None = None) -> int:
    await asyncio.sleep(0)
    raise problem or OSError("broken")


async def stay() -> int:
    await asyncio.Event().wait()
    return 0


def failing(times: int, value: int = 7) -> Callable[[], object]:
    left = times

    async def call() -> int:
        nonlocal left
        left -= 1
        if left >= 0:
            raise OSError(f"{left} to go")
        return value

    return call


async def test_each_runs_when_what_it_needs_is_there_and_the_others_beside_it() -> None:
    log: list[str] = []
    async with Graph("sum", deadline=60.0) as graph:
        one = graph.step("one", lambda: give(1, log, "one"))
        two = graph.step("two", lambda: give(2, log, "two"))
        both = graph.step("both", lambda: give(one.value + two.value, log, "both"), needs=[one, two])
        assert await both == 3
        assert await one == 1
    assert log == ["begin one", "begin two", "end one", "end two", "begin both", "end both"]
    assert graph.done() == {"sum.one": 1, "sum.two": 2, "sum.both": 3}
    assert alone()


async def test_the_first_that_fails_ends_the_others_and_tells_what_had_succeeded() -> None:
    with pytest.raises(StepFailed, match=r"^step flow\.bad failed: OSError: broken$") as caught:
        async with Graph("flow") as graph:
            good = graph.step("good", lambda: give(1))
            graph.step("long", stay)
            bad = graph.step("bad", fail, needs=[good])
            after = graph.step("after", lambda: give(bad.value), needs=[bad])
            await after
    assert caught.value.path == "flow.bad"
    assert caught.value.done == {"flow.good": 1}
    assert isinstance(caught.value.cause, OSError)
    assert alone()


async def test_nobody_has_to_wait_for_a_failure_to_hear_of_it() -> None:
    with pytest.raises(StepFailed, match=r"^step bad failed"):
        async with Graph() as graph:
            graph.step("bad", fail)
    with pytest.raises(LookupError, match="of the block"):
        async with Graph() as graph:
            graph.step("long", stay)
            raise LookupError("of the block")
    assert alone()


async def test_what_is_optional_is_none_and_why_is_kept() -> None:
    async with Graph("flow") as graph:
        bad = graph.optional("bad", fail)
        good = graph.optional("good", lambda: give(2))
        after = graph.step("after", lambda: give(5 if bad.value is None else bad.value), needs=[bad])
        assert (await bad, await good, await after) == (None, 2, 5)
    assert {path: str(error) for path, error in graph.errors.items()} == {
        "flow.bad": "step flow.bad failed: OSError: broken"
    }


async def test_steps_are_tried_again_and_an_attempt_has_its_time() -> None:
    async with Graph(rng=Quick()) as graph:
        moody = graph.step("moody", failing(2), retry=2)  # type: ignore[arg-type, var-annotated]
        assert await moody == 7
    with pytest.raises(StepFailed, match=r"step moody failed in each of 3 attempts: OSError: 0 to go"):
        async with Graph(rng=Quick()) as graph:
            graph.step("moody", failing(3), retry=2)  # type: ignore[arg-type]
    with pytest.raises(
        StepFailed, match=r"step long failed in each of 2 attempts: TimeoutError: took more than 0.01 s"
    ):
        async with Graph(rng=Quick()) as graph:
            graph.step("long", stay, retry=1, timeout=0.01)
    with pytest.raises(StepFailed, match=r"TimeoutError: its own"):
        async with Graph() as graph:
            graph.step("slow", lambda: fail(TimeoutError("its own")), timeout=60.0)
    assert alone()


@pytest.mark.parametrize("problem", [BudgetExhausted("used up"), ProviderRefused("openai", "no key")])
async def test_what_will_not_change_is_not_tried_again(problem: Exception) -> None:
    with pytest.raises(StepFailed) as caught:
        async with Graph() as graph:
            graph.step("paid", lambda: fail(problem), retry=5)
    assert caught.value.attempts == 1
    if isinstance(problem, BudgetExhausted):  # nor is a limit of the run something to pass over
        with pytest.raises(StepFailed):
            async with Graph() as graph:
                graph.optional("paid", lambda: fail(problem))


async def test_a_call_for_each_item_so_many_at_a_time_in_their_order() -> None:
    running, most = 0, 0

    async def square(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(item % 3):
            await asyncio.sleep(0)
        running -= 1
        return item * item

    async with Graph() as graph:
        items = graph.step("items", lambda: give(10))
        squares = graph.each("squares", lambda: range(items.value), square, needs=[items], concurrency=3)
        nothing = graph.each("nothing", list[int], square)
        assert await squares == [at * at for at in range(10)]
        assert await nothing == []
    assert most == 3

    async def odd(item: int) -> int:
        return await (give(item) if item % 2 else fail())

    with pytest.raises(StepFailed, match=r"^step flow.odds\[2\] failed"):
        async with Graph("flow") as graph:
            graph.each("odds", lambda: [1, 3, 2, 5], odd)
    async with Graph("flow") as graph:
        odds = graph.each_optional("odds", lambda: [1, 3, 2, 5], odd)
        assert await odds == [1, 3, None, 5]
    assert list(graph.errors) == ["flow.odds[2]"]
    assert alone()


async def test_graphs_inside_graphs_have_a_path() -> None:
    async def inner() -> int:
        async with Graph("inner") as graph:
            graph.step("fine", lambda: give(1))
            long = graph.step("bad", fail)
            return await long

    with pytest.raises(StepFailed, match=r"^step outer\.call\.inner\.bad failed: OSError: broken") as caught:
        async with Graph("outer") as graph:
            first = graph.step("first", lambda: give(3))
            graph.step("call", inner, needs=[first], retry=0)
    assert caught.value.done == {"outer.first": 3, "outer.call.inner.fine": 1}
    assert isinstance(caught.value.cause, OSError)


async def test_one_deadline_for_all_of_it() -> None:
    with pytest.raises(DeadlinePassed, match=r"the deadline of 0.01 s passed, in flow.long, flow.after"):
        async with Graph("flow", deadline=0.01) as graph:
            long = graph.step("long", stay)
            await graph.step("after", lambda: give(long.value), needs=[long])
    assert alone()


@pytest.mark.parametrize("turns", range(12))
async def test_cancelled_at_any_await_nothing_is_left(turns: int) -> None:
    ended: list[str] = []

    async def careful() -> int:
        try:
            return await stay()
        finally:
            await asyncio.sleep(0)
            ended.append("careful")

    async def flow() -> None:
        async with Graph("flow") as graph:
            one = graph.step("one", lambda: give(1))
            graph.step("careful", careful)
            graph.each("many", lambda: range(5), give, needs=[one])
            await one

    task = asyncio.create_task(flow())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert alone()
    assert ended in ([], ["careful"])


async def test_what_makes_no_sense_is_refused() -> None:
    async with Graph() as graph:
        early: Step[int] = graph.step("early", lambda: give(1))
        with pytest.raises(RuntimeError, match="step early has not ended: name it in `needs`"):
            _ = early.value
        with pytest.raises(ValueError, match="there are two steps early"):
            graph.step("early", lambda: give(1))
        with pytest.raises(ValueError, match="-1 more attempts of None s"):
            graph.step("again", lambda: give(1), retry=-1)
    with pytest.raises(RuntimeError, match="stands outside of `async with"):
        graph.step("late", lambda: give(1))
    with pytest.raises(StepFailed, match="0 at a time: give 1 or more"):
        async with Graph() as graph:
            graph.each("none", lambda: [1], give, concurrency=0)


async def test_after_a_failure_nothing_new_begins() -> None:
    begun: list[str] = []
    with pytest.raises(StepFailed, match="step bad"):
        async with Graph() as graph:
            bad = graph.step("bad", fail)
            for _ in range(5):
                await asyncio.sleep(0)
            late = graph.step("late", lambda: give(1, begun, "late"), needs=[bad])
            await late
    assert begun == []
