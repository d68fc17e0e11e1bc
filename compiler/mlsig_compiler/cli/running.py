"""What the verbs that call models have in common: their options, the program, the data, the model."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mlsig.errors import MlsigError

if TYPE_CHECKING:
    from mlsig.data import Data
    from mlsig.orchestrator.components import EvaluationWorkers
    from mlsig.programs import Program
    from mlsig.signatures import Example

ResultT = TypeVar("ResultT")


def program_argument(parser: argparse.ArgumentParser) -> None:
    """Declare which program, and whether the local model is served meanwhile."""
    parser.add_argument(
        "program", metavar="MODULE:PROGRAM", help="a program of a compiled module, such as sentiment:Review"
    )
    parser.add_argument(
        "--local", action="store_true", help="serve the small local model meanwhile (needs mlsig[local])"
    )


def chosen_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how a program is run as `mlsig optimize` chose."""
    parser.add_argument(
        "--store", metavar="FILE", help="run the program as the last run of `mlsig optimize` chose"
    )
    parser.add_argument("--run", metavar="RUN", dest="of_run", help="as this run of the store chose")


def chosen(options: argparse.Namespace, program: Program) -> Program:
    """Return the program as it is, or as a run in the store chose.

    Raises:
        StoreError: There is no such store, or no completed run of this program in it.
    """
    if options.store is None:
        if options.of_run is not None:
            raise ProgramMisused("--run names a run of a store: say which one with --store FILE")
        return program
    from mlsig.programs.chosen import load  # noqa: PLC0415

    return load(program, options.store, options.of_run)


class ProgramMisused(MlsigError):
    """Options that do not go together."""


def options_of_calls(parser: argparse.ArgumentParser) -> None:
    """Declare what decides how models are called."""
    program_argument(parser)
    parser.add_argument(
        "--concurrency", type=positive, default=4, metavar="N", help="calls in flight at most (default: 4)"
    )
    parser.add_argument(
        "--processes",
        type=positive,
        default=0,
        metavar="N",
        help="run metrics in N processes: one that hangs or dies there fails its example alone "
        "(needs mlsig[workers])",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="decides every random choice (default: 0)"
    )
    parser.add_argument(
        "--skip-broken", action="store_true", help="leave rows out that do not fit the signature"
    )
    parser.add_argument(
        "--cost-budget",
        type=amount,
        default=0.01,
        metavar="USD",
        help="US dollars per example at which the cost score is a half (default: 0.01)",
    )
    parser.add_argument(
        "--latency-budget",
        type=amount,
        default=10.0,
        metavar="S",
        help="seconds per example at which the latency score is a half (default: 10)",
    )


def positive(text: str) -> int:
    """Read a number that is at least 1."""
    try:
        number = int(text.replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def amount(text: str) -> float:
    """Read a number above zero."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above zero, not {text}")
    return number


def share(text: str) -> float:
    """Read a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1, not {text}")
    return number


def program_of(options: argparse.Namespace) -> Program:
    """Import the program.

    Raises:
        ProgramNotFound: There is no such program.
    """
    from mlsig.programs.loading import load_program, search_path  # noqa: PLC0415

    return load_program(options.program, search_path(Path.cwd()))


def examples_of(options: argparse.Namespace, source: str, program: Program) -> tuple[Example[Any, Any], ...]:
    """Read a data set, and say what is odd about it.

    Raises:
        DataError: The data cannot be read, or rows are broken.
    """
    return data_of(options, source, program).examples


def data_of(options: argparse.Namespace, source: str, program: Program) -> Data[Example[Any, Any]]:
    """Read a data set with the place of each example, and say what is odd about it.

    Raises:
        DataError: The data cannot be read, or rows are broken.
    """
    from mlsig.data import load  # noqa: PLC0415

    data = load(source, program.signature, skip_broken=options.skip_broken)
    for note in data.notes():
        sys.stderr.write(f"note: {note}\n")
    return data


def workers_of(options: argparse.Namespace) -> EvaluationWorkers:
    """Return what runs the examples, not yet started.

    Raises:
        ProgramMisused: Processes are asked for, and what they need is not installed.
    """
    from importlib.util import find_spec  # noqa: PLC0415

    from mlsig.orchestrator.components import EvaluationWorkers  # noqa: PLC0415

    if options.processes and find_spec("pebble") is None:
        raise ProgramMisused('--processes needs pebble: install it with `pip install "mlsig[workers]"`')
    return EvaluationWorkers(workers=options.concurrency, processes=options.processes)


def served(options: argparse.Namespace) -> AbstractContextManager[object]:
    """Return the context in which the model can be reached."""
    if not options.local:
        return nullcontext()
    from mlsig import local  # noqa: PLC0415

    return local.serve()
