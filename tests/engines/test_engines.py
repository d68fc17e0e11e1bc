"""The same run on every engine, with a worker killed in the middle of it: real processes, real clusters."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import uuid
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from engines_here import Here, near
from mlsig import engines
from mlsig.engines import Afar, Engine, EngineError, ExtraMissing, WorkersLost, shares
from mlsig.engines.on_ray import Tasks
from mlsig.errors import BudgetExhausted, ProviderError, ProviderRefused
from mlsig.evaluation import aevaluate
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.ledger import MemoryLedger
from mlsig.evaluation.metrics import MetricError
from mlsig.simba import MemoryJournal, Outcome, Settings, aoptimize
from nightly import SCALE
from simulated import SimulatedLM
from toy import Review, reviews

TESTS = Path(__file__).resolve().parents[1]
# Ray gives up when its own processes take more than seconds to start, as they do on a busy machine: at night.
CLUSTERS = ["on_dask", "on_ray"] if SCALE > 1 else ["on_dask"]
SETTINGS = Settings(budget_calls=80, seed=3)


class Model:
    """A module that makes a model for workers: it keeps a bill, and kills its process at the 20th call."""

    def __init__(self, folder: Path, kills: int = 1) -> None:
        self.folder = folder
        self.name = f"far_{uuid.uuid4().hex}"
        self.bill = folder / "bill"
        text = f"""
            import os, signal
            from pathlib import Path
            from simulated import SimulatedLM

            def pay(request, number):
                with open({str(self.bill)!r}, "a") as bill:
                    bill.write(f"{{os.getpid()}}\\n")
                if len(Path({str(self.bill)!r}).read_text().splitlines()) < 20:
                    return
                for kill in range({kills}):
                    try:
                        (Path({str(folder)!r}) / f"killed{{kill}}").touch(exist_ok=False)
                    except FileExistsError:
                        continue
                    os.kill(os.getpid(), signal.SIGKILL)

            def model():
                return SimulatedLM(fail=pay)
        """
        (folder / f"{self.name}.py").write_text(textwrap.dedent(text))

    def afar(self, engine: Engine, share: int) -> Afar:
        folders = (TESTS, self.folder)
        return Afar(engine, "toy:Review", folders, lm=f"{self.name}:model", share=share)

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self.bill.read_text().splitlines()]


def here() -> Outcome:
    return asyncio.run(aoptimize(Review, reviews(40), lm=SimulatedLM(), settings=SETTINGS))


def kill_one(engine: Engine, folder: Path, share: int) -> None:
    """The whole of what is promised, on one engine."""
    # As many under way as a share has: Dask takes what waits for a dead worker for lost as well.
    model, journal, reflecting = Model(folder), MemoryJournal(), SimulatedLM()
    afar = model.afar(engine, share)
    outcome = asyncio.run(
        aoptimize(
            Review,
            reviews(40),
            lm=reflecting,
            settings=SETTINGS,
            concurrency=share,
            journal=journal,
            afar=afar,
        )
    )
    assert msgspec.json.encode(outcome) == msgspec.json.encode(here())
    pids = model.pids
    assert os.getpid() not in pids
    assert len(set(pids)) > 1
    # What was lost with the worker was made again, once, and nothing else was: every result counts once.
    assert 1 <= afar.lost <= share
    made = outcome.calls - reflecting.calls
    assert made < len(pids) <= made + afar.lost
    assert journal.ledger.paid(("search", "validation", "reflection")) == outcome.calls + afar.lost
    assert len(pids) + reflecting.calls <= SETTINGS.budget_calls


def test_worker_processes(tmp_path: Path) -> None:
    with engines.opened("processes", 2) as engine:
        kill_one(engine, tmp_path, share=2)


@pytest.mark.parametrize("scenario", CLUSTERS)
def test_a_cluster(scenario: str, tmp_path: Path) -> None:
    """In a process of its own, which takes the threads and loops of a cluster with it when it ends."""
    code = f"import engines.test_engines as t; t.{scenario}(t.Path({str(tmp_path)!r}))"
    path = [str(TESTS), *(entry for entry in sys.path if entry)]
    patient = {"RAY_agent_register_timeout_ms": "400000", "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **patient, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]


def on_dask(folder: Path) -> None:
    from distributed import LocalCluster  # noqa: PLC0415

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=str(folder),
        silence_logs=60,
    ) as cluster:
        scheduler: Any = cluster.scheduler
        before = scheduler.allowed_failures
        with engines.opened("dask", cluster=cluster.scheduler_address) as engine:
            assert (engine.workers, scheduler.allowed_failures) == (2, 0)
            kill_one(engine, folder, share=2)
        assert scheduler.allowed_failures == before


def on_ray(folder: Path) -> None:
    import ray  # noqa: PLC0415

    start: Any = ray.init
    start(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=80 * 2**20,
        _node_ip_address="127.0.0.1",
        log_to_driver=False,
        configure_logging=False,
    )
    try:
        with engines.opened("ray") as engine:
            assert engine.workers == 2
            kill_one(engine, folder, share=2)
    finally:
        ray.shutdown()


def test_tasks_of_ray_are_never_tried_again() -> None:
    """What Ray is asked for; the nightly run asks a real cluster."""
    asked: list[dict[str, Any]] = []

    class Reference:
        def __init__(self, value: Any) -> None:
            self.value = value

        def future(self) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(self.value)
            return future

    class Ray:
        @staticmethod
        def remote(**options: Any) -> Any:
            asked.append(options)
            return lambda function: SimpleNamespace(remote=lambda *args: Reference(function(*args)))

    tasks = Tasks(Ray)
    assert [tasks.submit(abs, number).result() for number in (-1, -2)] == [1, 2]
    assert asked == [{"max_retries": 0, "retry_exceptions": False}]


def measured(afar: Afar, budget: Budget | None = None, count: int = 12, ledger: Any = None) -> Any:
    ledger = MemoryLedger() if ledger is None else ledger
    return asyncio.run(
        aevaluate(Review, reviews(count), lm=SimulatedLM(), budget=budget, ledger=ledger, afar=afar)
    )


def test_shares_are_gathered_and_change_nothing() -> None:
    alone, together = Here(), Here()
    one, many = measured(near(alone)), measured(near(together, share=4))
    assert one == many == asyncio.run(aevaluate(Review, reviews(12), lm=SimulatedLM()))
    assert alone.shares == [1] * 12
    assert sum(together.shares) == 12
    assert max(together.shares) > 1


def test_what_is_lost_twice_ends_the_run_and_stays_paid() -> None:
    ledger = MemoryLedger()
    with pytest.raises(WorkersLost, match="lost two workers"):
        measured(near(Here(lambda number: True)), count=1, ledger=ledger)
    assert ledger.paid(("held-out",)) == 2


def test_reserved_calls_come_back_and_the_cap_holds() -> None:
    budget = Budget(12)
    measured(near(Here(), calls=5), budget)
    assert (budget.used, budget.left) == (12, 0)
    with pytest.raises(BudgetExhausted):
        measured(near(Here(), calls=5), Budget(11))


def test_no_evaluation_begins_when_the_time_is_up() -> None:
    executor = Here()
    afar = near(executor)
    afar.late = lambda: True
    ledger = MemoryLedger()
    with pytest.raises(BudgetExhausted, match="the time is up"):
        measured(afar, count=3, ledger=ledger)
    assert (executor.shares, ledger.paid(("held-out",))) == ([], 0)


@pytest.mark.parametrize(
    ("kind", "error"), [("ProviderRefused", ProviderRefused), ("ProviderBusy", ProviderError)]
)
def test_a_dead_model_is_told_as_it_is_here(kind: str, error: type[Exception]) -> None:
    back = shares.error_of(shares.Answer(None, kind, "no key", "toy"))
    assert type(back) is error
    assert str(back) == "toy: no key"


def test_a_broken_metric_ends_the_run_as_it_does_here() -> None:
    from toy import Classify  # noqa: PLC0415

    bomb = Classify.example({"review": "metric bomb: film number 1 was dreadful"})
    afar = near(Here(), lm="engines_model:model")
    with pytest.raises(MetricError, match="the metric broke"):
        asyncio.run(aevaluate(Review, [bomb], lm=SimulatedLM(), afar=afar))


def test_what_cannot_be_opened_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="there are here, processes, dask, ray"):
        engines.opened("spark")
    with pytest.raises(EngineError, match="needs the address of a scheduler"):
        engines.opened("dask")
    with pytest.raises(ValueError, match="at least 1 of both"):
        near(Here(), share=0)
    monkeypatch.setitem(__import__("sys").modules, "pebble", None)
    with pytest.raises(ExtraMissing, match=r'pip install "mlsig\[workers\]"'), engines.opened("processes"):
        pass
