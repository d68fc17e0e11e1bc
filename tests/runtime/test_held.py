"""Types of machine learning and of media in records: arrays, tokens, steps, responses, files and keys."""

from __future__ import annotations

import array
import copy
import ctypes
import json
import math
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from enum import Enum, IntEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import mlsig
import numpy as np
import pytest
from mlsig import ApiKey, Audio, Image, MlsigError, Step, ValidationError
from mlsig.records.explain import explain
from mlsig.types.arrays import python_maker
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import imported

TEXT = """
schema Passage { id: str  vector: embedding(4)  weights: attention_weights = [] }
schema Doc {
  passages: list[Passage] = []
  pixels: tensor(2, _, dtype=uint8) = [[1], [2]]
  mask: tensor(2, dtype=bool) = [true, false]
  cube: tensor(2, _, 2) = [[[1, 2]], [[3, 4]]]
  half: tensor(2, dtype=float16)? = null
  wide: tensor(2, dtype=int64) = [1, 2]
  ids: token_list(min_length=1, max_length=5) = [1, "a"]
  chain: reasoning_chain(max_length=2) = [{ step: "a", reasoning: "b" }]
}
schema Bag { vectors: list[embedding(2)](unique) = []  named: map[embedding(2)] = {} }
schema Said { response: model_response  about: variable_config? = null }
schema Files { image: image? = null  sound: audio? = null  paper: document? = null }
schema Login { name: str(max_length=20)  key: api_key = env("MLSIG_TEST_KEY") }
schema Logins { all: list[Login] }
"""


@pytest.fixture(scope="module")
def kinds() -> Iterator[ModuleType]:
    found = compile_source(Source(Path("held.mlsig"), "held_kinds", TEXT))
    assert found.text is not None, found.diagnostics
    yield imported("held_kinds", found.text)
    del sys.modules["held_kinds"]


def issues(record: Any, data: Any) -> list[tuple[str, str]]:
    return [(issue.path, issue.code) for issue in record.check(data)]


def vector(kinds: ModuleType, value: Any) -> list[tuple[str, str]]:
    return issues(kinds.Passage, {"id": "a", "vector": value})


class Color(IntEnum):
    red = 1


class Share(Enum):
    half = 0.5


class Truth(Enum):
    yes = True


class Id(int):
    pass


class Odd(list[Any]):
    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no items")


class Liar:
    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")


class Vague:
    def __array__(self, *_: Any, **__: Any) -> Any:
        return np.array([1, 2, 3, 4], np.float32)


def deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


ACCEPTED = [
    [1.0, 2.0, 3.0, 4.0],
    [1, 2, 3, 4],
    [1, 2.0, 3, 4.0],
    (1.0, 2.0, 3.0, 4.0),
    [np.float32(1), np.float64(2), np.int8(3), np.uint64(4)],
    Odd([1.0, 2.0, 3.0, 4.0]),
    [Color.red, 2, 3, 4],
    [Share.half, 2.0, 3.0, 4.0],
    [Share.half, 2, np.float16(3), Id(4)],
    *(np.array([1, 2, 3, 4], kind) for kind in ("f2", "f4", ">f4", "f8", "i1", "i4", "u8", "longdouble")),
    np.array([[1, 2], [3, 4], [5, 6], [7, 8]], "f4")[:, 0],
    array.array("f", [1, 2, 3, 4]),
    array.array("d", [1, 2, 3, 4]),
    array.array("b", [1, 2, 3, 4]),
    memoryview(array.array("q", [1, 2, 3, 4])),
    (ctypes.c_double * 4)(1, 2, 3, 4),
    Vague(),
]


