"""Domains as Python: the metadata that describes one, how a value is drawn from it, how a value is tested.

    float(0.1..0.7, step=0.2)    ->    spaces.FloatDomain(low=0.1, high=0.7, step=0.2)
                                       (1 + 2 * floor(draw() * 4.0)) / 10
                                       0.1 <= x <= 0.7 and (1 + 2 * round((x - 0.1) / 0.2)) / 10 == x

Steps are whole numbers over a power of ten, so no rounding error ever leaves the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from mlsig.spaces.draws import EXACT, octaves, thresholds
from mlsig.spaces.grids import Grid, float_grid

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import literal
from mlsig_compiler.model import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar, Variable
from mlsig_compiler.plan.layout import Atom, Expression, Suffixed, Text, call, lay, subscript, tuple_of
from mlsig_compiler.plan.space_draws import single, way_of
from mlsig_compiler.proofs.cells import whole

Spell = Callable[[str], str]

_INT64: Final = range(-(2**63), 2**63)
_PLAIN: Final = 2**49  # grid numbers below this survive a multiplication and `round`
_POWER: Final = 10**22  # the largest power of ten that is a float
_LAST_U: Final = 1.0 - 2.0**-53  # the largest number that `random()` returns


def described(domain: Domain, spaces: str) -> Expression:
    """Return the call that makes the runtime's description of a domain."""
    if isinstance(domain, FloatDomain):
        step = {} if domain.step is None else {"step": _number(float(domain.step))}
        bounds = {"low": _number(float(domain.low)), "high": _number(float(domain.high))}
        normal = (
            {} if domain.normal is None else {"normal": tuple_of(map(_number, map(float, domain.normal)))}
        )
        return call(f"{spaces}.FloatDomain", keywords={**bounds, **step, **_log(domain), **normal})
    if isinstance(domain, IntDomain):
        step = {} if domain.step == 1 else {"step": _number(domain.step)}
        bounds = {"low": _number(domain.low), "high": _number(domain.high)}
        return call(f"{spaces}.IntDomain", keywords={**bounds, **step, **_log(domain)})
    given: dict[str, Expression] = {"options": options_tuple(domain)}
    if domain.weights is not None:
        given["weights"] = tuple_of(_number(float(weight)) for weight in domain.weights)
    return call(f"{spaces}.OptionsDomain", keywords=given)


def flat(domain: Domain, spaces: str = "spaces") -> str:
    """Return the same on one line; as 1 equals True, texts tell domains apart that `==` does not."""
    return lay(described(domain, spaces), width=10**6)


def options_tuple(domain: OptionsDomain) -> Expression:
    """Return the tuple of options."""
    return tuple_of(scalar(option) for option in domain.options)


def scalar(value: Scalar) -> Expression:
    """Return a value of a variable."""
    return Text(value) if isinstance(value, str) else Atom(literal(value))


def lone(domain: Domain) -> OptionsDomain | None:
    """Return a domain of one value as that option; None for every other domain."""
    if isinstance(domain, OptionsDomain):
        return domain if len(domain.options) == 1 else None
    if isinstance(domain, IntDomain):
        return OptionsDomain(options=(domain.low,)) if domain.low + domain.step > domain.high else None
    low, high = float(domain.low), float(domain.high)
    one = low == high if domain.step is None else float_grid(low, high, float(domain.step)).size == 1
    return OptionsDomain(options=(low,)) if one else None


