"""The compiled kernel and the Python way make the same arrays and token lists, and find the same wrong.

Where there is no C compiler the kernel is not built, and everything here holds of the Python way alone;
pytest says so before the first test.
"""

from __future__ import annotations

import gc
import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.shapes import Tensor
from mlsig.types import texts, tokens
from mlsig.types.arrays import compiled_maker, python_maker
from mlsig.types.kernel import VERSION, kernel
from mlsig.types.standins import hold
from mlsig.types.tensors import read
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.compiled import SOURCE, installed
from reference.imported import imported

FLOATS = ("float16", "float32", "float64")
DTYPES = (*FLOATS, "int8", "int16", "int32", "int64", "uint8", "bool")
LARGEST = {dtype: float(np.finfo(dtype).max) for dtype in FLOATS}
EDGES = [edge for most in LARGEST.values() for edge in (most, math.nextafter(most, math.inf), -most)]
INTS = [
    0,
    1,
    -1,
    *(sign * 2**bits + more for bits in (7, 8, 15, 31, 53, 63) for sign in (1, -1) for more in (-1, 0, 1)),
]
ODD: list[Any] = [
    True,
    None,
    "1",
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    np.float32(1),
    np.int8(1),
    [],
    [1.0],
    (1.0,),
]
Maker = Callable[[Any], Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType | None]:
    """The kernel, installed for as long as these tests run."""
    with installed(tmp_path_factory.mktemp("kernel")) as found:
        yield found


def makers(built: ModuleType | None, dtype: str, extents: tuple[int | None, ...]) -> list[Maker]:
    ways = [python_maker(dtype, extents)]
    return ways if built is None else [*ways, compiled_maker(dtype, extents, built.fill)]


def outcome(make: Maker, dtype: str, extents: tuple[int | None, ...], value: Any) -> Any:
    """What a way makes, down to the bits, where in doubt by the careful path; None where that refuses."""
    try:
        found = make(value)
    except Exception:
        issues: list[Issue] = []
        found = read(Tensor(extents=extents, dtype=dtype), value, "", issues)
        if issues:
            return None
    assert type(found) is np.ndarray
    assert found.flags.c_contiguous
    assert not found.flags.writeable
    return found.dtype.str, found.shape, found.tobytes()


def expected(dtype: str, value: Any, depth: int) -> Any:
    """What an obvious loop makes of nested lists of Python's own numbers."""

    def rows(value: Any, depth: int) -> Any:
        if type(value) is not list:
            raise ValueError
        return [number(item) if depth == 1 else rows(item, depth - 1) for item in value]

    def number(item: Any) -> Any:
        if dtype == "bool":
            if type(item) is not bool:
                raise ValueError
            return item
        if type(item) is not int and (dtype not in FLOATS or type(item) is not float):
            raise ValueError
        if dtype in FLOATS:
            if not abs(float(item)) <= LARGEST[dtype]:
                raise ValueError
            return float(item)
        if not np.iinfo(dtype).min <= item <= np.iinfo(dtype).max:
            raise ValueError
        return item

    try:
        numbers = rows(value, depth)
        lengths = {len(row) for row in numbers} if depth == 2 else {0}
        if len(lengths) > 1:
            raise ValueError
        found = np.array(
            numbers, np.float64 if dtype in FLOATS else None if dtype == "bool" else dtype
        ).astype(dtype)
    except (ValueError, OverflowError):
        return None
    found = found.reshape(found.shape + (0,) * (depth - found.ndim))
    return found.dtype.str, found.shape, found.tobytes()


FLOAT = st.floats(width=64) | st.floats(-2, 2) | st.sampled_from(EDGES)
NUMBER = FLOAT | st.sampled_from(INTS) | st.integers()
MIXED = st.booleans() | NUMBER | st.sampled_from([odd for odd in ODD if not isinstance(odd, np.generic)])


