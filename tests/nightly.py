"""What tests cost: how hard those with random data try, and which processes are not measured.

MLSIG_NIGHTLY=20 makes each try twenty times as many examples.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

SCALE: Final = int(os.environ.get("MLSIG_NIGHTLY") or 1)


def unmeasured() -> dict[str, str]:
    """Return this environment for a process whose lines nobody counts, since counting doubles its time."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def examples(number: int) -> settings:
    """Return settings for a test of so many examples in `make test`, and more of them at night."""
    return settings(
        max_examples=number * SCALE,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
