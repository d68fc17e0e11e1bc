"""Runs the application: bound to one address, and ended well when it is asked to.

SIGTERM: readiness ends, new calls are refused, those that run have `drain` seconds, then all is closed. A
second one waits for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import uvicorn

from mlsig.orchestrator.orchestrator import Orchestrator
from mlsig.programs.program import Program
from mlsig.serving.application import application
from mlsig.serving.settings import Settings

log = logging.getLogger("mlsig.serving")

LAST_WORDS: Final = 5
"""Seconds for responses under way after all calls have ended."""
SPARE: Final = 64
"""Connections beside those of calls, for whoever looks after the process."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where to listen; with a certificate, HTTPS is spoken there."""

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: str | None = None
    certificate_key: str | None = None

    def listen(self) -> socket.socket:
        """Return a socket that listens here, at a free port where the port is 0.

        Raises:
            OSError: The address is taken, or not this machine's.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        return socket.create_server((self.host, self.port), family=family, backlog=2048)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the orchestrator, which ends calls before connections."""
        yield


async def serve(
    programs: Mapping[str, Program],
    orchestrator: Orchestrator,
    settings: Settings,
    address: Address,
    *,
    title: str = "mlsig",
    told: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until the orchestrator is asked to stop, and stop it.

    Args:
        programs: By the name in their path.
        orchestrator: Not started yet.
        settings: What is allowed, and whom.
        address: Where to listen.
        title: Of the OpenAPI document.
        told: Is called with the URL once connections are taken.

    Raises:
        OSError: The address cannot be listened at.
        StartFailed: A component did not start.
        Shutdown: The tree gave up.
    """
    with address.listen() as listening:
        app = application(programs, orchestrator, settings, title=title)
        server = _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=orchestrator.most + SPARE,
                timeout_graceful_shutdown=LAST_WORDS,
                ssl_certfile=address.certificate,
                ssl_keyfile=address.certificate_key,
            )
        )
        async with orchestrator:
            serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
            try:
                host, port = listening.getsockname()[:2]
                scheme = "http" if address.certificate is None else "https"
                told(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")
                await _first(orchestrator.wait(), serving)
                log.info("stopping: %d calls run", orchestrator.stats().running)
                await orchestrator.stop()
            finally:
                server.should_exit = True
                await serving


async def _first(asked: Coroutine[Any, Any, None], serving: asyncio.Task[None]) -> None:
    """Wait until it is asked to stop, or the server has ended by itself; errors of either are raised."""
    asking = asyncio.ensure_future(asked)
    try:
        done, _ = await asyncio.wait([asking, serving], return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        asking.cancel()
