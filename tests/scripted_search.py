"""A search in miniature: what comes next depends on every result before, and each call is written on a bill.

It uses a journal just as the optimiser does, so it shows what a store is worth, hundreds of times a minute.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mlsig.errors import StoreError
from mlsig.evaluation.ledger import Key, Result
from mlsig.store import Store, StoreJournal

STEPS, WIDTH, CONCURRENCY = 5, 5, 3


class Log:
    """What was paid and what was acknowledged, in order, in a file that survives whoever writes it."""

    def __init__(self, path: str, happened: Callable[[], None]) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._happened = happened

    def write(self, what: str, detail: str) -> None:
        self._happened()
        os.write(self._file, f"{what} {detail}\n".encode())
        self._happened()


def read(path: Path) -> list[tuple[str, str]]:
    """Return the lines of a log."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [(what, detail) for what, _, detail in (line.partition(" ") for line in lines)]


async def search(store: Store, log: Log, pause: float = 0.0) -> dict[str, Any]:
    """Do the search, or go on with it, and return its outcome."""
    run = store.create(
        identity="scripted-search", program="Scripted", program_hash="h", seed=1, settings={}, again=False
    )
    log.write("found", f"{run.state}")
    if run.outcome is not None:
        return run.outcome
    journal = store.journal(run.id)
    try:
        store.move(run.id, "running")
    except StoreError:  # it runs already, or another has ended it by now
        assert store.run(run.id).status in {"running", "completed"}
    chain = ""
    for step in range(STEPS):
        candidate = digest(f"{chain} {step}")
        body = {"config": {"step": step}}
        await journal.candidate(candidate, body, parent=chain or None, strategy="scripted", step=step)
        keys = [Key("search", candidate, f"example-{number}") for number in range(WIDTH)]
        turns = asyncio.Semaphore(CONCURRENCY)

        async def one(key: Key, turns: asyncio.Semaphore = turns) -> Result:
            async with turns:
                return await evaluate(journal, key, log, pause)

        made = dict(zip(keys, await asyncio.gather(*map(one, keys)), strict=True))
        chain = digest(chain + "".join(made[key].text for key in keys))
        await journal.progress(step, made[keys[0]].cost, candidate)
        log.write("step", f"{step}")
    outcome = store.finish(run.id, {"chain": chain, "steps": STEPS})
    store.leave(run.id)
    log.write("end", outcome["chain"])
    return outcome


async def evaluate(journal: StoreJournal, key: Key, log: Log, pause: float) -> Result:
    ledger = journal.ledger
    known = ledger.recall(key) or await ledger.acquire(key)
    if known is not None:
        return known
    claim = await ledger.claim(key)
    log.write("paid", f"{key.candidate} {key.example}")
    await asyncio.sleep(pause)
    text = digest(f"{key.candidate} {key.example}")
    kept = await ledger.complete(
        claim, key, Result(example=key.example, text=text, cost=int(text[:6], 16) / 7)
    )
    log.write("kept", f"{key.candidate} {key.example}")
    return kept


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def undisturbed() -> dict[str, Any]:
    """Return the outcome of a search that nothing happens to."""
    chain = ""
    for step in range(STEPS):
        candidate = digest(f"{chain} {step}")
        chain = digest(chain + "".join(digest(f"{candidate} example-{number}") for number in range(WIDTH)))
    return {"chain": chain, "steps": STEPS}


def check(where: str | Path, log: Path, *, deaths: int) -> None:
    """Look at a finished search whose processes died `deaths` times.

    Nothing acknowledged is lost, nothing counts twice, every payment is on record, and the end is the same.
    """
    lines = read(log)
    done: set[str] = set()
    for what, detail in lines:
        # What is acknowledged is never paid for again.
        assert what != "paid" or detail not in done
        if what == "kept":
            done.add(detail)
    paid = Counter(detail for what, detail in lines if what == "paid")
    with Store(where) as store:
        (run,) = store.runs()
        rows = store.read(_rows)
        candidates = store.candidates(run.id)
    assert (run.state, run.outcome) == ("completed", undisturbed())
    assert [one["step"] for one in candidates] == list(range(STEPS))
    counted = Counter(f"{candidate} {example}" for candidate, example, state in rows if state == "done")
    assert set(counted.values()) == {1}
    assert len(counted) == STEPS * WIDTH
    assert done <= counted.keys()
    assert not any(state == "claimed" for _, _, state in rows)
    recorded = Counter(f"{candidate} {example}" for candidate, example, _ in rows)
    assert all(recorded[detail] >= times for detail, times in paid.items())
    assert paid.total() <= STEPS * WIDTH + deaths * CONCURRENCY


def _rows(connection: Any) -> list[tuple[str, str, str]]:
    found = connection.exec_driver_sql("SELECT candidate, example, state FROM evaluations")
    return [tuple(row) for row in found]
