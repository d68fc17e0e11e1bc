"""Start the server's process, wait until it answers, and stop it whatever happens."""

from __future__ import annotations

import atexit
import http.client
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import IO, Final, Self
from urllib.parse import urlsplit

import msgspec

from mlsig.local.errors import LocalServerError
from mlsig.local.settings import Ready, Settings
from mlsig.local.weights import require_extra

READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 5.0
LAST_LINES: Final = 12


class LocalServer:
    """A model server in its own process, stopped when the context ends or this process does.

    Attributes:
        url: Base URL of its OpenAI-compatible API, such as `http://127.0.0.1:41234/v1`; empty before `start`.
        pid: Process id; None before `start` and after `stop`.
    """

    def __init__(self, settings: Settings | None = None, *, ready_seconds: float = READY_SECONDS) -> None:
        self.settings = settings or Settings()
        self.url = ""
        self._ready_seconds = ready_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._child.pid if self._child else None

    def start(self) -> Self:
        """Start the process and wait until it answers.

        Raises:
            LocalExtraMissing: The extra `mlsig[local]` is not installed.
            LocalServerError: The process ended early, or was not ready in time; the message quotes its log.
        """
        require_extra()
        deadline = time.monotonic() + self._ready_seconds
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the child)
        self._child = subprocess.Popen(
            # -P: a file in the user's folder must not be imported in place of a library
            [sys.executable, "-P", "-m", "mlsig.local.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "OMP_WAIT_POLICY": "passive"},
            # Ctrl-C reaches every process of a terminal's group; the server must live until its last answer.
            start_new_session=True,
        )
        atexit.register(self.stop)
        try:
            address = self._address(self._child, deadline)
            self._wait_until_healthy(address, self._child, deadline)
        except BaseException:
            self.stop()
            raise
        self.url = f"{address}/v1"
        return self

    def stop(self) -> None:
        """Stop the process and wait for its end; safe to call twice."""
        child, self._child = self._child, None
        log, self._log = self._log, None
        atexit.unregister(self.stop)
        if child is None or log is None:
            return
        with suppress(OSError):
            if child.stdin:
                child.stdin.close()
        if child.stdout:
            child.stdout.close()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def _address(self, child: subprocess.Popen[bytes], deadline: float) -> str:
        """Hand the child its settings and return the address that it reports."""
        assert child.stdin is not None and child.stdout is not None  # noqa: S101  (both are pipes)
        with suppress(BrokenPipeError):  # a child that is dead already says why in its log
            child.stdin.write(msgspec.json.encode(self.settings) + b"\n")
            child.stdin.flush()
        lines: queue.Queue[bytes] = queue.Queue()
        # Not every platform can read a pipe with a timeout; a thread that is left behind ends with the pipe.
        threading.Thread(target=_read_line, args=(child.stdout, lines), daemon=True).start()
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise self._failure("was not ready in time") from None
        if not line:
            child.wait(STOP_SECONDS)
            raise self._failure(f"ended before it was ready (exit code {child.returncode})")
        return msgspec.json.decode(line, type=Ready).address

    def _wait_until_healthy(self, address: str, child: subprocess.Popen[bytes], deadline: float) -> None:
        """Poll `/health` until it says 200: while the model loads, it says 503."""
        host = urlsplit(address)
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise self._failure(f"ended before it was ready (exit code {child.returncode})")
            connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=2.0)
            try:
                connection.request("GET", "/health")
                if connection.getresponse().status == http.client.OK:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        raise self._failure("was not ready in time")

    def _failure(self, what: str) -> LocalServerError:
        """Return an error that quotes the end of the child's log."""
        assert self._log is not None  # noqa: S101  (open since the child was started)
        self._log.seek(0)
        last = self._log.read().decode("utf-8", "replace").strip().splitlines()[-LAST_LINES:]
        quoted = "".join(f"\n  {line}" for line in last) or "\n  (it wrote nothing)"
        return LocalServerError(f"the local model server {what}; its last lines:{quoted}")


def _read_line(source: IO[bytes], lines: queue.Queue[bytes]) -> None:
    lines.put(source.readline())
