"""The data sets that a process works with, by name, each read once while nobody changes it.

    datasets = Datasets()
    datasets.add("train", "train.parquet", Review)
    data = await datasets.load("train")                    # read in a thread; kept
    async for batch in datasets.stream("train", size=64):  # never more than a batch in memory
        ...

Reading happens in threads, so that the event loop is free. What was read is kept until its file changes,
which is looked for each time that somebody asks and, while the task that looks after it runs, every `look`
seconds. All that is known is in the object, outside of that task: when it crashes, nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias, overload

from mlsig.data import Data, DataError, Dataset, Prepare, Source
from mlsig.data.dataset import RecordT
from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.supervisor import AlreadyThere
from mlsig.records import Record
from mlsig.signatures import Example, Signature

log = logging.getLogger("mlsig.orchestrator")

KEPT: Final = 16
ROWS: Final = 1_000_000
LOOK: Final = 1.0
BATCH: Final = 256
TRIES: Final = 3

Stamp: TypeAlias = tuple[int, int, int, int]
"""A file's number, size, and times of writing and of change; another of them is another content."""


@dataclass(frozen=True)
class DatasetStats:
    """What is known of data sets.

    Attributes:
        sets: How many there are.
        kept: Names of those that are held in memory, the one that was not asked for the longest first.
        rows: How many examples those have together.
        hits: How often one was asked for that was there.
        reads: How often one was read.
        changed: How often a file had changed since it was read.
        evicted: How often one had to make room.
        streams: How many are being read batch by batch.
    """

    sets: int
    kept: tuple[str, ...]
    rows: int
    hits: int
    reads: int
    changed: int
    evicted: int
    streams: int


@dataclass(frozen=True)
class _Kept:
    data: Data[Any]
    stamp: Stamp | None


