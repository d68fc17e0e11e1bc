"""The contract of `mlsig infer`: whatever the rows, the schema accepts every one it was inferred from."""

from __future__ import annotations

import csv
import json
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlsig.data import load
from mlsig_compiler.drafting.infer import Inferred, infer
from mlsig_compiler.drafting.proving import proved
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from pyarrow import parquet
from reference.imported import imported

KEYS = st.one_of(
    st.sampled_from(
        ["id", "class", "check", "_x", "a b", "a_b", "é", "self", "kind", "1", "true", "int", "Self"]
    ),
    st.text(max_size=6),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["2026-01-02", "2026-01-02T03:04:05Z", "red", "blue", "0001-01-01", "2026-13-01"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=5)


def text_of(found: Inferred) -> str:
    assert found.draft is not None
    return proved(found.draft)


def schema_of(text: str, name: str) -> Any:
    """Compile a text and return the class; every finding, warnings too, is a failure."""
    made = compile_source(Source(Path("inferred_rows.mlsig"), "inferred_rows", text))
    assert not list(made.diagnostics), (text, list(made.diagnostics))
    assert made.text is not None
    return getattr(imported("inferred_rows", made.text), name)


@pytest.fixture(scope="module", autouse=True)
def clean() -> Iterator[None]:
    yield
    sys.modules.pop("inferred_rows", None)


def written(folder: Path, given: list[Any]) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in given), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


@settings(max_examples=60, deadline=None)
@given(data=ROWS, tight=st.booleans())
@example(data=[{"a b": 1, "a_b": 2, "a_b_": 3}], tight=False)
@example(data=[{"": 1}, {" ": {"": 1}}], tight=False)
@example(data=[{"v": [0.5] * 16}, {"v": [1e300] * 16}], tight=False)
@example(data=[{"v": 10**309}, {"v": 0.5}], tight=True)
@example(data=[{"node": {"node": {"node": {}}}}], tight=False)
@example(data=[{"x": {"1": 1, "2": None}}, {"x": {"1": "a"}}], tight=True)
@example(data=[{"Row": {"Row": {"row": 1}}}], tight=True)
def test_every_row_is_accepted(data: list[Any], tight: bool, folder: Path) -> None:
    found = infer([written(folder, data)], "Row", tight=tight)
    record = schema_of(text_of(found), "Row")
    for row in data:
        record.validate(json.loads(json.dumps(row)))
        record.from_json(json.dumps(row))


CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "01", "1.5", "true", "FALSE", "null", "2026-01-02", "a", " 1", "1e999", "-0", '"q"']
    ),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=5),
)


@settings(max_examples=50, deadline=None)
@given(table=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
def test_every_record_of_a_table_is_accepted(table: list[tuple[str, str]], folder: Path) -> None:
    """The loader of data sets reads the cells of the same file for a signature with the same inputs."""
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("one", "two"), *table])
    text = text_of(infer([str(path)], "Row"))
    body = text.partition("{")[2].partition("}")[0] if "schema Row {" in text else ""
    members = "".join(f"  input {line.strip()}\n" for line in body.splitlines() if line.strip())
    rest = text.partition("}")[2]
    signature = f"signature Read {{\n{members}  output answer: str\n}}\n{rest}"
    if not members:
        return
    loaded = load(str(path), schema_of(signature, "Read"))
    assert len(loaded.examples) + loaded.duplicates == len(table)


