"""Programs over HTTP: a real server, a real client, and a model that misbehaves."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
import logging
import random
import shutil
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fastapi.openapi.models
import httpx
import jsonschema
import pytest
import toy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from golden.cases import FOLDER, expected
from misbehaving import Misbehaving, _Handler, answer, body, events, hang, reset, status, truncated
from mlsig.programs.loading import load_programs
from mlsig.providers.client import Client
from mlsig.providers.messages import Reply, Request
from mlsig.providers.retries import Backoff
from mlsig.serving.settings import Settings
from prometheus_client.parser import text_string_to_metric_families
from reference.imported import on_path
from served import JSON, Served, until

KEY = "open-sesame-1234"
GOOD = {"review": "so good"}
POSITIVE = "Sentiment: Positive"


@pytest.fixture(scope="module")
def model() -> Iterator[Misbehaving]:
    with Misbehaving() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOY_URL", running.url)
        yield running


@pytest.fixture(scope="module")
def served(model: Misbehaving) -> Iterator[Served]:
    """A server that shows each call to the model once, and has little patience."""
    impatient = toy.Review.using(Client(toy.Review.providers, backoff=Backoff(attempts=1)))
    settings = Settings(key=KEY, largest_body=10_000)
    with Served({"Review": impatient}, settings, concurrency=2, waiting=1) as running:
        yield running


@pytest.fixture
def api(served: Served, model: Misbehaving) -> httpx.Client:
    model.script(answer(POSITIVE))
    return served.api


def problem(reply: httpx.Response) -> dict[str, Any]:
    assert reply.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = reply.json()
    assert found["status"] == reply.status_code
    assert found["request_id"] == reply.headers["x-request-id"]
    found["kind"] = found["type"].removeprefix("urn:mlsig:problem:")
    return found


def test_an_answer_and_what_it_took(api: httpx.Client) -> None:
    reply = api.post("/programs/Review", json=GOOD, headers={"x-request-id": "mine-7"})
    assert (reply.status_code, reply.json()) == (200, {"sentiment": "positive"})
    assert reply.headers["content-type"] == "application/json"
    took = {
        name: reply.headers[f"mlsig-{name}"] for name in ("calls", "input-tokens", "output-tokens", "cost")
    }
    assert took == {"calls": "1", "input-tokens": "1000", "output-tokens": "500", "cost": "0.00015"}
    assert reply.headers["x-request-id"] == "mine-7"
    assert "server" not in reply.headers


def test_all_that_is_wrong_with_the_inputs_is_told_with_its_place(
    api: httpx.Client, model: Misbehaving
) -> None:
    before = len(model.requests)
    reply = api.post(
        "/programs/Review", json={"review": 3, "x": 1}, headers={"x-request-id": "no good\n"[:7]}
    )
    found = problem(reply)
    assert (reply.status_code, found["kind"]) == (422, "invalid-input")
    assert found["issues"] == [
        {"path": "x", "code": "unknown_field", "message": "is not a field"},
        {"path": "review", "code": "type", "message": "must be a string, not an integer"},
    ]
    assert reply.headers["x-request-id"] != "no good"
    for raw, wanted in ((b"{", "invalid-json"), (b"", "invalid-json"), (b"[" * 5_000, "invalid-input")):
        for path in ("/programs/Review", "/programs/Review/stream"):
            assert problem(api.post(path, content=raw, headers=JSON))["kind"] == wanted
    assert len(model.requests) == before


def test_what_is_not_taken(api: httpx.Client) -> None:
    form = api.post("/programs/Review", data={"review": "a"})
    assert (form.status_code, problem(form)["kind"]) == (415, "media-type")
    packed = api.post("/programs/Review", content=b"x", headers={**JSON, "content-encoding": "gzip"})
    assert packed.status_code == 415
    missing = api.post("/programs/Reviews", json=GOOD)
    assert (missing.status_code, problem(missing)["detail"]) == (404, "there are Review")
    assert problem(api.get("/programs/Review"))["kind"] == "http-405"
    assert problem(api.get("/nowhere"))["kind"] == "http-404"


def test_a_body_that_is_too_large_is_not_read_to_its_end(api: httpx.Client) -> None:
    told = api.post("/programs/Review", content=b" " * 10_001, headers=JSON)
    assert (told.status_code, problem(told)["detail"]) == (413, "at most 10000 bytes")

    # A body that never ends is refused at the first byte too many, without waiting for more.
    head = f"POST /programs/Review HTTP/1.1\r\nHost: here\r\nX-API-Key: {KEY}\r\n"
    head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((api.base_url.host, api.base_url.port or 0), timeout=30) as raw:
        raw.sendall(head.encode() + b"2710\r\n" + b" " * 10_000 + b"\r\n1\r\n \r\n")
        answered = b"".join(iter(lambda: raw.recv(65_536), b"")).decode()
    assert answered.startswith("HTTP/1.1 413 ")
    assert "connection: close" in answered.lower()
    assert answered.endswith("}")


def test_the_key(served: Served, api: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": KEY},
        {"x-api-key": KEY[:-1]},
        {"x-api-key": "schlüssel"},
    ]
    paths = (
        "/programs/Review",
        "/programs/Review/stream",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/status",
        "/no",
    )
    with served.client() as stranger:
        for headers in shown:
            sent_as = {name: value.encode() for name, value in headers.items()}
            reply = stranger.post("/programs/Review", json=GOOD, headers=sent_as)
            assert (reply.status_code, problem(reply)["kind"]) == (401, "unauthorised")
            assert reply.headers["www-authenticate"] == "Bearer"
        assert {stranger.get(path).status_code for path in paths} == {401}
        assert [stranger.get(path).status_code for path in ("/health", "/ready")] == [200, 200]
        assert stranger.post("/programs/Review", json=GOOD, headers={"x-api-key": KEY}).status_code == 200
        replies = "".join(stranger.get(path, headers={"x-api-key": KEY}).text for path in paths)
    assert KEY not in replies + caplog.text
    assert KEY not in repr(Settings(key=KEY))
    with pytest.raises(ValueError, match="not empty"):
        Settings(key=" ")


FAULTS = [
    (status(429, "SECRET", retry_after="0"), 503, "provider-busy"),
    (status(401, "SECRET"), 502, "provider-refused"),
    (status(400, "SECRET"), 502, "provider-rejected"),
    (status(500, "SECRET"), 502, "provider-failed"),
    (body(b"<html>SECRET</html>", content_type="text/html"), 502, "provider-failed"),
    (reset, 502, "provider-failed"),
    (answer("SECRET, I would rather not say"), 502, "unreadable-answer"),
]


@pytest.mark.parametrize(("fault", "wanted", "kind"), FAULTS, ids=[kind for _, _, kind in FAULTS])
def test_faults_of_the_model_are_told_without_its_words(
    api: httpx.Client, model: Misbehaving, fault: Any, wanted: int, kind: str
) -> None:
    for path in ("/programs/Review", "/programs/Review/stream"):
        model.script(fault)
        reply = api.post(path, json=GOOD)
        assert (reply.status_code, problem(reply)["kind"]) == (wanted, kind)
        assert ("retry-after" in reply.headers) == (wanted == 503)
        assert "SECRET" not in reply.text
        assert "Traceback" not in reply.text


def sent(reply: httpx.Response) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in reply.text.strip().split("\n\n")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in blocks]


def chunks(*texts: str) -> list[dict[str, Any]]:
    return [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]


DONE = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


def test_an_answer_as_it_comes(api: httpx.Client, model: Misbehaving) -> None:
    model.script(events(*chunks("Senti", "ment: pos", "itive", "\n"), DONE))
    reply = api.post("/programs/Review/stream", json=GOOD)
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = sent(reply)
    assert found[-1] == ("output", {"sentiment": "positive"})
    assert {kind for kind, _ in found[:-1]} <= {"part"}
    model.script(events(*chunks('{"sentiment": ', '"positive"', ", "), cut=True))
    broken = sent(api.post("/programs/Review/stream", json=GOOD))
    assert broken[0] == ("part", {"sentiment": "positive"})
    assert (broken[-1][0], broken[-1][1]["type"]) == ("problem", "urn:mlsig:problem:provider-failed")


def test_more_calls_than_may_wait_are_turned_away(
    served: Served, api: httpx.Client, model: Misbehaving
) -> None:
    released = threading.Event()

    def held(handler: _Handler) -> None:
        released.wait(30)
        answer(POSITIVE)(handler)

    model.script(held)
    with ThreadPoolExecutor(3) as callers:
        calls = [callers.submit(api.post, "/programs/Review", json=GOOD) for _ in range(3)]
        until(lambda: (served.orchestrator.stats().running, served.orchestrator.stats().waiting) == (2, 1))
        for path in ("/programs/Review", "/programs/Review/stream"):
            reply = api.post(path, json=GOOD)
            assert (reply.status_code, problem(reply)["kind"]) == (429, "busy")
            assert reply.headers["retry-after"] == "1"
        assert api.get("/ready").status_code == 200
        released.set()
        assert {call.result().status_code for call in calls} == {200}


def test_a_caller_who_leaves_ends_the_call(served: Served, api: httpx.Client, model: Misbehaving) -> None:
    def cancelled() -> int:
        return served.orchestrator.stats().programs["Review"].cancelled

    model.script(hang)
    for path in ("/programs/Review", "/programs/Review/stream"):
        before = cancelled()
        with served.client(authorization=f"Bearer {KEY}") as impatient, pytest.raises(httpx.ReadTimeout):
            impatient.post(path, json=GOOD, timeout=0.3)
        until(lambda before=before: cancelled() == before + 1)  # type: ignore[misc]
    assert served.orchestrator.stats().running == 0


def test_metrics_are_what_prometheus_reads(api: httpx.Client) -> None:
    api.post("/programs/Review", json=GOOD)
    api.get("/nowhere/else")
    reply = api.get("/metrics")
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }
    model = (("model", "small"), ("provider", "toy"))
    assert samples[("mlsig_ready",)] == 1
    assert samples[("mlsig_calls_total", ("outcome", "succeeded"), ("program", "Review"))] >= 1
    assert samples[("mlsig_tokens_total", *model, ("type", "input"))] >= 1000
    assert samples[("mlsig_cost_dollars_total", *model)] > 0
    assert samples[("mlsig_supervisor_restarts_total", ("child", "services/program_supervisor/Review"))] == 0
    counted = "mlsig_http_request_duration_seconds_count"
    assert samples[(counted, ("path", "/programs/Review"), ("status", "200"))] >= 1
    assert samples[(counted, ("path", "other"), ("status", "404"))] >= 1
    assert "/nowhere/else" not in reply.text


def test_the_description_is_openapi_3_1(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    fastapi.openapi.models.OpenAPI.model_validate(document)
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    post = document["paths"]["/programs/Review"]["post"]
    given = post["requestBody"]["content"]["application/json"]["schema"]
    whole = {**schemas[given["$ref"].rpartition("/")[2]], "components": document["components"]}
    assert jsonschema.Draft202012Validator(whole).is_valid(GOOD)
    assert not jsonschema.Draft202012Validator(whole).is_valid({})
    assert document["security"] == [{"bearer": []}, {"header": []}]
    assert api.get("/", follow_redirects=False).headers["location"] == "docs"
    page = api.get("/docs")
    assert "/programs/Review/stream" in page.text
    assert "Decide whether the review is positive or negative." in page.text
    assert not any(word in page.text for word in ("http://", "https://", "<script", "src="))
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_https(model: Misbehaving, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "here.pem").write_bytes(private + certificate.public_bytes(pem))
    model.script(answer(POSITIVE))
    with Served({"Review": toy.Review}, certificate=str(tmp_path / "here.pem")) as served:
        assert served.url.startswith("https://127.0.0.1:")
        assert served.api.post("/programs/Review", json=GOOD).json() == {"sentiment": "positive"}


def test_without_a_key_this_machine_goes_by_its_own_names(model: Misbehaving) -> None:
    settings = Settings(deadline=0.3, hosts=frozenset({"127.0.0.1", "localhost", "::1"}))
    with Served({"Review": toy.Review}, settings) as open_to_all:
        model.script(answer(POSITIVE))
        for name, wanted in {
            "localhost:9": 200,
            "[::1]:9": 200,
            "LOCALHOST": 200,
            "evil.example": 403,
        }.items():
            assert open_to_all.api.get("/docs", headers={"host": name}).status_code == wanted
        assert "securitySchemes" not in open_to_all.api.get("/openapi.json").json()["components"]

        model.script(hang)
        late = open_to_all.api.post("/programs/Review", json=GOOD)
        assert (late.status_code, problem(late)["kind"]) == (504, "deadline")


def test_under_faults_every_call_ends_and_is_counted(model: Misbehaving) -> None:
    faults = (status(429, retry_after="0"), status(500), reset, truncated, answer("who knows"))
    rng = random.Random(7)
    model.script(*(rng.choice(faults) if rng.random() < 0.3 else answer(POSITIVE) for _ in range(150)))
    program = toy.Review.using(Client(toy.Review.providers, backoff=Backoff(first=0.01)))

    async def call(api: httpx.AsyncClient, number: int) -> int:
        end = "/stream" if number % 3 == 0 else ""
        reply = await api.post(f"/programs/Review{end}", json=GOOD)
        if reply.status_code != 200:
            return int(problem(reply)["status"])
        return 200 if "positive" in reply.text else 0

    async def flood(url: str) -> list[int]:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as api:
            return await asyncio.gather(*(call(api, number) for number in range(120)))

    with Served({"Review": program}, concurrency=16, waiting=60, clients=8) as served:
        codes = Counter(asyncio.run(flood(served.url)))
        figures = served.orchestrator.stats()
    work = figures.programs["Review"]
    assert set(codes) <= {200, 429, 502, 503}
    assert (codes[200], codes[429], codes[502] + codes[503]) == (work.succeeded, work.refused, work.failed)
    assert sum(codes.values()) == work.ended == 120
    assert min(codes[200], work.failed) > 0
    assert (figures.running, figures.waiting, figures.requests) == (0, 0, 0)


class Knowing:
    """A model that answers each step of a pipeline."""

    async def complete(self, request: Request) -> Reply:
        first = request.messages[0].content
        if "queries" in first:
            text = '{"queries": ["search of rain"]}'
        else:
            text = '{"fine": true}' if "fine" in first else '{"answer": "rain"}'
        return Reply(text=text, input_tokens=20, output_tokens=5, cost=0.001)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_pipelines_are_programs(tmp_path: Path) -> None:
    shutil.copy(expected("pipelines"), tmp_path / "pipelines.py")
    shutil.copy(FOLDER / "pipelines" / "pipelines_functions.py", tmp_path)
    with on_path(str(tmp_path)):
        found = load_programs("pipelines", [tmp_path])
        served = {name: program.using(Knowing()) for name, program in found.items()}
        assert {"Research", "Twice", "Count"} <= set(served)
        with Served(served, pipelines=2, waiting=0) as running:
            api = running.api
            reply = api.post("/programs/Research", json={"question": "what is rain?"})
            assert (reply.status_code, reply.json()["answer"]) == (200, "rain")
            assert int(reply.headers["mlsig-calls"]) == 3
            assert api.post("/programs/Count", json={"words": ["a", "b"]}).json() == {"result": 2}
            streamed = sent(api.post("/programs/Count/stream", json={"words": ["a"]}))
            assert streamed == [
                ("step", {"step": "return", "state": "began"}),
                ("step", {"step": "return", "state": "ended"}),
                ("output", {"result": 1}),
            ]
            told = sent(api.post("/programs/Research/stream", json={"question": "what is rain?"}))
            ended = [data["step"] for kind, data in told if kind == "step" and data["state"] == "ended"]
            assert (ended[0], ended[-1]) == ("plan", "return")
            assert told[-1] == ("output", {**told[-1][1], "answer": "rain"})
            assert {kind for kind, _ in told} <= {"step", "part", "output"}
            wrong = problem(api.post("/programs/Research", json={"question": "?", "depth": "deepest"}))
            assert [issue["path"] for issue in wrong["issues"]] == ["question", "depth"]
            document = api.get("/openapi.json").json()
            fastapi.openapi.models.OpenAPI.model_validate(document)
            schemas = document["components"]["schemas"]
            assert set(references(document)) <= {f"#/components/schemas/{name}" for name in schemas}
            work = running.orchestrator.stats().programs["Research"]
            assert (work.succeeded, running.orchestrator.pipelines.running) == (2, 0)
            assert running.orchestrator.stats().spent["Research"].calls == 6
            tools = running.orchestrator.components.tool_registry.stats().tools
            assert (tools["search"].succeeded, tools["merge"].succeeded) == (2, 2)
    for name in ("pipelines", "pipelines_functions"):
        sys.modules.pop(name, None)
