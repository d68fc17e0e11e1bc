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

from mlsig.engines.tape import Take, Taped
from mlsig.errors import BudgetExhausted, MlsigError, ProviderError, ProviderRefused, ProviderUnreachable
from mlsig.evaluation.budget import NOTHING, Budget, BudgetedLM, Spending
from mlsig.evaluation.evaluator import Evaluator, Job
from mlsig.evaluation.ledger import Key, MemoryLedger, Result
from mlsig.evaluation.metrics import EvaluationError, MetricError
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.programs.loading import load_program
from mlsig.providers.messages import LM
from mlsig.signatures import Example


class Order(msgspec.Struct, frozen=True):
    """One evaluation to make, or to go on with.

    Attributes:
        key: Its name in the run; with `scope`, which names the run, the calls have the keys that they would
            have in any other process (`mlsig.providers.idempotency`).
        seed: The run's, from which those of the calls are derived.
        calls: How many it may make; `tokens` and `dollars` what they may take, where there is such a budget.
        tape: The replies that it has had already; they are no calls.
    """

    key: Key
    scope: bytes
    seed: int
    candidate: dict[str, Any]
    example: dict[str, Any]
    calls: int
    tokens: int | None = None
    dollars: float | None = None
    tape: tuple[Take, ...] = ()


class Share(msgspec.Struct, frozen=True):
    """Evaluations to make.

    Attributes:
        program: `module:Program`.
        folders: What is put on the path of imports, as far as the worker has it.
        lm: `module:function` that makes the model to ask; empty for the program's own providers.
    """

    program: str
    folders: tuple[str, ...]
    lm: str
    orders: tuple[Order, ...]


class Answer(msgspec.Struct, frozen=True):
    """What became of one order.

    Attributes:
        result: As the evaluator records it; None where no other evaluation would survive either.
        kind: Of the error, its class.
        calls: How many calls were made now, and `spent` what they took.
        most: What they might have taken, at the one time when that was most.
        lacks: What the call may take for which the allowance was too small: with that, and the tape, the
            evaluation can go on.
    """

    result: Result | None = None
    kind: str = ""
    message: str = ""
    provider: str = ""
    calls: int = 0
    spent: Spending = NOTHING
    most: Spending = NOTHING
    lacks: Spending | None = None
    tape: tuple[Take, ...] = ()


class _Watched(Budget):
    """A budget that remembers the most that was reserved at one time, and what could not be."""

    peak: Spending = NOTHING
    refused: Spending | None = None

    def reserve(self, most: Spending = NOTHING, calls: int = 1) -> None:
        try:
            super().reserve(most, calls)
        except BudgetExhausted:
            self.refused = most
            raise
        tokens, dollars = self.spent.tokens, self.spent.dollars
        self.peak = Spending(max(self.peak.tokens, tokens), max(self.peak.dollars, dollars))


def run(share: bytes) -> bytes:
    """Make the evaluations of a share; the whole of what a worker does."""
    from mlsig.providers import sync  # noqa: PLC0415  (one loop and one client in a process, for all shares)

    wanted = msgspec.json.decode(share, type=Share)
    return msgspec.json.encode(sync.run(_answers(wanted)))


async def _answers(share: Share) -> list[Answer]:
    from mlsig.providers import sync  # noqa: PLC0415

    program = load_program(share.program, [Path(folder) for folder in share.folders if Path(folder).is_dir()])
    lm = _made(share.lm) if share.lm else sync.SharedClient(program.providers)
    return list(await asyncio.gather(*(_answer(order, program, lm) for order in share.orders)))


async def _answer(order: Order, program: Program, lm: LM) -> Answer:
    candidate = Candidate.from_dict(program, order.candidate)
    signature = program.signature
    example = Example.from_dict(order.example, signature.Input, signature.Expected)
    budget = _Watched(order.calls, tokens=order.tokens, dollars=order.dollars)
    taped = Taped(BudgetedLM(lm, budget, program.providers), order.tape)
    evaluator = Evaluator(
        program, taped, ledger=MemoryLedger(order.scope), seed=order.seed, concurrency=1, tried=True
    )
    result: Result | None = None
    said: dict[str, Any] = {}
    try:
        (result,) = await evaluator.measure([Job(order.key, program.with_candidate(candidate), example)])
    except MlsigError as error:
        provider = error.provider if isinstance(error, ProviderError) else ""
        text = str(error)
        said = {
            "kind": type(error).__name__,
            "message": text.removeprefix(f"{provider}: ") if provider else text,
            "provider": provider,
        }
    await taped.ended()
    if result is None and budget.refused is not None:
        said |= {"lacks": budget.refused, "tape": tuple(taped.takes)}
    return Answer(result, calls=budget.used, spent=budget.spent, most=budget.peak, **said)


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
