"""Where runs are kept: a SQLite file, or a PostgreSQL database; safe against a kill at any moment.

    with Store("runs.db") as store:
        for run in store.runs():
            print(run.id, run.state, run.best_score)

What is used here brings SQLAlchemy, which is slow to import: importing the package alone does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsig.store.status import Status

if TYPE_CHECKING:
    from mlsig.store.file import Durability
    from mlsig.store.journal import StoreJournal
    from mlsig.store.ledger import RunLedger
    from mlsig.store.redaction import Redactor
    from mlsig.store.run import Run
    from mlsig.store.runs import Store

__all__ = ["Durability", "Redactor", "Run", "RunLedger", "Status", "Store", "StoreJournal"]

_HOMES = {
    "Durability": "file",
    "Redactor": "redaction",
    "Run": "run",
    "RunLedger": "ledger",
    "Store": "runs",
    "StoreJournal": "journal",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(f"mlsig.store.{_HOMES[name]}"), name)
