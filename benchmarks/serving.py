"""A server of chat completions in a process of its own, as little of one as there can be.

with serving(Answering, "42") as url: …    # `Answering` is a `Connection`, made with "42" for each connection
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any


class Connection(asyncio.Protocol):
    """Reads requests of known length, and keeps the connection; `asked` answers one."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.got = b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        while b"\r\n\r\n" in self.got:
            head, _, rest = self.got.partition(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            size = int(next(line for line in lines if line.startswith(b"content-length:")).split(b":")[1])
            if len(rest) < size:
                return
            body, self.got = rest[:size], rest[size:]
            self.asked(body)

    def asked(self, body: bytes) -> None:
        """Answer a request, by `transport.write`."""
        raise NotImplementedError


def completion(text: str) -> dict[str, Any]:
    """Return what a server of OpenAI's protocol sends for an answer."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "echo",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
    }


def written(said: Any, status: str = "200 OK") -> bytes:
    """Return an answer of HTTP with a JSON body."""
    body = json.dumps(said).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


@contextmanager
def serving(connection: Callable[..., Connection], *arguments: Any) -> Generator[str]:
    """Serve on loopback, each connection made by `connection(*arguments)`; both must be picklable."""
    context = multiprocessing.get_context("spawn")
    ports: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_serve, args=(ports, connection, arguments), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=60)}/v1"
    finally:
        process.terminate()
        process.join()


def _serve(
    ports: multiprocessing.Queue[int], connection: Callable[..., Connection], arguments: tuple[Any, ...]
) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: connection(*arguments), "127.0.0.1", 0, backlog=1_000)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
