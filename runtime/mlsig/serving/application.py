"""The ASGI application: a path for each program, and those that say how the server is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from mlsig.errors import ValidationError
from mlsig.orchestrator.orchestrator import Orchestrator
from mlsig.orchestrator.state import state
from mlsig.programs.executions import Execution
from mlsig.programs.program import Program
from mlsig.records import Record
from mlsig.serving import bodies, openapi, streaming
from mlsig.serving.edge import Edge
from mlsig.serving.errors import response
from mlsig.serving.metrics import CONTENT_TYPE, Metrics
from mlsig.serving.page import SECURITY, page
from mlsig.serving.problems import Problem, invalid
from mlsig.serving.settings import Settings

Result = TypeVar("Result")


def application(
    programs: Mapping[str, Program],
    orchestrator: Orchestrator,
    settings: Settings | None = None,
    *,
    title: str = "mlsig",
) -> Starlette:
    """Return an application that serves programs.

    Args:
        programs: By the name in their path.
        orchestrator: What runs them; it is started and stopped by whoever made it.
        settings: What is allowed, and whom.
        title: Of the OpenAPI document and its page.
    """
    served = _Served(programs, orchestrator, settings or Settings(), title)
    routes = [
        Route("/programs/{name}", served.call, methods=["POST"]),
        Route("/programs/{name}/stream", served.stream, methods=["POST"]),
        Route("/health", served.health),
        Route("/ready", served.ready),
        Route("/metrics", served.measured),
        Route("/status", served.status),
        Route("/openapi.json", served.described),
        Route("/docs", served.shown),
        Route("/", served.home),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Edge, settings=served.settings, metrics=served.metrics)],
        exception_handlers={HTTPException: _unrouted},
    )


class _Served:
    """What the paths do."""

    def __init__(
        self, programs: Mapping[str, Program], orchestrator: Orchestrator, settings: Settings, title: str
    ) -> None:
        self.settings = settings
        self.metrics = Metrics(orchestrator, programs)
        self._programs = dict(programs)
        self._orchestrator = orchestrator
        self._title = title
        self._description = openapi.document(programs, settings, title)
        self._page = page(self._description)

    async def call(self, request: Request) -> Response:
        """Run a program."""
        program, raw, left = await self._asked(request)
        inputs = _valid(program, raw)
        work = self._orchestrator.execute(program, inputs, deadline=left())
        done: Execution = await unless_gone(request, work)
        output = cast("Record", done.output)
        headers = {
            "mlsig-calls": str(done.calls),
            "mlsig-input-tokens": str(done.input_tokens),
            "mlsig-output-tokens": str(done.output_tokens),
            "mlsig-cost": f"{done.cost:.10f}".rstrip("0").rstrip("."),
        }
        return Response(output.to_json(), media_type="application/json", headers=headers)

    async def stream(self, request: Request) -> Response:
        """Run a program, and tell of its answer as it comes; what fails before that has its own status."""
        program, raw, left = await self._asked(request)
        values = _values(program, raw)
        parts = self._orchestrator.stream(program, values, deadline=left())
        first = await unless_gone(request, anext(parts, None))
        told_of = streaming.events(first, parts, program.signature.Output, request.state.request_id)
        return StreamingResponse(told_of, media_type=streaming.MEDIA_TYPE)

    async def health(self, _: Request) -> Response:
        """Say that the process answers."""
        return _json({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Say whether calls are taken."""
        now = self._orchestrator.state
        return _json({"status": now}, 200 if now == "running" else 503)

    async def measured(self, _: Request) -> Response:
        """Return what Prometheus reads."""
        return Response(self.metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def status(self, _: Request) -> Response:
        """Return what `mlsig top` shows."""
        return Response(msgspec.json.encode(state(self._orchestrator)), media_type="application/json")

    async def described(self, request: Request) -> Response:
        """Return the OpenAPI document, with paths from where the application is mounted."""
        below = request.scope.get("root_path", "")
        return _json({**self._description, "servers": [{"url": below or "/"}]})

    async def shown(self, _: Request) -> Response:
        """Return its page."""
        return HTMLResponse(self._page, headers={"content-security-policy": SECURITY})

    async def home(self, _: Request) -> Response:
        """Lead to the page."""
        return RedirectResponse("docs")

    async def _asked(self, request: Request) -> tuple[Program, bytes, Any]:
        """Return the program, the body, and what tells how many seconds are left.

        Raises:
            Problem: There is no such program, or the body cannot be taken.
        """
        program = self._programs.get(request.path_params["name"])
        if program is None:
            raise Problem(
                404, "no-such-program", "There is no such program", f"there are {', '.join(self._programs)}"
            )
        loop = asyncio.get_running_loop()
        until = loop.time() + self.settings.deadline
        try:
            async with asyncio.timeout_at(until):
                raw = await bodies.read(request, self.settings.largest_body)
        except TimeoutError:
            close = {"connection": "close"}
            raise Problem(408, "slow-body", "The body did not come in time", headers=close) from None
        return program, raw, lambda: max(0.001, until - loop.time())


def _valid(program: Program, raw: bytes) -> Record:
    try:
        return program.signature.Input.from_json(raw)
    except ValidationError as error:
        raise invalid(error) from None


def _values(program: Program, raw: bytes) -> dict[str, Any]:
    """Return the inputs by name, which fit as they stand in the JSON."""
    _valid(program, raw)
    values: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
    try:
        program.signature.Input.validate(values)
    except ValidationError as error:
        raise invalid(error) from None
    return values


async def unless_gone(request: Request, work: Awaitable[Result]) -> Result:
    """Do some work while its caller waits for it; when the caller leaves, the work is cancelled.

    Raises:
        ClientDisconnect: The caller left.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait([task, gone], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = {404: "There is nothing at this path", 405: "This path takes another method"}
    headers = dict(getattr(error, "headers", None) or {})
    problem = Problem(
        status, f"http-{status}", title.get(status, "The request cannot be taken"), headers=headers
    )
    return response(problem, request.state.request_id)


def _json(data: Any, status: int = 200) -> Response:
    return Response(json.dumps(data, ensure_ascii=True), status, media_type="application/json")
