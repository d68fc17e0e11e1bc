"""What an error means for the exit code."""

from __future__ import annotations

import sys

from mlsig.errors import MlsigError, ProviderError, StoreError

from mlsig_compiler.cli import FINDINGS, STORAGE, UNREACHABLE, USAGE


def fail(error: MlsigError | ValueError) -> int:
    """Say what went wrong, and return the exit code for it."""
    sys.stderr.write(f"error: {error}\n")
    return code(error)


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
