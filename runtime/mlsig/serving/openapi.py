"""The description of the programs, as OpenAPI 3.1: their inputs, their outputs, and what may go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from mlsig.programs.program import Program
from mlsig.serving.problems import MEDIA_TYPE
from mlsig.serving.schemas import place, reference
from mlsig.serving.settings import Settings

PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string", "description": "A stable name: urn:mlsig:problem:…"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "description": "As in the header X-Request-ID, and in the log."},
        "issues": {
            "type": "array",
            "description": "Of inputs that do not fit: all that is wrong.",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "Such as citations[2].quote"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
                "required": ["path", "code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "request_id"],
}
FAILURES: Final[Mapping[int, str]] = {
    400: "The body is not JSON.",
    401: "The key is missing or wrong.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The body must be JSON by its Content-Type.",
    422: "The inputs do not fit; `issues` has all that is wrong.",
    429: "Too many calls wait already; Retry-After says when to come back.",
    500: "The server failed.",
    502: "The provider failed, or the model's answer could not be read.",
    503: "The provider has too much to do, or the server is being stopped.",
    504: "It was not done in time.",
}
USAGE: Final[Mapping[str, str]] = {
    "mlsig-calls": "integer",
    "mlsig-input-tokens": "integer",
    "mlsig-output-tokens": "integer",
    "mlsig-cost": "number",
}


def document(programs: Mapping[str, Program], settings: Settings, title: str) -> dict[str, Any]:
    """Return the document."""
    schemas: dict[str, Any] = {"Problem": dict(PROBLEM)}
    paths: dict[str, Any] = {}
    for name, program in programs.items():
        given = place(program.signature.Input.json_schema(), f"{name}.Input", schemas)
        made = place(program.signature.Output.json_schema(), f"{name}.Output", schemas)
        paths[f"/programs/{name}"] = _whole(_call(name, made), program, given, settings)
        paths[f"/programs/{name}/stream"] = _whole(_stream(name), program, given, settings)
    for path, what in {
        "/health": "Whether the process works.",
        "/ready": "Whether calls are taken; 503 while it is being stopped.",
    }.items():
        paths[path] = {
            "get": {"summary": what, "security": [], "responses": {"200": {"description": "Yes."}}}
        }
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": _version()},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if settings.key is not None:
        found["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        found["security"] = [{"bearer": []}, {"header": []}]
    return found


def _call(name: str, made: Mapping[str, str]) -> dict[str, Any]:
    answer = {
        "description": "The answer.",
        "headers": {name: {"schema": {"type": kind}} for name, kind in USAGE.items()},
        "content": {"application/json": {"schema": made}},
    }
    return {"operationId": name, "summary": f"Call {name}", "responses": {"200": answer}}


def _stream(name: str) -> dict[str, Any]:
    answer = {
        "description": "Server-sent events: `part` has what is certain of the answer so far, "
        f"`output` the whole answer ({name}.Output), `problem` what went wrong instead.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    summary = f"Call {name}, and read the answer as it comes"
    return {"operationId": f"{name}.stream", "summary": summary, "responses": {"200": answer}}


def _whole(
    operation: dict[str, Any], program: Program, given: Mapping[str, str], settings: Settings
) -> dict[str, Any]:
    """Add what all calls have in common."""
    problem = {MEDIA_TYPE: {"schema": reference("Problem")}}
    for status, text in FAILURES.items():
        if status != 401 or settings.key is not None:
            operation["responses"][str(status)] = {"description": text, "content": problem}
    operation["description"] = program.signature.instructions
    operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": given}}}
    return {"post": operation}


def _version() -> str:
    try:
        return version("mlsig")
    except PackageNotFoundError:
        return "0"
