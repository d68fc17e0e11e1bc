"""What an adapter gets and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mlsig import shapes
from mlsig.adapters.wording import Wording
from mlsig.parsing import Reading
from mlsig.providers.messages import Message
from mlsig.records import Record
from mlsig.settings import DemoLayout, Knob
from mlsig.structured import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A worked example as plain values by field name; outputs that nobody stated are absent."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything about a prompt that stays the same from call to call.

    Attributes:
        inputs: The fields that the prompt states.
        lead: Text fields that the model writes before its outputs, such as its reasoning.
        output: The record that an answer is read into.
        structured: True when the server can force answers into a JSON Schema, and should.
        variant: How the provider wants that schema.
        checks: What is checked of an answer, as the checks say it.
        wording: What a user puts in the place of the words that the layout is delivered with.
        descriptions: Said of outputs, by name, in place of what the signature says.
    """

    instructions: str
    rules: tuple[str, ...]
    knobs: tuple[Knob, ...]
    inputs: tuple[shapes.Field, ...]
    lead: tuple[shapes.Field, ...]
    output: type[Record]
    demos: tuple[Demo, ...]
    demo_layout: DemoLayout
    structured: bool
    variant: Variant = "openai"
    checks: tuple[str, ...] = ()
    wording: Wording = Wording.NOTHING
    descriptions: Mapping[str, str] = field(default_factory=dict[str, str])


class Layout(Protocol):
    """A prompt with room for the inputs; made once for a candidate, used for every call."""

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema that the server should force answers into."""
        ...

    @property
    def stop(self) -> tuple[str, ...]:
        """Texts at which the server should stop writing."""
        ...

    def messages(self, inputs: Record) -> tuple[Message, ...]:
        """Return the prompt for these inputs; all but the last message is the same for every call."""
        ...

    def read(self, text: str) -> Reading[Any]:
        """Read an answer, or raise `ParseError` with issues that name the fields."""
        ...


class Adapter(Protocol):
    """Lays out prompts, and reads the answers to them."""

    def __call__(self, task: Task) -> Layout:
        """Prepare the layout of a task."""
        ...
