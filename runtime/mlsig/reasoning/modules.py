"""Ways to get from inputs to an answer, as generators that do no input or output themselves."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, ClassVar, Protocol

from mlsig import shapes
from mlsig.adapters.task import Layout
from mlsig.errors import ParseError
from mlsig.parsing import Reading
from mlsig.providers.messages import Message, Reply, Request
from mlsig.records import Record


class Reasoning(Protocol):
    """A strategy: what it has the model write before the outputs, and the calls that it makes.

    Attributes:
        lead: Text fields that precede the outputs.
    """

    lead: ClassVar[tuple[shapes.Field, ...]]

    @staticmethod
    def run(
        layout: Layout, ask: Callable[[tuple[Message, ...]], Request], inputs: Record
    ) -> Generator[Request, Reply, Reading[Any]]:
        """Yield requests, receive replies, return what was read, or raise `ParseError`."""
        ...


class Predict:
    """One call, one answer."""

    lead: ClassVar[tuple[shapes.Field, ...]] = ()

    @staticmethod
    def run(
        layout: Layout, ask: Callable[[tuple[Message, ...]], Request], inputs: Record
    ) -> Generator[Request, Reply, Reading[Any]]:
        """Ask, and read the answer."""
        reply = yield ask(layout.messages(inputs))
        try:
            return layout.read(reply.text)
        except ParseError as error:
            if reply.finish != "length":
                raise
            said = f"{error}; the answer was cut off at the limit of max_tokens"
            raise ParseError(said, error.issues, error.text) from None


class ChainOfThought(Predict):
    """One call; the model reasons in words before it answers."""

    lead: ClassVar[tuple[shapes.Field, ...]] = (
        shapes.Field(name="reasoning", shape=shapes.Text(), description="think step by step"),
    )
