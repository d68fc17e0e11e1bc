"""Generated spaces agree with the reference, over random spaces and random configurations."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mlsig.errors import SpaceError, ValidationError
from mlsig.spaces import Rng, Variable
from mlsig.spaces.members import chosen, downstream
from mlsig_compiler.model import FloatDomain, Space
from reference import spaces as reference

from spaces.building import built, emitted, sentiment
from spaces.strategies import RUNS, configurations, spaces


class Recorder:
    """A source of uniform numbers that remembers them."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.drawn: list[float] = []

    def random(self) -> float:
        self.drawn.append(self._rng.random())
        return self.drawn[-1]


def finite(space: Space) -> bool:
    """Tell whether every configuration can be listed in reasonable time."""
    size = 1
    for variable in space.variables:
        counts = [1]
        for domain in (variable.domain, *(branch.domain for branch in variable.branches)):
            if isinstance(domain, FloatDomain) and domain.step is None:
                return False
            counts.append(len(reference.prior(variable, domain)))
        size *= max(counts)
    return size <= 3_000


def free(generated: Any) -> list[str]:
    """Return the variables for which a number is drawn."""
    return [v.name for v in generated.variables if any(domain.size != 1 for domain in v.domains)]


def same(left: Any, right: Any) -> bool:
    """Tell whether two configurations are equal with equal types, so that 1, 1.0 and True differ."""
    return left == right and [type(v) for v in left.values()] == [type(v) for v in right.values()]


@RUNS
@given(space=spaces(), seed=st.integers(0, 2**32))
def test_every_sample_is_legal(space: Space, seed: int) -> None:
    generated = built(space)
    rng = Recorder(seed)
    try:
        configs = [generated.sample(rng) for _ in range(8)]
    except SpaceError as error:
        named = any(f"`{constraint.name}`" in str(error) for constraint in space.constraints)
        assert named or "an expression never has a value" in str(error)
        if finite(space):
            assert reference.distribution(space)[1] < 0.005
        return
    assert len(rng.drawn) % 8 == 0
    for config in configs:
        values = config.to_dict()
        stored = reference.legal(space, values)
        assert stored is not None
        assert same(stored, values)
        assert list(values) == list(reference.shown(space, values))
        assert generated.legal(config)
        assert generated.check(values) == []


@RUNS
@given(space=spaces(), seed=st.integers(0, 2**32), data=st.data())
def test_validate_and_check_agree_with_the_reference(space: Space, seed: int, data: st.DataObject) -> None:
    generated = built(space)
    try:
        start = generated.sample(random.Random(seed)).to_dict()
    except SpaceError:
        start = reference.default(space)
    for _ in range(8):
        values = data.draw(configurations(space, start))
        wanted = reference.legal(space, values)
        issues = generated.check(values)
        assert (not issues) == (wanted is not None)
        if wanted is None:
            with pytest.raises(ValidationError) as raised:
                generated.validate(values)
            assert list(raised.value.issues) == issues
            assert raised.value.subject == space.name
        else:
            assert same(generated.validate(values).to_dict(), wanted)


@RUNS
@given(space=spaces(constrained=False), seed=st.integers(0, 2**32))
def test_what_depends_on_nothing_is_drawn_as_its_domain_says(space: Space, seed: int) -> None:
    alone = [replace(v, branches=(), active=None, depends=()) for v in space.variables]
    space = replace(space, variables=tuple(alone), composites=(), preferences=())
    generated = built(space)
    rng = Recorder(seed)
    values = generated.sample(rng).to_dict()
    drawn = iter(rng.drawn)

    def draw(variable: Variable, arm: Any, _: Any) -> Any:
        return arm.domain.draw(next(drawn) if variable.name in free(generated) else 0.5)

    assert chosen(generated, draw) == values
    assert list(drawn) == []


@RUNS
@given(space=spaces())
def test_the_default_takes_the_active_arm(space: Space) -> None:
    assert same(built(space).default().to_dict(), reference.default(space))


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the names that are in one configuration only, or have another value or type."""
    return {
        name
        for name in {*before, *after}
        if not same({"": before.get(name, ...)}, {"": after.get(name, ...)})
    }


@RUNS
@given(space=spaces(), seed=st.integers(0, 2**32))
def test_moves_stay_legal(space: Space, seed: int) -> None:
    generated = built(space)
    rng = random.Random(seed)
    try:
        config = generated.sample(rng)
    except SpaceError:
        assume(False)
    names = [variable.name for variable in space.variables]
    for _ in range(5):
        for near in generated.neighbors(config):
            assert near.key() != config.key()
            assert reference.legal(space, near.to_dict()) is not None
            apart = changed(config.to_dict(), near.to_dict())
            assert any(apart <= {each.name for each in downstream(generated, [name])} for name in apart)
        some = rng.sample(names, rng.randint(1, len(names)))
        for moved in (generated.mutate(config, rng), generated.mutate(config, rng, some)):
            assert type(moved) is generated.Config
            assert reference.legal(space, moved.to_dict()) is not None
        config = moved


@RUNS
@given(space=spaces(), seed=st.integers(0, 2**32))
def test_the_active_domain_is_that_of_the_reference(space: Space, seed: int) -> None:
    generated = built(space)
    try:
        values = generated.sample(random.Random(seed)).to_dict()
    except SpaceError:
        assume(False)
    for variable in space.variables:
        if variable.name not in values:
            with pytest.raises(ValidationError, match="exists only when"):
                generated.domain(variable.name, values)
            continue
        domain, _ = reference.active(variable, values)
        found = generated.domain(variable.name, values)
        assert found.contains(values[variable.name])
        if not isinstance(domain, FloatDomain) or domain.step is not None:
            assert found.size == len(reference.prior(variable, domain))


@RUNS
@given(space=spaces())
def test_the_same_space_gives_the_same_text(space: Space) -> None:
    assert emitted(space) == emitted(space)


@RUNS
@given(
    space=spaces(), seed=st.integers(0, 2**32), make=st.sampled_from([random.Random, np.random.default_rng])
)
def test_a_batch_is_what_single_samples_are(space: Space, seed: int, make: Any) -> None:
    generated = built(space)
    rng = make(seed)
    try:
        alone = [generated.sample(rng).to_dict() for _ in range(30)]
    except SpaceError:
        assume(False)
    batch = generated.sample_batch(30, make(seed))
    assert all(same(one, config.to_dict()) for one, config in zip(alone, batch, strict=True))
    columns = generated.sample_columns(30, make(seed))
    assert list(columns) == [*space.declared]
    assert columns[space.declared[0]].tolist() == [getattr(c, space.declared[0]) for c in batch]


def test_one_seed_gives_one_sequence_alone_or_in_a_batch() -> None:
    generated = built(sentiment())
    rng = random.Random(11)
    alone = [generated.sample(rng) for _ in range(50)]
    assert alone == generated.sample_batch(50, random.Random(11))
    assert len({config.key() for config in alone}) > 40


def test_any_source_of_the_same_numbers_gives_the_same_samples() -> None:
    class Replay:
        def __init__(self, numbers: list[float]) -> None:
            self._numbers = iter(numbers)

        def random(self) -> float:
            return next(self._numbers)

    generated = built(sentiment())
    numpy_rng: Rng = np.random.default_rng(5)
    numbers = np.random.default_rng(5).random(5_000).tolist()
    assert generated.sample_batch(100, numpy_rng) == generated.sample_batch(100, Replay(numbers))
