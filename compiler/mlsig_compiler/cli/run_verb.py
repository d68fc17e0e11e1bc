"""`mlsig run`: run a program once, print its answer, and show what it did.

mlsig run sentiment:Review --input review="Not a dull moment." --local
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import MlsigError

from mlsig_compiler.cli import FINDINGS, OK, UNREACHABLE
from mlsig_compiler.cli.failures import fail, say
from mlsig_compiler.cli.inputs import inputs_of
from mlsig_compiler.cli.running import chosen, chosen_arguments, program_argument, program_of, served

if TYPE_CHECKING:
    from mlsig.programs import Program
    from mlsig.programs.executions import Execution
    from mlsig.records import Record
    from mlsig.telemetry.recorder import Recording

BEGINNING: Final = 300
"""Characters that are shown of an answer that cannot be read."""
EXAMPLES: Final = """\
examples:
  mlsig run sentiment:Review --input review="Not a dull moment." --local
  mlsig run sentiment:Review --input @review.json --json > answer.json
  echo '{"review": "Not a dull moment."}' | mlsig run sentiment:Review --input -
  mlsig run sentiment:Review --input review=… --prompt           what would be sent; no call
  mlsig run sentiment:Review --input review=… --store runs.db    as `mlsig optimize` chose

The answer goes to standard output as JSON, what was done on the way to standard error.
Exit codes: 0 an answer, 1 an answer that does not fit, 2 wrong use, 69 no model, 74 no file.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    program_argument(parser)
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an input; @FILE.json or - (standard input) for an object with inputs by name; can be repeated",
    )
    chosen_arguments(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="sent to the model, where it takes one")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--prompt", action="store_true", help="print what would be sent, and call nothing")
    what.add_argument(
        "--json", action="store_true", help="print the answer, its cost and the trace as one JSON object"
    )
    what.add_argument("--quiet", action="store_true", help="do not show what was done")


def run(options: argparse.Namespace) -> int:
    """Run the program, print, and return the exit code."""
    try:
        return _run(options)
    except MlsigError as error:
        return fail(error)


def _run(options: argparse.Namespace) -> int:
    program = chosen(options, program_of(options))
    values = inputs_of(options.input, program.signature)
    if options.prompt:
        return _prompt(program, values)
    inputs = program.signature.Input.validate(values)
    from mlsig import telemetry  # noqa: PLC0415

    failure: MlsigError | None = None
    execution: Execution | None = None
    with telemetry.recording() as recording, served(options):
        try:
            execution = asyncio.run(_execute(program, inputs, options.seed))
        except MlsigError as error:
            failure = error
    if options.json and execution is not None:
        _write(_data(program, execution, recording))
    elif not options.quiet:
        from mlsig_compiler.cli.traced import show  # noqa: PLC0415

        show(recording)
    if execution is None:
        return OK if failure is None else fail(failure)
    if execution.output is None:
        say(f"error: {execution.error}")
        if execution.text and not options.json:
            say(f"what the model wrote: {_beginning(program, execution.text)}")
        return FINDINGS if execution.error_kind == "parse" else UNREACHABLE
    if not options.json:
        _write(execution.output.to_dict())
    return OK


async def _execute(program: Program, inputs: Record, seed: int | None) -> Execution:
    from mlsig.providers.client import Client  # noqa: PLC0415

    async with Client(program.providers) as lm:
        return await program.execute(inputs, lm, seed=seed)


def _beginning(program: Program, text: str) -> str:
    """Return how an answer that cannot be read begins, on a line, with no key that it repeats."""
    from mlsig.report.text import on_a_line  # noqa: PLC0415
    from mlsig.store.redaction import Redactor  # noqa: PLC0415

    line = on_a_line(Redactor.of(program.providers).text(text))
    return (
        line if len(line) <= BEGINNING else f"{line[:BEGINNING]}… ({len(text):,} characters; --json has all)"
    )


def _prompt(program: Program, values: dict[str, Any]) -> int:
    from mlsig.report.text import prompt_lines  # noqa: PLC0415

    lines = [line.removeprefix("  ") for line in prompt_lines(program.prompt(**values))]
    sys.stdout.write("\n".join(lines) + "\n")
    return OK


def _data(program: Program, execution: Execution, recording: Recording) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415
    from mlsig.store.redaction import Redactor  # noqa: PLC0415

    from mlsig_compiler.cli.traced import data  # noqa: PLC0415

    output = execution.output
    found: dict[str, Any] = {
        "program": program.name,
        "output": None if output is None else output.to_dict(),
        "error": execution.error,
        "error_kind": execution.error_kind,
        "reasoning": execution.reasoning,
        "text": execution.text,
        "repairs": [msgspec.structs.asdict(repair) for repair in execution.repairs],
        "input_tokens": execution.input_tokens,
        "output_tokens": execution.output_tokens,
        "cost": execution.cost,
        "latency": execution.latency,
        "calls": execution.calls,
        "trace": [data(root) for root in recording.roots],
    }
    masked: dict[str, Any] = Redactor.of(program.providers).value(found)
    return masked


def _write(value: Any) -> None:
    import json  # noqa: PLC0415

    text = json.dumps(value, indent=2, ensure_ascii=not _can_show(value))
    # What a terminal would obey is written as JSON escapes it.
    shown = "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
    sys.stdout.write(f"{shown}\n")


def _can_show(value: Any) -> bool:
    try:
        str(value).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
