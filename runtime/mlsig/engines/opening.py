"""The engines that there are; each context manager yields an open one, and closes what it opened."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any, Final

from mlsig.engines.engine import Engine, EngineError, ExtraMissing

NAMES: Final = ("here", "processes", "dask", "ray")
"""What `mlsig optimize --engine` takes; `here` is this process, without an engine."""


def opened(name: str, workers: int = 0, cluster: str = "") -> AbstractContextManager[Engine]:
    """Return an engine by its name.

    Args:
        name: `processes`, `dask` or `ray`.
        workers: How many processes; of a cluster, how many shares it is handed at a time; 0: as many as fit.
        cluster: The address of a cluster that is there already.

    Raises:
        EngineError: There is no such engine, or it needs an address.
    """
    if name == "processes":
        return processes(workers or multiprocessing.cpu_count())
    if name == "dask":
        if not cluster:
            raise EngineError(
                "the engine `dask` needs the address of a scheduler, such as tcp://10.0.0.5:8786"
            )
        return dask(cluster, workers=workers)
    if name == "ray":
        return ray(cluster or "auto", workers=workers)
    raise EngineError(f"there is no engine `{name}`; there are {', '.join(NAMES)}")


@contextmanager
def processes(count: int) -> Generator[Engine]:
    """Run worker processes of this machine, by pebble: one that dies takes its own share along, and no other.

    Raises:
        ExtraMissing: pebble is not installed.
    """
    from mlsig.engines.processes import Pool  # noqa: PLC0415

    pebble = _package("pebble", "processes", "workers")
    with Pool(pebble, count) as pool:
        yield Engine("processes", pool, (pebble.ProcessExpired, BrokenProcessPool), count)


@contextmanager
def dask(cluster: Any, *, workers: int = 0) -> Generator[Engine]:
    """Use a Dask cluster that is there.

    Its scheduler tries work again whose worker died, three times by default, whatever `retries` says: that is
    switched off while the engine is open, for all that the cluster does, and then put back.

    Args:
        cluster: A `distributed.Client`, or the address of a scheduler.
        workers: How many shares it is handed at a time; 0: as many as it has threads.

    Raises:
        ExtraMissing: distributed is not installed.
        EngineError: No scheduler answers there.
    """
    distributed = _package("distributed", "dask", "dask")
    scheduler = import_module("distributed.scheduler")
    own = not isinstance(cluster, distributed.Client)
    try:
        client = distributed.Client(cluster, timeout=10) if own else cluster
    except (OSError, ValueError) as error:
        raise EngineError(f"no Dask scheduler answers at {cluster}: {error}") from error
    try:
        before = client.run_on_scheduler(_allow_failures, 0)
        try:
            threads = sum(client.nthreads().values())
            executor: Executor = client.get_executor(retries=0, pure=False)
            lost = (scheduler.KilledWorker, scheduler.NoValidWorkerError)
            yield Engine("dask", executor, lost, workers or max(1, threads))
        finally:
            client.run_on_scheduler(_allow_failures, before)
    finally:
        if own:
            client.close()


def _allow_failures(count: int, dask_scheduler: Any) -> int:
    """Say how many workers a task may lose before it fails; return what was allowed until now."""
    before: int = dask_scheduler.allowed_failures
    dask_scheduler.allowed_failures = count
    return before


@contextmanager
def ray(address: str | None = "auto", *, workers: int = 0) -> Generator[Engine]:
    """Use a Ray cluster that is there.

    Args:
        address: Of the cluster; `auto` finds the one of this machine. Where this process is connected to one
            already, that one is used.
        workers: How many shares it is handed at a time; 0: as many as it has processors.

    Raises:
        ExtraMissing: ray is not installed.
        EngineError: There is no such cluster.
    """
    package = _package("ray", "ray", "ray")
    exceptions = import_module("ray.exceptions")
    own = not package.is_initialized()
    if own:
        try:
            package.init(address=address, log_to_driver=False)
        except (ConnectionError, ValueError) as error:
            raise EngineError(f"there is no Ray cluster at {address}: {error}") from error
    from mlsig.engines.on_ray import Tasks  # noqa: PLC0415

    try:
        lost = (
            exceptions.WorkerCrashedError,
            exceptions.RayActorError,
            exceptions.NodeDiedError,
            exceptions.ObjectLostError,
            exceptions.LocalRayletDiedError,
        )
        count = workers or max(1, int(package.cluster_resources().get("CPU", 1)))
        yield Engine("ray", Tasks(package), lost, count)
    finally:
        if own:
            package.shutdown()


def _package(name: str, engine: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ExtraMissing(engine, extra) from error
