"""Rows of files and functions as examples, and every way in which they can be wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.data import Data, DataError, DataUnreadable, load, split
from mlsig.errors import ProviderUnreachable
from mlsig.signatures import Example
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

RATE = '''
enum Mood { good, bad }

signature Rate {
  """Rate a text."""
  input text: str
  input tags: list[str] = []
  output mood: Mood
  output score: float(0..10)?
  output sure: bool = false
  output kind: "short" | "1"
  output on: date?
}
'''


@pytest.fixture(scope="module")
def rate() -> Iterator[Any]:
    compiled = compile_source(Source(Path("rate.mlsig"), "rate", RATE))
    assert compiled.text is not None
    module = ModuleType("rate")
    sys.modules["rate"] = module
    exec(compile(compiled.text, "rate.py", "exec"), module.__dict__)
    yield module.Rate
    del sys.modules["rate"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one and can be imported from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture
def module(here: Path) -> Iterator[Callable[[str], None]]:
    """Write a module of data functions called `rows_to_read`."""

    def write(text: str) -> None:
        (here / "rows_to_read.py").write_text(text, encoding="utf-8")

    yield write
    sys.modules.pop("rows_to_read", None)


def texts(data: Data) -> list[str]:
    return [example.inputs.text for example in data.examples]


class TestJsonLines:
    def test_rows_become_examples(self, here: Path, rate: Any) -> None:
        rows = ['{"text": "x", "mood": "good"}', "", '{"text": "y", "tags": ["t"]}']
        (here / "a.jsonl").write_text("\n".join(rows), "utf-8")
        data = load("a.jsonl", rate)
        assert data.examples == (
            Example(inputs=rate.Input(text="x"), expected=rate.Expected(mood="good")),
            Example(inputs=rate.Input(text="y", tags=["t"]), expected=rate.Expected()),
        )
        assert data.notes() == []

    @pytest.mark.parametrize("name", ["a.jsonl", "A.JSONL", "a.ndjson"])
    def test_byte_order_mark_and_windows_line_breaks(self, here: Path, rate: Any, name: str) -> None:
        (here / name).write_bytes(b'\xef\xbb\xbf{"text": "\xc3\xa9"}\r\n{"text": "y"}\r\n')
        assert texts(load(name, rate)) == ["é", "y"]

    def test_every_broken_row_is_named_with_all_its_reasons(self, here: Path, rate: Any) -> None:
        rows = [
            b'{"text": "fine"}',
            b'{"text": 1, "mood": "awful"}',
            b'{"text": "x"',
            b'{"txt": "x"}',
            b"null",
            b'{"text": "\xe9"}',
            b'{"text": ' + b"[" * 100_000,
            b'{"text": NaN}',
        ]
        (here / "a.jsonl").write_bytes(b"\n".join(rows))
        with pytest.raises(DataError) as error:
            load("a.jsonl", rate)
        lines = str(error.value).splitlines()
        assert lines[0] == "a.jsonl: 7 of 8 rows cannot be used"
        assert [line.split(": ")[0].strip() for line in lines[1:]] == [f"a.jsonl:{n}" for n in range(2, 9)]
        assert "text: must be a string" in lines[1]
        assert "; mood: must be" in lines[1]
        assert "is not JSON" in lines[2]
        assert "did you mean `text`?" in lines[3]
        assert lines[4].endswith("a row must be an object with named values, not null")
        assert lines[5].endswith("is not UTF-8")
        assert error.value.total == 7
        assert error.value.source == "a.jsonl"
        assert not isinstance(error.value, DataUnreadable)

    def test_what_is_shown_is_bounded(self, here: Path, rate: Any) -> None:
        wrong = '{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}\n'
        (here / "a.jsonl").write_text(wrong * 1000, "utf-8")
        with pytest.raises(DataError) as error:
            load("a.jsonl", rate)
        lines = str(error.value).splitlines()
        assert len(lines) == 12
        assert lines[1].endswith("; and 3 more")
        assert lines[-1] == "  … and 990 more"
        assert len(error.value.broken) == 100
        assert error.value.total == 1000

    def test_broken_rows_can_be_skipped(self, here: Path, rate: Any) -> None:
        (here / "a.jsonl").write_text('{"text": "x"}\nnonsense\n{"text": "y"}\n', "utf-8")
        data = load("a.jsonl", rate, skip_broken=True)
        assert texts(data) == ["x", "y"]
        assert data.skipped == 1
        [note] = data.notes()
        assert note.startswith("a.jsonl: skipped 1 broken row, the first: a.jsonl:2: is not JSON")

    def test_only_broken_rows_cannot_be_skipped(self, here: Path, rate: Any) -> None:
        (here / "a.jsonl").write_text("nonsense\n", "utf-8")
        with pytest.raises(DataError, match=r"1 of 1 row cannot be used"):
            load("a.jsonl", rate, skip_broken=True)

    def test_duplicates_are_dropped_with_a_note(self, here: Path, rate: Any) -> None:
        rows = [
            '{"text": "x", "tags": []}',
            '{"tags": [], "text": "x"}',
            '{"text": "x", "mood": "bad"}',
            '{"text": "x"}',
        ]
        (here / "a.jsonl").write_text("\n".join(rows), "utf-8")
        data = load("a.jsonl", rate)
        assert [str(example.expected.to_dict()) for example in data.examples] == ["{}", "{'mood': 'bad'}"]
        assert data.notes() == ["a.jsonl: dropped 2 duplicate rows"]

    @pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
    def test_empty(self, here: Path, rate: Any, content: bytes) -> None:
        (here / "a.jsonl").write_bytes(content)
        with pytest.raises(DataError, match=r"^a\.jsonl: has no rows$"):
            load("a.jsonl", rate)

    @given(rows=st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=3)), min_size=1, max_size=8))
    def test_what_is_written_is_read(
        self, rate: Any, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[str]]]
    ) -> None:
        path = tmp_path_factory.mktemp("rows") / "a.jsonl"
        lines = [msgspec.json.encode({"text": text, "tags": tags}) for text, tags in rows]
        path.write_bytes(b"\n".join(lines))
        data = load(str(path), rate)
        read = [(example.inputs.text, tuple(example.inputs.tags)) for example in data.examples]
        assert read == list(dict.fromkeys((text, tuple(tags)) for text, tags in rows))
        assert data.duplicates == len(rows) - len(read)


class TestCsv:
    def test_cells_are_what_the_signature_says(self, here: Path, rate: Any) -> None:
        (here / "a.csv").write_text(
            "text,tags,mood,score,sure,kind,on\n"
            '"a, ""quoted""\nline","[""t"", ""u""]",good,7.5,TRUE,1,2026-11-23\n'
            "12,,bad,3,false,short,\n"
            "\n"
            ",,,,,,\n",
            "utf-8",
        )
        data = load("a.csv", rate)
        assert [example.to_dict() for example in data.examples] == [
            {
                "inputs": {"text": 'a, "quoted"\nline', "tags": ["t", "u"]},
                "expected": {"mood": "good", "score": 7.5, "sure": True, "kind": "1", "on": "2026-11-23"},
            },
            {
                "inputs": {"text": "12", "tags": []},
                "expected": {"mood": "bad", "score": 3.0, "sure": False, "kind": "short"},
            },
            {"inputs": {"text": "", "tags": []}, "expected": {}},
        ]

    def test_broken_records_are_named_by_the_line_they_begin_on(self, here: Path, rate: Any) -> None:
        (here / "a.csv").write_bytes(
            b'\xef\xbb\xbftext,mood\r\n"two\r\nlines",good\r\nx\r\nx,y,z\r\nx,great\r\n"x"y,good\r\nx,good\r\n"open\r\n'
        )
        with pytest.raises(DataError) as error:
            load("a.csv", rate)
        assert [row.place for row in error.value.broken] == [f"a.csv:{n}" for n in (4, 5, 6, 7, 9)]
        said = [str(row) for row in error.value.broken]
        assert said[0].endswith("has 1 cells where the header has 2")
        assert said[1].endswith("has 3 cells where the header has 2")
        assert "mood: must be" in said[2]
        assert "is not CSV" in said[3]
        assert "is not CSV" in said[4]

    def test_a_cell_that_is_not_of_its_type_is_explained(self, here: Path, rate: Any) -> None:
        (here / "a.csv").write_text("text,score,sure,tags\nx,many,perhaps,t\n", "utf-8")
        with pytest.raises(DataError) as error:
            load("a.csv", rate)
        [row] = error.value.broken
        assert {issue.path for issue in row.issues} == {"score", "sure", "tags"}

    @pytest.mark.parametrize(
        ("header", "said"),
        [
            ("text,moood", "a.csv:1: column `moood` is neither an input nor an output: did you mean `mood`?"),
            ("text,zzz", "column `zzz` is neither an input nor an output: known are `mood`, `score`, `sure`"),
            ("mood", "there is no column for the input `text`"),
            ("txt", "did you mean `text`?; there is no column for the input `text`"),
            ("text,text", "a.csv:1: two columns are called `text`"),
            ('"text', "a.csv:1: is not CSV"),
        ],
    )
    def test_wrong_headers_are_said_once(self, here: Path, rate: Any, header: str, said: str) -> None:
        row = ",".join("x" for _ in header.split(","))
        (here / "a.csv").write_text(f"{header}\n{row}\n{row}\n", "utf-8")
        with pytest.raises(DataUnreadable) as error:
            load("a.csv", rate)
        assert said in str(error.value)
        assert len(str(error.value).splitlines()) == 1

    def test_another_encoding_is_named_with_its_line(self, here: Path, rate: Any) -> None:
        (here / "a.csv").write_bytes(b"text\nfine\ncaf\xe9\n")
        with pytest.raises(DataUnreadable, match=r"^a\.csv:3: is not UTF-8; save it as UTF-8$"):
            load("a.csv", rate)

    @pytest.mark.parametrize("content", ["", "text\n", "text,mood\n\n"])
    def test_empty(self, here: Path, rate: Any, content: str) -> None:
        (here / "a.csv").write_text(content, "utf-8")
        with pytest.raises(DataError, match="has no rows"):
            load("a.csv", rate)


class TestFunctions:
    def test_rows_of_a_function(self, module: Callable[[str], None], rate: Any) -> None:
        module("def train():\n    yield {'text': 'x', 'mood': 'good'}\n    yield {'text': 'y'}\n")
        assert texts(load("rows_to_read:train", rate)) == ["x", "y"]

    def test_broken_rows_are_counted(self, module: Callable[[str], None], rate: Any) -> None:
        module("def train():\n    return [{'text': 'x'}, {'text': None}, 7]\n")
        with pytest.raises(DataError) as error:
            load("rows_to_read:train", rate)
        assert [row.place for row in error.value.broken] == [f"rows_to_read:train row {n}" for n in (2, 3)]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("train = 7", "has no function `train`"),
            ("def other(): return []", "has no function `train`"),
            ("def train(): return 1 / 0", "failed: ZeroDivisionError: division by zero"),
            ("def train():\n    yield {'text': 'x'}\n    1 / 0", "failed: ZeroDivisionError"),
            ("def train(): return None", "failed: TypeError"),
            (
                "import no_such_module",
                "cannot be imported: ModuleNotFoundError: No module named",
            ),
            ("def train(:", "cannot be imported: SyntaxError"),
        ],
    )
    def test_what_can_go_wrong(self, module: Callable[[str], None], rate: Any, body: str, said: str) -> None:
        module(body)
        with pytest.raises(DataUnreadable) as error:
            load("rows_to_read:train", rate)
        assert str(error.value).startswith("rows_to_read:train: ")
        assert said in str(error.value)

    def test_our_own_errors_pass(self, module: Callable[[str], None], rate: Any) -> None:
        module(
            "from mlsig.errors import ProviderUnreachable\ndef train(): raise ProviderUnreachable('p', 'm')\n"
        )
        with pytest.raises(ProviderUnreachable):
            load("rows_to_read:train", rate)


@pytest.mark.parametrize(
    "source", ["a.txt", "a", "a:", ":b", "a b:c", "../a:b", "a:b:c", "https://x.example/a", "1a:b"]
)
def test_unknown_kinds_of_data(here: Path, rate: Any, source: str) -> None:
    with pytest.raises(
        DataUnreadable, match=r"a \.jsonl, .* or \.parquet file, or a function written `module:name`"
    ):
        load(source, rate)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_files_that_cannot_be_read(here: Path, rate: Any, name: str) -> None:
    with pytest.raises(DataUnreadable, match="there is no such file"):
        load(name, rate)
    (here / name).write_bytes("text\nx".encode("utf-16"))
    with pytest.raises(DataUnreadable, match="is UTF-16; save it as UTF-8"):
        load(name, rate)
    (here / name).unlink()
    (here / name).mkdir()
    with pytest.raises(DataUnreadable, match="cannot be read: Is a directory"):
        load(name, rate)


class TestSplit:
    @pytest.fixture(scope="class")
    @staticmethod
    def examples(rate: Any) -> list[Example[Any, Any]]:
        return [Example(inputs=rate.Input(text=str(n)), expected=rate.Expected()) for n in range(400)]

    def test_parts_make_up_the_whole(self, examples: list[Example[Any, Any]]) -> None:
        learn, measure = split(examples, 0.25, seed=3)
        assert sorted([*learn, *measure], key=examples.index) == examples
        assert 60 <= len(measure) <= 140

    def test_order_and_later_rows_move_nothing(self, examples: list[Example[Any, Any]]) -> None:
        _, measure = split(examples, 0.25)
        _, of_some = split(examples[::-2], 0.25)
        assert set(map(id, of_some)) == {id(example) for example in measure} & set(map(id, examples[::-2]))

    def test_another_seed_divides_otherwise(self, examples: list[Example[Any, Any]]) -> None:
        assert split(examples, 0.5, seed=1) != split(examples, 0.5, seed=2)
        assert split(examples, 0.5, seed=1) == split(examples, 0.5, seed=1)

    def test_all_or_none(self, examples: list[Example[Any, Any]]) -> None:
        assert split(examples, 0.0) == (tuple(examples), ())
        assert split(examples, 1.0) == ((), tuple(examples))

    @pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
    def test_a_share_is_between_0_and_1(self, examples: list[Example[Any, Any]], share: float) -> None:
        with pytest.raises(ValueError, match="a share between 0 and 1"):
            split(examples, share)
