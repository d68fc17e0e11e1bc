"""The arithmetic of `draws` over whole columns of uniform numbers: the same values, to the last bit.

NumPy rounds each operation as Python does, so nothing differs as long as the operations and their order are
the same. Generated `sample_columns` methods are made of these.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from mlsig.spaces import draws, normals
from mlsig.spaces.domains import FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.draws import Rng
from mlsig.spaces.grids import float_grid
from mlsig.spaces.tables import column, places

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Column: TypeAlias = npt.NDArray[Any]
Number: TypeAlias = float | int | Column

_ROOTS: Final = np.array(draws.ROOTS)
_OCTAVES: Final = 600  # as many have a power of two each, which is exact
_SCALED: Final = np.outer(2.0 ** np.arange(_OCTAVES + 1), _ROOTS).ravel()
_SMALL, _LARGE = 1e-150, 1e100  # nothing that is scaled from between these leaves the normal floats
_BLOCK: Final = 8192  # uniform numbers
_SPARE: Final = 4
_FACTORIALS: Final = (1 / 120, 1 / 24, 1 / 6, 0.5, 1.0)


def uniforms(rng: Rng, n: int, count: int) -> Floats:
    """Return `count` columns of `n` uniform numbers: row by row what `n * count` calls of `random` return.

    They are drawn in blocks that stay in the processor's cache while they are turned around. First, more
    memory than a batch takes is asked for, and given back untouched: from then on the allocator keeps what
    batches free. Otherwise the system takes it, and hands it out anew page by page: up to half of the time.
    """
    np.empty(_SPARE * count * n)
    found = np.empty((count, n))
    rows = max(1, _BLOCK // count) if count else n
    for start in range(0, n, rows or 1):
        end = min(n, start + rows)
        found[:, start:end] = _numbers(rng, (end - start) * count).reshape(end - start, count).T
    return found


def _numbers(rng: Rng, count: int) -> Floats:
    """Return what `count` calls of `random` return."""
    if type(rng) is random.Random and count:
        # A float of `random` is made of the upper bits of two words of 32, which `getrandbits` gives alike.
        words = rng.getrandbits(64 * count).to_bytes(8 * count, "little")
        halves = np.frombuffer(words, np.dtype("<u4")).reshape(-1, 2)
        numbers: Floats = (halves[:, 0] >> 5) * 67108864.0 + (halves[:, 1] >> 6)
        return numbers * (1.0 / 9007199254740992.0)
    if isinstance(rng, np.random.Generator):
        return rng.random(count)
    draw = rng.random
    return np.array([draw() for _ in range(count)])


def filled(n: int, value: Any) -> Column:
    """Return one value `n` times."""
    found = np.empty(n, object)
    found[:] = [value]
    return found


def whole(u: Floats, count: Number) -> Ints:
    """Return which of `count` equally likely values each number falls on."""
    places: Ints = (u * count).astype(np.int64)
    return places


def pooled(u: Floats, pool: Sequence[Scalar], first: Number, count: Number) -> Column:
    """Return one of `count` values of a pool from `first` on.

    Where another kind of domain holds, the two mean something else, and whatever is returned is not used.
    """
    chosen: Ints = np.asarray(first) + whole(u, count)
    return column(pool).take(chosen, mode="clip")


def uniform(u: Floats, low: Number, high: Number) -> Floats:
    """Return numbers in [low, high], also where that is wider than any float; see `draws.uniform`."""
    return np.maximum(low, np.minimum(high, low * (1.0 - u) + high * u))


def exponential(u: Floats, low: Number, high: Number, octaves: Number, out: Floats | None = None) -> Floats:
    """Return numbers in [low, high], uniform in the logarithm, in `out` if given; see `draws.exponential`."""
    x: Floats = np.multiply(
        u, np.asarray(octaves) * draws.CELLS, out=out
    )  # a power of two: exact, as what is left
    cell = x.astype(np.int64)
    x -= cell
    x *= draws.LN2_CELL
    tail = x * (1 / 720)
    for factor in _FACTORIALS:
        tail += factor
        tail *= x
    tail += 1.0
    if np.max(octaves) <= _OCTAVES and np.min(low) >= _SMALL and np.max(low) <= _LARGE:
        value: Floats = _SCALED.take(cell, mode="clip", out=x)
        value *= low
        value *= tail
    else:
        with np.errstate(over="ignore"):
            doublings = cell // draws.CELLS
            value = np.ldexp(low * _ROOTS[cell % draws.CELLS] * tail, doublings.astype(np.int32))
    np.minimum(high, value, out=value)
    np.maximum(low, value, out=value)
    return value


def log_index(u: Floats, low: Number, step: Number, count: Number, octaves: Number) -> Ints:
    """Return which of low, low + step, … each number falls on; see `draws.log_index`."""
    value = exponential(u, low, draws.LARGEST, octaves)
    found: Ints = np.minimum(np.asarray(count) - 1, ((value - low) / step).astype(np.int64))
    return found


def logarithm(x: Floats) -> Floats:
    """Return natural logarithms; see `draws.logarithm`."""
    fraction, exponent = np.frexp(x)
    small = fraction < draws.HALF_ROOT
    fraction = np.where(small, fraction * 2.0, fraction)
    exponent = np.where(small, exponent - 1, exponent)
    s = (fraction - 1.0) / (fraction + 1.0)
    square = s * s
    series = np.zeros_like(s)
    for factor in draws.ATANH:
        series = series * square + factor
    return exponent * draws.LN2 + 2.0 * s * series


def quantile(p: Floats) -> Floats:
    """Return quantiles of the standard normal distribution; see `draws.quantile`."""
    q = p - 0.5
    near = (q >= -0.425) & (q <= 0.425)
    found = np.empty_like(p)
    inner = q[near]
    found[near] = inner * _ratio(0.180625 - inner * inner, draws.NEAR)
    tail = p[~near]
    below = q[~near] < 0.0
    r = np.sqrt(-logarithm(np.where(below, tail, 1.0 - tail)))
    far = np.where(r <= 5.0, _ratio(r - 1.6, draws.MIDDLE), _ratio(r - 5.0, draws.FAR))
    found[~near] = np.where(below, -far, far)
    return found


def _ratio(x: Floats, factors: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    above, below = np.zeros_like(x), np.zeros_like(x)
    for factor in factors[0]:
        above = above * x + factor
    for factor in factors[1]:
        below = below * x + factor
    return above / below


def normal(  # noqa: PLR0917  (as in `draws`)
    u: Floats, low: Number, high: Number, mean: Number, deviation: Number, start: Number, part: Number
) -> Floats:
    """Return numbers in [low, high] from a normal distribution; see `draws.normal`."""
    p = start + part * u
    none = p <= 0.0
    found = mean + deviation * quantile(np.minimum(np.where(none, 0.5, p), draws.BELOW_1))
    found = np.maximum(low, np.minimum(high, found))
    return np.where(none, np.where(np.asarray(deviation) > 0.0, low, high), found)


def normal_index(  # noqa: PLR0917  (as in `draws`)
    u: Floats,
    low: Number,
    step: Number,
    count: Number,
    mean: Number,
    deviation: Number,
    start: Number,
    part: Number,
) -> Ints:
    """Return which of low, low + step, … is nearest to each number; see `draws.normal_index`."""
    edge = low - np.asarray(step) / 2
    value = normal(u, edge, edge + np.asarray(count) * step, mean, deviation, start, part)
    return np.clip(((value - edge) / step).astype(np.int64), 0, np.asarray(count) - 1)


def selected(way: Column, *columns: Any) -> Column:
    """Return for each row the value of the column whose number `way` says; columns may be single values.

    Numbers of one kind stay an array of them, in which rows without a value (None) are masked.
    """
    numbers: dict[int, Column] = {k: one for k, one in enumerate(columns) if _is_numbers(one)}
    none = [k for k, one in enumerate(columns) if one is None]
    kinds = {one.dtype for one in numbers.values()}
    if len(kinds) == 1 and len(numbers) + len(none) == len(columns):
        first, *others = numbers
        plain = numbers[first]
        for k in others:
            plain = np.where(way == k, numbers[k], plain)
        return np.ma.MaskedArray(plain, mask=way == none[0]) if none else plain
    found = np.empty(len(way), object)
    for k, one in enumerate(columns):
        here = way == k
        found[here] = one[here] if isinstance(one, np.ndarray) else one
    return found


def _is_numbers(one: Any) -> bool:
    return isinstance(one, np.ndarray) and cast("Column", one).dtype != object


def drawn(u: Floats, domain: FloatDomain | IntDomain | OptionsDomain) -> Column:
    """Return values of a domain, as its `draw` does; they may stand where `u` stood.

    Large arrays that come and go cost more than what is computed in them.
    """
    if isinstance(domain, OptionsDomain):
        if domain.weights is not None:
            return column(domain.options).take(places(draws.thresholds(domain.weights), u))
        if domain.options == (False, True) and type(domain.options[0]) is bool:
            return u >= 0.5
        return column(domain.options).take(whole(u, len(domain.options)))
    if isinstance(domain, IntDomain):
        found = _places(u, domain, domain.low, domain.step, domain.size)
        if domain.step != 1:
            found = found * domain.step
        return found + domain.low if domain.low else found
    if domain.normal is not None:
        return _normal(u, domain, *domain.normal)
    if domain.step is not None:
        grid = float_grid(domain.low, domain.high, domain.step)
        return (grid.first + grid.step * _places(u, domain, domain.low, domain.step, grid.size)) / grid.scale
    if domain.log:
        return exponential(u, domain.low, domain.high, draws.octaves(domain.low, domain.high), out=u)
    width = domain.high - domain.low
    if width <= draws.LARGEST:
        u *= width
        u += domain.low
        return np.minimum(domain.high, u, out=u)
    return uniform(u, domain.low, domain.high)


def _normal(u: Floats, domain: FloatDomain, mean: float, deviation: float) -> Column:
    grid, step = domain.grid, domain.step or 0.0
    low = domain.low - step / 2
    high = domain.high if grid is None else low + grid.size * step
    start, part = normals.between(low, high, mean, deviation)
    turned = -deviation if low > mean else deviation
    if grid is None:
        return normal(u, low, high, mean, turned, start, part)
    places = normal_index(u, domain.low, step, grid.size, mean, turned, start, part)
    return (grid.first + grid.step * places) / grid.scale


def _places(u: Floats, domain: FloatDomain | IntDomain, low: float, step: float, count: int) -> Ints:
    if domain.log:
        return log_index(u, low, step, count, draws.octaves(low, low + count * step))
    return whole(u, count)


def objects(values: Sequence[Any]) -> Column:
    """Return values as an array of objects, so that 1, 1.0 and True stay what they are."""
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found
