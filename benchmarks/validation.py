"""Validate a record: mlsig against pydantic models and hand-written, tuned msgspec structs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import fastjsonschema
import mlsig
import msgspec
import numpy as np
import pydantic
from mlsig.types.kernel import kernel

from benchmarks.kernels import built, elsewhere, tell
from benchmarks.sources import RECORDS, compile_to
from benchmarks.timing import Row, compare

LARGEST = sys.float_info.max
Kind = Literal["note", "mail", "page"]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class FlatStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    title: Annotated[str, msgspec.Meta(max_length=200)]
    kind: Kind
    score: Share
    views: Count
    public: bool

    @classmethod
    def read(cls, data: Any) -> FlatStruct | None:
        try:
            return msgspec.convert(data, cls)
        except msgspec.ValidationError:
            return None


class FlatPatternStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    title: Annotated[str, msgspec.Meta(max_length=200)]
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}$")]
    kind: Kind
    score: Share
    views: Count
    public: bool


class FlatRuleStruct(FlatStruct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    def __post_init__(self) -> None:
        if self.public and not self.views > 0:
            raise ValueError("what is public was seen")


class PlainFlatStruct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    title: Annotated[str, msgspec.Meta(max_length=200)]
    kind: Kind
    score: Share
    views: Count
    public: bool


class AuthorStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    mail: Annotated[str, msgspec.Meta(max_length=200)]


class ItemStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    weight: Share
    count: Count


class NestedStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    author: AuthorStruct
    items: Annotated[list[ItemStruct], msgspec.Meta(max_length=100)]


class RuledStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=40, pattern="^[a-z0-9-]+$")]
    low: int
    high: int

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "name", self.name.strip())
        if not self.low < self.high:
            raise ValueError("low is below high")


class RuledHolderStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    first: RuledStruct
    more: list[RuledStruct]
    tags: list[Annotated[str, msgspec.Meta(max_length=20)]]

    def __post_init__(self) -> None:
        if len(set(self.tags)) != len(self.tags):
            raise ValueError("tags are different")
        if not self.first.low >= 0:
            raise ValueError("same")


class CatStruct(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    forbid_unknown_fields=True,
    tag="cat",
    tag_field="kind",
):
    lives: Annotated[int, msgspec.Meta(ge=1)]


class DogStruct(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    forbid_unknown_fields=True,
    tag="dog",
    tag_field="kind",
):
    name: str


class PetsStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    pets: list[CatStruct | DogStruct]
    answer: Literal["note", "mail", "page", "maybe"]


class AliasedStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = msgspec.field(name="identifier")
    title: Annotated[str, msgspec.Meta(max_length=200)]
    score: Share


class RuledVectorStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    name: str
    vector: Annotated[
        list[Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]],
        msgspec.Meta(min_length=64, max_length=64),
    ]

    def __post_init__(self) -> None:
        if not len(self.name) > 0:
            raise ValueError("named")
        msgspec.structs.force_setattr(self, "vector", np.array(self.vector, np.float32))


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class FlatModel(Strict):
    id: Annotated[str, pydantic.Field(min_length=1, max_length=64)]
    title: Annotated[str, pydantic.Field(max_length=200)]
    kind: Kind
    score: Annotated[float, pydantic.Field(ge=0.0, le=1.0)]
    views: Annotated[int, pydantic.Field(ge=0)]
    public: bool


class FlatPatternModel(FlatModel):
    language: Annotated[str, pydantic.Field(pattern="^[a-z]{2}$")]


class FlatRuleModel(FlatModel):
    @pydantic.model_validator(mode="after")
    def _seen(self) -> FlatRuleModel:
        if self.public and not self.views > 0:
            raise ValueError("what is public was seen")
        return self


class RuledModel(Strict):
    name: Annotated[
        str, pydantic.Field(pattern="^[a-z0-9-]+$", max_length=40), pydantic.AfterValidator(str.strip)
    ]
    low: int
    high: int

    @pydantic.model_validator(mode="after")
    def _ordered(self) -> RuledModel:
        if not self.low < self.high:
            raise ValueError("low is below high")
        return self


class RuledHolderModel(Strict):
    first: RuledModel
    more: list[RuledModel]
    tags: list[Annotated[str, pydantic.Field(max_length=20)]]

    @pydantic.model_validator(mode="after")
    def _same(self) -> RuledHolderModel:
        if len(set(self.tags)) != len(self.tags) or not self.first.low >= 0:
            raise ValueError("same")
        return self


class CatModel(Strict):
    kind: Literal["cat"]
    lives: Annotated[int, pydantic.Field(ge=1)]


class DogModel(Strict):
    kind: Literal["dog"]
    name: str


class PetsModel(Strict):
    pets: list[Annotated[CatModel | DogModel, pydantic.Field(discriminator="kind")]]
    answer: Literal["note", "mail", "page", "maybe"]


class AliasedModel(Strict):
    id: Annotated[
        str,
        pydantic.Field(
            min_length=1, max_length=64, validation_alias=pydantic.AliasChoices("id", "identifier")
        ),
    ]
    title: Annotated[str, pydantic.Field(max_length=200)]
    score: Annotated[float, pydantic.Field(ge=0.0, le=1.0)]


class RuledVectorModel(Strict):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    name: str
    vector: Annotated[
        list[Annotated[float, pydantic.Field(allow_inf_nan=False)]],
        pydantic.Field(min_length=64, max_length=64),
        pydantic.AfterValidator(lambda items: np.array(items, np.float32)),
    ]

    @pydantic.model_validator(mode="after")
    def _named(self) -> RuledVectorModel:
        if not len(self.name) > 0:
            raise ValueError("named")
        return self


class AuthorModel(Strict):
    name: Annotated[str, pydantic.Field(min_length=1, max_length=100)]
    mail: Annotated[str, pydantic.Field(max_length=200)]


class ItemModel(Strict):
    key: Annotated[str, pydantic.Field(min_length=1, max_length=40)]
    weight: Annotated[float, pydantic.Field(ge=0.0, le=1.0)]
    count: Annotated[int, pydantic.Field(ge=0)]


class NestedModel(Strict):
    id: Annotated[str, pydantic.Field(min_length=1, max_length=64)]
    author: AuthorModel
    items: Annotated[list[ItemModel], pydantic.Field(max_length=100)]


FLAT: dict[str, Any] = {
    "id": "a1",
    "title": "Hello",
    "kind": "note",
    "score": 0.5,
    "views": 3,
    "public": True,
}
PATTERN = {**FLAT, "language": "en"}
NESTED = {
    "id": "a1",
    "author": {"name": "Ada", "mail": "ada@example.org"},
    "items": [{"key": f"k{n}", "weight": n / 20, "count": n} for n in range(20)],
}
WRONG = {**FLAT, "id": "", "score": 1.5, "views": -1}


RULED = {"name": "a-name", "low": 1, "high": 2}
HOLDER = {"first": RULED, "more": [RULED] * 20, "tags": ["one", "two", "three"]}
PETS = {"pets": [{"kind": "cat", "lives": 9}, {"kind": "dog", "name": "Rex"}] * 10, "answer": "maybe"}
ALIASED = {"identifier": "a1", "title": "Hello", "score": 0.5}
NAMED_VECTOR = {"name": "a", "vector": [n / 64 for n in range(64)]}
BATCH = [FLAT] * 1000


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    place = built(folder)
    table = elsewhere(__name__, "alone", folder)
    return table if place is None else table + elsewhere(__name__, "kernel", folder, place)


def _one_way(way: str, folder: Path) -> list[Row]:
    """Return the rows without the kernel, or with it: of what it makes, beside rivals that make the same."""
    assert (kernel() is not None) == (way == "kernel")
    ours = compile_to(folder, "bench_records", RECORDS)
    if way == "alone":
        return [*_records(ours), *_json(ours), *_batches(ours), *_ruled(ours), *_explained(ours)]
    table = [*_records(ours), *_batches(ours), *_ruled(ours)]
    return [
        replace(row, workload=f"{row.workload}, with the kernel")
        for row in table
        if row.rival in {"pydantic", "msgspec, tuned"} and "JSON" not in row.workload
    ]


def _records(ours: Any) -> list[Row]:
    """Records that msgspec can describe. `convert` alone has nothing around it that explains an error."""
    flat = fastjsonschema.compile(ours.Flat.json_schema())
    table = compare(
        "validate a flat record",
        {
            "mlsig": lambda: ours.Flat.validate(FLAT),
            "pydantic": lambda: FlatModel.model_validate(FLAT),
            "msgspec": lambda: msgspec.convert(FLAT, PlainFlatStruct),
            "msgspec, tuned": lambda: msgspec.convert(FLAT, FlatStruct),
            "msgspec, tuned, in a method that catches": lambda: FlatStruct.read(FLAT),
            "fastjsonschema (makes no object)": lambda: flat(FLAT),
        },
    )
    cases = [
        (
            "validate a flat record with a pattern",
            ours.FlatPattern,
            FlatPatternModel,
            FlatPatternStruct,
            PATTERN,
        ),
        ("validate a flat record with a rule", ours.FlatRule, FlatRuleModel, FlatRuleStruct, FLAT),
        ("validate a nested record with a list of 20", ours.Nested, NestedModel, NestedStruct, NESTED),
    ]
    return table + _compared(cases)


def _compared(cases: list[tuple[str, Any, Any, Any, dict[str, Any]]]) -> list[Row]:
    table: list[Row] = []
    for workload, record, model, struct, data in cases:
        assert str(record.validate(data)) and model.model_validate(data) and msgspec.convert(data, struct)
        table += compare(
            workload,
            {
                "mlsig": lambda record=record, data=data: record.validate(data),
                "pydantic": lambda model=model, data=data: model.model_validate(data),
                "msgspec, tuned": lambda struct=struct, data=data: msgspec.convert(data, struct),
            },
        )
    return table


def _json(ours: Any) -> list[Row]:
    table: list[Row] = []
    for name, record, model, struct, data in (
        ("the flat record from JSON", ours.Flat, FlatModel, FlatStruct, FLAT),
        ("the nested record from JSON", ours.Nested, NestedModel, NestedStruct, NESTED),
    ):
        raw = json.dumps(data).encode()
        decoder = msgspec.json.Decoder(struct)
        table += compare(
            name,
            {
                "mlsig": lambda record=record, raw=raw: record.from_json(raw),
                "pydantic": lambda model=model, raw=raw: model.model_validate_json(raw),
                "msgspec, tuned": lambda decoder=decoder, raw=raw: decoder.decode(raw),
            },
        )
    return table


def _batches(ours: Any) -> list[Row]:
    adapter = pydantic.TypeAdapter(list[FlatModel])
    raw = json.dumps(BATCH).encode()
    decoder = msgspec.json.Decoder(list[FlatStruct])
    table = compare(
        "a batch of 1,000 flat records",
        {
            "mlsig": lambda: ours.Flat.validate_many(BATCH),
            "pydantic": lambda: adapter.validate_python(BATCH),
            "msgspec": lambda: msgspec.convert(BATCH, list[PlainFlatStruct]),
            "msgspec, tuned": lambda: msgspec.convert(BATCH, list[FlatStruct]),
        },
    )
    return table + compare(
        "a batch of 1,000 flat records from JSON",
        {
            "mlsig": lambda: ours.Flat.from_json_many(raw),
            "pydantic": lambda: adapter.validate_json(raw),
            "msgspec, tuned": lambda: decoder.decode(raw),
        },
    )


def _ruled(ours: Any) -> list[Row]:
    """Records with rules that msgspec does not know; the rivals have them written by hand."""
    return _compared(
        [
            (
                "rules inside a record with rules, 21 of them",
                ours.RuledHolder,
                RuledHolderModel,
                RuledHolderStruct,
                HOLDER,
            ),
            ("an array and a rule", ours.RuledVector, RuledVectorModel, RuledVectorStruct, NAMED_VECTOR),
            ("two records in a union, 20 of them", ours.Pets, PetsModel, PetsStruct, PETS),
            ("data under an alias", ours.Aliased, AliasedModel, AliasedStruct, ALIASED),
        ]
    )


def _explained(ours: Any) -> list[Row]:
    """msgspec names the first mistake alone, and is no rival here."""
    table = compare(
        "three mistakes found and raised",
        {"mlsig": lambda: _raised(ours.Flat.validate), "pydantic": lambda: _raised(FlatModel.model_validate)},
    )
    return table + compare(
        "three mistakes explained, with paths and messages",
        {
            "mlsig": lambda: [(issue.path, issue.message) for issue in ours.Flat.check(WRONG)],
            "pydantic": lambda: _pydantic_errors(WRONG),
        },
    )


def _raised(validate: Any) -> object:
    try:
        return validate(WRONG)
    except (pydantic.ValidationError, mlsig.ValidationError) as error:
        return error


def _pydantic_errors(data: object) -> object:
    try:
        return FlatModel.model_validate(data)
    except pydantic.ValidationError as error:
        return error.errors()


if __name__ == "__main__":
    tell(_one_way(sys.argv[1], Path(sys.argv[2])))
