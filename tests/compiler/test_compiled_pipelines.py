"""Generated pipelines: typed calls, graphs of steps, one space of all of them, errors with their path."""

from __future__ import annotations

import asyncio
import importlib
import random
import shutil
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from golden.cases import FOLDER, expected
from mlsig.errors import BudgetExhausted, ParseError, ProviderRefused, ValidationError
from mlsig.orchestrator import DeadlinePassed, StepFailed
from mlsig.orchestrator.attempts import root
from mlsig.programs.candidates import Candidate, Taught
from mlsig.programs.pipeline import Pipeline, StepEvent
from mlsig.providers.messages import Reply, Request
from mlsig_compiler.pipeline import compile_all, compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    out = tmp_path_factory.mktemp("pipelines")
    shutil.copy(expected("pipelines"), out / "pipelines.py")
    shutil.copy(FOLDER / "pipelines" / "pipelines_functions.py", out)
    with on_path(str(out)):
        yield importlib.import_module("pipelines")
        for name in ("pipelines", "pipelines_functions"):
            sys.modules.pop(name, None)


class Model:
    """Answers by what it is asked for; remembers what it was asked."""

    def __init__(self, **answers: str | Exception | Callable[[Request], str]) -> None:
        usual = {"queries": '["rain", "no", "water"]', "fine": "true", "answer": '"42"'}
        self.answers: dict[str, Any] = {**usual, **answers}
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        await asyncio.sleep(0)
        field = next(name for name in self.answers if name in request.messages[0].content)
        answer = self.answers[field]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        return Reply(text=f'{{"{field}": {answer}}}', input_tokens=10, output_tokens=2, cost=0.5, latency=1.0)


def test_a_pipeline_runs_its_steps(made: ModuleType) -> None:
    model = Model()
    answer = made.Research.using(model)(question="why?")
    assert answer == made.Answer.Output(answer="42")
    assert len(model.requests) == 3
    assert "rain 1" in model.requests[-1].messages[-1].content  # what the tools found


def test_a_pipeline_inside_of_a_pipeline(made: ModuleType) -> None:
    assert asyncio.run(made.Twice.using(Model()).acall(question="why?")) == ["42", "nothing"]
    longer = Model(answer='"forty-two"')
    assert made.Twice.using(longer)(question="why?") == ["forty-two", "forty-two"]
    assert made.Count(words=["a", "b"]) == 2


def test_words_of_the_generated_class_are_the_users_too(made: ModuleType) -> None:
    passage = made.Passage(text="so")
    assert made.Named(given=passage) == made.Named(given=passage, flow=0) == passage


def test_inputs_are_checked(made: ModuleType) -> None:
    with pytest.raises(ValidationError, match="question"):
        made.Research.using(Model())(question="w")


def test_the_space_is_that_of_every_step(made: ModuleType) -> None:
    space = made.Twice.variables()
    config = space.sample(random.Random(3))
    assert config.key_.plan.model == "m"
    assert config.to_dict()["key.return.model"] == "m"
    assert space.validate(config.to_dict()) == config


def test_prompts_that_are_known_beforehand(made: ModuleType) -> None:
    prompts = made.Twice.prompts(question="why?")
    assert list(prompts) == ["key.plan"]
    assert "why?" in prompts["key.plan"][-1].content
    assert made.Research.prompt(question="why?", depth="quick")[-1].content.count("quick") == 1
    assert made.Research.sketch(question="why?") == tuple(made.Research.prompt(question="why?"))
    with pytest.raises(TypeError, match="none asks a model"):
        made.Count.prompt(words=[])


def test_an_execution_says_what_each_step_did(made: ModuleType) -> None:
    model = Model(fine='"perhaps"')
    inputs = made.Research.signature.Input(question="why?")
    execution = asyncio.run(made.Research.execute(inputs, model, seed=1))
    assert execution.output == made.Answer.Output(answer="42")
    assert [step.step for step in execution.steps] == ["plan", "checked", "return"]
    assert list(execution.failures) == ["Research.checked"]
    assert (execution.calls, execution.input_tokens, execution.cost) == (3, 30, 1.5)
    seeds = [request.seed for request in model.requests]
    assert len(set(seeds)) == 3
    again = Model(fine='"perhaps"')
    asyncio.run(made.Research.execute(inputs, again, seed=1))
    assert [request.seed for request in again.requests] == seeds


