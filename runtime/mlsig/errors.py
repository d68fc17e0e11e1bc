"""What can go wrong, as data.

Every layer reports bad values as `Issue`s: where (`citations[2].quote`), which rule (a stable code such as
`too_short`), what to say, and the value that broke it, cut to a sane length. Every exception of mlsig derives
from `MlsigError`, so one `except` catches all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlsig.types.shown import VALUE_LENGTH as VALUE_LENGTH  # noqa: PLC0414  (others take it from here)

if TYPE_CHECKING:
    from mlsig.issues import Issue as Issue  # noqa: PLC0414  (others take it from here)
else:

    def __getattr__(name: str) -> object:
        """Give `Issue` to those who ask: it brings msgspec, which few commands need."""
        if name != "Issue":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from mlsig.issues import Issue  # noqa: PLC0415

        globals()["Issue"] = Issue
        return Issue


class MlsigError(Exception):
    """The root of every exception that mlsig raises on purpose."""


class ValidationError(MlsigError):
    """A value does not fit its declared type.

    Attributes:
        subject: What was validated, such as `Passage` or `Tuning`.
        issues: Everything wrong, in declaration order; never empty.
    """

    # Both are the exception's own arguments: a method that took them would be a third of the cost of raising.

    if TYPE_CHECKING:

        def __init__(self, subject: str, issues: Sequence[Issue], /) -> None: ...

    @property
    def subject(self) -> str:
        """What was validated."""
        found: str = self.args[0]
        return found

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Everything wrong, in declaration order."""
        return tuple(self.args[1])

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
        code: The provider's own word for the error, such as `context_length_exceeded`; empty for none.
        request_id: The provider's name of the request, to ask its support about; empty where it has none.
        retry_after: How many seconds the provider asked to wait, or None.
    """

    def __init__(
        self,
        provider: str,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        code: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.provider = provider
        self.status = status
        self.retryable = retryable
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        super().__init__(f"{provider}: {message}")


class ProviderUnreachable(ProviderError):
    """Nothing answers at the provider's address."""


class ProviderRefused(ProviderError):
    """The provider refused the key or the rights that go with it (401, 403), or the key is missing."""


class ProviderBusy(ProviderError):
    """The provider has too much to do, or we asked too often (429, 503, 529)."""


class ProviderTimeout(ProviderError):
    """There was no answer, or not all of it, in time."""


class RequestRejected(ProviderError):
    """The provider understood the request and will not take it (400, 404, 413, 422 and the like)."""


class AnswerUnreadable(ProviderError):
    """The provider answered, and what it sent is no answer, or only the beginning of one."""


class CircuitOpen(ProviderError):
    """The provider failed so often in a row that it is left alone for a while; no call was made."""


class BudgetExhausted(MlsigError):
    """The next call would exceed the budget; it was not made."""


class StoreError(MlsigError):
    """A run could not be read from, or written to, the store."""


class GencodeError(ImportError, MlsigError):
    """A generated module and this runtime do not belong together."""


class FunctionMissing(ImportError, MlsigError):
    """A function of Python that a `.mlsig` file names cannot be imported; no data is to blame."""