@pytest.mark.parametrize("value", ACCEPTED, ids=[str(n) for n in range(len(ACCEPTED))])
def test_numbers_of_any_sort_become_an_array(kinds: ModuleType, value: Any) -> None:
    found = kinds.Passage.validate({"id": "a", "vector": value})
    assert type(found.vector) is np.ndarray
    assert found.vector.dtype == np.float32
    assert found.vector.shape == (4,)
    assert not found.vector.flags.writeable
    assert found.weights.shape == (0, 0)
    assert found == kinds.Passage.validate(found)
    assert found == kinds.Passage.from_json(found.to_json())
    assert found == pickle.loads(pickle.dumps(found)) == copy.copy(found) == copy.deepcopy(found)
    assert hash(found) == hash(copy.deepcopy(found))


REFUSED: list[tuple[Any, list[tuple[str, str]]]] = [
    ([1.0, 2.0, 3.0], [("vector", "wrong_length")]),
    ([], [("vector", "wrong_length")]),
    (None, [("vector", "null")]),
    ("1234", [("vector", "type")]),
    (b"1234", [("vector", "type")]),
    (7, [("vector", "type")]),
    ({1.0, 2.0, 3.0, 4.0}, [("vector", "type")]),
    ({"0": 1.0}, [("vector", "type")]),
    ((value for value in (1.0, 2.0, 3.0, 4.0)), [("vector", "type")]),
    (object(), [("vector", "type")]),
    (np.float32(1), [("vector", "type")]),
    ([1.0, True, 3.0, 4.0], [("vector[1]", "type")]),
    ([1.0, "2.5", 3.0, None], [("vector[1]", "type"), ("vector[3]", "null")]),
    ([1.0, [2.0], 3.0, 4.0], [("vector[1]", "type")]),
    ([1.0, 2.0, math.nan, -math.inf], [("vector[2]", "not_finite"), ("vector[3]", "not_finite")]),
    ([1.0, 1e39, 3.0, 4.0], [("vector[1]", "too_large")]),
    ([1.0, 1e300, -1e200, 4.0], [("vector[1]", "too_large"), ("vector[2]", "too_large")]),
    ([1, 10**400, 3, 4], [("vector[1]", "not_finite")]),
    ([np.bool_(True), 2.0, 3.0, 4.0], [("vector[0]", "type")]),
    (np.array([True] * 4), [("vector", "type")]),
    (np.array(["1"] * 4), [("vector", "type")]),
    (np.array([1, None, 2, 3], object), [("vector", "type")]),
    (np.array([1j] * 4), [("vector", "type")]),
    (np.zeros((2, 2)), [("vector", "wrong_shape")]),
    (np.zeros(5, "f4"), [("vector", "wrong_length")]),
    (np.array(1.0), [("vector", "wrong_shape")]),
    (np.array([1, math.nan, 1, math.inf], "f4"), [("vector[1]", "not_finite"), ("vector[3]", "not_finite")]),
    (np.array([1, 2, 1e39, 4]), [("vector[2]", "too_large")]),
    (np.ma.masked_array([1.0, 2, 3, 4], [0, 1, 0, 0]), [("vector", "type")]),
    (bytearray(16), [("vector", "type")]),
    (memoryview(bytes(16)), [("vector", "wrong_length")]),
    ((ctypes.c_bool * 4)(), [("vector", "type")]),
    (np.array(["2026-11-23"] * 4, "M8[D]"), [("vector", "type")]),
    ([Truth.yes, 2.0, 3.0, 4.0], [("vector[0]", "type")]),
    ([1.0, np.array(2.0), 3.0, 4.0], [("vector[1]", "type")]),
    (np.array([[1.0], [2.0], [3.0], [4.0]]), [("vector", "wrong_shape")]),
    (np.zeros(4, [("x", "f4")]), [("vector", "type")]),
    (memoryview(b"1234").cast("c"), [("vector", "type")]),
    (Liar(), [("vector", "unreadable")]),
    (deep(10**5), [("vector", "wrong_length")]),
]


