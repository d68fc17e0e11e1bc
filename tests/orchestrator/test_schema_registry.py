"""Texts that were read before are found, where that pays; nobody can tell but by the time it takes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlsig import ValidationError
from mlsig.orchestrator import Intensity, Supervisor
from mlsig.orchestrator.components import SchemaRegistry
from mlsig.orchestrator.components.copying import copier
from mlsig.orchestrator.components.recent import Recent
from mlsig.orchestrator.components.worth import SAMPLED, Worth
from reference.drawing import data_for
from reference.imported import imported

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
NAMES = ("everything", "unions", "vectors")
KEPT = (
    "everything.Tree", "everything.When", "unions.Box", "unions.Sort.Output", "vectors.Passage",
    "vectors.Batch",
)  # fmt: skip


class Clock:
    """Time that passes when it is told to, or a little whenever somebody looks."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture(scope="module")
def golden() -> Iterator[dict[str, ModuleType]]:
    texts = {name: (GOLDEN / name / "expected.py").read_text(encoding="utf-8") for name in NAMES}
    yield {name: imported(f"{name}_found", text) for name, text in texts.items()}
    for name in NAMES:
        del sys.modules[f"{name}_found"]


def record(golden: dict[str, ModuleType], path: str) -> Any:
    module, *names = path.split(".")
    found: Any = golden[module]
    for name in names:
        found = getattr(found, name)
    return found


def test_the_one_goes_that_was_not_asked_for_the_longest() -> None:
    clock = Clock()
    recent = Recent[str, int](entries=3, ttl=10.0, room=80, clock=clock)
    for at, key in enumerate("abc"):
        recent.put(key, at)
    assert recent.get("a") == 0
    recent.put("d", 3)
    assert [recent.get(key) for key in "abcd"] == [0, None, 2, 3]
    recent.put("a", 4)  # in its own place
    assert (len(recent), recent.size, recent.evicted, recent.hits, recent.misses) == (3, 3, 1, 4, 1)
    clock.now = 9.9
    recent.put("e", 5, size=10)
    recent.put("huge", 6, size=11)  # more than an eighth of all room
    assert recent.get("huge") is None
    assert recent.oldest() == pytest.approx(9.9)
    clock.now = 10.0
    assert recent.get("a") is None  # at the age of `ttl` it is gone
    assert (recent.sweep(), recent.expired) == (1, 2)
    assert (len(recent), recent.size) == (1, 10)
    for key in "fghijklm":
        recent.put(key, 7, size=10)
    assert (len(recent), recent.forget(lambda key: key == "m"), recent.forget()) == (3, 1, 2)
    assert (recent.oldest(), recent.size) == (None, 0)
    with pytest.raises(ValueError, match="0 entries of 100 bytes for 1 s: give more than 0 of each"):
        Recent[str, int](entries=0, ttl=1, room=100)


def test_room_is_made_by_size() -> None:
    recent = Recent[int, int](entries=100, ttl=1.0, room=80)
    for key in range(10):
        recent.put(key, key, size=10)
    assert (len(recent), recent.size, recent.evicted, recent.get(1), recent.get(2)) == (8, 80, 2, None, 2)


def test_it_pays_where_it_saves_twice_what_it_takes() -> None:
    for each, found, pays in ((2.1, True, True), (1.9, True, False), (9.0, False, False)):
        worth = Worth(trial=2 * SAMPLED)
        timed = 0
        for _ in range(2 * SAMPLED):
            assert worth.pays is None
            if worth.look(1.0, found):
                timed += 1
                worth.work(each)
            worth.decide()
        assert worth.pays is pays
        assert (worth.left > 0) is pays
        assert timed == (2 if found else 2 * SAMPLED)
        worth.again()
        assert (worth.pays, worth.left) == (None, 0)
    with pytest.raises(ValueError, match="a trial of 0 lookups tells nothing"):
        Worth(0)


