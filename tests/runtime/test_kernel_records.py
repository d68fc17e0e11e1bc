"""Records that the compiled kernel makes are those that mlsig makes without it; what it doubts is doubted.

Where there is no C compiler the kernel is not built, and pytest says so before the first test.
"""

from __future__ import annotations

import copy
import gc
import json
import math
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import hostile
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.errors import ValidationError
from mlsig.records.fast import fast
from mlsig.types.kernel import kernel
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from nightly import examples
from reference.compiled import installed
from reference.imported import imported
from reference.test_agreement import agreed

PLANNED = """
enum Color { red, green }
schema Scalars {
  text: str  short: str(min_length=1, max_length=3)  whole: int  even: int(-4..1000, multiple_of=2)
  any: int(ge=0)  wide: int(le=9223372036854775807)
  number: float  share: probability  above: float(gt=0, lt=2.5)
  truth: bool  color: Color  fixed: "a" | "b" | 3 | 4 | 5  day: date  moment: datetime
}
schema Inner { x: int = 1  y: str? = null  z: list[str] = [] }
schema Several {
  one: Inner  maybe: Inner?  many: list[Inner](max_length=3)  named: map[Inner](min_length=1)
  rows: list[list[int]]
  numbers: map[float?] = {}  again: list[int](unique) = []  free: json = null
}
schema Cat { kind: "cat" | "lion"  lives: int }
schema Dog { kind: "dog"  name: str(pattern="^[A-Z]") }
schema Unions { pet: Cat | Dog  pets: list[Cat | Dog | int] = []  mixed: str | int | list[bool] | Inner?
  day: date | int }
schema Tree { value: int = 0  more: list[Tree] = []  named: map[Tree] = {}  next: Tree? = null
  either: Tree | int = 1 }
schema Ruled { @alias("n") name: str(pattern="^[a-z]+$")  low: int  high: int
  transform name = strip(name)  check ordered: low < high }
@open schema Open { @alias("other") name: str  inner: Inner = {} }
schema Arrays { vector: embedding(3)  grid: tensor(2, _, dtype=int16)?  ids: token_list(max_length=4) = [] }
signature Asked { input question: str  input hints: list[str] = []
  output answer: Color  output why: str? = null }
"""
OTHERS = """
schema Found { found: int }
schema Link { name: str = ""  next: Link? = null  more: list[str]? = null }
schema Failed { why: str }
schema Flag { flag: true | 1 }
schema Named { result: Found | Failed }
schema Picture { picture: image }
"""
RIGHT: dict[str, dict[str, Any]] = {
    "Scalars": {
        "text": "é" * 70,
        "short": "a\U0001f600",
        "whole": 10**30,
        "even": -2,
        "any": 2**62,
        "wide": -(2**63),
        "number": 3,
        "share": 1.0,
        "above": 0.5,
        "truth": False,
        "color": "green",
        "fixed": 4,
        "day": "2026-11-23",
        "moment": "2026-11-23T18:30:00Z",
    },
    "Several": {
        "one": {},
        "maybe": None,
        "many": [{"x": 2}, {"y": "a", "z": ["b"]}],
        "named": {"a": {"x": 3}, "": {"y": None}},
        "rows": [[], [1, 2]],
        "numbers": {"a": 1, "b": None},
        "again": [1, 2],
        "free": {"a": [1.5, None, True]},
    },
    "Unions": {
        "pet": {"kind": "cat", "lives": 9},
        "pets": [{"name": "Rex", "kind": "dog"}, 3, {"kind": "lion", "lives": 1}],
        "mixed": [True],
        "day": 3,
    },
    "Tree": {
        "more": [{"value": 1}, {"more": [{}]}],
        "named": {"a": {}},
        "next": {"next": None},
        "either": {},
    },
    "Ruled": {"n": "abc", "low": 1, "high": 2},
    "Open": {"other": "x", "more": object, "inner": {"x": 4}},
    "Arrays": {"vector": [1, 2.5, 3], "grid": [[1], [2]], "ids": [1, "a"]},
    "Asked.Input": {"question": "Why?"},
    "Asked.Output": {"answer": "red"},
}
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    3,
    7,
    2**63,
    -(2**63) - 1,
    10**400,
    0.0,
    -0.0,
    2.5,
    1e300,
    math.nan,
    math.inf,
    "",
    "a",
    "a\ud800",
    "ABC",
    "abcd",
    "cat",
    "2026-02-30",
    [],
    [1],
    [None],
    ["a", "a"],
    {},
    {"x": 1},
    {"kind": "dog"},
    {"kind": "cow"},
    {"x": 1, "X": 2},
    (1,),
    b"a",
    *hostile.values().values(),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType | None]:
    """The kernel, installed for as long as these tests run."""
    with installed(tmp_path_factory.mktemp("kernel")) as found:
        yield found


