"""What every request passes first: its name, the key, and what nobody else caught."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlsig.serving import problems
from mlsig.serving.errors import response
from mlsig.serving.metrics import Metrics
from mlsig.serving.problems import Problem
from mlsig.serving.settings import Settings

log = logging.getLogger("mlsig.serving")

OPEN: Final = frozenset({"/health", "/ready"})
"""For whoever looks after the process: they say nothing but whether it works."""
DOCS: Final = frozenset({"/", "/docs", "/openapi.json"})
ALWAYS: Final[Mapping[str, str]] = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UNAUTHORISED: Final = Problem(
    401,
    "unauthorised",
    "The key is missing or wrong",
    "send it as Authorization: Bearer KEY, or as X-API-Key: KEY",
    headers={"www-authenticate": "Bearer"},
)


class Edge:
    """An ASGI application around the other: names requests, asks for the key, tells of errors, counts."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = _below(scope)
        asked = headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 0

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                found = {name.encode(): value.encode() for name, value in ALWAYS.items()}
                found[b"x-request-id"] = request_id.encode()
                message["headers"] = [*message.get("headers", ()), *found.items()]
            await send(message)

        try:
            problem = self._refused(path, headers)
            if problem is None:
                await self._app(scope, receive, reply)
        except ClientDisconnect:
            problem = None
        except Exception as error:
            problem = problems.of(error)
            if problem.status == 500:
                log.exception("request %s failed", request_id)
            elif problem.status > 500:
                log.warning("request %s: %s (%s)", request_id, problem.kind, type(error).__name__)
        if problem is not None and not status:
            await response(problem, request_id)(scope, receive, reply)
        seconds = time.perf_counter() - began
        self._metrics.request(path, status, seconds)
        log.info("%s %s %d %.3f s %s", scope["method"], _shown(scope["path"]), status, seconds, request_id)

    def _refused(self, path: str, headers: Headers) -> Problem | None:
        hosts = self._settings.hosts
        if hosts is not None and _host(headers.get("host", "")) not in hosts:
            return Problem(403, "host", "This server does not go by that name")
        if self._settings.key is None or path in OPEN or (self._settings.public_docs and path in DOCS):
            return None
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        given = shown.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        return None if self._settings.knows(given) else _UNAUTHORISED


def _below(scope: Scope) -> str:
    """Return the path as the application knows it, wherever that is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _host(header: str) -> str:
    name = header.rpartition("]")[0].lstrip("[") if header.startswith("[") else header.partition(":")[0]
    return name.lower()


def _shown(path: str) -> str:
    """Return a path as one line of a log."""
    return ascii(path[:200])[1:-1]