def test_what_is_inferred(folder: Path) -> None:
    names = [f"n{i}" for i in range(40)]
    people = [{"name": "A", "born": "1990-01-01"}, {"name": "B", "born": None}]
    data = [
        {
            "id": index,
            "score": index / 2,
            "good": index % 2 == 0,
            "mood": ("happy", "sad")[index % 2],
            "state": ("in stock", "gone")[index % 2],
            "at": "2026-01-01T00:00:00Z",
            "author": people[0],
            "editors": [people[1], {"name": names[index], "born": None}],
            "counts": {str(index): index, "7": 1},
            "vector": [index + 0.5] * 16,
            "p_probability": 0.25,
            "either": index if index % 2 else "text",
            "empty": [],
            "nothing": None,
            **({"rare": ("x y", "z")[index % 4 // 2]} if index % 2 else {}),
            "class": 1,
        }
        for index in range(40)
    ]
    found = infer([written(folder, data)], "Row")
    assert text_of(found) == (
        """schema Row {
  id: int
  score: float
  good: bool
  mood: Mood
  state: "gone" | "in stock"
  at: datetime
  author: Author
  editors: list[Author]
  counts: map[int]
  vector: embedding(16)
  p_probability: probability
  either: int | str
  empty: list[json]
  nothing: json
  @alias("class")
  class_: int
  rare: Rare? = null
}

type Rare = "x y" | "z"

schema Author {
  name: str
  born: date?
}

enum Mood { happy, sad }
"""
    )
    assert found.draft is not None
    said = {note.origin: note.message for note in found.draft.notes}
    assert said["nothing"] == "only null was seen: json"
    assert said["counts"] == "keys that are numbers, dates or ids: a map"
    assert [note.origin for note in found.draft.notes if note.warning] == ["empty", "nothing"]


def test_bounds_are_those_of_the_rows_where_they_are_asked_for(folder: Path) -> None:
    data = [{"n": 3, "x": 0.5, "t": "ab", "l": [1]}, {"n": -1, "x": 2.0, "t": "abcd", "l": []}]
    text = text_of(infer([written(folder, data)], "Row", tight=True))
    assert text == (
        """schema Row {
  n: int(-1..3)
  x: float(0.5..2.0)
  t: str(min_length=2, max_length=4)
  l: list[int(1..1)](min_length=0, max_length=1)
}
"""
    )


def test_few_samples_make_no_options(folder: Path) -> None:
    assert "kind: str" in text_of(infer([written(folder, [{"kind": "a"}, {"kind": "b"}] * 4)], "Row"))


def test_too_much_is_any_json_and_said(folder: Path) -> None:
    deep: Any = 1
    for _ in range(30):
        deep = [deep]
    found = infer([written(folder, [{"deep": deep, "wide": {f"k{i}x": i for i in range(400)}}])], "Row")
    text = text_of(found)
    assert "wide: map[int]" in text
    assert text.count("list[") == 16
    assert found.draft is not None
    assert any("too deep" in note.message for note in found.draft.notes)


def test_memory_is_bounded(folder: Path) -> None:
    """Ten times the rows, all different, take no more memory: nothing of a row is kept but what it is."""
    peaks: list[int] = []
    for count in (2_000, 20_000):
        path = folder / "many.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(
                json.dumps({"id": i, "text": f"text {i} " * 5, "m": {f"k{i}": i}}) + "\n"
                for i in range(count)
            )
        tracemalloc.start()
        infer([str(path)], "Row")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_broken_rows_have_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes(b'{"a": 1}\n\n[]\n{"a": NaN}\n"\xff"\n' + b"[" * 100_000)
    Path("b.csv").write_bytes(b'a,b\n\n1\n1,2\n"x"y,1\n')
    found = infer(["a.jsonl", "b.csv"], "Row")
    assert (found.rows, found.bad, found.draft) == (2, 6, None)
    assert [row.place for row in found.broken] == [
        "a.jsonl:3", "a.jsonl:4", "a.jsonl:5", "a.jsonl:6", "b.csv:3", "b.csv:5"
    ]  # fmt: skip


def test_columns_of_parquet_have_their_types(tmp_path: Path) -> None:
    instant = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    rows = [
        {"text": f"t{at}", "price": Decimal("1.5"), "on": instant.date(), "at": instant, "n": at or None}
        for at in range(3)
    ]
    path = str(tmp_path / "rows.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    text = text_of(infer([path], "Row"))
    for said in ("text: str", "price: float", "on: date", "at: datetime", "n: int?"):
        assert said in text
    read = load(path, schema_of(text, "Row")).examples
    assert [(row.on, row.at, row.n) for row in read] == [
        (instant.date(), instant, at or None) for at in range(3)
    ]
