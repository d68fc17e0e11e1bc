"""Rows of every kind of source, one at a time, and data sets that stream them."""

from __future__ import annotations

import datetime
import decimal
import io
import json
import sys
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import mlsig.data.lines
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.data import DataError, Dataset, DataUnreadable, load, shuffled, split
from mlsig.data.arrays import CHUNK
from mlsig.data.errors import BrokenRow
from mlsig.data.rows import origin, read_rows
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

TEXT = """
schema Review {
  text: str
  stars: int(1..5)? = null
  tags: list[str] = []
}

schema Typed {
  text: str
  stars: int?
  tags: list[str] = ["none"]
  at: datetime?
  on: date? = null
  share: float?
}

schema Either {
  id: int | date | bool
}

@open
schema Anything {
  @alias("key")
  id: int
}

signature Rate {
  input text: str
  output stars: int
}
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("rows")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def kinds() -> Iterator[Any]:
    compiled = compile_source(Source(Path("kinds_of_rows.mlsig"), "kinds_of_rows", TEXT))
    assert compiled.text is not None, compiled
    module = ModuleType("kinds_of_rows")
    sys.modules["kinds_of_rows"] = module
    exec(compile(compiled.text, "kinds_of_rows.py", "exec"), module.__dict__)
    yield module
    del sys.modules["kinds_of_rows"]


def read(source: Any) -> list[Any]:
    return [str(row) if isinstance(row, BrokenRow) else dict(row.values) for row in read_rows(source)]


class TestArrays:
    @settings(max_examples=15, deadline=None)
    @given(
        data=st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9)), max_size=5),
        pad=st.sampled_from([0, CHUNK - 20, CHUNK, 3 * CHUNK]),
    )
    def test_one_is_read_piece_by_piece(self, data: list[Any], pad: int, here: Path) -> None:
        texts = [json.dumps(row, ensure_ascii=False) for row in data]
        Path("a.json").write_text(f"[{' ' * pad}{' , '.join(texts)} ]\n", encoding="utf-8", errors="replace")
        assert read("a.json") == [json.loads(text.encode(errors="replace")) for text in texts]

    def test_a_row_longer_than_a_piece(self, here: Path) -> None:
        Path("a.json").write_text(json.dumps([{"a": "é" * CHUNK}, {"n": 12}]), encoding="utf-8")
        assert [list(row) for row in read("a.json")] == [["a"], ["n"]]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (
                "[{}, 3]",
                [{}, "a.json row 2: a row must be an object with named values, not a number"],
            ),
            ("[]", []),
            ('\ufeff{"a": 1}', [{"a": 1}]),
            (
                "[null, true, [], 1.5]",
                [
                    f"a.json row {number}: a row must be an object with named values, not {what}"
                    for number, what in enumerate(("null", "true or false", "an array", "a number"), 1)
                ],
            ),
        ],
    )
    def test_rows(self, here: Path, content: str, said: list[Any]) -> None:
        Path("a.json").write_text(content, encoding="utf-8")
        assert read("a.json") == said


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"[{} {}]", "after row 1 a comma or ] is missing"),
        ("a.json", b"[{},", "is not JSON"),
        ("a.json", b"[{}", "after row 1 a comma or ] is missing"),
        ("a.json", b"[NaN]", "NaN is not JSON"),
        ("a.json", b"{} {}", "goes on after the first value"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json", b'["\xff"]', "is not UTF-8"),
        ("a.csv", b"a,a\n", "two columns are called `a`"),
        ("a.csv", b"\xff\n", "a.csv:1: is not UTF-8"),
        ("a.csv", b"a\r\xff\r", "a.csv:1: is not UTF-8"),
        ("a.csv", b'"a\n', "is not CSV"),
        ("a.jsonl", b"\xff\xfea", "is UTF-16"),
        ("a.parquet", b"PAR1 it is not", "is not Parquet"),
        ("a.parquet", b"", "is not Parquet"),
        ("a.txt", b"", "data is a .jsonl, .ndjson, .json, .csv or .parquet file"),
    ],
)
def test_what_cannot_be_read_at_all(here: Path, name: str, content: bytes, message: str) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(DataUnreadable) as caught:
        read(name)
    assert message in str(caught.value)
    assert not caught.value.storage


@pytest.mark.parametrize("name", ["no.json", "no.csv", "no.jsonl", "no.parquet", "folder.parquet"])
def test_files_that_are_not_there(here: Path, name: str) -> None:
    Path("folder.parquet").mkdir(exist_ok=True)
    with pytest.raises(DataUnreadable, match=r"there is no such file|Is a directory") as caught:
        read(name)
    assert caught.value.storage


class TestLines:
    def test_of_any_kind_of_break(self, here: Path) -> None:
        Path("a.csv").write_bytes(b'a,b\r1,"x\ry"\r\n2,z\n3,\r')
        assert read("a.csv") == [{"a": "1", "b": "x\ry"}, {"a": "2", "b": "z"}, {"a": "3", "b": ""}]
        assert [row.place for row in read_rows("a.csv")] == ["a.csv:2", "a.csv:4", "a.csv:5"]

    def test_too_long_ones_are_passed_over(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        stream = io.BytesIO(b"abc\n" + b"x" * 30 + b"\nabcde\n" + b"y" * 11)
        assert list(mlsig.data.lines.lines(stream, 10)) == [b"abc\n", None, b"abcde\n", None]
        monkeypatch.setattr(mlsig.data.lines, "lines", lambda stream: iter([b'{"a": 1}\n', None, b"{}"]))
        Path("a.jsonl").write_bytes(b"")
        assert read("a.jsonl") == [{"a": 1}, "a.jsonl:2: is longer than 64 MiB", {}]
        monkeypatch.setattr("mlsig.data.tables.lines", lambda stream: iter([b"a\n", b"1\n", None]))
        Path("a.csv").touch()
        with pytest.raises(DataUnreadable, match=r"a\.csv:3: is longer than 64 MiB"):
            read("a.csv")

    def test_cells_longer_than_the_csv_module_would_have(self, here: Path) -> None:
        Path("a.csv").write_text(f"a\n{'x' * 200_000}\n", encoding="utf-8")
        [row] = read("a.csv")
        assert len(row["a"]) == 200_000

    def test_of_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}\n7\n')))
        wrong = "standard input:2: a row must be an object with named values, not a number"
        assert read("-") == [{"a": 1}, wrong]


def test_memory_does_not_grow_with_the_file(here: Path, kinds: Any) -> None:
    def write(count: int) -> None:
        rows = [{"text": f"text {at} " * 5, "stars": 1 + at % 5} for at in range(count)]
        Path("m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        Path("m.json").write_text(json.dumps(rows), encoding="utf-8")
        lines = "".join(f"{row['text']},{row['stars']}\n" for row in rows)
        Path("m.csv").write_text(f"text,stars\n{lines}", encoding="utf-8")
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), "m.parquet")

    peaks: dict[tuple[str, int], int] = {}
    for count in (2_200, 6_600):
        write(count)
        for kind in ("jsonl", "json", "csv", "parquet"):
            data = Dataset(f"m.{kind}", kinds.Review)
            tracemalloc.start()
            assert sum(len(batch) for batch in data.batches(100)) == count
            peaks[kind, count] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    for kind in ("jsonl", "json", "csv", "parquet"):
        assert peaks[kind, 6_600] < peaks[kind, 2_200] * 1.5 + 100_000, kind


class TestParquet:
    def test_columns_have_types_and_nulls_are_nothing(self, here: Path, kinds: Any) -> None:
        instant = datetime.datetime(2026, 11, 23, 12, 30, tzinfo=datetime.UTC)
        table = pyarrow.table(
            {
                "text": pyarrow.array(["a", ""]).dictionary_encode(),
                "stars": pyarrow.array([5, None], pyarrow.int8()),
                "tags": [["x", "y"], None],
                "at": pyarrow.array([instant, None], pyarrow.timestamp("ns", "UTC")),
                "on": pyarrow.array([instant.date(), None], pyarrow.date32()),
                "share": pyarrow.array([0.5, None], pyarrow.float32()),
            }
        )
        pyarrow.parquet.write_table(table, "a.parquet")
        one, other = load("a.parquet", kinds.Typed).examples
        assert (one.text, one.stars, list(one.tags), one.at, one.on, one.share) == (
            "a", 5, ["x", "y"], instant, instant.date(), 0.5
        )  # fmt: skip
        assert other == kinds.Typed.validate(
            {"text": "", "stars": None, "tags": ["none"], "at": None, "on": None, "share": None}
        )
        Path("a.csv").write_text("text,stars,at,share\n,,,\n", "utf-8")
        assert load("a.csv", kinds.Typed).examples == (other,)

    def test_values_are_what_json_has_for_them(self, here: Path) -> None:
        whole, part = decimal.Decimal("7.00"), decimal.Decimal("1.25")
        by = pyarrow.map_(pyarrow.string(), pyarrow.decimal128(9, 2))
        table = pyarrow.table(
            {
                "number": [whole, part],
                "raw": pyarrow.array([b"\xc3\xa9", b"\xff"], pyarrow.binary()),
                "many": [[part], None],
                "inside": [{"time": datetime.time(12, 30), "took": datetime.timedelta(seconds=90)}, None],
                "by": pyarrow.array([[("a", part)], []], by),
            }
        )
        pyarrow.parquet.write_table(table, "odd.parquet")
        assert read("odd.parquet") == [
            {
                "number": 7,
                "raw": "é",
                "many": [1.25],
                "inside": {"time": "12:30:00", "took": 90.0},
                "by": {"a": 1.25},
            },
            {"number": 1.25, "raw": b"\xff", "many": None, "inside": None, "by": {}},
        ]

    def test_rows_have_numbers_and_columns_are_checked_once(self, here: Path, kinds: Any) -> None:
        rows = [{"text": "a", "stars": 1}, {"text": "b", "stars": 9}, {"text": None, "stars": 2}]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), "a.parquet")
        with pytest.raises(DataError) as caught:
            load("a.parquet", kinds.Review)
        assert [row.place for row in caught.value.broken] == ["a.parquet row 2", "a.parquet row 3"]
        pyarrow.parquet.write_table(
            pyarrow.table({"txt": ["a"], "price": [decimal.Decimal("1")]}), "a.parquet"
        )
        with pytest.raises(DataUnreadable) as told:
            load("a.parquet", kinds.Review)
        assert "column `txt` is no field of Review: did you mean `text`?" in str(told.value)
        assert "column `price` is no field of Review: known are `text`, `stars`" in str(told.value)
        assert "there is no column for the field `text`" in str(told.value)

    def test_without_the_extra_one_is_told_which(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(DataUnreadable, match=r'pip install "mlsig\[parquet\]"'):
            read("a.parquet")


class TestPython:
    def test_functions_are_called_anew_and_memory_is_read_again(self, kinds: Any) -> None:
        def rows() -> Iterator[Mapping[str, Any]]:
            yield {"text": "a"}
            yield {"text": "b"}

        data = Dataset(rows, kinds.Review)
        assert [review.text for review in data] == [review.text for review in data] == ["a", "b"]
        assert repr(data).endswith(".<locals>.rows>")
        assert data.origin.name.endswith(
            "test_functions_are_called_anew_and_memory_is_read_again.<locals>.rows"
        )
        assert load([{"text": "c"}], kinds.Rate).examples[0].inputs.text == "c"
        with pytest.raises(DataError, match="memory row 2: text: must be a string"):
            load([{"text": "c"}, {"text": 1}], kinds.Review)

    def test_what_can_be_read_only_once_is_refused(self, kinds: Any) -> None:
        with pytest.raises(TypeError, match="a generator can be read only once"):
            origin(iter_rows())  # type: ignore[arg-type]
        for schema in (dict, 7):
            with pytest.raises(TypeError, match="a generated signature or record class, not"):
                Dataset([], schema)  # type: ignore[call-overload]


def iter_rows() -> Iterator[Mapping[str, Any]]:
    yield {}


class TestStreams:
    def test_broken_rows_end_it_or_are_passed_over(self, here: Path, kinds: Any) -> None:
        Path("a.jsonl").write_text('{"text": "x"}\n\n{"txt": "y"}\n{"text": "z"}\n', "utf-8")
        reading = iter(Dataset("a.jsonl", kinds.Review))
        assert next(reading).text == "x"
        with pytest.raises(DataError, match=r"a row cannot be used\n  a\.jsonl:3: "):
            next(reading)
        reading = iter(Dataset("a.jsonl", kinds.Review, skip_broken=True))
        assert [review.text for review in reading] == ["x", "z"]
        assert (reading.skipped, reading.place, reading.broken[0].place) == (1, "a.jsonl:4", "a.jsonl:3")

    def test_rows_are_prepared(self, here: Path, kinds: Any) -> None:
        Path("a.csv").write_text("Text,lang,stars\nA,en,3\nB,de,4\nC,en,\nD,,5\n", "utf-8")

        def prepare(row: Mapping[str, Any]) -> dict[str, Any] | None:
            if row["lang"] != "en":
                return None if row["lang"] else {}[0]
            return {"text": row["Text"].lower(), "stars": row["stars"]}

        data = Dataset("a.csv", kinds.Review, prepare=prepare, skip_broken=True)
        reading = iter(data)
        assert [(review.text, review.stars) for review in reading] == [("a", 3), ("c", None)]
        assert str(reading.broken[0]) == "a.csv:5: could not be prepared: KeyError: 0"
        with pytest.raises(DataError, match="a row must be an object with named values, not a number"):
            load([{}], kinds.Review, prepare=lambda row: 7)  # type: ignore[arg-type,return-value]
        wrong = load([{"text": 7}, {"text": "x"}, 9], kinds.Review, skip_broken=True, prepare=dict)  # type: ignore[list-item]
        assert [row.place for row in wrong.broken] == ["memory row 1", "memory row 3"]

    def test_a_cell_is_the_first_of_a_union_that_it_fits(self, here: Path, kinds: Any) -> None:
        Path("a.csv").write_text("id\n7\n2026-11-23\nTRUE\n", "utf-8")
        ids = [one.id for one in load("a.csv", kinds.Either).examples]
        assert ids == [7, datetime.date(2026, 11, 23), True]
        Path("a.csv").write_text("id\nseven\n", "utf-8")
        with pytest.raises(DataError, match=r"a\.csv:2: id"):
            load("a.csv", kinds.Either)

    def test_open_records_and_aliases(self, here: Path, kinds: Any) -> None:
        Path("a.csv").write_text("key,more\n1,x\n", "utf-8")
        assert load("a.csv", kinds.Anything).examples[0].id == 1

    def test_parts_are_those_of_the_whole(self, kinds: Any) -> None:
        data = Dataset([{"text": str(at)} for at in range(200)], kinds.Review)
        learn, measure = data.split(0.3, seed=5)
        expected = split(data.load().examples, 0.3, seed=5)
        assert (tuple(learn), tuple(measure)) == expected
        assert 30 < len(expected[1]) < 90
        assert learn.split(0.5)[0].load().examples == split(expected[0], 0.5)[0]
        with pytest.raises(ValueError, match="a share between 0 and 1"):
            data.split(2.0)
        with pytest.raises(ValueError, match="batches of 0"):
            data.batches(0)

    def test_the_order_is_the_seeds(self, kinds: Any) -> None:
        data = Dataset([{"text": str(at)} for at in range(300)], kinds.Review)
        plain = list(data)
        whole, narrow = list(data.shuffled(seed=1)), list(data.shuffled(seed=1, window=20))
        assert list(data.shuffled(seed=1)) == whole != list(data.shuffled(seed=2))
        assert sorted(whole, key=plain.index) == sorted(narrow, key=plain.index) == plain
        assert len({whole.index(review) - at for at, review in enumerate(plain)}) > 100
        assert all(plain.index(review) - at < 20 for at, review in enumerate(narrow))
        with pytest.raises(ValueError, match="a window of 0"):
            shuffled(plain, window=0)
