"""mlsig: typed records, search spaces and programs for language models, compiled from `.mlsig` files.

Attributes load on first use, so that `import mlsig` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # true for type checkers, by its name: importing `typing` would be all of the work

if TYPE_CHECKING:
    from typing import Any

    from mlsig.creating import create_schema
    from mlsig.errors import (
        AnswerUnreadable,
        BudgetExhausted,
        CircuitOpen,
        CompileError,
        Issue,
        JsonSchemaError,
        MlsigError,
        ParseError,
        ProviderBusy,
        ProviderError,
        ProviderRefused,
        ProviderTimeout,
        ProviderUnreachable,
        RequestRejected,
        ValidationError,
    )
    from mlsig.evaluation import Evaluation, ParetoArchive, evaluate, hypervolume
    from mlsig.orchestrator.orchestrator import Orchestrator
    from mlsig.parsing.repairs import Repair
    from mlsig.programs import Program
    from mlsig.programs.candidates import Candidate
    from mlsig.programs.chosen import load
    from mlsig.programs.executions import Execution
    from mlsig.providers.client import Client
    from mlsig.providers.messages import LM, Message, Reply, Request
    from mlsig.readings import Reading
    from mlsig.records import Record
    from mlsig.records.answers import ModelResponse, Step, VariableConfig
    from mlsig.signatures import Example, Signature
    from mlsig.simba import optimize
    from mlsig.spaces import Space
    from mlsig.tools.mcp import mcp_tools
    from mlsig.tools.tool import Tool, ToolFailed
    from mlsig.types.keys import ApiKey
    from mlsig.types.media import Audio, Document, Image

__all__ = [
    "LM",
    "AnswerUnreadable",
    "ApiKey",
    "Audio",
    "BudgetExhausted",
    "Candidate",
    "CircuitOpen",
    "Client",
    "CompileError",
    "Document",
    "Evaluation",
    "Example",
    "Execution",
    "Image",
    "Issue",
    "JsonSchemaError",
    "Message",
    "MlsigError",
    "ModelResponse",
    "Orchestrator",
    "ParetoArchive",
    "ParseError",
    "Program",
    "ProviderBusy",
    "ProviderError",
    "ProviderRefused",
    "ProviderTimeout",
    "ProviderUnreachable",
    "Reading",
    "Record",
    "Repair",
    "Reply",
    "Request",
    "RequestRejected",
    "Signature",
    "Space",
    "Step",
    "Tool",
    "ToolFailed",
    "ValidationError",
    "VariableConfig",
    "create_schema",
    "evaluate",
    "hypervolume",
    "load",
    "mcp_tools",
    "optimize",
]

_HOMES = {
    "records.answers": ("ModelResponse", "Step", "VariableConfig"),
    "programs.candidates": ("Candidate",),
    "programs.chosen": ("load",),
    "creating": ("create_schema",),
    "errors": (
        "AnswerUnreadable",
        "BudgetExhausted",
        "CircuitOpen",
        "CompileError",
        "Issue",
        "JsonSchemaError",
        "MlsigError",
        "ParseError",
        "ProviderBusy",
        "ProviderError",
        "ProviderRefused",
        "ProviderTimeout",
        "ProviderUnreachable",
        "RequestRejected",
        "ValidationError",
    ),
    "evaluation": ("Evaluation", "ParetoArchive", "evaluate", "hypervolume"),
    "orchestrator.orchestrator": ("Orchestrator",),
    "notebooks": ("load_ipython_extension",),
    "readings": ("Reading",),
    "parsing.repairs": ("Repair",),
    "programs.executions": ("Execution",),
    "types.keys": ("ApiKey",),
    "types.media": ("Audio", "Document", "Image"),
    "programs": ("Program",),
    "providers.client": ("Client",),
    "providers.messages": ("LM", "Message", "Reply", "Request"),
    "records": ("Record",),
    "signatures": ("Example", "Signature"),
    "tools.mcp": ("mcp_tools",),
    "tools.tool": ("Tool", "ToolFailed"),
    "simba": ("optimize",),
    "spaces": ("Space",),
}
_HOME = {name: f"mlsig.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'mlsig' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
