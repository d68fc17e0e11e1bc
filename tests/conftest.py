"""What every test may use."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from nightly import SCALE
from reference.compiled import compiler

# A loaded machine is no reason for a property to fail. MLSIG_NIGHTLY=20 tries twenty times as many examples,
# others each night; by day they are always the same, so that what passed fails for no reason but a change.
settings.register_profile("mlsig", deadline=None, max_examples=50 * SCALE, derandomize=SCALE == 1)
settings.load_profile("mlsig")

# What prints is as wide here as where nobody watches, whatever terminal the tests are started from.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the expected files of golden tests with what is produced now",
    )


def pytest_report_header() -> list[str]:
    """Say where tests of the compiled kernel have none to test."""
    if compiler():
        return []
    return [
        "the compiled kernel: no C compiler or no headers of Python, so its tests are of Python's ways alone"
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the real model in one process, where they share its server."""
    for item in items:
        if item.get_closest_marker("model"):
            item.add_marker(pytest.mark.xdist_group("model"))


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Say whether expected files are to be rewritten rather than compared."""
    return bool(request.config.getoption("--update-golden"))
