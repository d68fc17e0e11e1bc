"""The sandbox: what programs can do; nothing hostile gets out, goes on, or takes this process down."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mlsig.providers import sync
from mlsig.reasoning import sandbox
from mlsig.reasoning.sandbox import Limits, Ran

SHORT = Limits(seconds=0.5, memory=32 * 2**20, output=4_000)


def run(code: str, limits: Limits = SHORT, **inputs: Any) -> Ran:
    return asyncio.run(sandbox.run(code, inputs, limits))


def test_programs_compute_and_print() -> None:
    code = """
import math, json, re, datetime, collections, itertools
def area(r): return math.pi * r ** 2
print(round(area(radius), 3), json.dumps(sorted(names)), collections.Counter("aab").most_common(1))
area(1)
"""
    assert run(code, radius=2, names=["b", "a"]) == Ran(printed='12.566 ["a", "b"] [(\'a\', 2)]\n')


def test_programs_know_nothing_of_each_other() -> None:
    assert run("x = 1\nprint(x)").error is None
    assert "NameError" in (run("print(x)").error or "")


HOSTILE = {
    "reads a file": ("print(open('/etc/passwd').read())", "PermissionError"),
    "writes a file": ("open('/tmp/mlsig-was-here', 'w').write('x')", "PermissionError"),
    "reads by pathlib": (
        "from pathlib import Path\nprint(Path('/etc/passwd').read_text())",
        "PermissionError",
    ),
    "lists a folder": ("import os\nprint(os.listdir('/'))", "PermissionError"),
    "reads the environment": ("import os\nprint(os.environ)", "not supported"),
    "runs a command": ("import os\nos.system('touch /tmp/mlsig-was-here')", "Error"),
    "starts a process": ("import subprocess\nsubprocess.run(['id'])", "ModuleNotFoundError"),
    "opens a socket": ("import socket\nsocket.socket()", "ModuleNotFoundError"),
    "fetches a page": (
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1')",
        "ModuleNotFoundError",
    ),
    "loads C": ("import ctypes", "ModuleNotFoundError"),
    "asks for input": ("input()", "Error"),
    "imports this package": ("import mlsig", "ModuleNotFoundError"),
    "climbs out by classes": ("print(().__class__.__base__.__subclasses__())", "AttributeError"),
    "climbs out by frames": ("print((lambda: 0).__globals__)", "AttributeError"),
    "never ends": ("while True: pass", "TimeoutError"),
    "never ends, whatever comes": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "TimeoutError",
    ),
    "sleeps": ("import time\ntime.sleep(600)", "TimeoutError"),
    "takes all memory": ("x = []\nwhile True: x.append('a' * 1_000_000)", "MemoryError"),
    "takes all memory at once": ("x = 'a' * 10**11", "MemoryError"),
    "makes a huge number": ("x = 10 ** 10 ** 9", "MemoryError"),
    "recurses": ("def f(): return f()\nf()", "RecursionError"),
    "prints 10 MB": ("print('x' * 10_000_000)", "it printed more than 4,000 characters"),
    "prints for ever": ("while True: print('x' * 100)", "it printed more than 4,000 characters"),
    "prints and does not mind": (
        "while True:\n    try: print('x' * 1000)\n    except BaseException: pass",
        "it printed more than 4,000 characters",
    ),
    "makes a value that is huge once it is written out": ("['a' * 1_000_000] * 1_000_000", None),
    "makes a value that is too deep": ("x = []\nfor _ in range(100_000): x = [x]\nx", None),
    "leaves with a code": ("raise SystemExit(3)", "Error"),
    "is no Python": ("def (:", "SyntaxError"),
    "is a riddle for regular expressions": ("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", None),
}


@pytest.mark.parametrize(("code", "error"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_programs_fail_safely(code: str, error: str | None) -> None:
    ran = run(code)
    if error is None:
        assert ran == Ran(printed="")
    else:
        assert error in (ran.error or "")
        assert len(ran.error or "") <= 600
    assert len(ran.printed) <= SHORT.output
    assert "root:" not in ran.printed
    assert not Path("/tmp/mlsig-was-here").exists()
    assert run("print(1 + 1)").printed == "2\n"


def test_errors_say_where_and_nothing_of_this_machine() -> None:
    error = run("a = 1\nb = 0\nprint(a / b)").error or ""
    assert "line 3" in error
    assert "ZeroDivisionError: division by zero" in error
    assert str(Path(__file__).parents[3]) not in error


def test_what_was_printed_before_an_error_is_kept() -> None:
    ran = run("print('so far')\n1 / 0")
    assert ran.printed == "so far\n"
    assert ran.error is not None


def test_inputs_that_the_sandbox_cannot_hold_are_an_error() -> None:
    assert "Cannot convert" in (run("print(x)", x=object()).error or "")


def test_many_run_side_by_side() -> None:
    async def all_of_them() -> list[Ran]:
        return await asyncio.gather(
            *(sandbox.run("print(n * n)", {"n": number}, SHORT) for number in range(12))
        )

    assert [ran.printed for ran in asyncio.run(all_of_them())] == [f"{number**2}\n" for number in range(12)]


def workers() -> int:
    """Count the worker processes of this process that use the processor."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        state, parent, *_ = text.rpartition(")")[2].split()
        if "(monty)" in text and state == "R" and int(parent) == os.getpid():
            found += 1
    return found


def test_who_is_cancelled_takes_the_worker_along() -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(sandbox.run("while True: pass", {}, Limits(seconds=60)))
        await asyncio.sleep(0.3)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        until = time.monotonic() + 10
        while workers() and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert workers() == 0

    asyncio.run(cancelled())


@pytest.mark.parametrize(
    ("module", "says"),
    [(None, r"install mlsig\[sandbox\]"), (object(), "the sandbox cannot be started: ImportError")],
)
def test_without_the_extra_it_says_what_to_install(
    module: object, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.close()  # and with it the pool
    monkeypatch.setitem(sys.modules, "pydantic_monty", module)
    for _ in range(2):
        with pytest.raises(sandbox.SandboxFailed, match=says):
            run("print(1)")
    monkeypatch.undo()
    assert run("print(1)").printed == "1\n"


def test_workers_end_with_the_process() -> None:
    code = """
import asyncio
from mlsig.reasoning.sandbox import Limits, run
print(asyncio.run(run("print(1)", {}, Limits())))
"""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("Ran(printed='1\\n', error=None)\n", "")
