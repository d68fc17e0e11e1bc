"""An orchestrator as data: what a server answers at `/status`, and `mlsig top` shows.

raw = msgspec.json.encode(state(orchestrator))
msgspec.json.decode(raw, type=State).tree.children[0].restarts
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.orchestrator.components.bounded import Work
from mlsig.providers.accounting import Tally

if TYPE_CHECKING:
    from mlsig.orchestrator.orchestrator import Orchestrator
    from mlsig.orchestrator.status import Status

SHOWN: Final = frozenset({"program_supervisor", "pipeline_pool"})
"""Their figures are those of programs; what errors said is in the log, and nobody else's business."""


class ProgramState(msgspec.Struct, kw_only=True):
    """The calls of one program: how many wait, run, and ended so; `seconds` of all that ended."""

    name: str
    waiting: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    late: int = 0
    refused: int = 0
    cancelled: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    cost: float = 0.0
    tokens: int = 0
    errors: dict[str, int] = {}

    @property
    def ended(self) -> int:
        """How many ended, one way or the other."""
        return self.succeeded + self.failed + self.late + self.refused + self.cancelled


class ModelState(msgspec.Struct, kw_only=True):
    """What requests to one model took, as `mlsig.providers.accounting.Tally` has it."""

    provider: str
    model: str
    calls: int = 0
    hits: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float = 0.0
    latency: float = 0.0


class Node(msgspec.Struct, kw_only=True):
    """A child of the tree, as `mlsig.orchestrator.Status`; `last` is the kind of its end, no words."""

    id: str
    kind: str
    state: str
    restarts: int = 0
    last: str | None = None
    children: list[Node] = []


class State(msgspec.Struct, kw_only=True):
    """All of it, at one moment."""

    name: str
    state: str
    uptime: float
    waiting: int
    running: int
    most: int
    requests: int
    cost: float
    restarts: int
    zombies: list[str]
    tree: Node
    programs: list[ProgramState] = []
    models: list[ModelState] = []
    components: dict[str, Any] = {}


def state(orchestrator: Orchestrator) -> State:
    """Return how it is now."""
    figures = orchestrator.stats()
    programs: list[ProgramState] = []
    for name in {**figures.spent, **figures.programs}:
        spent = figures.spent.get(name, Tally())
        work = dataclasses.asdict(figures.programs.get(name, Work()))
        tokens = spent.input_tokens + spent.output_tokens
        programs.append(ProgramState(name=name, cost=spent.cost, tokens=tokens, **work))
    return State(
        name=orchestrator.name,
        state=figures.state,
        uptime=figures.uptime,
        waiting=figures.waiting,
        running=figures.running,
        most=orchestrator.most,
        requests=figures.requests,
        cost=figures.cost,
        restarts=figures.restarts,
        zombies=list(figures.zombies),
        tree=_node(orchestrator.status()),
        programs=programs,
        models=[
            ModelState(provider=target.provider, model=target.model, **msgspec.structs.asdict(tally))
            for target, tally in figures.models.items()
        ],
        components={name: plain(found) for name, found in figures.components.items() if name not in SHOWN},
    )


def plain(value: Any) -> Any:
    """Return the figures of a component as JSON has them; of what is no figure, its words."""
    whole: Any = value
    if value is None or isinstance(value, str | int | float):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(whole, one.name)) for one in dataclasses.fields(whole)}
    if isinstance(value, msgspec.Struct):
        return {name: plain(one) for name, one in msgspec.structs.asdict(whole).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in whole.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in whole]
    return str(value)


def _node(status: Status) -> Node:
    return Node(
        id=status.id,
        kind=status.kind,
        state=status.state,
        restarts=status.restarts,
        last=None if status.last is None else status.last.partition(":")[0],
        children=[_node(child) for child in status.children],
    )
