"""What can go wrong, as data.

Every layer reports bad values as `Issue`s: where (`citations[2].quote`), which rule (a stable code such as
`too_short`), what to say, and the value that broke it, cut to a sane length. Every exception of mlsig derives
from `MlsigError`, so one `except` catches all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mlsig.types.shown import VALUE_LENGTH as VALUE_LENGTH  # noqa: PLC0414  (others take it from here)
from mlsig.types.shown import shown

Late: TypeAlias = tuple[str, *tuple[str | float | None, ...]]
"""Words with `{}` for values, put together when somebody reads them; most errors are only counted.

The values are of the plain classes themselves, so nothing can change them meanwhile.
"""


class Issue:
    """One thing wrong with one value.

    Attributes:
        path: Where the value is, such as `citations[2].quote`; empty for the record itself.
        code: A stable word for the broken rule, such as `too_short`.
        message: One sentence for a person.
        value: The offending value as text, at most `VALUE_LENGTH` characters; empty when it is missing or
            secret.
    """

    __slots__ = ("_message", "_value", "code", "path")

    def __init__(self, path: str, code: str, message: str | Late, value: str | Late = "") -> None:
        self.path = path
        self.code = code
        self._message = message
        self._value = value

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


class MlsigError(Exception):
    """The root of every exception that mlsig raises on purpose."""


class ValidationError(MlsigError):
    """A value does not fit its declared type; `issues` says everything that is wrong with it.

    Attributes:
        subject: What was validated, such as `Passage` or `Tuning`.
        issues: Everything wrong, in declaration order; never empty.
    """

    def __init__(self, subject: str, issues: Sequence[Issue]) -> None:
        self.subject = subject
        self.issues = tuple(issues)
        super().__init__(subject, self.issues)

    def __str__(self) -> str:
        head = f"{self.subject}: {len(self.issues)} issue{'s' if len(self.issues) != 1 else ''}"
        return "\n".join([head, *(f"  {issue}" for issue in self.issues)])


class JsonSchemaError(MlsigError):
    """A provider's structured output cannot say what a record holds; the message says where, and the way out.

    Attributes:
        path: The field, such as `Output.sizes`.
    """

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__(f"{path}: {message}")


class CompileError(MlsigError):
    """A text that `create_schema` was given is no schema; it prints as the compiler's findings.

    Attributes:
        issues: What is wrong: `path` is `line:column` of the text, `code` the compiler's, such as `MLS0301`.
    """

    def __init__(self, message: str, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__(message, self.issues)

    def __str__(self) -> str:
        text: str = self.args[0]
        return text


class SpaceError(MlsigError):
    """Bounded effort found no legal sample of a space; the message names what failed most."""


class ParseError(MlsigError):
    """An answer of a model could not be read as the declared output.

    Attributes:
        issues: What was missing or wrong, by field.
        text: The model's answer, whole.
    """

    def __init__(self, message: str, issues: Sequence[Issue], text: str) -> None:
        self.issues = tuple(issues)
        self.text = text
        super().__init__(message)


class ProviderError(MlsigError):
    """A call to a model failed.

    Attributes:
        provider: Name of the declared provider.
        status: HTTP status, or None when there was no answer.
        retryable: True when the same call may succeed later.
    """

    def __init__(
        self, provider: str, message: str, *, status: int | None = None, retryable: bool = False
    ) -> None:
        self.provider = provider
        self.status = status
        self.retryable = retryable
        super().__init__(f"{provider}: {message}")


class ProviderUnreachable(ProviderError):
    """Nothing answers at the provider's address."""


class ProviderRefused(ProviderError):
    """The provider refused the key or the rights that go with it (401, 403), or the key is missing."""


class BudgetExhausted(MlsigError):
    """The next call would exceed the budget; it was not made."""


class StoreError(MlsigError):
    """A run could not be read from, or written to, the store."""


class GencodeError(ImportError, MlsigError):
    """A generated module and this runtime do not belong together."""
