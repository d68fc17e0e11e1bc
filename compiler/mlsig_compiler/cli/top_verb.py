"""`mlsig top`: what `mlsig serve` does, as it does it.

mlsig top                                  the server on http://127.0.0.1:8000, until Ctrl-C
mlsig top https://models.example --once    one look, for scripts
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mlsig.errors import MlsigError

from mlsig_compiler.cli import OK, UNREACHABLE, USAGE
from mlsig_compiler.cli.running import amount

if TYPE_CHECKING:
    from mlsig.orchestrator.state import State

ADDRESS: Final = "http://127.0.0.1:8000"
KEY: Final = "MLSIG_API_KEY"
PATIENCE: Final = 10.0
LARGEST: Final = 16 * 2**20

EXAMPLES: Final = """\
examples:
  mlsig top                                  the server on this machine, until Ctrl-C
  mlsig top http://127.0.0.1:9000 --once     one look, for scripts
  mlsig top --once --json                    the same as JSON

The key, where the server asks for one, is read from the environment, and sent over HTTPS or to this machine.
Exit codes: 0 fine, 2 wrong use or a wrong key, 69 no server answers there.
"""


class Unreachable(MlsigError):
    """No server of programs answers at the address."""


class Refused(MlsigError):
    """The server asks for another key, or the key may not be sent there."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("url", nargs="?", default=ADDRESS, metavar="URL", help=f"default: {ADDRESS}")
    parser.add_argument(
        "--key-env", default=KEY, metavar="NAME", help=f"the variable that holds the API key (default: {KEY})"
    )
    parser.add_argument(
        "--interval", type=amount, default=1.0, metavar="S", help="seconds between looks (default: 1)"
    )
    parser.add_argument("--once", action="store_true", help="look once, print it, and stop")
    parser.add_argument("--json", action="store_true", help="with --once: print what the server says")


def run(options: argparse.Namespace) -> int:
    """Show it, and return the exit code."""
    if options.json and not options.once:
        sys.stderr.write("error: --json goes with --once\n")
        return USAGE
    key = os.environ.get(options.key_env)
    try:
        if options.once:
            return _once(options, key)
        return _live(options, key)
    except Refused as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE
    except Unreachable as error:
        sys.stderr.write(f"error: {error}\n")
        return UNREACHABLE
    except KeyboardInterrupt:
        return OK  # that is how it ends


def _once(options: argparse.Namespace, key: str | None) -> int:
    raw = look(options.url, key)
    found = read(options.url, raw)
    if options.json:
        sys.stdout.write(raw.decode() + "\n")
        return OK
    from mlsig_compiler.cli.top_view import frame  # noqa: PLC0415
    from mlsig_compiler.exploring.tree import console  # noqa: PLC0415

    console(sys.stdout).print(frame(found))
    return OK


def _live(options: argparse.Namespace, key: str | None) -> int:
    """Look again and again; a server that is gone for a while is waited for."""
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from mlsig_compiler.cli.top_view import frame  # noqa: PLC0415
    from mlsig_compiler.exploring.tree import console  # noqa: PLC0415

    before = read(options.url, look(options.url, key))
    with Live(frame(before), console=console(sys.stdout), screen=sys.stdout.isatty()) as live:
        while True:
            time.sleep(options.interval)
            try:
                now = read(options.url, look(options.url, key))
            except Unreachable as error:
                live.update(Text(f"{error}; trying again", style="bold red"), refresh=True)
                continue
            live.update(frame(now, before), refresh=True)
            before = now


def read(url: str, raw: bytes) -> State:
    """Return what a server said.

    Raises:
        Unreachable: It is no server of programs.
    """
    import msgspec  # noqa: PLC0415
    from mlsig.orchestrator.state import State  # noqa: PLC0415

    try:
        return msgspec.json.decode(raw, type=State)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreachable(f"what answers at {url} is no `mlsig serve`: {error}") from None


def look(url: str, key: str | None) -> bytes:
    """Ask a server how it is.

    Raises:
        Refused: It wants another key, or this is no address that a key is sent to.
        Unreachable: Nothing answers, or something else.
    """
    from mlsig.providers.keys import is_loopback  # noqa: PLC0415

    try:
        address = urlsplit(url)
        host, port = address.hostname, address.port
    except ValueError as error:
        raise Refused(f"{url!r} is no address of a server: {error}") from None
    if address.scheme not in ("http", "https") or not host:
        raise Refused(f"{url!r} is no address of a server, such as {ADDRESS}")
    if key and address.scheme == "http" and not is_loopback(host):
        raise Refused(f"the key is not sent to {host} over HTTP, where others can read it: use https://")
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=PATIENCE)
    try:
        headers = {"accept": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
        connection.request("GET", f"{address.path.rstrip('/')}/status", headers=headers)
        reply = connection.getresponse()
        raw = reply.read(LARGEST)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"nothing answers at {url}: {error or type(error).__name__}") from None
    finally:
        connection.close()
    if reply.status in (401, 403):
        raise Refused(f"{url} asks for a key: set {KEY}, or name its variable with --key-env")
    if reply.status != 200:
        raise Unreachable(f"what answers at {url} is no `mlsig serve`: it says {reply.status}")
    return raw
