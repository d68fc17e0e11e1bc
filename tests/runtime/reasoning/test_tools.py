"""Tools: called from Python, used by a model, and what a model is told when that goes wrong."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import kit
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.errors import BudgetExhausted, ValidationError
from mlsig.providers.messages import Tool as Declared
from mlsig.tools.tool import Tool, ToolFailed
from mlsig.tools.use import Acted, Use, declared, read_arguments
from mlsig.tools.words import MOST_ERROR, MOST_RESULT, cut, safe, told


def use(tool: Any, arguments: str, name: str = "") -> Acted:
    return asyncio.run(Use([tool], name or tool.name, arguments).perform())


def test_a_tool_is_called_like_its_function() -> None:
    assert kit.Add()(a=2, b=3) == 5
    assert kit.Add()(a=2) == 3
    assert kit.Later()(a=2, b=3) == 3
    assert asyncio.run(kit.Add().acall(a=2, b=3)) == 5
    assert asyncio.run(kit.Later().acall(a=2, b=3)) == 3
    assert repr(kit.Add()) == "<add: a tool>"


def test_arguments_and_results_are_checked() -> None:
    with pytest.raises(ValidationError):
        kit.Add()(a="2")
    with pytest.raises(TypeError, match="by name"):
        kit.Add()(2)
    with pytest.raises(TypeError, match="by name"):
        asyncio.run(kit.Add().acall(2))
    with pytest.raises(ToolFailed, match="wrong returned something else than it declares: result"):
        kit.Wrong()(a=2)


def test_arguments_of_the_callers_own_are_checked_too() -> None:
    class Unchecked(kit.Add):
        def __call__(self, *args: Any, **arguments: Any) -> Any:
            return self._call(kit.SumIn(**arguments), kit.WholeOut).result

    with pytest.raises(ValidationError):
        Unchecked()(a="2")


def test_a_model_uses_a_tool() -> None:
    acted = use(kit.Add(), '{"a": 2, "b": 40}')
    assert (acted.name, acted.arguments, acted.result, acted.failed) == (
        "add",
        '{"a": 2, "b": 40}',
        "42",
        False,
    )
    assert acted.seconds > 0
    assert use(kit.Long(), '{"a": 3}').result == "xxx"


@pytest.mark.parametrize(
    ("tool", "arguments", "name", "said"),
    [
        (kit.Add(), '{"a": "two"}', "", "a: must be an integer"),
        (kit.Add(), '{"a": 1, "c": 2}', "", "c: "),
        (kit.Add(), "", "", "a: is required"),
        (kit.Add(), "[1, 2]", "", "the arguments of add must be one JSON object"),
        (kit.Add(), '{"a": 1', "", "the arguments of add must be one JSON object"),
        (kit.Add(), "[" * 100_000, "", "the arguments of add must be one JSON object"),
        (kit.Add(), '{"a": 1}', "ad", "there is no tool 'ad'; did you mean add?"),
        (kit.Add(), '{"a": 1}', "zzz", "there is no tool 'zzz'; there are: add"),
        (kit.SlowAdd(), '{"a": 9}', "", "no result within 0.1 s"),
        (kit.Wrong(), '{"a": 9}', "", "wrong returned something else than it declares"),
    ],
)
def test_what_goes_wrong_is_told_to_the_model(tool: Tool, arguments: str, name: str, said: str) -> None:
    acted = use(tool, arguments, name)
    assert acted.failed
    assert said in acted.result


def test_errors_have_no_paths_secrets_or_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-very-secret-key")
    acted = use(kit.Broken(), '{"a": 1}')
    assert acted.failed
    assert acted.result == "FileNotFoundError: no notes.txt, with [SOME_API_KEY]"


def test_long_results_are_cut() -> None:
    result = use(kit.Long(), '{"a": 1000, "b": 100}').result
    assert len(result) < MOST_RESULT + 50
    assert result.endswith("x… (cut: 84,000 more characters)")


def test_a_tool_without_budget_ends_the_run() -> None:
    class Paid(kit.Add):
        async def use(self, arguments: dict[str, Any]) -> str:
            raise BudgetExhausted(f"nothing left for {arguments}")

    with pytest.raises(BudgetExhausted):
        use(Paid(), '{"a": 1}')


def test_plain_functions_do_not_hold_others_up() -> None:
    async def both() -> float:
        started = time.perf_counter()
        uses = [Use([kit.Sleepy()], "sleepy", '{"a": 1}').perform() for _ in range(2)]
        ticks = asyncio.create_task(_ticks())
        await asyncio.gather(*uses)
        assert ticks.cancel()
        return time.perf_counter() - started

    assert asyncio.run(both()) >= 0.05


async def _ticks() -> None:
    while True:
        await asyncio.sleep(0.01)


def test_who_is_cancelled_takes_the_tool_along() -> None:
    gone: list[bool] = []

    class Waiting(kit.Add):
        async def use(self, arguments: dict[str, Any]) -> str:
            try:
                await asyncio.sleep(arguments["a"])
            finally:
                gone.append(True)
            return ""

    async def run() -> None:
        task = asyncio.create_task(Use([Waiting()], "add", '{"a": 60}').perform())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert gone == [True]


def test_tools_as_requests_declare_them() -> None:
    parameters = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert declared([kit.Add()]) == (Declared("add", "add two numbers", parameters),)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("cannot open /etc/ssl/private/key.pem: denied", "cannot open key.pem: denied"),
        ("see https://example.org/a/b/c for more", "see https://example.org/a/b/c for more"),
        ("1/2 or 3/4", "1/2 or 3/4"),
        (r"in C:\Users\Ada\notes.txt", "in notes.txt"),
        ("a\n  b", "a b"),
        ("", ""),
    ],
)
def test_folders_are_left_out(said: str, shown: str) -> None:
    assert told(OSError(said)) == f"OSError: {shown}".removesuffix(": ")


@given(st.text(max_size=50).map(lambda text: text * 40))
def test_texts_for_models_are_bounded(text: str) -> None:
    assert len(safe(text)) <= MOST_ERROR + 40
    assert len(cut(text, 10)) <= 50
    assert cut(text, 10).startswith(text[:10])


@given(st.dictionaries(st.text(), st.integers() | st.text(), max_size=3))
def test_arguments_are_read_back(arguments: dict[str, Any]) -> None:
    try:
        text = msgspec.json.encode(arguments).decode()
    except UnicodeEncodeError:
        return
    assert read_arguments(text) == arguments
