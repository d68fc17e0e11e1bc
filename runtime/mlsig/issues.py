"""One thing wrong with one value. Most are only counted, so making one is cheap and its words come last."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from mlsig.types.shown import shown

Late: TypeAlias = tuple[str, *tuple[str | float | None, ...]]
"""Words with `{}` for values, put together when somebody reads them; most errors are only counted.

The values are of the plain classes themselves, so nothing can change them meanwhile.
"""


class Issue(Struct, eq=False, gc=False):
    """One thing wrong with one value.

    Attributes:
        path: Where the value is, such as `citations[2].quote`; empty for the record itself.
        code: A stable word for the broken rule, such as `too_short`.
        message: One sentence for a person.
        value: The offending value as text, at most `VALUE_LENGTH` characters; empty when it is missing or
            secret.
    """

    path: str
    code: str
    _message: str | Late
    _value: str | Late = ""

    if TYPE_CHECKING:

        def __init__(self, path: str, code: str, message: str | Late, value: str | Late = "", /) -> None: ...

    @property
    def message(self) -> str:
        """One sentence for a person."""
        if isinstance(self._message, tuple):
            self._message = _written(self._message)
        return self._message

    @property
    def value(self) -> str:
        """The offending value as text."""
        if isinstance(self._value, tuple):
            self._value = _written(self._value)
        return self._value

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def __repr__(self) -> str:
        return f"Issue({self.path!r}, {self.code!r}, {self.message!r}, {self.value!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Issue) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str, str, str]:
        return (self.path, self.code, self.message, self.value)


def _written(late: Late) -> str:
    template, *values = late
    return shown(values[0]) if template == "{}" else template.format(*map(shown, values))
