"""`mlsig optimize`: find better prompts and configurations for a program, and prove it on held-out examples.

mlsig optimize sentiment:Review --train train.jsonl --dev dev.jsonl --budget-calls 300 --store runs.db
--resume
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import MlsigError, ProviderError
from mlsig.store.address import place, shown

from mlsig_compiler.cli import INTERRUPTED, OK
from mlsig_compiler.cli.engines import afar_of, engine_arguments, engine_of, engine_words
from mlsig_compiler.cli.failures import fail
from mlsig_compiler.cli.running import (
    ProgramMisused,
    amount,
    examples_of,
    options_of_calls,
    positive,
    program_of,
    served,
    share,
    workers_of,
)

if TYPE_CHECKING:
    from mlsig.simba.experiment import Experiment, Findings
    from mlsig.store import Store

STORE: Final = "mlsig-runs.db"
BUDGETS: Final = ("budget_calls", "budget_tokens", "budget_usd", "budget_seconds")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    options_of_calls(parser)
    parser.add_argument(
        "--train",
        required=True,
        metavar="SRC",
        help="examples to learn from: a .jsonl, .json, .csv or .parquet file, or module:function",
    )
    parser.add_argument(
        "--dev",
        "--test",
        dest="test",
        required=True,
        metavar="SRC",
        help="held-out examples, which the search never sees: both programs are measured on them",
    )
    parser.add_argument(
        "--budget-calls",
        type=positive,
        metavar="N",
        help="calls that the search may make, never more; measuring on held-out examples comes on top. "
        "One budget at least is needed, and the first that is used up ends the search",
    )
    parser.add_argument(
        "--budget-tokens", type=positive, metavar="N", help="tokens that the search may pay for, at the most"
    )
    parser.add_argument(
        "--budget-usd", type=amount, metavar="USD", help="US dollars that the search may spend, at the most"
    )
    parser.add_argument(
        "--budget-seconds", type=amount, metavar="S", help="seconds after which the search makes no call"
    )
    parser.add_argument(
        "--store",
        type=place,
        default=Path(STORE),
        metavar="STORE",
        help=f"where runs are kept: a file, or postgresql://… for many workers (default: {STORE})",
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_true", help="go on with this run where it was; pays for nothing twice"
    )
    again.add_argument(
        "--fresh", action="store_true", help="start another run although this one is in the store"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write an HTML report (needs mlsig[report])"
    )
    parser.add_argument(
        "--target", type=share, metavar="SCORE", help="stop when the search believes in this score (0 to 1)"
    )
    parser.add_argument(
        "--patience",
        type=positive,
        default=10,
        metavar="N",
        help="stop after N steps without a gain (default: 10)",
    )
    parser.add_argument(
        "--min-delta",
        type=share,
        default=0.001,
        metavar="SCORE",
        help="what counts as a gain (default: 0.001)",
    )
    parser.add_argument(
        "--earned",
        action="store_true",
        help="find out, for a tenth of the budget, what each rule and demonstration earned",
    )
    engine_arguments(parser)
    parser.add_argument("--no-rules", action="store_true", help="do not ask the model for rules")


def run(options: argparse.Namespace) -> int:
    """Do it, print what came out, and return the exit code."""
    from mlsig.evaluation.evaluator import EvaluationError, Stopped  # noqa: PLC0415

    try:
        return _run(options)
    except (Stopped, asyncio.CancelledError, KeyboardInterrupt):
        sys.stderr.write(
            f"stopped; all finished calls are in {shown(options.store)}. "
            f"To go on:\n\n  {command(options)}\n\n"
        )
        return INTERRUPTED
    except (ProviderError, EvaluationError) as error:
        code = fail(error)
        sys.stderr.write(
            f"all finished calls are in {shown(options.store)}. To go on:\n\n  {command(options)}\n\n"
        )
        return code
    except MlsigError as error:
        return fail(error)


def command(options: argparse.Namespace) -> str:
    """Return the command that goes on with this run; it has no password."""
    words: list[Any] = [
        "mlsig",
        "optimize",
        options.program,
        "--train",
        options.train,
        "--dev",
        options.test,
    ]
    words += ["--seed", options.seed, "--concurrency", options.concurrency]
    words += [
        word
        for name in BUDGETS
        if (most := getattr(options, name)) is not None
        for word in (f"--{name.replace('_', '-')}", most)
    ]
    words += ["--store", shown(options.store)]
    if options.report is not None:
        words += ["--report", options.report]
    if options.target is not None:
        words += ["--target", options.target]
    if options.processes:
        words += ["--processes", options.processes]
    words += engine_words(options)
    words += [
        "--patience",
        options.patience,
        "--min-delta",
        options.min_delta,
        "--cost-budget",
        options.cost_budget,
        "--latency-budget",
        options.latency_budget,
    ]
    words += [
        flag
        for flag, wanted in (
            ("--earned", options.earned),
            ("--no-rules", options.no_rules),
            ("--local", options.local),
            ("--skip-broken", options.skip_broken),
        )
        if wanted
    ]
    return shlex.join([*map(str, words), "--resume"])


def _run(options: argparse.Namespace) -> int:
    from mlsig import report  # noqa: PLC0415
    from mlsig.evaluation.objectives import Scales  # noqa: PLC0415
    from mlsig.simba import Settings  # noqa: PLC0415
    from mlsig.simba.experiment import Experiment  # noqa: PLC0415
    from mlsig.simba.settings import UNSAID_CALLS  # noqa: PLC0415
    from mlsig.store import Store  # noqa: PLC0415

    if not any(getattr(options, name) for name in BUDGETS):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in BUDGETS)
        raise ProgramMisused(f"say what the search may spend, with one or more of {flags}")
    program = program_of(options)
    train = examples_of(options, options.train, program)
    test = examples_of(options, options.test, program)
    both = {example.id for example in train} & {example.id for example in test}
    if both:
        sys.stderr.write(
            f"warning: {len(both)} held-out examples are training examples too: the gain will look too good\n"
        )
    if options.report is not None:
        report.require_extra()
    experiment = Experiment(
        program=program,
        train=train,
        test=test,
        settings=Settings(
            budget_calls=options.budget_calls or UNSAID_CALLS,
            budget_tokens=options.budget_tokens,
            budget_usd=options.budget_usd,
            budget_seconds=options.budget_seconds,
            seed=options.seed,
            rules=not options.no_rules,
            target=options.target,
            patience=options.patience,
            min_delta=options.min_delta,
            earned=options.earned,
        ),
        scales=Scales(cost=options.cost_budget, latency=options.latency_budget),
        concurrency=options.concurrency,
    )
    with Store(options.store, command=command(options)) as store:
        findings = _findings(options, experiment, store)
        details = report.details(findings, store) if options.report is not None else None
    sys.stdout.write(report.summary(findings))
    if options.report is not None and details is not None:
        report.write(findings, options.report, details)
        sys.stdout.write(f"\nreport: {options.report}\n")
    return OK


def _findings(options: argparse.Namespace, experiment: Experiment, store: Store) -> Findings:
    from dataclasses import replace  # noqa: PLC0415

    from mlsig.simba.experiment import finished  # noqa: PLC0415

    mode = "resume" if options.resume else "fresh" if options.fresh else "new"
    known = finished(experiment, store) if mode == "resume" else None
    if known is not None:
        # No call will be made, so no model needs to be there.
        sys.stderr.write(f"run {known.run} is complete: nothing is called, nothing is paid\n")
        return known
    with served(options), engine_of(options) as engine:
        watched = replace(experiment, afar=afar_of(options, engine))
        return asyncio.run(_conduct(options, watched, store, mode))


async def _conduct(options: argparse.Namespace, experiment: Experiment, store: Store, mode: Any) -> Findings:
    from dataclasses import replace  # noqa: PLC0415

    from mlsig.interrupts import Interrupts  # noqa: PLC0415
    from mlsig.providers.client import Client  # noqa: PLC0415
    from mlsig.simba.experiment import conduct  # noqa: PLC0415

    from mlsig_compiler.cli.progress import Progress, say  # noqa: PLC0415

    with Interrupts(say) as interrupts, Progress() as progress:
        async with Client(experiment.program.providers) as lm, workers_of(options) as workers:
            watched = replace(experiment, listener=progress.hear, stop=interrupts.stop, workers=workers)
            return await conduct(watched, lm, store, mode)