@pytest.mark.parametrize(("value", "wanted"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_what_is_no_vector_is_refused_by_index(
    kinds: ModuleType, value: Any, wanted: list[tuple[str, str]]
) -> None:
    assert vector(kinds, value) == wanted


def test_a_length_is_said_in_words(kinds: ModuleType) -> None:
    found = kinds.Passage.check({"id": "a", "vector": [1.0, 2.0, 3.0]})
    assert [str(issue) for issue in found] == ["vector: must have 4 numbers, has 3"]


def test_a_hundred_issues_are_enough(kinds: ModuleType) -> None:
    found = issues(kinds.Passage, {"id": "a", "vector": [1.0] * 4, "weights": [["x"] * 300] * 2})
    assert len(found) == 101
    assert found[-1] == ("weights", "more_issues")


def read_only(given: Any) -> Any:
    given.setflags(write=False)
    return given


def kept(kinds: ModuleType, given: Any) -> Any:
    found = kinds.Passage.validate({"id": "a", "vector": given}).vector
    assert found.flags.c_contiguous
    assert found.flags.aligned
    assert found.dtype == np.float32
    assert not found.flags.writeable
    careful: list[mlsig.Issue] = []
    slowly = explain(kinds.Passage.shape(), {"id": "a", "vector": given}, "", careful).vector
    assert np.array_equal(slowly, found)
    assert np.shares_memory(slowly, given) == np.shares_memory(found, given)
    return found


def test_an_array_that_nobody_can_write_to_is_not_copied(kinds: ModuleType, tmp_path: Path) -> None:
    given = read_only(np.arange(4, dtype=np.float32))
    found = kept(kinds, given)
    assert np.shares_memory(found, given)
    assert found is not given
    packed = np.arange(8, dtype=np.float32).tobytes()
    assert np.shares_memory(kept(kinds, memoryview(packed).cast("f")[4:]), np.frombuffer(packed, "f4"))
    (tmp_path / "vector").write_bytes(packed)
    mapped = np.memmap(tmp_path / "vector", "f4", "r", shape=(4,))
    assert np.shares_memory(kept(kinds, mapped), mapped)
    again = kinds.Passage.validate({"id": "b", "vector": found})
    assert np.shares_memory(again.vector, given)
    assert np.shares_memory(kinds.Passage.validate(again).vector, given)


def test_nobody_can_change_a_record_through_what_it_was_made_from(kinds: ModuleType, tmp_path: Path) -> None:
    floats = np.arange(8, dtype=np.float32)
    (tmp_path / "vector").write_bytes(floats.tobytes())
    for given in (
        floats[:4],
        floats[::2],
        read_only(floats[:4]),  # a view that cannot write of an array that can
        read_only(floats[::2]),
        np.memmap(tmp_path / "vector", "f4", "r+", shape=(4,)),
        np.memmap(tmp_path / "vector", "f4", "c", shape=(4,)),
        memoryview(bytearray(16)).cast("f").toreadonly(),
        memoryview(array.array("f", [0, 1, 2, 3])).toreadonly(),
        array.array("f", [0, 1, 2, 3]),
        (ctypes.c_float * 4)(0, 1, 2, 3),
        Vague(),
    ):
        assert not np.shares_memory(kept(kinds, given), np.asarray(given))
    for odd in (
        read_only(np.arange(8, dtype=np.float32))[::2],
        read_only(np.arange(4, dtype=">f4")),
        np.broadcast_to(np.float32(1), 4),
        np.frombuffer(bytes(17), "f4", 4, 1),
        np.frombuffer(bytes(64), [("x", "f4"), ("y", "u1", 12)])["x"],
    ):
        assert not np.shares_memory(kept(kinds, odd), odd)
    floats += 1
    growing = array.array("f", [1, 2, 3, 4])
    kinds.Passage.validate({"id": "a", "vector": growing})
    growing.append(5.0)


def test_lists_of_any_length_and_of_many_shapes(kinds: ModuleType) -> None:
    for size in (1, 15, 16, 65535, 65536, 70_000):
        given = [0.5] * size
        make = python_maker("float32", (None,))
        assert np.array_equal(make(given), np.array(given, "f4"))
        assert np.array_equal(make(given), np.array(given, "f4"))
        assert python_maker("float64", (None, size))([given]).shape == (1, size)
    many = python_maker("float32", (None, None))
    for size in range(1, 80):
        given = [[float(size)] * size] * 2
        assert np.array_equal(many(given), np.array(given))
    with pytest.raises(Exception):  # noqa: B017  (any exception is a doubt)
        many([[1.0, 2.0], [3.0]])


def test_threads_do_not_write_into_each_others_memory() -> None:
    make = python_maker("float32", (None, None))
    wrong: list[float] = []

    def work(number: float) -> None:
        given = [[number] * 400] * 3
        for _ in range(300):
            if not np.all(make(given) == number):
                wrong.append(number)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(float(number),)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []


def test_rows_may_be_arrays(kinds: ModuleType) -> None:
    row = np.array([1, 2], np.uint16)
    assert kinds.Doc.validate({"pixels": [row, [3, 4]]}).pixels.tolist() == [[1, 2], [3, 4]]
    flat = np.broadcast_to(np.uint8(1), (10**9, 2))
    assert issues(kinds.Doc, {"pixels": [flat[:2], [3, 4]]}) == [("pixels[0]", "wrong_shape")]
    cube = [np.ones((1, 2)), [[3.0, 4.0]]]
    assert kinds.Doc.validate({"cube": cube}).cube.tolist() == [[[1.0, 1.0]], [[3.0, 4.0]]]


def test_what_has_no_numbers_is_told_the_way_out(kinds: ModuleType) -> None:
    masked = np.ma.masked_array([1.0, 2, 3, 4], [0, 1, 0, 0])
    assert [
        str(issue)
        for value in (masked, bytes(16))
        for issue in kinds.Passage.check({"id": "a", "vector": value})
    ] == [
        "vector: must be a list of 4 numbers, not a masked array: fill in what is missing",
        "vector: must be a list of 4 numbers, not bytes: numpy.frombuffer says what numbers they are",
    ]


def test_ints_become_floats_in_the_same_way_in_lists_and_arrays(kinds: ModuleType) -> None:
    odd = [2**63 - 1, 2**60 + 2**36 + 1, 2**53 + 1, -(2**62) - 2**38 - 1]
    record = kinds.Passage
    assert record.validate({"id": "a", "vector": odd}) == record.validate(
        {"id": "a", "vector": np.array(odd)}
    )


def test_zeros_keep_their_sign_and_equal_records_have_equal_hashes(kinds: ModuleType) -> None:
    plus = kinds.Passage.validate({"id": "a", "vector": [0.0] * 4})
    minus = kinds.Passage.validate({"id": "a", "vector": [-0.0] * 4})
    assert math.copysign(1, minus.vector[0]) == -1
    assert plus == minus
    assert hash(plus) == hash(minus)
    assert plus != kinds.Passage.validate({"id": "a", "vector": [0.5] * 4})
    assert plus != "a"


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("pixels", [[1, 2], [3]], [("pixels[1]", "ragged")]),
        ("pixels", [[1, 2]], [("pixels", "wrong_length")]),
        ("pixels", [[1], [256]], [("pixels[1][0]", "too_large")]),
        ("pixels", [[1], [-1]], [("pixels[1][0]", "too_small")]),
        ("pixels", [[1], [1.0]], [("pixels[1][0]", "type")]),
        ("pixels", [[1], 2], [("pixels[1]", "type")]),
        ("pixels", np.array([[1], [300]]), [("pixels[1][0]", "too_large")]),
        ("pixels", np.array([[1.0], [2.0]]), [("pixels", "type")]),
        ("mask", [1, 0], [("mask[0]", "type"), ("mask[1]", "type")]),
        ("mask", np.array([1, 0]), [("mask", "type")]),
        ("cube", [[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]], [("cube[1]", "ragged")]),
        ("cube", [[[1.0, 2.0]], [[3.0]]], [("cube[1][0]", "wrong_length")]),
        ("cube", [[[1.0, 2.0]], [[3.0, "4"]]], [("cube[1][0][1]", "type")]),
        ("cube", np.zeros((2, 3, 3)), [("cube[0][0]", "wrong_length")]),
        ("half", [70000.0, 1.0], [("half[0]", "too_large")]),
        ("wide", [2**63, 1], [("wide[0]", "too_large")]),
        ("wide", np.array([2**63, 1], np.uint64), [("wide[0]", "too_large")]),
        ("ids", [], [("ids", "too_short")]),
        ("ids", [1] * 6, [("ids", "too_long")]),
        ("ids", [1, -1], [("ids[1]", "too_small")]),
        ("ids", [1, True, None, 1.0], [("ids[1]", "type"), ("ids[2]", "null"), ("ids[3]", "type")]),
        ("ids", [[1]], [("ids[0]", "type")]),
        ("ids", "abc", [("ids", "type")]),
        ("chain", [{"step": "a"}], [("chain[0].reasoning", "missing")]),
        (
            "chain",
            [{"step": 1, "reasoning": "b", "x": 1}],
            [("chain[0].x", "unknown_field"), ("chain[0].step", "type")],
        ),
        ("chain", [Step(step=1, reasoning="b")], [("chain[0].step", "type")]),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_in_other_kinds(
    kinds: ModuleType, name: str, value: Any, wanted: list[tuple[str, str]]
) -> None:
    assert issues(kinds.Doc, {name: value}) == wanted


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("pixels", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("pixels", [np.array([1], np.int64), (2,)], [[1], [2]]),
        ("pixels", [[], []], [[], []]),
        ("mask", np.array([True, False]), [True, False]),
        ("cube", [[[1.0, 2.0]] * 3, [[3.0, 4.0]] * 3], [[[1.0, 2.0]] * 3, [[3.0, 4.0]] * 3]),
        ("half", [0.5, 2], [0.5, 2.0]),
        ("wide", [2**62, -1], [2**62, -1]),
        ("ids", [0, 50256, 2**70], [0, 50256, 2**70]),
        ("ids", ["a", "b"], ["a", "b"]),
        ("ids", (1, "b"), [1, "b"]),
        ("chain", [{"step": "a", "reasoning": "b"}], [{"step": "a", "reasoning": "b"}]),
        (
            "passages",
            [{"id": "x", "vector": [1.0, 2, 3, 4]}],
            [{"id": "x", "vector": [1, 2, 3, 4], "weights": []}],
        ),
    ],
)
def test_what_is_right_in_other_kinds(kinds: ModuleType, name: str, value: Any, wanted: Any) -> None:
    found = kinds.Doc.validate({name: value})
    assert found.to_dict()[name] == wanted
    assert found == kinds.Doc.validate(found) == kinds.Doc.validate(found.to_dict())
    assert found == kinds.Doc.from_json(found.to_json())
    careful: list[mlsig.Issue] = []
    assert explain(kinds.Doc.shape(), {name: value}, "", careful) == found
    assert careful == []


def test_defaults(kinds: ModuleType) -> None:
    found = kinds.Doc.validate({})
    assert found.cube.dtype == np.float32
    assert found.cube.shape == (2, 1, 2)
    assert found.chain == [Step(step="a", reasoning="b")]
    assert found.ids is not kinds.Doc.validate({}).ids
    assert found == kinds.Doc.validate({})
    with pytest.raises(TypeError):
        hash(found)


def test_tokens_are_a_list_of_their_own(kinds: ModuleType) -> None:
    given = [1, 2, 3]
    found = kinds.Doc.validate({"ids": given}).ids
    assert found == given
    assert found is not given
    odd = kinds.Doc.validate({"ids": [Color.red, Id(7), 2**70]}).ids
    assert [type(token) for token in odd] == [int] * 3
    assert issues(kinds.Doc, {"ids": [Truth.yes, Share.half]}) == [("ids[0]", "type"), ("ids[1]", "type")]
    assert issues(kinds.Doc, {"ids": ["a", 1.0]}) == [("ids[1]", "type")]


def test_lists_of_vectors(kinds: ModuleType) -> None:
    found = kinds.Bag.validate({"vectors": [[1.0, 2.0], [2.0, 1.0]], "named": {"a": [1.0, 2.0]}})
    assert found == kinds.Bag.validate(found.to_dict())
    assert found != kinds.Bag.validate({"vectors": [[1.0, 2.0], [2.0, 2.0]], "named": {"a": [1.0, 2.0]}})
    assert found != kinds.Bag.validate({"vectors": [[1.0, 2.0]], "named": {"b": [1.0, 2.0]}})
    assert issues(kinds.Bag, {"vectors": [[1, 0.0], [1.0, -0.0]]}) == [("vectors[1]", "not_unique")]


def test_responses_keep_what_else_they_have(kinds: ModuleType) -> None:
    given = {
        "response": {"text": "Hi", "usage": {"tokens": [1, 2.5]}},
        "about": {"name": "t", "type": "float"},
    }
    found = kinds.Said.validate(given)
    assert found.response.text == "Hi"
    assert found.about.name == "t"
    assert found.about.type == "float"
    assert found.to_dict() == given
    assert found == kinds.Said.from_json(found.to_json()) == pickle.loads(pickle.dumps(found))
    wrong = {"response": {"text": 1, "x": math.nan, 3: 4}, "about": {}}
    assert issues(kinds.Said, wrong) == [
        ("response.x" if False else 'response["x"]', "not_finite"),
        ("response", "key"),
        ("response.text", "type"),
        ("about.name", "missing"),
        ("about.type", "missing"),
    ]


def test_files(kinds: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"png")
    inline = {"data": "cG5n", "media_type": "image/png"}
    for given in (
        Image.file(path),
        inline,
        "data:image/png;base64,cG5n",
        Image(data=b"png", media_type="image/png"),
    ):
        found = kinds.Files.validate({"image": given})
        assert found.image == Image.file(path)
        assert found.to_dict()["image"] == inline
        assert found == kinds.Files.from_json(found.to_json()) == pickle.loads(pickle.dumps(found))
        assert hash(found) == hash(copy.deepcopy(found))
    at = kinds.Files.validate({"image": {"url": "https://example.org/a.png"}, "sound": "http://e.org/a"})
    assert at.to_dict() == {"image": "https://example.org/a.png", "sound": "http://e.org/a", "paper": None}
    assert repr(at.image) == "Image('https://example.org/a.png')"
    assert repr(Image.file(path)) == "Image(image/png, 3 bytes)"
    assert at.image != Audio("https://example.org/a.png")
    with pytest.raises(AttributeError):
        at.image.url = "https://other.example"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("/etc/passwd", "not_a_file"),
        ("file:///etc/passwd", "not_a_file"),
        ("cat.png", "not_a_file"),
        ({"path": "cat.png"}, "not_a_file"),
        ({"data": "c", "media_type": "image/png"}, "not_a_file"),
        ({"data": "ü", "media_type": "image/png"}, "not_a_file"),
        ({"data": "cG5n", "media_type": "text/html"}, "not_a_file"),
        ({"data": "cG5n", "media_type": 1}, "not_a_file"),
        ({"data": 1, "media_type": "image/png"}, "not_a_file"),
        ({1: 2}, "not_a_file"),
        ({"url": "javascript:alert(1)"}, "not_a_file"),
        (b"png", "type"),
        (Audio("https://example.org"), "type"),
        ([], "type"),
        ("https://\ud800", "not_a_file"),
    ],
)
def test_what_is_no_image(kinds: ModuleType, value: Any, code: str) -> None:
    if value == "https://\ud800":
        kinds.Files.check({"image": value})
        return
    assert issues(kinds.Files, {"image": value}) == [("image", code)]


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,!!", "data:image/png,abc", "DATA:;base64,aGk=", "data:"]
)
def test_a_data_url_that_is_none_is_told_how_it_is_written(kinds: ModuleType, url: str) -> None:
    (issue,) = kinds.Files.check({"image": url})
    assert issue.message == "an image as a data: URL is written `data:type/subtype;base64,…`"


