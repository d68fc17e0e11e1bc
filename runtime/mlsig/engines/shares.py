"""A share: some evaluations that travel to a worker together, and what comes back.

Both are JSON. A worker needs nothing but mlsig, the compiled module of the program, what its metrics import,
and the keys of the providers in its own environment: keys never travel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from mlsig.errors import BudgetExhausted, MlsigError, ProviderError, ProviderRefused, ProviderUnreachable
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.evaluator import Evaluator, Job
from mlsig.evaluation.ledger import Key, MemoryLedger, Result
from mlsig.evaluation.metrics import EvaluationError, MetricError
from mlsig.programs.candidates import Candidate
from mlsig.programs.loading import load_program
from mlsig.providers.messages import LM
from mlsig.signatures import Example


class Order(msgspec.Struct, frozen=True):
    """One evaluation to make, with at most so many calls."""

    candidate: dict[str, Any]
    example: dict[str, Any]
    trial: int
    calls: int


class Share(msgspec.Struct, frozen=True):
    """Evaluations to make.

    Attributes:
        program: `module:Program`.
        folders: What is put on the path of imports, as far as the worker has it.
        seed: The run's, from which those of the calls are derived.
        lm: `module:function` that makes the model to ask; empty for the program's own providers.
    """

    program: str
    folders: tuple[str, ...]
    seed: int
    lm: str
    orders: tuple[Order, ...]


class Answer(msgspec.Struct, frozen=True):
    """What became of one order.

    Attributes:
        result: As the evaluator records it; None where no other evaluation would survive either.
        kind: Of the error, its class.
        calls: How many calls there were, at least, where there is no result.
    """

    result: Result | None = None
    kind: str = ""
    message: str = ""
    provider: str = ""
    calls: int = 0


def run(share: bytes) -> bytes:
    """Make the evaluations of a share; the whole of what a worker does."""
    from mlsig.providers import sync  # noqa: PLC0415  (one loop and one client in a process, for all shares)

    wanted = msgspec.json.decode(share, type=Share)
    return msgspec.json.encode(sync.run(_answers(wanted)))


async def _answers(share: Share) -> list[Answer]:
    from mlsig.providers import sync  # noqa: PLC0415

    program = load_program(share.program, [Path(folder) for folder in share.folders if Path(folder).is_dir()])
    lm = _made(share.lm) if share.lm else sync.SharedClient(program.providers)

    async def answer(order: Order) -> Answer:
        candidate = Candidate.from_dict(program, order.candidate)
        signature = program.signature
        example = Example.from_dict(order.example, signature.Input, signature.Expected)
        budget = Budget(order.calls)
        key = Key("share", candidate.key(), example.id, order.trial)
        ledger = MemoryLedger()
        evaluator = Evaluator(
            program, lm, ledger=ledger, budget=budget, seed=share.seed, concurrency=1, tried=True
        )
        try:
            (result,) = await evaluator.measure([Job(key, program.with_candidate(candidate), example)])
        except MlsigError as error:
            provider = error.provider if isinstance(error, ProviderError) else ""
            said = str(error).removeprefix(f"{provider}: ") if provider else str(error)
            return Answer(None, type(error).__name__, said, provider, budget.used)
        return Answer(result)

    return list(await asyncio.gather(*map(answer, share.orders)))


_MODELS: Final[dict[str, LM]] = {}


def _made(name: str) -> LM:
    """Return a model of a function's making: one in a process, as a client is."""
    if name not in _MODELS:
        module, _, function = name.partition(":")
        _MODELS[name] = getattr(import_module(module), function)()
    return _MODELS[name]


_ERRORS: Final[Mapping[str, type[MlsigError]]] = {
    kind.__name__: kind for kind in (MetricError, EvaluationError, BudgetExhausted)
}
_OF_PROVIDERS: Final[Mapping[str, type[ProviderError]]] = {
    kind.__name__: kind for kind in (ProviderUnreachable, ProviderRefused)
}


def error_of(answer: Answer) -> MlsigError:
    """Return the exception that ended an evaluation without a result."""
    if answer.provider:
        return _OF_PROVIDERS.get(answer.kind, ProviderError)(answer.provider, answer.message)
    return _ERRORS.get(answer.kind, EvaluationError)(answer.message)