def lists(item: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    row = st.lists(item, max_size=4)
    rows = st.integers(0, 3).flatmap(
        lambda size: st.lists(st.lists(item, min_size=size, max_size=size), max_size=3)
    )
    return row | rows | st.lists(row, max_size=3)


@given(
    dtype=st.sampled_from(DTYPES),
    value=st.one_of(*map(lists, (FLOAT, NUMBER, st.integers(-200, 300), st.booleans(), MIXED))),
    depth=st.sampled_from((1, 2)),
)
@settings(max_examples=700, deadline=None)
def test_all_ways_make_the_same_of_lists(
    built: ModuleType | None, dtype: str, value: list[Any], depth: int
) -> None:
    wanted = expected(dtype, value, depth)
    sizes: list[tuple[int | None, ...]] = [(None,) * depth]
    if wanted is not None and all(wanted[1]):
        sizes.append(wanted[1])
    for extents in sizes:
        for make in makers(built, dtype, extents):
            assert outcome(make, dtype, extents, value) == wanted
            assert (
                outcome(make, dtype, extents, value) == wanted
            )  # memory that is used again holds nothing of the first time


@given(
    value=st.lists(st.integers(-1, 2**70) | st.text() | st.sampled_from(ODD), max_size=5)
    | st.lists(st.integers(0))
)
@settings(max_examples=300, deadline=None)
def test_all_ways_copy_the_same_tokens(built: ModuleType | None, value: list[Any]) -> None:
    right = all(type(item) is str or (type(item) is int and item >= 0) for item in value)
    for copy in [tokens.copied] if built is None else [tokens.copied, built.tokens]:
        try:
            found = tokens.maker_with(None, None, copy)(value)
        except ValueError:
            assert not right
        else:
            assert right
            assert found == value
            assert found is not value


SCHEMA = """
schema Seen {
  vector: embedding(7)
  grid: tensor(2, 3, dtype=int16) = [[1, 2, 3], [4, 5, 6]]
  ids: token_list(max_length=77) = []
}
"""
SEEN: list[tuple[dict[str, Any], list[str]]] = [
    ({"vector": [0.5] * 7}, []),
    ({"vector": [1] * 7, "grid": [[1, 2, 3], [3, 2, 1]], "ids": [1, "a", 2**70]}, []),
    ({"vector": [0.5] * 6 + [True]}, ["vector[6]"]),
    ({"vector": [0.5] * 6 + [1e39]}, ["vector[6]"]),
    ({"vector": [0.5] * 6}, ["vector"]),
    ({"vector": [0.5] * 7, "grid": [[1, 2, 3], [3, 2, 2**15]]}, ["grid[1][2]"]),
    (
        {"vector": [0.5] * 7, "grid": [[1, 2, 3], [3, 2]], "ids": [0, -1, False]},
        ["grid[1]", "ids[1]", "ids[2]"],
    ),
]


def test_records_use_it(built: ModuleType | None) -> None:
    text = compile_source(Source(Path("seen.mlsig"), "seen", SCHEMA)).text
    assert text is not None
    record = imported("seen", text).Seen
    assert built is None or kernel() is not None
    for data, paths in SEEN:
        careful: list[Issue] = []
        slowly = explain(record.shape(), data, "", careful)
        assert record.check(data) == careful
        assert [issue.path for issue in careful] == paths
        if not paths:
            assert record.validate(data) == slowly == record.from_json(slowly.to_json())


SPACE = " " * 600  # what is shorter than 512 bytes is left to msgspec
NUMBER_TEXT = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1, 1).map(repr),
    st.integers().map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.tuples(st.integers(-(2**60), 2**60), st.integers(0, 2**66)).map(lambda two: f"{two[0]}.{two[1]}"),
    st.tuples(st.integers(-(2**64), 2**64), st.integers(-330, 288)).map(lambda two: f"{two[0]}e{two[1]}"),
    st.tuples(st.integers(0, 10**19), st.integers(1, 30)).map(lambda two: f"0.{'0' * two[1]}{two[0]}"),
    st.integers(2**53, 2**54).map(lambda odd: f"{odd / 2**54:.60f}"[:21]),
    # halfway between two floats, and one digit beside it
    st.integers(2**52, 2**53 - 1).map(lambda half: f"0.{(2 * half + 1) * 5**54:054d}"),
    st.integers(2**52, 2**53 - 1).map(lambda half: f"0.{(2 * half + 1) * 5**54 + 1:054d}"),
    st.integers(2**52, 2**53 - 1).map(lambda half: f"{2 * half + 1}"),
    st.integers(2**52, 2**53 - 1).map(lambda half: f"{(2 * half + 1) * 5}e-1"),
    st.sampled_from(["-0", "-0.0", "0e5", "-0e0", "1E+2", "1e-400", "5e-324", "0.1e1", "9007199254740993"]),
)


@given(st.lists(NUMBER_TEXT, min_size=1))
@settings(max_examples=500, deadline=None)
def test_numbers_in_text_are_read_as_python_reads_them(built: ModuleType | None, numbers: list[str]) -> None:
    if built is None:
        return
    text = f"[{SPACE}{','.join(numbers)}]".encode()
    rest, found = built.cut(text, 1)
    assert rest == b'"\\u00010"'
    wanted = np.array([float(json.loads(number)) for number in numbers])
    assert found == [((len(numbers),), wanted.tobytes())]


