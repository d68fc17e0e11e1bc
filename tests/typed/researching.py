"""What editors know of pipelines: calls, the programs of steps, configurations, rows of data."""

from typing import Literal, assert_type

from mlsig.programs.pipeline import StepEvent
from pipelines import Answer, Count, Depth, Plan, Research, Review, Twice

assert_type(Research(question="why?", depth=Depth.quick), Answer.Output)
assert_type(Twice(question="why?"), list[str])
assert_type(Count(words=["a"]), int)


async def ask() -> None:
    answer = await Research.acall(question="why?")
    assert_type(answer.answer, str)
    plan = await Research.parts.plan.acall(question="why?")
    assert_type(plan, Plan.Output)
    inner = Twice.parts.key_.parts.return_
    assert_type(await inner.acall(question="why?", passages=[]), Answer.Output)


config = Twice.variables().default()
assert_type(config.key_.plan.model, Literal["m"])
assert_type(config.sum.demos, int)
assert_type(config.key_.return_.temperature, float)
config.key_.return_.demos = 3  # error: mypy=misc pyright=reportAttributeAccessIssue
last = config.sum
assert last.modle  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
Research(question=3)  # error: mypy=arg-type pyright=reportArgumentType
Research(quest="why?")  # error: mypy=call-arg pyright=reportCallIssue

row = Research.Task.example({"question": "why?", "answer": "42"})
assert_type(row.expected, Answer.Expected)
best = Research.with_candidate(Research.candidate)
assert_type(best(question="why?"), Answer.Output)
for heard in Research.stream(question="why?"):
    assert_type(heard, StepEvent | Answer.Expected | Answer.Output)
for counted in Count.stream(words=["a"]):
    assert_type(counted, StepEvent | int)


async def listen() -> None:
    async for heard in Research.parts.checked.astream(passages=[]):
        assert_type(heard, Review.Expected | Review.Output)


Research.stream(question=3)  # error: mypy=arg-type pyright=reportArgumentType
