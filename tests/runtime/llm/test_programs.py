"""Programs: their three faces, their prompts, what they report."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import steps
from misbehaving import Misbehaving, answer, status
from mlsig.errors import (
    BudgetExhausted,
    MlsigError,
    ParseError,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    ValidationError,
)
from mlsig.parsing.repairs import Repair
from mlsig.programs import Knob, Program
from mlsig.programs.candidates import Candidate
from mlsig.programs.executions import Execution
from mlsig.providers import sync
from mlsig.providers.client import Client
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Message, Reply, Request
from mlsig.signatures import Example


class Echo:
    """Answers with prepared texts in turn, or raises; remembers what it was asked."""

    def __init__(self, *answers: str | Exception, finish: str = "stop") -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.finish = finish

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(0)
        self.asked.append(request)
        said = self.answers[(len(self.asked) - 1) % len(self.answers)]
        if isinstance(said, Exception):
            raise said
        return Reply(text=said, input_tokens=7, output_tokens=2, cost=0.5, latency=0.25, finish=self.finish)


class Instant:
    """Needs no event loop."""

    async def complete(self, request: Request) -> Reply:
        raise AssertionError(f"should not be awaited for {request.model}")

    def complete_sync(self, request: Request) -> Reply:
        return Reply(text="good")


FINE = steps.Feel.example({"review": "a fine film", "mood": "good"})
AWFUL = steps.Feel.example({"review": "an awful\nfilm", "mood": "very_bad"})


def feel(shown: tuple[Example[Any, Any], ...] = (), rules: tuple[str, ...] = (), **settings: Any) -> Program:
    return steps.FeelProgram(Candidate(steps.Settings(**settings), rules, shown))


def execute(program: Program, lm: Any, **inputs: Any) -> Execution:
    given = program.signature.Input.validate(inputs or {"review": "x"})
    return asyncio.run(program.execute(given, lm))


def test_all_faces_agree() -> None:
    lm = Echo("good")
    program = feel((FINE,)).using(lm)
    inputs = steps.ReviewIn(review="x")
    by_sync = program(review="x")
    by_async = asyncio.run(program.acall(review="x"))
    by_execution = execute(program, lm).output
    by_hand = program.steps(inputs)
    request = next(by_hand)
    with pytest.raises(StopIteration) as stop:
        by_hand.send(Reply(text="good"))
    assert by_sync == by_async == by_execution == stop.value.value == steps.MoodOut(mood=steps.Mood.good)
    assert lm.asked == [request] * 3
    assert request.messages == program.prompt(review="x")


def test_an_immediate_model_is_called_in_place() -> None:
    assert feel().using(Instant())(review="x").mood == "good"


def test_the_prompt_in_turns() -> None:
    program = feel((FINE, AWFUL), ("Beware of irony.", "Be brief."))
    assert program.prompt(review="so\nso") == (
        Message(
            "system",
            "Say what the writer felt.\n\n- Beware of irony.\n- Be brief.\n\n"
            "- review: the review\n- mood: the mood",
        ),
        Message("user", "review: a fine film\nmood:"),
        Message("assistant", "good"),
        Message("user", "review:\n  an awful\n  film\nmood:"),
        Message("assistant", "very_bad"),
        Message("user", "review:\n  so\n  so\nmood:"),
    )


def test_the_prompt_in_one_block() -> None:
    system, user = feel((FINE, AWFUL), demo_layout="block").prompt(review="so so")
    assert system.role == "system"
    assert user == Message(
        "user",
        "review: a fine film\nmood: good\n\nreview:\n  an awful\n  film\nmood: very_bad\n\n"
        "review: so so\nmood:",
    )


def test_options_are_listed_until_the_demonstrations_show_them_all() -> None:
    listed = "- mood: the mood; good (they liked it) or very_bad"
    assert listed in feel().prompt(review="x")[0].content
    assert listed in feel((FINE,)).prompt(review="x")[0].content
    assert listed not in feel((FINE, AWFUL)).prompt(review="x")[0].content


def test_settings_shape_the_prompt() -> None:
    assert len(feel((FINE, AWFUL), demos=1).prompt(review="x")) == 4
    assert len(feel((FINE, AWFUL), demos=0).prompt(review="x")) == 2
    assert feel(instructions="Guess.").prompt(review="x")[0].content.startswith("Guess.\n\n")
    unknown = Example(inputs=steps.ReviewIn(review="?"), expected=steps.MoodExpected())
    assert len(feel((unknown,)).prompt(review="x")) == 2


def test_windows_line_breaks_in_inputs_are_plain_ones() -> None:
    assert feel().prompt(review="a\r\nb")[-1].content == "review:\n  a\n  b\nmood:"


class WithKnobs(steps.FeelProgram):
    @staticmethod
    def settings(config: Any) -> Any:
        made = steps.FeelProgram.settings(config)
        knobs = (Knob("tone", "terse", "how to say it"), Knob("quotes", 3))
        return type(made)(provider=made.provider, model=made.model, knobs=knobs)


def test_knobs_are_told_to_the_model() -> None:
    assert "\n\ntone: terse (how to say it)\nquotes: 3\n\n" in WithKnobs().prompt(review="x")[0].content


def test_json_prompts_and_schemas() -> None:
    program = feel((FINE,), adapter="JSON")
    system, asked, answered, last = program.prompt(review='a "b"')
    assert system.content.endswith('Answer with one JSON object: {"mood": "good" | "very_bad"}')
    assert "- mood: the mood" in system.content
    assert (asked.content, answered.content) == ('{"review":"a fine film"}', '{"mood":"good"}')
    assert last.content == '{"review":"a \\"b\\""}'
    request = next(program.steps(steps.ReviewIn(review="x")))
    assert request.schema == {
        "type": "object",
        "properties": {"mood": {"type": "string", "enum": ["good", "very_bad"], "description": "the mood"}},
        "required": ["mood"],
        "additionalProperties": False,
    }


def test_json_demonstrations_in_one_block() -> None:
    user = feel((FINE,), adapter="JSON", demo_layout="block").prompt(review="x")[-1]
    assert user.content == '{"review":"a fine film"}\n{"mood":"good"}\n\n{"review":"x"}'


@pytest.mark.parametrize(
    "settings",
    [
        {"adapter": "JSON", "structured": False},
        {"adapter": "JSON", "model": "plain"},
        {"adapter": "JSON", "model": "undeclared"},
        {"adapter": "JSON", "provider": "undeclared"},
        {"adapter": "Chat"},
    ],
    ids=str,
)
def test_no_schema_where_it_is_not_wanted_or_not_possible(settings: dict[str, Any]) -> None:
    assert next(feel(**settings).steps(steps.ReviewIn(review="x"))).schema is None


def test_requests_carry_the_settings() -> None:
    program = feel(temperature=0.5, max_tokens=9)
    request = next(program.steps(steps.ReviewIn(review="x"), seed=3))
    assert (request.provider, request.model, request.temperature) == ("local", "small", 0.5)
    assert (request.max_tokens, request.top_p, request.seed) == (9, None, 3)
    assert request.stop == ("\nreview:",)
    in_json = next(feel(adapter="JSON").steps(steps.ReviewIn(review="x")))
    assert in_json.stop == ('\n{"review":',)


def test_chain_of_thought_keeps_the_reasoning_apart() -> None:
    thought = Example(inputs=FINE.inputs, expected=FINE.expected, reasoning="fine is praise")
    program = feel((thought, AWFUL), reasoning="ChainOfThought")
    system, *turns = program.prompt(review="x")
    assert "- reasoning: think step by step" in system.content
    assert [turn.content for turn in turns] == [
        "review: a fine film\nreasoning:",
        "fine is praise\nmood: good",
        "review:\n  an awful\n  film\nmood:",
        "very_bad",
        "review: x\nreasoning:",
    ]
    done = execute(program, Echo(" They smile,\nso: well.\n\nmood: good"))
    assert done.reasoning == "They smile,\nso: well."
    assert done.output == steps.MoodOut(mood=steps.Mood.good)


def test_chain_of_thought_in_json() -> None:
    program = feel((FINE,), adapter="JSON", reasoning="ChainOfThought")
    request = next(program.steps(steps.ReviewIn(review="x")))
    assert request.schema is not None
    assert list(request.schema["properties"]) == request.schema["required"] == ["reasoning", "mood"]
    done = execute(program, Echo('{"reasoning": "they smile", "mood": "good"}'))
    assert (done.reasoning, done.error) == ("they smile", None)


def test_reasoning_that_is_left_out_is_no_failure() -> None:
    done = execute(feel(reasoning="ChainOfThought"), Echo("mood: good"))
    assert (done.reasoning, done.error, done.output) == (None, None, steps.MoodOut(mood=steps.Mood.good))


def test_an_execution_counts_everything() -> None:
    program = feel()
    done = execute(program, Echo("Good."))
    assert done == Execution(
        messages=program.prompt(review="x"),
        output=steps.MoodOut(mood=steps.Mood.good),
        text="Good.",
        repairs=(Repair("mood", "option", "Good.", "good"),),
        input_tokens=7,
        output_tokens=2,
        cost=0.5,
        latency=0.25,
        calls=1,
    )


def test_an_unreadable_answer_is_reported_with_its_cost() -> None:
    done = execute(feel(), Echo("who knows"))
    assert (done.output, done.error_kind, done.text, done.cost) == (None, "parse", "who knows", 0.5)
    assert done.error is not None
    assert done.error.startswith("the answer does not fit: mood: ")


CUT_OFF = (
    "the answer does not fit: mood: was cut off in the middle of an option; "
    "the answer was cut off at the limit of max_tokens"
)


def test_an_answer_that_was_cut_off_is_not_taken_for_one_that_lacks_a_bracket() -> None:
    whole = execute(feel(adapter="JSON"), Echo('{"mood": "good"'))
    assert whole.output == steps.MoodOut(mood=steps.Mood.good)
    cut = execute(feel(adapter="JSON"), Echo('{"mood": "good"', finish="length"))
    assert cut.error == "the answer was cut off at the limit of max_tokens"


def test_an_answer_that_was_cut_off_says_so() -> None:
    done = execute(feel(adapter="JSON"), Echo('{"mood": "go', finish="length"))
    assert done.error == CUT_OFF


def test_json_under_a_chat_prompt_is_read_too() -> None:
    assert execute(feel(), Echo('{"mood": "good"}')).output == steps.MoodOut(mood=steps.Mood.good)
    assert execute(feel(), Echo("{mood}")).error_kind == "parse"


def test_a_failed_call_is_reported() -> None:
    done = execute(feel(), Echo(ProviderError("local", "overloaded", status=503)))
    assert (done.output, done.error, done.error_kind) == (None, "local: overloaded", "provider")
    assert (done.calls, done.text) == (0, "")
    assert done.messages == feel().prompt(review="x")


@pytest.mark.parametrize(
    "error",
    [
        ProviderRefused("local", "no"),
        ProviderUnreachable("local", "gone"),
        BudgetExhausted("spent"),
        KeyError("a bug in an LM"),
    ],
)
def test_what_must_not_look_like_a_bad_score_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        execute(feel(), Echo(error))


def test_calls_raise_what_goes_wrong() -> None:
    program = feel().using(Echo("who knows"))
    with pytest.raises(ParseError):
        program(review="x")
    with pytest.raises(ParseError):
        asyncio.run(program.acall(review="x"))
    with pytest.raises(ValidationError):
        program(review="")
    with pytest.raises(ValidationError):
        asyncio.run(program.acall(review=5))
    with pytest.raises(ValidationError):
        program.prompt(revue="x")
    with pytest.raises(TypeError, match="by name"):
        program("x")
    with pytest.raises(TypeError, match="by name"):
        asyncio.run(program.acall("x"))


def test_inputs_made_without_a_check_are_checked() -> None:
    program = feel().using(Echo("good"))
    with pytest.raises(ValidationError):
        program._call(steps.ReviewIn(review=""), steps.MoodOut)


def test_unknown_modules_are_refused_with_a_near_name() -> None:
    with pytest.raises(ValidationError, match="did you mean `Chat`"):
        feel(adapter="Chatt").prompt(review="x")
    with pytest.raises(ValidationError, match="there are Predict, ChainOfThought"):
        feel(reasoning="xyz").prompt(review="x")


def test_programs_do_not_change() -> None:
    program = feel()
    lm = Echo("good")
    other = program.using(lm).with_candidate(Candidate(steps.Settings(adapter="JSON")))
    assert type(other) is steps.FeelProgram
    assert program.candidate.config.adapter == "Chat"
    assert other.candidate.config.adapter == "JSON"
    with pytest.raises(AttributeError, match="with_candidate"):
        program.name = "x"
    with pytest.raises(AttributeError, match="deleted"):
        del program._lm
    assert repr(program) == "<FeelProgram: a program of Feel>"


def test_the_default_candidate() -> None:
    program = steps.FeelProgram()
    assert program.candidate == Candidate(steps.Settings(), (), ())
    assert program.candidate is program.candidate
    with pytest.raises(NotImplementedError):
        Program.settings(None)


def test_candidates_survive_json() -> None:
    thought = Example(inputs=FINE.inputs, expected=FINE.expected, reasoning="because")
    candidate = Candidate(steps.Settings(temperature=0.5), ("Be brief.",), (thought, AWFUL))
    again = Candidate.from_dict(steps.FeelProgram, candidate.to_dict())
    assert again == candidate
    assert again.key() == candidate.key()
    assert candidate.key() != Candidate(steps.Settings(temperature=0.5), ("Be brief.",), (AWFUL,)).key()
    assert len(candidate.key()) == 16


@pytest.mark.parametrize(
    "data",
    [
        {"config": {}, "rules": "be brief"},
        {"config": {}, "rules": [1]},
        {"config": {}, "colour": 1},
        {"config": {}, "demos": [{"inputs": {"review": ""}}]},
        {"config": {}, "demos": [{"inputs": {"review": "x"}, "colour": 1}]},
        {"config": {}, "demos": [{"inputs": {"review": "x"}, "reasoning": 1}]},
        {"config": {}, "demos": [{"expected": {}}]},
        {"config": {}, "demos": [5]},
        {"config": {}, "demos": 5},
        {"config": 5},
        {},
    ],
    ids=str,
)
def test_candidates_that_do_not_fit_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Candidate.from_dict(steps.FeelProgram(), data)


class Declared(steps.FeelProgram):
    """Its provider is set by the test."""


def test_declared_providers_are_called_without_further_ado(server: Misbehaving) -> None:
    Declared.providers = {"local": Provider(name="local", protocol="openai", base_url=server.url)}
    server.script(answer("good"))
    try:
        assert Declared()(review="x").mood == "good"
        assert [asyncio.run(Declared().acall(review="x")).mood for _ in range(2)] == ["good", "good"]
        # All three came through one connection of the background loop, which asyncio.run did not end.
        assert len(server.requests) == 3
    finally:
        sync.close()


def test_sync_calls_work_where_a_loop_is_running(server: Misbehaving) -> None:
    """As in a notebook."""
    provider = Provider(name="local", protocol="openai", base_url=server.url)
    server.script(answer("good"))

    async def cell() -> Any:
        return feel().using(Client({"local": provider}))(review="x")

    try:
        assert asyncio.run(cell()).mood == "good"
    finally:
        sync.close()


def test_errors_of_a_declared_provider_reach_the_caller(server: Misbehaving) -> None:
    Declared.providers = {"local": Provider(name="local", protocol="openai", base_url=server.url)}
    server.script(status(404, "no such model"))
    try:
        with pytest.raises(MlsigError, match="no such model"):
            Declared()(review="x")
        with pytest.raises(MlsigError, match="no such model"):
            asyncio.run(Declared().acall(review="x"))
    finally:
        sync.close()
