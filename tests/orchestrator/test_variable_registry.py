"""Only what is legal is known, equal configurations are one, and what was found outlives who found it."""

from __future__ import annotations

import asyncio
import random

import pytest
import toy
from cancelling import every_point
from mlsig import ValidationError
from mlsig.orchestrator import Child, Intensity, Started, Supervisor
from mlsig.orchestrator.components import VariableRegistry
from steps import AnySettings

DEFAULT = toy.Tuning.default().to_dict()


def test_configurations_are_legal_and_known_once() -> None:
    registry = VariableRegistry()
    with pytest.raises(ValidationError, match="demos"):
        registry.add(toy.Tuning, {**DEFAULT, "demos": 99})
    assert registry.stats().configurations == registry.stats().spaces == 0
    one = registry.add(toy.Tuning, DEFAULT, origin="hand")
    again = registry.add(toy.Tuning, toy.Tuning.default(), by="ada")
    assert one is again
    assert (one.about, one.config) == ({"origin": "hand", "by": "ada"}, toy.Tuning.default())
    unchecked = toy.Tuning.Config(**{**DEFAULT, "demos": 99})
    with pytest.raises(ValidationError):
        registry.add(toy.Tuning, unchecked)
    assert registry.get(one.id) is one
    assert registry.forget(one.id)
    assert not registry.forget(one.id)
    with pytest.raises(KeyError, match="; 0 are known"):
        registry.get(one.id)


def test_what_is_asked_for_is_found() -> None:
    registry = VariableRegistry()
    rng = random.Random(0)
    for at in range(40):
        known = registry.add(toy.Tuning, toy.Tuning.sample(rng), even=at % 2 == 0)
        registry.measured(known.id, accuracy=known.config.to_dict()["temperature"], at=float(at))
    every = registry.find()
    assert len(every) == registry.stats().configurations == registry.stats().measured > 20
    json = registry.find(space=toy.Tuning, values={"adapter": "JSON"}, about={"even": True})
    assert 0 < len(json) < len(every)
    assert all(known.config.to_dict()["adapter"] == "JSON" and known.about["even"] for known in json)
    assert registry.find(space=AnySettings) == registry.find(values={"no_such": 1}) == []
    high = registry.find(where=lambda known: known.metrics["accuracy"] > 0.5)
    assert high == [known for known in every if known.metrics["accuracy"] > 0.5]
    best = registry.best("accuracy", space=toy.Tuning)
    least = registry.best("accuracy", maximize=False)
    assert best is not None
    assert least is not None
    assert best.metrics["accuracy"] == max(known.metrics["accuracy"] for known in every)
    assert least.metrics["accuracy"] == min(known.metrics["accuracy"] for known in every)
    assert registry.best("cost") is None


def test_the_one_is_forgotten_that_was_not_used_for_the_longest() -> None:
    registry = VariableRegistry(configurations=2)
    first, second = (registry.add(toy.Tuning, {**DEFAULT, "demos": demos}) for demos in (0, 1))
    registry.measured(first.id, accuracy=1.0)
    registry.add(toy.Tuning, {**DEFAULT, "demos": 2})
    assert registry.get(first.id).measured == 1
    with pytest.raises(KeyError):
        registry.measured(second.id, accuracy=1.0)
    assert (registry.stats().configurations, registry.stats().forgotten) == (2, 1)
    with pytest.raises(ValueError, match="0 configurations: give 1 or more"):
        VariableRegistry(configurations=0)


