"""`mlsig local`: serve a small real model on this machine, alone or for the length of a command.

mlsig local                         serve until Ctrl-C
mlsig local -- python my_script.py  serve while the command runs, with MLSIG_LOCAL_URL set
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
from types import FrameType

from mlsig_compiler.cli import INTERRUPTED, OK, UNREACHABLE, USAGE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--threads", type=_threads, default=1, help="threads that compute (default: 1)")
    parser.add_argument(
        "command", nargs="*", metavar="-- COMMAND", help="run this with MLSIG_LOCAL_URL set, then stop"
    )


def run(options: argparse.Namespace) -> int:
    """Serve, and return the command's exit code, or 0 after Ctrl-C."""
    from mlsig import local  # noqa: PLC0415  (`mlsig local --help` needs no server)

    settings = local.Settings(port=options.port, threads=options.threads)
    # SIGTERM's default ends this process on the spot; as an exception it unwinds like Ctrl-C.
    signal.signal(signal.SIGTERM, _terminated)
    try:
        with local.serve(settings) as url:
            if options.command:
                return _command(options.command)
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            sys.stderr.write(f"serving; export {local.ADDRESS}={url}; Ctrl-C stops\n")
            threading.Event().wait()
    except local.LocalServerError as error:
        sys.stderr.write(f"error: {error}\n")
        return UNREACHABLE
    except KeyboardInterrupt:
        # Where it was told to serve until Ctrl-C, Ctrl-C is how it ends well.
        return INTERRUPTED if options.command else OK
    return OK


def _command(words: list[str]) -> int:
    """Run a command to its end; a signal's death becomes 128 plus its number, as in a shell."""
    try:
        child = subprocess.Popen(words)  # noqa: S603  (the user's own command)
    except OSError as error:
        sys.stderr.write(f"error: cannot run {words[0]}: {error.strerror}\n")
        return USAGE
    with child:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            # A terminal sends Ctrl-C to the command too; a signal to us alone has to be handed on.
            child.send_signal(signal.SIGINT)
            code = child.wait()
        except SystemExit:
            child.terminate()
            child.wait()
            raise
    return code if code >= 0 else 128 - code


def _terminated(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port (0 to 65535)")
    return number


def _threads(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one thread is needed")
    return number