@pytest.mark.parametrize("path", KEPT)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_found_is_what_would_be_read(
    path: str, golden: dict[str, ModuleType], data: st.DataObject
) -> None:
    kind = record(golden, path)
    value = data.draw(data_for(kind))
    try:
        made = kind.validate(value)
        raw = made.to_json()
        expected = kind.from_json(raw)
    except (ValidationError, ValueError):
        return
    registry = SchemaRegistry(trial=10**6)
    registry.register(kind)
    for _ in range(3):
        found = registry.from_json(kind, raw)
        assert type(found) is kind
        assert found == expected
        spoil(found)
    assert registry.stats().hits == 2


def spoil(value: Any) -> None:
    """Change all that can be changed."""
    if isinstance(value, dict):
        each = list(value.values())
        value.clear()
    elif isinstance(value, list):
        each = list(value)
        value.clear()
    elif hasattr(value, "__struct_fields__"):
        each = [getattr(value, name) for name in value.__struct_fields__]
    else:
        return
    for item in each:
        spoil(item)


def test_what_is_not_for_keeping_is_not_kept(golden: dict[str, ModuleType]) -> None:
    for path in ("everything.Any", "everything.Passage", "everything.Check.Expected", "vectors.Raw"):
        assert copier(record(golden, path).shape()) is None, path  # free JSON, a function of the user, parts
    registry = SchemaRegistry()
    registry.register(golden["everything"].Any)
    assert registry.schemas() == {"everything_found.Any": golden["everything"].Any}
    with pytest.raises(ValidationError):
        registry.from_json(golden["everything"].Any, b"[")
    assert (registry.stats().misses, registry.stats().hit_rate) == (0, 0.0)


async def test_classes_ask_the_registry_while_it_runs_and_where_it_pays(
    golden: dict[str, ModuleType],
) -> None:
    kind = golden["unions"].Cat
    raw, other = b'{"kind": "cat", "lives": 3}', b'{"kind": "cat", "lives": 4}'
    kind.check(None)
    before = vars(kind)["from_json"]
    timer = Clock(step=1.0)  # whatever is timed takes a second, so it never pays
    registry = SchemaRegistry(trial=4, timer=timer, sweep=0.0)
    registry.register(kind)
    second = SchemaRegistry()
    async with Supervisor([registry.child(), second.child("second")]) as top:
        second.register(kind)  # who comes second stays behind
        assert second.from_json(kind, raw) == before.__func__(kind, raw)

        class Derived(kind):  # type: ignore[misc, valid-type]
            pass

        for _ in range(2):
            assert kind.from_json(raw) == before.__func__(kind, raw)
        assert type(Derived.from_json(raw)) is Derived
        assert (registry.stats().hits, registry.stats().misses) == (1, 1)
        assert kind.from_json(bytearray(raw)).lives == 3  # which may change, and is not looked up
        with pytest.raises(ValidationError):
            kind.from_json(b'{"kind": "dog"}')
        kind.from_json(raw)
        assert (registry.stats().resting, registry.stats().paying) == ((kind.__qualname__,), ())
        assert vars(kind)["from_json"] is before  # the class costs nothing more
        assert registry.from_json(kind, other).lives == 4
        assert registry.stats().entries == 1
        timer.step = 0.0
        while vars(kind)["from_json"] is before:  # until the next look, which gives it another trial
            await asyncio.sleep(0)
        await top.terminate_child("schema_registry")
        assert vars(kind)["from_json"] is before
    assert second.stats().entries == 1


