"""Makes processes that die: forks one for each line it reads, and kills it when it is told to.

    {"store": …, "log": …, "event": 17}        the process kills itself at its 17th event
    {"store": …, "log": …, "seconds": 0.03}    it is killed from outside, wherever it is by then
    {"store": …, "log": …}                     it lives

Everything is imported before the first fork, so a process costs milliseconds. Events are statements, commits,
calls and acknowledgements. Prints for each line the exit status: 0, or minus the signal.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import time
import traceback
from typing import Any

from mlsig.store import Store
from scripted_search import Log, search
from sqlalchemy import event


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                live(order)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        if "seconds" in order:
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def live(order: dict[str, Any]) -> None:
    left = order.get("event", -1)

    def happened(*details: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store(order["store"], lease=order.get("lease", 0.05)) as store:
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(store.engine, name, happened)
        asyncio.run(search(store, Log(order["log"], happened)))


main()
