"""Runs Python that a model wrote: in a worker process of pydantic-monty, an interpreter that has no host.

There is nothing in it to open a file, a socket or a process with, and no package of this environment. Time,
memory and output are limited; what breaks a limit ends with the worker, and this process goes on. Values do
not come back, only text: a small program can make a value that is huge once it is written out.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.errors import MlsigError
from mlsig.tools import background
from mlsig.tools.words import MOST_ERROR, told

if TYPE_CHECKING:
    from pydantic_monty import AsyncMonty, MontyError, ResourceLimits

MOST_WORKERS: Final = 4
_GRACE: Final = 2.0
_PATIENCE: Final = 1_000
"""How many thousandths of a second to wait in the end for threads that may be anybody's."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may take.

    Attributes:
        seconds: Of execution.
        memory: Bytes of its heap.
        output: Characters that it may print; a program that prints more is ended.
    """

    seconds: float = 5.0
    memory: int = 128 * 2**20
    output: int = 16_000


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a program.

    Attributes:
        printed: What it printed, as far as it came.
        error: Why it ended early, with the line where it did, for its author; None when it ran to its end.
    """

    printed: str
    error: str | None = None


class SandboxFailed(MlsigError):
    """Programs cannot be run at all."""


async def run(code: str, inputs: dict[str, Any], limits: Limits) -> Ran:
    """Run a program, with inputs (JSON-like data) as variables; from any event loop.

    Who is cancelled while it runs takes the worker along.

    Raises:
        SandboxFailed: pydantic-monty is not installed, or its worker cannot be started.
    """
    return await background.hop(_run(code, inputs, limits))


async def _run(code: str, inputs: dict[str, Any], limits: Limits) -> Ran:
    pool = await _pool()
    from pydantic_monty import MontyCrashedError, MontyError  # noqa: PLC0415  (an extra)

    printed = _Printed(limits.output)
    bounds: ResourceLimits = {
        "max_feed_duration_secs": limits.seconds,
        "max_memory": limits.memory,
        "max_total_sleep_secs": limits.seconds,
    }
    error: str | None = None
    try:
        # More than the limits ask for, all in all: a worker that does not keep to them is killed.
        async with asyncio.timeout(2 * limits.seconds + _GRACE):
            async with pool.checkout(script_name="program.py", limits=bounds) as session:
                # The last line keeps the value of the last expression where it is.
                await session.feed_run(f"{code}\nNone", inputs=inputs, print_callback=printed)
    except TimeoutError:
        error = f"TimeoutError: it did not end within {limits.seconds:g} s"
    except MontyCrashedError as failure:
        error = f"the sandbox ended the program: {failure}"
    except MontyError as failure:
        error = _traceback(failure)
    except (RecursionError, TypeError, ValueError) as failure:  # inputs that the sandbox cannot hold
        error = f"{type(failure).__name__}: {failure}"
    if printed.over:
        error = f"it printed more than {limits.output:,} characters"
    return Ran(printed=printed.text, error=error and error[-MOST_ERROR:])


class _Printed:
    """Takes what a program prints, and no more than its limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[str] = []
        self._room = most
        self.over = False

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def __call__(self, stream: str, text: str) -> None:  # noqa: ARG002  (stdout and stderr are one)
        self.over = self.over or len(text) > self._room
        text = text[: self._room]
        self._room -= len(text)
        self._parts.append(text)
        if self.over:
            raise ValueError("too much output")  # ends the program, whose print() it comes from


def _traceback(failure: MontyError) -> str:
    """Return where and how a program failed; it knows its own lines, and nothing of this process."""
    display: Any = getattr(failure, "display", None)
    return str(display(format="traceback") if display else failure).strip()


async def _returned() -> None:
    """Wait until no thread of the sandbox's own is inside of Python, as it is when it says that it is done.

    The loop may hear of that before the thread has left. Where the interpreter ends then, the thread cannot
    go on, and it aborts the process.
    """
    for _ in range(_PATIENCE):
        known = {thread.ident for thread in threading.enumerate()}
        if not sys._current_frames().keys() - known:  # pyright: ignore[reportPrivateUsage]
            return
        await asyncio.sleep(0.001)


_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Future[AsyncMonty]] = (
    weakref.WeakKeyDictionary()
)
_owners: set[asyncio.Task[None]] = set()


async def _pool() -> AsyncMonty:
    """Return the pool of workers of this loop, the background loop; they end with it."""
    loop = asyncio.get_running_loop()
    ready = _pools.get(loop)
    if ready is None or (ready.done() and ready.exception() is not None):
        ready = _pools[loop] = loop.create_future()
        owner = loop.create_task(_keep(ready))
        _owners.add(owner)
        owner.add_done_callback(_owners.discard)
    return await asyncio.shield(ready)


async def _keep(ready: asyncio.Future[AsyncMonty]) -> None:
    """Open a pool, and close it when the loop calls off what still runs on it."""
    try:
        from pydantic_monty import AsyncMonty  # noqa: PLC0415  (an extra)

        try:
            async with AsyncMonty(min_processes=0, max_processes=MOST_WORKERS) as pool:
                ready.set_result(pool)
                await asyncio.Event().wait()
        finally:
            await _returned()
    except ModuleNotFoundError:
        ready.set_exception(SandboxFailed("programs run in pydantic-monty: install mlsig[sandbox]"))
    except Exception as error:  # a worker that cannot be found or started
        ready.set_exception(SandboxFailed(f"the sandbox cannot be started: {told(error)}"))
