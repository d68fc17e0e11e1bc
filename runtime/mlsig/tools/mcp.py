"""Tools of MCP servers, by the official `mcp` package: started from a command, or reached at a URL.

    with mlsig.mcp_tools(command=["uvx", "mcp-server-time"]) as tools:
        answer = Assistant.with_tools(*tools)(question="…")

A command is a program and its arguments, never a line for a shell. The server sees the environment that the
`mcp` package passes on (PATH, HOME and the like) and what `env` adds, and none of the keys in this process.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TextIO, cast
from urllib.parse import urlsplit

import msgspec

from mlsig.errors import MlsigError
from mlsig.providers.keys import is_loopback, shown
from mlsig.tools import background
from mlsig.tools.arguments import Arguments
from mlsig.tools.tool import ToolFailed
from mlsig.tools.words import safe

if TYPE_CHECKING:
    from mcp import Client

_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST: Final = 64
_MOST_PAGES: Final = 100


class _Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server is: a command that starts it, or a URL with headers."""

    command: tuple[str, ...] = ()
    env: dict[str, str] | None = None
    cwd: str | None = None
    url: str = ""
    headers: dict[str, str] = {}


class McpTool:
    """A tool of a server. Arguments are checked by its schema before they are sent, and by the server."""

    __slots__ = ("_arguments", "_server", "_theirs", "description", "name", "parameters", "timeout")

    def __init__(
        self, server: McpServer, theirs: str, name: str, description: str, parameters: dict[str, Any]
    ) -> None:
        self._server = server
        self._theirs = theirs
        self.name = name
        self.description = description
        self.parameters = parameters
        self.timeout = server.timeout
        self._arguments = Arguments(parameters)

    async def use(self, arguments: dict[str, Any]) -> str:
        """Have the server do it.

        Raises:
            ToolFailed: The arguments do not fit its schema; the server says that it failed, or is gone.
        """
        wrong = self._arguments.problems(arguments)
        if wrong:
            raise ToolFailed("; ".join(wrong))
        return await self._server.call(self._theirs, arguments)

    def __repr__(self) -> str:
        return f"<{self.name}: a tool of an MCP server>"


class McpServer:
    """A server while it is used: `with` or `async with` gives its tools, in the order that it has them.

    Its session lives in the background loop, so that its tools work in any loop and thread, and in programs
    that are called in the sync way. When the block is left, the server is ended.
    """

    def __init__(self, server: _Server, *, timeout: float, only: Collection[str] | None, prefix: str) -> None:
        self._where = server
        self.timeout = timeout
        self._only = only
        self._prefix = prefix
        self._client: Client | None = None
        self._over: asyncio.Event | None = None
        self._owner: Future[None] | None = None

    async def call(self, name: str, arguments: dict[str, Any]) -> str:
        """Call a tool by the name that the server has for it, from any loop."""
        return await background.hop(self._call(name, arguments))

    async def __aenter__(self) -> tuple[McpTool, ...]:
        return await asyncio.wrap_future(self._start())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        owner = self._stop()
        if owner is not None:
            await asyncio.wrap_future(owner)

    def __enter__(self) -> tuple[McpTool, ...]:
        return self._start().result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        owner = self._stop()
        if owner is not None:
            owner.result()

    def _start(self) -> Future[tuple[McpTool, ...]]:
        if self._owner is not None:
            raise MlsigError("this MCP server is in use already: make another with mcp_tools()")
        ready: Future[tuple[McpTool, ...]] = Future()
        # One task opens the session and closes it: what it is made of may not change tasks.
        self._owner = background.submit(self._serve(ready))
        return ready

    def _stop(self) -> Future[None] | None:
        owner, over = self._owner, self._over
        self._owner = None
        if owner is not None and over is not None:
            background.loop().call_soon_threadsafe(over.set)
        return owner

    async def _serve(self, ready: Future[tuple[McpTool, ...]]) -> None:
        self._over = asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self.timeout):
                    client = self._client = await _opened(self._where, self.timeout, stack)
                    tools = await self._tools(client)
                ready.set_result(tools)
                await self._over.wait()
        except BaseException as error:
            if ready.done():
                raise
            self._owner = None
            ready.set_exception(self._unusable(error))
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self._client = None

    async def _tools(self, client: Client) -> tuple[McpTool, ...]:
        found: list[Any] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None:
                break
        theirs = [tool.name for tool in found]
        missing = sorted(set(self._only or ()) - set(theirs))
        if missing:
            raise MlsigError(f"the MCP server has no tool {missing[0]}; it has {', '.join(theirs) or 'none'}")
        names = _Names(self._prefix)
        return tuple(
            McpTool(self, tool.name, names.of(tool.name), tool.description or "", dict(tool.input_schema))
            for tool in found
            if self._only is None or tool.name in self._only
        )

    async def _call(self, name: str, arguments: dict[str, Any]) -> str:
        client = self._client
        if client is None:
            raise ToolFailed("the MCP server of this tool has been closed")
        result = await client.call_tool(name, arguments, read_timeout_seconds=self.timeout)
        text = "\n".join(_texts(result.content))
        if result.is_error:
            raise ToolFailed(text or "it failed, and the server does not say why")
        return text

    def _unusable(self, error: BaseException) -> MlsigError:
        if isinstance(error, MlsigError):
            return error
        if isinstance(error, ModuleNotFoundError):
            return MlsigError("MCP servers need the package mcp: install mlsig[mcp]")
        if isinstance(error, TimeoutError):
            return MlsigError(f"the MCP server did not answer within {self.timeout:g} s")
        inner: Any = error
        while isinstance(inner, BaseExceptionGroup):
            [inner, *_] = cast("tuple[BaseException, ...]", inner.exceptions)
        return MlsigError(f"the MCP server cannot be used: {safe(f'{type(inner).__name__}: {inner}')}")


