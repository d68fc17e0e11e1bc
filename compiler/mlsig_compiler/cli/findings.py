"""Findings, as every verb that reads `.mlsig` files ends with them: printed in order, and as an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from mlsig_compiler.bugs import FailedOn
from mlsig_compiler.cli import BUG, FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.formats import Format
from mlsig_compiler.findings.render import render, wants_color


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return findings by file, and in a file by place."""
    return sorted(found, key=lambda finding: (finding.source.path.as_posix(), finding.span, finding.code))


def report(found: Iterable[Diagnostic], format: Format) -> None:
    """Write findings to standard output, in their order."""
    text = render(in_order(found), format, color=wants_color(sys.stdout))
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def exit_code(found: Sequence[Diagnostic]) -> int:
    """Return the exit code: a file that cannot be read outweighs wrong use, which outweighs mistakes."""
    codes = {diagnostic.code for diagnostic in found if diagnostic.severity == "error"}
    if "MLS0902" in codes:
        return STORAGE
    if codes & {"MLS0901", "MLS0903"}:
        return USAGE
    return FINDINGS if codes else OK


@contextmanager
def own_mistakes() -> Generator[None]:
    """Say that a failure of the compiler is not the user's, and end with the exit code for it.

    Raises:
        SystemExit: Something failed.
    """
    try:
        yield
    except FailedOn as error:
        _admit(error.__cause__ or error, f" on {error.source.path}", "your file", "the file")
    except OSError:
        raise
    except Exception as error:
        _admit(error, "", "your files", "the files")


def _admit(error: BaseException, where: str, whose: str, what: str) -> None:
    traceback.print_exception(error)
    sys.stderr.write(
        f"\nerror: mlsig failed{where}: {error}\n"
        f"This is a bug of mlsig, not of {whose}. Please report it, with {what} and the lines above.\n"
    )
    raise SystemExit(BUG) from error
