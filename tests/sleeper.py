"""A worker that is stopped in the middle of a call: it claims, says so, and completes when it is told to.

python sleeper.py STORE
"""

from __future__ import annotations

import asyncio
import sys

from mlsig.evaluation.ledger import Key, Result
from mlsig.store import Store

LEASE = 0.5


async def main() -> None:
    key = Key("search", "candidate", "example")
    with Store(sys.argv[1], lease=LEASE) as store:
        (run,) = store.runs()
        ledger = store.ledger(run.id)
        assert await ledger.acquire(key) is None
        claim = await ledger.claim(key)
        print("claimed", flush=True)
        sys.stdin.readline()
        kept = await ledger.complete(claim, key, Result(example="example", text="late", calls=2))
        print(kept.text, flush=True)


asyncio.run(main())
