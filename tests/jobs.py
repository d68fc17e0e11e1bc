"""Work for processes: each function does one thing that a process survives, or does not."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def double(value: int) -> int:
    return 2 * value


def me() -> int:
    return os.getpid()


def sleep_in(path: str) -> None:
    """Say who runs, and stay."""
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(3600)


def fail(text: str) -> None:
    raise LookupError(text)


def kill_myself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(code: int) -> None:
    os._exit(code)


def eat() -> int:
    return len(bytearray(4 * 2**30))


def interrupt_handler() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def runtime_error() -> None:
    raise RuntimeError("of the job")


def out_of_time() -> None:
    raise TimeoutError("own")
