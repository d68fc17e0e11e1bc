"""`mlsig lint`: report what is wrong in `.mlsig` files, and what is right and probably not meant.

mlsig lint schemas/ --ignore MLS0703
mlsig lint --fix
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlsig_compiler.cli import FINDINGS, OK, USAGE, check_verb

if TYPE_CHECKING:
    from mlsig_compiler.diagnostics import Diagnostic
    from mlsig_compiler.files.config import Config
    from mlsig_compiler.files.project import Found
    from mlsig_compiler.front import Analysis


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    check_verb.arguments(parser)
    parser.add_argument("--select", metavar="CODES", help="the only warnings wanted, such as MLS0701,MLS0702")
    parser.add_argument("--ignore", metavar="CODES", help="warnings that are not wanted")


def run(options: argparse.Namespace) -> int:
    """Check and lint the files, print what was found, and return the exit code: 1 for warnings too."""
    for words in (options.select, options.ignore):
        problem = _unknown(words)
        if problem:
            sys.stderr.write(f"error: {problem}\n")
            return USAGE

    def lint(analysis: Analysis, project: Found, config: Config) -> list[Diagnostic]:
        from mlsig_compiler.lint import CODES, lint  # noqa: PLC0415

        select = _codes(options.select) or config.select or CODES
        ignore = _codes(options.ignore) or config.ignore
        rules = [code for code in CODES if code in select and code not in ignore]
        return lint(analysis, [source.module for source in project.sources], rules)

    code, found = check_verb.examine(options, lint)
    return FINDINGS if code == OK and found else code


def _codes(words: str | None) -> list[str]:
    return [word.strip().upper() for word in (words or "").split(",") if word.strip()]


def _unknown(words: str | None) -> str:
    """Say what is wrong with a list of codes, if anything."""
    from mlsig_compiler.codes import refused  # noqa: PLC0415

    return next((problem for problem in map(refused, _codes(words)) if problem), "")