def test_what_is_too_deep_to_copy_is_read_as_ever(golden: dict[str, ModuleType]) -> None:
    tree = golden["everything"].Tree
    registry = SchemaRegistry(trial=10**6)
    registry.register(tree)
    levels = 10
    while True:
        raw = b'{"label": "a", "children": [' * levels + b'{"label": "a"}' + b"]}" * levels
        try:
            expected = tree.from_json(raw)
        except ValidationError:
            break  # too deep to be read at all
        for _ in range(2):
            assert registry.from_json(tree, raw) is not expected
        levels = levels * 3 // 2
    kept, hits = registry.stats().entries, registry.stats().hits
    assert 0 < kept == hits < levels

    shallow = b'{"label": "a", "children": [' * 60 + b'{"label": "a"}' + b"]}" * 60
    found = registry.from_json(tree, shallow)

    def deeper(by: int) -> Any:
        return deeper(by - 1) if by else registry.from_json(tree, shallow)

    for by in range(sys.getrecursionlimit() - 400, sys.getrecursionlimit(), 10):
        try:
            assert deeper(by) == found
        except ValidationError:
            break  # from here it cannot be read either
        except RecursionError:
            break  # nor asked for


def test_an_answer_that_a_model_gives_twice_is_found(golden: dict[str, ModuleType]) -> None:
    sort = golden["unions"].Sort
    registry = SchemaRegistry()
    answer = '{"pet": {"kind": "cat", "lives": 9}, "sure": 0.5}'
    with registry.in_front_of(sort.Input, sort.Output):
        assert sort.parse(answer) == sort.parse(answer)
        assert registry.stats().hits == 1
    assert registry.stats().schemas == 2


async def test_what_was_read_outlives_a_crash_of_the_task_that_looks_after_it(
    golden: dict[str, ModuleType],
) -> None:
    kind = golden["unions"].Cat
    raw = b'{"kind": "cat", "lives": 9}'

    registry = SchemaRegistry(sweep=0.0)
    registry.register(kind)
    looks = 0

    def broken() -> int:
        nonlocal looks
        looks += 1
        raise OSError("dead")

    async with Supervisor([registry.child()], intensity=Intensity(10**6, 1.0)) as top:
        kind.from_json(raw)
        registry._cache.sweep = broken  # type: ignore[method-assign]
        while looks < 3:
            await asyncio.sleep(0)
        [status] = top.status().children
        assert status.restarts >= 2
        assert str(status.last) == "crash: OSError: dead"
        assert registry.stats().entries == 1
        registry.from_json(kind, raw)
        assert registry.stats().hits == 1
        assert registry.clear(golden["unions"].Plain) == 0
        assert registry.clear(kind) == 1


def test_names_say_which_schema(golden: dict[str, ModuleType]) -> None:
    registry = SchemaRegistry()
    with pytest.raises(KeyError, match="there is no schema Passage; there are none"):
        registry.get("Passage")
    registry.register(golden["everything"].Passage, golden["vectors"].Passage, golden["unions"].Cat)
    assert registry.get("Cat") is registry.get("unions_found.Cat") is golden["unions"].Cat
    with pytest.raises(KeyError, match=r"ask for one of everything_found\.Passage, vectors_found\.Passage"):
        registry.get("Passage")


def test_what_pays_is_not_timed_for_long_and_then_again(golden: dict[str, ModuleType]) -> None:
    kind = golden["unions"].Cat
    looked: list[float] = []

    def timer() -> float:
        """Reading takes a hundred times as long as looking."""
        looked.append(looked[-1] + (100.0 if len(looked) % 3 == 2 else 1.0) if looked else 0.0)
        return looked[-1]

    registry = SchemaRegistry(trial=1, timer=timer)
    registry.register(kind)
    raw = '{"kind": "cat", "lives": 1}'
    cached = registry._cached[kind]
    registry.from_json(kind, raw)  # a miss: nothing is saved, so it rests
    assert cached.worth.pays is False
    registry.look_after()
    assert cached.worth.pays is None
    cached.worth.pays, cached.worth.left = True, 3
    count = len(looked)
    lives = [registry.from_json(kind, text).lives for text in (raw, raw, raw.replace("1", "2"))]
    assert (lives, len(looked)) == ([1, 1, 2], count)
    assert registry.from_json(kind, raw).lives == 1
    assert len(looked) > count  # this one was timed again
    assert registry.stats().hit_rate == pytest.approx(3 / 5)