@pytest.mark.parametrize(
    "number",
    [
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "1e999",
        "true",
        '"1"',
        "1 2",
        "",
        "1,",
    ],
)
def test_what_is_no_number_in_text_is_left(built: ModuleType | None, number: str) -> None:
    if built is not None:
        text = f"[{SPACE}1,{number}]".encode()
        assert built.cut(text, 1) == (text, [])


@pytest.mark.parametrize(
    ("text", "rest", "shapes"),
    [
        ("[~1,2]", '"\\u00010"', [(2,)]),
        ("[[~1,2],[3,4],[5,6]]", '"\\u00010"', [(3, 2)]),
        ('{"a": [~1], "b": [[[~2]]]}', '{"a": "\\u00010", "b": "\\u00011"}', [(1,), (1, 1, 1)]),
        ("[[~1,2],[~3]]", '["\\u00010","\\u00011"]', [(2,), (1,)]),
        ("[[~1],2]", '["\\u00010",2]', [(1,)]),
        ("[1,[~2]]", '[1,"\\u00010"]', [(1,)]),
        ('"[~1]"', '"[~1]"', []),
        ('"\\"[~1]"', '"\\"[~1]"', []),
        ("[~]", "[~]", []),
        ("[1,2]", "[1,2]", []),
        ("[~1", "[~1", []),
        ("[[~1,2]", '["\\u00010"', [(2,)]),
        ("[" * 8 + "~1" + "]" * 8, '"\\u00010"', [(1,) * 8]),
        ("[" * 9 + "~1" + "]" * 9, '["\\u00010"]', [(1,) * 8]),
    ],
)
def test_arrays_are_cut_out_of_text(
    built: ModuleType | None, text: str, rest: str, shapes: list[tuple[int, ...]]
) -> None:
    if built is None:
        return
    cut = built.cut(text.replace("~", SPACE).encode(), 1)
    assert cut[0].decode() == rest.replace("~", SPACE)
    assert [shape for shape, _ in cut[1]] == shapes
    assert all(len(numbers) == 8 * math.prod(shape) for shape, numbers in cut[1])


@pytest.mark.parametrize("text", ['"\\u0001"', '"a\\\\\\u00010"', '"', '"\\', '{"a', '"\\"'])
def test_text_that_could_be_mistaken_is_not_cut(built: ModuleType | None, text: str) -> None:
    assert built is None or built.cut(text.encode(), 1) is None


