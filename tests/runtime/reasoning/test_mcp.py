"""Tools of MCP servers, on standard streams and over HTTP, with the official package on both sides."""

from __future__ import annotations

import asyncio
import io
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlsig
import pytest
from mlsig.errors import MlsigError
from mlsig.providers.messages import ToolCall
from mlsig.tools.arguments import Arguments
from mlsig.tools.mcp import McpTool, mcp_tools
from mlsig.tools.use import Acted, Use
from scripted import Scripted, execute, feel
from steps import Mood

SERVER = Path(__file__).parents[2] / "mcp_server.py"
COMMAND = [sys.executable, str(SERVER)]
NAMES = ["add", "say_again", "broken", "slow", "environment", "picture", "leave"]


@pytest.fixture(scope="module")
def tools() -> Iterator[dict[str, McpTool]]:
    with mcp_tools(COMMAND, env={"KIT_COLOUR": "green"}) as found:
        yield {tool.name: tool for tool in found}


def use(tools: dict[str, McpTool], name: str, arguments: str) -> Acted:
    return asyncio.run(Use(tools.values(), name, arguments).perform())


def test_tools_are_listed_with_their_schemas(tools: dict[str, McpTool]) -> None:
    assert list(tools) == NAMES
    add = tools["add"]
    assert add.description == "Add two numbers."
    assert add.parameters["required"] == ["a"]
    assert add.parameters["properties"]["b"]["type"] == "integer"
    assert repr(add) == "<add: a tool of an MCP server>"


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("add", '{"a": 2, "b": 40}', "42"),
        ("say_again", '{"text": "ho"}', "ho\nho"),
        ("picture", "{}", "[image, which is not shown]"),
        ("environment", '{"name": "KIT_COLOUR"}', "green"),
    ],
)
def test_tools_are_used(tools: dict[str, McpTool], name: str, arguments: str, result: str) -> None:
    acted = use(tools, name, arguments)
    assert (acted.result, acted.failed) == (result, False)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("add", '{"a": "two"}', "a: 'two' is not of type 'integer'"),
        ("add", "{}", "'a' is a required property"),
        ("broken", "{}", "Error executing tool broken"),
        ("nothing", "{}", "there is no tool 'nothing'"),
        ("add", "[]", "must be one JSON object"),
    ],
)
def test_errors_are_told(tools: dict[str, McpTool], name: str, arguments: str, said: str) -> None:
    acted = use(tools, name, arguments)
    assert acted.failed
    assert said in acted.result
    assert "/home" not in acted.result


def test_a_program_uses_them(tools: dict[str, McpTool]) -> None:
    lm = Scripted((ToolCall("c", "add", '{"a": 1}'),), "good")
    program = feel("ReAct", tools["add"], model="tooled")
    assert execute(program, lm).actions[0].result == "2"
    assert program.using(Scripted((ToolCall("c", "add", '{"a": 1}'),), "good"))(review="x").mood is Mood.good


def test_a_server_that_is_slow_or_dies_is_an_error_for_the_model() -> None:
    async def run() -> None:
        async with mlsig.mcp_tools(COMMAND, timeout=20.0) as tools:
            slow = next(tool for tool in tools if tool.name == "slow")
            slow.timeout = 0.2
            started = time.monotonic()
            acted = await Use(tools, "slow", '{"seconds": 60}').perform()
            assert acted.result == "no result within 0.2 s"
            assert time.monotonic() - started < 30
            assert (await Use(tools, "add", '{"a": 1}').perform()).result == "2"
            for name in ("leave", "picture"):
                assert (await Use(tools, name, "{}").perform()).failed

    asyncio.run(run())


