"""API keys as values of records: read from the environment when they are used, and never shown.

key = ApiKey.env("OPENAI_API_KEY")
repr(key)      ->  ApiKey.env('OPENAI_API_KEY')
key.secret()   ->  what the variable holds now
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Any, Final, Self

import msgspec

from mlsig import shapes
from mlsig.errors import Issue, MlsigError
from mlsig.types import checks
from mlsig.types.jsonlike import is_a, is_array, is_object
from mlsig.types.shown import kind_of

MASK: Final = "********"
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ApiKey:
    """A key, or the name of the environment variable that has it.

    Nothing prints, logs, stores or pickles the key itself; `secret()` is the only way to it.
    """

    __slots__ = ("_name", "_secret")
    _name: str
    _secret: str

    def __init__(self, secret: str) -> None:
        if not is_a(secret, str):
            raise TypeError(f"a key is a string, not {kind_of(secret)}")
        if not secret.strip() or secret == MASK:
            raise ValueError("a key must not be empty, nor the mask that stands for one")
        object.__setattr__(self, "_name", "")
        object.__setattr__(self, "_secret", secret)

    @classmethod
    def env(cls, name: str) -> Self:
        """Return the key that an environment variable has when it is used.

        Raises:
            ValueError: No variable can have such a name.
        """
        if not is_a(name, str) or _VARIABLE.fullmatch(name) is None:
            raise ValueError("an environment variable is named with letters, digits and underscores")
        key = cls.__new__(cls)
        object.__setattr__(key, "_name", name)
        object.__setattr__(key, "_secret", "")
        return key

    @classmethod
    def make(cls, value: Any) -> ApiKey:
        """Return a key made of a string.

        Raises:
            ValueError: It is none.
        """
        issues: list[Issue] = []
        found: ApiKey | None = read(shapes.Key(), value, "", issues)
        if found is None:
            raise ValueError("not a key")
        return found

    def secret(self) -> str:
        """Return the key itself.

        Raises:
            MlsigError: The environment variable is not set.
        """
        if not self._name:
            return self._secret
        found = os.environ.get(self._name, "")
        if not found:
            raise MlsigError(f"the environment variable {self._name} has no API key")
        return found

    def to_json_like(self) -> str:
        """Return the mask that stands for any key where data is written."""
        return MASK

    def __repr__(self) -> str:
        return f"ApiKey.env({self._name!r})" if self._name else f"ApiKey({MASK!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a key cannot be changed")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ApiKey):
            return NotImplemented
        return self._name == other._name and self._secret == other._secret

    def __hash__(self) -> int:
        return hash((self._name, self._secret))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __getstate__(self) -> object:
        """Refuse, since what copies an object by its state would have the key in the open."""
        raise TypeError("the state of a key is not shown: `secret()` is the only way to it")

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._name:
            raise TypeError("a key is not stored: name the environment variable that has it, ApiKey.env(…)")
        return (ApiKey.env, (self._name,))


def read(_shape: shapes.Key, value: object, path: str, issues: list[Issue]) -> ApiKey | None:
    """Read a key; what was given instead is never part of an issue."""
    if type(value) is ApiKey:
        return value
    if not is_a(value, str):
        found: list[Issue] = []
        checks.wrong_type("an API key, which is a string", value, path, found)
        issues.append(Issue(path, found[0].code, found[0].message))
        return None
    text = str.__str__(value)
    if not text.strip():
        issues.append(Issue(path, "too_short", "must not be empty"))
        return None
    if text == MASK:
        issues.append(Issue(path, "masked", "is the mask that stands for a key, not a key"))
        return None
    return ApiKey(text)


def holds_keys(record: type, name: str) -> bool:
    """Say whether the type of a record's field is of keys, not of something that somebody named like them."""
    kind = record.__annotations__[name]
    if not isinstance(kind, str):
        return True
    module = sys.modules.get(record.__module__)
    return module is None or any(vars(module).get(word) is ApiKey for word in re.findall(r"\w+", kind))


def sealing(names: tuple[str, ...]) -> Callable[[msgspec.Struct], None]:
    """Return what makes keys of the texts that somebody gave to the constructor, which checks nothing.

    A record that has a key as mere text would show it wherever it is printed or written.
    """

    def seal(record: msgspec.Struct) -> None:
        for name in names:
            value = getattr(record, name)
            if type(value) is not ApiKey and (sealed := _sealed(value)) is not value:
                msgspec.structs.force_setattr(record, name, sealed)

    return seal


def _sealed(value: Any) -> Any:
    """Return a value in which text is a key, however deep in lists and maps; what is no key stays."""
    if isinstance(value, str):
        return ApiKey(value) if value.strip() and value != MASK else value
    if is_array(value):
        items = [_sealed(item) for item in value]
        return items if any(one is not other for one, other in zip(items, value, strict=True)) else value
    if is_object(value):
        entries = {key: _sealed(item) for key, item in value.items()}
        return entries if any(entries[key] is not item for key, item in value.items()) else value
    return value
