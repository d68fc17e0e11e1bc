"""Where runs are kept: one SQLite file, written by one thread, safe against a kill at any moment.

    with Store("runs.db") as store:
        for run in store.runs():
            print(run.id, run.status, run.best_score)

Importing this package imports SQLAlchemy, which is slow: the rest of mlsig does so only when a store is used.
"""

from __future__ import annotations

from mlsig.store.journal import StoreJournal
from mlsig.store.ledger import RunLedger
from mlsig.store.redaction import Redactor
from mlsig.store.runs import Run, Store
from mlsig.store.status import Status

__all__ = ["Redactor", "Run", "RunLedger", "Status", "Store", "StoreJournal"]
