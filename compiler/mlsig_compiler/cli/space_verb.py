"""`mlsig space`: show a space, draw from it, or say which configurations of a file it refuses.

mlsig space tuning.mlsig:Tuning                       its variables, rules, size and proofs, as a tree
mlsig space tuning.mlsig:Tuning --json                the same as data
mlsig space tuning.mlsig:Tuning --sample 20 --seed 7 --format csv
mlsig space tuning.mlsig:Tuning --check configs.jsonl

NAME can be a space, or a signature, program or pipeline, whose variables are shown. Nothing is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.cli.drafted import misused
from mlsig_compiler.cli.failures import say
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report
from mlsig_compiler.cli.running import positive

if TYPE_CHECKING:
    from mlsig.spaces import Space

    from mlsig_compiler.exploring.named import Named

FORMATS: Final = ("table", "jsonl", "csv")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "target",
        metavar="FILE:NAME",
        help="a space of a .mlsig file, or a signature, program or pipeline, such as tuning.mlsig:Tuning; "
        "the name can be left out where the file has one space",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--sample", type=positive, metavar="N", help="draw N legal configurations with the declared priors"
    )
    what.add_argument(
        "--check",
        metavar="FILE",
        help="say which configurations of a file, one in a line as JSON, are illegal, and why (- for "
        "standard input)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="decides what --sample draws (default: 0)")
    parser.add_argument("--format", choices=FORMATS, help="how --sample writes (default: table)")
    parser.add_argument("--json", action="store_true", help="the space, or the verdicts of --check, as JSON")


def run(options: argparse.Namespace) -> int:
    """Do what is asked, and return the exit code: 1 where --check found something illegal."""
    wrong = _misuse(options)
    if wrong:
        return misused(wrong)
    from mlsig_compiler.exploring.named import NoSuchSpaceError, WrongFileError, named  # noqa: PLC0415
    from mlsig_compiler.exploring.stepwise import space_of  # noqa: PLC0415  (the parser, and the templates)
    from mlsig_compiler.files.config import load  # noqa: PLC0415

    config, problems = load(Path.cwd())
    if problems:
        report(problems, "full")
        return exit_code(problems)
    with own_mistakes():
        try:
            found = named(options.target, config)
        except NoSuchSpaceError as error:
            return misused(str(error))
        except WrongFileError as error:
            report(error.found, "full")
            return exit_code(error.found)
        except OSError as error:
            say(f"error: {error.filename or 'a file'}: {error.strerror or error}")
            return STORAGE
        space = space_of(found)
    _tolerant()
    if options.check is not None:
        return _check(space, options)
    if options.sample is not None:
        return _sample(space, options)
    with own_mistakes():
        _show(space, found, as_json=options.json)
    return OK


def _misuse(options: argparse.Namespace) -> str:
    if options.sample is None and (options.seed is not None or options.format is not None):
        return "--seed and --format say how to draw: they need --sample"
    if options.sample is not None and options.json:
        return "--json is for the space itself and for --check: samples have --format jsonl"
    return ""


def _tolerant() -> None:
    """Let standard output escape what its encoding cannot show."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _show(space: type[Space], found: Named, *, as_json: bool) -> None:
    from mlsig_compiler.exploring.stepwise import facts_of  # noqa: PLC0415

    proved = facts_of(found)
    warnings = [f"{finding.message} ({finding.code})" for finding in found.warnings]
    if as_json:
        data = {
            **space.describe(),
            "name": found.name,
            "place": found.place,
            "proofs": proved.to_dict(),
            "warnings": warnings,
        }
        sys.stdout.write(f"{json.dumps(data, indent=2)}\n")
        return
    from mlsig_compiler.exploring.tree import console, tree  # noqa: PLC0415

    console(sys.stdout).print(tree(space, found.name, found.place, proved, warnings))


def _sample(space: type[Space], options: argparse.Namespace) -> int:
    from mlsig.errors import SpaceError  # noqa: PLC0415

    from mlsig_compiler.exploring.samples import drawn, write  # noqa: PLC0415

    rows = drawn(space, options.sample, options.seed or 0)
    try:
        write(space, rows, options.format or "table", sys.stdout)
    except SpaceError as error:
        say(f"error: {error}")
        return FINDINGS
    return OK


def _check(space: type[Space], options: argparse.Namespace) -> int:
    from mlsig_compiler.exploring.verdicts import verdicts  # noqa: PLC0415
    from mlsig_compiler.findings.terminal import printable  # noqa: PLC0415

    name = "<stdin>" if options.check == "-" else printable(options.check)
    lines = illegal = 0
    try:
        with _opened(options.check) as stream:
            for verdict in verdicts(space, stream):
                lines += 1
                illegal += bool(verdict.issues)
                if options.json:
                    sys.stdout.write(f"{json.dumps(verdict.to_dict())}\n")
                    continue
                for issue in verdict.issues:
                    sys.stdout.write(f"{name}:{verdict.line}: {printable(issue.message)}\n")
    except OSError as error:
        say(f"error: {options.check}: {error.strerror or error}")
        return STORAGE
    sys.stdout.flush()
    if not lines:
        say(f"error: {options.check}: has no configurations: it needs one JSON object in each line")
        return USAGE
    say(f"checked {lines:,} configuration{'s' * (lines != 1)}: {illegal:,} illegal")
    return FINDINGS if illegal else OK


def _opened(path: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb")
