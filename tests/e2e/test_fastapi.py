"""Records in a FastAPI application, served by uvicorn and called over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Annotated, Any

import fastapi
import httpx
import jsonschema
import pytest
import uvicorn
from reference.imported import imported

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
KEY = "sesame-1234"


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    """A client of the application, which a server of its own serves on a free port."""
    names = ("everything", "unions", "vectors")
    modules = {
        name: imported(f"{name}_api", (GOLDEN / name / "expected.py").read_text(encoding="utf-8"))
        for name in names
    }
    config = uvicorn.Config(
        application(**modules), host="127.0.0.1", port=0, ws="none", lifespan="off", log_level="critical"
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    thread = Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    host, port = socket.getsockname()
    with httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=20) as client:
        yield client
    server.should_exit = True
    thread.join()
    socket.close()
    for name in names:
        del sys.modules[f"{name}_api"]


def application(everything: ModuleType, unions: ModuleType, vectors: ModuleType) -> fastapi.FastAPI:
    """Return an application whose routes take and give records.

    FastAPI looks for the body among classes that it knows; of a record it has to be told.
    """
    app = fastapi.FastAPI()
    check = everything.Check

    def grow(body: Any) -> Any:
        return everything.Tree(label="root", children=[body])

    def rank(body: Any) -> Any:
        return {item.id: item for item in body}

    def embed(body: Any) -> Any:
        return body

    def keep(body: Any) -> Any:
        assert body.key.secret() == KEY
        return body

    def judge(body: Any, mood: Any) -> Any:
        return check.Output(verdict=mood, citations=body.passages)

    def adopt(body: Any) -> Any:
        return unions.Box(pet=body)

    def lie(body: Any) -> Any:
        return everything.Passage(id=body.label, text="", weight=None)

    def pair(body: Any, other: Annotated[int, fastapi.Body()]) -> Any:
        return {str(other): body}

    routes: dict[Any, tuple[Any, Any]] = {
        grow: (everything.Tree, everything.Tree),
        rank: (list[everything.Passage], dict[str, everything.Passage]),
        embed: (vectors.Batch, vectors.Batch),
        keep: (vectors.Upload, vectors.Upload),
        judge: (check.Input, check.Output),
        adopt: (unions.Cat | unions.Dog, unions.Box),
        pair: (vectors.Upload, dict[str, vectors.Upload]),
        lie: (everything.Tree, everything.Passage),
    }
    judge.__annotations__["mood"] = everything.Verdict
    for function, (taken, given) in routes.items():  # the types are known at run time only
        function.__annotations__.update({"body": Annotated[taken, fastapi.Body()], "return": given})
        app.post(f"/{function.__name__}")(function)
    return app


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422
    return [(".".join(map(str, found["loc"])), found["type"]) for found in answer.json()["detail"]]


def test_bodies_and_answers_are_records(api: httpx.Client) -> None:
    answer = api.post("/grow", json={"label": "leaf"})
    assert answer.status_code == 200
    leaf = {"label": "leaf", "children": [], "named": {}, "next": None}
    assert answer.json() == {"label": "root", "children": [leaf], "named": {}, "next": None}
    passages = [{"id": "a", "text": "x", "weight": 0.5}, {"id": "b", "text": "y", "weight": None}]
    answer = api.post("/rank", json=passages)
    assert answer.json()["b"]["date"] == "2026-11-23"
    assert list(answer.json()) == ["a", "b"]


def test_what_is_wrong_is_answered_with_its_place(api: httpx.Client) -> None:
    answer = api.post("/grow", json={"label": "a", "children": [{"label": "b"}, {"label": 3, "x": 1}]})
    assert errors(answer) == [("body.children.1.x", "unknown_field"), ("body.children.1.label", "type")]
    assert answer.json()["detail"][1]["msg"] == "must be a string, not an integer"
    answer = api.post("/rank", json=[{"id": "a", "text": "x", "weight": 0.5}, {"id": "B", "weight": 0.3}])
    assert errors(answer) == [
        ("body.1.id", "pattern"),
        ("body.1.text", "missing"),
        ("body.1.weight", "not_multiple"),
    ]
    assert errors(api.post("/grow", json=[1])) == [("body", "type")]
    assert errors(api.post("/grow", content=b"{", headers={"content-type": "application/json"})) == [
        ("body.1", "json_invalid")
    ]
    assert errors(api.post("/grow", content=b'{"label": NaN}', headers={"content-type": "application/json"}))


def test_signatures_and_enums(api: httpx.Client) -> None:
    body = {"claim": "It is.", "passages": [{"id": "a", "text": "x", "weight": 0.5}]}
    answer = api.post("/judge", params={"mood": "refuted"}, json=body)
    assert answer.json()["verdict"] == "refuted"
    assert answer.json()["citations"][0]["id"] == "a"
    answer = api.post("/judge", params={"mood": "sulky"}, json={"claim": "No"})
    assert errors(answer) == [("query.mood", "enum"), ("body.claim", "too_short")]


def test_unions(api: httpx.Client) -> None:
    assert api.post("/adopt", json={"kind": "dog", "name": "Rex"}).json()["pet"] == {
        "kind": "dog",
        "name": "Rex",
    }
    assert api.post("/adopt", json={"kind": "cow"}).status_code == 422


def test_arrays(api: httpx.Client) -> None:
    passage = {"id": "a", "vector": [1, 2.5, 3, 4]}
    answer = api.post("/embed", json={"passages": [passage], "tokens": ["a", 1]})
    assert answer.json()["passages"][0]["vector"] == [1.0, 2.5, 3.0, 4.0]
    assert answer.json()["pixels"] == [[0], [255]]
    answer = api.post("/embed", json={"passages": [{"id": "a", "vector": [1, 2, "3", 4]}], "tokens": []})
    assert errors(answer) == [("body.passages.0.vector.2", "type")]


def test_keys_are_in_no_answer(api: httpx.Client) -> None:
    right = {"picture": "https://example.org/a.png", "sound": None, "key": KEY}
    answer = api.post("/keep", json=right)
    assert answer.status_code == 200
    assert answer.json()["key"] == "********"
    wrong: list[Any] = [
        {**right, "picture": KEY},
        {**right, KEY[:4]: KEY, "sound": {"data": KEY}},
        {"key": [KEY]},
        {"key": {KEY[:4]: KEY}},
        [KEY],
        KEY,
    ]
    for body in wrong:
        answer = api.post("/keep", json=body)
        assert answer.status_code == 422
        assert KEY not in answer.text


def test_keys_are_in_no_answer_about_what_stands_beside_them(api: httpx.Client) -> None:
    right = {"picture": "https://example.org/a.png", "sound": None, "key": KEY}
    assert api.post("/pair", json={"body": right, "other": 3}).json()["3"]["key"] == "********"
    for body in ({"body": right}, {"body": right, "other": "x"}, {"other": 3}, {"body": [right], "other": 3}):
        answer = api.post("/pair", json=body)
        assert answer.status_code == 422
        assert KEY not in answer.text


def test_an_answer_that_is_no_such_record_is_an_error_of_the_server(api: httpx.Client) -> None:
    assert api.post("/lie", json={"label": "NOT AN ID"}).status_code == 500


def test_the_openapi_page(api: httpx.Client) -> None:
    page = api.get("/openapi.json").json()
    assert page["openapi"].startswith("3.1")
    fastapi.openapi.models.OpenAPI.model_validate(page)
    schemas = page["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert set(references(page)) <= {f"#/components/schemas/{name}" for name in schemas}
    assert {"CheckInput", "CheckOutput", "Batch-Input", "Batch-Output", "Cat", "Dog", "Upload-Input"} <= set(
        schemas
    )
    taken = page["paths"]["/grow"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    given = page["paths"]["/grow"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert (taken["$ref"], given["$ref"]) == (
        "#/components/schemas/Tree-Input",
        "#/components/schemas/Tree-Output",
    )
    whole = {**page["components"]["schemas"]["Tree-Input"], "components": page["components"]}
    assert jsonschema.Draft202012Validator(whole).is_valid({"label": "a", "children": [{"label": "b"}]})
    assert not jsonschema.Draft202012Validator(whole).is_valid({"label": "a", "children": [{}]})
    docs = api.get("/docs")
    assert docs.status_code == 200
    assert "swagger-ui" in docs.text


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
