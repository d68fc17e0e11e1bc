"""Many children that come and go."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest
from mlsig.orchestrator import (
    AlreadyThere,
    Child,
    DynamicSupervisor,
    Full,
    Intensity,
    NotRunning,
    Shutdown,
    Started,
)


async def forever(started: Started) -> None:
    started()
    await asyncio.Event().wait()


async def test_spawned_work_gives_its_result_and_its_error(caplog: pytest.LogCaptureFixture) -> None:
    async def work(at: int) -> int:
        await asyncio.sleep(0)
        if at == 3:
            raise OSError("three")
        return at

    async with DynamicSupervisor(name="evaluations") as workers:
        tasks = [workers.spawn(work(at)) for at in range(5)]
        assert workers.stats().active == 5
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [each if isinstance(each, int) else str(each) for each in found] == [0, 1, 2, "three", 4]
        assert workers.stats().active == 0
    assert [record.getMessage().split(" ", 2)[2] for record in caplog.records] == ["ended: OSError: three"]


async def test_there_is_room_for_so_many() -> None:
    with pytest.raises(ValueError, match="max_children 0 leaves room for none"):
        DynamicSupervisor(max_children=0)
    async with DynamicSupervisor(max_children=2, name="few") as few:
        await few.start_child(Child("kept", forever, "temporary"))
        task = few.spawn(asyncio.sleep(3600))
        with pytest.raises(Full, match="few has 2 children, and may have no more"):
            few.spawn(asyncio.sleep(0))
        with pytest.raises(Full):
            await few.start_child(Child("another", forever))
        await few.terminate_child("kept")
        few.spawn(asyncio.sleep(0))
    assert task.cancelled()
    with pytest.raises(NotRunning, match="few does not run"):
        few.spawn(asyncio.sleep(0))


async def test_children_of_it_are_started_again_too() -> None:
    starts: list[str] = []
    crash = asyncio.Event()

    async def moody(started: Started) -> None:
        starts.append("start")
        started()
        await crash.wait()
        raise OSError("again")

    async with DynamicSupervisor(intensity=Intensity(2, 60)) as found:
        await found.start_child(Child("moody", moody, "transient"))
        with pytest.raises(AlreadyThere, match="has a child 'moody', which is running"):
            await found.start_child(Child("moody", moody))
        crash.set()
        with pytest.raises(Shutdown):
            await found.wait()
    assert len(starts) == 3


async def test_all_are_asked_to_stop_at_once_and_each_has_its_time() -> None:
    running = 0
    most = 0

    async def slow(started: Started) -> None:
        nonlocal running, most
        started()
        try:
            await asyncio.Event().wait()
        finally:
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1

    async with DynamicSupervisor() as found:
        for at in range(20):
            await found.start_child(Child(f"slow{at}", slow, "temporary", shutdown=None if at % 2 else 5.0))
    assert (most, running) == (20, 0)
    assert found.stats().zombies == 0


async def test_ten_thousand_children_stand_in_five_kibibytes_each() -> None:
    async with DynamicSupervisor() as found:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for at in range(10_000):
            await found.start_child(Child(f"child{at}", forever, "permanent"))
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert found.stats().active == 10_000
        assert used < 10_000 * 5 * 1024
    assert found.stats().active == 0
