"""`mlsig report`: write the HTML report of a run.

mlsig report Review-1a2b                        that run, by its name or how it begins
mlsig report runs.db --out report.html          the last completed run of a store
mlsig report runs.db Review-1a2b3c4d            that run of it
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig.errors import MlsigError, StoreError
from mlsig.store.address import must_be_there, place

from mlsig_compiler.cli import OK
from mlsig_compiler.cli.failures import fail
from mlsig_compiler.cli.optimize_verb import STORE
from mlsig_compiler.cli.runs_verb import WrongUse, named

if TYPE_CHECKING:
    from mlsig.store import Run, Store

EXAMPLES: Final = """\
examples:
  mlsig report                           the last completed run of mlsig-runs.db
  mlsig report Review-1a2b               that run
  mlsig report runs.db --out last.html   the last completed run of another store

The page needs no network: everything is in the one file.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument(
        "what",
        nargs="*",
        metavar="RUN",
        help="name of the run, or how it begins (default: the last completed one); a store may come first",
    )
    parser.add_argument(
        "--store",
        type=place,
        metavar="STORE",
        help=f"where runs are kept: a file, or postgresql://… (default: {STORE})",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("report.html"), metavar="FILE", help="default: report.html"
    )


def run(options: argparse.Namespace) -> int:
    """Write the report, and return the exit code."""
    try:
        return _run(options)
    except MlsigError as error:
        return fail(error)


def _run(options: argparse.Namespace) -> int:
    import msgspec  # noqa: PLC0415
    from mlsig import report  # noqa: PLC0415
    from mlsig.simba.experiment import Findings  # noqa: PLC0415
    from mlsig.store import Store  # noqa: PLC0415

    report.require_extra()
    where, name = _asked(options)
    must_be_there(where)
    with Store(where) as store:
        findings = msgspec.convert(_chosen(store, name).outcome, Findings)
        details = report.details(findings, store)
    report.write(findings, options.out, details)
    sys.stdout.write(f"report: {options.out}\n")
    return OK


def _asked(options: argparse.Namespace) -> tuple[str | Path, str | None]:
    """Return the store and the name of the run, if there is one."""
    words = list(options.what)
    where: str | Path = options.store or Path(STORE)
    # No name of a run has a dot, a slash or a colon in it.
    if options.store is None and words and (len(words) == 2 or set(words[0]) & set("./:")):
        where = place(words.pop(0))
    if len(words) > 1:
        raise WrongUse(f"one report is of one run, and not of {', '.join(words)}")
    return where, words[0] if words else None


def _chosen(store: Store, name: str | None) -> Run:
    if name is not None:
        run = named(name, store.runs(), store)
        if run.outcome is None:
            raise StoreError(f"run {run.id} is {run.status}: it has no outcome yet")
        return run
    complete = [run for run in store.runs() if run.outcome is not None]
    if not complete:
        raise StoreError(f"{store.path} has no completed run")
    return complete[-1]
