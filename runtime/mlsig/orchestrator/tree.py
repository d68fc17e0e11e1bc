"""The tree of an orchestrator: what its components are, and the order in which they start.

    schema_registry        what is known of records,
    variable_registry      and of spaces,
    resource_manager       what may be used,
    client_pool            who may ask models: each serves those after it
    services               those that need nothing of each other:
      program_supervisor, pipeline_pool, tool_registry, dataset_manager
    evaluation_workers     those that use them,
    optimizer_supervisor   and those that use these
    watchdog               who looks after the event loop

The strategy is `rest_for_one`: with one that failed, those that rely on it are started again. Services are
`one_for_one`. What a component knows is in its object, and outlives restarts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mlsig.orchestrator.children import Child
from mlsig.orchestrator.components import (
    Datasets,
    EvaluationWorkers,
    OptimizerSupervisor,
    ResourceManager,
    SchemaRegistry,
    ToolRegistry,
    VariableRegistry,
)

if TYPE_CHECKING:
    from mlsig.programs.program import Program


class Components:
    """Those of the ten that an orchestrator needs to be told nothing of; give your own for other options.

    Args:
        schema_registry: Schemas by name, and texts that were read before.
        variable_registry: Spaces, configurations, what was measured.
        resource_manager: Quotas and reservations.
        tool_registry: Tools, run in turn and in time.
        datasets: Rows by name.
        evaluation_workers: So many evaluations at a time.
        optimizer_supervisor: Runs of the optimiser, whose examples those workers evaluate.
    """

    def __init__(
        self,
        *,
        schema_registry: SchemaRegistry | None = None,
        variable_registry: VariableRegistry | None = None,
        resource_manager: ResourceManager | None = None,
        tool_registry: ToolRegistry | None = None,
        datasets: Datasets | None = None,
        evaluation_workers: EvaluationWorkers | None = None,
        optimizer_supervisor: OptimizerSupervisor | None = None,
    ) -> None:
        self.schema_registry = schema_registry or SchemaRegistry()
        self.variable_registry = variable_registry or VariableRegistry()
        self.resource_manager = resource_manager or ResourceManager()
        self.tool_registry = tool_registry or ToolRegistry(resources=self.resource_manager)
        self.datasets = datasets or Datasets()
        self.evaluation_workers = evaluation_workers or EvaluationWorkers()
        self.optimizer_supervisor = optimizer_supervisor or OptimizerSupervisor(
            workers=self.evaluation_workers, variables=self.variable_registry
        )

    def register(self, programs: Iterable[Program]) -> None:
        """Make known what programs take, return, vary and use; of tools of one name, the first."""
        for program in programs:
            self.schema_registry.register(program.signature.Input, program.signature.Output)
            self.variable_registry.register(program.space)
            for tool in program.declared_tools():
                if tool.name not in self.tool_registry:
                    self.tool_registry.register(tool)

    def foundations(self) -> list[Child]:
        """Return those that others rely on."""
        return [
            self.schema_registry.child("schema_registry"),
            self.variable_registry.child("variable_registry"),
            self.resource_manager.child("resource_manager"),
        ]

    def services(self) -> list[Child]:
        """Return those that need nothing of each other."""
        return [self.tool_registry.child("tool_registry"), self.datasets.child("dataset_manager")]

    def users(self) -> list[Child]:
        """Return those that use the others."""
        return [
            self.evaluation_workers.child("evaluation_workers"),
            self.optimizer_supervisor.child("optimizer_supervisor"),
        ]

    def stats(self) -> dict[str, Any]:
        """Return what each says of itself, by name."""
        return {
            "schema_registry": self.schema_registry.stats(),
            "variable_registry": self.variable_registry.stats(),
            "resource_manager": self.resource_manager.stats(),
            "tool_registry": self.tool_registry.stats(),
            "dataset_manager": self.datasets.stats(),
            "evaluation_workers": self.evaluation_workers.stats(),
            "optimizer_supervisor": self.optimizer_supervisor.stats(),
        }
