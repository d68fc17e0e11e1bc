"""`program.prompt`: what it tells the model, and that it is what the client sends."""

from __future__ import annotations

import asyncio
import copy
from types import ModuleType
from typing import Any

import msgspec
import pytest
from misbehaving import Misbehaving, answer
from mlsig.errors import MlsigError, ProviderError
from mlsig.evaluation.budget import most_of
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.programs.prompt import Prompt
from mlsig.providers.declared import Model
from mlsig.providers.messages import Attachment, Message, Request
from mlsig.providers.protocols import WIRES
from mlsig.reasoning import REASONING
from mlsig.types.media import Audio, Document, Image

PNG = Image(data=b"\x89PNG", media_type="image/png")
WEB = Image("https://example.org/cat.png")
WAV = Audio(data=b"RIFF", media_type="audio/wav")
OGG = Audio(data=b"OggS", media_type="audio/ogg")
PDF = Document(data=b"%PDF", media_type="application/pdf")
SHOWN = {"question": "this?", "caption": "a cat", "kind": "photo", "stars": 3}
LAYOUTS = ["Chat", "JSON", "Markdown", "XML"]


def by(module: ModuleType, **settings: Any) -> Program:
    program: Program = module.Looking
    config = program.space.validate({**program.space.default().to_dict(), **settings})
    return program.with_candidate(Candidate(config))


@pytest.mark.parametrize("adapter", LAYOUTS)
def test_all_that_is_declared_is_told(looking: ModuleType, adapter: str) -> None:
    system = by(looking, adapter=adapter).prompt(question="what?")[0].content
    for said in (
        "Say what the picture shows.",
        "what to look for",
        "one line",
        "photo (taken by a camera)",
        "drawing",
        "chart (numbers as a picture)",
        "a whole number at least 1 and at most 5",
        "at least 2 characters, at most 80 characters",
        "matching ^[A-Z]+$",
        "at most 3 items, no item twice",
        "tone: terse (how to say it)",
        "in a word or two; not empty, at most 40 characters",
        "a number at least 0 and at most 1",
        "The answer is checked:\n- a chart has marks\n- a mark has a name",
    ):
        assert said in system
    assert "not empty" not in next(line for line in system.split("\n") if line.startswith("- question"))


def test_the_fields_inside_are_told_once_below_the_outer_one(looking: ModuleType) -> None:
    lines = by(looking).prompt(question="what?")[0].content.split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("- marks"))
    assert [line.partition(":")[0] for line in lines[at : at + 4]] == [
        "- marks",
        "  - what",
        "  - kind",
        "  - sure",
    ]
    assert lines[at + 4].startswith("- code")


@pytest.mark.parametrize("adapter", LAYOUTS)
def test_files_stand_at_their_place(looking: ModuleType, adapter: str) -> None:
    program = by(looking, adapter=adapter)
    user = program.prompt(question="a [image 9]", photo=PNG, more=[WEB, PNG], sound=WAV, paper=PDF)[-1]
    assert [(file.kind, file.url, file.media_type) for file in user.media] == [
        ("image", "", "image/png"),
        ("image", "https://example.org/cat.png", ""),
        ("image", "", "image/png"),
        ("audio", "", "audio/wav"),
        ("document", "", "application/pdf"),
    ]
    for name in ("[image 1]", "[image 2]", "[image 3]", "[audio 1]", "[document 1]"):
        assert name in user.content
    if adapter == "JSON":
        assert {file.at for file in user.media} == {len(user.content)}
    else:
        assert user.content[: user.media[0].at].endswith("[image 1]")
        assert user.content[: user.media[-1].at].endswith("[document 1]")
    assert program.prompt(question="none")[-1].media == ()


def test_files_of_demonstrations_go_along(looking: ModuleType) -> None:
    signature = looking.Looking.signature
    demo = signature.example(
        {"question": "this?", "photo": PNG, "caption": "a cat", "kind": "photo", "stars": 3}
    )
    program = by(looking)
    turns = program.with_candidate(Candidate(program.candidate.config, (), (demo,)))
    _, asked, answered, last = turns.prompt(question="and this?", photo=WEB)
    assert [file.kind for file in asked.media] == ["image"]
    assert answered.content.startswith("a cat\nkind: photo\nstars: 3")
    assert last.content[: last.media[0].at].endswith("[image 1]")


