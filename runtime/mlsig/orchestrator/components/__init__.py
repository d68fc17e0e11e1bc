"""The ten that an orchestrator runs: registries, pools and supervisors, each one child of the tree.

Each takes keyword options with defaults, has `child()` for a supervisor and `stats()` for whoever looks. What
it knows lives in the object, outside of the task that looks after it: when that task crashes and is started
again, nothing is forgotten.

Names load on first use: whoever wants one of the ten needs not import all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsig.orchestrator.components.client_pool import ClientPool
    from mlsig.orchestrator.components.datasets import Datasets, DatasetStats
    from mlsig.orchestrator.components.evaluation_workers import EvaluationStats, EvaluationWorkers
    from mlsig.orchestrator.components.optimizations import Optimization, Optimizations
    from mlsig.orchestrator.components.optimizer_supervisor import (
        ActiveRun,
        OptimizerStats,
        OptimizerSupervisor,
        RunCrashed,
    )
    from mlsig.orchestrator.components.pipeline_pool import Done, PipelinePool, PipelineStats
    from mlsig.orchestrator.components.program_supervisor import ProgramStats, ProgramSupervisor, Ran
    from mlsig.orchestrator.components.resource_manager import ResourceManager, ResourceStats
    from mlsig.orchestrator.components.schema_registry import SchemaRegistry, SchemaStats
    from mlsig.orchestrator.components.tool_registry import Registered, ToolRegistry, ToolStats
    from mlsig.orchestrator.components.variable_registry import Known, VariableRegistry, VariableStats

__all__ = [
    "ActiveRun",
    "ClientPool",
    "DatasetStats",
    "Datasets",
    "Done",
    "EvaluationStats",
    "EvaluationWorkers",
    "Known",
    "Optimization",
    "Optimizations",
    "OptimizerStats",
    "OptimizerSupervisor",
    "PipelinePool",
    "PipelineStats",
    "ProgramStats",
    "ProgramSupervisor",
    "Ran",
    "Registered",
    "ResourceManager",
    "ResourceStats",
    "RunCrashed",
    "SchemaRegistry",
    "SchemaStats",
    "ToolRegistry",
    "ToolStats",
    "VariableRegistry",
    "VariableStats",
]

_HOMES = {
    "client_pool": ("ClientPool",),
    "datasets": ("DatasetStats", "Datasets"),
    "evaluation_workers": ("EvaluationStats", "EvaluationWorkers"),
    "optimizations": ("Optimization", "Optimizations"),
    "optimizer_supervisor": ("ActiveRun", "OptimizerStats", "OptimizerSupervisor", "RunCrashed"),
    "pipeline_pool": ("Done", "PipelinePool", "PipelineStats"),
    "program_supervisor": ("ProgramStats", "ProgramSupervisor", "Ran"),
    "resource_manager": ("ResourceManager", "ResourceStats"),
    "schema_registry": ("SchemaRegistry", "SchemaStats"),
    "tool_registry": ("Registered", "ToolRegistry", "ToolStats"),
    "variable_registry": ("Known", "VariableRegistry", "VariableStats"),
}
_HOME = {name: f"{__name__}.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
