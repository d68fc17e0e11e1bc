"""What a server is put together from, alone."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import toy
from mlsig import BudgetExhausted, Orchestrator
from mlsig.errors import CircuitOpen, ProviderBusy, ProviderError, ProviderTimeout
from mlsig.orchestrator import DeadlinePassed, Full, StepFailed
from mlsig.serving import Settings, application, tell_errors
from mlsig.serving.page import page
from mlsig.serving.problems import Problem, of
from mlsig.serving.schemas import place
from scripted import Scripted
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

GOOD = {"review": "so good"}
SECRET = "sk-very-secret"


def client(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://here")


def test_what_nobody_expected_is_in_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        broken = toy.Review.using(Scripted(ZeroDivisionError(SECRET)))
        async with Orchestrator(broken) as orchestrator:
            async with client(application({"Review": broken}, orchestrator)) as api:
                for path in ("/programs/Review", "/programs/Review/stream"):
                    reply = await api.post(path, json=GOOD)
                    assert (reply.status_code, reply.json()["type"]) == (500, "urn:mlsig:problem:internal")
                    assert SECRET not in reply.text
                    assert f"request {reply.json()['request_id']} failed" in caplog.text
            assert orchestrator.stats().programs["Review"].errors == {"ZeroDivisionError": 2}

    asyncio.run(main())
    assert SECRET in caplog.text


class Halfway:
    """A model that breaks in a way that nobody expected, once a part has come."""

    async def complete(self, request: Any) -> Any:
        raise AssertionError

    async def stream(self, request: Any) -> Any:
        for piece in ('{"sentiment": ', '"positive"', ", "):
            yield piece
        raise ZeroDivisionError(SECRET)


def test_a_stream_that_breaks_ends_with_a_problem() -> None:
    async def main() -> str:
        broken = toy.Review.using(Halfway())
        orchestrator = Orchestrator(broken)
        async with orchestrator, client(application({"Review": broken}, orchestrator)) as api:
            return (await api.post("/programs/Review/stream", json=GOOD)).text

    text = asyncio.run(main())
    assert text.startswith('event: part\ndata: {"sentiment":"positive"}\n\nevent: problem\ndata: {')
    assert '"urn:mlsig:problem:internal"' in text
    assert SECRET not in text


def test_a_body_that_does_not_come_in_time_is_refused() -> None:
    async def never() -> Any:
        yield b'{"review": '
        await asyncio.Event().wait()

    async def main() -> httpx.Response:
        program = toy.Review.using(Scripted("Sentiment: Positive"))
        async with Orchestrator(program) as orchestrator:
            app = application({"Review": program}, orchestrator, Settings(deadline=0.05))
            async with client(app) as api:
                headers = {"content-type": "application/json"}
                return await api.post("/programs/Review", content=never(), headers=headers)

    reply = asyncio.run(main())
    assert (reply.status_code, reply.json()["type"]) == (408, "urn:mlsig:problem:slow-body")
    assert reply.headers["connection"] == "close"


def test_errors_of_calls_in_an_application_of_ones_own() -> None:
    program = toy.Review.using(Scripted("Sentiment: Positive", BudgetExhausted("no money")))

    async def main() -> list[tuple[int, str, int]]:
        async with Orchestrator(program) as orchestrator:

            async def judge(request: Request) -> Response:
                answer = await orchestrator.call(program, review=request.query_params["review"])
                return Response(answer.to_json())

            app = Starlette(routes=[Route("/", judge), Mount("/below", routes=[Route("/", judge)])])
            tell_errors(app)
            async with client(app) as api:
                replies = [await api.get("/", params={"review": text}) for text in ("x", "", "x")]
        return [
            (reply.status_code, reply.json().get("type", ""), len(reply.json().get("issues", [])))
            for reply in replies
        ]

    assert asyncio.run(main()) == [
        (200, "", 0),
        (422, "urn:mlsig:problem:invalid-input", 1),
        (503, "urn:mlsig:problem:budget", 0),
    ]


def test_every_error_has_a_status() -> None:
    failed = StepFailed("outer.step", ZeroDivisionError(SECRET), 1, {})
    busy = StepFailed("outer.plan", StepFailed("plan", ProviderBusy("toy", SECRET), 2, {}), 1, {})
    told = {
        Full("x"): 429,
        DeadlinePassed("x"): 504,
        failed: 500,
        busy: 503,
        ProviderTimeout("toy", SECRET): 504,
        CircuitOpen("toy", SECRET, retry_after=2.4): 503,
        ProviderError("toy", SECRET): 502,
        Problem(418, "teapot", "I am a teapot"): 418,
    }
    for error, status in told.items():
        problem = of(error)
        assert problem.status == status
        assert SECRET.encode() not in problem.document("1")
    assert of(CircuitOpen("toy", "x", retry_after=2.4)).all_headers()["retry-after"] == "3"
    assert (of(failed).kind, of(failed).more) == ("step-failed", {"step": "outer.step"})
    assert (of(busy).kind, of(busy).more["step"]) == ("provider-busy", "outer.plan")


def test_schemas_move_and_values_stay() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "$ref": {"$ref": "#/$defs/A"},
            "default": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "default": {"$ref": "#/$defs/A"}},
            "list": {"type": "array", "items": {"items": {"$ref": "#/$defs/A"}, "type": "array"}},
            "open": True,
        },
        "additionalProperties": {"$ref": "#/$defs/A"},
        "$defs": {"A": {"type": "object", "properties": {"next": {"$ref": "#/$defs/A"}}}},
    }
    components: dict[str, Any] = {}
    assert place(schema, "P.Input", components) == {"$ref": "#/components/schemas/P.Input"}
    there = {"$ref": "#/components/schemas/P.Input.A"}
    assert set(components) == {"P.Input", "P.Input.A"}
    moved = components["P.Input"]
    assert moved["properties"]["$ref"] == there
    assert moved["properties"]["default"] == {
        "anyOf": [there, {"type": "null"}],
        "default": {"$ref": "#/$defs/A"},
    }
    assert moved["properties"]["list"]["items"]["items"] == moved["additionalProperties"] == there
    assert components["P.Input.A"]["properties"]["next"] == there


def test_the_page_shows_text_as_text() -> None:
    hostile = '<script>alert("x")</script>'
    field = {"type": ["string", "null"], "description": hostile}
    schema = {"type": "object", "properties": {"a<b": field, "c": True, "d": {"enum": [hostile]}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": hostile},
        "components": {"schemas": {"X": schema}},
        "paths": {
            "/programs/X": {
                "post": {
                    "summary": hostile,
                    "description": hostile,
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/X"}}}
                    },
                    "responses": {"200": {"description": hostile}},
                }
            }
        },
    }
    text = page(document)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 5
    assert "anything" in text


def test_settings_that_mean_nothing_are_refused() -> None:
    for options in ({"largest_body": 0}, {"deadline": 0.0}, {"key": ""}, {"key": "schlüssel"}):
        with pytest.raises(ValueError, match=r"at least 1 byte|must be ASCII"):
            Settings(**options)  # type: ignore[arg-type]