@pytest.fixture(scope="module")
def kinds(built: ModuleType | None) -> Iterator[ModuleType]:
    assert built is None or kernel() is not None
    text = compile_source(Source(Path("planned.mlsig"), "planned", PLANNED + OTHERS)).text
    assert text is not None
    yield imported("planned_records", text)
    del sys.modules["planned_records"]


def named(kinds: ModuleType, name: str) -> Any:
    found: Any = kinds
    for part in name.split("."):
        found = getattr(found, part)
    return found


def said(value: Any) -> Any:
    """Return a value as something that is equal for the same of the same types, down to the bits."""
    if isinstance(value, msgspec.Struct):
        return (type(value), [said(getattr(value, name)) for name in value.__struct_fields__])
    if type(value) is list:
        return [said(item) for item in value]
    if type(value) is dict:
        return [(said(key), said(item)) for key, item in value.items()]
    if type(value) is np.ndarray:
        return (value.dtype.str, value.shape, value.tobytes(), value.flags.writeable)
    return (type(value), value.hex() if type(value) is float else value)


def outcome(make: Callable[[Any], Any], data: Any) -> Any:
    try:
        return said(make(data))
    except ValidationError as error:
        return list(error.issues)
    except Exception:
        return None


def changes(data: Any) -> Iterator[Any]:
    """Yield data with one value in it another, one left out, or one added."""
    yield from ODD
    if type(data) is dict:
        for key, item in data.items():
            yield {other: inner for other, inner in data.items() if other != key}
            for change in changes(item):
                yield {**data, key: change}
        yield {**data, "unknown": 1}
        yield {**data, 1: 1}
        yield {hostile.LyingText(key): item for key, item in data.items()}
        yield dict(reversed(data.items()))
        yield hostile.LyingDict(data)
    if type(data) is list:
        for index, item in enumerate(data):
            for change in changes(item):
                yield [*data[:index], change, *data[index + 1 :]]
        yield data * 3
        yield hostile.LyingList(data)


@pytest.mark.parametrize("name", RIGHT)
def test_records_are_the_same_with_it_and_without(
    built: ModuleType | None, kinds: ModuleType, name: str
) -> None:
    record, data = named(kinds, name), RIGHT[name]
    quick = fast(record)
    without = quick.otherwise
    assert without is not None
    assert (quick.plan is None) == (built is None)
    assert type(record.validate(data)) is record
    if quick.plan is not None:
        assert quick.plan.read(data) is not None
        assert quick.plan.read_many([data] * 3) is not None
    checked = sure = 0
    for changed in (data, *changes(data)):
        found = outcome(quick.value, changed)
        if found is not None:
            assert found == outcome(record.validate, changed), changed
            assert found == outcome(lambda one: record.validate_many([one, data])[0], changed)
            # What raises is a doubt, and decides nothing. Who made the first array of a size in this process,
            # with a kernel or without one, makes all later ones too, and doubts others.
            other = outcome(without, changed)
            assert other in (found, None), changed
            sure += other is not None
        checked += 1
    assert checked > 50
    assert sure


@given(st.data())
@examples(15)
def test_it_agrees_with_the_reference_on_random_records(
    built: ModuleType | None, data: st.DataObject
) -> None:
    assert agreed(data)


