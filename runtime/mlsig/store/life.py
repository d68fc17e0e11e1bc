"""How a run begins and how its status changes, as work for the writer: done twice, each comes to the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from mlsig.errors import StoreError
from mlsig.store import tables
from mlsig.store.server import one_at_a_time
from mlsig.store.status import BEFORE, ENDS, Status
from mlsig.store.times import after


def creating(
    row: Mapping[str, Any], stem: str, now: str, *, command: str, again: bool
) -> Callable[[Connection], str]:
    """Return what writes a new run, and returns its name.

    Args:
        row: The run but for its name and time.
        stem: How its name begins; it is numbered if taken.
        now: The time.
        command: What goes on with it; empty where nothing is known.
        again: Also where a run of the same identity is there; otherwise the name of the last of those.
    """
    made: list[str] = []

    def work(connection: Connection) -> str:
        one_at_a_time(connection)
        known = connection.execute(select(tables.runs.c.id, tables.runs.c.identity, tables.runs.c.created_at))
        there = {name: (same == row["identity"], created) for name, same, created in known}
        for name in made:
            if name in there:  # made, but the answer was lost on its way
                return name
        same = [(datetime.fromisoformat(at), name) for name, (mine, at) in there.items() if mine]
        if same and not again:
            return str(max(same)[1])
        name, number = stem, 1
        while name in there:
            number += 1
            name = f"{stem}-{number}"
        latest = max((created for _, created in there.values()), key=datetime.fromisoformat, default=None)
        created = now if latest is None else after(latest, now)
        connection.execute(insert(tables.runs).values({**row, "id": name, "created_at": created}))
        if command:
            tables.commands.create(connection, checkfirst=True)
            connection.execute(insert(tables.commands).values(run=name, command=command))
        made.append(name)
        return name

    return work


def moving(
    name: str, status: Status, now: str, *, shown: str, error: str | None = None, outcome: str | None = None
) -> Callable[[Connection], str | None]:
    """Return what changes a status, and returns None, or the status that does not let it.

    Args:
        name: Of the run.
        status: What it becomes.
        now: The time.
        shown: What errors call the store.
        error: Why it ended, where something went wrong.
        outcome: What came out, as JSON text.
    """
    changes: dict[str, Any] = {"status": status, "error": error}
    changes["completed_at"] = now if status in ENDS else None
    if outcome is not None:
        changes["outcome"] = outcome
    done = False

    def work(connection: Connection) -> str | None:
        nonlocal done
        mine = tables.runs.c.id == name
        legal = mine & tables.runs.c.status.in_(BEFORE[status])
        if connection.execute(update(tables.runs).where(legal).values(changes)).rowcount == 1:
            if status == "running":
                never = mine & tables.runs.c.started_at.is_(None)
                connection.execute(update(tables.runs).where(never).values(started_at=now))
            done = True
            return None
        found = connection.execute(select(tables.runs.c.status).where(mine)).scalar()
        if found is None:
            raise StoreError(f"{shown} has no run {name}")
        # The answer to the first try was lost on its way.
        return None if done and found == status else str(found)

    return work
