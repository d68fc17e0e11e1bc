"""What `mlsig infer` and `mlsig import` end with: the draft proved, notes said, and the text written.

A file that is there is written over only with `--force`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig_compiler.cli import BUG, OK, STORAGE, USAGE
from mlsig_compiler.cli.failures import say
from mlsig_compiler.cli.findings import own_mistakes

if TYPE_CHECKING:
    from mlsig_compiler.drafting.draft import Draft

SHOWN: Final = 300


def output_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the text goes."""
    parser.add_argument(
        "--out", default="-", metavar="FILE", help="the .mlsig file to write (default: -, standard output)"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument("--quiet", action="store_true", help="say only what could not be carried over")


def refusal(options: argparse.Namespace) -> str:
    """Say why the file cannot be written, before any work is done, or nothing."""
    if options.out == "-":
        return ""
    path = Path(options.out)
    if path.suffix != ".mlsig":
        return f"{options.out}: a file of the language ends with .mlsig"
    if path.exists() and not options.force:
        return f"{options.out}: is there already; --force writes over it"
    return ""


def misused(message: str) -> int:
    """Say what is wrong with the command line, and return the exit code."""
    say(f"error: {message}")
    return USAGE


def finish(draft: Draft, options: argparse.Namespace) -> int:
    """Prove a draft, say its notes, write its text, and return the exit code."""
    from mlsig_compiler.drafting.proving import Unproved, proved  # noqa: PLC0415  (loads the parser)

    with own_mistakes():
        try:
            text = proved(draft)
        except Unproved as error:
            say(f"error: mlsig drafted what it does not accept itself: {error}")
            say("This is a bug of mlsig, not of your file. Please report it, with the file.")
            return BUG
    for note in draft.notes:
        if note.warning or not options.quiet:
            word = "warning" if note.warning else "note"
            message = note.message if len(note.message) <= SHOWN else f"{note.message[:SHOWN]}…"
            say(f"{word}: {note.origin or '/'}: {message}")
    if options.out == "-":
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
        return OK
    try:
        _write(Path(options.out), text, over=options.force)
    except FileExistsError:
        return misused(f"{options.out}: is there already; --force writes over it")
    except OSError as error:
        say(f"error: {options.out}: {error.strerror or error}")
        return STORAGE
    say(f"wrote {options.out}")
    return OK


def _write(path: Path, text: str, *, over: bool) -> None:
    """Write a file as a whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        if over:
            part.replace(path)
        else:
            # A link fails where the file has appeared in the meantime; a rename would not.
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
