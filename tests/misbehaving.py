"""A real HTTP server on loopback that does what it is told, however bad; standard library only.

with Misbehaving() as server:
    server.script(status(429, retry_after="0"), answer("fine"))
    …                       # the first request is turned away, the second one is answered
    server.requests[0].headers["authorization"]
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, TypeAlias


@dataclass(frozen=True)
class Seen:
    """A request as the server got it; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: Any
    raw: bytes = b""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    seen: Seen  # the request that is answered, while others may have come

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen = Seen(self.path, headers, json.loads(raw), raw)
        self.server.owner.take(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def reply(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


Behaviour: TypeAlias = Callable[[_Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: Misbehaving

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the plan."""


class Misbehaving:
    """The server; `script` says what it does to the next requests, the last item for all that follow."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.connections = 0
        self.most_at_once = 0
        self._at_once = 0
        self._plan: deque[Behaviour] = deque([answer("fine")])
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def script(self, *plan: Behaviour) -> None:
        self._plan = deque(plan)

    def take(self, handler: _Handler) -> None:
        with self._lock:
            self.requests.append(handler.seen)
            behaviour = self._plan.popleft() if len(self._plan) > 1 else self._plan[0]
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            behaviour(handler)
        finally:
            with self._lock:
                self._at_once -= 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def completion(text: str | None, *, finish: str = "stop") -> dict[str, Any]:
    return {
        "id": "1",
        "model": "small-2026",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
    }


def answer(text: str) -> Behaviour:
    return body(json.dumps(completion(text)).encode())


def body(raw: bytes, *, status: int = 200, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(status, raw, named)


def events(*data: Any, cut: bool = False, done: bool = True, comment: bool = True) -> Behaviour:
    """Stream server-sent events in pieces of a few bytes; with `cut`, promise more and hang up.

    Events that have a type are called by it, as Anthropic's and OpenAI's Responses are.
    """
    text = ": hello\n" if comment else ""
    for item in data:
        name = item.get("type") if isinstance(item, dict) else None
        text += (f"event: {name}\n" if name else "") + f"data: {json.dumps(item)}\n\n"
    raw = (text + ("data: [DONE]\n\n" if done else "")).encode()

    def stream(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream; charset=utf-8")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for start in range(0, len(raw), 7):
                piece = raw[start : start + 7]
                handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if not cut:
                handler.wfile.write(b"0\r\n\r\n")
            handler.wfile.flush()
        handler.close_connection = cut

    return stream


def huge(size: int) -> Behaviour:
    """Send a body of so many bytes, without saying how many there are, until the other side hangs up."""

    def pour(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("connection", "close")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(size // 65_536):
                handler.wfile.write(b" " * 65_536)
        handler.close_connection = True

    return pour


def status(code: int, message: str = "no", **headers: str) -> Behaviour:
    return body(json.dumps({"error": {"message": message}}).encode(), status=code, **headers)


def truncated(handler: _Handler) -> None:
    """Promise more than is sent, and hang up."""
    handler.reply(200, b'{"choices": [', {}, length=1000)
    handler.close_connection = True


def reset(handler: _Handler) -> None:
    """Hang up in the rude way, with a TCP reset, before any answer."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def reset_midway(handler: _Handler) -> None:
    """Hang up with a TCP reset in the middle of an answer, once its beginning has arrived."""
    handler.reply(200, b'{"choices": [', {}, length=1000)
    handler.wfile.flush()
    time.sleep(0.01)  # a reset throws away what the other side has not read yet
    reset(handler)


def dropped(handler: _Handler) -> None:
    """Hang up politely, without an answer."""
    handler.close_connection = True


def hang(handler: _Handler) -> None:
    """Say nothing until the server is closed."""
    handler.server.owner.released.wait(10)
    handler.close_connection = True


def drip(handler: _Handler) -> None:
    """Send an answer that never ends, a byte at a time."""
    handler.send_response(200)
    handler.send_header("content-length", "100000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while not handler.server.owner.released.wait(0.01):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    handler.close_connection = True


def gather(number: int, text: str = "fine") -> Behaviour:
    """Answer once `number` requests are here at the same time."""
    barrier = threading.Barrier(number)

    def wait(handler: _Handler) -> None:
        barrier.wait(5)
        answer(text)(handler)

    return wait
