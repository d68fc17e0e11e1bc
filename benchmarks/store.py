"""What keeping an evaluation costs, beside Optuna's RDB storage and MLflow's SQLite tracking; and a million.

Everybody keeps the same records (a score, two parameters, one more metric) in a SQLite file of their own, on
the disk when the call returns. Rivals are called in the way that is quickest for them, too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlsig import resources
from mlsig.evaluation.ledger import Key, Result
from mlsig.resources import Session, std
from mlsig.store import Store

from benchmarks.timing import OURS, Figure, Row, peak, python, rows

ROUNDS = 7
BATCH = 20
AT_ONCE = 64
MANY = 1_000_000
PAGE = 10_000
KINDS = (
    std.Program,
    std.VariableSpace,
    std.VariableConfiguration,
    std.OptimizationRun,
    std.Evaluation,
    std.Execution,
)
Keep = Callable[[int], None]

FILL = """
WITH RECURSIVE rows(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM rows WHERE n + 1 < {many})
INSERT INTO "Evaluation"
  (id, created_at, updated_at, version, number, score, configuration, metrics, recall, run_id)
SELECT printf('%08x-0000-7000-8000-%012x', n, n), ?, ?, 1, n, (n * 7919 % {many}) / {many}.0,
  '{{"x":' || n || ',"y":"a"}}', '{{"cost":1.0}}', 'null', ? FROM rows
"""


@contextmanager
def ours(path: Path, durability: Any = "full") -> Iterator[tuple[Session, std.OptimizationRun]]:
    """Open a database with a run in it."""
    with resources.connect(path, *KINDS, durability=durability) as session:
        program = std.Program.create(session, name="p", status=std.ProgramStatus.active)
        run = std.OptimizationRun.create(session, name="r", program=program)
        yield session, run


def keep(session: Session, run: std.OptimizationRun) -> Keep:
    """Return what keeps one evaluation."""

    def one(n: int) -> None:
        std.Evaluation.create(
            session,
            number=n,
            score=n / 1_000,
            configuration={"x": n / 7, "y": "a"},
            metrics={"cost": 1.0},
            run=run,
        )

    return one


def optuna_keeps(path: Path) -> tuple[Keep, Keep]:
    """Return Optuna's two ways: a trial that is asked for and told, and one that is added whole."""
    import optuna  # noqa: PLC0415  (a rival)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=f"sqlite:///{path}", sampler=optuna.samplers.RandomSampler(seed=1), direction="maximize"
    )
    found = {
        "x": optuna.distributions.FloatDistribution(0.0, 1e9),
        "y": optuna.distributions.CategoricalDistribution(["a", "b"]),
    }

    def told(n: int) -> None:
        trial = study.ask()
        trial.suggest_float("x", 0.0, 1e9)
        trial.suggest_categorical("y", ["a", "b"])
        trial.set_user_attr("cost", 1.0)
        study.tell(trial, n / 1_000)

    def added(n: int) -> None:
        params = {"x": n / 7, "y": "a"}
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions=found, value=n / 1_000, user_attrs={"cost": 1.0}
            )
        )

    return told, added


