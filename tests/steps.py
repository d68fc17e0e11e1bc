"""Signatures and programs as the compiler would generate them, by hand: the wide one has every type."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from mlsig import shapes
from mlsig.programs import CallSettings, Program
from mlsig.providers.declared import Limits, Model, Provider
from mlsig.records import Record
from mlsig.signatures import Example, Signature
from mlsig.spaces import Config, Space
from msgspec import UNSET, Meta, UnsetType, structs


class Mood(StrEnum):
    good = "good"
    very_bad = "very_bad"


class Place(Record, frozen=True, kw_only=True):
    name: str
    floor: int = 0

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls,
            fields=(
                shapes.Field(name="name", shape=shapes.Text()),
                shapes.Field(name="floor", shape=shapes.Integer(), default=lambda: 0),
            ),
        )


def _fields(*described: tuple[str, shapes.Shape]) -> tuple[shapes.Field, ...]:
    return tuple(shapes.Field(name=name, shape=shape, description=f"the {name}") for name, shape in described)


# ---- one text in, one choice out


class ReviewIn(Record, frozen=True, kw_only=True):
    review: Annotated[str, Meta(min_length=1)]

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=_fields(("review", shapes.Text(min_length=1))))


class MoodOut(Record, frozen=True, kw_only=True):
    mood: Mood

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        mood = shapes.Choice(Mood, {"good": "they liked it"})
        return shapes.RecordShape(type=cls, fields=_fields(("mood", mood)))

    @classmethod
    def _json_schema(cls) -> dict[str, Any]:
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Output",
            "type": "object",
            "properties": {"mood": {"$ref": "#/$defs/Mood", "description": "the mood"}},
            "required": ["mood"],
            "additionalProperties": False,
            "$defs": {"Mood": {"type": "string", "enum": ["good", "very_bad"]}},
        }


class MoodExpected(Record, frozen=True, kw_only=True):
    mood: Mood | UnsetType = UNSET

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        fields = _fields(("mood", shapes.Choice(Mood, {})))
        return shapes.RecordShape(type=cls, fields=fields, partial=True)


class Feel(Signature):
    """Say what the writer felt."""

    Input = ReviewIn
    Output = MoodOut
    Expected = MoodExpected
    instructions: ClassVar[str] = "Say what the writer felt."

    @classmethod
    def example(cls, row: dict[str, Any]) -> Example[ReviewIn, MoodExpected]:
        return Example.read(row, ReviewIn, MoodExpected)


# ---- one text in, one text out


class TextOut(Record, frozen=True, kw_only=True):
    summary: str

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=_fields(("summary", shapes.Text())))


class TextExpected(Record, frozen=True, kw_only=True):
    summary: str | UnsetType = UNSET

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=_fields(("summary", shapes.Text())), partial=True)


class Summarise(Signature):
    """Sum it up."""

    Input = ReviewIn
    Output = TextOut
    Expected = TextExpected
    instructions: ClassVar[str] = "Sum it up."


# ---- everything in, everything out

WIDE: tuple[tuple[str, shapes.Shape], ...] = (
    ("title", shapes.Text()),
    ("note", shapes.Optional(shapes.Text())),
    ("count", shapes.Integer()),
    ("share", shapes.Number()),
    ("sure", shapes.Boolean()),
    ("mood", shapes.Choice(Mood, {})),
    ("grade", shapes.Literal(("a", "b-c", "1", 1, 2, True))),
    ("tags", shapes.Array(items=shapes.Text())),
    ("sizes", shapes.Mapping(values=shapes.Number())),
    ("place", shapes.Ref(Place)),
    ("extra", shapes.Json()),
    ("day", shapes.Date()),
    ("moment", shapes.DateTime()),
    ("last_words", shapes.Text()),
)
Grade = Literal["a", "b-c", "1", 1, 2, True]


class WideOut(Record, frozen=True, kw_only=True):
    title: str
    note: str | None
    count: int
    share: float
    sure: bool
    mood: Mood
    grade: Any
    tags: list[str]
    sizes: dict[str, float]
    place: Place
    extra: Any
    day: date
    moment: datetime
    last_words: str

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=_fields(*WIDE))


class WideExpected(Record, frozen=True, kw_only=True):
    title: Any = UNSET
    note: Any = UNSET
    count: Any = UNSET
    share: Any = UNSET
    sure: Any = UNSET
    mood: Any = UNSET
    grade: Any = UNSET
    tags: Any = UNSET
    sizes: Any = UNSET
    place: Any = UNSET
    extra: Any = UNSET
    day: Any = UNSET
    moment: Any = UNSET
    last_words: Any = UNSET

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=_fields(*WIDE), partial=True)


class Pair(Record, frozen=True, kw_only=True):
    question: str
    passage: str

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls, fields=_fields(("question", shapes.Text()), ("passage", shapes.Text()))
        )


class Wide(Signature):
    """Say everything."""

    Input = Pair
    Output = WideOut
    Expected = WideExpected
    instructions: ClassVar[str] = "Say everything."


# ---- programs whose configuration is the settings themselves


class Settings(Config, frozen=True, kw_only=True):
    provider: str = "local"
    model: str = "small"
    adapter: str = "Chat"
    reasoning: str = "Predict"
    structured: bool = True
    temperature: float | None = None
    max_tokens: int | None = None
    instructions: str | None = None
    demos: int | None = None
    demo_layout: Literal["turns", "block"] = "turns"


class AnySettings(Space):
    name: ClassVar[str] = "AnySettings"

    @classmethod
    def default(cls) -> Settings:
        return Settings()

    @classmethod
    def validate(cls, values: Any) -> Settings:
        return Settings(**values)


LOCAL = Provider(
    name="local",
    protocol="openai",
    base_url="http://127.0.0.1:9/v1",
    limits=Limits(concurrency=4),
    models=(
        Model(name="small", input_cost=1.0, output_cost=2.0, supports=frozenset({"json_schema"})),
        Model(name="plain"),
    ),
)


class FeelProgram(Program):
    name: ClassVar[str] = "FeelProgram"
    signature = Feel
    space = AnySettings
    providers: ClassVar[dict[str, Provider]] = {"local": LOCAL}

    @staticmethod
    def settings(config: Settings) -> CallSettings:
        return CallSettings(**structs.asdict(config))


class SummariseProgram(FeelProgram):
    name: ClassVar[str] = "SummariseProgram"
    signature = Summarise


class WideProgram(FeelProgram):
    name: ClassVar[str] = "WideProgram"
    signature = Wide
