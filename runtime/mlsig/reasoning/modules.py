"""Ways to get from inputs to an answer, as generators that do no input or output themselves."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from mlsig import shapes
from mlsig.adapters.task import Layout
from mlsig.errors import Issue, ParseError
from mlsig.parsing import Reading
from mlsig.providers.messages import Message, Reply, Request
from mlsig.reasoning.asking import Asking
from mlsig.records import Record

if TYPE_CHECKING:
    from mlsig.reasoning.steps import Wanted


class Reasoning(Protocol):
    """A strategy: what it has the model write before the outputs, and the calls that it makes.

    Attributes:
        lead: Text fields that precede the outputs.
    """

    lead: ClassVar[tuple[shapes.Field, ...]]

    @staticmethod
    def run(layout: Layout, ask: Asking, inputs: Record) -> Generator[Wanted, Any, Reading[Any]]:
        """Yield requests and other steps, receive what came of them, return what was read.

        Raises:
            ParseError: The answer could not be read.
        """
        ...


class Predict:
    """One call, one answer."""

    lead: ClassVar[tuple[shapes.Field, ...]] = ()

    @staticmethod
    def run(layout: Layout, ask: Asking, inputs: Record) -> Generator[Request, Reply, Reading[Any]]:
        """Ask, and read the answer."""
        return (yield from answered(layout, ask, layout.messages(inputs)))


class ChainOfThought(Predict):
    """One call; the model reasons in words before it answers."""

    lead: ClassVar[tuple[shapes.Field, ...]] = (
        shapes.Field(name="reasoning", shape=shapes.Text(), description="think step by step"),
    )


def answered(
    layout: Layout, ask: Asking, messages: tuple[Message, ...]
) -> Generator[Request, Reply, Reading[Any]]:
    """Ask with these messages, and read the answer.

    Raises:
        ParseError: It cannot be read; the message says so where the limit of tokens is why.
    """
    reply = yield ask(messages)
    try:
        reading = layout.read(reply.text)
    except ParseError as error:
        if reply.finish != "length":
            raise
        said = f"{error}; the answer was cut off at the limit of max_tokens"
        raise ParseError(said, error.issues, error.text) from None
    if reply.finish == "length" and any(repair.code == "unclosed" for repair in reading.repairs):
        # What could be left out may stand behind the cut.
        issue = Issue("", "cut_off", "was cut off at the limit of max_tokens")
        raise ParseError(f"the answer {issue.message}", [issue], reply.text)
    return reading
