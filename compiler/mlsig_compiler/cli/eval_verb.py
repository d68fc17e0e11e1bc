"""`mlsig eval`: measure a program on a data set.

mlsig eval sentiment:Review --data reviews.jsonl --local --save results.jsonl
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import MlsigError

from mlsig_compiler.cli import INTERRUPTED, OK, STORAGE
from mlsig_compiler.cli.failures import fail, say
from mlsig_compiler.cli.running import (
    chosen,
    chosen_arguments,
    data_of,
    options_of_calls,
    positive,
    program_of,
    served,
    workers_of,
)

if TYPE_CHECKING:
    from mlsig.evaluation import Evaluation
    from mlsig.evaluation.objectives import Scales
    from mlsig.programs import Program

    from mlsig_compiler.cli.labelled import Rows

EXAMPLES: Final = """\
examples:
  mlsig eval sentiment:Review --data reviews.jsonl --local
  mlsig eval sentiment:Review --data reviews.csv --limit 100 --concurrency 16 --save results.jsonl
  mlsig eval sentiment:Review --data my_data:held_out --store runs.db --json    as `mlsig optimize` chose

A row has the signature's inputs, and the outputs that are right. Rows that do not fit are named, and so are
rows without any output, where the program has metrics: a score of 0 for them would mean nothing.
--save writes an object a line: place, inputs, expected, output, metrics, score, error, cost, latency, tokens.
Exit codes: 0 measured, 1 data or metrics are wrong, 2 wrong use, 69 no model, 74 no file, 130 interrupted.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    options_of_calls(parser)
    parser.add_argument(
        "--data",
        required=True,
        metavar="SRC",
        help="a .jsonl, .json, .csv or .parquet file, or module:function",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="use the first N examples only")
    parser.add_argument(
        "--unlabelled",
        choices=("error", "skip", "score"),
        default="error",
        help="what to do with rows that state no output: refuse them (default), leave them out, or score "
        "them, where the metrics need no right answer",
    )
    chosen_arguments(parser)
    parser.add_argument(
        "--show",
        type=_count,
        default=3,
        metavar="N",
        help="how many failed and how many wrong examples to show (default: 3)",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write a JSON line for each example")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")


def _count(text: str) -> int:
    return 0 if text == "0" else positive(text)


def run(options: argparse.Namespace) -> int:
    """Measure, print, and return the exit code."""
    from mlsig.evaluation.evaluator import Stopped  # noqa: PLC0415

    try:
        return _run(options)
    except (Stopped, asyncio.CancelledError):
        sys.stderr.write("stopped; nothing is kept of an unfinished measurement\n")
        return INTERRUPTED
    except MlsigError as error:
        return fail(error)


def _run(options: argparse.Namespace) -> int:
    program = chosen(options, program_of(options))
    from mlsig_compiler.cli.labelled import rows_of  # noqa: PLC0415

    rows = rows_of(data_of(options, options.data, program), program, options.unlabelled, options.limit)
    for note in rows.notes:
        say(f"note: {note}")
    if options.save is not None:
        problem = _unwritable(options.save)
        if problem:
            say(f"error: {options.save}: {problem}")
            return STORAGE
    with served(options):
        evaluation = asyncio.run(_measure(options, program, rows))
    from mlsig.evaluation.objectives import Scoring  # noqa: PLC0415
    from mlsig.report import results  # noqa: PLC0415

    scoring = Scoring(program.objectives, program.metrics, _scales(options))
    measured = results.rows(evaluation, rows.examples, rows.places, scoring)
    if options.save is not None:
        code = _save(options.save, results.lines(program, measured))
        if code:
            return code
    if options.json:
        _print(results.figures(program, evaluation, options.data))
        return OK
    from mlsig.report.text import measured as told  # noqa: PLC0415

    sys.stdout.write(told(program.name, evaluation, [row.place for row in measured], shown=options.show))
    sys.stdout.write(results.mistakes(measured, shown=options.show))
    if options.save is not None:
        sys.stdout.write(f"saved: {options.save}\n")
    return OK


async def _measure(options: argparse.Namespace, program: Program, rows: Rows) -> Evaluation:
    from mlsig.evaluation import aevaluate  # noqa: PLC0415
    from mlsig.interrupts import Interrupts  # noqa: PLC0415
    from mlsig.providers.client import Client  # noqa: PLC0415

    from mlsig_compiler.cli.progress import Progress, say  # noqa: PLC0415

    with Interrupts(say) as interrupts, Progress() as progress:
        progress.phase("measuring", len(rows.examples))
        async with Client(program.providers) as lm, workers_of(options) as workers:
            return await aevaluate(
                program,
                rows.examples,
                lm=lm,
                concurrency=options.concurrency,
                seed=options.seed,
                scales=_scales(options),
                stop=interrupts.stop,
                on_result=lambda job, result: progress.advance(),  # noqa: ARG005
                workers=workers,
            )


def _scales(options: argparse.Namespace) -> Scales:
    from mlsig.evaluation.objectives import Scales  # noqa: PLC0415

    return Scales(cost=options.cost_budget, latency=options.latency_budget)


def _unwritable(path: Path) -> str:
    """Say why a file cannot be written, before any call is paid for; nothing where it can."""
    import os  # noqa: PLC0415

    if path.is_dir():
        return "is a directory"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return "" if os.access(path.parent, os.W_OK) else f"the folder {path.parent} cannot be written to"


def _save(path: Path, lines: bytes) -> int:
    from mlsig_compiler.write import replace  # noqa: PLC0415

    try:
        replace(path, lines)
    except OSError as error:
        say(f"error: {path}: {error.strerror or error}")
        return STORAGE
    return OK


def _print(figures: dict[str, Any]) -> None:
    import json  # noqa: PLC0415

    sys.stdout.write(f"{json.dumps(figures, indent=2)}\n")
