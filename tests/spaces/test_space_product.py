"""The space of a pipeline: those of its steps side by side, exact in everything that they are exact in."""

from __future__ import annotations

import importlib
import math
import random
import shutil
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from golden.cases import FOLDER, expected
from mlsig.adapters import ADAPTERS
from mlsig.errors import ValidationError
from mlsig.spaces import Part, Preference, Product, ProductConfig
from msgspec import structs
from reference.imported import on_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    out = tmp_path_factory.mktemp("products")
    shutil.copy(expected("pipelines"), out / "pipelines.py")
    shutil.copy(FOLDER / "pipelines" / "pipelines_functions.py", out)
    with on_path(str(out)):
        yield importlib.import_module("pipelines")
        for name in ("pipelines", "pipelines_functions"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def space(made: ModuleType) -> Any:
    return made.Twice.variables()


def test_it_has_the_variables_of_every_step_and_pipelines_nest(space: Any, made: ModuleType) -> None:
    names = [variable.name for variable in space.variables]
    assert len(names) == len(set(names)) == 2 * 27 + 9
    assert {"key.plan.model", "key.return.temperature", "flow.checked.demos", "sum.top_p"} <= set(names)
    assert [rule.name for rule in space.constraints] == ["key.return.cool", "flow.return.cool"]
    assert (
        space.cardinality()
        == (made.Research.variables().cardinality() ** 2) * made.Plan.variables().cardinality()
    )
    assert space.continuous_dimensions() == sum(part.space.continuous_dimensions() for part in space.parts)
    assert Product.variables == ()


def test_every_way_to_a_configuration_is_legal_and_back(space: Any) -> None:
    rng = random.Random(5)
    config, other = space.sample(rng), space.sample_batch(2, rng)[1]
    ways = [
        config,
        space.default(),
        space.mutate(config, rng),
        space.mutate(config, rng, ["key.return.temperature", "sum.demos"]),
        space.crossover(config, other, rng),
        *space.latin_hypercube(3, rng),
        *space.neighbors(config)[:20],
        space.complete({"key.plan.demos": 1}),
        next(space.grid(1)),
    ]
    for one in ways:
        assert isinstance(one, space.Config)
        assert space.legal(one)
        values = one.to_dict()
        assert space.check(values) == space.check(one) == []
        assert space.validate(values) == space.validate(one) == one
        assert space.Config.from_json(one.to_json()) == one
        assert space.decode(space.encode(one)) == one
        assert (one.key(), one.digest()) == (space.validate(values).key(), space.validate(values).digest())
    assert len(space.encode(config)) == len(space.variables)
    moved = space.mutate(config, rng, ["sum.demos"]).to_dict()
    assert {name for name, value in moved.items() if value != config.to_dict()[name]} == {"sum.demos"}


def test_batches_and_columns_are_the_samples_one_by_one(space: Any) -> None:
    one, other = random.Random(3), random.Random(3)
    configs = [space.sample(one) for _ in range(4)]
    assert space.sample_batch(4, other) == configs
    columns = space.sample_columns(4, random.Random(3))
    assert list(columns["key.return.temperature"]) == [config.key_.return_.temperature for config in configs]


def test_distances_are_means_over_all_variables(space: Any, made: ModuleType) -> None:
    config = space.default()
    moved = space.complete({"sum.reasoning": "ChainOfThought"})
    assert space.distance(config, config) == 0.0
    assert math.isclose(space.distance(config, moved), 1 / len(space.variables))
    far = made.Plan.variables().distance(config.sum, moved.sum)
    assert math.isclose(far * len(made.Plan.variables().variables), 1.0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sum.demos": 9}, "sum.demos: `sum.demos` is 9, but must be 0 to 8"),
        (
            {"key.return.temperature": 0.9},
            "key.return.temperature: `key.return.temperature` is 0.9, but must be",
        ),
        (
            {"key.return.temperature": 0.8},
            "`key.return.cool` does not hold: temperature < 0.75 (in key.return)",
        ),
        ({"key.plan.modle": "m"}, "did you mean `key.plan.model`?"),
        ({"key": {}}, "`key` is not a variable of Twice.Variables"),
    ],
)
def test_what_is_wrong_is_said_by_the_long_name(space: Any, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        space.validate(space.default().to_dict() | values)
    assert said in str(caught.value.issues[0])


def test_single_questions_go_to_the_step(space: Any) -> None:
    assert str(space.domain("key.return.temperature", {"key.return.model": "m"})).startswith("0.0 to 0.8")
    assert space.module(space.default(), "sum.adapter") is ADAPTERS["Chat"]
    with pytest.raises(ValidationError, match=r"sum\.adaptor"):
        space.module(space.default(), "sum.adaptor")
    described = space.describe()
    assert described["default"]["key.return.temperature"] == 0.4
    assert next(one for one in described["variables"] if one["name"] == "key.return.temperature")[
        "depends"
    ] == ["key.return.model"]


def test_others_can_search_it(space: Any) -> None:
    import optuna  # noqa: PLC0415
    from mlsig.bridges import optuna as bridge  # noqa: PLC0415
    from pydantic import TypeAdapter  # noqa: PLC0415

    adapter = TypeAdapter(space.Config)
    config = space.sample(random.Random(8))
    assert adapter.validate_python(adapter.dump_python(config)) == config
    assert adapter.dump_python(config) == config.to_dict()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    found = bridge.suggest(space, study.ask())
    assert isinstance(found, space.Config)
    assert space.legal(found)


def test_composites_and_wishes_of_steps(made: ModuleType) -> None:
    class Wishful(made.Tuning):  # type: ignore[misc]
        preferences = (
            Preference(
                holds=lambda v: v["temperature"] < 0.3, text="temperature < 0.3", reads=("temperature",)
            ),
        )

    class Both(Product):
        class Config(ProductConfig, frozen=True, kw_only=True):
            one: Any
            two: Any

        name = "Both"
        parts = (Part("one", "one", Wishful), Part("two", "two", made.Plan.variables()))

    config = Both.Config(one=Wishful.default(), two=made.Plan.variables().default())
    assert [issue.path for issue in Both.warnings(config)] == ["one"]
    assert Both.penalty(config) == 1.0
    cool = structs.replace(config, one=structs.replace(config.one, temperature=0.2))
    assert Both.warnings(cool) == []
    assert Both.penalty(cool) == 0.0

    class Unknown(Both):
        parts = (
            Part("one", "one", type("Some", (made.Tuning,), {"cardinality": classmethod(lambda _: None)})),
        )

    assert Unknown.cardinality() is None
