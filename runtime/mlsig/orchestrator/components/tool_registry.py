"""Tools by name, run under supervision: in turn, within their time, in a process of their own where asked.

    registry = ToolRegistry()
    registry.register(search, add)
    registry.register(render, process=True, timeout=5.0)
    async with Supervisor([registry.child()]):
        await registry.connect("clock", lambda: mcp_tools(command=["uvx", "mcp-server-time"]))
        passages = await registry.call(search, query="…")          # typed, as the tool declares it
        agent = Assistant.with_tools(*registry.tools())             # for models

What a model or a caller gets is the tool's result, or its error; the registry goes on in either case.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from mlsig.orchestrator.children import Child
from mlsig.orchestrator.components.bounded import Bounded, Work, needed
from mlsig.orchestrator.components.lasting import Lasting
from mlsig.orchestrator.components.tool_servers import ToolServer
from mlsig.orchestrator.quotas import Quotas
from mlsig.orchestrator.supervisor import Supervisor
from mlsig.orchestrator.workers import Workers
from mlsig.spelling import nearest
from mlsig.tools.tool import Tool, ToolFailed

if TYPE_CHECKING:
    from mlsig.tools.use import Usable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

CONCURRENCY: Final = 100
WAITING: Final = 1_000
PROCESSES: Final = 2


@dataclass(frozen=True)
class ToolStats:
    """Which tools there are, and how they did.

    Attributes:
        tools: What was done by each, by name; those never used have done nothing.
        categories: How many tools each category has.
        servers: MCP servers, by name, and whether they answer.
        running: Uses now.
        waiting: Uses that wait for their turn.
    """

    tools: Mapping[str, Work]
    categories: Mapping[str, int]
    servers: Mapping[str, bool]
    running: int
    waiting: int

    @property
    def most_used(self) -> str | None:
        """The tool that was used most."""
        used = {name: work.ended for name, work in self.tools.items() if work.ended}
        return max(used, key=lambda name: used[name], default=None)


class Registered:
    """A tool as the registry runs it; programs and models use it like any other.

    Attributes:
        tool: What is run; that of a server is another one after its restart.
        category: What it is listed under.
        process: Whether it runs in a process of its own.
        timeout: Seconds that a use may take, its wait for a turn included.
        needs: What a use has to have of the resources.
    """

    __slots__ = ("_registry", "category", "needs", "process", "timeout", "tool")

    def __init__(
        self,
        registry: ToolRegistry,
        tool: Usable,
        *,
        category: str,
        process: bool,
        timeout: float,
        needs: Mapping[str, int],
    ) -> None:
        self._registry = registry
        self.tool = tool
        self.category = category
        self.process = process
        self.timeout = timeout
        self.needs = needs

    @property
    def name(self) -> str:
        """What models call it."""
        return self.tool.name

    @property
    def description(self) -> str:
        """What it does, for models."""
        return self.tool.description

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return self.tool.parameters

    async def use(self, arguments: dict[str, Any]) -> str:
        """Do it, and return the result as text.

        Raises:
            ValidationError: The arguments do not fit.
            ToolFailed: It says so itself, or its server is gone.
            Full: As many uses as are allowed wait.
            DeadlinePassed: It took too long.
        """
        return await self._registry.use(self.name, arguments)

    async def acall(self, **arguments: Any) -> Any:
        """Do it for a step of a pipeline, and return the typed result; only tools of `.mlsig` files can.

        Raises:
            ValidationError: As `use`, and so are the others.
        """
        return await self._registry.call(cast("Callable[..., Any]", self.tool), **arguments)

    def __repr__(self) -> str:
        return f"<{self.name}: a registered tool>"


class ToolRegistry:
    """Tools by name. Belongs to one event loop.

    Args:
        concurrency: How many uses run at a time.
        waiting: How many more wait for their turn.
        processes: How many processes there are for tools that run in one; the first such use starts them.
        memory: Bytes of address space that such a process may have.
        resources: What tools may need of, beside a turn: a `ResourceManager`.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        concurrency: int = CONCURRENCY,
        waiting: int = WAITING,
        processes: int = PROCESSES,
        memory: int | None = None,
        resources: Quotas | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = Bounded(
            "tools",
            concurrency=concurrency,
            waiting=waiting,
            deadline=None,
            resources=resources,
            clock=clock,
        )
        self._workers = Workers(processes, waiting=concurrency + waiting, memory=memory)
        self._servers: dict[str, ToolServer] = {}
        self._connections = Lasting("servers")
        self._top = Supervisor(
            [self._line.tasks.child("uses"), self._connections.child("servers")], name="tool_registry"
        )
        self._starting = asyncio.Lock()
        self._tools: dict[str, Registered] = {}

    def register(
        self,
        *tools: Usable,
        category: str = "general",
        process: bool = False,
        timeout: float | None = None,
        needs: Mapping[str, int] | None = None,
    ) -> None:
        """Make tools known; the same ones again is no matter.

        Args:
            tools: Generated ones, or anything with a name, a description, parameters and `use`.
            category: What they are listed under.
            process: Whether they run in a process, which can be killed: only tools of `.mlsig` files can.
            timeout: Seconds that a use may take, instead of what each tool says.
            needs: What a use has to have of the resources, such as `{"gpus": 1}`.

        Raises:
            ValueError: There is another tool of the name, one cannot run in a process, or there will never
                be what it needs.
        """
        for tool in tools:
            known = self._tools.get(tool.name)
            if known is not None and known.tool is not tool:
                raise ValueError(f"two tools are called {tool.name}: give one of them another name")
            if process and not isinstance(tool, Tool):
                raise ValueError(
                    f"{tool.name} cannot run in a process of ours: tools of `.mlsig` files can; the server "
                    "of an MCP tool is a process already"
                )
            seconds = tool.timeout if timeout is None else timeout
            if not seconds > 0:
                raise ValueError(f"a timeout of {seconds} s for {tool.name}: give more than 0")
            if needs:
                needed(self._line.resources, tool.name, needs)
            self._tools[tool.name] = Registered(
                self, tool, category=category, process=process, timeout=seconds, needs=dict(needs or {})
            )

    def forget(self, name: str) -> bool:
        """Make a tool unknown; say whether it was known. Uses that run go on."""
        return self._tools.pop(name, None) is not None

    def __contains__(self, name: str) -> bool:
        return name in self._tools

    def get(self, name: str) -> Registered:
        """Return a tool by its name.

        Raises:
            ToolFailed: There is none, which a model is told as it stands.
        """
        found = self._tools.get(name)
        if found is not None:
            return found
        near = nearest(name, self._tools)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(self._tools) or 'none'}"
        raise ToolFailed(f"there is no tool {name!r}; {hint}")

    def tools(self, category: str | None = None) -> list[Registered]:
        """Return the tools of a category, or all, in the order of their registration."""
        return [tool for tool in self._tools.values() if category in (None, tool.category)]

    def runner(self, tool: Usable) -> Usable:
        """Return what runs a tool here, where this very tool is registered, and the tool itself otherwise."""
        found = self._tools.get(tool.name)
        return found if found is not None and found.tool is tool else tool

    async def use(self, name: str, arguments: dict[str, Any]) -> str:
        """Have a tool do something, and return the result as text, as a model is told it.

        Raises:
            ToolFailed: There is no such tool, or it says that it failed.
            ValidationError: The arguments do not fit.
            Full: As many uses as are allowed wait.
            DeadlinePassed: It took too long.
            WorkerDied: The process that did it ended.
            NotRunning: The registry does not run, or was stopped meanwhile.
            Exception: What the tool raised.
        """
        found = self.get(name)
        if found.process:
            return await self._in_process(found, _used, arguments)
        return await self._run(found, lambda: found.tool.use(arguments))

    async def call(
        self, tool: Callable[Arguments, Result], /, *args: Arguments.args, **arguments: Arguments.kwargs
    ) -> Result:
        """Have a registered tool of a `.mlsig` file do something, and return its typed result.

        Raises:
            ToolFailed: As `use`, and so are the others.
        """
        if args:
            raise TypeError("a tool takes its arguments by name, such as `call(search, query=…)`")
        typed = cast("Tool", tool)
        found = self.get(typed.name)
        if found.tool is not typed:
            raise ToolFailed(f"the registered tool {typed.name} is another one")
        if found.process:
            return cast("Result", await self._in_process(found, _called, dict(arguments)))
        work = partial(typed.acall, **arguments)
        return cast("Result", await self._run(found, work))

    async def connect(
        self,
        name: str,
        opened: Callable[[], AbstractAsyncContextManager[tuple[Usable, ...]]],
        *,
        category: str | None = None,
        timeout: float | None = None,
    ) -> list[Registered]:
        """Start an MCP server, and register its tools; it is started again when it is found dead.

        Args:
            name: What the server is called here.
            opened: Makes it anew each time: `lambda: mcp_tools(command=[…])`.
            category: What its tools are listed under; by default the name of the server.
            timeout: Seconds that a use of one may take, instead of the server's own.

        Raises:
            AlreadyThere: There is a server of the name.
            StartFailed: It cannot be used; why is its cause.
            NotRunning: The registry does not run.
        """
        server = ToolServer(
            name, opened, lambda before, now: self._replace(before, now, category or name, timeout)
        )
        await self._connections.add(server.child())
        self._servers[name] = server
        return [self._tools[tool.name] for tool in server.tools]

    async def disconnect(self, name: str) -> None:
        """End a server, and forget its tools.

        Raises:
            UnknownChild: There is none of the name.
        """
        await self._connections.remove(name)
        for tool in self._servers.pop(name).tools:
            self.forget(tool.name)

    def stats(self) -> ToolStats:
        """Return the counts."""
        categories = [tool.category for tool in self._tools.values()]
        return ToolStats(
            tools={name: self._line.work.get(name, Work()).copy() for name in self._tools},
            categories={category: categories.count(category) for category in categories},
            servers={name: server.answers for name, server in self._servers.items()},
            running=self._line.running,
            waiting=self._line.waiting,
        )

    def child(self, id: str = "tool_registry") -> Child:
        """Return it as a child of a supervisor. Tools, servers and counts are there again after a restart."""
        return self._top.child(id)

    def _replace(
        self,
        before: tuple[Usable, ...],
        now: tuple[Usable, ...],
        category: str,
        timeout: float | None,
    ) -> None:
        """Register the tools of a server that has just been started, the first time or again."""
        for tool in before:
            self.forget(tool.name)
        self.register(*now, category=category, timeout=timeout)

    async def _in_process(
        self, found: Registered, function: Callable[[Tool, dict[str, Any]], Result], arguments: dict[str, Any]
    ) -> Result:
        async def work() -> Result:
            return await self._workers.run(function, cast("Tool", found.tool), arguments)

        async with self._starting:
            if "processes" not in {child.id for child in self._top.status().children}:
                await self._top.start_child(self._workers.child("processes"))
        return await self._run(found, work)

    async def _run(self, found: Registered, work: Callable[[], Awaitable[Result]]) -> Result:
        return await self._line.run(found.name, work, deadline=found.timeout, needs=found.needs)


def _used(tool: Tool, arguments: dict[str, Any]) -> str:
    """Use a tool in a process, which has no event loop."""
    return asyncio.run(tool.use(arguments))


def _called(tool: Tool, arguments: dict[str, Any]) -> Any:
    """Call a tool in a process."""
    return asyncio.run(tool.acall(**arguments))
