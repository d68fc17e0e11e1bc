"""Make arrays and token lists of lists and of JSON text: mlsig against pydantic and msgspec with NumPy.

Rivals hold arrays too: what they have checked, they make one of. Each way to run mlsig is a process of its
own, in which it is timed beside its rivals: alone, with the extra `mlsig[fast]`, and with the kernel.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import pydantic

from benchmarks.kernels import built, elsewhere, tell
from benchmarks.sources import RECORDS, compile_to
from benchmarks.timing import Row, compare

LARGEST = sys.float_info.max
Finite = Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
FiniteNumber = Annotated[float, pydantic.Field(allow_inf_nan=False)]


class Tuned(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What a careful user of msgspec writes."""


class VectorStruct(Tuned, frozen=True, kw_only=True, gc=False):
    vector: Annotated[list[Finite], msgspec.Meta(min_length=1536, max_length=1536)]


class IdsStruct(Tuned, frozen=True, kw_only=True, gc=False):
    ids: list[Annotated[int, msgspec.Meta(ge=0)]]


class GridStruct(Tuned, frozen=True, kw_only=True, gc=False):
    grid: Annotated[
        list[Annotated[list[Finite], msgspec.Meta(min_length=64, max_length=64)]],
        msgspec.Meta(min_length=64, max_length=64),
    ]


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class VectorModel(Strict):
    vector: Annotated[list[FiniteNumber], pydantic.Field(min_length=1536, max_length=1536)]


class IdsModel(Strict):
    ids: list[Annotated[int, pydantic.Field(ge=0)]]


class GridModel(Strict):
    grid: Annotated[
        list[Annotated[list[FiniteNumber], pydantic.Field(min_length=64, max_length=64)]],
        pydantic.Field(min_length=64, max_length=64),
    ]


VECTOR = {"vector": [(n * 37 % 1000) / 999 - 0.5 for n in range(1536)]}
IDS = {"ids": [n * 7919 % 50_257 for n in range(4096)]}
GRID = {"grid": [[(n * m % 97) / 97 for n in range(64)] for m in range(64)]}


def run(folder: Path) -> list[Row]:
    """Return the rows of all ways; `folder` is for what is generated and built."""
    kernel = built(folder)
    table = elsewhere(__name__, "alone", folder) + elsewhere(__name__, "fast", folder)
    return table if kernel is None else table + elsewhere(__name__, "kernel", folder, kernel)


def _lists(ours: Any, suffix: str) -> list[Row]:
    """Lists in memory."""
    table = compare(
        f"4,096 token ids{suffix}",
        {
            "mlsig": lambda: ours.Ids.validate(IDS),
            "pydantic": lambda: IdsModel.model_validate(IDS),
            "msgspec, tuned": lambda: msgspec.convert(IDS, IdsStruct),
        },
    )
    for workload, record, model, struct, data, name in _cases(ours):
        expected = np.array(data[name], np.float32)
        assert np.array_equal(getattr(record.validate(data), name), expected)
        table += _compare(
            f"{workload} to an array{suffix}",
            lambda record=record, data=data: record.validate(data),
            lambda model=model, data=data: model.model_validate(data),
            lambda struct=struct, data=data: msgspec.convert(data, struct),
            name,
        )
    return table


def _texts(ours: Any, suffix: str) -> list[Row]:
    """The same from JSON text."""
    table: list[Row] = []
    for workload, record, model, struct, data, name in _cases(ours):
        raw = json.dumps(data).encode()
        decoder = msgspec.json.Decoder(struct)
        table += _compare(
            f"{workload} from JSON to an array{suffix}",
            lambda record=record, raw=raw: record.from_json(raw),
            lambda model=model, raw=raw: model.model_validate_json(raw),
            lambda decoder=decoder, raw=raw: decoder.decode(raw),
            name,
        )
    return table


def _cases(ours: Any) -> list[tuple[str, Any, Any, Any, dict[str, Any], str]]:
    return [
        ("an embedding of 1,536", ours.Vector, VectorModel, VectorStruct, VECTOR, "vector"),
        ("a tensor of 64×64", ours.Grid, GridModel, GridStruct, GRID, "grid"),
    ]


def _compare(
    workload: str, ours: Callable[[], Any], model: Callable[[], Any], struct: Callable[[], Any], name: str
) -> list[Row]:
    return compare(
        workload,
        {
            "mlsig": ours,
            "pydantic and NumPy": lambda: np.array(getattr(model(), name), np.float32),
            "msgspec, tuned, and NumPy": lambda: np.array(getattr(struct(), name), np.float32),
        },
        rounds=25,
    )


def _one_way(way: str, folder: Path) -> list[Row]:
    """Return the rows of one way, in which nothing else is installed."""
    if way != "fast":
        sys.modules["simdjson"] = None  # type: ignore[assignment]  # an import of it fails now
    from mlsig.types.kernel import kernel  # noqa: PLC0415  (after what it may find is settled)

    assert (kernel() is not None) == (way == "kernel")
    ours = compile_to(folder, "bench_arrays", RECORDS)
    if way == "alone":
        return _lists(ours, "") + _texts(ours, "")
    if way == "fast":
        return _texts(ours, ", with mlsig[fast]")
    return _lists(ours, ", with the kernel") + _texts(ours, ", with the kernel")


if __name__ == "__main__":
    tell(_one_way(sys.argv[1], Path(sys.argv[2])))
