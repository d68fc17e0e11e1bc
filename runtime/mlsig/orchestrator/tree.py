"""The tree of an orchestrator: what its components are, and the order in which they start.

    schema_registry       what is known of records,
    variable_registry     and of spaces,
    resource_manager      what may be used,
    client_pool           who may ask models: each serves those after it
    services              that need nothing of each other: programs, pipelines, tools, data sets
    …                     those that give them work
    watchdog              and who looks after the event loop

The strategy is `rest_for_one`: with one that failed, those that rely on it are started again. Services are
`one_for_one`. What a component knows is in its object, and outlives restarts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from mlsig.orchestrator.children import Child
from mlsig.orchestrator.components import (
    Datasets,
    ResourceManager,
    SchemaRegistry,
    ToolRegistry,
    VariableRegistry,
)

if TYPE_CHECKING:
    from mlsig.programs.program import Program


@dataclass(frozen=True, kw_only=True)
class Components:
    """Those that need to know nothing of an orchestrator's programs; give your own for other options."""

    schema_registry: SchemaRegistry = field(default_factory=SchemaRegistry)
    variable_registry: VariableRegistry = field(default_factory=VariableRegistry)
    resource_manager: ResourceManager = field(default_factory=ResourceManager)
    tool_registry: ToolRegistry = field(default_factory=ToolRegistry)
    datasets: Datasets = field(default_factory=Datasets)

    def register(self, programs: Iterable[Program]) -> None:
        """Make known what programs take, return, vary and use; of several tools of one name, the first."""
        for program in programs:
            self.schema_registry.register(program.signature.Input, program.signature.Output)
            self.variable_registry.register(program.space)
            tools = (tool for tool in program.tools if tool.name not in self.tool_registry)
            self.tool_registry.register(*tools)

    def foundations(self) -> list[Child]:
        """Return those that others rely on."""
        return [
            each.child() for each in (self.schema_registry, self.variable_registry, self.resource_manager)
        ]

    def services(self) -> list[Child]:
        """Return those that rely on nobody beside them."""
        return [self.tool_registry.child(), self.datasets.child()]

    def stats(self) -> dict[str, Any]:
        """Return what each says of itself, by name."""
        return {one.name: getattr(self, one.name).stats() for one in fields(self)}