def drawn(domain: Domain, options: str, spell: Spell, u: str = "draw()") -> str:
    """Return the expression of the value that a uniform number falls on.

    Args:
        domain: Where from.
        options: Name of the tuple of options.
        spell: How to write a function of `mlsig.spaces`.
        u: The number; it stands once in what is returned.
    """
    if isinstance(domain, OptionsDomain):
        if domain.weights is not None:
            sums = ", ".join(literal(number) for number in thresholds(tuple(map(float, domain.weights))))
            return f"{options}[{spell('weighted')}({u}, ({sums}{',' if len(domain.weights) == 2 else ''}))]"
        if len(domain.options) == 2:
            return f"{options}[{u} >= 0.5]"
        return f"{options}[{_index(u, len(domain.options), spell)}]"
    if isinstance(domain, IntDomain):
        grid = Grid(domain.low, domain.step, 1, (domain.high - domain.low) // domain.step + 1)
        place = _place(u, domain.low, domain.step, grid.size, spell, log=domain.log)
        return _on_grid(grid, place)
    low, high = float(domain.low), float(domain.high)
    if domain.normal is not None:
        way, given = way_of(whole(domain))
        return single(way, {name: literal(number) for name, number in given.items()}, u, spell)
    if domain.step is not None:
        grid = float_grid(low, high, float(domain.step))
        return _fraction(grid, _place(u, low, float(domain.step), grid.size, spell, log=domain.log))
    if domain.log:
        numbers = ", ".join(literal(number) for number in (low, high, octaves(low, high)))
        return f"{spell('exponential')}({u}, {numbers})"
    width = high - low
    if low + width * _LAST_U > high:  # rounding could leave the domain
        return f"{spell('uniform')}({u}, {literal(low)}, {literal(high)})"
    scaled = u if width == 1.0 else f"{literal(width)} * {u}"
    return f"{literal(low)} + {scaled}" if low else scaled


def test(domain: Domain, x: str, spell: Spell, *, mixed: bool) -> list[str]:
    """Return the conditions under which a value of the right type is in the domain; for `mixed` see there."""
    if isinstance(domain, OptionsDomain):
        return [_option_test(domain, x, spell, mixed=mixed, negated=False)]
    if domain.low == domain.high:
        return [_equals(x, _bound(domain), negated=False)]
    if isinstance(domain, IntDomain):
        return _int_test(domain, x)
    low, high = float(domain.low), float(domain.high)
    between = f"{literal(low)} <= {x} <= {literal(high)}"
    if domain.step is None:
        return [between]
    grid = float_grid(low, high, float(domain.step))
    if max(abs(grid.first), abs(grid.first + grid.size * grid.step)) >= _PLAIN or grid.scale > _POWER:
        return [_contains(domain, x, spell)]
    if grid.step == 1:
        return [between, f"{spell('round')}({x} * {grid.scale}) / {grid.scale} == {x}"]
    from_low = x if not low else f"({x} - {literal(low)})" if low > 0 else f"({x} + {literal(-low)})"
    place = f"{spell('round')}({from_low} / {literal(float(domain.step))})"
    return [between, f"{_fraction(grid, place)} == {x}"]


def opposite(domain: Domain, x: str, spell: Spell, *, mixed: bool) -> str:
    """Return the opposite of `test` where that is one condition."""
    if isinstance(domain, OptionsDomain):
        return _option_test(domain, x, spell, mixed=mixed, negated=True)
    if domain.low == domain.high:
        return _equals(x, _bound(domain), negated=True)
    return f"not {' and '.join(test(domain, x, spell, mixed=mixed))}"


def needs_test(domains: Iterable[Domain]) -> bool:
    """Tell whether the declared type of a variable of these domains leaves anything to test."""
    everywhere = list(domains)
    first = everywhere[0]
    if not isinstance(first, OptionsDomain) or len({flat(domain) for domain in everywhere}) > 1:
        return True
    if any(isinstance(option, float) for option in first.options) or mixed([first]):
        return True
    bools = [option for option in first.options if isinstance(option, bool)]
    return len(bools) == 1 or any(
        isinstance(option, int) and option not in _INT64 for option in first.options
    )


def plain(domain: Domain) -> bool:
    """Tell whether the annotation of a variable of one domain says all of it, or whatever is not options."""
    if isinstance(domain, IntDomain):
        return domain.step == 1 and max(abs(domain.low), abs(domain.high)) < EXACT
    return isinstance(domain, FloatDomain) and domain.step is None


def annotation(domains: Iterable[Domain], spell: Spell, *absent: str) -> Expression:
    """Return the type of a variable: `float`, `int`, or its options as far as types can say them.

    The bounds of a variable of one domain are part of the type, so that whatever reads values checks them.

    Args:
        domains: Its domains.
        spell: How to write a type.
        absent: The types of what it is while it is not active: `None`, or `UnsetType`.
    """
    everywhere = list(domains)
    if len({type(domain) for domain in everywhere}) > 1:
        raise InternalError("a variable has options in one branch and a range in another")
    if not isinstance(everywhere[0], OptionsDomain):
        word = "float" if isinstance(everywhere[0], FloatDomain) else "int"
        if len(everywhere) > 1 or not plain(everywhere[0]):
            return Atom(" | ".join([spell(word), *absent]))
        bounds = {"ge": Atom(literal(_bound(everywhere[0]))), "le": Atom(literal(_last(everywhere[0])))}
        whole = subscript(spell("Annotated"), Atom(spell(word)), call(spell("Meta"), keywords=bounds))
        return Suffixed(whole, "".join(f" | {other}" for other in absent))
    options: list[Scalar] = []
    for domain in everywhere:
        options += domain.options if isinstance(domain, OptionsDomain) else ()
    named = dict.fromkeys(literal(option) for option in options if _nameable(option))
    others = dict.fromkeys(
        "None" if option is None else spell(type(option).__name__)
        for option in options
        if not _nameable(option)
    ) | dict.fromkeys(absent)
    if "None" in others:  # the last of a union
        others = {other: None for other in others if other != "None"} | {"None": None}
    if not named:
        return Atom(" | ".join(others))
    whole = subscript(spell("Literal"), *(Atom(option) for option in named))
    return Suffixed(whole, "".join(f" | {other}" for other in others))


def unset(variable: Variable) -> bool:
    """Say whether a variable that is not active is `UNSET`: None is one of its values."""
    everywhere = [variable.domain, *(branch.domain for branch in variable.branches)]
    return variable.active is not None and any(
        isinstance(domain, OptionsDomain) and None in domain.options for domain in everywhere
    )


def _nameable(option: Scalar) -> bool:
    """Tell whether `Literal` can hold an option, and msgspec can check it there."""
    return isinstance(option, str) or (
        isinstance(option, int) and not isinstance(option, bool) and option in _INT64
    )


def mixed(domains: Iterable[Domain]) -> bool:
    """Tell whether `==` cannot tell the options of a variable apart, because True is 1 and False is 0."""
    options = [option for domain in domains if isinstance(domain, OptionsDomain) for option in domain.options]
    numbers = [option for option in options if isinstance(option, int | float)]
    return len({isinstance(number, bool) for number in numbers}) > 1


def _option_test(domain: OptionsDomain, x: str, spell: Spell, *, mixed: bool, negated: bool) -> str:
    if mixed:
        return f"{'not ' if negated else ''}{_contains(domain, x, spell)}"
    if len(domain.options) == 1:
        return _equals(x, domain.options[0], negated=negated)
    options = ", ".join(literal(option) for option in domain.options)
    return f"{x} {'not ' if negated else ''}in ({options})"


def _equals(x: str, value: Scalar, *, negated: bool) -> str:
    if value is None or isinstance(value, bool):
        return f"{x} is {'not ' if negated else ''}{literal(value)}"
    return f"{x} {'!=' if negated else '=='} {literal(value)}"


def _bound(domain: FloatDomain | IntDomain) -> float:
    return float(domain.low) if isinstance(domain, FloatDomain) else domain.low


def _last(domain: FloatDomain | IntDomain) -> float:
    return float(domain.high) if isinstance(domain, FloatDomain) else domain.high


def _int_test(domain: IntDomain, x: str) -> list[str]:
    between = f"{literal(domain.low)} <= {x} <= {literal(domain.high)}"
    if domain.step == 1:
        return [between]
    if domain.low % domain.step == 0:
        return [between, f"{x} % {domain.step} == 0"]
    from_low = f"{x} - {literal(domain.low)}" if domain.low > 0 else f"{x} + {literal(-domain.low)}"
    return [between, f"({from_low}) % {domain.step} == 0"]


def _index(u: str, count: int, spell: Spell) -> str:
    if count > EXACT:
        return f"{spell('index')}({u}, {count})"
    return f"{spell('floor')}({u} * {float(count)!r})"


def _place(u: str, low: float, step: float, count: int, spell: Spell, *, log: bool) -> str:
    if not log:
        return _index(u, count, spell)
    span = octaves(low, low + count * step)
    return f"{spell('log_index')}({u}, {literal(low)}, {literal(step)}, {count}, {literal(span)})"


def _on_grid(grid: Grid, place: str) -> str:
    """Return `first + step * place` without what changes nothing."""
    times = place if grid.step == 1 else f"{grid.step} * {place}"
    return f"{grid.first} + {times}" if grid.first else times


def _fraction(grid: Grid, place: str) -> str:
    above = _on_grid(grid, place)
    return f"({above}) / {grid.scale}" if grid.first else f"{above} / {grid.scale}"


def _contains(domain: Domain, x: str, spell: Spell) -> str:
    """Return a test by the runtime, for what has no short form."""
    return f"{flat(domain, spell('spaces'))}.contains({x})"


def _log(domain: FloatDomain | IntDomain) -> dict[str, Expression]:
    return {"log": Atom("True")} if domain.log else {}


def _number(value: float) -> Atom:
    return Atom(literal(value))