def test_files_in_one_block_are_numbered_on(looking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    signature = looking.Looking.signature
    demo = signature.example(
        {"question": "this?", "photo": PNG, "caption": "a cat", "kind": "photo", "stars": 3}
    )
    kind = type(looking.Looking)
    said = kind.settings

    def settings(config: Any) -> Any:
        return msgspec.structs.replace(said(config), demo_layout="block")

    monkeypatch.setattr(kind, "settings", staticmethod(settings))
    program = by(looking)
    program = program.with_candidate(Candidate(program.candidate.config, (), (demo, demo)))
    _, user = program.prompt(question="and this?", photo=WEB)
    assert [user.content[: file.at].rpartition("\n")[2] for file in user.media] == [
        "photo: [image 1]",
        "photo: [image 2]",
        "photo: [image 3]",
    ]


@pytest.mark.parametrize("adapter", LAYOUTS)
@pytest.mark.parametrize("provider", ["openai", "responses", "anthropic", "google"])
def test_it_is_what_is_sent_to_the_byte(
    looking: ModuleType, server: Misbehaving, monkeypatch: pytest.MonkeyPatch, provider: str, adapter: str
) -> None:
    monkeypatch.setenv("PROMPT_URL", server.url)
    server.script(answer("no"))
    program = by(looking, provider=provider, adapter=adapter)
    files: dict[str, Any] = {"photo": PNG, "paper": PDF}
    with pytest.raises(MlsigError):  # "no" is no answer
        program(question="<what>?\nsee", **files)
    assert server.requests[0].raw == program.prompt(question="<what>?\nsee", **files).body()


@pytest.mark.parametrize("reasoning", sorted(REASONING))
def test_it_is_the_first_request_of_every_way_of_reasoning(looking: ModuleType, reasoning: str) -> None:
    class Recorder:
        async def complete(self, request: Any) -> Any:
            raise ProviderError("p", str(asked.append(request)))

    asked: list[Any] = []
    found = by(looking)
    kind = type(found)

    class Other(kind):  # type: ignore[misc, valid-type]
        @staticmethod
        def settings(config: Any) -> Any:
            return msgspec.structs.replace(kind.settings(config), reasoning=reasoning)

    program = Other().using(Recorder())
    with pytest.raises(ProviderError):
        asyncio.run(program.acall(question="what?"))
    prompt = program.prompt(question="what?")
    assert prompt == asked[0].messages
    assert prompt.request == asked[0]


def test_tools_and_the_schema_are_shown(looking: ModuleType) -> None:
    prompt = by(looking, adapter="JSON").prompt(question="what?", photo=WEB)
    assert prompt.schema is not None
    text = str(prompt)
    assert text.startswith("to m at openai\n\n── system\nSay what the picture shows.")
    assert "── image: https://example.org/cat.png" in text
    assert '── the answer must fit\n{\n  "type": "object"' in text
    assert text.endswith("── stops at '\\n{\"question\":'")
    assert "4 bytes" in str(by(looking).prompt(question="what?", photo=PNG))


def test_a_prompt_is_a_tuple_of_messages(looking: ModuleType) -> None:
    prompt = by(looking).prompt(question="what?")
    assert isinstance(prompt, tuple)
    assert all(isinstance(message, Message) for message in prompt)
    assert repr(prompt) == "<Prompt: 2 messages to m at openai>"
    again = copy.copy(prompt)
    assert (again, again.request) == (prompt, prompt.request)


def test_nothing_can_be_sent_to_nobody(looking: ModuleType) -> None:
    request = by(looking).prompt(question="what?").request
    with pytest.raises(MlsigError, match="`openai` is not declared"):
        Prompt(request, None).body()


@pytest.mark.parametrize(
    ("protocol", "files", "said"),
    [
        (
            "openai",
            {"sound": Audio(data=b"OggS", media_type="audio/ogg")},
            "takes no audio of type audio/ogg",
        ),
        ("openai", {"paper": Document("https://example.org/a.pdf")}, "takes no document at a URL"),
        ("responses", {"sound": WAV}, "takes no audio of type audio/wav"),
        ("anthropic", {"sound": WAV}, "takes no audio"),
        ("anthropic", {"paper": Document(data=b"\xff\xff", media_type="text/plain")}, "takes no document"),
    ],
    ids=str,
)
def test_files_that_a_format_has_no_word_for(
    looking: ModuleType, protocol: str, files: dict[str, Any], said: str
) -> None:
    with pytest.raises(ProviderError, match=said):
        by(looking, provider=protocol).prompt(question="what?", **files).body()


def test_a_budget_reserves_for_files() -> None:
    model = Model(name="m")

    def most(*files: Attachment) -> int:
        message = Message("user", "x", media=files)
        return most_of(Request(provider="p", model="m", messages=(message,), max_tokens=1), model).tokens

    def more(kind: Any, size: int) -> int:
        return most(Attachment(kind=kind, at=1, data=b"x" * size, media_type="x/y")) - most()

    assert (more("image", 10**6), more("document", 10), more("document", 9_000)) == (5_000, 5_000, 9_000)
    assert more("audio", 10**6) == 20_000


def test_every_protocol_has_been_tried() -> None:
    assert set(WIRES) == {"openai", "openai_responses", "anthropic", "google"}