def test_the_life_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # as in a notebook
    server = mcp_tools(COMMAND, only=["environment"], prefix="kit ")
    with server as (tool,):
        assert tool.name == "kit_environment"
        # The keys of this process stay in it.
        acted = asyncio.run(Use([tool], tool.name, '{"name": "OPENAI_API_KEY"}').perform())
        assert acted.result == "not set"
        with pytest.raises(MlsigError, match="in use already"), server:
            raise AssertionError
    acted = asyncio.run(Use([tool], tool.name, '{"name": "PATH"}').perform())
    assert acted.result == "the MCP server of this tool has been closed"
    acted = asyncio.run(Use([tool], tool.name, '{"name": 5}').perform())
    assert acted.result == "name: 5 is not of type 'string'"  # it is not sent at all


def test_names_are_made_fit_and_kept_apart() -> None:
    from mlsig.tools.mcp import _Names  # noqa: PLC0415

    names = _Names("")
    assert [names.of(name) for name in ("a.b", "a_b", "a b", "é")] == ["a_b", "a_b_2", "a_b_3", "_"]
    long = [names.of("x" * 99), names.of("x" * 99)]
    assert long == ["x" * 64, "x" * 62 + "_2"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "either a `command` or a `url`"),
        ({"command": []}, "either a `command` or a `url`"),
        ({"command": ["a"], "url": "http://h"}, "either a `command` or a `url`"),
        ({"command": "python server.py"}, "no shell takes it apart"),
        ({"command": ["a"], "headers": {"x": "y"}}, "`headers` are for a `url`"),
        ({"url": "http://h", "env": {"x": "y"}}, "`env` and `cwd` are for a `command`"),
        ({"url": "file:///etc/passwd"}, "not an http or https URL"),
        ({"url": "https://me:secret@h/"}, "use `headers`"),
        (
            {"url": "http://example.org/mcp", "headers": {"authorization": "x"}},
            "over https or to this machine",
        ),
    ],
)
def test_what_makes_no_server_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(MlsigError, match=says) as caught:
        mcp_tools(**arguments)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["/nowhere/at-all"], "cannot be used"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "cannot be used"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "did not answer within 1 s"),
    ],
)
def test_servers_that_cannot_be_used(command: list[str], says: str) -> None:
    with pytest.raises(MlsigError, match=says), mcp_tools(command, timeout=1.0):
        raise AssertionError


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(MlsigError, match=r"install mlsig\[mcp\]"), mcp_tools(COMMAND):
        raise AssertionError


@pytest.fixture
def url() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*COMMAND, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}/mcp"
    process.terminate()
    process.wait(10)


def test_servers_over_http(url: str) -> None:
    with pytest.raises(MlsigError, match=r"has no tool subtract; it has add, say\.again"):
        mcp_tools(url=url, only=["add", "subtract"]).__enter__()
    with mcp_tools(url=url, only=["add"]) as (tool,):
        assert asyncio.run(Use([tool], "add", '{"a": 1}').perform()).result == "2"
    with mcp_tools(url=url, only=["add"], headers={"authorization": "Bearer x"}) as (tool,):
        assert asyncio.run(Use([tool], "add", '{"a": 3}').perform()).result == "4"


DEEP: dict[str, Any] = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"properties": {"a": {"items": {"maximum": 3}}}}, ["a[0]: 4 is greater than the maximum of 3"]),
        ({"properties": {"a": False, "b": False}, "required": list("cdefgh")}, 5),
        ({"properties": {"a": {"pattern": "^(a+)+$"}}, "required": ["c"]}, []),
        ({"$ref": "https://example.com/schema.json"}, []),
        ({"$ref": "#/$defs/none"}, []),
        ({"type": 5}, []),
        (DEEP, []),
    ],
    ids=["a place", "many", "patterns", "elsewhere", "nowhere", "no schema", "itself"],
)
def test_what_cannot_be_looked_at_is_the_servers_to_check(schema: dict[str, Any], told: Any) -> None:
    arguments = Arguments({"type": "object", **schema})
    for _ in range(2):
        found = arguments.problems({"a": [4], "b": 1})
        assert (len(found) if isinstance(told, int) else found) == told
