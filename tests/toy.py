"""A program in the shape of a generated module, written by hand: is a review positive or negative?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from mlsig import shapes, spaces
from mlsig.programs import CallSettings, Objective, Program
from mlsig.providers.declared import Env, Limits, Model, Provider
from mlsig.records import Record
from mlsig.signatures import Example, Signature
from mlsig.spaces import Branch, Constraint, FloatDomain, IntDomain, OptionsDomain, Variable
from msgspec import UNSET, Meta, UnsetType


class Sentiment(StrEnum):
    positive = "positive"
    negative = "negative"


def _sentiment(record: type[Any], *, partial: bool = False) -> shapes.RecordShape:
    choice = shapes.Choice(Sentiment, {})
    return shapes.RecordShape(
        type=record, fields=(shapes.Field(name="sentiment", shape=choice),), partial=partial
    )


class Classify(Signature):
    """Decide whether the review is positive or negative."""

    class Input(Record, frozen=True, kw_only=True, gc=False):
        review: Annotated[str, Meta(min_length=1, max_length=2000)]

        @classmethod
        def _shape(cls) -> shapes.RecordShape:
            text = shapes.Text(min_length=1, max_length=2000)
            return shapes.RecordShape(type=cls, fields=(shapes.Field(name="review", shape=text),))

        @classmethod
        def _json_schema(cls) -> dict[str, Any]:
            return {"type": "object", "properties": {"review": {"type": "string"}}, "required": ["review"]}

    class Output(Record, frozen=True, kw_only=True, gc=False):
        sentiment: Sentiment

        @classmethod
        def _shape(cls) -> shapes.RecordShape:
            return _sentiment(cls)

        @classmethod
        def _json_schema(cls) -> dict[str, Any]:
            options = {"enum": ["positive", "negative"]}
            return {"type": "object", "properties": {"sentiment": options}, "required": ["sentiment"]}

    class Expected(Record, frozen=True, kw_only=True, gc=False):
        sentiment: Sentiment | UnsetType = UNSET

        @classmethod
        def _shape(cls) -> shapes.RecordShape:
            return _sentiment(cls, partial=True)

    instructions: ClassVar[str] = "Decide whether the review is positive or negative."
    examples: ClassVar[tuple[Example[Any, Any], ...]] = ()

    @classmethod
    def example(cls, row: Mapping[str, Any]) -> Example[Any, Any]:
        return Example.read(row, cls.Input, cls.Expected)


def _json(values: Mapping[str, Any]) -> bool:
    return bool(values["adapter"] == "JSON")


class Tuning(spaces.Space):
    class Config(spaces.Config, frozen=True, kw_only=True, gc=False):
        provider: str
        model: str
        adapter: str
        structured: bool
        demos: int
        demo_layout: str
        temperature: float
        max_tokens: int

    name: ClassVar[str] = "Tuning"
    variables: ClassVar[tuple[Variable, ...]] = (
        Variable(name="provider", kind="provider", domain=OptionsDomain(options=("toy",)), default="toy"),
        Variable(name="model", kind="model", domain=OptionsDomain(options=("small",)), default="small"),
        Variable(
            name="adapter", kind="module", domain=OptionsDomain(options=("Chat", "JSON")), default="Chat"
        ),
        Variable(name="structured", kind="bool", domain=OptionsDomain(options=(False, True)), default=False),
        Variable(name="demos", kind="int", domain=IntDomain(low=0, high=8), default=4),
        Variable(
            name="demo_layout",
            kind="choice",
            domain=OptionsDomain(options=("turns", "block")),
            default="turns",
        ),
        Variable(
            name="temperature",
            kind="float",
            domain=FloatDomain(low=0.0, high=1.5, step=0.1),
            default=0.7,
            branches=(
                Branch(
                    when=_json,
                    text="adapter == JSON",
                    domain=FloatDomain(low=0.0, high=0.7, step=0.1),
                    default=0.0,
                ),
            ),
            depends=("adapter",),
        ),
        Variable(name="max_tokens", kind="int", domain=IntDomain(low=8, high=96, step=8), default=16),
    )
    constraints: ClassVar[tuple[Constraint, ...]] = (
        Constraint(
            name="room",
            holds=lambda values: values["adapter"] != "JSON" or values["max_tokens"] >= 16,
            text="adapter != JSON or max_tokens >= 16",
            reads=("adapter", "max_tokens"),
        ),
    )

    @classmethod
    def default(cls) -> Config:
        return cls.Config(**{variable.name: variable.default for variable in cls.variables})

    @classmethod
    def sample(cls, rng: spaces.Rng) -> Config:
        while True:
            values: dict[str, Any] = {}
            for variable in cls.variables:
                values[variable.name] = variable.active(values).draw(rng.random())
            config = cls.Config(**values)
            if cls.legal(config):
                return config

    @classmethod
    def legal(cls, config: Any) -> bool:
        values = config.to_dict()
        inside = all(variable.active(values).contains(values[variable.name]) for variable in cls.variables)
        return inside and all(constraint.holds(values) for constraint in cls.constraints)


toy: Final = Provider(
    name="toy",
    protocol="openai",
    base_url=Env("TOY_URL", "http://127.0.0.1:9/v1"),
    key=Env("TOY_KEY", "toy-secret-key"),
    limits=Limits(concurrency=4),
    models=(Model(name="small", input_cost=0.05, output_cost=0.2, supports=frozenset({"json_schema"})),),
)


class _Review(Program):
    name: ClassVar[str] = "Review"
    signature: ClassVar[type[Classify]] = Classify
    space: ClassVar[type[Tuning]] = Tuning
    providers: ClassVar[Mapping[str, Provider]] = {"toy": toy}
    objectives: ClassVar[tuple[Objective, ...]] = (
        Objective("accuracy", "maximize", 0.8),
        Objective("cost", "minimize", 0.1),
        Objective("latency", "minimize", 0.1),
    )
    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    @staticmethod
    def settings(config: Any) -> CallSettings:
        return CallSettings(
            provider=config.provider,
            model=config.model,
            adapter=config.adapter,
            structured=config.structured,
            demos=config.demos,
            demo_layout=config.demo_layout,
            temperature=config.temperature,
            max_tokens=config.max_tokens,
        )

    @staticmethod
    def metric_accuracy(example: Example[Any, Any], output: Classify.Output) -> float:
        if "metric bomb" in example.inputs.review:
            raise ZeroDivisionError("the metric broke")
        return float(example.expected.sentiment == output.sentiment)


Review: Final = _Review()


class _Other(_Review):
    name: ClassVar[str] = "Other"


Other: Final = _Other()


def reviews(count: int, start: int = 0) -> list[Example[Any, Any]]:
    """Reviews whose words say what a simulated model may know of them; labels in turn."""
    words = {"positive": "brilliant", "negative": "dreadful"}
    labels = list(words)
    return [
        Classify.example(
            {"review": f"film number {n} was {words[labels[n % 2]]}", "sentiment": labels[n % 2]}
        )
        for n in range(start, start + count)
    ]


def train() -> list[Example[Any, Any]]:
    return reviews(80)


def held_out() -> list[dict[str, Any]]:
    return [
        {"review": example.inputs.review, "sentiment": example.expected.sentiment.value}
        for example in reviews(40, start=1_000)
    ]


def rows() -> list[dict[str, Any]]:
    return [
        {"review": example.inputs.review, "sentiment": example.expected.sentiment.value}
        for example in train()
    ]