def test_what_it_does_not_know_is_made_without_it(kinds: ModuleType) -> None:
    for name in ("Flag", "Named", "Picture"):
        assert fast(getattr(kinds, name)).plan is None
    assert kinds.Named.validate({"result": {"why": "x"}}).result == kinds.Failed(why="x")
    for wrong in (3, [], {"why": 1}, {"found": 1, "why": "x"}):
        assert kinds.Named.check({"result": wrong})


def test_classes_of_users_own_are_made_without_it(kinds: ModuleType) -> None:
    for parent in (kinds.Inner, kinds.Ruled, kinds.Found):
        assert type(parent.validate(FITTING[parent.__name__])) is parent
        mine = type("Mine", (parent,), {}, frozen=True, kw_only=True)
        for _ in range(2):
            assert type(mine.validate(FITTING[parent.__name__])) is mine
        assert fast(mine).plan is None
        assert next(issue.code for issue in mine.check({"unknown": 1})) == "unknown_field"


FITTING: dict[str, Any] = {
    "Inner": {"x": 3},
    "Ruled": {"name": "a", "low": 1, "high": 2},
    "Found": {"found": 1},
}


def test_both_names_of_a_field_and_neither(kinds: ModuleType) -> None:
    data = {"low": 1, "high": 2}
    for names, codes in (
        ({"n": "a"}, []),
        ({"name": "a"}, []),
        ({"n": "a", "name": "a"}, ["given_twice"]),
        ({}, ["missing"]),
    ):
        assert [issue.code for issue in kinds.Ruled.check({**data, **names})] == codes


def test_depth_is_bounded(built: ModuleType | None, kinds: ModuleType) -> None:
    def chain(depth: int, name: str, wrap: Callable[[Any], Any]) -> Any:
        data: Any = {}
        for _ in range(depth):
            data = {name: wrap(data)}
        return data

    cycle: dict[str, Any] = {}
    cycle["next"] = cycle
    cycle["more"] = [cycle]
    ways: list[tuple[str, Callable[[Any], Any]]] = [
        ("next", lambda inner: inner),
        ("more", lambda inner: [inner]),
        ("named", lambda inner: {"a": inner}),
        ("either", lambda inner: inner),
    ]
    for name, wrap in ways:
        plan = fast(kinds.Tree).plan
        if plan is not None:
            assert plan.read(chain(20, name, wrap)) is not None
            assert plan.read(chain(100, name, wrap)) is None
        assert said(kinds.Tree.validate(chain(100, name, wrap))) is not None
    assert [issue.code for issue in kinds.Tree.check(cycle)] == ["too_deep"]


def test_garbage_collection_sees_what_msgspec_would_show_it(kinds: ModuleType) -> None:
    for record, data in (
        (kinds.Link, {}),
        (kinds.Link, {"next": {"name": "a"}}),
        (kinds.Link, {"next": {"more": ["a"]}}),
        (kinds.Inner, {}),
        (kinds.Open, {"name": "a"}),
        (kinds.Cat, {"kind": "cat", "lives": 1}),
        (kinds.Tree, {"more": [{}]}),
    ):
        without = fast(record).otherwise
        assert without is not None
        assert gc.is_tracked(record.validate(data)) == gc.is_tracked(without(data))


# --- plans of one's own -----------------------------------------------------------------------------


class Pair(msgspec.Struct):
    left: Any
    right: Any = None


def slots(*names: str) -> type[Any]:
    return type("Slots", (), {"__slots__": names})


ANY = ("a", False, ())


def plan_of(built: ModuleType, left: Any, right: Any = ANY, factory: tuple[Any, ...] = ()) -> Any:
    return built.Plan(((Pair, False, (("left", None, left, (), ()), ("right", None, right, (), factory))),))


CHANGED: dict[str, Callable[[Any], object]] = {
    "clear": lambda inner: inner.clear(),
    "pop": lambda inner: inner.pop() if type(inner) is list else inner.popitem(),
    "more": lambda inner: inner.extend("x" * 99) if type(inner) is list else inner.update(MANY),
    "other": lambda inner: inner.reverse() if type(inner) is list else (inner.clear(), inner.update(MANY)),
}
MANY = {f"more {number}": [number] for number in range(99)}


