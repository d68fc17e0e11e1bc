"""Tools run under supervision: whatever one does, the registry and the other tools go on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import kit
import pytest
from cancelling import every_point
from mlsig import ToolFailed, ValidationError, mcp_tools
from mlsig.orchestrator import (
    AlreadyThere,
    DeadlinePassed,
    Full,
    NotRunning,
    StartFailed,
    Supervisor,
    WorkerDied,
)
from mlsig.orchestrator.components import ResourceManager, ToolRegistry
from mlsig.orchestrator.tree import Components
from mlsig.providers.messages import ToolCall
from mlsig.tools.use import Usable
from scripted import FeelProgram, Scripted, feel

SERVER = Path(__file__).parents[1] / "mcp_server.py"
ADD, SLOW, WRONG, BROKEN = kit.Add(), kit.SlowAdd(), kit.Wrong(), kit.Broken()


async def test_tools_are_used_by_name_and_counted() -> None:
    registry = ToolRegistry()
    registry.register(ADD, WRONG)
    registry.register(SLOW, BROKEN, category="odd", timeout=0.01)
    registry.register(ADD)  # again is no matter
    async with Supervisor([registry.child()]):
        assert await registry.use("add", {"a": 1}) == "2"
        assert await registry.call(ADD, a=2, b=3) == 5
        assert await registry.get("add").use({"a": 4}) == "5"
        with pytest.raises(ValidationError, match="a"):
            await registry.use("add", {"a": "one"})
        with pytest.raises(ToolFailed, match="wrong returned something else than it declares"):
            await registry.call(WRONG, a=1)
        with pytest.raises(DeadlinePassed, match=r"slow_add was not done within 0\.01 s"):
            await registry.use("slow_add", {"a": 60})
        with pytest.raises(FileNotFoundError):
            await registry.use("broken", {"a": 1})
        with pytest.raises(ToolFailed, match=r"there is no tool 'ad'; did you mean add\?"):
            await registry.use("ad", {})
        with pytest.raises(ToolFailed, match="the registered tool add is another one"):
            await registry.call(kit.Add(), a=1)
        with pytest.raises(TypeError, match="by name"):
            await registry.call(ADD, 1)  # type: ignore[call-arg]
    stats = registry.stats()
    assert (stats.tools["add"].succeeded, stats.tools["add"].failed) == (3, 1)
    assert stats.tools["add"].errors == {"ValidationError": 1}
    assert (stats.tools["slow_add"].late, stats.tools["broken"].errors) == (1, {"FileNotFoundError": 1})
    assert (stats.categories, stats.most_used) == ({"general": 2, "odd": 2}, "add")
    assert (stats.running, stats.waiting, stats.servers) == (0, 0, {})
    assert [tool.name for tool in registry.tools("odd")] == ["slow_add", "broken"]
    assert repr(registry.tools()[0]) == "<add: a registered tool>"


async def test_a_model_uses_what_is_registered() -> None:
    registry = ToolRegistry()
    registry.register(ADD)
    lm = Scripted((ToolCall("c", "add", '{"a": 1, "b": 41}'),), "good")
    async with Supervisor([registry.child()]):
        answer = await feel("ReAct", *registry.tools(), model="tooled").using(lm).acall(review="x")
    assert answer.mood == "good"
    assert "42" in str(lm.asked[1].messages)
    [tool] = lm.asked[0].tools
    assert (tool.name, tool.description) == ("add", "add two numbers")
    assert tool.parameters["required"] == ["a"]
    assert registry.stats().tools["add"].succeeded == 1


async def test_a_flood_is_refused_and_nothing_runs_without_a_supervisor() -> None:
    registry = ToolRegistry(concurrency=1, waiting=1)
    registry.register(SLOW, timeout=60.0)
    with pytest.raises(NotRunning):
        await registry.use("slow_add", {"a": 0})
    with pytest.raises(NotRunning):
        await registry.connect("x", opened)
    async with Supervisor([registry.child()]):
        uses = [registry.use("slow_add", {"a": 0}) for _ in range(3)]
        ends = await asyncio.gather(*uses, return_exceptions=True)
    assert [type(end) for end in ends] == [str, str, Full]
    assert registry.stats().tools["slow_add"].refused == 1


async def test_a_use_has_what_it_needs_and_gives_it_back() -> None:
    resources = ResourceManager(quotas={"gpus": 1, "memory_mb": 100})
    registry = ToolRegistry(resources=resources)
    registry.register(SLOW, needs={"gpus": 1, "memory_mb": 60}, timeout=60.0)
    registry.register(BROKEN, needs={"gpus": 1})
    async with Supervisor([registry.child(), resources.child()]):
        assert await asyncio.gather(*(registry.use("slow_add", {"a": 0}) for _ in range(3))) == ["1"] * 3
        with pytest.raises(FileNotFoundError):
            await registry.use("broken", {"a": 1})
        async for _ in every_point(lambda: registry.call(SLOW, a=0)):
            assert resources.stats().held == resources.stats().waiting == 0
        held = await resources.reserve("somebody", gpus=1)
        waiting = asyncio.create_task(registry.use("slow_add", {"a": 0}))
        while not resources.waiting:
            await asyncio.sleep(0)
        assert registry.stats().tools["slow_add"].running == 0
        held.release()
        assert await waiting == "1"
    with pytest.raises(ValueError, match="2 of gpus: ask for 0 to 1, which is all there is"):
        registry.register(ADD, needs={"gpus": 2})
    with pytest.raises(ValueError, match=r"add needs \{'gpus': 1\}, and there are no resources"):
        ToolRegistry().register(ADD, needs={"gpus": 1})


async def test_cancelled_at_every_point_nothing_runs_on() -> None:
    registry = ToolRegistry(concurrency=1)
    registry.register(SLOW)
    points = 0
    async with Supervisor([registry.child()]):
        async for _ in every_point(lambda: registry.use("slow_add", {"a": 0})):
            points += 1
            assert (registry.stats().running, registry.stats().waiting) == (0, 0)
    assert points > 2


async def test_in_a_process_a_tool_can_be_killed_and_kills_nobody() -> None:
    registry = ToolRegistry(processes=1)
    registry.register(kit.Where(), WRONG, process=True)
    registry.register(kit.Hang(), process=True, timeout=0.3)
    die = kit.Die()
    registry.register(die, process=True)
    async with Supervisor([registry.child()]) as top:
        elsewhere = await registry.use("where", {"a": 1})
        assert int(elsewhere) != os.getpid()
        with pytest.raises(DeadlinePassed):
            await registry.use("hang", {"a": 1})
        with pytest.raises(WorkerDied, match="exit code 3"):
            await registry.call(die, a=3)
        with pytest.raises(ToolFailed, match="something else than it declares"):
            await registry.use("wrong", {"a": 1})
        with pytest.raises(ValidationError):
            await registry.use("where", {"a": "one"})
        assert await registry.use("where", {"a": 1}) != elsewhere
        assert [child.id for child in top.status().children[0].children] == ["uses", "servers", "processes"]
    assert {name: work.ended for name, work in registry.stats().tools.items()} == {
        "where": 3, "wrong": 1, "hang": 1, "die": 1,
    }  # fmt: skip


def test_nonsense_is_refused() -> None:
    registry = ToolRegistry()
    registry.register(ADD)
    with pytest.raises(ValueError, match="two tools are called add: give one of them another name"):
        registry.register(kit.Add())
    with pytest.raises(ValueError, match="a timeout of 0 s for add: give more than 0"):
        registry.register(ADD, timeout=0)
    with pytest.raises(ValueError, match="stranger cannot run in a process of ours"):
        registry.register(Stranger("stranger"), process=True)
    assert registry.forget("add")
    assert not registry.forget("add")
    with pytest.raises(ToolFailed, match="there are: none"):
        registry.get("add")


def test_programs_may_have_tools_of_one_name() -> None:
    class First(FeelProgram):
        tools: ClassVar[tuple[Usable, ...]] = (ADD,)

    class Second(FeelProgram):
        tools: ClassVar[tuple[Usable, ...]] = (kit.Add(), SLOW)

    components = Components()
    components.register([First(), Second()])
    assert [tool.name for tool in components.tool_registry.tools()] == ["add", "slow_add"]
    assert components.tool_registry.get("add").tool is ADD
    components.tool_registry.register(BROKEN, needs={"workers": 1})  # of the resource manager beside it


class Stranger:
    """A tool of a server in this process, which may be gone."""

    description = "do it"
    timeout = 5.0

    def __init__(self, name: str) -> None:
        self.name = name
        self.parameters: dict[str, Any] = {"type": "object"}
        self.end: Exception | None = None

    async def use(self, arguments: dict[str, Any]) -> str:
        if self.end is not None:
            raise self.end
        return f"{self.name}: {arguments}"


opens: list[Stranger] = []
troubles: list[Exception] = []


@asynccontextmanager
async def opened() -> AsyncGenerator[tuple[Usable, ...], None]:
    await asyncio.sleep(0)
    if troubles:
        raise troubles.pop()
    opens.append(Stranger("odd"))
    yield (opens[-1],)


async def test_a_server_that_is_lost_is_started_again_and_known_after_a_restart_of_everything() -> None:
    opens.clear()
    registry = ToolRegistry()
    async with Supervisor([registry.child()]) as top:
        troubles.append(OSError("not there"))
        with pytest.raises(StartFailed, match="not there"):
            await registry.connect("odd ones", opened)
        assert registry.stats().servers == {}
        [tool] = await registry.connect("odd ones", opened)
        with pytest.raises(AlreadyThere):
            await registry.connect("odd ones", opened)
        assert await tool.use({"a": 1}) == "odd: {'a': 1}"
        opens[-1].end = ToolFailed("it says so")  # that is an answer
        with pytest.raises(ToolFailed, match="it says so"):
            await tool.use({})
        assert registry.stats().servers == {"odd ones": True}
        opens[-1].end = ConnectionResetError("gone")
        troubles.append(OSError("not yet"))
        with pytest.raises(ConnectionResetError):
            await tool.use({})
        with pytest.raises(ToolFailed, match="the server odd ones of this tool is being started again"):
            await tool.use({})
        while not registry.stats().servers["odd ones"]:
            await asyncio.sleep(0.01)
        assert await tool.use({}) == "odd: {}"  # the same tool, of another server
        await top.terminate_child("tool_registry")
        troubles.append(OSError("not yet"))
        await top.restart_child("tool_registry")
        while not registry.stats().servers["odd ones"]:
            await asyncio.sleep(0.01)
        assert await tool.use({}) == "odd: {}"
        assert registry.stats().categories == {"odd ones": 1}
        assert registry.stats().tools["odd"].succeeded == 3
        await registry.disconnect("odd ones")
        with pytest.raises(ToolFailed, match="there is no tool 'odd'"):
            await tool.use({})
    assert len(opens) == 3


async def test_a_real_server_that_dies_is_found_lost() -> None:
    registry = ToolRegistry()
    async with Supervisor([registry.child()]):
        tools = await registry.connect(
            "kit", lambda: mcp_tools([sys.executable, str(SERVER)], only=["add", "leave"]), timeout=30.0
        )
        assert [(tool.name, tool.category, tool.timeout) for tool in tools] == [
            ("add", "kit", 30.0), ("leave", "kit", 30.0),
        ]  # fmt: skip
        assert await registry.use("add", {"a": 1, "b": 41}) == "42"
        [end] = await asyncio.gather(registry.use("leave", {}), return_exceptions=True)
        assert isinstance(end, Exception)
        assert not isinstance(end, ToolFailed | TimeoutError)
        with pytest.raises(ToolFailed, match="the server kit of this tool is being started again"):
            await registry.use("add", {"a": 1})
