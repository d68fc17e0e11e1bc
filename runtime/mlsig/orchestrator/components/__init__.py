"""The ten that an orchestrator runs: registries, pools and supervisors, each one child of the tree.

Each takes keyword options with defaults, has `child()` for a supervisor and `stats()` for whoever looks. What
it knows lives in the object, outside of the task that looks after it: when that task crashes and is started
again, nothing is forgotten.
"""

from mlsig.orchestrator.components.client_pool import ClientPool
from mlsig.orchestrator.components.datasets import Datasets, DatasetStats
from mlsig.orchestrator.components.evaluation_workers import EvaluationStats, EvaluationWorkers
from mlsig.orchestrator.components.optimizations import Optimization, Optimizations
from mlsig.orchestrator.components.pipeline_pool import Done, PipelinePool, PipelineStats
from mlsig.orchestrator.components.program_supervisor import ProgramStats, ProgramSupervisor, Ran
from mlsig.orchestrator.components.resource_manager import ResourceManager, ResourceStats
from mlsig.orchestrator.components.schema_registry import SchemaRegistry, SchemaStats
from mlsig.orchestrator.components.tool_registry import Registered, ToolRegistry, ToolStats
from mlsig.orchestrator.components.variable_registry import Known, VariableRegistry, VariableStats

__all__ = [
    "ClientPool",
    "DatasetStats",
    "Datasets",
    "Done",
    "EvaluationStats",
    "EvaluationWorkers",
    "Known",
    "Optimization",
    "Optimizations",
    "PipelinePool",
    "PipelineStats",
    "ProgramStats",
    "ProgramSupervisor",
    "Ran",
    "Registered",
    "ResourceManager",
    "ResourceStats",
    "SchemaRegistry",
    "SchemaStats",
    "ToolRegistry",
    "ToolStats",
    "VariableRegistry",
    "VariableStats",
]
