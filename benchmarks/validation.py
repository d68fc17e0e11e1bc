"""Validate a record: mlsig against pydantic models and hand-written, tuned msgspec structs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pydantic

from benchmarks.sources import RECORDS, compile_to
from benchmarks.timing import Row, compare

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


class FlatPatternStruct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    title: Annotated[str, msgspec.Meta(max_length=200)]
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}$")]
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


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    ours = compile_to(folder, "bench_records", RECORDS)
    cases = [
        ("validate a flat record", ours.Flat, FlatModel, FlatStruct, FLAT),
        (
            "validate a flat record with a pattern",
            ours.FlatPattern,
            FlatPatternModel,
            FlatPatternStruct,
            PATTERN,
        ),
        ("validate a nested record with a list of 20", ours.Nested, NestedModel, NestedStruct, NESTED),
    ]
    table: list[Row] = []
    for workload, record, model, struct, data in cases:
        expected = msgspec.to_builtins(msgspec.convert(data, struct))
        assert record.validate(data).to_dict() == expected == model.model_validate(data).model_dump()
        table += compare(
            workload,
            {
                "mlsig": lambda record=record, data=data: record.validate(data),
                "pydantic": lambda model=model, data=data: model.model_validate(data),
                "msgspec, tuned": lambda struct=struct, data=data: msgspec.convert(data, struct),
            },
        )
    raw = json.dumps(NESTED).encode()
    decoder = msgspec.json.Decoder(NestedStruct)
    table += compare(
        "the nested record from JSON",
        {
            "mlsig": lambda: ours.Nested.from_json(raw),
            "pydantic": lambda: NestedModel.model_validate_json(raw),
            "msgspec, tuned": lambda: decoder.decode(raw),
        },
    )
    return table + compare(
        "three mistakes explained, with paths",
        {"mlsig": lambda: ours.Flat.check(WRONG), "pydantic": lambda: _pydantic_errors(WRONG)},
    )


def _pydantic_errors(data: object) -> object:
    try:
        return FlatModel.model_validate(data)
    except pydantic.ValidationError as error:
        return error.errors()
