"""Python's garbage collector, held while much is made of which nothing is garbage.

with collector_held():
    tree = parse(text)
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collector_held() -> Generator[None]:
    """Hold the collector: it would walk every object that was made so far, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