def test_the_longest_way_counts_calls_and_tools(made: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    async def search(*, query: str, k: int) -> list[Any]:
        nonlocal now
        now += 0.25 if query == "rain" else 0.35
        return [made.Passage(text=query, note=None)]

    monkeypatch.setattr("mlsig.programs.flow.time", SimpleNamespace(perf_counter=lambda: now))
    monkeypatch.setattr("pipelines_functions.search", search)
    inputs = made.Research.signature.Input(question="why?")
    execution = asyncio.run(made.Research.execute(inputs, Model()))
    assert execution.latency == pytest.approx(3.0 + 0.3)  # the longer search, in whole tenths of a second


class Written(Model):
    """A model that answers bit by bit."""

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        reply = await self.complete(request)
        for place in range(0, len(reply.text), 8):
            yield reply.text[place : place + 8]
        yield reply


def test_a_stream_tells_what_happens_and_the_answer_as_it_comes(made: ModuleType) -> None:
    model = Written(answer='"the answer"', fine='"perhaps"')
    found = list(made.Research.using(model).stream(question="why?"))
    told = [(each.step, each.kind) for each in found if isinstance(each, StepEvent)]
    assert [step for step, kind in told if kind == "ended"] == [
        "plan", "found[0]", "found[1]", "found", "docs", "short", "fine", "return",
    ]  # fmt: skip
    assert ("checked", "failed") in told
    assert told.index(("plan", "began")) < told.index(("plan", "part")) < told.index(("plan", "ended"))
    parts = [each.value for each in found if isinstance(each, StepEvent) and each.step == "plan"]
    assert isinstance(parts[1], made.Plan.Expected)
    assert parts[-1] == made.Plan.Output(queries=["rain", "no", "water"])
    failed = next(each for each in found if isinstance(each, StepEvent) and each.kind == "failed")
    assert "ParseError" in str(failed.error)
    answers = [each for each in found if not isinstance(each, StepEvent)]
    assert all(isinstance(each, made.Answer.Expected) for each in answers[:-1])
    assert (len(answers) > 2, answers[-1]) == (True, made.Answer.Output(answer="the answer"))

    found = list(made.Twice.using(Written(answer='"an answer"')).stream(question="why?"))
    told = [(each.step, each.kind) for each in found[:-1]]
    assert {("key.return", "part"), ("sum[1]", "part"), ("key.found[1]", "ended")} <= set(told)
    assert found[-1] == ["an answer", "an answer"]
    with pytest.raises(StepFailed, match=r"Research\.return failed"):
        list(made.Research.using(Written(answer="null")).stream(question="why?"))
    with pytest.raises(TypeError, match="by name"):
        Pipeline.stream(made.Research, "why?")


async def ended_early(pipeline: Any, least: int) -> None:
    async with aclosing(Pipeline.astream(pipeline, question="why?")) as found:
        async for _ in found:
            least -= 1
            if not least:
                break
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_stream_that_is_closed_early_ends_the_pipeline(made: ModuleType) -> None:
    model = Held(answer='"forty-two"')
    for least in (1, 4, 9):
        asyncio.run(ended_early(made.Twice.using(model), least))
        assert model.under_way == 0


def test_a_step_that_is_tried_again_begins_again(made: ModuleType) -> None:
    answers = iter(["null", '"so"', '"so"', '"so"', '"so"'])
    model = Written(answer=lambda _: next(answers))
    found = list(made.Twice.using(model).stream(question="why?"))
    began = [each.step for each in found[:-1] if each.kind == "began"]
    assert (began.count("key"), began.count("key.plan")) == (1, 2)


def test_tools_of_steps_are_run_by_whoever_is_named(made: ModuleType) -> None:
    used: list[str] = []

    class Counted:
        def __init__(self, tool: Any) -> None:
            self._tool = tool

        async def acall(self, **arguments: Any) -> Any:
            used.append(self._tool.name)
            return await self._tool.acall(**arguments)

    assert [tool.name for tool in made.Research.tools] == ["search", "merge"]
    assert [tool.name for tool in made.Twice.declared_tools()] == ["search", "merge"]
    assert made.Twice.uses_tools
    twice = made.Twice.with_tools_run_by(Counted).using(Model(answer='"forty-two"'))
    twice(question="why?")
    assert Counter(used) == {"search": 4, "merge": 2}
    used.clear()
    for_models = made.Research.with_tools_run_by(lambda tool: SimpleNamespace(name=tool.name))
    assert for_models.using(Model())(question="why?").answer == "42"  # the tool itself is called


def test_outputs_may_be_in_a_list_or_null(made: ModuleType) -> None:
    four, model = made.Answer.Output(answer="4"), Model(answer='"4"')
    assert made.Many.using(model)(questions=["why?", "how?"]) == [four, four]
    assert made.Maybe.using(model)(question="why?") == four
    assert made.Maybe.using(Model(answer="null"))(question="why?") is None
    assert made.Never(question="why?") is None
    assert list(made.Never.stream(question="why?"))[-1] is None
    row = made.Many.Task.example({"questions": ["why?"], "result": [{"answer": "4"}]})
    assert row.expected.result == [four]
    schema = made.Many.Task.Output.json_schema()
    assert schema["properties"]["result"]["items"] == {"$ref": "#/$defs/Answer"}
    assert schema["$defs"]["Answer"]["required"] == ["answer"]
    [issue] = made.Many.Task.Output.check({"result": [{"answer": 4}]})
    assert (issue.path, issue.code) == ("result[0].answer", "type")
    execution = asyncio.run(made.Maybe.execute(made.Maybe.Task.Input(question="why?"), model))
    assert execution.output == made.Maybe.Task.Output(result=four)


def test_a_failure_has_its_path_and_what_had_succeeded(made: ModuleType) -> None:
    model = Model(answer="null")
    with pytest.raises(StepFailed) as caught:
        made.Twice.using(model)(question="why?")
    failed = caught.value
    assert failed.path == "Twice.key.return"
    assert isinstance(root(failed), ParseError)
    assert failed.done["Twice.key.plan"].queries == ["rain", "no", "water"]
    execution = asyncio.run(made.Twice.execute(made.Twice.signature.Input(question="why?"), model))
    assert (execution.output, execution.error_kind) == (None, "parse")
    assert "Twice.key.return" in (execution.error or "")


@pytest.mark.parametrize("error", [ProviderRefused("p", "no key"), BudgetExhausted("calls", 1)])
def test_what_every_run_would_meet_is_raised_as_it_is(made: ModuleType, error: Exception) -> None:
    inputs = made.Research.signature.Input(question="why?")
    for where in ("answer", "fine"):  # one of a step with `on_error continue` too
        with pytest.raises(type(error)):
            asyncio.run(made.Research.execute(inputs, Model(**{where: error})))


def test_a_candidate_is_applied_step_by_step(made: ModuleType) -> None:
    space = made.Twice.variables()
    values = space.default().to_dict() | {"key.return.temperature": 0.1, "sum.demos": 2}
    demo = made.Plan.example({"question": "what?", "queries": ["this"]})
    candidate = Candidate(
        space.validate(values),
        steps={"key.plan": Taught(("Be brief.",), (demo,)), "sum": Taught(("Be kind.",))},
    )
    assert Candidate.from_dict(made.Twice, candidate.to_dict()) == candidate
    assert candidate.key() != Candidate(candidate.config).key()
    model = Model(answer='"forty-two"')
    made.Twice.with_candidate(candidate).using(model)(question="why?")
    plans = [request for request in model.requests if "queries" in request.messages[0].content]
    assert sum("Be brief." in request.messages[0].content for request in plans) == 1
    assert sum("Be kind." in request.messages[0].content for request in plans) == 2
    assert sum("what?" in str(request.messages) for request in plans) == 1
    assert {request.temperature for request in model.requests} == {0.1, 0.4, 0.7}


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([], "steps"),
        ({"plan": {}}, "steps.plan"),
        ({"sum": 1}, "steps.sum"),
        ({"sum": {"rules": 1}}, "steps.sum.rules"),
        ({"sum": {"demos": {}}}, "steps.sum.demos"),
        ({"sum": {"config": {}}}, "steps.sum.config"),
    ],
)
def test_what_is_no_candidate(made: ModuleType, steps: object, path: str) -> None:
    data = {"config": made.Twice.variables().default().to_dict(), "steps": steps}
    with pytest.raises(ValidationError) as caught:
        Candidate.from_dict(made.Twice, data)
    assert [issue.path for issue in caught.value.issues] == [path]


