"""One real model server for all tests that only talk to it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from mlsig import local

# A job in the background of a script inherits that Ctrl-C is ignored, and hands it on; here it has to work.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with local.LocalServer() as running:
        yield running.url
