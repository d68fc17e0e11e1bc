"""Values that misbehave, to try every entry point with; fresh ones each time, since some can be used once."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import math
import sys
import types
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

DEEP = 10**6


class Text(enum.StrEnum):
    a = "a"


class Whole(enum.IntEnum):
    one = 1


def misbehaving(error: BaseException, *methods: str, parent: type = object, content: Any = None) -> Any:
    """Return an object of a class whose methods raise."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    body: dict[str, Any] = dict.fromkeys(methods, fail)
    if "__class__" in methods:
        body["__class__"] = property(fail)
    kind: Any = type("Misbehaving", (parent,), body)
    return kind() if content is None else kind(content)


EVERYTHING = (
    "__eq__",
    "__ne__",
    "__lt__",
    "__hash__",
    "__len__",
    "__iter__",
    "__next__",
    "__getitem__",
    "__contains__",
    "__getattr__",
    "__getattribute__",
    "__repr__",
    "__str__",
    "__format__",
    "__bool__",
    "__int__",
    "__float__",
    "__index__",
    "__array__",
    "__array_interface__",
    "__buffer__",
    "__call__",
    "__reduce__",
    "__class__",
    "keys",
    "items",
    "values",
    "get",
    "encode",
    "isoformat",
)


class LyingText(str):
    def __len__(self) -> int:
        return sys.maxsize

    def __str__(self) -> str:
        return "another"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def encode(self, *_: Any) -> bytes:
        return b"\xff"


class LyingDict(dict[Any, Any]):
    def items(self) -> Any:
        return [("x", object())]

    def __iter__(self) -> Iterator[Any]:
        return iter(["other"])

    def __getitem__(self, key: Any) -> Any:
        return self

    def get(self, *_: Any) -> Any:
        return self


