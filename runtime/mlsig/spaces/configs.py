"""A configuration: one value for every variable of a space that is active."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec
from msgspec import UNSET

from mlsig.types.shown import kind_of


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of generated configurations; equal ones have equal hashes and equal keys.

    A variable that is not active is None, or `UNSET` where null is one of its options. Composites are
    properties.
    """

    __computed__: ClassVar[tuple[str, ...]] = ()
    __space__: ClassVar[Any]  # the class of the space, whose name msgspec could not look up here

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name, as they were declared; composites last, and nothing that is inactive."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        for name in self.__computed__:
            value = getattr(self, name)
            if value is not None:
                found[name] = value
        return found

    def to_json(self) -> str:
        """Return the JSON of `to_dict`."""
        return msgspec.json.encode(self.to_dict()).decode()

    def key(self) -> str:
        """Return the canonical JSON of the variables: names sorted, no spaces, nothing that is computed."""
        return msgspec.json.encode(self, order="sorted").decode()

    def digest(self) -> str:
        """Return a short hash of `key`, the same in every process and on every platform."""
        return hashlib.blake2b(self.key().encode(), digest_size=8).hexdigest()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return values as a configuration; the same as `validate` of the space.

        Raises:
            ValidationError: They are not a legal configuration.
        """
        config: Self = cls.__space__.validate(values)
        return config

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return what `to_json` wrote as a configuration.

        Raises:
            ValidationError: It is no legal configuration.
        """
        config: Self = cls.__space__.read_json(text)
        return config

    def __variables__(self) -> dict[str, Any]:
        """Return the active variables by name, unchecked: nobody checks what is given to `Config`."""
        found: dict[str, Any] = {}
        for variable in self.__space__.variables:
            value = getattr(self, variable.name)
            absent = value is None and variable.when is not None and not variable.nullable
            if value is not UNSET and not absent:
                found[variable.name] = value
        return found

    @classmethod
    def __made__(cls, values: Mapping[str, Any]) -> Self:
        """Return legal values as a configuration; composites are left out, since it computes them itself."""
        computed = cls.__computed__
        if not computed:
            return cls(**values)
        return cls(**{name: value for name, value in values.items() if name not in computed})

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from mlsig.spaces import pydantic  # noqa: PLC0415  (pydantic is there: it is asking)

        return pydantic.core(cls)


def values_of(space: str, config: object) -> dict[str, Any]:
    """Return the values of a configuration and its composites; see `Config.to_dict`.

    Raises:
        TypeError: It is none.
    """
    return needed(space, config).to_dict()


def needed(space: str, config: object) -> Config:
    """Return what is a configuration.

    Raises:
        TypeError: It is none, such as a dict of values that nobody has validated.
    """
    if isinstance(config, Config):
        return config
    kind = kind_of(config)
    raise TypeError(f"this takes a {space}.Config, not {kind}: {space}.validate makes one of values by name")


def by_name(values: Any) -> Any:
    """Return the variables of a ready-made configuration by name, unchecked; anything else as it is.

    Neither calling `Config` nor replacing fields of one checks anything, so these are looked at like data.
    """
    return values.__variables__() if isinstance(values, Config) else values
