"""Makes processes that die: forks one for each line it reads, and kills it when it is told to.

    {"store": …, "log": …, "event": 17}        the process kills itself at its 17th event
    {"store": …, "log": …, "seconds": 0.03}    it is killed from outside, wherever it is by then
    {"store": …, "log": …, "file_size": 9000}  no file may become larger than that: the disk is full
    {"store": …, "log": …, "workers": 3}       two others work on the same, and live
    {"store": …, "log": …}                     it lives

Everything is imported before the first fork, so a process costs milliseconds. Events are statements, commits,
calls and acknowledgements. Prints for each line the exit status of the first process: 0, minus the signal, or
74 where the store failed, which it writes into its log.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from typing import Any

from mlsig.errors import StoreError
from mlsig.store import Store
from scripted_search import Log, search
from sqlalchemy import event

STORAGE = 74


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        first = fork(order)
        others = [
            fork({name: value for name, value in order.items() if name not in {"event", "file_size"}})
            for _ in range(order.get("workers", 1) - 1)
        ]
        if "seconds" in order:
            time.sleep(order["seconds"])
            os.kill(first, signal.SIGKILL)
        status = wait(first)
        assert [wait(other) for other in others] == [0] * len(others)
        print(status, flush=True)


def fork(order: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        live(order)
        status = 0
    except StoreError as error:
        Log(order["log"], lambda: None).write("failed", str(error))
        status = STORAGE
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def wait(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def live(order: dict[str, Any]) -> None:
    left = order.get("event", -1)

    def happened(*details: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if "file_size" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_size"], resource.RLIM_INFINITY))
    with Store(order["store"], lease=order.get("lease", 0.05), patience=order.get("patience", 60.0)) as store:
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(store.engine, name, happened)
        asyncio.run(search(store, Log(order["log"], happened), order.get("pause", 0.0)))


main()