async def _opened(server: _Server, timeout: float, stack: AsyncExitStack) -> Client:
    """Start a server, or reach it, and shake hands."""
    from mcp import Client, StdioServerParameters, stdio_client  # noqa: PLC0415  (an extra, slow to import)

    if server.command:
        program, *arguments = server.command
        stdio = StdioServerParameters(command=program, args=arguments, env=server.env, cwd=server.cwd)
        transport = stdio_client(stdio, errlog=stack.enter_context(_errors()))
        return await stack.enter_async_context(Client(transport, read_timeout_seconds=timeout))
    if not server.headers:
        return await stack.enter_async_context(Client(server.url, read_timeout_seconds=timeout))
    import httpx2  # noqa: PLC0415  (comes with mcp, whose transport wants a client of it)
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

    http = await stack.enter_async_context(httpx2.AsyncClient(headers=server.headers, timeout=timeout))
    transport = streamable_http_client(server.url, http_client=http)
    return await stack.enter_async_context(Client(transport, read_timeout_seconds=timeout))


def _errors() -> AbstractContextManager[TextIO]:
    """Return where a server's standard error goes: to ours, unless that is no file, as in a notebook."""
    try:
        sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return Path(os.devnull).open("w", encoding="utf-8")
    return nullcontext(sys.stderr)


class _Names:
    """Names that every provider takes, each once."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._taken: set[str] = set()

    def of(self, theirs: str) -> str:
        wanted = _UNFIT.sub("_", f"{self._prefix}{theirs}")[:_LONGEST]
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted[: _LONGEST - len(str(number)) - 1]}_{number}"
        self._taken.add(name)
        return name


def _texts(content: Sequence[Any]) -> Iterator[str]:
    """Yield what a model can read of a result: texts, and what else there is by its kind."""
    for block in content:
        text = getattr(block, "text", None)
        if text is None:
            text = getattr(getattr(block, "resource", None), "text", None)
        yield text if isinstance(text, str) else f"[{block.type}, which is not shown]"


def mcp_tools(
    command: Sequence[str] | None = None,
    *,
    url: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    only: Collection[str] | None = None,
    prefix: str = "",
) -> McpServer:
    """Return an MCP server, to be entered with `with` or `async with`, which gives its tools.

    Args:
        command: The program that is the server, and its arguments; it speaks MCP on its standard streams.
        url: Where a server answers over HTTP, instead of a command.
        env: Environment variables for the command, beside the few that it inherits.
        cwd: The folder that the command runs in.
        headers: For every request to the URL, such as one that has a key.
        timeout: Seconds for the server to start, and for every use of a tool.
        only: The tools to take, by the server's names; all of them when nothing is said.
        prefix: Goes before the name of each tool, where servers have tools of one name.

    Raises:
        MlsigError: The arguments do not go together; on entering, that the server cannot be used.
    """
    if isinstance(command, str):
        raise MlsigError('a command is a list, such as ["python", "server.py"]: no shell takes it apart')
    if bool(command) == (url is not None):
        raise MlsigError("an MCP server is either a `command` or a `url`")
    if url is not None:
        if env is not None or cwd is not None:
            raise MlsigError("`env` and `cwd` are for a `command`: a server at a URL runs already")
        _check_url(url, secret=bool(headers))
        server = _Server(url=url, headers=dict(headers or {}))
    elif headers is not None:
        raise MlsigError("`headers` are for a `url`: a command takes `env`")
    else:
        server = _Server(command=tuple(command or ()), env=dict(env) if env else None, cwd=cwd)
    return McpServer(server, timeout=timeout, only=only, prefix=prefix)


def _check_url(url: str, *, secret: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise MlsigError(f"the address {shown(url)} of the MCP server is not an http or https URL")
    if parts.username or parts.password:
        raise MlsigError("the address of the MCP server holds a user name or password: use `headers`")
    if secret and parts.scheme != "https" and not is_loopback(parts.hostname):
        raise MlsigError(f"headers are sent over https or to this machine only, and {shown(url)} is neither")
