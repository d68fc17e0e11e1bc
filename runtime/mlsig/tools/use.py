"""One use of a tool: what a model asked for, and what came of it.

A use never raises because of what the model wrote or what the tool did: both are told to the model.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterable
from difflib import get_close_matches
from typing import Any, Protocol

import msgspec

from mlsig import telemetry
from mlsig.errors import BudgetExhausted, ValidationError
from mlsig.providers import messages
from mlsig.tools.tool import ToolFailed
from mlsig.tools.words import MOST_RESULT, cut, safe, told
from mlsig.types.jsonlike import is_object


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done between two calls of a model.

    Attributes:
        name: The tool, or `python` for a program in the sandbox.
        arguments: The JSON text, or the program, as the model wrote it.
        result: What the model is told: the result, or the error.
        failed: It is an error.
        seconds: How long it took.
    """

    name: str
    arguments: str
    result: str
    failed: bool = False
    seconds: float = 0.0


class Usable(Protocol):
    """A tool, wherever it is."""

    @property
    def name(self) -> str:
        """What models call it: at most 64 letters, digits, `_` and `-`."""
        ...

    @property
    def description(self) -> str:
        """What it does, for models."""
        ...

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON Schema of its arguments, an object."""
        ...

    @property
    def timeout(self) -> float:
        """How many seconds a use may take."""
        ...

    async def use(self, arguments: dict[str, Any]) -> str:
        """Do it, and return the result as text; whatever this raises is told to the model."""
        ...


def declared(tools: Iterable[Usable]) -> tuple[messages.Tool, ...]:
    """Return tools as requests declare them."""
    return tuple(messages.Tool(tool.name, tool.description, tool.parameters) for tool in tools)


async def watched(
    name: str, arguments: str, done: Coroutine[Any, Any, Acted], *, call_id: str = "", description: str = ""
) -> Acted:
    """Do something, and tell of it where anybody listens to such things."""
    if not (telemetry.on and telemetry.listening()):
        return await done
    from mlsig.telemetry.spans import Reported  # noqa: PLC0415
    from mlsig.telemetry.tools import tool  # noqa: PLC0415

    with tool(name, call_id=call_id, description=description, arguments=arguments) as span:
        acted = await done
        span.result = acted.result
        if acted.failed:
            span.error = Reported("ToolFailed")
        return acted


class Use:
    """A tool that a model wants used, by name, with the JSON text of its arguments."""

    __slots__ = ("_arguments", "_id", "_name", "_tools")

    def __init__(self, tools: Iterable[Usable], name: str, arguments: str, call_id: str = "") -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._name = name
        self._arguments = arguments
        self._id = call_id

    async def perform(self) -> Acted:
        """Do it within the time that the tool has.

        Raises:
            BudgetExhausted: The tool calls models itself, and there is no budget left.
        """
        tool = self._tools.get(self._name)
        # A name that a model made up is one of any number, and what the model wrote.
        known, what = (self._name, tool.description) if tool else ("_OTHER", "")
        return await watched(known, self._arguments, self._done(tool), call_id=self._id, description=what)

    async def _done(self, tool: Usable | None) -> Acted:
        started = time.perf_counter()
        text, failed = await self._result(tool)
        seconds = time.perf_counter() - started
        return Acted(name=self._name, arguments=self._arguments, result=text, failed=failed, seconds=seconds)

    async def _result(self, tool: Usable | None) -> tuple[str, bool]:
        """Return what to tell the model, and whether it is an error."""
        if tool is None:
            near = get_close_matches(self._name, self._tools, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(self._tools) or 'none'}"
            return safe(f"there is no tool {self._name!r}; {hint}"), True
        arguments = read_arguments(self._arguments)
        if arguments is None:
            return f"the arguments of {tool.name} must be one JSON object", True
        import asyncio  # noqa: PLC0415  (programs without tools need none)

        late = asyncio.timeout(tool.timeout)
        try:
            async with late:
                return cut(await tool.use(arguments), MOST_RESULT), False
        except BudgetExhausted:
            raise
        except ToolFailed as error:
            return safe(str(error)), True
        except ValidationError as error:
            return safe("; ".join(str(issue) for issue in error.issues)), True
        except TimeoutError as error:
            return (f"no result within {tool.timeout:g} s" if late.expired() else told(error)), True
        except Exception as error:  # whatever a tool raises is for the model to read
            return told(error), True


def read_arguments(text: str) -> dict[str, Any] | None:
    """Return the object that a model wrote as arguments; an empty one for nothing, None for no object."""
    if not text.strip():
        return {}
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return found if is_object(found) else None
