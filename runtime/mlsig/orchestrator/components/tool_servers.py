"""A server of tools while it is used: started, looked after, and started again when a use finds it dead.

A tool that fails says so (`ToolFailed`), and one whose server is gone raises something else. That one use
fails, since nobody knows what it did; the ones after it find a new server, or hear that there is none.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import ValidationError
from mlsig.orchestrator.children import Child, Started
from mlsig.tools.tool import ToolFailed

if TYPE_CHECKING:
    from mlsig.tools.use import Usable

log = logging.getLogger("mlsig.orchestrator")
FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 30.0


class ServedTool:
    """A tool of a server that may be gone."""

    __slots__ = ("_server", "_tool", "description", "name", "parameters", "timeout")

    def __init__(self, server: ToolServer, tool: Usable) -> None:
        self._server = server
        self._tool = tool
        self.name = tool.name
        self.description = tool.description
        self.parameters = tool.parameters
        self.timeout = tool.timeout

    async def use(self, arguments: dict[str, Any]) -> str:
        """Have the server do it.

        Raises:
            ToolFailed: The server says that it failed, or there is none at the moment.
        """
        if not self._server.answers:
            raise ToolFailed(f"the server {self._server.name} of this tool is being started again")
        try:
            return await self._tool.use(arguments)
        except (ToolFailed, ValidationError, TimeoutError):
            raise
        except Exception:
            self._server.lost()
            raise


class ToolServer:
    """One server.

    Args:
        name: What it is called here.
        opened: Makes it anew each time.
        replace: Is given the tools that it had and those that it has now, each time that it was started.

    Attributes:
        name: What it is called here.
        tools: What it had when it was started last.
        answers: Whether it is there, as far as anybody knows.
    """

    def __init__(
        self,
        name: str,
        opened: Callable[[], AbstractAsyncContextManager[tuple[Usable, ...]]],
        replace: Callable[[tuple[Usable, ...], tuple[Usable, ...]], None],
    ) -> None:
        self.name = name
        self.tools: tuple[Usable, ...] = ()
        self.answers = False
        self._opened = opened
        self._replace = replace
        self._gone = asyncio.Event()
        self._worked = False

    def lost(self) -> None:
        """Say that it does not answer any more."""
        self.answers = False
        self._gone.set()

    def child(self) -> Child:
        """Return it as a child of a supervisor."""
        return Child(self.name, self.run, restart="transient")

    async def run(self, started: Started) -> None:
        """Be there until cancelled; between attempts that fail it waits up to 0.1, 0.2, 0.4 … 30 s.

        Raises:
            Exception: It could not be started, and never was before.
        """
        failed = 0
        if self._worked:
            started()  # nobody has to wait for one that is known to start
        while True:
            try:
                async with self._opened() as tools:
                    self._serving(tools)
                    started()
                    failed = 0
                    await self._gone.wait()
                log.warning("the server %s is gone, and is started again", self.name)
            except Exception as error:
                if not self._worked:
                    raise
                failed += 1
                log.warning("the server %s: %s: %s", self.name, type(error).__name__, error)
            finally:
                self.answers = False
            if failed:
                longest = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failed - 1))
                await asyncio.sleep(random.uniform(0, longest))  # noqa: S311  (for waits)

    def _serving(self, tools: tuple[Usable, ...]) -> None:
        served = tuple(ServedTool(self, tool) for tool in tools)
        self._replace(self.tools, served)
        self.tools = served
        self._gone.clear()
        self.answers = self._worked = True