@pytest.mark.parametrize("change", CHANGED)
@pytest.mark.parametrize("kind", ["l", "m"])
def test_containers_that_change_while_they_are_read_are_no_danger(
    built: ModuleType | None, kind: str, change: str
) -> None:
    texts = [str(number) * 40 for number in range(20)]
    inner: Any = texts[:] if kind == "l" else {text: [text] for text in texts}
    data = {"left": inner}
    calls: list[Any] = []

    def call(value: Any) -> Any:
        calls.append(None)
        if len(calls) == 2:
            data.clear()  # so that nobody else holds what is inside
            CHANGED[change](inner)
        return [value]

    if built is None:
        assert call(inner) == [inner]
        return
    found = plan_of(built, (kind, False, (("c", False, (call,)), 0, 100)), factory=(list,)).read(data)
    assert len(calls) >= 2
    assert found is None or len(found.left) == 20


def test_lists_that_change_while_memory_is_asked_for(built: ModuleType | None) -> None:
    if built is None:
        return
    inner = [[str(number)] for number in range(50)]
    data = {"left": [inner, inner, inner], "right": {"a": 1}}
    emptied: list[int] = []

    def empty(phase: str, _info: dict[str, int]) -> None:
        if phase == "stop" and inner:
            emptied.append(len(inner))
            inner.clear()

    lists = ("l", False, (("l", False, (("l", False, (("s", False, (0, 9)), 0, 99)), 0, 99)), 0, 99))
    read = plan_of(built, lists).read
    before = gc.get_threshold()
    gc.collect()
    gc.callbacks.append(empty)
    gc.set_threshold(1)
    try:
        for _ in range(3):
            read(data)
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(empty)
    assert emptied == [50]


def test_what_stops_a_program_passes_and_nothing_else(built: ModuleType | None) -> None:
    if built is None:
        return

    def fail(error: BaseException) -> Callable[..., Any]:
        def raised(*_: Any) -> Any:
            raise error

        return raised

    for error in (ValueError(), RecursionError(), MemoryError(), ExceptionGroup("", [ValueError()])):
        assert plan_of(built, ("c", False, (fail(error),))).read({"left": 1, "right": 1}) is None
        assert plan_of(built, ANY, factory=(fail(error),)).read({"left": 1}) is None
        either = ("u", False, (None, {}, (("c", False, (fail(error),)), ANY)))
        assert plan_of(built, either).read({"left": 1, "right": 2}) == Pair(1, 2)
    for stop in (KeyboardInterrupt, SystemExit, GeneratorExit):
        inside = ("u", False, (None, {}, (("c", False, (fail(stop()),)), ANY)))
        for node in (("c", False, (fail(stop()),)), inside, ("l", False, (inside, 0, 9))):
            with pytest.raises(stop):
                plan_of(built, node).read({"left": [1], "right": 1})
            with pytest.raises(stop):
                plan_of(built, node).read_many([{"left": [1], "right": 1}])
        with pytest.raises(stop):
            plan_of(built, ANY, factory=(fail(stop()),)).read({"left": 1})


