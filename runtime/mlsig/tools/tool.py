"""Tools that `.mlsig` files declare: what generated tools are built on.

    tool search(query: str, k: int(1..50) = 5) -> list[Passage] = python("corpus:search")

A generated tool is called like the function: `search(query="…")` from Python, checked on the way in and on
the way out, or by a model, which is told what is wrong with its arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

import msgspec

from mlsig.errors import MlsigError
from mlsig.records import Record
from mlsig.types.presenting import presented

ResultT = TypeVar("ResultT", bound=Record)

_NOT_FOR_MODELS = ("$schema", "title")


class ToolFailed(MlsigError):
    """A tool answered with an error, or cannot be used; the message is for the model."""


class Tool:
    """The base of generated tools. They have no state: one instance serves every program, loop and thread.

    Attributes:
        Input: The arguments.
        Output: The result, as the one field `result`.
        timeout: How many seconds a model's use of it may take.
    """

    name: str
    description: str = ""
    timeout: float = 60.0
    Input: ClassVar[type[Record]]
    Output: ClassVar[type[Record]]

    __slots__ = ()

    @staticmethod
    def function() -> Callable[..., Any]:
        """Import what does the work; generated tools override this."""
        raise NotImplementedError

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        schema = self.Input.json_schema()
        return {key: value for key, value in schema.items() if key not in _NOT_FOR_MODELS}

    async def use(self, arguments: dict[str, Any]) -> str:
        """Check arguments, call the function, check what it returns, and return that as JSON text.

        Raises:
            ValidationError: The arguments do not fit.
            ToolFailed: The function returned something else than the tool declares.
        """
        inputs = self.Input.validate(arguments)
        found = self._checked(await self._outcome(inputs), self.Output)
        [field] = found.__struct_fields__
        result = getattr(found, field)
        if isinstance(result, str):
            return str(result)
        return msgspec.json.encode(result, enc_hook=presented).decode()

    def __call__(self, *args: Any, **arguments: Any) -> Any:
        """Call the function; generated tools state the arguments by name and type."""
        self._no_positional(args)
        return getattr(self._call(self.Input.validate(arguments), self.Output), "result")  # noqa: B009

    async def acall(self, *args: Any, **arguments: Any) -> Any:
        """Call the function; generated tools state the arguments by name and type."""
        self._no_positional(args)
        return getattr(await self._acall(self.Input.validate(arguments), self.Output), "result")  # noqa: B009

    def _call(self, inputs: Record, output: type[ResultT]) -> ResultT:
        """Call the function and wait for it; a coroutine function runs on the background loop."""
        found = self.function()(**_arguments(self._valid(inputs)))
        if inspect.isawaitable(found):
            from mlsig.providers import sync  # noqa: PLC0415  (asyncio's thread only where it is used)

            found = sync.run(_awaited(found))
        return self._checked(found, output)

    async def _acall(self, inputs: Record, output: type[ResultT]) -> ResultT:
        return self._checked(await self._outcome(self._valid(inputs)), output)

    async def _outcome(self, inputs: Record) -> Any:
        """Call the function: a coroutine function in this loop, any other in a thread, where it may wait."""
        function = self.function()
        if inspect.iscoroutinefunction(function):
            return await function(**_arguments(inputs))
        import asyncio  # noqa: PLC0415  (modules with tools are imported for other things too)

        found: Any = await asyncio.to_thread(function, **_arguments(inputs))
        return await found if inspect.isawaitable(found) else found

    def _checked(self, found: Any, output: type[ResultT]) -> ResultT:
        issues = output.check({"result": found})
        if issues:
            said = "; ".join(str(issue) for issue in issues[:3])
            raise ToolFailed(f"{self.name} returned something else than it declares: {said}")
        return output.validate({"result": found})

    def _valid(self, inputs: Record) -> Record:
        """Check what a caller handed over: the constructor of a record looks at nothing."""
        return self.Input.validate(msgspec.structs.asdict(inputs))

    @staticmethod
    def _no_positional(args: tuple[Any, ...]) -> None:
        if args:
            raise TypeError("a tool takes its arguments by name, such as `search(query=…)`")

    def __repr__(self) -> str:
        return f"<{self.name}: a tool>"


def _arguments(inputs: Record) -> dict[str, Any]:
    return {name: getattr(inputs, name) for name in inputs.__struct_fields__}


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work
