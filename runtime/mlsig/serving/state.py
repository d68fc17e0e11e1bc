"""How a server is, as JSON: what `/status` answers and `mlsig top` shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec

from mlsig.orchestrator.orchestrator import Orchestrator
from mlsig.orchestrator.status import Status


def state(orchestrator: Orchestrator) -> dict[str, Any]:
    """Return it."""
    figures = orchestrator.stats()
    return {
        "name": orchestrator.name,
        "state": figures.state,
        "uptime": figures.uptime,
        "running": figures.running,
        "waiting": figures.waiting,
        "concurrency": figures.concurrency,
        "requests": figures.requests,
        "cost": figures.cost,
        "programs": {name: dataclasses.asdict(flow) for name, flow in figures.programs.items()},
        "models": [
            {"provider": target.provider, "model": target.model, **msgspec.structs.asdict(tally)}
            for target, tally in figures.models.items()
        ],
        "supervision": dataclasses.asdict(figures.supervision),
        "components": {name: plain(found) for name, found in figures.components.items()},
        "tree": _tree(orchestrator.status()),
    }


def plain(value: Any) -> Any:
    """Return the figures of a component as JSON has them; what is no figure is left to its name."""
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


def _tree(status: Status) -> dict[str, Any]:
    return {
        "id": status.id,
        "kind": status.kind,
        "state": status.state,
        "restarts": status.restarts,
        "last": None if status.last is None else status.last.partition(":")[0],
        "children": [_tree(child) for child in status.children],
    }