class LyingList(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter([self])

    def __len__(self) -> int:
        return sys.maxsize


class LyingWhole(int):
    def __int__(self) -> int:
        return 10**6

    def __mod__(self, other: Any) -> int:
        return 0

    def __lt__(self, other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__


class LyingNumber(float):
    def __float__(self) -> float:
        return math.nan

    def __abs__(self) -> float:
        return 0.0


class Claiming:
    """Says that it is of another class."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.__dict__["kind"]


class HostileKind(type):
    """The class of classes that cannot be asked anything."""

    def __hash__(cls) -> int:
        raise RuntimeError("hash")

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("eq")

    def __repr__(cls) -> str:
        raise RuntimeError("repr")

    def __instancecheck__(cls, instance: object) -> bool:
        raise RuntimeError("instance")

    def __subclasscheck__(cls, subclass: type) -> bool:
        raise RuntimeError("subclass")

    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError("attribute")


class OfHostileKind(metaclass=HostileKind):
    pass


class Raising(Mapping[str, Any]):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getitem__(self, key: str) -> Any:
        raise self.error

    def __iter__(self) -> Iterator[str]:
        return iter(["x"])

    def __len__(self) -> int:
        return 1


class Growing(Mapping[str, Any]):
    """Every value of it is another one."""

    def __getitem__(self, key: str) -> Any:
        return Growing()

    def __iter__(self) -> Iterator[str]:
        return iter(["x"])

    def __len__(self) -> int:
        return 1


class Unhashable(str):
    __hash__ = None  # type: ignore[assignment]


class Day(datetime.date):
    def isoformat(self) -> str:
        raise RuntimeError("isoformat")


class Moment(datetime.datetime):
    def utcoffset(self) -> Any:
        raise RuntimeError("offset")


class Offset(datetime.tzinfo):
    def utcoffset(self, _: Any) -> Any:
        raise RuntimeError("offset")

    def dst(self, _: Any) -> Any:
        raise RuntimeError("dst")

    def tzname(self, _: Any) -> Any:
        raise RuntimeError("name")


def deep_list() -> Any:
    found: Any = 1
    for _ in range(DEEP):
        found = [found]
    return found


def deep_dict(key: str = "x") -> Any:
    found: Any = 1
    for _ in range(DEEP):
        found = {key: found}
    return found


def deep_both() -> Any:
    found: Any = {}
    for _ in range(DEEP // 2):
        found = {"x": [found]}
    return found


def own_list() -> Any:
    found: list[Any] = []
    found.append(found)
    return found


def own_dict() -> Any:
    found: dict[str, Any] = {}
    found["x"] = found
    return found


def generated() -> Iterator[int]:
    yield from (1, 2, 3)


def values() -> dict[str, Any]:
    """Return one of each, by a name for it."""
    held = np.array([1.0], object)
    held[0] = held
    found: dict[str, Any] = {
        **{f"raises {name}": misbehaving(RuntimeError(name), name) for name in EVERYTHING},
        "raises at everything": misbehaving(ValueError("no"), *EVERYTHING),
        "runs out of memory": misbehaving(MemoryError(), *EVERYTHING),
        "recurs": misbehaving(RecursionError(), *EVERYTHING),
        "stops": misbehaving(StopIteration(), *EVERYTHING),
        "a bad dict": misbehaving(OSError(), *EVERYTHING, parent=dict, content={"x": 1}),
        "a bad list": misbehaving(OSError(), *EVERYTHING, parent=list, content=[1]),
        "a bad text": misbehaving(OSError(), *EVERYTHING, parent=str, content="a"),
        "a bad int": misbehaving(OSError(), *EVERYTHING, parent=int, content=1),
        "a bad float": misbehaving(OSError(), *EVERYTHING, parent=float, content=1.0),
        "a bad tuple": misbehaving(OSError(), *EVERYTHING, parent=tuple, content=(1,)),
        "a bad set": misbehaving(OSError(), *EVERYTHING, parent=frozenset, content=(1,)),
        "bad bytes": misbehaving(OSError(), *EVERYTHING, parent=bytes, content=b"a"),
        "a lying text": LyingText("a"),
        "a lying dict": LyingDict(x=1),
        "a lying list": LyingList([1]),
        "a lying int": LyingWhole(3),
        "a lying float": LyingNumber(3),
        **{f"claims to be {kind.__name__}": Claiming(kind) for kind in (str, int, float, dict, list, bool)},
        "claims to be a date": Claiming(datetime.date),
        "of a hostile kind": OfHostileKind(),
        "a hostile kind": OfHostileKind,
        "a raising mapping": Raising(RuntimeError("no")),
        "a mapping that runs out of memory": Raising(MemoryError()),
        "a growing mapping": Growing(),
        "a mapping": types.MappingProxyType({"x": 1}),
        "a user's dict": collections.UserDict(x=1),
        "a user's list": collections.UserList([1]),
        "a default dict": collections.defaultdict(list, x=1),
        "a chain of maps": collections.ChainMap({"x": 1}),
        "a counter": collections.Counter("x"),
        "a deque": collections.deque([1]),
        "a generator": generated(),
        "an iterator": iter([1]),
        "a range": range(3),
        "keys": {"x": 1}.keys(),
        "a lone surrogate": "\ud800",
        "a lone surrogate as a key": {"\ud800": 1, "x": "\udfff"},
        "keys that are no text": {1: 2, None: 3, (1,): 4, "x": 5, b"x": 6, 1.5: 7},
        "an unhashable text": Unhashable("a"),
        "a subclass as a key": {LyingText("x"): 1},
        "a member as a key": {Text.a: 1},
        "a huge int": 10**10_000,
        "a huge negative int": -(10**10_000),
        "huge ints": [10**10_000, {"x": 10**10_000}],
        "a huge text": "a" * 3_000_000,
        "a huge key": {"k" * 3_000_000: 1},
        "many items": list(range(20_000)),
        "a text with everything": "\x00\n\r\t\x1b[31m\u202e\ufeff'\"\\",
        "nan": math.nan,
        "infinity": math.inf,
        "minus infinity": -math.inf,
        "numbers": [math.nan, math.inf, -0.0, 5e-324, 1e308],
        "true": True,
        "null": None,
        "complex": 1j,
        "decimal": decimal.Decimal("1.5"),
        "decimal nan": decimal.Decimal("sNaN"),
        "fraction": fractions.Fraction(1, 3),
        "bytes": b"a",
        "a byte array": bytearray(b"a"),
        "memory": memoryview(b"a"),
        "released memory": released(),
        "memory with two dimensions": memoryview(bytes(4)).cast("B", (2, 2)),
        "an array": array.array("d", [1.0]),
        "an array of characters": array.array("w" if sys.version_info >= (3, 13) else "u", "a"),
        "member of text": Text.a,
        "member of ints": Whole.one,
        "an enum": Text,
        "a class": int,
        "a module": math,
        "a function": values,
        "not implemented": NotImplemented,
        "an ellipsis": ...,
        "a slice": slice(1),
        "an error": RuntimeError("no"),
        "a weak reference": weakref.ref(Claiming(int)),
        "a proxy": weakref.proxy(KEPT),
        "a dead proxy": weakref.proxy(Claiming(int)),
        "a date": datetime.date(2026, 11, 23),
        "a datetime": datetime.datetime(2026, 11, 23),
        "a strange date": Day(2026, 11, 23),
        "a strange datetime": Moment(2026, 11, 23),
        "a strange zone": datetime.datetime(2026, 11, 23, tzinfo=Offset()),
        "a time": datetime.time(1),
        "a duration": datetime.timedelta(1),
        "a numpy text": np.str_("a"),
        "a numpy bool": np.bool_(True),
        "a numpy int": np.int64(1),
        "a numpy float": np.float64(1),
        "a numpy half": np.float16("nan"),
        "a numpy date": np.datetime64("2026-11-23"),
        "an array of objects": np.array([1, None, object()], object),
        "an array in itself": held,
        "an array of texts": np.array(["a"]),
        "an array of records": np.zeros(1, [("x", "f4")]),
        "an array of nothing": np.array(None),
        "a masked array": np.ma.masked_array([1.0], [True]),
        "a huge view": np.broadcast_to(np.float32(1), (10**6, 10**6)),
        "a list in itself": own_list(),
        "a dict in itself": own_dict(),
    }
    return found


def released() -> memoryview:
    found = memoryview(b"a")
    found.release()
    return found


KEPT = Claiming(int)
