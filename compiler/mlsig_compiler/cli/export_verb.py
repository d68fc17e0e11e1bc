"""`mlsig export`: write what a run chose as a `.mlsig` file that can be reviewed, changed and committed.

mlsig export Review-1a2b                        writes review_chosen.mlsig beside the file of the program
mlsig export Review-1a2b --out tuned.mlsig
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import MlsigError, StoreError
from mlsig.store.address import must_be_there, place

from mlsig_compiler.cli import FINDINGS, OK, STORAGE
from mlsig_compiler.cli.failures import fail
from mlsig_compiler.cli.optimize_verb import STORE
from mlsig_compiler.cli.runs_verb import WrongUse, named

if TYPE_CHECKING:
    from mlsig.store import Run, Store

    from mlsig_compiler.exporting import Overlay

EXAMPLES: Final = """\
examples:
  mlsig export Review-1a2b
  mlsig export Review-1a2b --store runs.db --out schemas/tuned.mlsig
  mlsig export Review-1a2b --program sentiment:Review      for runs that were started from Python

The file declares a program of the same name, with the chosen defaults, words, rules and examples. Nothing
else is written; `mlsig compile` makes a module of it, like any other. Rules stand in the instructions.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("run", metavar="RUN", help="name of a completed run, or how it begins")
    parser.add_argument(
        "--store",
        type=place,
        default=Path(STORE),
        metavar="STORE",
        help=f"where runs are kept: a file, or postgresql://… (default: {STORE})",
    )
    parser.add_argument(
        "--program",
        metavar="MODULE:PROGRAM",
        help="the program (default: the one that the run was started with)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="default: PROGRAM_chosen.mlsig beside its file"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def run(options: argparse.Namespace) -> int:
    """Write the file, and return the exit code."""
    try:
        return _run(options)
    except MlsigError as error:
        return fail(error)


def _run(options: argparse.Namespace) -> int:
    from mlsig.programs.candidates import Candidate  # noqa: PLC0415
    from mlsig.programs.loading import load_program, search_path  # noqa: PLC0415
    from mlsig.store import Store  # noqa: PLC0415

    from mlsig_compiler.cli.findings import exit_code, report  # noqa: PLC0415
    from mlsig_compiler.exporting import overlay  # noqa: PLC0415
    from mlsig_compiler.files.config import load  # noqa: PLC0415
    from mlsig_compiler.files.project import find  # noqa: PLC0415
    from mlsig_compiler.front import analyse_all  # noqa: PLC0415

    must_be_there(options.store)
    with Store(options.store) as store:
        chosen = named(options.run, store.runs(), store)
        target = options.program or _program(store, chosen)
    if chosen.outcome is None:
        raise StoreError(f"run {chosen.id} is {chosen.status}: it has no outcome yet")
    program = load_program(target, search_path(Path.cwd()))
    config, problems = load(Path.cwd())
    file = _source(target.partition(":")[0], config.src)
    outcome: Any = chosen.outcome
    candidate = Candidate.from_dict(program, outcome["outcome"]["body"])
    project = find([file], config.src, config.package)
    (source,) = project.sources
    analysis = analyse_all([source], project.locate, keep=True)
    problems = [*problems, *project.problems, *(one for one in analysis if one.severity == "error")]
    if problems:
        report(problems, "full")
        return exit_code(problems)
    made = overlay(analysis.parsed, source.module, program, candidate, chosen.id)
    return _written(options, made, file, program.name)


def _written(options: argparse.Namespace, made: Overlay, file: Path, program: str) -> int:
    """Write the overlay, check it, and say so."""
    from mlsig_compiler.cli.findings import report  # noqa: PLC0415
    from mlsig_compiler.files.config import load  # noqa: PLC0415
    from mlsig_compiler.files.project import find  # noqa: PLC0415
    from mlsig_compiler.formatting import formatted  # noqa: PLC0415
    from mlsig_compiler.front import analyse_all  # noqa: PLC0415
    from mlsig_compiler.write import replace  # noqa: PLC0415

    out: Path = options.out or file.with_name(f"{program.lower()}_chosen.mlsig")
    if out.exists() and not options.force:
        sys.stderr.write(f"error: {out} is there already: --force writes over it, --out says where else\n")
        return STORAGE
    replace(out, made.text.encode())
    config, _ = load(Path.cwd())
    project = find([out], config.src, config.package)
    analysis = analyse_all(project.sources, project.locate)
    wrong = [*project.problems, *(one for one in analysis if one.severity == "error")]
    if wrong:
        report(wrong, "full")
        sys.stderr.write(f"{out} has mistakes: this is a bug of mlsig, please report it\n")
        return FINDINGS
    (source,) = project.sources
    text = formatted(source, analysis.diagnostics[source.module])
    if text is not None:
        replace(out, text.encode())
    for note in made.notes:
        sys.stderr.write(f"warning: {note}\n")
    sys.stdout.write(f"wrote {out}: review it, then `mlsig compile`\n")
    return OK


def _program(store: Store, chosen: Run) -> str:
    from mlsig.store import history  # noqa: PLC0415

    command = history.command(store, chosen.id)
    if command is None:
        raise WrongUse(
            f"run {chosen.id} was not started by `mlsig optimize`: name its program with --program"
        )
    return shlex.split(command)[2]


def _source(module: str, roots: tuple[Path, ...]) -> Path:
    """Return the file of a module.

    Raises:
        WrongUse: There is none.
    """
    relative = Path(*module.split(".")).with_suffix(".mlsig")
    for root in (*roots, Path()):
        if (root / relative).is_file():
            return root / relative
    # The generated module may be in a package that the sources know nothing of.
    places = ", ".join(str(root) for root in (*roots, Path()))
    raise WrongUse(f"there is no {relative} in {places}: run this where `mlsig compile` is run")
