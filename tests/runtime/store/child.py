"""A process to be killed: an experiment against the simulated model, whose bill is a file.

python child.py STORE BILL DELAY CONCURRENCY [LEASE]
"""

from __future__ import annotations

import asyncio
import os
import sys

import msgspec
from mlsig.providers.messages import Request
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, conduct
from mlsig.store import Store
from mlsig.store.address import place
from simulated import SimulatedLM
from toy import Review, reviews


def main() -> None:
    store_path, bill_path, delay, concurrency, *lease = sys.argv[1:]
    bill = os.open(bill_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def pay(request: Request, number: int) -> None:
        os.write(bill, b".")

    experiment = Experiment(
        program=Review,
        train=reviews(60),
        test=reviews(20, start=1_000),
        settings=Settings(budget_calls=150, seed=1),
        concurrency=int(concurrency),
    )
    lm = SimulatedLM(delay=lambda request: float(delay) * (1 + (request.seed or 0) % 3), fail=pay)
    with Store(place(store_path), lease=float(lease[0] if lease else 30)) as store:
        findings = asyncio.run(conduct(experiment, lm, store, "resume"))
    sys.stdout.buffer.write(msgspec.json.encode(findings))


main()
