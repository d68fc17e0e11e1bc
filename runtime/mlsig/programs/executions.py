"""What became of one run of a program, whether it went well or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from mlsig.parsing.repairs import Repair
from mlsig.providers.messages import Message
from mlsig.records import Record
from mlsig.tools.use import Acted

ErrorKind: TypeAlias = Literal["parse", "provider"]


class StepRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of the program of a step of a pipeline.

    Attributes:
        step: Its path: `plan`, or `inner.plan` in a pipeline inside.
        inputs: What it was given, as JSON-like data.
        output: The typed answer as JSON-like data; None when it failed.
        text: The model's last answer, as it came.
        reasoning: What the model wrote before its answer.
    """

    step: str
    inputs: Mapping[str, Any]
    output: Mapping[str, Any] | None = None
    text: str = ""
    reasoning: str | None = None


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One run: its output or its error, and what it took.

    Attributes:
        output: The typed answer; None when the run failed.
        error: Why it failed, for a person; None when it did not.
        error_kind: `parse` when the model's answer could not be read, `provider` when the call failed.
        messages: The prompt of the last call.
        text: The model's last answer, as it came; empty when no call was answered.
        reasoning: What the model wrote before its answer, when the program asks for that.
        repairs: What was mended in the answer to make it fit.
        input_tokens: Over all calls, as are `output_tokens`, `cost` (US dollars) and `latency` (seconds).
        calls: How many calls were answered.
        actions: What was done between the calls, in order: tools that were used, programs that were run.
        steps: Of a pipeline, the runs of the programs of its steps, in the order of the steps.
        failures: Of a pipeline, why steps with `on_error continue` have no value, by path.
    """

    messages: tuple[Message, ...]
    output: Record | None = None
    error: str | None = None
    error_kind: ErrorKind | None = None
    text: str = ""
    reasoning: str | None = None
    repairs: tuple[Repair, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    latency: float = 0.0
    calls: int = 0
    actions: tuple[Acted, ...] = ()
    steps: tuple[StepRun, ...] = ()
    failures: Mapping[str, str] = {}
