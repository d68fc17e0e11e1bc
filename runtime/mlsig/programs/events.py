"""What a pipeline tells while it runs.

async for found in Research.astream(question="…"):
    if isinstance(found, StepEvent):
        print(found.step, found.kind)      # plan began, plan ended, found[0] ended, …
    else:
        print(found.answer)                # what is certain of the answer; at the end all of it
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class StepEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a step.

    Attributes:
        step: Its path: `plan`, `inner.plan` in a pipeline inside, `found[3]` of one that goes through a list.
        kind: It `began`, or begins again; a `part` of its answer is certain; it `ended`; or it `failed`, and
            the pipeline goes on without it.
        value: Of a part a record with `msgspec.UNSET` for what is not certain; at the end what it gave.
        error: Why it failed.
    """

    step: str
    kind: Literal["began", "part", "ended", "failed"]
    value: Any = None
    error: Exception | None = None
