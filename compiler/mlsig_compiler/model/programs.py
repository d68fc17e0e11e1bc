"""Providers, tools, programs and pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mlsig_compiler.model.expressions import Expr
from mlsig_compiler.model.python import PythonRef
from mlsig_compiler.model.records import Field
from mlsig_compiler.model.types import EnvRef, Type
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderModel:
    """`model "gpt-4" { … }`; token counts, and US dollars per million tokens."""

    name: str
    context_window: int | None = None
    max_output: int | None = None
    input_cost: float = 0.0
    output_cost: float = 0.0
    supports: tuple[str, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`provider openai { … }`."""

    name: str
    protocol: str
    base_url: str | EnvRef
    key: EnvRef | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    models: tuple[ProviderModel, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`tool search(query: str, k: int = 5) -> list[Passage] = python("corpus:search")`."""

    name: str
    parameters: tuple[Field, ...]
    returns: Type
    python: PythonRef
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`metric accuracy = python("…")`."""

    name: str
    python: PythonRef
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """`maximize accuracy weight 0.7`; `name` is a metric of the program, or `cost`, or `latency`."""

    name: str
    direction: Literal["maximize", "minimize"]
    weight: float
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`program QA { … }`; `signature`, `space`, `tools` are names in the same module, imported or not."""

    name: str
    signature: str
    space: str
    metrics: tuple[Metric, ...] = ()
    objectives: tuple[Objective, ...] = ()
    tools: tuple[str, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """`for variable in items if condition`: a step that is done once for each item, side by side."""

    variable: str
    items: Expr
    condition: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`docs = search(query=plan.query) retry 2 timeout 10s`.

    `callee` is the name, in the same module, of a program, signature, tool or pipeline; None for a step that
    only has a value, `value`. `type` is what the name stands for in later steps: optional after `on_error
    continue`, a list when mapped (and then its options are those of each call: the items are optional).
    `depends` names the parameters and steps that it reads.
    """

    name: str  # empty for what is returned
    callee: str | None
    arguments: dict[str, Expr] = field(default_factory=dict[str, Expr])
    value: Expr | None = None
    mapped: Mapped | None = None
    retry: int = 0
    timeout: float | None = None  # seconds
    on_error: Literal["fail", "continue"] = "fail"
    concurrency: int | None = None
    type: Type
    depends: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """`pipeline Research(question: str) -> Answer { … }`; the last step is what it returns."""

    name: str
    parameters: tuple[Field, ...]
    returns: Type
    steps: tuple[Step, ...]
    metrics: tuple[Metric, ...] = ()
    objectives: tuple[Objective, ...] = ()
    description: str = ""
    span: Span
