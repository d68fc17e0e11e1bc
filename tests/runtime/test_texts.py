"""Records with arrays from JSON text: simdjson and msgspec read the same."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
import simdjson
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig import ValidationError
from mlsig.types import texts
from mlsig.types.standins import hold
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import imported

TEXT = """
schema Pair {
  id: str
  vector: embedding(3)
  grid: tensor(2, _)
  more: json = null
  small: tensor(2, dtype=int8) = [1, 2]
}
schema Plain { ids: token_list }
"""
LONG = "x" * 600  # what is shorter than that is not worth the trouble
ROWS = [
    '"vector": [0.5, 1, -2e3], "grid": [[1, 2.5], [3, 4]]',
    '"grid": [[0.1], [1e-7]], "vector": [-0, -0.0, 123456789012345678]',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3, 4]], "more": {"a": "b", "c": 1.5}',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3, 4]], "more": [1, [2]], "small": [3, 4]',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3, 4]], "more": "[ in a text"',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3, 4]], "more": 18446744073709551616',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3, 4]], "more": "\\ud800"',
    '"vector": [9, 9, 9], "grid": [[1], [2]], "vector": [1.0, 2.0, 3.0]',
    '"vector": [1.0, 2.0, 18446744073709551616], "grid": [[1, 2], [3, 4]]',
    '"vector": [[1.0], [2.0], [3.0]], "grid": [[1, 2], [3, 4]]',
    '"vector": [1.0, 2.0, 3.0], "grid": [1, 2]',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3]]',
    '"vector": [1.0, 2.0, 3.0], "grid": [[[1, 2]], [[3, 4]]]',
    '"vector": [1.0, 2.0, 3.0], "grid": [[], []]',
    '"vector": [1.0, true, 3.0], "grid": [[1, 2], [3, 4]]',
    '"vector": [1.0, null, 3.0], "grid": [["1", 2], [3, 4]]',
    '"vector": [1.0, 1e39, 3.0], "grid": [[1, 2], [3, 4]]',
    '"vector": [1.0, 1e999, 3.0], "grid": [[1, 2], [3, 4]]',
    '"vector": [1.0, NaN, 3.0], "grid": [[1, 2], [3, 4]]',
    '"vector": [1.0, 01, 3.0], "grid": [[1, 2], [3, 4]]',
    '"vector": [1.0, 2.0, 3.0], "grid": [[1, 2], [3, 4]], "other": 1',
    '"vector": {}, "grid": null',
]


@pytest.fixture(scope="module")
def kinds() -> Iterator[ModuleType]:
    found = compile_source(Source(Path("texts.mlsig"), "texts_kinds", TEXT))
    assert found.text is not None
    yield imported("texts_kinds", found.text)
    del sys.modules["texts_kinds"]


Ways = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def ways(record: Any) -> Ways:
    """With simdjson alone, which doubts where msgspec would be asked, and without."""

    def refuse(_raw: Any) -> Any:
        raise texts.Odd

    plain = msgspec.json.Decoder(record, dec_hook=hold).decode
    return texts.parsing(record, refuse, simdjson.Parser), plain


def same(kinds: ModuleType, text: str) -> bool:
    """Whether simdjson says yes; where it does, it makes the same of the text, down to the bits."""
    quick, plain = ways(kinds.Pair)
    try:
        found = quick(text)
    except texts.Odd:
        return False
    wanted = plain(text)
    assert found == wanted
    for name in ("vector", "grid"):
        mine, other = getattr(found, name), getattr(wanted, name)
        assert (mine.dtype, mine.shape, mine.tobytes()) == (other.dtype, other.shape, other.tobytes())
        assert not mine.flags.writeable
    assert quick(text.encode()) == found
    return True


def test_what_it_reads_and_what_it_leaves(kinds: ModuleType) -> None:
    read = [same(kinds, f'{{"id": "{LONG}", {row}}}') for row in ROWS]
    assert [index for index, said in enumerate(read) if said] == [0, 1, 2, 13]
    assert not same(kinds, '{"id": "short", ' + ROWS[0] + "}")
    assert not same(kinds, f'["{LONG}"]')


NUMBERS = (
    st.floats(width=32, allow_nan=False, allow_infinity=False)
    | st.floats(-2, 2)
    | st.integers(-(2**70), 2**70)
)
ODD = st.sampled_from([True, None, "1", [1.0], [], math.nan])


@given(
    vector=st.lists(NUMBERS, min_size=3, max_size=3) | st.lists(NUMBERS | ODD, max_size=4),
    grid=st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=2, max_size=2)
    | st.lists(st.lists(NUMBERS | ODD, max_size=3), max_size=3),
    more=st.none() | st.text() | st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False)),
    spaces=st.sampled_from([None, 1]),
    cut=st.integers(0, 1200),
)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_alike(
    kinds: ModuleType, vector: Any, grid: Any, more: Any, spaces: int | None, cut: int
) -> None:
    data = {"id": LONG, "vector": vector, "grid": grid, "more": more}
    text = json.dumps(data, indent=spaces, ensure_ascii=bool(spaces))
    same(kinds, text)
    same(kinds, text[:cut] + text[cut + 1 :])


def test_records_are_read_so(kinds: ModuleType) -> None:
    values = {"id": LONG, "vector": [0.5, 1.0, 2.0], "grid": [[1.0], [2.0]]}
    text = json.dumps(values)
    assert kinds.Pair.from_json(text) == kinds.Pair.from_json(text.encode()) == kinds.Pair.validate(values)
    assert kinds.Pair.from_json(bytearray(text, "utf-8")) == kinds.Pair.validate(values)
    wrong = json.dumps({**values, "vector": [0.5, 1.0, "2"]})
    with pytest.raises(ValidationError) as caught:
        kinds.Pair.from_json(wrong)
    assert [issue.path for issue in caught.value.issues] == ["vector[2]"]


def test_without_simdjson_msgspec_reads(kinds: ModuleType) -> None:
    plain = msgspec.json.Decoder(kinds.Pair, dec_hook=hold).decode
    text = json.dumps({"id": LONG, "vector": [0.5, 1.0, 2.0], "grid": [[1.0], [2.0]]})
    assert texts.parsing(kinds.Pair, plain, lambda: None)(text) == plain(text)
    ids = msgspec.json.Decoder(kinds.Plain, dec_hook=hold).decode
    assert texts.parsing(kinds.Plain, ids, simdjson.Parser) is ids


def test_simdjson_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simdjson", None)  # an import of it fails
    texts.parsers.cache_clear()
    assert texts.parsers()() is None
    monkeypatch.undo()
    texts.parsers.cache_clear()
    assert texts.parsers() is simdjson.Parser


def test_threads_do_not_share_a_parser(kinds: ModuleType) -> None:
    quick, _ = ways(kinds.Pair)
    wrong: list[int] = []

    def work(number: int) -> None:
        data = {"id": LONG, "vector": [float(number)] * 3, "grid": [[float(number)] * 500] * 2}
        text = json.dumps(data)
        for _ in range(50):
            found = quick(text)
            if not (np.all(found.vector == number) and np.all(found.grid == number)):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
