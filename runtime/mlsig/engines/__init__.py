"""Where evaluations run: worker processes of this machine, or a Dask or Ray cluster that is there already.

    with engines.processes(8) as engine:
        afar = Afar(engine, "sentiment:Review", folders)
        await conduct(replace(experiment, afar=afar), lm, store, "new")

Without an engine they run in this process, on its event loop: right for most, since waiting for models costs
next to nothing. `docs/scaling.md` says when something else pays.

An engine is a `concurrent.futures.Executor` and what it raises when a worker is gone. It is handed a function
of a module and bytes, never an object of ours. This process alone writes to the store and holds the budget.
Engines never retry: a retry is a second payment. What was lost with a worker is run once more, by us, and
both are paid for; its result counts once.
"""

from __future__ import annotations

from mlsig.engines.afar import Afar
from mlsig.engines.engine import Engine, EngineError, ExtraMissing, WorkersLost
from mlsig.engines.opening import NAMES, dask, opened, processes, ray

__all__ = [
    "NAMES",
    "Afar",
    "Engine",
    "EngineError",
    "ExtraMissing",
    "WorkersLost",
    "dask",
    "opened",
    "processes",
    "ray",
]
