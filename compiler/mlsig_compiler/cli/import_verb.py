"""`mlsig import`: write `.mlsig` from what another tool declares.

mlsig import json-schema order.schema.json --out order.mlsig
mlsig import pydantic shop.models:Order            # imports shop.models, which runs it
mlsig import dspy qa.signatures:Answer             # likewise
mlsig import dspy "question, passages: list[str] -> answer"
mlsig import configspace space.json --name Tuning
mlsig import optuna search:study                   # imports search

What cannot be carried over is a comment at the place, and a warning on standard error with where it stands in
the source. Nothing is fetched: references that lead out of a JSON Schema are refused.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from mlsig_compiler.cli import FINDINGS, STORAGE
from mlsig_compiler.cli.drafted import finish, misused, output_arguments, refusal
from mlsig_compiler.cli.failures import say

if TYPE_CHECKING:
    from mlsig_compiler.drafting.draft import Draft

SOURCES: Final = {
    "json-schema": "a file with a JSON Schema, drafts 4 to 2020-12 (- for standard input)",
    "pydantic": "package.module:Model, which is imported: its code runs, with this folder on the path",
    "optuna": "a file with distributions as JSON, by name, or package.module:study, or a dict of them",
    "configspace": "a file that ConfigurationSpace.to_json wrote, or package.module:space",
    "dspy": 'package.module:Signature, imported likewise, or "question -> answer", which is only read',
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "SOURCE is\n" + "".join(f"  {name:<12} {what}\n" for name, what in SOURCES.items())
    parser.add_argument("kind", choices=SOURCES, help="what is read")
    parser.add_argument("source", metavar="SOURCE", nargs="+", help="where it is; see below")
    parser.add_argument("--name", metavar="NAME", help="what the schema, signature or space is called")
    output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Read the source, write the file, and return the exit code."""
    from mlsig_compiler.drafting.imported import imported  # noqa: PLC0415
    from mlsig_compiler.drafting.problems import NotImported, Unreadable  # noqa: PLC0415

    wrong = refusal(options)
    if options.name is not None and not (options.name.isascii() and options.name.isidentifier()):
        wrong = f"--name: `{options.name}` cannot be a name: use letters, digits and underscores"
    if options.name is not None and len(options.source) > 1:
        wrong = "--name is for one source"
    if wrong:
        return misused(wrong)
    try:
        draft: Draft = imported(options.kind, options.source, options.name)
    except Unreadable as error:
        say(f"error: {error}")
        return STORAGE
    except NotImported as error:
        say(f"error: {error}")
        return FINDINGS
    return finish(draft, options)
