"""What a record may hold and no text can: who writes it is told where it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import mlsig
import pytest
from pydantic import TypeAdapter
from pydantic import ValidationError as PydanticError

LONE = "so\ud800"
HUGE = 10**5_000
TEXT = "a lone surrogate at character 3, which no UTF-8 text can have"
DIGITS = f"an integer of {HUGE.bit_length()} bits, which is more digits than Python writes"

Box: Any = mlsig.create_schema("""
schema Inner { s: str = "" }
schema Box {
  s: str = ""
  i: int = 1
  j: json = null
  u: int | str = 1
  l: list[str] = []
  m: map[int] = {}
  inner: Inner? = null
  t: token_list = []
  r: model_response? = null
  c: reasoning_chain = []
  image: image? = null
  time: datetime? = null
  vector: embedding(2)? = null
}
""")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"s": LONE}, f"`s` has {TEXT}"),
        ({"i": HUGE}, f"`i` has {DIGITS}"),
        ({"i": -HUGE}, f"`i` has {DIGITS}"),
        ({"j": [1, {"a": LONE}]}, f'`j[1]["a"]` has {TEXT}'),
        ({"j": {LONE: 1}}, f"`j` has a key with {TEXT}"),
        ({"j": {"a": [HUGE]}}, f'`j["a"][0]` has {DIGITS}'),
        ({"u": LONE}, f"`u` has {TEXT}"),
        ({"u": HUGE}, f"`u` has {DIGITS}"),
        ({"l": ["", "é", LONE]}, f"`l[2]` has {TEXT}"),
        ({"m": {"a": HUGE}}, f'`m["a"]` has {DIGITS}'),
        ({"inner": {"s": LONE}}, f"`inner.s` has {TEXT}"),
        ({"t": [3, LONE]}, f"`t[1]` has {TEXT}"),
        ({"t": [HUGE]}, f"`t[0]` has {DIGITS}"),
        ({"r": {"text": "a", "b": LONE}}, f'`r["b"]` has {TEXT}'),
        ({"c": [{"step": LONE, "reasoning": ""}]}, f"`c[0].step` has {TEXT}"),
        ({"image": f"https://{LONE}"}, "`image` has a lone surrogate at character 11"),
        ({"vector": [1, 2], "time": "2026-11-23T18:30:00Z", "s": LONE}, f"`s` has {TEXT}"),
    ],
    ids=range(17),
)
def test_what_cannot_be_written_is_named(data: dict[str, Any], place: str) -> None:
    box = Box.validate(data)
    assert box.to_dict()
    ways: list[Callable[[], object]] = [box.to_json, lambda: Box.to_json_many([box], lines=True)]
    ways += [] if "bits" in place else [box.to_msgpack]
    for way in ways:
        with pytest.raises(ValueError, match=r"^this Box cannot be written: ") as caught:
            way()
        assert place.removeprefix("`") in str(caught.value)
        str(caught.value).encode()
    with pytest.raises(PydanticError) as refused:
        TypeAdapter(Box).validate_python(data)
    (error,) = refused.value.errors()
    assert error["type"] == "unwritable"
    assert error["msg"].startswith("cannot be written: it has a")


def test_the_item_of_a_list_is_named() -> None:
    with pytest.raises(ValueError, match=r"this Box cannot be written: `\[1\]\.s` has a lone surrogate"):
        Box.to_json_many([Box(), Box(s=LONE)])


def test_what_can_be_written_is_taken_by_pydantic() -> None:
    data = {"s": "é\U0001f600", "i": 10**4_000, "j": {"ü": [1.5, None, True]}, "vector": [1, 2]}
    assert TypeAdapter(Box).validate_python(data) == Box.validate(data)
    assert Box.from_json(Box.validate(data).to_json()) == Box.validate(data)


def test_python_may_be_told_to_write_more_digits() -> None:
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert len(Box(i=HUGE).to_json()) > 5_000
    finally:
        sys.set_int_max_str_digits(digits)


def test_msgpack_has_less_room() -> None:
    for number in (2**64 - 1, -(2**63)):
        assert Box.from_msgpack(Box(i=number).to_msgpack()).i == number
    for number in (2**64, -(2**63) - 1, HUGE):
        with pytest.raises(
            OverflowError, match=r"`i` has an integer of .* bits: msgpack has integers of 64 bits"
        ):
            Box(i=number).to_msgpack()
    early = Box.validate({"time": "0001-01-01T00:00:00+10:00"})
    assert Box.from_json(early.to_json()) == early
    with pytest.raises(OverflowError, match="`time` has a time that is in no year from 1 to 9999 in UTC"):
        early.to_msgpack()
    assert Box.validate({"time": "0001-01-01T00:00:00"}).to_msgpack()
