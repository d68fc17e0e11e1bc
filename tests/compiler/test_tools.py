"""Generated tools: typed calls, schemas for models, functions imported at first use, tools of other files."""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from golden.cases import FOLDER, expected
from hypothesis import HealthCheck, assume, given, settings
from jsonschema import Draft202012Validator
from misbehaving import Misbehaving, answer, body
from mlsig.errors import ValidationError
from mlsig.providers import sync
from mlsig.providers.messages import ToolCall
from mlsig.tools.tool import ToolFailed
from mlsig_compiler import model
from mlsig_compiler.pipeline import compile_all, compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path
from scripted import Scripted, execute

from compiler.printing import printed
from compiler.random_models.whole import machines


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    out = tmp_path_factory.mktemp("tools")
    shutil.copy(expected("tools"), out / "tools.py")
    shutil.copy(FOLDER / "tools" / "tools_functions.py", out)
    with on_path(str(out)):
        yield importlib.import_module("tools")
        for name in ("tools", "tools_functions"):
            sys.modules.pop(name, None)


def test_the_function_is_imported_when_it_is_first_used(tools: ModuleType) -> None:
    sys.modules.pop("tools_functions", None)
    assert tools.search.name == "search"
    assert "tools_functions" not in sys.modules
    tools.search(query="x")
    assert "tools_functions" in sys.modules


def test_tools_are_called_with_checked_arguments(tools: ModuleType) -> None:
    found = tools.search(query="rain", k=2)
    assert [(one.id, one.text, one.kind) for one in found] == [("0", "rain", "fact"), ("1", "rain", "fact")]
    assert all(isinstance(one, tools.Passage) for one in found)
    assert len(tools.search(query="rain")) == 5  # the default of the tool, not of the function
    for wrong in ({"query": ""}, {"query": "x", "k": 51}, {"query": "x", "kinds": ["rumour"]}):
        with pytest.raises(ValidationError):
            tools.search(**wrong)


def test_plain_and_coroutine_functions_have_both_faces(tools: ModuleType) -> None:
    assert tools.add(a=2, b=3) == 5
    assert asyncio.run(tools.add.acall(a=2, b=3)) == 5
    assert tools.now() == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert len(asyncio.run(tools.search.acall(query="x"))) == 5
    assert tools.look_up_something_with_a_long_name(first_argument_name="", second_argument_name={}) is None


def test_names_that_generated_code_needs_are_kept_apart(tools: ModuleType) -> None:
    assert tools.Tool(name=None) == ["x", None, True, 0]
    assert asyncio.run(tools.Tool.use({"name": "n", "str": 3})) == '["x","n",true,3]'


def test_schemas_for_models(tools: ModuleType) -> None:
    parameters = tools.search.parameters
    Draft202012Validator.check_schema(parameters)
    assert parameters["required"] == ["query"]
    assert parameters["properties"]["k"] == {"type": "integer", "minimum": 1, "maximum": 50, "default": 5}
    assert "title" not in parameters
    assert tools.search.description == 'find passages; "k" of them'


def test_a_model_uses_them(tools: ModuleType) -> None:
    used = asyncio.run(tools.search.use({"query": "rain", "k": 1}))
    assert json.loads(used) == [{"id": "0", "text": "rain", "kind": "fact", "vector": None}]
    assert asyncio.run(tools.now.use({})) == '"2026-01-02T03:04:05Z"'