TEXT = ("s", False, (0, 9))
X, Y = ("x", None, ANY, (), ()), ("y", None, ANY, (), ())
NO_PLANS: list[tuple[type[Exception], Any]] = [
    (TypeError, None),
    (TypeError, []),
    (ValueError, ()),
    (TypeError, (None,)),
    (TypeError, (("x", False, ()),)),
    (TypeError, ((Pair, False, None),)),
    (TypeError, ((slots("x"), False, (None,)),)),
    (TypeError, ((slots("x"), False, (("x", None, None, (), ()),)),)),
    (TypeError, ((slots("x"), False, (("x", 1, ANY, (), ()),)),)),
    (TypeError, ((slots("x"), False, ((hostile.LyingText("x"), None, ANY, (), ()),)),)),
    (AttributeError, ((slots("y"), False, (X,)),)),
    (ValueError, ((slots("x", "y"), False, (X,)),)),
    (ValueError, ((slots("x", "y"), False, (X, X)),)),
    (ValueError, ((slots("x", "y"), False, (X, ("y", "x", ANY, (), ()))),)),
    (ValueError, ((slots("x", "__dict__"), False, (X,)),)),
    (ValueError, ((slots("x", "__weakref__"), False, (X,)),)),
    (
        ValueError,
        (
            (
                slots(*(f"x{n}" for n in range(65))),
                False,
                tuple((f"x{n}", None, ANY, (), ()) for n in range(65)),
            ),
        ),
    ),
    *(
        (ValueError, ((kind, False, ()),))
        for kind in (object, dict, list, int, str, Exception, type("Loose", (), {}))
    ),
    *(
        (error, ((slots("x"), False, (("x", None, node, (), ()),)),))
        for error, node in (
            (ValueError, ("q", False, ())),
            (TypeError, ("s", False, ())),
            (TypeError, ("s", False, ("a", "b"))),
            (TypeError, ("s", False)),
            (OverflowError, ("i", False, (0, 2**63, 0))),
            (ValueError, ("i", False, (0, 1, -1))),
            (TypeError, ("b", False, (1,))),
            (TypeError, ("o", False, ([],))),
            (TypeError, ("o", False, ({1.5: 1},))),
            (TypeError, ("o", False, ({True: 1},))),
            (IndexError, ("r", False, (1,))),
            (IndexError, ("r", False, (-1,))),
            (TypeError, ("l", False, ([], 0, 1))),
            (TypeError, ("u", False, (1, {}, ()))),
            (TypeError, ("u", False, ("kind", {1: 0}, ()))),
            (TypeError, ("u", False, ("kind", {"a": 0.5}, ()))),
            (IndexError, ("u", False, ("kind", {"a": 1}, ()))),
            (TypeError, ("u", False, (None, {}, (1,)))),
        )
    ),
]


@pytest.mark.parametrize("case", range(len(NO_PLANS)))
def test_what_cannot_be_done_is_no_plan(built: ModuleType | None, case: int) -> None:
    error, records = NO_PLANS[case]
    assert issubclass(error, Exception)
    if built is not None:
        with pytest.raises(error):
            built.Plan(records)


def test_plans_nested_without_end_are_refused(built: ModuleType | None) -> None:
    node: Any = TEXT
    for _ in range(200):
        node = ("l", False, (node, 0, 9))
    if built is not None:
        with pytest.raises(ValueError, match="nested too deeply"):
            built.Plan(((slots("x"), False, (("x", None, node, (), ()),)),))


def test_two_slots_that_are_one_are_refused(built: ModuleType | None) -> None:
    kind = slots("x", "y")
    kind.y = kind.x
    if built is not None:
        with pytest.raises(ValueError, match="two fields are one slot"):
            built.Plan(((kind, False, (X, Y)),))
        with pytest.raises(TypeError, match="no slot"):
            built.Plan(((type("Other", (), {"__slots__": ("z",), "x": kind.x}), False, (X,)),))


