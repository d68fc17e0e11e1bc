"""Spans of programs that use tools, run code, and take several samples."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import kit
import pytest
from mlsig import telemetry
from mlsig.providers.messages import ToolCall
from scripted import InPlace, Scripted, execute, feel
from toy import Review

from telemetry.conftest import Collected
from telemetry.stub import GOOD, Stub


def call(a: Any, name: str = "add", call_id: str = "c1") -> ToolCall:
    return ToolCall(call_id, name, f'{{"a": {a}}}')


def react(*tools: Any) -> Any:
    return feel("ReAct", *tools, model="tooled")


class Asks(kit.Add):
    """A plain function, so it runs on a thread, that asks a program of its own."""

    name: str = "asks"

    @staticmethod
    def function() -> Callable[..., Any]:
        def ask(a: int, b: int) -> int:
            Review.using(Stub(GOOD))(review=f"{a} and {b}")
            return a

        return ask


def test_tools_stand_between_the_calls_of_their_step(otel: Collected) -> None:
    both = (call(1, "sleepy", "x"), call(2, "add", "y"))
    execute(react(kit.Add(), kit.Sleepy()), Scripted(both, "good"))
    above = otel.line(otel.one("step"))
    tools = otel.named("execute_tool")
    assert {span.name for span in tools} == {"execute_tool add", "execute_tool sleepy"}
    assert [otel.line(span)[1:] for span in [*tools, *otel.named("chat")]] == [above] * 4
    found = {span.name: dict(span.attributes or {}) for span in tools}["execute_tool add"]
    assert (found["gen_ai.tool.call.id"], found["gen_ai.tool.description"]) == ("y", "add two numbers")
    assert "gen_ai.tool.call.arguments" not in found
    first, last = otel.named("chat")
    assert dict(first.attributes or {})["gen_ai.response.finish_reasons"] == ("tool_call",)
    assert first.end_time is not None
    assert last.start_time is not None
    assert all(first.end_time <= (span.start_time or 0) < last.start_time for span in tools)


@pytest.mark.parametrize("face", ["sync", "async"])
def test_a_program_that_a_tool_asks_is_part_of_the_tool(otel: Collected, face: str) -> None:
    """The tool runs on a thread of its own, at the end of a loop in another."""
    lm = Scripted((call(1, "asks"),), "good")
    program = react(Asks()).using(lm)
    asyncio.run(program.acall(review="x")) if face == "async" else program(review="x")
    inner = otel.one("chat small")
    line = otel.line(inner)
    assert line[:4] == ["chat small", "step Classify", "invoke_workflow Review", "execute_tool asks"]
    assert line[4:] == otel.line(otel.named("step")[-1])
    assert len({span.context.trace_id for span in otel.spans if span.context}) == 1


def test_errors_of_tools_are_typed(otel: Collected) -> None:
    script = ((call('"one"'),), (call(1, "made_up_by_the_model"),), (call(1, "broken"),), "good")
    execute(react(kit.Add(), kit.Broken()), Scripted(*script))
    tools = otel.named("execute_tool")
    assert [span.name for span in tools] == ["execute_tool add", "execute_tool _OTHER", "execute_tool broken"]
    assert [dict(span.attributes or {})["error.type"] for span in tools] == ["ToolFailed"] * 3
    said = "".join(span.to_json() for span in otel.spans)
    assert "made_up" not in said
    assert "secret" not in said
    assert "error.type" not in dict(otel.one("step").attributes or {})


@pytest.mark.parametrize("model", [Scripted, InPlace])
def test_samples_are_calls_of_one_step(otel: Collected, model: type[Scripted]) -> None:
    program = feel("BestOfN", samples=4, temperature=0.0).using(model("good"))
    program(review="x")
    step = otel.one("step")
    assert [otel.line(chat)[1:] for chat in otel.named("chat")] == [otel.line(step)] * 4
    assert dict(step.attributes or {})["mlsig.reasoning"] == "BestOfN"


def test_the_trace_of_run_has_tools_too() -> None:
    with telemetry.recording() as kept:
        execute(react(kit.Add()), Scripted((call(1),), "good"))
    assert [span.kind for span in kept.all()] == ["program", "step", "call", "tool", "call"]
    (tool,) = kept.all("tool")
    assert (tool.arguments, tool.result) == ('{"a": 1}', "2")
