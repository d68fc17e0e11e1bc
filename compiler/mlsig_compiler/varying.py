"""Fields of records, and attributes of resources, that are marked `@variable`, as variables.

    @variable depth: int(1..5) = 2   ->   Variable("depth", kind="int", domain=IntDomain(1, 5), default=2)

A field that has no default starts where a variable of its kind does that says none: `false`, the first
option, the lowest int, the middle of a float's range.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError

EnumOf: TypeAlias = Callable[[model.EnumType], model.Enum | None]


def variable(field: model.Field, enum: EnumOf) -> model.Variable:
    """Return the variable of a field that may vary.

    Raises:
        InternalError: Nothing can choose among the values of its type, which `resolve` refuses.
    """
    kind, domain, first = _domain(field.type, enum)
    default = first
    if isinstance(field.default, model.EnumMember):
        default = field.default.name
    elif isinstance(field.default, str | int | float):
        default = float(field.default) if kind == "float" else field.default
    return model.Variable(
        name=field.name,
        kind=kind,
        domain=domain,
        default=default,
        description=field.description,
        span=field.span,
    )


def attributes(resource: model.Resource, enum: EnumOf) -> tuple[model.Variable, ...]:
    """Return the variables of the attributes of a resource that may vary."""
    return tuple(variable(one.field, enum) for one in resource.attributes if one.field.variable)


def _domain(type_: model.Type, enum: EnumOf) -> tuple[model.VariableKind, model.Domain, model.Scalar]:
    match type_:
        case model.ScalarType("bool"):
            return "bool", model.OptionsDomain(options=(False, True)), False
        case model.LiteralType(options):
            return "choice", model.OptionsDomain(options=options), options[0]
        case model.EnumType():
            found = enum(type_)
            if found is None or not found.members:
                raise InternalError(f"the enum {type_.name} varies and is not known")
            names = tuple(member.name for member in found.members)
            return "choice", model.OptionsDomain(options=names), names[0]
        case model.ScalarType("int", says):
            whole = _ints(says)
            return "int", whole, whole.low
        case model.ScalarType("float" | "probability" | "confidence_score", says):
            found_floats = _floats(says)
            return "float", found_floats, _middle(found_floats)
        case _:
            raise InternalError(f"a field of the type {type(type_).__name__} varies")


def _ints(says: model.Constraints) -> model.IntDomain:
    low = math.ceil(_known(says.ge, says.gt)) + (says.gt is not None and float(says.gt).is_integer())
    high = math.floor(_known(says.le, says.lt)) - (says.lt is not None and float(says.lt).is_integer())
    step = int(says.multiple_of or 1)
    return model.IntDomain(low=-(-low // step) * step, high=high // step * step, step=step)


def _floats(says: model.Constraints) -> model.FloatDomain:
    low, high = float(_known(says.ge, says.gt)), float(_known(says.le, says.lt))
    if says.gt is not None:
        low = math.nextafter(low, math.inf)
    if says.lt is not None:
        high = math.nextafter(high, -math.inf)
    if says.multiple_of is None:
        return model.FloatDomain(low=low, high=high)
    step = Fraction(str(says.multiple_of))
    first, last = math.ceil(Fraction(str(low)) / step), math.floor(Fraction(str(high)) / step)
    return model.FloatDomain(low=float(first * step), high=float(last * step), step=float(step))


def _known(inclusive: float | None, exclusive: float | None) -> float:
    """Return the bound of a side, which the language lets only one of two words say."""
    found = exclusive if inclusive is None else inclusive
    if found is None:
        raise InternalError("a number without a range varies")
    return found


def _middle(domain: model.FloatDomain) -> float:
    if domain.step is None:
        return (domain.low + domain.high) / 2
    steps = round((domain.high - domain.low) / domain.step)
    return float(Fraction(str(domain.low)) + (steps // 2) * Fraction(str(domain.step)))
