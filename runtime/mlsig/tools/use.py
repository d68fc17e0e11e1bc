"""One use of a tool: what a model asked for, and what came of it.

A use never raises because of what the model wrote or what the tool did: both are told to the model.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from mlsig import telemetry
from mlsig.errors import BudgetExhausted, ValidationError
from mlsig.providers import messages
from mlsig.spelling import nearest
from mlsig.tools.tool import ToolFailed
from mlsig.tools.words import MOST_RESULT, cut, safe, told
from mlsig.types.jsonlike import is_object

if TYPE_CHECKING:
    from mlsig.adapters.wording import Words


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
    """A tool that a model wants used, by name, with the JSON text of its arguments.

    `words` are those in which the model is told what is wrong; as they are delivered, where nobody says.
    """

    __slots__ = ("_arguments", "_id", "_name", "_tools", "_words")

    def __init__(
        self,
        tools: Iterable[Usable],
        name: str,
        arguments: str,
        call_id: str = "",
        words: Words | None = None,
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._name = name
        self._arguments = arguments
        self._id = call_id
        self._words = words

    def _say(self, text: str, **values: str) -> str:
        """Return what the model is told of what it has done wrong."""
        if self._words is None:
            from mlsig.adapters.wording import Wording  # noqa: PLC0415  (programs without tools need none)

            self._words = Wording.NOTHING.words("Chat")
        return safe(self._words.say(text, **values))

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
            near = nearest(self._name, self._tools)
            called = repr(self._name)
            if near:
                return self._say("misspelt_tool", tool=called, near=near), True
            names = ", ".join(self._tools) or self._say("no_names")
            return self._say("unknown_tool", tool=called, tools=names), True
        arguments = read_arguments(self._arguments)
        if arguments is None:
            return self._say("no_object", tool=tool.name), True
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
            return (
                self._say("too_late", seconds=f"{tool.timeout:g}") if late.expired() else told(error)
            ), True
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