class Datasets:
    """Data sets by name. Belongs to one event loop.

    Args:
        kept: How many are held in memory; the one goes that was not asked for the longest.
        rows: How many examples those may have together; a set of more is read each time.
        look: Seconds between looks for files that changed.
    """

    def __init__(self, *, kept: int = KEPT, rows: int = ROWS, look: float = LOOK) -> None:
        if kept < 0 or rows < 0 or not look > 0:
            raise ValueError(
                f"{kept} sets of {rows} rows, looked after every {look} s: give 0 or more, and more than 0 s"
            )
        self._most = kept
        self._most_rows = rows
        self._look = look
        self._sets: dict[str, Dataset[Any]] = {}
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._reading: dict[str, asyncio.Task[Data[Any]]] = {}
        self._hits = self._reads = self._changed = self._evicted = self._streams = 0

    @overload
    def add(
        self, name: str, source: Source, schema: type[Signature], *,
        prepare: Prepare | None = None, skip_broken: bool = False,
    ) -> Dataset[Example[Any, Any]]: ...  # fmt: skip
    @overload
    def add(
        self, name: str, source: Source, schema: type[RecordT], *,
        prepare: Prepare | None = None, skip_broken: bool = False,
    ) -> Dataset[RecordT]: ...  # fmt: skip
    def add(
        self,
        name: str,
        source: Source,
        schema: type[Signature] | type[Record],
        *,
        prepare: Prepare | None = None,
        skip_broken: bool = False,
    ) -> Dataset[Any]:
        """Make a data set known, and return it; nothing is read. `mlsig.data.Dataset` has the arguments.

        Raises:
            AlreadyThere: There is one of the name.
            DataUnreadable: The source is of no kind that is known.
        """
        if name in self._sets:
            raise AlreadyThere(f"there is a data set {name!r}: `forget` it first")
        made: Dataset[Any] = Dataset(source, schema, prepare=prepare, skip_broken=skip_broken)
        self._sets[name] = made
        return made

    def get(self, name: str) -> Dataset[Any]:
        """Return a data set, which can be read, shuffled and split.

        Raises:
            KeyError: There is none of the name.
        """
        found = self._sets.get(name)
        if found is None:
            raise KeyError(f"there is no data set {name!r}; there are {', '.join(self._sets) or 'none'}")
        return found

    def names(self) -> tuple[str, ...]:
        """Return the names of all, in the order in which they were added."""
        return tuple(self._sets)

    def forget(self, name: str) -> None:
        """Know nothing of a data set any more; again is no matter."""
        self.invalidate(name)
        self._sets.pop(name, None)

    def invalidate(self, name: str) -> bool:
        """Read it again when it is asked for the next time; say whether it was held."""
        self._reading.pop(name, None)  # who waits for it gets it, and nobody else
        return self._kept.pop(name, None) is not None

    async def load(self, name: str) -> Data[Any]:
        """Return all of a data set: from memory, if it is there and its file is as it was.

        Those who ask while it is being read wait for the same reading.

        Raises:
            KeyError: There is none of the name.
            DataUnreadable: The source is not there, or is not in the form that its name says.
            DataError: Rows are broken, with place and reasons; or there are no rows; or the file changes all
                the time.
        """
        found = self.get(name)
        self._drop_changed(name)
        if name in self._kept:
            self._kept.move_to_end(name)
            self._hits += 1
            return self._kept[name].data
        task = self._reading.get(name)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._read(name, found), name=f"reading {name}")
            self._reading[name] = task
            task.add_done_callback(lambda done: self._read_ended(name, done))
        # Whoever is cancelled leaves the reading to the others who wait for it.
        return await asyncio.shield(task)

    async def stream(
        self, name: str, *, size: int = BATCH, seed: int | None = None, window: int = 10_000
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        """Read a data set batch by batch; the next one is read when it is asked for.

        Args:
            name: Which.
            size: Examples in a batch.
            seed: Gives them in an order by chance; None: as they come.
            window: How many are held to draw from then.

        Raises:
            KeyError: There is none of the name.
            DataUnreadable: As `load`; and so is the other.
            DataError: The next row is broken.
            ValueError: `size` or `window` is not above zero.
        """
        if size < 1:
            raise ValueError(f"batches of {size} hold nothing: it must be at least 1")
        data = self.get(name)
        items = iter(data) if seed is None else data.shuffled(seed=seed, window=window)
        self._streams += 1
        try:
            while batch := await asyncio.to_thread(lambda: tuple(islice(items, size))):
                yield batch
        finally:
            self._streams -= 1

    def child(self, id: str = "datasets") -> Child:
        """Return the task that looks after it, for a supervisor."""
        return Child(id, self._serve)

    def stats(self) -> DatasetStats:
        """Return what is there, and how often it was of use."""
        return DatasetStats(
            sets=len(self._sets),
            kept=tuple(self._kept),
            rows=self._rows(),
            hits=self._hits,
            reads=self._reads,
            changed=self._changed,
            evicted=self._evicted,
            streams=self._streams,
        )

    async def _serve(self, started: Started) -> None:
        started()
        while True:
            await asyncio.sleep(self._look)
            for name in tuple(self._kept):
                self._drop_changed(name)

    def _drop_changed(self, name: str) -> None:
        kept = self._kept.get(name)
        if kept is not None and kept.stamp != _stamp(self._sets[name]):
            self._changed += 1
            log.info("the data set %s has changed, and will be read again", name)
            del self._kept[name]

    async def _read(self, name: str, data: Dataset[Any]) -> Data[Any]:
        for _ in range(TRIES):
            before = _stamp(data)
            self._reads += 1
            read = await asyncio.to_thread(data.load)
            if before == _stamp(data):
                if self._reading.get(name) is asyncio.current_task():
                    self._keep(name, _Kept(read, before))
                return read
        raise DataError(data.origin.name, f"has changed while it was read, {TRIES} times in a row")

    def _read_ended(self, name: str, task: asyncio.Task[Data[Any]]) -> None:
        if self._reading.get(name) is task:
            del self._reading[name]
        if not task.cancelled():
            task.exception()  # whoever asked has it, unless they went away

    def _keep(self, name: str, kept: _Kept) -> None:
        if not self._most or len(kept.data.examples) > self._most_rows:
            return
        self._kept[name] = kept
        while len(self._kept) > self._most or self._rows() > self._most_rows:
            self._kept.popitem(last=False)
            self._evicted += 1

    def _rows(self) -> int:
        return sum(len(kept.data.examples) for kept in self._kept.values())


def _stamp(data: Dataset[Any]) -> Stamp | None:
    """Say what changes when a file does; None where there is no file to look at."""
    if data.origin.path is None:
        return None
    try:
        found = os.stat(data.origin.path)  # noqa: PTH116  (a few microseconds: no thread is worth it)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
