"""A real server of programs on loopback, in a thread of this process, and callers of it."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx
from mlsig.orchestrator.orchestrator import Orchestrator
from mlsig.programs import Program
from mlsig.providers.client import close_all
from mlsig.serving.server import Address, serve
from mlsig.serving.settings import Settings

JSON = {"content-type": "application/json"}


class Served:
    """The server; `url` is where it is, `api` a client that shows the key."""

    def __init__(
        self, programs: Mapping[str, Program], settings: Settings | None = None, **options: Any
    ) -> None:
        self._programs = programs
        self._settings = settings or Settings()
        self._address = Address(port=0, certificate=options.pop("certificate", None))
        self._options = {"deadline": None, "drain": 5.0, **options}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.errors: list[BaseException] = []

    async def _serve(self) -> None:
        try:
            self.loop = asyncio.get_running_loop()
            self.orchestrator = Orchestrator(*self._programs.values(), **self._options)
            await serve(
                self._programs,
                self.orchestrator,
                self._settings,
                self._address,
                title="served",
                told=self._told,
            )
        except BaseException as error:
            self.errors.append(error)
            raise
        finally:
            self._ready.set()
            await close_all()  # of clients that the tests gave to their programs

    def _told(self, url: str) -> None:
        self.url = url
        self._ready.set()

    def client(self, **headers: str) -> httpx.Client:
        # Its certificate, if it has one, is of this test alone.
        verify = ssl.create_default_context(cafile=self._address.certificate)
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30, verify=verify)

    def ask_to_stop(self) -> None:
        self.loop.call_soon_threadsafe(self.orchestrator.ask_to_stop)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        assert not self.errors
        key = self._settings.key
        self.api = self.client(**({} if key is None else {"authorization": f"Bearer {key}"}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.api.close()
        if self._thread.is_alive():
            self.ask_to_stop()
        self._thread.join(30)
        assert not self._thread.is_alive()
        assert not self.errors


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never did"
        time.sleep(0.01)
