"""Data sets by name: read once in a thread, again when their file changes, in batches of bounded size."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import steps
from mlsig.data import DataError, DataUnreadable
from mlsig.orchestrator import AlreadyThere, Supervisor
from mlsig.orchestrator.components import Datasets

MOODS = '{"mood": "good"}\n{"mood": "very_bad"}\n'


@pytest.fixture
def moods(tmp_path: Path) -> Path:
    path = tmp_path / "moods.jsonl"
    path.write_text(MOODS, encoding="utf-8")
    return path


def rows(count: int) -> list[Mapping[str, Any]]:
    return [{"review": str(at)} for at in range(count)]


async def test_one_is_read_once_until_its_file_changes(moods: Path) -> None:
    datasets = Datasets()
    assert datasets.add("moods", moods, steps.MoodOut) is datasets.get("moods")
    one, other = await asyncio.gather(datasets.load("moods"), datasets.load("moods"))
    assert one is other is await datasets.load("moods")
    assert [mood.mood.value for mood in one.examples] == ["good", "very_bad"]
    assert (datasets.stats().reads, datasets.stats().hits, datasets.stats().rows) == (1, 1, 2)
    moods.write_text('{"mood": "very_bad"}\n', encoding="utf-8")
    assert len((await datasets.load("moods")).examples) == 1
    moods.write_text('{"mood": "good"}\n{"mood": "sad"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"moods\.jsonl:2: mood: must be"):
        await datasets.load("moods")
    moods.unlink()
    with pytest.raises(DataUnreadable, match="there is no such file"):
        await datasets.load("moods")
    assert (datasets.stats().changed, datasets.stats().kept) == (2, ())


async def test_its_task_looks_for_changes_and_what_is_known_outlives_it(moods: Path) -> None:
    datasets = Datasets(look=0.01)
    datasets.add("moods", moods, steps.MoodOut)
    async with Supervisor([datasets.child()]) as top:
        await datasets.load("moods")
        await asyncio.sleep(0.03)
        [task] = [task for task in asyncio.all_tasks() if task.get_name().endswith("/datasets")]
        task.cancel()
        while not top.stats().restarts:
            await asyncio.sleep(0.01)
        assert datasets.stats().kept == ("moods",)
        os.utime(moods, ns=(1, 1))
        while datasets.stats().kept:
            await asyncio.sleep(0.01)
    assert datasets.stats().changed == 1


async def test_so_many_are_kept_of_so_many_rows() -> None:
    datasets = Datasets(kept=2, rows=10)
    for name, count in (("a", 3), ("b", 4), ("c", 5), ("big", 11), ("d", 6)):
        datasets.add(name, rows(count), steps.ReviewIn)
    assert datasets.names() == ("a", "b", "c", "big", "d")
    for name in ("a", "b", "a", "big", "c"):
        await datasets.load(name)
    assert datasets.stats().kept == ("a", "c")  # b was not asked for the longest
    await datasets.load("d")
    assert (datasets.stats().kept, datasets.stats().rows, datasets.stats().evicted) == (("d",), 6, 3)
    none = Datasets(kept=0)
    none.add("a", rows(3), steps.ReviewIn)
    assert (await none.load("a")) is not (await none.load("a"))
    for wrong in ({"kept": -1}, {"rows": -1}, {"look": 0.0}):
        with pytest.raises(ValueError, match="give 0 or more"):
            Datasets(**wrong)  # type: ignore[arg-type]


async def test_names_are_there_once_or_not_at_all() -> None:
    datasets = Datasets()
    with pytest.raises(KeyError, match="there is no data set 'a'; there are none"):
        datasets.get("a")
    datasets.add("a", rows(2), steps.ReviewIn)
    with pytest.raises(AlreadyThere, match="there is a data set 'a': `forget` it first"):
        datasets.add("a", rows(2), steps.ReviewIn)
    await datasets.load("a")
    assert datasets.invalidate("a")
    assert not datasets.invalidate("a")
    datasets.forget("a")
    datasets.forget("a")
    assert datasets.names() == ()


async def test_what_is_invalidated_while_it_is_read_is_read_again_by_whoever_asks_next() -> None:
    go, reading = threading.Event(), threading.Event()
    said = ["old", "new"]

    def slow() -> Iterator[Mapping[str, Any]]:
        text = said.pop(0)
        reading.set()
        go.wait(60)
        yield {"review": text}

    datasets = Datasets()
    datasets.add("slow", slow, steps.ReviewIn)
    first = asyncio.create_task(datasets.load("slow"))
    gone = asyncio.create_task(datasets.load("slow"))
    await asyncio.to_thread(reading.wait, 60)
    gone.cancel()  # the reading goes on for the other
    datasets.invalidate("slow")
    second = asyncio.create_task(datasets.load("slow"))
    await asyncio.sleep(0)
    go.set()
    assert [(await task).examples[0].review for task in (first, second)] == ["old", "new"]
    assert (await datasets.load("slow")).examples[0].review == "new"
    assert gone.cancelled()


async def test_a_file_that_never_rests_is_no_data_set(moods: Path) -> None:
    turns = iter(range(100))

    def touched(row: Mapping[str, Any]) -> Mapping[str, Any]:
        os.utime(moods, ns=(1, 1 + next(turns)))
        return row

    datasets = Datasets()
    datasets.add("moods", moods, steps.MoodOut, prepare=touched)
    with pytest.raises(DataError, match="has changed while it was read, 3 times in a row"):
        await datasets.load("moods")


async def test_batches_come_when_they_are_asked_for() -> None:
    made = 0

    def many() -> Iterator[Mapping[str, Any]]:
        nonlocal made
        for row in rows(1_000):
            made += 1
            yield row

    datasets = Datasets()
    datasets.add("many", many, steps.ReviewIn)
    async with aclosing(datasets.stream("many", size=10)) as batches:
        assert [one.review for one in await anext(batches)] == [str(at) for at in range(10)]
        assert (made, datasets.stats().streams) == (10, 1)
    assert (made, datasets.stats().streams) == (10, 0)
    drawn = [one.review async for batch in datasets.stream("many", size=300, seed=3) for one in batch]
    assert sorted(drawn) == sorted(str(at) for at in range(1_000))
    assert drawn != sorted(drawn)
    with pytest.raises(ValueError, match="batches of 0"):
        await anext(datasets.stream("many", size=0))
