"""`mlsig check`: report what is wrong in `.mlsig` files, and write nothing.

mlsig check schemas/
mlsig check --output-format github
mlsig check --fix                       # what can be mended for certain is mended first
mlsig check --resolve-python            # python("module:name") is looked for as well
mlsig check --stdin-filename schemas/a.mlsig - < unsaved
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig_compiler.cli import STORAGE, USAGE
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.formats import FORMATS
from mlsig_compiler.findings.nearest import counted

if TYPE_CHECKING:
    from mlsig_compiler.files.config import Config
    from mlsig_compiler.files.project import Found
    from mlsig_compiler.front import Analysis

STDIN: Final = Path("-")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders, or - for standard input (default: `src` of [tool.mlsig])",
    )
    parser.add_argument("--output-format", choices=FORMATS, default="full", help="how findings are written")
    parser.add_argument(
        "--fix", action="store_true", help="mend what can be mended for certain, in the files"
    )
    parser.add_argument(
        "--resolve-python",
        action="store_true",
        help="look for what python(…) names, in source files that Python would import; nothing is run",
    )
    parser.add_argument(
        "--stdin-filename", type=Path, metavar="PATH", help="the file that standard input stands for"
    )


def run(options: argparse.Namespace) -> int:
    """Check the files, print what was found, and return the exit code."""
    return examine(options)[0]


def examine(
    options: argparse.Namespace,
    more: Callable[[Analysis, Found, Config], Iterable[Diagnostic]] | None = None,
) -> tuple[int, list[Diagnostic]]:
    """Check the files, print what was found, and return it with the exit code.

    `more` is asked for what else there is to say about files that are right.
    """
    # `--help` needs no parser
    from mlsig_compiler.files.config import load  # noqa: PLC0415
    from mlsig_compiler.front import analyse_all  # noqa: PLC0415

    config, problems = load(Path())
    paths: Sequence[Path] = options.paths or config.src
    if not paths and not problems:
        return _misused("name files or folders to check, or set `src` in [tool.mlsig] of pyproject.toml"), []
    if STDIN in paths and (len(paths) > 1 or options.stdin_filename is None):
        return _misused("`-` stands alone, with --stdin-filename to say which file it is"), []
    if STDIN in paths and options.fix:
        return _misused("standard input cannot be mended: --fix needs files"), []
    files = 0

    def look() -> list[Diagnostic]:
        nonlocal files
        project = _project(paths, config, options.stdin_filename)
        files = len(project.sources)
        with own_mistakes():
            analysis = analyse_all(project.sources, project.locate, keep=more is not None)
            if options.resolve_python:
                from mlsig_compiler.pyrefs import resolve  # noqa: PLC0415

                resolve(analysis, project.roots)
            found = [*problems, *project.problems, *analysis]
            return [*found, *more(analysis, project, config)] if more else found

    try:
        found = _mended(look, paths) if options.fix else look()
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or 'a file'}: {error.strerror or error}\n")
        return STORAGE, []
    report(found, options.output_format)
    sys.stderr.write(f"{summary(found, files)}\n")
    _say_fixable(found, options)
    return exit_code(found), found


def _mended(look: Callable[[], list[Diagnostic]], paths: Sequence[Path]) -> list[Diagnostic]:
    """Mend the files, say what was done, and return what is left."""
    from mlsig_compiler.findings.fixes import mend  # noqa: PLC0415

    mended = mend(look, paths)
    for path, codes in mended.fixed.items():
        said = ", ".join(dict.fromkeys(codes))
        sys.stderr.write(f"fixed {path.as_posix()}: {counted(len(codes), 'finding')} ({said})\n")
    return mended.left


def _say_fixable(found: Sequence[Diagnostic], options: argparse.Namespace) -> None:
    number = sum(diagnostic.fix is not None for diagnostic in found)
    if number and not options.fix:
        sys.stderr.write(f"{number} fixable with `mlsig {options.verb} --fix`\n")


def _misused(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return USAGE


def _project(paths: Sequence[Path], config: Config, stdin: Path | None) -> Found:
    from mlsig_compiler.files.project import LARGEST, find, given  # noqa: PLC0415

    if STDIN in paths and stdin is not None:
        return given(stdin, sys.stdin.buffer.read(LARGEST + 1), config.src, config.package)
    return find(paths, config.src, config.package)


def summary(found: Sequence[Diagnostic], files: int) -> str:
    """Return the last line of a run."""
    checked = f"checked {counted(files, 'file')}"
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    warnings = len(found) - errors
    if not found:
        return f"{checked}, found no mistakes"
    parts = [counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return f"{checked}, found {' and '.join(parts)}"
