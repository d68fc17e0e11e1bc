"""`mlsig runs`: what was optimised, what it cost, and what came out.

mlsig runs list                        all runs, oldest first
mlsig runs show Review-1a2b3c4d        one of them
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig.errors import MlsigError, StoreError
from mlsig.store.address import must_be_there, place, shown

from mlsig_compiler.cli import OK
from mlsig_compiler.cli.failures import fail
from mlsig_compiler.cli.optimize_verb import STORE

if TYPE_CHECKING:
    from mlsig.store import Run, Store

    from mlsig_compiler.cli.runs_view import Summary

EXAMPLES: Final = """\
examples:
  mlsig runs list
  mlsig runs show Review-1a2b3c4d --json
  mlsig runs compare Review-1a2b3c4d Review-5e6f7a8b
  mlsig runs resume Review-1a2b3c4d
  mlsig runs cancel Review-1a2b3c4d
  mlsig runs export Review-1a2b3c4d > run.jsonl

The beginning of a name is enough where only one run has it. Nothing here has keys: stores have none.
"""
ACTS: Final = {
    "list": "list all runs, oldest first",
    "show": "show one run: status, parts, cost, best candidate",
    "compare": "show runs side by side; of two also the differences on the same examples, with intervals",
    "resume": "go on with a run by the command that started it; pays for nothing twice",
    "cancel": "say that nobody wants a run any more; it can be resumed",
    "export": "print runs as lines of JSON, without loss",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("act", choices=ACTS, help="; ".join(f"{act}: {what}" for act, what in ACTS.items()))
    parser.add_argument("names", nargs="*", metavar="RUN", help="names of runs, or how they begin")
    parser.add_argument(
        "--store",
        type=place,
        default=Path(STORE),
        metavar="STORE",
        help=f"where runs are kept: a file, or postgresql://… (default: {STORE})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Do it, and return the exit code."""
    try:
        return _run(options)
    except MlsigError as error:
        return fail(error)


def _run(options: argparse.Namespace) -> int:
    from mlsig.store import Store  # noqa: PLC0415

    _check_count(options)
    must_be_there(options.store)
    with Store(options.store) as store:
        every = store.runs()
        chosen = [named(name, every, store) for name in options.names] or every
        if options.act == "resume":
            words = _words(store, chosen[0], shown(options.store))
        else:
            return _done(options, store, chosen)
    from mlsig_compiler.cli import main  # noqa: PLC0415

    sys.stderr.write(f"{shlex.join(['mlsig', *words])}\n")
    # As it was given: what is printed has no password.
    words[words.index("--store") + 1] = str(options.store)
    return main(words)


def _check_count(options: argparse.Namespace) -> None:
    count = len(options.names)
    wrong = {
        "list": count > 0 and "list takes no names",
        "show": count != 1 and "show takes the name of one run",
        "resume": count != 1 and "resume takes the name of one run",
        "cancel": count != 1 and "cancel takes the name of one run",
        "compare": count < 2 and "compare takes the names of two runs or more",
    }.get(options.act)
    if wrong:
        raise WrongUse(f"{wrong}; `mlsig runs list` shows them")


class WrongUse(MlsigError):
    """The command line asks for nothing that can be done."""


def named(name: str, every: list[Run], store: Store) -> Run:
    """Return the run of a name, or the only one that begins like it.

    Raises:
        StoreError: There is none, or more than one.
    """
    exact = [run for run in every if run.id == name]
    found = exact or [run for run in every if run.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(run.id for run in (found or every)) or "none"
    what = f"has {len(found)} runs that begin with {name}" if found else f"has no run {name}"
    raise StoreError(f"{store.path} {what}; there are: {known}")


def _words(store: Store, chosen: Run, path: str) -> list[str]:
    from mlsig.store import history  # noqa: PLC0415

    if chosen.status == "completed":
        raise WrongUse(f"run {chosen.id} is complete: there is nothing to go on with")
    command = history.command(store, chosen.id)
    if command is None:
        message = f"run {chosen.id} was not started by `mlsig optimize`"
        raise WrongUse(f"{message}: start it again as it was started, with the mode `resume`")
    _, *words = shlex.split(command)
    words[words.index("--store") + 1] = path
    return words


def _done(options: argparse.Namespace, store: Store, chosen: list[Run]) -> int:
    from mlsig.store import history  # noqa: PLC0415

    from mlsig_compiler.cli import runs_view  # noqa: PLC0415

    if options.act == "export":
        for line in history.exported(store, [run.id for run in chosen]):
            sys.stdout.write(line.decode())
        return OK
    if options.act == "cancel":
        store.move(chosen[0].id, "cancelled", error=chosen[0].error)
        again = shlex.join(["mlsig", "runs", "resume", chosen[0].id, "--store", shown(options.store)])
        sys.stdout.write(f"run {chosen[0].id} is cancelled; `{again}` takes it up\n")
        return OK
    found = [runs_view.summary(run, history.totals(store, run.id)) for run in chosen]
    if options.act == "compare":
        return _compared(options, found, chosen, store)
    if options.json:
        _print(found[0] if options.act == "show" else found)
    else:
        sys.stdout.write(runs_view.text(options.act, found))
    return OK


def _compared(options: argparse.Namespace, found: list[Summary], chosen: list[Run], store: Store) -> int:
    from mlsig_compiler.cli import runs_pairs, runs_view  # noqa: PLC0415

    pairs: list[runs_pairs.Pair] = []
    changed: dict[str, tuple[object, object]] = {}
    if len(chosen) == 2:
        first, second = (runs_pairs.findings_of(run) for run in chosen)
        pairs = runs_pairs.paired(
            runs_pairs.measured(store, chosen[0], first), runs_pairs.measured(store, chosen[1], second)
        )
        changed = runs_pairs.differing(first, second)
    if options.json:
        _print({"runs": found, "paired": pairs, "configuration": changed})
    else:
        sys.stdout.write(runs_view.compared(found, pairs, changed))
    return OK


def _print(plain: object) -> None:
    import msgspec  # noqa: PLC0415

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n")
