"""Configurations of spaces as types of pydantic: fields of its models, and so bodies and answers of FastAPI.

Nothing here is imported before pydantic asks a configuration for its schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import CoreSchema, core_schema

from mlsig import errors
from mlsig.records.pydantic import translated
from mlsig.records.pydantic_types import plain_schema
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import IntDomain, OptionsDomain
from mlsig.spaces.variables import Variable


def core(config: type[Config]) -> CoreSchema:
    """Return how pydantic reads and writes the configurations of a space."""
    space = config.__space__

    def read(data: object) -> Any:
        try:
            return space.validate(data)
        except errors.ValidationError as error:
            raise translated(error) from None

    fields = {
        variable.name: core_schema.typed_dict_field(_values(variable), required=variable.when is None)
        for variable in space.variables
    }
    computed = {
        composite.name: core_schema.typed_dict_field(_COMPUTED[composite.type](), required=False)
        for composite in space.composites
    }
    described = core_schema.typed_dict_schema(fields | computed, extra_behavior="forbid")
    return plain_schema(read, described, config.to_dict)


def _values(variable: Variable) -> CoreSchema:
    """Return what values a variable can have anywhere; which of them where, `validate` knows."""
    options: list[Any] = []
    low: float | None = None
    high: float | None = None
    whole = False
    for domain in variable.domains:
        if isinstance(domain, OptionsDomain):
            options += [option for option in domain.options if option not in options]
            continue
        whole = isinstance(domain, IntDomain)
        low = domain.low if low is None else min(low, domain.low)
        high = domain.high if high is None else max(high, domain.high)
    if low is None or high is None:
        return core_schema.literal_schema(options)
    if whole:
        return core_schema.int_schema(ge=int(low), le=int(high))
    return core_schema.float_schema(ge=low, le=high)


_COMPUTED: Final[Mapping[str, Callable[[], CoreSchema]]] = {
    "float": core_schema.float_schema,
    "int": core_schema.int_schema,
    "bool": core_schema.bool_schema,
    "str": core_schema.str_schema,
}
