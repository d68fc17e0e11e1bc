"""What a configuration means for a call, and what a program is judged by."""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import msgspec

ExampleT_contra = TypeVar("ExampleT_contra", contravariant=True)
OutputT_contra = TypeVar("OutputT_contra", contravariant=True)
Direction: TypeAlias = Literal["maximize", "minimize"]
DemoLayout: TypeAlias = Literal["turns", "block"]


class Knob(msgspec.Struct, frozen=True):
    """A variable that has no meaning for the machinery: the prompt tells it to the model."""

    name: str
    value: Any
    description: str = ""


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to call a model; generated programs make one from a configuration. None leaves it to the default.

    Attributes:
        structured: Let the server force answers into the JSON Schema, where adapter and model can do that.
        instructions: Replaces the signature's own instruction.
        demos: How many demonstrations the prompt shows at most.
        demo_layout: Demonstrations as earlier turns of the conversation, or all in one message.
        max_hops: How many turns with tools `ReAct` has before it must answer.
        max_tries: How many programs `ProgramOfThought` has written until one runs.
        samples: How many answers `BestOfN` and `SelfConsistency` choose from.
    """

    provider: str
    model: str
    adapter: str = "Chat"
    reasoning: str = "Predict"
    structured: bool = True
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    instructions: str | None = None
    demos: int | None = None
    demo_layout: DemoLayout = "turns"
    max_hops: int = 8
    max_tries: int = 3
    samples: int = 5
    knobs: tuple[Knob, ...] = ()


class Objective(msgspec.Struct, frozen=True):
    """One thing to be good at: a metric's name, `cost` (US dollars a call) or `latency` (seconds a call)."""

    name: str
    direction: Direction
    weight: float = 1.0


class Metric(Protocol[ExampleT_contra, OutputT_contra]):
    """A user's function that scores one answer, higher is better unless the program minimizes it."""

    def __call__(self, example: ExampleT_contra, output: OutputT_contra, /) -> float:
        """Return the score of `output` for `example`."""
        ...
