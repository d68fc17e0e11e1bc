"""What runs, runs supervised: a crash is contained, restarted and told."""

from mlsig.orchestrator.attempts import StepFailed
from mlsig.orchestrator.children import Child, Exit, Shutdown, Started
from mlsig.orchestrator.dynamic import DynamicSupervisor, Full
from mlsig.orchestrator.figures import Figures
from mlsig.orchestrator.gate import Draining
from mlsig.orchestrator.graph import DeadlinePassed, Graph, Step
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.orchestrator import Orchestrator
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
from mlsig.orchestrator.tree import Components
from mlsig.orchestrator.watchdog import Blocked, Watchdog
from mlsig.orchestrator.workers import WorkerDied, Workers

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
