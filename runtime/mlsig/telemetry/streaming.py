"""The spans of a program that streams.

Whoever reads a stream may do so from any context, and a different one each time (a web framework takes its
pieces on threads of a pool), so its spans are current only while the next part is made.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing, contextmanager
from typing import TYPE_CHECKING

from mlsig.telemetry.running import spans_of
from mlsig.telemetry.spans import current

if TYPE_CHECKING:
    from mlsig.programs.program import Program
    from mlsig.records import Record


class _Apart:
    """Spans of a program and its step that are current only `here`."""

    def __init__(self, program: Program) -> None:
        self._program, self._step = spans_of(program)
        self._program.begin()
        self._step.begin()

    @contextmanager
    def here(self) -> Generator[None]:
        token = current.set(self._step)
        try:
            yield
        finally:
            current.reset(token)

    def finish(self, error: BaseException | None = None) -> None:
        given_up = isinstance(error, GeneratorExit)  # whoever reads has had enough, which is no failure
        for span in (self._step, self._program):
            span.finish(None if given_up else error)


def streaming(program: Program, parts: Generator[Record, None, None]) -> Generator[Record, None, None]:
    """Yield the parts, and tell of the program that makes them."""
    spans = _Apart(program)
    try:
        with closing(parts):
            while True:
                with spans.here():
                    part = next(parts, None)
                if part is None:
                    break
                yield part
    except BaseException as error:
        spans.finish(error)
        raise
    spans.finish()


async def astreaming(program: Program, parts: AsyncGenerator[Record, None]) -> AsyncGenerator[Record, None]:
    """Yield the parts, and tell of the program that makes them."""
    spans = _Apart(program)
    try:
        async with aclosing(parts):
            while True:
                with spans.here():
                    part = await anext(parts, None)
                if part is None:
                    break
                yield part
    except BaseException as error:
        spans.finish(error)
        raise
    spans.finish()
