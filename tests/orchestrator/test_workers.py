"""Real processes, killed in the middle of their work."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import jobs
import pytest
from mlsig.orchestrator import Full, NotRunning, Supervisor, WorkerDied, Workers


async def written(path: Path) -> int:
    """Return the process that wrote a file, as soon as it has."""
    while not (path.exists() and path.read_text(encoding="utf-8")):
        await asyncio.sleep(0.01)
    return int(path.read_text(encoding="utf-8"))


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def until_gone(process: int) -> None:
    while not gone(process):
        await asyncio.sleep(0.01)


async def test_a_killed_process_fails_its_own_job_alone(tmp_path: Path) -> None:
    async with Workers(2) as workers:
        doomed = asyncio.create_task(workers.run(jobs.sleep_in, str(tmp_path / "doomed")))
        other = asyncio.create_task(workers.run(jobs.sleep_in, str(tmp_path / "other")))
        victim, innocent = await written(tmp_path / "doomed"), await written(tmp_path / "other")
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(WorkerDied, match=r"the process that ran jobs:sleep_in ended with signal SIGKILL"):
            await doomed
        assert await workers.run(jobs.double, 21) == 42  # a new process has taken its place
        assert not other.done()
        assert not gone(innocent)
        other.cancel()
        await asyncio.wait([other])
        await until_gone(innocent)
        assert workers.open == 0


async def test_who_is_cancelled_kills_the_work(tmp_path: Path) -> None:
    async with Workers(1) as workers:
        job = asyncio.create_task(workers.run(jobs.sleep_in, str(tmp_path / "job")))
        process = await written(tmp_path / "job")
        job.cancel()
        await asyncio.wait([job])
        assert job.cancelled()
        await until_gone(process)
        assert await workers.run(jobs.double, 1) == 2


async def test_what_goes_wrong_in_a_process_is_told(tmp_path: Path) -> None:
    async with Workers(1, memory=2**31) as workers:
        assert await workers.run(jobs.interrupt_handler)
        with pytest.raises(LookupError, match="no such word"):
            await workers.run(jobs.fail, "no such word")
        with pytest.raises(RuntimeError, match="of the job"):
            await workers.run(jobs.runtime_error)
        with pytest.raises(TimeoutError, match="own"):
            await workers.run(jobs.out_of_time)
        with pytest.raises(MemoryError):
            await workers.run(jobs.eat)
        with pytest.raises(WorkerDied, match="exit code 3") as caught:
            await workers.run(jobs.leave, 3)
        assert caught.value.code == 3
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await workers.run(jobs.kill_myself)
        with pytest.raises(TimeoutError, match=r"jobs:sleep_in took more than 0.1 s, and was killed"):
            await workers.run(jobs.sleep_in, str(tmp_path / "slow"), timeout=0.1)
        assert await workers.run(jobs.double, 3) == 6


async def test_only_so_many_wait(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 processes and 1000 jobs that wait"):
        Workers(0)
    async with Workers(1, waiting=1) as workers:
        running = [asyncio.create_task(workers.run(jobs.sleep_in, str(tmp_path / str(at)))) for at in (0, 1)]
        process = await written(tmp_path / "0")
        with pytest.raises(Full, match="2 jobs run or wait, and no more may"):
            await workers.run(jobs.me)
    await until_gone(process)
    for task in running:
        with pytest.raises(NotRunning, match="the workers stopped while jobs:sleep_in ran or waited"):
            await task
    with pytest.raises(NotRunning, match="the workers do not run"):
        await workers.run(jobs.me)


async def test_a_process_is_replaced_after_so_many_jobs() -> None:
    async with Workers(1, jobs=1) as workers:
        assert await workers.run(jobs.me) != await workers.run(jobs.me)


async def test_a_broken_pool_is_replaced_by_its_supervisor() -> None:
    workers = Workers(1)
    async with Supervisor([workers.child()]) as top:
        assert await workers.run(jobs.double, 2) == 4
        broken = workers._pool
        assert broken is not None
        broken.stop()
        with pytest.raises(NotRunning, match="the workers have stopped"):
            await workers.run(jobs.double, 2)
        while workers._pool in (broken, None):
            await asyncio.sleep(0.01)
        assert await workers.run(jobs.double, 3) == 6
        assert top.stats().restarts == 1


async def test_without_the_extra_one_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pebble", None)
    with pytest.raises(ImportError, match=r'pip install "mlsig\[workers\]"'):
        async with Workers():
            pass
