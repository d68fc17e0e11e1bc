"""Suites in processes of their own, where the compiled kernel may be installed: mlsig looks for it once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from benchmarks.timing import Row

ROOT = Path(__file__).resolve().parents[1]


def built(folder: Path) -> Path | None:
    """Return where the kernel is built for all suites; None where there is no C compiler."""
    sys.path.insert(0, str(ROOT / "tests"))
    from reference.compiled import build  # noqa: PLC0415  (the tests' way to build the kernel)

    place = folder / "kernel"
    if place.is_dir():
        return place
    place.mkdir()
    return place if build(place) else None


def elsewhere(module: str, way: str, folder: Path, kernel: Path | None = None) -> list[Row]:
    """Return the rows that `python -m module way folder` tells, with the kernel or without."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", ""), *([str(kernel)] if kernel else [])]
    done = subprocess.run(
        [sys.executable, "-m", module, way, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        check=True,
        capture_output=True,
        text=True,
    )
    return [Row(*cells) for cells in json.loads(done.stdout.splitlines()[-1])]


def tell(rows: Sequence[Row]) -> None:
    """Print rows as `elsewhere` reads them."""
    sys.stdout.write("\n" + json.dumps([astuple(row) for row in rows]) + "\n")