def test_what_a_pipeline_is_not_asked(made: ModuleType) -> None:
    inputs = made.Research.signature.Input(question="why?")
    with pytest.raises(TypeError, match="acall"):
        made.Research.steps(inputs)
    with pytest.raises(TypeError, match="in the programs"):
        made.Research.with_tools(made.search)
    with pytest.raises(ValueError, match="more than 0"):
        made.Research.with_deadline(0)
    with pytest.raises(TypeError, match="no step of Count"):
        made.Count.speaking(made.Count.candidate)
    assert repr(made.Research) == "<Research: a pipeline of 3 programs>"


def test_what_holds_for_every_step(made: ModuleType) -> None:
    asked: list[Request] = []

    def hesitant(request: Request) -> str:
        asked.append(request)
        return "{" if len(asked) == 1 else '"42"'

    model = Model(answer=hesitant)
    worded = made.Research.with_reasks(1).with_wording(rule="* {rule}").using(model)
    assert worded(question="why?") == made.Answer.Output(answer="42")
    assert len(asked) == 2


class Held(Model):
    """A model that knows how many calls it has under way."""

    under_way = 0

    async def complete(self, request: Request) -> Reply:
        self.under_way += 1
        try:
            return await super().complete(request)
        finally:
            self.under_way -= 1


