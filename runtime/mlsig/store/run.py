"""One run as it is stored: a row of `runs`, there and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from mlsig.errors import StoreError
from mlsig.store.status import Status


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as it is stored.

    Attributes:
        identity: Hash of everything that decides its course: program, data, seed, settings.
        settings: What it was started with, as JSON-like data.
        iterations: Steps finished until now.
        best_candidate: Key of the best candidate seen until now, `best_score` its score.
        outcome: The result, as JSON-like data, once the run is completed.
        started_at: Aware, in UTC, as are `created_at` and `completed_at`.
        interrupted: It is `running`, but whoever worked on it has died. It can be resumed.
    """

    id: str
    identity: str
    program: str
    program_hash: str
    seed: int
    settings: dict[str, Any]
    status: Status
    iterations: int
    best_score: float | None
    best_candidate: str | None
    error: str | None
    outcome: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    interrupted: bool = False

    @property
    def state(self) -> str:
        """The status as people read it."""
        return "interrupted" if self.interrupted else self.status


def json_of(value: object) -> str:
    """Return JSON text, with the keys in order."""
    return msgspec.json.encode(value, order="sorted").decode()


def run_of(row: RowMapping, *, worked_on: bool) -> Run:
    """Return the run that a row holds.

    Raises:
        StoreError: The row is damaged.
    """
    data = plain(row)
    try:
        data["settings"] = msgspec.json.decode(data["settings"])
        data["outcome"] = None if data["outcome"] is None else msgspec.json.decode(data["outcome"])
        data["interrupted"] = data["status"] == "running" and not worked_on
        return msgspec.convert(data, Run)
    except msgspec.MsgspecError as error:
        raise StoreError(f"the store is damaged: run {row['id']}: {error}") from error


def plain(row: RowMapping) -> dict[str, Any]:
    """Return a row as a dictionary that msgspec takes."""
    # SQLAlchemy's column names are a subclass of str, which msgspec does not take for keys.
    return {str(name): value for name, value in row.items()}