def test_spaces_and_variables_are_found_by_name_and_kind() -> None:
    registry = VariableRegistry()
    with pytest.raises(KeyError, match="there is no space Tuning; there are none"):
        registry.space("Tuning")
    registry.register(toy.Tuning, AnySettings, toy.Tuning)
    assert registry.space("Tuning") is toy.Tuning
    assert registry.space("toy.Tuning") is toy.Tuning
    assert registry.spaces() == {"toy.Tuning": toy.Tuning, "steps.AnySettings": AnySettings}
    assert [(space.name, variable.name) for space, variable in registry.variables(kind="float")] == [
        ("Tuning", "temperature")
    ]
    assert len(registry.variables("demos")) == 1
    assert registry.variables(space=AnySettings) == []
    assert len(registry.variables()) == registry.stats().variables == len(toy.Tuning.variables)

    class Another(AnySettings):
        name = "Tuning"

    registry.register(Another)
    with pytest.raises(
        KeyError, match=r"several spaces are called Tuning: ask for one of .*\.Tuning, toy\.Tuning"
    ):
        registry.space("Tuning")


async def test_what_a_crashed_optimisation_found_is_there() -> None:
    registry = VariableRegistry()
    config = toy.Tuning.default()
    crashes = 0

    async def search(started: Started) -> None:
        nonlocal crashes
        started()
        with registry.optimizing("mood", toy.Tuning) as run:
            best = registry.best("accuracy")
            for score in (0.5, 0.7, float("nan"), 0.6):
                if run.progress(score, config):
                    registry.measured(registry.add(toy.Tuning, config).id, accuracy=score)
                await asyncio.sleep(0)
            if best is None:
                crashes += 1
                raise OSError("dead")

    children = [registry.child(), Child("search", search, restart="transient")]
    async with Supervisor(children, intensity=Intensity(3, 60.0)) as top:
        while not registry.optimizations.active(toy.Tuning):
            await asyncio.sleep(0)
        while len(registry.optimizations.ended()) < 2:
            await asyncio.sleep(0)
        await top.terminate_child("variable_registry")
        await top.restart_child("variable_registry")
    first, second = registry.optimizations.ended(toy.Tuning)
    assert (first.status, first.error, second.status) == ("failed", "OSError: dead", "completed")
    assert (first.best, first.config, first.iterations) == (0.7, config, 4)
    assert first.ended is not None
    assert first.began <= first.ended <= second.began
    best = registry.best("accuracy")
    assert best is not None
    assert (best.config, best.metrics, best.measured, crashes) == (config, {"accuracy": 0.7}, 4, 1)
    assert registry.stats().optimizations == {"running": 0, "failed": 1, "completed": 1}
    assert registry.optimizations.ended(AnySettings) == registry.optimizations.active() == []
    assert not first.end()
    with pytest.raises(RuntimeError, match="optimisation mood is failed, and makes no progress any more"):
        first.progress(1.0)


async def test_an_optimisation_ends_with_its_task() -> None:
    registry = VariableRegistry()

    async def careless(error: Exception | None) -> None:
        run = registry.optimizing("loss", toy.Tuning, maximize=False)
        assert [run.progress(score) for score in (2.0, 3.0, 1.0)] == [True, False, True]
        await asyncio.sleep(0)
        if error:
            raise error

    ends = await asyncio.gather(careless(None), careless(OSError("no")), return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), OSError]
    await asyncio.sleep(0)
    assert [(run.status, run.best) for run in registry.optimizations.ended()] == [
        ("completed", 1.0), ("failed", 1.0),
    ]  # fmt: skip

    async def held() -> None:
        with registry.optimizing("loss", toy.Tuning):
            await asyncio.sleep(0)

    async def unheld() -> None:
        registry.optimizing("loss", toy.Tuning)
        await asyncio.sleep(0)

    for work in (held, unheld):
        async for _ in every_point(work):
            await asyncio.sleep(0)
            assert registry.optimizations.active() == []
    assert registry.stats().optimizations["cancelled"] == 2


def test_an_optimisation_needs_no_event_loop() -> None:
    registry = VariableRegistry(ended=1)
    for name in "ab":
        with registry.optimizing(name, toy.Tuning) as run:
            run.progress(1.0)
    assert [run.name for run in registry.optimizations.ended()] == ["b"]
    assert registry.stats().optimizations["completed"] == 2
