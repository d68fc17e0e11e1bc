"""Answers as they come: server-sent events.

event: part
data: {"answer": "Par"}

event: output
data: {"answer": "Paris"}

Of a pipeline it is told which steps begin, end and fail, not what they give: that is nobody's business.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import msgspec

from mlsig.programs.events import StepEvent
from mlsig.records import Record
from mlsig.serving import problems

log = logging.getLogger("mlsig.serving")
MEDIA_TYPE: Final = "text/event-stream"


async def events(
    first: Any, parts: AsyncGenerator[Any, None], output: type[Record], request_id: str
) -> AsyncGenerator[bytes, None]:
    """Yield events; an error after the first of them is told as one."""
    async with aclosing(parts):
        try:
            if first is not None:
                yield event(first, output)
            async for part in parts:
                if not (isinstance(part, StepEvent) and part.kind == "part"):
                    yield event(part, output)
        except Exception as error:
            problem = problems.of(error)
            if problem.status == 500:
                log.exception("request %s failed", request_id)
            yield b"event: problem\ndata: " + problem.document(request_id) + b"\n\n"


def event(part: Any, output: type[Record]) -> bytes:
    """Return one event; JSON without white space has no line breaks.

    What a pipeline returns may be no record: its output then has one field.
    """
    if isinstance(part, StepEvent):
        told = {"step": part.step, "state": part.kind}
        return b"event: step\ndata: " + msgspec.json.encode(told) + b"\n\n"
    record: Record = part if isinstance(part, Record) else output.validate({"result": part})
    kind = b"output" if isinstance(record, output) else b"part"
    return b"event: " + kind + b"\ndata: " + record.to_json() + b"\n\n"