def test_plans_are_made_in_one_way(built: ModuleType | None) -> None:
    if built is None:
        return
    plan = plan_of(built, ANY)
    for wrong in (built.Plan, lambda: built.Plan((), records=()), lambda: copy.copy(plan)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(TypeError):
        type("Heir", (built.Plan,), {})


# --- references ---------------------------------------------------------------------------------------


def growth(call: Callable[[], Any], rounds: int = 2000) -> tuple[int, int]:
    """Return how many blocks of memory and objects are there in the end that were not in the beginning."""
    for _ in range(200):
        call()
    gc.collect()
    blocks, objects = sys.getallocatedblocks(), len(gc.get_objects())
    for _ in range(rounds):
        call()
    gc.collect()
    return sys.getallocatedblocks() - blocks, len(gc.get_objects()) - objects


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_left_behind(built: ModuleType | None, kinds: ModuleType, name: str) -> None:
    plan = fast(named(kinds, name)).plan
    assert (plan is None) == (built is None)
    if plan is None:
        return
    data = RIGHT[name]
    read, read_many = plan.read, plan.read_many
    wrong: list[Any] = [{**data, "unknown": 1}, *({**data, key: object()} for key in data)]
    wrong += [{other: item for other, item in data.items() if other != key} for key in data]
    wrong += [{key: [*item, object()]} for key, item in data.items() if type(item) is list]

    def all_of_them() -> None:
        read(data)
        read_many([data, data])
        read_many([data, None])
        for one in wrong:
            read(one)

    blocks, objects = growth(all_of_them, 500)
    assert blocks < 100
    assert objects < 20


def test_plans_leave_nothing_behind_either(built: ModuleType | None) -> None:
    if built is None:
        return
    right: Any = (
        (
            Pair,
            True,
            (
                ("left", "l", ("l", True, (("r", False, (0,)), 0, 9)), (), (list,)),
                ("right", None, ANY, ("a",), ()),
            ),
        ),
    )

    def make() -> None:
        built.Plan(right).read({"l": [{"left": []}]})
        for error, records in NO_PLANS:
            with suppress(error):
                built.Plan(records)

    blocks, objects = growth(make, 200)
    assert blocks < 100
    assert objects < 20


def test_references_are_counted_right(built: ModuleType | None) -> None:
    if built is None:
        return
    text, default, key, option = "a text of its own"[:], ["a default"], "".join(["ke", "y"]), 12345678
    maker = lambda value: value  # noqa: E731  (whose references are counted)
    plan = built.Plan(
        (
            (
                Pair,
                False,
                (
                    ("left", key, ("c", False, (maker,)), (), ()),
                    (
                        "right",
                        None,
                        ("u", False, (None, {}, (("o", False, ({option: text},)), TEXT))),
                        (default,),
                        (),
                    ),
                ),
            ),
        )
    )
    held = (text, default, key, option, maker, Pair, plan)
    before = [sys.getrefcount(thing) for thing in held]
    for _ in range(1000):
        assert plan.read({key: text}).right is default
        assert plan.read({key: text, "right": option}).right is text
        assert plan.read({key: text, "right": text}) is None
        assert plan.read({key: text, "other": text}) is None
    assert [sys.getrefcount(thing) for thing in held] == before


def test_a_plan_goes_with_its_class(built: ModuleType | None) -> None:
    if built is None:
        return

    def made() -> weakref.ref[Any]:
        kind: Any = slots("x")
        kind.plan = built.Plan(((kind, False, (("x", None, ("r", True, (0,)), (), (lambda: kind,)),)),))
        assert type(kind.plan.read({"x": None})) is kind
        assert kind.plan.read({}).x is kind
        return weakref.ref(kind)

    gone = made()
    gc.collect()
    assert gone() is None


def test_json_and_the_rest_are_as_ever(kinds: ModuleType) -> None:
    for name, data in RIGHT.items():
        if name == "Open":
            continue
        record = named(kinds, name)
        made = record.validate(data)
        assert record.from_json(json.dumps(data)) == made == record.validate(made) == copy.deepcopy(made)
        assert record.validate_many([data, made.to_dict()]) == [made, made]
        assert hash(made) == hash(copy.copy(made)) if not hashless(made) else True


def hashless(made: Any) -> bool:
    try:
        hash(made)
    except TypeError:
        return True
    return False


class Letter(StrEnum):
    a = "a"


def test_members_of_enums_are_doubts(built: ModuleType | None, kinds: ModuleType) -> None:
    data = {**RIGHT["Asked.Output"], "answer": kinds.Color.red}
    plan = fast(kinds.Asked.Output).plan
    assert plan is None or plan.read(data) is None
    assert kinds.Asked.Output.validate(data).answer is kinds.Color.red
    assert plan is None or plan.read({**data, "why": Letter.a}) is None


def test_the_package_says_what_it_has(built: ModuleType | None) -> None:
    assert built is None or sorted(built.__all__) == ["Plan", "VERSION", "cut", "fill", "tokens"]
    assert built is None or import_module("mlsig_kernel") is built
