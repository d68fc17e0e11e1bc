"""Outputs that grow while a model writes: typed records of what is certain so far.

for part in QA.stream(question="…"):
    print(part.answer)         # UNSET at first, then a text that grows; the last part is the whole output
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import Any, Final, cast

from mlsig import shapes
from mlsig.errors import ValidationError
from mlsig.parsing.partial import so_far
from mlsig.providers import sync
from mlsig.providers.messages import Reply, Request
from mlsig.reasoning.driving import result, result_in_place
from mlsig.reasoning.steps import Steps, Trail
from mlsig.records import Record

STEP: Final = 64
"""An answer is read again when it has grown by a character, or by one part in so many, if that is more: all
readings together then cost a fixed number of readings of the whole."""


class Growing:
    """Reads one answer again and again while it grows.

    Args:
        expected: The record whose fields may all be unset.
        lead: Text fields that precede the outputs.
    """

    def __init__(self, expected: type[Record], lead: tuple[shapes.Field, ...]) -> None:
        self._expected = expected
        self._fields = (*lead, *expected.shape().fields)
        self._names = frozenset(expected.__struct_fields__)
        self._text: list[str] = []
        self._length = self._next = 0
        self._last: Record | None = None

    def again(self) -> None:
        """Begin with another answer."""
        self._text, self._length, self._next = [], 0, 0

    def more(self, piece: str) -> Record | None:
        """Return what is certain now, None if that is nothing more than before."""
        self._text.append(piece)
        self._length += len(piece)
        if self._length < self._next:
            return None
        self._next = self._length + max(1, self._length // STEP)
        text = "".join(self._text)
        self._text = [text]
        part = self._read(text)
        if part is None or part == self._last:
            return None
        self._last = part
        return part

    def _read(self, text: str) -> Record | None:
        values = {name: value for name, value in so_far(text, self._fields).items() if name in self._names}
        certain: dict[str, Any] = {}
        for name, value in values.items():
            try:
                self._expected.validate({name: value}, True)
            except ValidationError:
                continue  # too short so far, or wrong: the whole answer will tell
            certain[name] = value
        if not certain:
            return None
        try:
            return self._expected.validate(certain, True)
        except ValidationError:
            return None


def parts(steps: Steps, lm: Any, growing: Growing | None) -> Generator[Record, None, None]:
    """Run a strategy; yield what is certain of its answers as they come, and at the end the output.

    Raises:
        ParseError: An answer could not be read.
        ProviderError: A call failed.
    """
    trail = Trail()
    try:
        wanted = next(steps)
        while True:
            if growing is None or not isinstance(wanted, Request) or not hasattr(lm, "stream"):
                wanted = steps.send(result_in_place(wanted, lm, trail))
                continue
            growing.again()
            reply: Reply | None = None
            with closing(sync.stream(lm, wanted)) as pieces:
                for piece in pieces:
                    if isinstance(piece, Reply):
                        reply = piece
                    elif part := growing.more(piece):
                        yield part
            wanted = steps.send(reply)
    except StopIteration as done:
        yield cast("Record", done.value.output)
    finally:
        steps.close()


async def aparts(steps: Steps, lm: Any, growing: Growing | None) -> AsyncGenerator[Record, None]:
    """Do the same for callers with an event loop. Close it (`contextlib.aclosing`) to give up early.

    Raises:
        ParseError: An answer could not be read.
        ProviderError: A call failed.
    """
    trail = Trail()
    try:
        wanted = next(steps)
        while True:
            if growing is None or not isinstance(wanted, Request) or not hasattr(lm, "stream"):
                wanted = steps.send(await result(wanted, lm, trail))
                continue
            growing.again()
            reply: Reply | None = None
            async with aclosing(lm.stream(wanted)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        reply = piece
                    elif part := growing.more(piece):
                        yield part
            wanted = steps.send(reply)
    except StopIteration as done:
        yield cast("Record", done.value.output)
    finally:
        steps.close()
