"""`mlsig eval`: measure a program on a data set.

mlsig eval sentiment:Review --data reviews.jsonl --local
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from mlsig.errors import MlsigError

from mlsig_compiler.cli import INTERRUPTED, OK
from mlsig_compiler.cli.failures import fail
from mlsig_compiler.cli.running import examples_of, options_of_calls, positive, program_of, served

if TYPE_CHECKING:
    from mlsig.evaluation import Evaluation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    options_of_calls(parser)
    parser.add_argument(
        "--data", required=True, metavar="SRC", help="a .jsonl or .csv file, or module:function"
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="use the first N examples only")


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
    program = program_of(options)
    examples = examples_of(options, options.data, program)[: options.limit]

    async def measure() -> Evaluation:
        from mlsig.evaluation import aevaluate  # noqa: PLC0415
        from mlsig.evaluation.objectives import Scales  # noqa: PLC0415
        from mlsig.interrupts import Interrupts  # noqa: PLC0415
        from mlsig.providers.client import Client  # noqa: PLC0415

        from mlsig_compiler.cli.progress import Progress, say  # noqa: PLC0415

        with Interrupts(say) as interrupts, Progress() as progress:
            progress.phase("measuring", len(examples))
            async with Client(program.providers) as lm:
                return await aevaluate(
                    program,
                    examples,
                    lm=lm,
                    concurrency=options.concurrency,
                    seed=options.seed,
                    scales=Scales(cost=options.cost_budget, latency=options.latency_budget),
                    stop=interrupts.stop,
                    on_result=lambda job, result: progress.advance(),  # noqa: ARG005
                )

    with served(options):
        evaluation = asyncio.run(measure())
    from mlsig.report.text import measured  # noqa: PLC0415

    sys.stdout.write(measured(program.name, evaluation))
    return OK