SECRET = "sk-0123456789"


def test_keys_are_never_shown(kinds: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    found = kinds.Login.validate({"name": "ada", "key": SECRET})
    assert found.key.secret() == SECRET
    for text in (
        repr(found),
        str(found.key),
        f"{found.key!r}",
        found.to_json().decode(),
        repr(found.to_dict()),
    ):
        assert SECRET not in text
    with pytest.raises(TypeError, match="not stored"):
        pickle.dumps(found)
    assert copy.deepcopy(found) == found
    with pytest.raises(AttributeError):
        found.key._secret = "other"
    default = kinds.Login.validate({"name": "ada"})
    monkeypatch.delenv("MLSIG_TEST_KEY", raising=False)
    with pytest.raises(MlsigError, match="MLSIG_TEST_KEY"):
        default.key.secret()
    monkeypatch.setenv("MLSIG_TEST_KEY", SECRET)
    assert default.key.secret() == SECRET
    assert pickle.loads(pickle.dumps(default)) == default
    assert repr(default.key) == "ApiKey.env('MLSIG_TEST_KEY')"
    assert "MLSIG" not in json.dumps(kinds.Login.json_schema())
    assert default.key != SECRET


@pytest.mark.parametrize(
    "data",
    [
        [{"name": "ada", "key": SECRET}],
        {"name": "ada", "key": [SECRET]},
        {"name": "ada", "key": {"secret": SECRET}},
        {"name": [SECRET], "key": SECRET},
        {"all": {"key": SECRET}},
        {"name": "a" * 21, "key": SECRET},
    ],
)
def test_errors_do_not_show_keys(kinds: ModuleType, data: Any) -> None:
    for record in (kinds.Login, kinds.Logins):
        with pytest.raises(ValidationError) as caught:
            record.validate(data)
        assert SECRET not in repr(caught.value)
        with pytest.raises(ValidationError) as caught:
            record.from_json(json.dumps(data)[:-1])
        assert SECRET not in repr(caught.value)


@pytest.mark.parametrize(
    ("value", "code"), [("", "too_short"), (" ", "too_short"), ("********", "masked"), (1, "type")]
)
def test_what_is_no_key(kinds: ModuleType, value: Any, code: str) -> None:
    assert issues(kinds.Login, {"name": "a", "key": value}) == [("key", code)]
    with pytest.raises(ValueError, match="must not be empty"):
        ApiKey("")


def test_msgspec_alone_makes_none_of_them(kinds: ModuleType) -> None:
    import msgspec  # noqa: PLC0415

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "a", "vector": np.zeros(9)}, kinds.Passage)


def test_numpy_is_imported_with_the_first_array(tmp_path: Path) -> None:
    found = compile_source(Source(Path("held.mlsig"), "held_kinds", TEXT))
    assert found.text is not None
    (tmp_path / "held_kinds.py").write_text(found.text, encoding="utf-8")
    code = (
        "import sys, held_kinds as h; assert 'numpy' not in sys.modules;"
        "h.Login.validate({'name': 'a'}); h.Passage.shape(); assert 'numpy' not in sys.modules;"
        "h.Passage.validate({'id': 'a', 'vector': [1.0] * 4}); assert 'numpy' in sys.modules"
    )
    path = [str(tmp_path), *sys.path]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:] = {path!r}; {code}"], check=True)
