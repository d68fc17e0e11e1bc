"""Documents and elements as models really write them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import steps
from mlsig import shapes
from mlsig.adapters import ADAPTERS, Layout, Task
from mlsig.errors import ParseError
from mlsig.records import Record

REASONING = shapes.Field(name="reasoning", shape=shapes.Text())


class Note(Record, frozen=True, kw_only=True):
    mood: steps.Mood
    last_words: str
    sizes: list[int] = msgspec.field(default_factory=list)
    aside: str | None = None

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls,
            fields=(
                shapes.Field(name="mood", shape=shapes.Choice(steps.Mood, {})),
                shapes.Field(name="last_words", shape=shapes.Text()),
                shapes.Field(name="sizes", shape=shapes.Array(items=shapes.Integer()), default=list),
                shapes.Field(name="aside", shape=shapes.Optional(shapes.Text()), default=lambda: None),
            ),
        )


def layout(adapter: str, lead: tuple[shapes.Field, ...] = ()) -> Layout:
    return ADAPTERS[adapter](
        Task(
            instructions="",
            rules=(),
            knobs=(),
            inputs=steps.ReviewIn.shape().fields,
            lead=lead,
            output=Note,
            demos=(),
            demo_layout="turns",
            structured=False,
        )
    )


def read(adapter: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = layout(adapter).read(text).output.to_dict()
    return found


GOOD = {"mood": "good", "last_words": "so long", "sizes": [1, 2], "aside": None}


@pytest.mark.parametrize(
    "text",
    [
        "## mood\ngood\n\n## last_words\nso long\n\n## sizes\n```json\n[1, 2]\n```",
        "# Mood\n\n**good**\n\n### Last Words:\nso long\n\n## SIZES ##\n[1, 2]\n\n## aside\nnull",
        "```markdown\n## mood\ngood\n## last_words\nso long\n## sizes\n[1, 2]\n```",
        "Here you are:\n\n## mood: good\n## **last_words**: so long\n## sizes\n```\n[1,\n 2]\n```\n",
        "## mood\ngood\n## last_words\n```text\nso long\n```\n## sizes\n[1, 2]\n\n"
        "## review\nnext\n## mood\nvery_bad",
        "## review\na film\n## mood\ngood\n## last_words\nso long\n## sizes\n[1, 2]",
        "## mood\ngood\n## mood\nvery_bad\n## last_words\nso long\n## sizes\n[1, 2]",
        "mood: good\nlast_words: so long\nsizes: [1, 2]",
        '{"mood": "good", "last_words": "so long", "sizes": [1, 2]}',
    ],
)
def test_documents(text: str) -> None:
    assert read("Markdown", text) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "<mood>good</mood>\n<last_words>so long</last_words>\n<sizes>[1, 2]</sizes>",
        "Sure!\n```xml\n<answer>\n <Mood> Good </Mood>\n <last-words>\nso long\n</last-words>\n"
        " <sizes>[1, 2]</sizes>\n</answer>\n```",
        "<mood>good<last_words>so long</last_words><sizes>[1, 2]",
        '<mood id="1">good</mood><last_words><![CDATA[so long]]></last_words><sizes>[1, 2]</sizes>'
        "<aside>null</aside>",
        "<mood>good</mood><last_words>so long</last_words><sizes>[1, 2]</sizes>"
        "<review>next</review><mood>very_bad</mood>",
        "<review>a film</review><mood>good</mood></aside>"
        "<last_words>so&#32;l&#x6f;ng</last_words><sizes>[1, 2]</sizes>",
        "mood: good\nlast_words: so long\nsizes: [1, 2]",
        '{"mood": "good", "last_words": "so long", "sizes": [1, 2]}',
    ],
)
def test_elements(text: str) -> None:
    assert read("XML", text) == GOOD


def test_text_between_the_ends_of_an_element_is_its_own() -> None:
    text = "if a < b && c: <mood>bad</mood> &amp; <b>so</b> &nope; &#0;"
    words = read("XML", f"<mood>good</mood><last_words>{text}</last_words>")["last_words"]
    assert words == "if a < b && c: <mood>bad</mood> & <b>so</b> &nope; &#0;"
    assert read("XML", "<mood>good</mood><last_words>x</last_words><aside/>")["aside"] == ""


def test_headings_in_code_are_text() -> None:
    text = "## mood\ngood\n## last_words\nsee:\n```\n## mood\nvery_bad\n```\nbye"
    assert read("Markdown", text)["last_words"] == "see:\n```\n## mood\nvery_bad\n```\nbye"
    text = "## mood\ngood\n## last_words\n```python\nprint()\n```\n\nand\n\n```\nx\n```"
    assert read("Markdown", text)["last_words"].startswith("```python")


def test_what_stands_before_the_first_heading_is_the_first_field() -> None:
    assert read("Markdown", "good\n\n## last_words\nso long\n\n## sizes\n[1, 2]") == GOOD


@pytest.mark.parametrize(
    ("adapter", "text"),
    [
        ("Markdown", "## reasoning\nthey smile\n## mood\ngood\n## last_words\nso long"),
        ("XML", "<reasoning>they smile</reasoning><mood>good</mood><last_words>so long</last_words>"),
    ],
)
def test_reasoning_is_kept_apart(adapter: str, text: str) -> None:
    reading = layout(adapter, (REASONING,)).read(text)
    assert reading.lead == {"reasoning": "they smile"}


@pytest.mark.parametrize("adapter", ["Markdown", "XML"])
def test_what_cannot_be_read_is_said_with_the_answer_as_it_was(adapter: str) -> None:
    document = "## mood\nmaybe\n## last_words\nx"
    text = document if adapter == "Markdown" else "<mood>maybe</mood><last_words>x</last_words>"
    with pytest.raises(ParseError) as raised:
        layout(adapter).read(text)
    assert raised.value.text == text
    assert [issue.path for issue in raised.value.issues] == ["mood"]
    with pytest.raises(ParseError):
        layout(adapter).read(f"{text} {{}}")


def test_where_a_model_goes_on_with_the_next_example() -> None:
    assert layout("Markdown").stop == ("\n## review\n",)
    assert layout("XML").stop == ("\n<review>",)
