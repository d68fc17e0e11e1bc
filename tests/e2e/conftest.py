"""One real model server for all tests that only talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mlsig import local


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with local.LocalServer() as running:
        yield running.url
