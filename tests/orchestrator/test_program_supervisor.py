"""Programs run as children: what they did and run with outlives whatever runs them."""

from __future__ import annotations

import asyncio

import kit
import pytest
import toy
from cancelling import every_point
from mlsig import ParseError, ValidationError
from mlsig.errors import ProviderError
from mlsig.orchestrator import (
    AlreadyThere,
    DeadlinePassed,
    Full,
    Intensity,
    NotRunning,
    Orchestrator,
    Supervisor,
    UnknownChild,
)
from mlsig.orchestrator.components import ProgramSupervisor, ResourceManager, ToolRegistry
from mlsig.providers.messages import Reply, Request, ToolCall
from scripted import Scripted, feel
from steps import FeelProgram

GOOD = '{"mood": "good"}'
FEEL = FeelProgram.signature.Input.validate({"review": "x"})


class Never:
    """A model that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, _: Request) -> Reply:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


def answering(*script: str | Exception) -> FeelProgram:
    return FeelProgram().using(Scripted(*script))


async def test_programs_are_called_counted_and_stopped() -> None:
    programs = ProgramSupervisor(recent=3)
    feel = answering(GOOD, GOOD, "what?", ProviderError("local", "too busy", status=503), GOOD)
    async with Supervisor([programs.child()], name="top") as top:
        await programs.start(feel)
        with pytest.raises(AlreadyThere, match="there is a program FeelProgram: give another `name`"):
            await programs.start(feel)
        assert (await programs.call(feel, review="x")).mood == "good"
        assert (await programs.run("FeelProgram", {"review": "x"}, seed=1)).mood == "good"
        with pytest.raises(ParseError) as unread:
            await programs.call(feel, review="x")
        assert unread.value.text == "what?"
        with pytest.raises(ProviderError, match="local: too busy") as refused:
            await programs.call(feel, review="x")
        assert refused.value.status == 503
        with pytest.raises(ValidationError):
            await programs.call(feel, review="")
        with pytest.raises(TypeError, match="by name"):
            await programs.call(feel, "x")
        with pytest.raises(UnknownChild, match="there is no program Other; started are FeelProgram"):
            await programs.run("Other", {})
        [status] = top.status().children
        assert [(child.id, child.kind) for child in status.children] == [("FeelProgram", "supervisor")]
        stats = programs.stats()["FeelProgram"]
        assert (stats.work.succeeded, stats.work.failed, stats.requests) == (2, 2, 3)
        assert stats.work.errors == {"ParseError": 1, "ProviderError": 1}
        assert (stats.cost, stats.tokens) == (1.5, 27)
        assert [ran.error is None for ran in stats.recent] == [True, False, False]
        assert await programs.stop("FeelProgram") == stats
        assert programs.programs() == programs.stats() == {}
        with pytest.raises(UnknownChild, match="started are none"):
            await programs.call(feel, review="x")


async def test_a_crash_loses_the_calls_that_run_and_nothing_else() -> None:
    programs = ProgramSupervisor()
    lm = Scripted('{"sentiment": "positive"}')
    review = toy.Review.using(lm)
    never = Never()
    children = [programs.child()]
    async with Supervisor(children, intensity=Intensity(5, 60.0)) as top:
        await programs.start(review)
        await programs.start(toy.Other.using(never))
        await programs.call(review, review="x")
        candidate = programs.configure("Review", {**toy.Tuning.default().to_dict(), "temperature": 0.2})
        hanging = asyncio.create_task(programs.run("Other", {"review": "x"}))
        while not never.asked:
            await asyncio.sleep(0)
        for name in ("program_supervisor/Other", "supervisor/program_supervisor"):
            [victim] = [task for task in asyncio.all_tasks() if task.get_name() == name]
            victim.cancel()  # as a bug would
            await asyncio.wait([victim])
            while len(top.status().children[0].children) < 2 or any(
                child.state != "running" for child in top.status().children[0].children
            ):
                await asyncio.sleep(0)
            await programs.call(review, review="x")
        with pytest.raises(NotRunning, match="Other stopped before Other had ended"):
            await hanging
        assert programs.stats()["Review"].work.succeeded == 3
        assert programs.stats()["Other"].work.cancelled == 1
        assert programs.stats()["Review"].candidate == candidate.key()
        assert [request.temperature for request in lm.asked] == [0.7, 0.2, 0.2]
        assert candidate.demos == review.candidate.demos
        with pytest.raises(ValidationError):
            programs.configure("Review", {"temperature": 9.0})
        programs.replace("Review", review)
        assert programs.stats()["Review"].candidate == review.candidate.key()


async def test_registered_tools_of_programs_are_run_by_their_registry() -> None:
    add, other = kit.Add(), kit.Wrong()
    tools = ToolRegistry()
    tools.register(add)
    programs = ProgramSupervisor(tools=tools)
    script = (ToolCall("c", "add", '{"a": 1, "b": 41}'),), "good"
    program = feel("ReAct", add, other, model="tooled")
    async with Supervisor([tools.child(), programs.child()]):
        await programs.start(program.using(Scripted(*script)))
        assert (await programs.call(program, review="x")).mood == "good"
        assert tools.stats().tools["add"].succeeded == 1
        copy = program.using(lm := Scripted(*script))  # a copy that somebody else has made
        await programs.turn("FeelProgram", lambda does, _: does.execute(FEEL, lm), program=copy)
        programs.replace("FeelProgram", copy.with_tools())
        lm.asked.clear()
        await programs.call(program, review="x")
    assert tools.stats().tools["add"].succeeded == 3
    assert tools.runner(other) is other  # which is not registered, and used where it stands


async def test_tools_of_the_programs_of_an_orchestrator_are_run_by_its_registry() -> None:
    reacting = feel("ReAct", model="tooled")
    lm = Scripted((ToolCall("c", "add", '{"a": 1, "b": 41}'),), "good")
    agent = type("Agent", (type(reacting),), {"tools": (kit.Add(),)})(reacting.candidate, lm)
    async with Orchestrator(agent) as orchestrator:
        assert (await orchestrator.call(agent, review="x")).mood == "good"
        assert orchestrator.components.tool_registry.stats().tools["add"].succeeded == 1
    assert "42" in str(lm.asked[1].messages)


async def test_a_flood_is_refused_and_a_deadline_kept_by_each_program_alone() -> None:
    programs = ProgramSupervisor(concurrency=1, waiting=1)
    async with Supervisor([programs.child()]):
        await programs.start(FeelProgram().using(Never()), name="slow")
        await programs.start(answering(GOOD), concurrency=2, waiting=8)
        calls = [programs.run("slow", {"review": "x"}, deadline=0.05) for _ in range(3)]
        fine = [programs.run("FeelProgram", {"review": "x"}) for _ in range(10)]
        ends = await asyncio.gather(*calls, *fine, return_exceptions=True)
    assert [type(end) for end in ends[:3]] == [DeadlinePassed, DeadlinePassed, Full]
    assert not any(isinstance(end, Exception) for end in ends[3:])
    with pytest.raises(NotRunning):
        await programs.run("slow", {"review": "x"})
    with pytest.raises(NotRunning):
        await ProgramSupervisor().start(answering())


async def test_cancelled_at_every_point_no_call_and_no_reservation_is_left() -> None:
    resources = ResourceManager(quotas={"gpus": 1})
    programs = ProgramSupervisor(concurrency=1, resources=resources)
    points = 0
    async with Supervisor([programs.child()]):
        feel = answering(GOOD)
        await programs.start(feel, needs={"gpus": 1})
        with pytest.raises(ValueError, match="there is no resource 'tpus'; there are gpus"):
            await programs.start(feel, name="other", needs={"tpus": 1})
        async for task in every_point(lambda: programs.call(feel, review="x")):
            points += 1
            work = programs.stats()["FeelProgram"].work
            assert (work.running, work.waiting) == (0, 0)
            assert resources.stats().held == resources.stats().waiting == 0
            assert task.cancelled() or task.exception() is None
        assert resources.stats().events["reserved"] > 0
    assert points > 3
