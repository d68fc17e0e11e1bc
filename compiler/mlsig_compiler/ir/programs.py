"""Providers, tools, programs and pipelines."""

from __future__ import annotations

from typing import Literal

from mlsig_compiler.ir.expressions import Expr
from mlsig_compiler.ir.node import Node, Placed
from mlsig_compiler.ir.python import PythonRef
from mlsig_compiler.ir.records import Field
from mlsig_compiler.ir.types import Type
from mlsig_compiler.ir.values import EnvRef, Integer


class ProviderModel(Placed):
    """A model that a provider serves."""

    name: str
    context_window: Integer | None = None
    """Tokens of prompt and answer together."""
    max_output: Integer | None = None
    """Tokens of an answer."""
    input_cost: float
    """US dollars a million tokens."""
    output_cost: float
    """US dollars a million tokens."""
    supports: tuple[str, ...]
    """What it can do, such as `tools`."""
    description: str


class Provider(Placed):
    """Who serves models, and how to call them."""

    kind: Literal["provider"]
    name: str
    protocol: str
    """The wire format, such as `openai`."""
    base_url: str | EnvRef
    key: EnvRef | None = None
    """Where the key is; a document never holds a key."""
    requests_per_minute: Integer | None = None
    tokens_per_minute: Integer | None = None
    concurrency: Integer | None = None
    """How many calls at once."""
    models: tuple[ProviderModel, ...]
    description: str


class Tool(Placed):
    """A Python function that a model may call."""

    kind: Literal["tool"]
    name: str
    parameters: tuple[Field, ...]
    returns: Type
    python: PythonRef
    description: str


class Metric(Placed):
    """A Python function of an example and an answer, from 0 to 1."""

    name: str
    python: PythonRef
    description: str


class Objective(Placed):
    """What makes one candidate better than another."""

    name: str
    """A metric of the program, `cost` or `latency`."""
    direction: Literal["maximize", "minimize"]
    weight: float


class Program(Placed):
    """A signature, the space in which it is tuned, and what it is tuned for."""

    kind: Literal["program"]
    name: str
    signature: str
    """A name in this module, declared or imported."""
    space: str
    """A name in this module, declared or imported."""
    metrics: tuple[Metric, ...]
    objectives: tuple[Objective, ...]
    tools: tuple[str, ...]
    """Names in this module, declared or imported."""
    description: str


class Mapped(Node):
    """A step that is done once for each item, side by side."""

    variable: str
    """The name that stands for the item."""
    items: Expr
    condition: Expr | None = None
    """Which items count; absent: all."""


class Step(Placed):
    """A step of a pipeline, started as soon as what it reads is ready."""

    name: str
    """What later steps call its value; empty for what the pipeline returns."""
    callee: str | None = None
    """The program, signature, tool or pipeline that it calls, by its name in this module; absent for a step
    that only has a value."""
    arguments: dict[str, Expr]
    """What the callee is given, by parameter."""
    value: Expr | None = None
    """The value of a step that calls nothing."""
    mapped: Mapped | None = None
    retry: Integer
    """How often to try again."""
    timeout: float | None = None
    """Seconds; absent: what is left for the whole pipeline."""
    on_error: Literal["fail", "continue"]
    """Whether a failure ends the pipeline, or makes the value null (of the item alone, where mapped)."""
    concurrency: Integer | None = None
    """How many items at once, of a step that is mapped."""
    type: Type
    """What its name stands for in later steps."""
    depends: tuple[str, ...]
    """The parameters and steps that it reads."""


class Pipeline(Placed):
    """A graph of steps; the last is what it returns."""

    kind: Literal["pipeline"]
    name: str
    parameters: tuple[Field, ...]
    returns: Type
    steps: tuple[Step, ...]
    metrics: tuple[Metric, ...]
    objectives: tuple[Objective, ...]
    description: str
