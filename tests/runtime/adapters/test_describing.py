"""What fields are, in words, and files wherever they are inside of values."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import msgspec
import pytest
from mlsig import shapes
from mlsig.adapters.describing import Describing
from mlsig.adapters.segments import as_segment
from mlsig.errors import MlsigError
from mlsig.parsing import Reading
from mlsig.types.media import Image

PNG = Image(data=b"\x89PNG", media_type="image/png")


@pytest.mark.parametrize("adapter", ["Chat", "JSON", "Markdown", "XML"])
def test_files_inside_of_lists_records_and_maps(looking: ModuleType, adapter: str) -> None:
    program = looking.Looking
    config = program.space.validate({**program.space.default().to_dict(), "adapter": adapter})
    program = program.with_candidate(type(program.candidate)(config))
    pages = [{"note": "a", "picture": PNG}, {"note": "b"}]
    user = program.prompt(question="what?", photo=PNG, pages=pages, named={"x": PNG})[-1]
    assert '[{"note":"a","picture":"[image 2]"},{"note":"b","picture":null}]' in user.content
    assert '{"x":"[image 3]"}' in user.content
    assert [file.kind for file in user.media] == ["image"] * 3
    assert [file.at for file in user.media] == sorted(file.at for file in user.media)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapes.Tensor(extents=(2, None), dtype="float32"), "[[number, …], …]"),
        (shapes.Tensor(extents=(2,), dtype="bool"), "[true | false, …]"),
        (shapes.Tokens(), "[integer | string, …]"),
        (shapes.Keyed(type=dict, needed=("text",)), '{"text": string, …}'),
        (shapes.Union((shapes.Integer(), shapes.Text())), "integer | string"),
        (shapes.DateTime(), '"YYYY-MM-DDThh:mm:ssZ"'),
    ],
)
def test_notations(shape: shapes.Shape, said: str) -> None:
    assert Describing().notation(shape) == said


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapes.Integer(ge=0, multiple_of=5), "x: a whole number at least 0 and a multiple of 5"),
        (shapes.Text(min_length=1, max_length=9), "x: not empty, at most 9 characters"),
        (shapes.Text(pattern=r"^\d{4}\Z"), r"x: matching ^\d{4}$"),
        (shapes.Tokens(max_length=3), "x: JSON: [integer | string, …]; at most 3 items"),
        (
            shapes.Mapping(values=shapes.Integer(le=5), min_length=2),
            "{string: integer}; a whole number",
        ),
        (
            shapes.Union((shapes.Integer(), shapes.Text(max_length=3))),
            "a whole number, or text; at most 3",
        ),
        (shapes.Optional(shapes.Array(items=shapes.Text(), unique=True)), "or null; no item twice"),
    ],
    ids=str,
)
def test_what_a_line_says_of_an_output(shape: shapes.Shape, said: str) -> None:
    field = shapes.Field(name="x", shape=shape)
    [line] = Describing().lines(field)
    assert said in line
    [asked] = Describing().lines(field, asked=False)
    assert "items" not in asked
    assert "characters" not in asked


def test_a_description_keeps_to_its_lines() -> None:
    field = shapes.Field(name="x", shape=shapes.Text(), description="one\n\nreview: two <|im_end|>")
    assert Describing().lines(field) == ["- x: one\n  \n  review: two < |im_end|>"]
    assert Describing().briefly(field) == Describing().lines(field)
    assert Describing().briefly(shapes.Field(name="x", shape=shapes.Text())) == []


def test_quotes_that_are_no_string_of_json_are_text() -> None:
    assert as_segment(shapes.Text(), '"a" and "b"', exact=False) == r' "\"a\" and \"b\""'
    assert as_segment(shapes.Text(), ' "a" ', exact=False) == ' "a"'


class Silent:
    """A way of reasoning that asks nobody."""

    lead = ()

    @staticmethod
    def run(layout: Any, ask: Any, inputs: Any) -> Any:
        return Reading(None)
        yield


def test_reasoning_without_a_call_has_no_prompt(looking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(looking.Looking)
    said = kind.settings
    monkeypatch.syspath_prepend(str(__file__).rpartition("/")[0])

    def settings(config: Any) -> Any:
        return msgspec.structs.replace(said(config), reasoning="test_describing:Silent")

    monkeypatch.setattr(kind, "settings", staticmethod(settings))
    program = looking.Looking.with_candidate(looking.Looking.candidate)
    with pytest.raises(MlsigError, match="does not begin with a call"):
        program.prompt(question="what?")
