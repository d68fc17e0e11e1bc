"""What runs, runs supervised: a crash is contained, restarted and told.

What brings programs, data sets and all components loads on first use: the steps of a pipeline need none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlsig.orchestrator.attempts import StepFailed
from mlsig.orchestrator.children import Child, Exit, Shutdown, Started
from mlsig.orchestrator.dynamic import DynamicSupervisor, Full
from mlsig.orchestrator.graph import DeadlinePassed, Graph, Step
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.pool import Lent, Pool, PoolStats
from mlsig.orchestrator.quotas import Event, Quotas, Reservation, Usage
from mlsig.orchestrator.status import Counts, Status
from mlsig.orchestrator.supervisor import (
    AlreadyThere,
    NotRunning,
    NotStopped,
    StartFailed,
    Strategy,
    Supervisor,
    UnknownChild,
)
from mlsig.orchestrator.watchdog import Blocked, Watchdog
from mlsig.orchestrator.workers import WorkerDied, Workers

if TYPE_CHECKING:
    from mlsig.orchestrator.figures import Figures
    from mlsig.orchestrator.gate import Draining
    from mlsig.orchestrator.orchestrator import Orchestrator
    from mlsig.orchestrator.tree import Components

__all__ = [
    "AlreadyThere",
    "Blocked",
    "Child",
    "Components",
    "Counts",
    "DeadlinePassed",
    "Draining",
    "DynamicSupervisor",
    "Event",
    "Exit",
    "Figures",
    "Full",
    "Graph",
    "Intensity",
    "Lent",
    "NotRunning",
    "NotStopped",
    "Orchestrator",
    "Pool",
    "PoolStats",
    "Quotas",
    "Reservation",
    "Shutdown",
    "StartFailed",
    "Started",
    "Status",
    "Step",
    "StepFailed",
    "Strategy",
    "Supervisor",
    "UnknownChild",
    "Usage",
    "Watchdog",
    "WorkerDied",
    "Workers",
]

_HOME = {
    "Components": "mlsig.orchestrator.tree",
    "Draining": "mlsig.orchestrator.gate",
    "Figures": "mlsig.orchestrator.figures",
    "Orchestrator": "mlsig.orchestrator.orchestrator",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
