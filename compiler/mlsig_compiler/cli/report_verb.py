"""`mlsig report`: write the HTML report of a run.

mlsig report runs.db --out report.html          the last completed run
mlsig report runs.db Review-1a2b3c4d            that run
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mlsig.errors import MlsigError, StoreError
from mlsig.store.address import must_be_there, place

from mlsig_compiler.cli import OK
from mlsig_compiler.cli.failures import fail

if TYPE_CHECKING:
    from mlsig.store import Run, Store


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "store", type=place, metavar="STORE", help="where runs are kept: a file, or postgresql://…"
    )
    parser.add_argument(
        "run", nargs="?", metavar="RUN", help="name of the run (default: the last completed one)"
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
    must_be_there(options.store)
    with Store(options.store) as store:
        chosen = _chosen(store, options.run)
    report.write(msgspec.convert(chosen.outcome, Findings), options.out)
    sys.stdout.write(f"report: {options.out}\n")
    return OK


def _chosen(store: Store, name: str | None) -> Run:
    if name is not None:
        run = store.run(name)
        if run.outcome is None:
            raise StoreError(f"run {name} is {run.status}: it has no outcome yet")
        return run
    complete = [run for run in store.runs() if run.outcome is not None]
    if not complete:
        raise StoreError(f"{store.path} has no completed run")
    return complete[-1]
