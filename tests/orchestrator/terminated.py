"""A process to be terminated in the middle of its work: an optimisation under supervision.

python terminated.py STORE BILL

It says `working` when calls are under way, and at the end how it ended. Each paid call is a byte of the bill.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from mlsig.evaluation.evaluator import Stopped
from mlsig.orchestrator import Supervisor
from mlsig.orchestrator.components import EvaluationWorkers, OptimizerSupervisor
from mlsig.providers.messages import Request
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment
from simulated import SimulatedLM
from toy import Review, reviews


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def main(store: str, bill_path: str) -> None:
    bill = os.open(bill_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    said = False

    def pay(request: Request, number: int) -> None:
        nonlocal said
        os.write(bill, b".")
        if number >= 30 and not said:
            said = True
            say("working")

    experiment = Experiment(
        program=Review,
        train=reviews(40),
        test=reviews(10, start=1_000),
        settings=Settings(budget_calls=120, seed=1),
    )
    workers = EvaluationWorkers(workers=4)
    optimizers = OptimizerSupervisor(store=store, workers=workers)
    lm = SimulatedLM(delay=lambda request: 0.02, fail=pay)
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    async with Supervisor([workers.child(), optimizers.child()]):
        run = await optimizers.start(experiment, lm, mode="resume")
        over = asyncio.ensure_future(optimizers.result(run))
        stop = asyncio.ensure_future(asked.wait())
        await asyncio.wait([over, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not over.done():
            await optimizers.cancel(run)
        try:
            findings = await over
            say(f"completed {findings.outcome.best} {findings.lost}")
        except Stopped:
            say("stopped")
    say(f"left {len(asyncio.all_tasks()) - 1} tasks")


asyncio.run(main(*sys.argv[1:]))
