"""The `mlsig` command: one file a verb, each loaded only when it is used.

    mlsig compile schemas/ --out src/generated

A verb's module has `arguments(parser)`, which declares its options, and `run(options) -> int`, which
returns the exit
code: 0 fine, 1 findings or stale output, 2 wrong use, 69 a model or server that cannot be reached, 70 a
bug of ours, 74 a file or store that cannot be read or written, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol, cast

OK: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 69
BUG: Final = 70
STORAGE: Final = 74
INTERRUPTED: Final = 130

VERBS: Final = {
    "compile": "compile .mlsig files to typed Python modules",
    "watch": "compile whenever a file changes",
    "check": "report mistakes in .mlsig files, write nothing",
    "lint": "report mistakes, and what is right and probably not meant",
    "diff": "say what changed between two versions, and whom it breaks",
    "init": "start a project that runs",
    "lsp": "answer editors: diagnostics, completion, renaming and more",
    "fmt": "lay .mlsig files out in the one canonical way",
    "ir": "print the resolved model of .mlsig files as JSON, for other tools",
    "infer": "write a .mlsig schema from examples of its data",
    "import": "write .mlsig from JSON Schema, pydantic, DSPy, Optuna or ConfigSpace",
    "space": "show a space of variables, draw from it, check configurations",
    "graph": "draw types, a pipeline or a space as Mermaid, DOT or SVG",
    "doc": "write a page of all that .mlsig files declare",
    "explain": "say what the code of a finding means",
    "completion": "print a script that completes words in bash, zsh or fish",
    "run": "run a program once, and show what it did",
    "eval": "measure a program on a data set",
    "optimize": "find better prompts and configurations for a program",
    "runs": "list, show, compare, resume, cancel and export what was optimised",
    "store": "check, shrink, copy and change a store of runs or of resources",
    "export": "write what a run chose as a .mlsig file, to be reviewed and committed",
    "report": "write the HTML report of a run",
    "local": "serve a small real model on this machine",
    "serve": "serve programs over HTTP",
    "top": "watch a server of programs: its tree, queues, rates and cost",
}


class Verb(Protocol):
    """What each module of this package offers."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it, and return the exit code."""
        ...


def load(name: str) -> Verb:
    """Import a verb's module."""
    return cast("Verb", import_module(f"mlsig_compiler.cli.{name}_verb"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="mlsig",
        description="A schema compiler for LLM programs.",
        epilog="`mlsig VERB --help` says more about a verb.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    asked = next((word for word in words if not word.startswith("-")), None)
    if asked is not None and asked not in VERBS:
        parser.error(f"there is no verb `{asked}`{_hint(asked)}")
    using = parser  # whose usage is shown where a word is not known
    for name, summary in VERBS.items():
        verb_parser = verbs.add_parser(name, help=summary, description=summary)
        if name == asked:
            using = verb_parser
            load(name).arguments(verb_parser)
    options, unknown = parser.parse_known_args(words)
    if unknown and asked is not None and not any(word.startswith("-") for word in unknown):
        # Words after an option: argparse has closed a list that may be empty when it comes to them.
        given = argparse.Namespace(verb=asked, version=options.version)
        options, unknown = using.parse_known_intermixed_args(words[words.index(asked) + 1 :], given)
    if unknown:
        using.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.version:
        from importlib.metadata import version  # noqa: PLC0415

        sys.stdout.write(f"mlsig {version('mlsig')}\n")
        return OK
    if options.verb is None:
        parser.print_help()
        return USAGE
    try:
        return load(options.verb).run(options)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        return OK
    except OSError as error:
        sys.stderr.write(
            f"error: {ascii(error.filename)[1:-1] + ': ' if error.filename else ''}{error.strerror}\n"
        )
        return STORAGE
    except Exception as error:
        import traceback  # noqa: PLC0415

        traceback.print_exc()
        sys.stderr.write(
            f"\nerror: mlsig failed: {ascii(str(error))[1:-1]}\n"
            "This is a bug of mlsig, not of your work. Please report it, with the lines above.\n"
        )
        return BUG


def _hint(asked: str) -> str:
    from mlsig.spelling import nearest  # noqa: PLC0415  (only the unlucky pay for it)

    near = nearest(asked, VERBS)
    return f"; did you mean `{near}`?" if near else f"; there are {', '.join(VERBS)}"
