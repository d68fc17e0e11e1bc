"""`mlsig serve`: programs of compiled modules over HTTP, until SIGTERM or Ctrl-C.

mlsig serve sentiment                      every program of a module, on http://127.0.0.1:8000
mlsig serve sentiment:Review --port 9000   one of them
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig.errors import MlsigError

from mlsig_compiler.cli import OK, UNREACHABLE, USAGE
from mlsig_compiler.cli.failures import fail
from mlsig_compiler.cli.running import amount, chosen, positive, served

if TYPE_CHECKING:
    from mlsig.programs import Program
    from mlsig.serving.server import Address
    from mlsig.serving.settings import Settings

KEY: Final = "MLSIG_API_KEY"

EXAMPLES: Final = """\
examples:
  mlsig serve sentiment --local                 with the small local model
  MLSIG_API_KEY=… mlsig serve sentiment --host 0.0.0.0 --port 80
  curl localhost:8000/programs/Review -H 'content-type: application/json' -d '{"review": "Not dull."}'

/docs describes the programs, /openapi.json is the same for programs; /health, /ready, /metrics and /status
say how the server is, and `mlsig top` shows it. SIGTERM ends calls under way, and then the server.
Exit codes: 0 stopped as asked, 2 wrong use, 69 nothing can be served at this address.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument(
        "modules",
        nargs="+",
        metavar="MODULE[:PROGRAM]",
        help="compiled modules, all of whose programs are served, or single programs",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="port; 0 is any free one (default: 8000)")
    parser.add_argument(
        "--key-env", default=KEY, metavar="NAME", help=f"the variable that holds the API key (default: {KEY})"
    )
    parser.add_argument(
        "--no-key", action="store_true", help="ask nobody for a key, other machines neither; think twice"
    )
    parser.add_argument(
        "--public-docs", action="store_true", help="show /docs and /openapi.json to those without the key"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate chain; HTTPS is spoken then")
    parser.add_argument("--tls-key", metavar="FILE", help="its private key, where that is a file of its own")
    parser.add_argument(
        "--concurrency",
        type=positive,
        default=100,
        metavar="N",
        help="calls that run at a time (default: 100)",
    )
    parser.add_argument(
        "--clients",
        type=positive,
        metavar="N",
        help="requests to models at a time (default: as --concurrency)",
    )
    parser.add_argument(
        "--waiting", type=positive, default=1_000, metavar="N", help="calls that may wait (default: 1000)"
    )
    parser.add_argument(
        "--deadline", type=amount, default=60.0, metavar="S", help="seconds for a request (default: 60)"
    )
    parser.add_argument(
        "--drain", type=amount, default=30.0, metavar="S", help="seconds for calls to end (default: 30)"
    )
    parser.add_argument(
        "--max-body", type=positive, default=2**20, metavar="BYTES", help="of a request (default: 1 MiB)"
    )
    parser.add_argument(
        "--store", metavar="FILE", help="run programs as the last run of `mlsig optimize` chose"
    )
    parser.add_argument("--run", metavar="RUN", dest="of_run", help="as this run of the store chose")
    parser.add_argument(
        "--local", action="store_true", help="serve the small local model meanwhile (needs mlsig[local])"
    )
    parser.add_argument("--quiet", action="store_true", help="log warnings only, not each request")


def run(options: argparse.Namespace) -> int:
    """Serve, and return the exit code."""
    try:
        from mlsig.serving import server  # noqa: PLC0415
    except ImportError as error:
        sys.stderr.write(f'error: serving needs {error.name}: `pip install "mlsig[serve]"`\n')
        return USAGE
    try:
        programs = _programs(options)
        settings = _settings(options)
        address = server.Address(
            host=options.host,
            port=options.port,
            certificate=options.tls_cert,
            certificate_key=options.tls_key,
        )
        level = logging.WARNING if options.quiet else logging.INFO
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("httpx").setLevel(logging.WARNING)
        with served(options):
            asyncio.run(_serve(options, programs, settings, address))
    except MlsigError as error:
        return fail(error)
    except OSError as error:
        sys.stderr.write(
            f"error: cannot listen at {options.host}, port {options.port}: {error.strerror or error}; "
            "choose another with --host and --port\n"
        )
        return UNREACHABLE
    return OK


async def _serve(
    options: argparse.Namespace, programs: dict[str, Program], settings: Settings, address: Address
) -> None:
    from mlsig.orchestrator.orchestrator import Orchestrator  # noqa: PLC0415
    from mlsig.serving.server import serve  # noqa: PLC0415

    orchestrator = Orchestrator(
        *programs.values(),
        concurrency=options.concurrency,
        pipelines=options.concurrency,
        clients=options.clients or options.concurrency,
        waiting=options.waiting,
        deadline=options.deadline,
        drain=options.drain,
        signals=True,
    )

    def told(url: str) -> None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stderr.write(f"serving {', '.join(programs)}; described at {url}/docs; Ctrl-C stops\n")

    await serve(programs, orchestrator, settings, address, title=", ".join(options.modules), told=told)


def _programs(options: argparse.Namespace) -> dict[str, Program]:
    from mlsig.programs.loading import ProgramNotFound, load_programs, search_path  # noqa: PLC0415

    found: dict[str, Program] = {}
    for name in options.modules:
        for program_name, program in load_programs(name, search_path(Path.cwd())).items():
            if found.get(program_name, program) is not program:
                raise ProgramNotFound(f"two programs are called {program_name}: serve them apart")
            found[program_name] = program
    return {name: chosen(options, program) for name, program in found.items()}


def _settings(options: argparse.Namespace) -> Settings:
    from mlsig.providers.keys import is_loopback  # noqa: PLC0415
    from mlsig.serving.settings import (  # noqa: PLC0415
        LOOPBACK,
        ServingRefused,
        Settings,
        check_open,
    )

    key = None if options.no_key else os.environ.get(options.key_env)
    check_open(options.host, key, open_to_all=options.no_key)
    if options.tls_key is not None and options.tls_cert is None:
        raise ServingRefused("--tls-key goes with --tls-cert")
    local = key is None and is_loopback(options.host)
    try:
        return Settings(
            key=key,
            largest_body=options.max_body,
            deadline=options.deadline,
            hosts=LOOPBACK | {options.host.lower()} if local else None,
            public_docs=options.public_docs,
        )
    except ValueError as error:
        raise ServingRefused(f"{options.key_env}: {error}") from None


def _port(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)") from None
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port (0 to 65535)")
    return number