def mlflow_keeps(path: Path) -> Keep:
    """Return MLflow's way: a run with its metrics and parameters in one batch."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    import mlflow  # noqa: PLC0415  (a rival)
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    client = mlflow.MlflowClient(f"sqlite:///{path}")
    experiment = client.create_experiment("e", artifact_location=str(path.parent / "artifacts"))

    def one(n: int) -> None:
        run = client.create_run(experiment).info.run_id
        metrics = [Metric("score", n / 1_000, 0, 0), Metric("cost", 1.0, 0, 0)]
        client.log_batch(run, metrics=metrics, params=[Param("x", str(n / 7)), Param("y", "a")])
        client.set_terminated(run)

    return one


def timed(call: Keep, count: int, start: int) -> tuple[float, float]:
    """Return the seconds on the wall and of the processor for each of so many."""
    wall, cpu = time.perf_counter(), time.process_time()
    for n in range(start, start + count):
        call(n)
    return (time.perf_counter() - wall) / count, (time.process_time() - cpu) / count


def recorded(folder: Path) -> list[Row | Figure]:
    """Keep evaluations one by one, in turns."""
    with ours(folder / "full.db") as (session, run):
        told, added = optuna_keeps(folder / "optuna.db")
        ways: dict[str, Keep] = {
            OURS: keep(session, run),
            "Optuna RDB, ask and tell": told,
            "Optuna RDB, trials added whole": added,
            "MLflow SQLite": mlflow_keeps(folder / "mlflow.db"),
        }
        seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for number in range(ROUNDS):
            for name, way in ways.items():
                seen[name].append(timed(way, BATCH, number * BATCH))
    found: list[Row | Figure] = list(
        rows(
            "keep an evaluation on the disk", {name: [cpu for _, cpu in each] for name, each in seen.items()}
        )
    )
    own = [wall for wall, _ in seen.pop(OURS)]
    together = [claimed(folder / f"runs{number}.db") for number in range(ROUNDS)]
    found.append(
        Figure(
            f"{AT_ONCE} evaluations at once, claimed and completed in the store of runs",
            "–",
            f"{1 / statistics.median(together):,.0f} a second, each on the disk",
        )
    )
    for name, each in seen.items():
        ratio = statistics.median(wall / mine for (wall, _), mine in zip(each, own, strict=True))
        rate = 1 / statistics.median(wall for wall, _ in each)
        goal = "10×" if name.startswith("Optuna") else "–"
        crowd = statistics.median(wall / mine for (wall, _), mine in zip(each, together, strict=True))
        measured = f"{ratio:.1f}× one by one, {crowd:.1f}× at once ({rate:,.0f} a second)"
        found.append(Figure(f"{name}: its time for each ÷ ours", goal, measured))
    return found


def claimed(path: Path) -> float:
    """Return the seconds for each evaluation that the store of runs keeps, many of them under way at once."""
    with Store(path) as store:
        run = store.create(identity="i", program="p", program_hash="h", seed=1, settings={})
        ledger = store.ledger(run.id)

        async def one(n: int) -> None:
            key = Key("search", "candidate", str(n))
            claim = await ledger.claim(key)
            metrics = {"score": n / 1_000, "x": n / 7}
            await ledger.complete(claim, key, Result(example=str(n), metrics=metrics, cost=1.0))

        async def every() -> float:
            start = time.perf_counter()
            for at in range(0, AT_ONCE * 5, AT_ONCE):
                await asyncio.gather(*(one(n) for n in range(at, at + AT_ONCE)))
            return (time.perf_counter() - start) / (AT_ONCE * 5)

        return asyncio.run(every())


def rates(folder: Path) -> list[Row | Figure]:
    """Return inserts a second for each guarantee."""
    found: list[Row | Figure] = []
    levels: tuple[tuple[str, Any, int], ...] = (
        ("each on the disk (`full`)", "full", 1),
        ("each safe from a kill (`normal`)", "normal", 1),
        ("100 in a transaction, on the disk", "full", 100),
    )
    for number, (name, durability, together) in enumerate(levels):
        with ours(folder / f"rate{number}.db", durability) as (session, run):
            one = keep(session, run)

            def batch(n: int, one: Keep = one, together: int = together, session: Session = session) -> None:
                if together == 1:
                    return one(n)
                with session.transaction():
                    for inner in range(n * together, (n + 1) * together):
                        one(inner)
                return None

            walls = [timed(batch, max(1, 200 // together), at * 200)[0] / together for at in range(ROUNDS)]
        found.append(Figure(f"inserts a second: {name}", "–", f"{1 / statistics.median(walls):,.0f}"))
    return found


def very_many(folder: Path) -> list[Row | Figure]:
    """Ask a million evaluations for the best, and read all of them."""
    path = folder / "many.db"
    with ours(path, "normal") as (session, run):
        with session.database.transaction() as connection:
            now = run.created_at.isoformat(timespec="microseconds")
            connection.exec_driver_sql(FILL.format(many=MANY), (now, now, run.id))
        walls: list[float] = []
        for _ in range(ROUNDS * 3):
            start = time.perf_counter()
            best = run.evaluations(session, order=std.Evaluation.Fields.score.desc(), limit=10).items
            walls.append(time.perf_counter() - start)
        assert [round(one.score * MANY) for one in best] == list(range(MANY - 1, MANY - 11, -1))
    few, all_ = (history(path, run.id, most) for most in (PAGE, MANY))
    return [
        Figure(f"the best 10 of {MANY:,} evaluations", "< 50 ms", f"{statistics.median(walls) * 1e3:.1f} ms"),
        Figure(
            f"the history of a run of {MANY:,} evaluations, a page at a time",
            "bounded memory",
            f"{all_[1]:.0f} MB at most ({few[1]:.0f} MB for {PAGE:,}), {all_[0]:.0f} s",
        ),
    ]


def history(path: Path, run: str, most: int) -> tuple[float, float]:
    """Read the evaluations of a run in a process of its own; return seconds, and megabytes at the most."""
    command = python("-m", "benchmarks.store", str(path), run, str(most))
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
    seconds, megabytes, count = done.stdout.split()
    assert int(count) == most
    return float(seconds), float(megabytes)


def read_all(path: str, run: str, most: int) -> None:
    """Read the evaluations of a run, oldest first, and print what that took."""
    count, after, start = 0, "", time.perf_counter()
    with resources.connect(path, *KINDS) as session:
        found = std.OptimizationRun.get(session, run)
        while count < most:
            page = found.evaluations(session, limit=PAGE, after=after)
            count, after = count + len(page.items), page.next
            if not after:
                break
    seconds = time.perf_counter() - start
    megabytes = peak() / 1024
    sys.stdout.write(f"{seconds} {megabytes} {count}\n")


def run(folder: Path) -> list[Row | Figure]:
    """Measure everything."""
    return [*recorded(folder), *rates(folder), *very_many(folder)]


if __name__ == "__main__":
    read_all(sys.argv[1], sys.argv[2], int(sys.argv[3]))
