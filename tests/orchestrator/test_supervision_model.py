"""Random trees under random crashes do what the model of OTP does: the same starts and stops, in order.

Of all strategies: one_for_one, one_for_all, rest_for_one, and dynamic ones, whose children come later.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from mlsig.orchestrator import Child, DynamicSupervisor, Intensity, Shutdown, Started, Supervisor
from mlsig.orchestrator.supervisor import StartFailed, SupervisionError
from nightly import SCALE
from reference import otp

SCHEDULES = 2_000 if SCALE == 1 else max(100_000, 2_000 * SCALE)
CHUNKS = 4
RESTARTS = ("permanent", "transient", "temporary")
STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one")
ENDINGS = ("normal", "shutdown", "crash", "killed")

pytestmark = pytest.mark.filterwarnings("error")


@dataclass
class Step:
    """What happens next: seconds pass, then children end at once, or something is asked of a supervisor."""

    seconds: float
    ends: list[tuple[str, str]] = field(default_factory=list)
    at: tuple[str, ...] = ()
    ask: str = ""
    about: Any = None


def some_worker(rng: random.Random, id: str, *, alone: bool) -> otp.Spec:
    outcomes = ["ok", "fail", "ignore"] + (["crash", "normal"] if alone else [])
    script = ["ok"] if rng.random() < 0.8 else []
    script += [rng.choice(["ok", "ok", "ok", *outcomes]) for _ in range(rng.choice([0, 1, 3, 6]))]
    return otp.Spec(id, rng.choice(RESTARTS), tuple(script))


def some_tree(rng: random.Random, depth: int, prefix: str = "") -> otp.Tree:
    if rng.random() < 0.15:  # its children come later
        return otp.Tree((), "dynamic", rng.choice([0, 1, 3]), rng.choice([1.0, 5.0]))
    children: list[otp.Spec] = []
    for at in range(rng.randint(1, 5)):
        id = f"{prefix}{at}"
        if depth and rng.random() < 0.4:
            inner = some_tree(rng, depth - 1, f"{id}.")
            children.append(otp.Spec(id, rng.choice(RESTARTS), tree=inner))
        else:
            children.append(some_worker(rng, id, alone=not depth and not prefix))
    period = rng.choice([1.0, 5.0])
    return otp.Tree(tuple(children), rng.choice(STRATEGIES), rng.choice([0, 1, 3]), period)


class Real:
    """The tree of real supervisors, and the workers in it, who do as they are told."""

    def __init__(self, tree: otp.Tree) -> None:
        self.world = otp.World()
        self.live: dict[str, asyncio.Future[str]] = {}
        self.supervisors: dict[str, Supervisor] = {}
        self.root = self.built(tree, "top")

    def built(self, tree: otp.Tree, name: str) -> Supervisor:
        intensity, clock = Intensity(tree.restarts, tree.period), lambda: self.world.now
        made: Supervisor
        if tree.strategy == "dynamic":
            made = DynamicSupervisor(intensity=intensity, name=name, clock=clock)
        else:
            made = Supervisor(
                [self.child(spec) for spec in tree.children],
                strategy=tree.strategy,  # type: ignore[arg-type]
                intensity=intensity,
                name=name,
                clock=clock,
            )
        self.supervisors[name] = made
        return made

    def child(self, spec: otp.Spec) -> Child:
        if spec.tree is not None:
            return self.built(spec.tree, spec.id).child(spec.id, spec.restart)  # type: ignore[arg-type]
        return Child(spec.id, self.worker(spec), spec.restart)  # type: ignore[arg-type]

    def worker(self, spec: otp.Spec) -> Callable[[Started], Any]:
        async def run(started: Started) -> None:
            outcome = self.world.outcome(spec)
            self.world.log.append(f"start {spec.id}")
            if outcome == "fail":
                raise OSError(spec.id)
            if outcome == "ignore":
                return
            started()
            if outcome == "ok":
                told = self.live[spec.id] = asyncio.get_running_loop().create_future()
                try:
                    outcome = await told
                except asyncio.CancelledError:
                    self.world.log.append(f"stop {spec.id}")
                    raise
            if outcome == "crash":
                raise OSError(spec.id)
            if outcome == "shutdown":
                raise Shutdown(spec.id)
            if outcome == "killed":
                raise asyncio.CancelledError

        return run

    def shown(self, of: Supervisor) -> list[Any]:
        return [
            [id, "restarting" if kept.state == "restarting" else kept.state == "running"]
            + ([self.shown(kept.spec.supervisor)] if kept.spec.supervisor and kept.state == "running" else [])
            for id, kept in of._kept.items()
        ]

    async def settled(self) -> None:
        """Let everything happen that can."""
        idle, before = 0, len(self.world.log)
        while idle < 20:
            await asyncio.sleep(0)
            idle = 0 if len(self.world.log) != before else idle + 1
            before = len(self.world.log)


class Model:
    """The same tree, of the model."""

    def __init__(self, tree: otp.Tree) -> None:
        self.world = otp.World()
        self.ended = ""
        self.root = otp.Supervisor(tree, self.world, self.gave_up)

    def gave_up(self, why: str) -> None:
        self.ended = why

    def settled(self) -> None:
        while self.root.settle():
            pass

    def every(self) -> dict[str, otp.Supervisor]:
        found = {"top": self.root}
        for name in ["top"]:
            self._into(found, found[name])
        return found

    def _into(self, found: dict[str, otp.Supervisor], of: otp.Supervisor) -> None:
        for child in of.children:
            if child.inner is not None:
                found[child.spec.id] = child.inner
                self._into(found, child.inner)

    def end(self, supervisor: otp.Supervisor, id: str, how: str) -> None:
        child = supervisor._find(id)
        assert isinstance(child.pid, int)
        supervisor.exited(child, child.pid, how)


def some_step(rng: random.Random, model: Model, serial: int) -> Step:
    seconds = rng.choice([0.0, 0.0, 0.5, 2.0, 10.0])
    every = model.every()
    name = rng.choice(list(every))
    supervisor = every[name]
    workers = [c.spec.id for c in supervisor.children if isinstance(c.pid, int) and c.inner is None]
    if workers and rng.random() < 0.7:
        chosen = rng.sample(workers, rng.randint(1, min(3, len(workers))))
        return Step(seconds, [(id, rng.choice(ENDINGS)) for id in chosen], (name,))
    ids = [child.spec.id for child in supervisor.children] or ["nobody"]
    ask = rng.choice(["start_child", "terminate_child", "restart_child", "delete_child"])
    if supervisor.tree.strategy == "dynamic" and rng.random() < 0.6:
        ask = "start_child"
    if ask != "start_child":
        return Step(seconds, [], (name,), ask, rng.choice([*ids, "nobody"]))
    id = rng.choice(ids) if rng.random() < 0.3 else f"{name}+{serial}"
    worker = some_worker(rng, id, alone=False)
    return Step(seconds, [], (name,), ask, worker)


async def both(seed: int) -> None:
    """Run a schedule on the real tree and on the model, and compare after each step."""
    rng = random.Random(seed)
    tree = some_tree(rng, rng.choice([0, 0, 1, 2]))
    real, model = Real(tree), Model(tree)
    said: list[Any] = [tree]

    def same() -> None:
        story = "\n".join(map(str, said))
        assert real.world.log == model.world.log, f"seed {seed}\n{story}"
        if not model.ended:
            assert real.shown(real.root) == model.root.shown(), f"seed {seed}\n{story}"

    try:
        model.root.start()
    except otp.Failed:
        with pytest.raises(StartFailed):
            await real.root.__aenter__()
        same()
        return
    try:
        await real.root.__aenter__()
    except Shutdown:  # it gave up before anybody had heard that it was there
        model.settled()
        assert model.ended, f"seed {seed}"
        same()
        return
    for serial in range(rng.randint(1, 8) + 6 * (tree.strategy == "dynamic")):
        model.settled()
        await real.settled()
        same()
        if model.ended:
            break
        step = some_step(rng, model, serial)
        said.append(step)
        for world in (real.world, model.world):
            world.now += step.seconds
        supervisor = model.every()[step.at[0]]
        if step.ask:
            answer = asked = "fine"
            try:
                getattr(supervisor, step.ask)(step.about)
            except otp.Refused as refused:
                answer = str(refused)
            about = real.child(step.about) if isinstance(step.about, otp.Spec) else step.about
            try:
                await getattr(real.supervisors[step.at[0]], step.ask)(about)
            except SupervisionError as error:
                asked = type(error).__name__
            assert asked == answer, f"seed {seed}\n{said}"
        for id, how in step.ends:
            model.end(supervisor, id, how)
            real.live[id].set_result(how)
    model.settled()
    await real.settled()
    same()
    if model.ended:
        with pytest.raises(Shutdown, match="more than"):
            await real.root.wait()
    else:
        model.root.stop()
    await real.root.stop()
    same()
    assert len(asyncio.all_tasks()) == 1, f"seed {seed}: a task is left"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_trees_do_what_the_model_does(chunk: int) -> None:
    async def all_of_them() -> None:
        for seed in range(chunk, SCHEDULES, CHUNKS):
            await both(seed)

    asyncio.run(all_of_them())
