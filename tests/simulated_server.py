"""The simulated model behind a real HTTP server that speaks OpenAI's protocol, on a free local port."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mlsig.providers.messages import Message, Reply, Request
from simulated import answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone: some tests kill them, and others read what is printed."""


class Bill:
    """What the server was asked to do.

    Attributes:
        calls: How many requests came in.
        status: Answer every request with this status instead.
        text: Answer every request with this text instead.
        delay: Seconds that every request takes.
        on_call: Called with the number of each request before it is answered.
        keys: The idempotency keys of the requests, in order.
        tokens: How many tokens they came to.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls = 0
        self.status = 200
        self.text: str | None = None
        self.delay = 0.0
        self.on_call: Callable[[int], None] = lambda number: None
        self.keys: list[str] = []
        self.tokens = 0
        self._lock = threading.Lock()

    def count(self, key: str) -> int:
        with self._lock:
            self.calls += 1
            self.keys.append(key)
            return self.calls

    def charge(self, reply: Reply) -> None:
        with self._lock:
            self.tokens += reply.input_tokens + reply.output_tokens


def _request(body: dict[str, Any]) -> Request:
    names = ("temperature", "top_p", "max_tokens", "seed")
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return Request(
        provider="toy",
        model=body["model"],
        messages=tuple(Message(one["role"], one["content"]) for one in body["messages"]),
        schema=schema,
        **{name: body.get(name) for name in names},
    )


@contextmanager
def serving() -> Iterator[Bill]:
    """Serve until the context ends."""
    bill = Bill()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            number = bill.count(self.headers["idempotency-key"] or "")
            bill.on_call(number)
            time.sleep(bill.delay)
            reply = answer(_request(body))
            bill.charge(reply)
            payload = {
                "choices": [
                    {
                        "message": {"content": reply.text if bill.text is None else bill.text},
                        "finish_reason": "stop",
                    }
                ],
                "usage": {"prompt_tokens": reply.input_tokens, "completion_tokens": reply.output_tokens},
            }
            if bill.status != 200:
                payload = {"error": {"message": "no"}}
            raw = json.dumps(payload).encode()
            self.send_response(bill.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    bill.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield bill
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
