"""Words of prompts: files that people can read, and what users put in their place."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig.adapters import ADAPTERS, Wording
from mlsig.adapters.template import Template
from mlsig.adapters.wording import LAYOUTS
from mlsig.errors import ValidationError
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate

SYSTEM = "{instructions}\n\n{rules}\n\n{knobs}\n\n{fields}\n\n{form}"


def told(program: Program, adapter: str = "Chat") -> str:
    config = program.space.validate({**program.space.default().to_dict(), "adapter": adapter})
    first, *_ = program.with_candidate(Candidate(config, ("be kind",))).prompt(question="what?")
    return first.content


def test_every_layout_has_words() -> None:
    assert set(LAYOUTS) == set(ADAPTERS)


def test_words_for_all_layouts_and_for_one(looking: ModuleType) -> None:
    program = looking.Looking.with_wording(rule="* {rule}").with_wording(Wording.of("XML", rule="+ {rule}"))
    assert "* be kind" in told(program)
    assert "* be kind" in told(program, "Markdown")
    assert "+ be kind" in told(program, "XML")
    assert "- be kind" in told(looking.Looking)


def test_words_come_from_a_folder(looking: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "shared.toml").write_text(
        'at_least = "mindestens {bound}"\nand = " und "\n', encoding="utf-8"
    )
    (tmp_path / "json.toml").write_text('form = "Antworte mit einem Objekt: {outline}"', encoding="utf-8")
    program = looking.Looking.with_wording(tmp_path)
    assert "a whole number mindestens 1 und at most 5" in told(program)
    assert "\n\nAntworte mit einem Objekt: {" in told(program, "JSON")
    assert "Antworte" not in told(program, "XML")
    assert program.with_wording(str(tmp_path), rule="> {rule}").with_wording(rule="! {rule}")
    assert "! be kind" in told(program.with_wording(rule="> {rule}").with_wording(rule="! {rule}"))


def test_the_turn_of_the_user_has_words_too(looking: ModuleType) -> None:
    program = looking.Looking.with_wording(user="Now this:\n{inputs}Go on: {cue}")
    assert program.prompt(question="what?")[-1].content.startswith(
        "Now this:\nquestion: what?\nphoto: null\n"
    )
    assert program.prompt(question="what?")[-1].content.endswith("Go on: caption:")
    photo = program.prompt(question="what?", photo="https://example.org/a.png")[-1]
    assert photo.content[: photo.media[0].at].endswith("photo: [image 1]")


def test_copies_keep_the_words(looking: ModuleType) -> None:
    program = looking.Looking.with_wording(rule="* {rule}")
    for copy in (program.using(program), program.with_tools(), program.with_candidate(program.candidate)):
        assert "* be kind" in told(copy)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"rul": "x"}, "rul: is no text of a prompt; did you mean `rule`?"),
        ({"zzzzzz": "x"}, "zzzzzz: is no text of a prompt; there are system, "),
        ({"rule": 5}, "rule: must be a text"),
        ({"rule": "- {rul}"}, "rule: has no slot `rul`; did you mean `rule`?"),
        ({"rule": "-"}, "rule: needs {rule}: without it, the prompt would leave that out"),
        ({"rule": "{rule} {"}, "rule: "),
        ({"rule": "{rule.__class__}"}, "rule: a slot is a name in braces"),
        ({"rule": "{rule!r}"}, "rule: a slot is a name in braces"),
        ({"rule": "{rule:>9}"}, "rule: a slot is a name in braces"),
        ({"rule": "{}"}, "rule: a slot is a name in braces"),
        ({"system": "{instructions} {fields}"}, "system: needs {form}, {knobs}, {rules}"),
        ({"user": "{inputs}"}, "user: needs {cue}"),
        ({"text": "{x}"}, "text: has no slot `x`; there are none"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_with_its_place(looking: ModuleType, texts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        looking.Looking.with_wording(**texts)
    assert said in str(raised.value)


def test_one_layout_can_do_without_what_others_need() -> None:
    Wording.of("Chat", system=SYSTEM.removesuffix("\n\n{form}"))
    Wording.of("JSON", user="{inputs}")
    with pytest.raises(ValidationError, match=r"Chat\.user: needs \{cue\}"):
        Wording.of("Chat", user="{inputs}")
    with pytest.raises(ValidationError, match=r"JSON\.system: needs \{form\}"):
        Wording.of("JSON", system=SYSTEM.removesuffix("\n\n{form}"))
    with pytest.raises(ValidationError, match=r"Xml: has no words; did you mean `XML`\?"):
        Wording.of("Xml", rule="{rule}")
    with pytest.raises(ValidationError, match=r"Chat\.outline: is no text"):
        Wording.of("Chat", outline="{name}")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as raised:
        Wording(rule="x", knobb="y", field="{name} {aboot} {about}")
    assert [issue.code for issue in raised.value.issues] == ["missing_slot", "unknown_text", "unknown_slot"]


def test_folders_that_hold_something_else(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"has none of `shared\.toml`, `chat\.toml`"):
        Wording.read(tmp_path)
    (tmp_path / "yaml.toml").write_text("", encoding="utf-8")
    (tmp_path / "xml.toml").write_text("rule = ", encoding="utf-8")
    with pytest.raises(ValidationError) as raised:
        Wording.read(tmp_path)
    assert [(issue.path, issue.code) for issue in raised.value.issues] == [
        ("xml.toml", "unreadable"),
        ("yaml.toml", "unknown_file"),
    ]


def test_wordings_are_values() -> None:
    one, other = Wording(rule="* {rule}"), Wording.of("XML", rule="+ {rule}")
    assert one | other == other | one
    assert one | Wording(rule="- {rule}") == Wording(rule="- {rule}")
    assert hash(one) == hash(Wording(rule="* {rule}"))
    assert one != "x"
    assert repr(one | other) == "<Wording: shared.rule, XML.rule>"
    assert repr(Wording()) == "<Wording: as delivered>"


def test_templates() -> None:
    assert Template("{{a}} {b}").fill(b="{c}") == "{a} {c}"
    assert Template("x {a} y {b}").around("a", b="B") == ("x ", " y B")
    assert Template("one\n\n{a}\n\n{b}: {c}").paragraphs(a="", b="", c="z") == "one\n\n: z"
