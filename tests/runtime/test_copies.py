"""Records that travel: pickled, copied, hashed, compared, packed, matched."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import shutil
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlsig import ValidationError
from mlsig.types.keys import ApiKey
from pydantic import TypeAdapter
from reference.drawing import data_for
from reference.imported import imported, on_path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
RECORDS = (
    "everything.Passage", "everything.Tree", "everything.Any", "everything.When", "everything.Moments",
    "everything.Stamp", "everything.Check.Input", "everything.Check.Output", "everything.Check.Expected",
    "unions.Cat", "unions.Box", "unions.Plain", "unions.Sort.Output", "vectors.Passage", "vectors.Batch",
    "vectors.Raw", "vectors.Rank.Output", "sentiment.Classify.Input",
)  # fmt: skip
NAMES = ("everything", "unions", "vectors", "sentiment")


@pytest.fixture(scope="module")
def golden() -> Iterator[dict[str, ModuleType]]:
    texts = {name: (GOLDEN / name / "expected.py").read_text(encoding="utf-8") for name in NAMES}
    yield {name: imported(f"{name}_copies", text) for name, text in texts.items()}
    for name in NAMES:
        del sys.modules[f"{name}_copies"]


def record(golden: dict[str, ModuleType], path: str) -> Any:
    module, *names = path.split(".")
    found: Any = golden[module]
    for name in names:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", RECORDS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_travels_comes_back_equal(golden: dict[str, ModuleType], path: str, data: st.DataObject) -> None:
    kind = record(golden, path)
    made = kind.validate(data.draw(data_for(kind)))
    adapter = TypeAdapter[Any](kind)
    ways: list[Any] = [
        pickle.loads(pickle.dumps(made)),
        pickle.loads(pickle.dumps(made, protocol=2)),
        copy.copy(made),
        copy.deepcopy(made),
        msgspec.structs.replace(made),
        kind.validate(made),
        kind.validate(made.to_dict()),
        kind.from_json(made.to_json()),
        kind.from_msgpack(made.to_msgpack()),
        adapter.validate_python(adapter.dump_python(made)),
        adapter.validate_json(adapter.dump_json(made)),
    ]
    for found in ways:
        assert type(found) is kind
        assert found == made
    assert made != made.to_dict()
    try:
        assert {hash(found) for found in ways} == {hash(made)}
    except TypeError as error:
        assert f"this {kind.__qualname__} has no hash: `" in str(error)


def test_hashes_are_refused_with_the_reason(golden: dict[str, ModuleType]) -> None:
    everything, vectors = golden["everything"], golden["vectors"]
    with pytest.raises(TypeError) as caught:
        hash(everything.Passage.validate({"id": "a", "text": "x", "weight": None}))
    assert str(caught.value) == "this Passage has no hash: `tags` is a list, `extra` is a dict"
    with pytest.raises(TypeError) as caught:
        hash(everything.When.validate({"day": {}}))
    assert str(caught.value) == "this When has no hash: `day` is a Day, `deep` is a list, `one` is a Day"
    with pytest.raises(TypeError) as caught:
        hash(vectors.Batch.validate({"passages": [], "tokens": []}))
    assert str(caught.value).startswith("this Batch has no hash: `passages` is a list, `centres` is a dict")


def test_records_are_keys_and_members_of_sets(golden: dict[str, ModuleType]) -> None:
    cat, passage = golden["unions"].Cat, golden["vectors"].Passage
    first, second = (cat.validate({"kind": "cat", "lives": 9}) for _ in range(2))
    assert {first: 1}[second] == 1
    assert len({first, second, cat(kind="cat", lives=8)}) == 2
    arrays = [passage.validate({"id": "a", "vector": vector}) for vector in ([0.0, 1, 2, 3], [-0.0, 1, 2, 3])]
    assert len(set(arrays)) == 1
    called: list[Any] = []

    @lru_cache
    def lives(one: Any) -> Any:
        called.append(one)
        return one.id

    assert [lives(one) for one in arrays] == ["a", "a"]
    assert len(called) == 1


def arrays_in(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        return [value]
    if hasattr(value, "__struct_fields__"):
        return [one for name in value.__struct_fields__ for one in arrays_in(getattr(value, name))]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [one for item in items for one in arrays_in(item)]


def test_nobody_writes_to_the_arrays_of_copies(golden: dict[str, ModuleType]) -> None:
    data = {
        "passages": [{"id": "a", "vector": [1, 2, 3, 4]}],
        "mask": [True, False],
        "centres": {"a": [1, 2]},
    }
    made = golden["vectors"].Batch.validate({**data, "tokens": [1]})
    buffers: list[pickle.PickleBuffer] = []
    beside = pickle.dumps(made, protocol=5, buffer_callback=buffers.append)
    for found in (
        copy.copy(made),
        copy.deepcopy(made),
        msgspec.structs.replace(made),
        *(pickle.loads(pickle.dumps(made, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
        pickle.loads(beside, buffers=buffers),
        pickle.loads(beside, buffers=[bytearray(buffer) for buffer in buffers]),
    ):
        assert found == made
        arrays = arrays_in(found)
        assert len(arrays) == 5  # one is the weights of a passage, and one the default of `pixels`
        assert not any(one.flags.writeable for one in arrays)
        with pytest.raises(ValueError, match="read-only"):
            found.passages[0].vector[0] = 7


def test_arrays_are_compared_as_a_whole(golden: dict[str, ModuleType]) -> None:
    batch = golden["vectors"].Batch
    data: dict[str, Any] = {"passages": [{"id": "a", "vector": [1, 2, 3, 4]}], "tokens": [1]}
    one, same = batch.validate(data), batch.validate(copy.deepcopy(data))
    assert one == same
    for change in (
        {"mask": [True, False]},
        {"centres": {"a": [1, 2]}},
        {"passages": [{"id": "a", "vector": [1, 2, 3, 5]}]},
        {"passages": []},
    ):
        assert batch.validate({**data, **change}) != one
    assert batch.validate({**data, "centres": {"a": np.ones(2)}}) == batch.validate(
        {**data, "centres": {"a": [1, 1]}}
    )
    assert one != object()


def test_keys_never_travel(golden: dict[str, ModuleType]) -> None:
    upload = golden["vectors"].Upload
    data = {"picture": "https://example.org/a.png", "sound": None}
    made = upload.validate({**data, "key": "sesame-1234"})
    assert copy.deepcopy(made).key.secret() == "sesame-1234"
    for text in (made.to_msgpack(), made.to_json(), repr(made).encode()):
        assert b"sesame" not in text
    with pytest.raises(TypeError, match="a key is not stored: name the environment variable"):
        pickle.dumps(made)
    named = upload.validate(data)
    assert named.key == ApiKey.env("UPLOAD_KEY")
    assert pickle.loads(pickle.dumps(named)) == named
    with pytest.raises(ValidationError) as caught:
        upload.from_msgpack(made.to_msgpack())
    assert [(issue.path, issue.code) for issue in caught.value.issues] == [("key", "masked")]
    packed = msgspec.msgpack.decode(made.to_msgpack())
    assert upload.validate({**packed, "key": "sesame-1234"}) == made


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid_msgpack"),
        (b"\xc1", "invalid_msgpack"),
        (b"\x01\x01", "invalid_msgpack"),
        (b"\xa2\xff\xff", "invalid_msgpack"),
        (b"\xd7\xff" + b"\xff" * 8, "invalid_msgpack"),
        (b"\x91" * 100_000, "too_deep"),
        ("text", "invalid_msgpack"),
        (None, "invalid_msgpack"),
        (3, "invalid_msgpack"),
        (b"\x01", "type"),
        (b"\x81\x01\x01", "unknown_field"),
        (b"\xd4\x05\x01", "type"),
    ],
)
def test_bytes_that_are_no_record(golden: dict[str, ModuleType], raw: Any, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        golden["unions"].Cat.from_msgpack(raw)
    assert caught.value.issues[0].code == code
    assert caught.value.subject == "Cat"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=12))
def test_bytes_raise_nothing_else(golden: dict[str, ModuleType], raw: bytes) -> None:
    try:
        golden["everything"].Tree.from_msgpack(raw)
    except ValidationError as error:
        assert error.issues


def test_integers_that_msgpack_has_no_room_for(golden: dict[str, ModuleType]) -> None:
    made = golden["everything"].Passage.validate({"id": "a", "text": "x", "weight": None, "extra": 2**70})
    with pytest.raises(
        OverflowError,
        match=r"this Passage cannot be written: `extra` has an integer of 71 bits: msgpack has integers",
    ):
        made.to_msgpack()


def test_records_are_matched_by_the_names_of_their_fields(golden: dict[str, ModuleType]) -> None:
    cat, dog = golden["unions"].Cat, golden["unions"].Dog

    def say(pet: object) -> str:
        match pet:
            case cat(lives=1):
                return "last life"
            case cat(lives=lives):
                return f"{lives} lives"
            case dog(name=name):
                return name
            case _:
                return "no pet"

    pets = [cat(kind="cat", lives=1), cat(kind="cat", lives=3), dog(kind="dog", name="Rex"), 3]
    assert [say(pet) for pet in pets] == ["last life", "3 lives", "Rex", "no pet"]


def test_changed_copies(golden: dict[str, ModuleType]) -> None:
    cat = golden["unions"].Cat
    made = cat.validate({"kind": "cat", "lives": 9})
    unchecked = msgspec.structs.replace(made, lives=-1)
    assert (unchecked.lives, made.lives) == (-1, 9)
    assert [issue.path for issue in cat.check(unchecked)] == ["lives"]
    assert made.__replace__(lives=3) == cat(kind="cat", lives=3)
    with pytest.raises(ValidationError):
        cat.validate({**msgspec.structs.asdict(made), "lives": -1})
    with pytest.raises(AttributeError):
        made.lives = 8

    @dataclass(frozen=True)
    class Owner:
        pet: Any

    assert replace(Owner(made), pet=unchecked).pet is unchecked


def test_records_have_no_weak_references(golden: dict[str, ModuleType]) -> None:
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(golden["unions"].Cat(kind="cat", lives=9))


def test_other_processes_read_what_was_pickled(tmp_path: Path) -> None:
    for name in ("unions", "vectors"):
        shutil.copy(GOLDEN / name / "expected.py", tmp_path / f"{name}_spawned.py")
    with on_path(str(tmp_path)):
        unions, vectors = import_module("unions_spawned"), import_module("vectors_spawned")
        made = [
            unions.Box.validate({"pet": {"kind": "cat", "lives": 3}, "answer": "no"}),
            vectors.Passage.validate({"id": "a", "vector": [1, 2, 3, 4]}),
            unions.Sort.Output.validate({"pet": {"kind": "dog", "name": "Rex"}}),
        ]
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawning) as pool:
            assert list(pool.map(copy.deepcopy, made)) == made
            with pytest.raises(ValidationError) as caught:
                pool.submit(unions.Cat.validate, {"kind": "cat", "lives": 0}).result()
    assert [(issue.path, issue.code) for issue in caught.value.issues] == [("lives", "too_small")]
    for name in ("unions_spawned", "vectors_spawned"):
        del sys.modules[name]