def test_what_a_function_returns_is_checked(tools: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    functions: Any = importlib.import_module("tools_functions")
    monkeypatch.setattr(functions, "search", lambda **_: [{"id": "1", "text": ""}])
    with pytest.raises(
        ToolFailed, match=r"search returned something else than it declares: result\[0\].text"
    ):
        tools.search(query="x")
    monkeypatch.setattr(functions, "search", lambda **_: [{"id": "1", "text": "as data", "vector": None}])
    assert tools.search(query="x")[0].text == "as data"


def test_a_program_has_its_tools(tools: ModuleType) -> None:
    assert tools.SearchTool.tools == (tools.search, tools.now)
    assert tools.QA.tools == (tools.add,)
    lm = Scripted((ToolCall("c", "add", '{"a": 2, "b": 40}'),), "42")
    done = execute(tools.QA, lm, question="6 * 7?")
    assert done.output is not None
    assert done.output.answer == "42"
    assert [(act.name, act.result) for act in done.actions] == [("add", "42")]


def test_limits_come_from_the_configuration(tools: ModuleType) -> None:
    config = tools.QA.space.validate({"provider": "p", "model": "m", "reasoning": "ReAct", "max_hops": 1})
    settings = tools.QA.settings(config)
    assert (settings.reasoning, settings.max_hops, settings.max_tries, settings.samples) == ("ReAct", 1, 3, 5)
    config = tools.QA.space.validate({"provider": "p", "model": "m", "reasoning": "BestOfN", "samples": 2})
    assert tools.QA.settings(config).samples == 2


def test_over_http(tools: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    called = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "add", "arguments": '{"a": 2, "b": 40}'},
    }

    asking = {
        "choices": [{"message": {"content": None, "tool_calls": [called]}, "finish_reason": "tool_calls"}]
    }
    with Misbehaving() as server:
        monkeypatch.setenv("TOOLS_URL", server.url)
        server.script(body(json.dumps(asking).encode()), answer("42"))
        assert tools.QA(question="6 * 7?").answer == "42"
        first, second = server.requests
    sync.close()
    assert first.body["tools"][0]["function"]["name"] == "add"
    assert second.body["messages"][-1] == {"role": "tool", "tool_call_id": "call_1", "content": "42"}


LIBRARY = """
schema Found { text: str }
tool search(query: str) -> list[Found] = python("corpus:search") "find"
"""
USER = """
from library import search as look
signature S { input question: str  output answer: str }
provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }
space T { var provider: provider(p)  var model: model(provider)  var reasoning: module(ReAct) }
program P { signature: S  space: T  tools: [look] }
"""


def test_tools_of_other_files(tmp_path: Path) -> None:
    sources = [
        Source(Path(f"{name}.mlsig"), name, text) for name, text in (("library", LIBRARY), ("user", USER))
    ]
    made = compile_all(sources, lambda _: None)
    for name, text in made.texts.items():
        assert text is not None
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    with on_path(str(tmp_path)):
        user, library = importlib.import_module("user"), importlib.import_module("library")
        for name in ("user", "library"):
            sys.modules.pop(name)
    assert user.P.tools == (library.search,)


@pytest.mark.parametrize("name", ["validate", "to_json", "self", "check"])
def test_parameters_that_would_hide_what_generated_code_needs(name: str) -> None:
    text = f'tool t({name}: str) -> str = python("a:b") "t"\n'
    found = compile_source(Source(Path("x.mlsig"), "x", text)).diagnostics
    assert [(one.code, "a parameter cannot be called" in one.message) for one in found] == [("MLS0312", True)]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(machines())
def test_whatever_tools_there_are_is_compiled(module: model.Module) -> None:
    kept = (model.Enum, model.Schema, model.Alias, model.Tool)
    module = replace(module, declarations=tuple(one for one in module.declarations if isinstance(one, kept)))
    found = compile_source(Source(Path("any.mlsig"), "any", printed(module)))
    assume("MLS0428" not in [one.code for one in found.diagnostics])  # a random default that breaks a check
    assert list(found.diagnostics) == []
    assert found.text is not None
    made: dict[str, Any] = {"__name__": "any"}
    exec(compile(found.text, "any.py", "exec"), made)
    for node in module.declarations:
        if isinstance(node, model.Tool):
            tool = made[node.name]
            Draft202012Validator.check_schema(tool.parameters)
            assert list(tool.parameters["properties"]) == [field.name for field in node.parameters]
            assert (tool.name, tool.description) == (node.name, node.description)