def test_nothing_is_left_behind_wherever_a_pipeline_is_cancelled(
    made: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def search(*, query: str, k: int) -> list[Any]:
        await asyncio.sleep(0)
        return [made.Passage(text=f"{query} {number}", note=None) for number in range(k)]

    monkeypatch.setattr("pipelines_functions.search", search)
    model = Held(answer='"forty-two"')
    ends: list[str] = []

    async def cancelled(after: int) -> None:
        task = asyncio.create_task(made.Twice.using(model).acall(question="why?"))
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()
        try:
            ends.append(str(await task))
        except asyncio.CancelledError:
            ends.append("cancelled")
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert model.under_way == 0

    after = 0
    while not ends or ends[-1] == "cancelled":
        asyncio.run(cancelled(after))
        after += 1
    assert after > 20
    assert ends[-1] == "['forty-two', 'forty-two']"


def test_one_deadline_is_that_of_everything(made: ModuleType) -> None:
    class Asleep(Held):
        async def complete(self, request: Request) -> Reply:
            reply = await super().complete(request)
            if "fine" in request.messages[0].content:
                await asyncio.Event().wait()
            return reply

    model = Asleep()
    late = made.Twice.with_deadline(0.2).using(model)
    with pytest.raises(DeadlinePassed, match=r"in Twice\.key"):
        late(question="why?")
    assert model.under_way == 0
    assert made.Research.with_deadline(None).using(Model())(question="why?").answer == "42"


PARTS = """
provider p { protocol: openai  base_url: "http://127.0.0.1:9/v1"  model "m" {} }
signature Plan { input question: str  output queries: list[str] }
signature Say { input text: str(max_length=100)  output answer: str }
space Some {
  var provider: provider(p) = p  var model: model(provider)  var temperature: float(0.0..1.0) = 0.3
}
program Speak { signature: Say  space: Some }
pipeline Plans(question: str) -> Plan { return Plan(question=question) }
pipeline Words(question: str) -> list[str] { plan = Plans(question=question)  return plan.queries }
enum SpeakProgram { taken }
"""
MAIN = """
from parts import Speak as Talk, Plans, Words, Say
pipeline Whole(question: str) -> Talk {
  plan  = Plans(question=question)
  words = Words(question=plan.queries[0])
  first = Say(text=words[0])
  return Talk(text=first.answer)
}
"""


def test_what_steps_call_may_come_from_another_file(tmp_path: Path) -> None:
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in (("parts", PARTS), ("main", MAIN))]
    compiled = compile_all(sources, lambda _: None)
    assert compiled.texts, [*map(str, compiled.analysis)]
    for name, text in compiled.texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    with on_path(str(tmp_path)):
        main = importlib.import_module("main")
        parts = importlib.import_module("parts")
    model = Model(answer='"so"')
    assert main.Whole.using(model)(question="why?") == parts.Say.Output(answer="so")
    assert len(model.requests) == 4
    config = main.Whole.variables().default()
    assert (config.plan.return_.model, config.words.plan.return_.model, config.return_.temperature) == (
        "m",
        "m",
        0.3,
    )
    assert list(main.Whole.leaves()) == ["plan.return", "words.plan.return", "first", "return"]
    assert parts.SpeakProgram_ is type(parts.Speak)
    assert list(main.Whole.providers) == ["p"]
    for name in ("main", "parts"):
        sys.modules.pop(name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "signature Ask { input q: str  output a: str }\npipeline P(q: str) -> Ask { return Ask(q=q) }",
            "code for a step that calls `Ask`, which no provider serves here, cannot be generated yet",
        ),
    ],
)
def test_what_has_no_code_is_said(text: str, said: str) -> None:
    found = compile_source(Source(Path("p.mlsig"), "p", text))
    assert found.text is None
    assert [str(one.message) for one in found.diagnostics if one.code == "MLS0190"] == [said]


