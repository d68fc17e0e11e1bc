"""`mlsig infer`: write a schema from examples of its data.

mlsig infer reviews.jsonl                          # to standard output
mlsig infer train.csv test.csv --name Review --out review.mlsig
mlsig infer huge.jsonl --samples 10000
mlsig infer - --name Event < events.jsonl

The schema accepts every row that it was inferred from. Numbers and lengths get no bounds unless --tight asks
for those of the rows. What was decided is said on standard error, with what was too little to go by.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mlsig_compiler.cli import FINDINGS, STORAGE
from mlsig_compiler.cli.drafted import finish, misused, output_arguments, refusal
from mlsig_compiler.cli.failures import say


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "data",
        nargs="+",
        metavar="DATA",
        help=".jsonl, .ndjson, .json (an array), .csv or .parquet files of one kind of row; - for JSON Lines",
    )
    parser.add_argument("--name", metavar="NAME", help="what the schema is called (default: the file's name)")
    parser.add_argument("--samples", type=int, metavar="N", help="read at most N rows (default: all)")
    parser.add_argument(
        "--tight", action="store_true", help="bound numbers and lengths by what the rows have"
    )
    output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Read the rows, write the schema, and return the exit code."""
    from mlsig.data.errors import DataUnreadable  # noqa: PLC0415

    from mlsig_compiler.drafting.infer import KEPT, infer  # noqa: PLC0415
    from mlsig_compiler.drafting.naming import singular  # noqa: PLC0415
    from mlsig_compiler.findings.nearest import counted  # noqa: PLC0415

    wrong = refusal(options) or _wrong(options)
    if wrong:
        return misused(wrong)
    first: str = options.data[0]
    name: str = options.name or ("Row" if first == "-" else singular(Path(first).stem))
    try:
        found = infer(options.data, name, samples=options.samples, tight=options.tight)
    except DataUnreadable as error:
        say(f"error: {error}")
        return STORAGE if error.storage else FINDINGS
    if found.draft is None:
        say(f"error: {found.bad} of {counted(found.rows + found.bad, 'row')} cannot be read" if found.bad
            else f"error: {', '.join(options.data)}: there are no rows")  # fmt: skip
        for broken in found.broken:
            say(f"  {broken}")
        if found.bad > KEPT:
            say(f"  … and {found.bad - KEPT} more")
        return FINDINGS
    if not options.quiet:
        say(f"inferred from {counted(found.rows, 'row')}")
    return finish(found.draft, options)


def _wrong(options: argparse.Namespace) -> str:
    if options.samples is not None and options.samples < 1:
        return "--samples takes a number of rows, 1 or more"
    if options.name is not None and not (options.name.isascii() and options.name.isidentifier()):
        return f"--name: `{options.name}` cannot be the name of a schema: use letters, digits and underscores"
    return ""
