"""What an engine is."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from mlsig.errors import MlsigError


class EngineError(MlsigError):
    """An engine cannot be used."""


class ExtraMissing(EngineError):
    """The package of an engine is not installed."""

    def __init__(self, engine: str, extra: str) -> None:
        super().__init__(f'the engine `{engine}` is not installed: `pip install "mlsig[{extra}]"`')


class WorkersLost(EngineError):
    """The worker of some evaluations was lost, and so was the one that was to do them again."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Somewhere to run shares of evaluations.

    Attributes:
        name: What people call it.
        executor: Takes a function of a module, and bytes. It must not retry.
        lost: What its futures raise when a worker is gone with its work.
        workers: How many shares it runs at a time, as far as that is known.
    """

    name: str
    executor: Executor
    lost: tuple[type[BaseException], ...]
    workers: int