def test_lists_and_negative_numbers_are_written_out_and_names_of_classes_kept_apart() -> None:
    text = f"""{PARTS}
program PlanStep {{ signature: Plan  space: Some }}
tool count(numbers: list[int], from: int) -> int = python("numbers:count")
pipeline P(question: str) -> int {{
  plan = Plan(question=question)
  return count(numbers=[len(plan.queries), -2], from=-3)
}}
pipeline Q(question: str) -> int {{ return count(numbers=[1, -2], from=-3) }}
""".replace("from", "least")
    found = compile_source(Source(Path("p.mlsig"), "p", text))
    assert found.text is not None, [*map(str, found.diagnostics)]
    assert 'flow.use("return", count)(numbers=[1, -2], least=-3)' in found.text
    assert "class _PlanStep2(Program):" in found.text


def test_what_is_written_out_has_the_type_of_its_parameter(tmp_path: Path) -> None:
    (tmp_path / "calendar_tools.py").write_text(
        "def told(day, marks, note, found):\n    return f'{day.year} {marks} {note} {found}'\n"
    )
    text = (
        "tool told(day: date, marks: list[float], note: str?, found: bool) -> str"
        ' = python("calendar_tools:told")\n'
        "pipeline P(x: int) -> str {\n"
        '  found = told(day="2026-01-02", marks=[1, -2.5], note=null, found=true)\n'
        "  flow  = -3\n  given = [1, 2]\n"
        '  inside = told(day="2027-01-02", marks=[x * 0.5], note=found, found=flow < 0)\n'
        "  return inside\n}"
    )
    compiled = compile_source(Source(Path("written.mlsig"), "written", text))
    assert compiled.text is not None, [*map(str, compiled.diagnostics)]
    (tmp_path / "written.py").write_text(compiled.text, encoding="utf-8")
    with on_path(str(tmp_path)):
        found = importlib.import_module("written").P(x=3)
    assert found == "2027 [1.5] 2026 [1.0, -2.5] None True True"
    for name in ("written", "calendar_tools"):
        sys.modules.pop(name)
