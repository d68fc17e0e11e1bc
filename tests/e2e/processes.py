"""Real processes: start one, signal it, and see whether it or what it started is still there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which this checkout can be imported, installed or not."""
    paths = [str(ROOT / "compiler"), str(ROOT / "runtime")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(extra or {})}


def mlsig(
    *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start the real command."""
    return python("-m", "mlsig_compiler", *words, cwd=cwd, env=env)


def python(
    *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start this interpreter."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str], seconds: float = 60.0) -> tuple[int, str, str]:
    """Wait for the end; return exit code, standard output and standard error."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        # What it started may hold its pipes open, so they are not read to their end.
        process.kill()
        process.wait()
        raise AssertionError(f"still running after {seconds} s: {process.args}") from None
    return process.returncode, out, err


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and waits for its parent does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in {"", "Z"}


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    with subprocess.Popen(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True) as listing:
        assert listing.stdout is not None
        pairs = [tuple(map(int, line.split())) for line in listing.stdout]
    return [child for child, parent in pairs if parent == pid and child != listing.pid]


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait until something holds; say whether it did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
