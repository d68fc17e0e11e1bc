"""What a domain contains, and what it implies when nothing is said.

contains(5, IntDomain(low=0, high=10, step=5))   ->   True
refusal(12, …)                                   ->   "greater than 10"
"""

from __future__ import annotations

import json
import math

from mlsig.spaces.grids import float_grid

from mlsig_compiler import model


def default_of(domain: model.Domain) -> model.Scalar:
    """Return the default when nothing is said: the first option, the least int, the middle of a float."""
    if isinstance(domain, model.OptionsDomain):
        return domain.options[0]
    if isinstance(domain, model.IntDomain):
        return domain.low
    middle = (
        math.sqrt(domain.low) * math.sqrt(domain.high) if domain.log else domain.low / 2 + domain.high / 2
    )
    if domain.step is None:
        return min(max(middle, domain.low), domain.high)
    grid = float_grid(domain.low, domain.high, domain.step)
    return grid.at(grid.nearest(middle))


def refusal(value: model.Scalar, domain: model.Domain) -> str:
    """Say why a domain does not contain a value, or nothing; `off_grid` looks at the steps."""
    if isinstance(domain, model.OptionsDomain):
        if any(type(option) is type(value) and option == value for option in domain.options):
            return ""
        return f"not one of {options_text(domain)}"
    whole = isinstance(domain, model.IntDomain)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (whole and not isinstance(value, int))
    ):
        return "not a whole number" if whole else "not a number"
    if value < domain.low:
        return f"less than {domain.low:g}"
    return f"greater than {domain.high:g}" if value > domain.high else ""


def off_grid(
    value: float | int, domain: model.FloatDomain | model.IntDomain
) -> tuple[float | int, float | int] | None:
    """Return the values on the step grid below and above a value of the range that is not on it."""
    if domain.step is None:
        return None
    if isinstance(domain, model.IntDomain):
        rest = (int(value) - domain.low) % domain.step
        below: float | int = int(value) - rest
        above = below + domain.step
        return (below, above if above <= domain.high else below) if rest else None
    grid = float_grid(domain.low, domain.high, domain.step)
    near = grid.nearest(float(value))
    if grid.at(near) == value:
        return None
    near -= grid.at(near) > value
    return grid.at(near), grid.at(min(near + 1, grid.size - 1))


def contains(value: model.Scalar, domain: model.Domain) -> bool:
    """Say whether a domain has a value: in its range, and on its steps."""
    if refusal(value, domain):
        return False
    if isinstance(domain, model.OptionsDomain) or not isinstance(value, int | float):
        return True
    return off_grid(value, domain) is None


def options_text(domain: model.OptionsDomain) -> str:
    """Return the options for a message."""
    shown = [json.dumps(option, ensure_ascii=False) for option in domain.options[:8]]
    return ", ".join(shown) + (", …" if len(domain.options) > len(shown) else "")
