"""What the compiler raises when it finds itself wrong. Users' mistakes are diagnostics instead."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from mlsig_compiler.source import Source


class InternalError(Exception):
    """Something that no `.mlsig` file should be able to cause; `mlsig` reports it and exits with 70."""


class FailedOn(InternalError):
    """A failure of the compiler while it worked on a file; the failure itself is the cause."""

    def __init__(self, source: Source) -> None:
        super().__init__(f"mlsig failed on {source.path}")
        self.source = source


@contextmanager
def blaming(source: Source) -> Generator[None]:
    """Say of any failure which file it happened on.

    Raises:
        FailedOn: Something failed.
    """
    try:
        yield
    except FailedOn:
        raise
    except Exception as error:
        raise FailedOn(source) from error