DOCUMENT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(DOCUMENT, st.sampled_from([None, 60]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_what_is_cut_out_and_what_is_left_are_the_whole(
    built: ModuleType | None, document: Any, indent: int | None, ascii: bool
) -> None:
    if built is None:
        return
    cut = built.cut(
        json.dumps(document, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass"), 40
    )
    if cut is None:
        assert "\\u0001" in json.dumps(document)
        return
    arrays = {
        f"\x01{index}": np.frombuffer(numbers).reshape(shape).tolist()
        for index, (shape, numbers) in enumerate(cut[1])
    }

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(item) for item in value]
        if isinstance(value, dict):
            return {key: whole(item) for key, item in value.items()}
        return arrays.pop(value) if isinstance(value, str) and value in arrays else value

    assert whole(json.loads(cut[0])) == document
    assert arrays == {}


def test_records_are_read_from_text_with_it(built: ModuleType | None) -> None:
    if built is None:
        return
    text = compile_source(Source(Path("nested.mlsig"), "nested", NESTED)).text
    assert text is not None
    record = imported("nested", text).Many
    plain = msgspec.json.Decoder(record, dec_hook=hold).decode

    def refuse(_raw: Any) -> Any:
        raise texts.Odd

    quick = texts.cutting(record, refuse, built.cut)
    for short, said in READ:
        raw = short.replace("~", SPACE)
        try:
            found = quick(raw)
        except texts.Odd:
            assert not said
        else:
            assert said
            assert found == plain(raw) == record.from_json(raw.encode())
    with pytest.raises(ValidationError) as caught:
        record.from_json(READ[-1][0].replace("~", SPACE))
    assert [issue.path for issue in caught.value.issues] == ["all[0].vector"]


NESTED = """
schema One { vector: embedding(2)  grid: tensor(_, _, dtype=float64) = [] }
schema Many { all: list[One]  any: json = null  names: map[str] = {}  ids: token_list = [] }
"""
READ = [
    ('{"all": [{"vector": [~0.5, 1]}, {"vector": [~1, 2], "grid": [[~0.1, 1e-7]]}]}', True),
    ('{"all": [{"vector": [~0.5, 1], "vector": [~2, 1]}]}', True),
    ('{"all": [{"vector": [~0.5, 1]}], "any": {"x": [1, 2]}, "ids": [1, 2]}', True),
    ('{"all": [{"vector": [0.5, 1]}], "any": "~"}', False),
    ('{"all": [{"vector": [~0.5, 1]}], "any": {"x": [~1, 2]}}', False),
    ('{"all": [{"vector": [~0.5, 1]}], "any": "\\u00010"}', False),
    ('{"all": [{"vector": [~0.5, 1]}], "ids": [~1, 2]}', False),
    ('{"all": [{"vector": [~0.5, 1]}], "names": {[~1]: "x"}}', False),
    ('{"all": [{"vector": [~0.5, 1]}]', False),
    ('{"all": [{"vector": [~0.5, 1e39]}]}', False),
    ('{"all": [{"vector": "\\u00010"}], "any": [~1]}', False),
    ('{"all": [{"vector": [~0.5, 1, 2]}]}', False),
]


def test_it_can_be_turned_off(built: ModuleType | None, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.cache_clear()
    monkeypatch.setenv("MLSIG_KERNEL", "off")
    assert kernel() is None
    kernel.cache_clear()
    monkeypatch.delenv("MLSIG_KERNEL")
    assert built is None or kernel() is not None


def test_one_of_another_version_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mlsig_kernel.py").write_text(f"VERSION = {VERSION + 1}\n", encoding="utf-8")
    for name in ("mlsig_kernel", "mlsig_kernel._kernel"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    kernel.cache_clear()
    assert kernel() is None
    del sys.modules["mlsig_kernel"]
    kernel.cache_clear()


def test_its_version_is_the_one_that_is_looked_for(built: ModuleType | None) -> None:
    assert f"#define VERSION {VERSION}\n" in (SOURCE / "_kernel.c").read_text(encoding="utf-8")
    assert built is None or built.VERSION == VERSION


def test_it_counts_references_right(built: ModuleType | None) -> None:
    if built is None:
        return
    item, text, row = 1e300, "a token of its own", [0.5, 0.25]
    before = [sys.getrefcount(thing) for thing in (item, text, row, None)]
    memory = bytearray(32)
    into = memoryview(memory).cast("d", (2, 2))
    for _ in range(1000):
        assert built.fill([row, row], into)
        assert not built.fill([row, [item, text]], into)
        assert built.tokens([text, 2**70]) == [text, 2**70]
        assert built.tokens([text, item]) is None
    after = [sys.getrefcount(thing) for thing in (item, text, row)]
    assert after == before[:3]
    assert abs(sys.getrefcount(None) - before[3]) < 100
    into.release()
    memory.append(0)  # which a buffer still held would forbid


def test_it_writes_into_nothing_but_arrays_of_the_shape(built: ModuleType | None) -> None:
    if built is None:
        return
    frozen = np.zeros(2)
    frozen.setflags(write=False)
    for wrong in (frozen, b"12345678", np.zeros(4)[::2], np.zeros((2, 2)).T[:1]):
        with pytest.raises((BufferError, ValueError)):
            built.fill([1.0, 2.0], wrong)
    with pytest.raises(TypeError):
        built.fill([1.0], 3)
    with pytest.raises(TypeError):
        built.fill([1.0])
    for wrong in (
        np.zeros(3),
        np.zeros((2, 1)),
        np.zeros(()),
        np.zeros(2, ">f8"),
        np.zeros(2, "c16"),
        np.zeros(2, "u4"),
    ):
        assert built.fill([1.0, 2.0], wrong) is False
        assert not wrong.any()
    assert built.fill((1.0, 2.0), np.zeros(2)) is False
    assert built.tokens((1, 2)) is None


def test_a_list_that_changes_while_memory_is_asked_for_is_refused(built: ModuleType | None) -> None:
    if built is None:
        return
    values = list(range(1000, 1100))
    emptied: list[int] = []

    def empty(phase: str, _info: dict[str, int]) -> None:
        if phase == "stop" and values:
            emptied.append(len(values))
            values.clear()

    before = gc.get_threshold()
    gc.collect()
    gc.callbacks.append(empty)
    gc.set_threshold(1)
    try:
        found = [built.tokens(values) for _ in range(3)]
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(empty)
    assert emptied == [100]
    assert all(not some for some in found)
