"""What an error means for the exit code."""

from __future__ import annotations

import sys

from mlsig.errors import MlsigError, ProviderError, StoreError

from mlsig_compiler.cli import FINDINGS, STORAGE, UNREACHABLE, USAGE


def fail(error: MlsigError | ValueError) -> int:
    """Say what went wrong, without secrets of the environment, and return the exit code for it."""
    from mlsig.tools.words import without_secrets  # noqa: PLC0415

    say(f"error: {without_secrets(str(error))}")
    return code(error)


def say(message: str) -> None:
    """Write a line to standard error, whatever its encoding can show; control characters are escaped.

    Names in data, messages of metrics and paths of files are texts of others: a terminal obeys none of them.
    """
    encoding = sys.stderr.encoding or "utf-8"
    clean = "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in message)
    sys.stderr.write(f"{clean}\n".encode(encoding, "backslashreplace").decode(encoding))


def code(error: MlsigError | ValueError) -> int:
    """Return the exit code: 69 no model, 74 a file, 1 the user's data or code, 2 the command line."""
    from mlsig.data import DataError, DataUnreadable  # noqa: PLC0415
    from mlsig.evaluation.evaluator import EvaluationError  # noqa: PLC0415
    from mlsig.local import LocalExtraMissing, LocalServerError  # noqa: PLC0415
    from mlsig.orchestrator.attempts import StepFailed  # noqa: PLC0415

    if isinstance(error, LocalExtraMissing):
        return USAGE
    if isinstance(error, ProviderError | LocalServerError):
        return UNREACHABLE
    if isinstance(error, StoreError | DataUnreadable):
        return STORAGE
    if isinstance(error, DataError | EvaluationError | StepFailed):
        return FINDINGS
    return USAGE
