"""`mlsig fmt`: lay `.mlsig` files out in the one canonical way.

mlsig fmt schemas/
mlsig fmt --check                       # write nothing; exit 1 when a file would change
mlsig fmt --diff                        # write nothing; show what would change, exit 1 when anything would
mlsig fmt - < unsaved                   # standard input to standard output

A broken file stays as it is, and what is wrong with it is said as `mlsig check` says it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig_compiler.cli import BUG, FINDINGS, OK, USAGE
from mlsig_compiler.cli.failures import say

if TYPE_CHECKING:
    from mlsig_compiler.diagnostics import Diagnostic
    from mlsig_compiler.source import Source

STDIN: Final = Path("-")
MARK: Final = b"\xef\xbb\xbf"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders, or - for standard input (default: `src` of [tool.mlsig])",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and exit 1 when a file would change"
    )
    parser.add_argument("--diff", action="store_true", help="write nothing, and show what would change")
    parser.add_argument(
        "--stdin-filename", type=Path, metavar="PATH", help="the file that standard input stands for"
    )


def run(options: argparse.Namespace) -> int:
    """Lay the files out, say what was done, and return the exit code."""
    from mlsig_compiler.cli.findings import exit_code, report  # noqa: PLC0415
    from mlsig_compiler.files.config import load  # noqa: PLC0415

    config, found = load(Path())
    paths: Sequence[Path] = options.paths or config.src
    if not paths and not found:
        return _misused("name files or folders to lay out, or set `src` in [tool.mlsig] of pyproject.toml")
    if STDIN in paths and len(paths) > 1:
        return _misused("`-` stands alone")
    sheets = _Sheets(options, found)
    if STDIN in paths:
        sheets.standard_input(options.stdin_filename or Path("stdin.mlsig"))
    else:
        sheets.files(paths)
        sys.stderr.write(f"{sheets.summary()}\n")
    with contextlib.redirect_stdout(sys.stderr):  # standard output is for texts
        report(found, "full")
    if sheets.failed:
        return BUG
    code = exit_code(found)
    return FINDINGS if code == OK and sheets.changed and (options.check or options.diff) else code


class _Sheets:
    """The files of a run, and what became of them."""

    def __init__(self, options: argparse.Namespace, found: list[Diagnostic]) -> None:
        self.options = options
        self.found = found
        self.changed = self.same = self.failed = 0

    def files(self, paths: Sequence[Path]) -> None:
        """Lay files out, and those in folders."""
        from mlsig_compiler.files.project import Found, files_at, read  # noqa: PLC0415

        project = Found(roots=[path for path in paths if path.is_dir()])
        for path in files_at(paths, project):
            source = read(path, path.stem, project)
            text = self.laid_out(source) if source else None
            if source is None or text is None:
                continue
            if text == source.text:
                self.same += 1
                continue
            self.changed += 1
            if self.options.diff:
                self.show(source, text)
            elif self.options.check:
                say(f"would change: {path.as_posix()}")
            else:
                _write(path, text)
                say(f"laid out {path.as_posix()}")
        self.found += project.problems

    def standard_input(self, path: Path) -> None:
        """Lay standard input out."""
        from mlsig_compiler.files.project import LARGEST, Found, decoded  # noqa: PLC0415

        project = Found()
        source = decoded(path, path.stem, sys.stdin.buffer.read(LARGEST + 1), project)
        self.found += project.problems
        text = self.laid_out(source) if source else None
        if source is None or text is None:
            return
        self.changed = text != source.text
        if self.options.diff:
            self.show(source, text)
        elif not self.options.check:
            _print(text)

    def laid_out(self, source: Source) -> str | None:
        """Return the text of a file as it should be; None where it is broken, or we are."""
        from mlsig_compiler.diagnostics import Diagnostics  # noqa: PLC0415
        from mlsig_compiler.formatting import MeaningChanged, formatted  # noqa: PLC0415

        diagnostics = Diagnostics(source)
        try:
            text = formatted(source, diagnostics)
        except MeaningChanged:
            self.failed += 1
            sys.stderr.write(
                f"error: {source.path.as_posix()} was left as it is: laid out, it would say something else.\n"
                "This is a bug of mlsig, not of your file. Please report it, with the file.\n"
            )
            return None
        self.found += diagnostics
        return text

    def show(self, source: Source, text: str) -> None:
        """Print what would change."""
        from difflib import unified_diff  # noqa: PLC0415

        name = source.path.as_posix()
        lines = unified_diff(_lines(source.text), _lines(text), name, name)
        _print(
            "".join(
                line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
            )
        )

    def summary(self) -> str:
        """Return the last line of a run."""
        from mlsig_compiler.findings.nearest import counted  # noqa: PLC0415

        would = "would change" if self.options.check or self.options.diff else "laid out"
        broken = len({each.source.path for each in self.found if each.severity == "error"})
        left = f", left {counted(broken, 'broken file')}" if broken else ""
        return f"{would} {counted(self.changed, 'file')}, {self.same} unchanged{left}"


def _lines(text: str) -> list[str]:
    """Return the lines of a text, each with its end."""
    return list(io.StringIO(text, newline="\n"))


def _write(path: Path, text: str) -> None:
    """Put a text into a file at once; the mark that some editors put first stays."""
    from mlsig_compiler.write import replace  # noqa: PLC0415

    real = path.resolve()
    mark = MARK if real.read_bytes().startswith(MARK) else b""
    replace(real, mark + text.encode(), mode=stat.S_IMODE(real.stat().st_mode))


def _print(text: str) -> None:
    """Write a text to standard output as it is, its line ends and characters included."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    buffer.write(text.encode())
    buffer.flush()


def _misused(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return USAGE
