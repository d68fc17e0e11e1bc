"""A measurement, example by example: rows for a file, the ones that went wrong, and figures for a machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.evaluation.evaluator import raw
from mlsig.evaluation.intervals import Estimate, percentile
from mlsig.evaluation.objectives import Scoring
from mlsig.report.text import on_a_line

if TYPE_CHECKING:
    from mlsig.evaluation import Evaluation
    from mlsig.evaluation.ledger import Result
    from mlsig.programs import Program
    from mlsig.signatures import Example

WIDTH: Final = 200


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row.

    Attributes:
        place: Where it is, such as `reviews.jsonl:12`.
        id: The id of the example.
        expected: The outputs that it states.
        output: The answer; None where there is none.
        score: The composite score, 0 for a failed example.
        missed: The metrics that are not at their best.
        cost: US dollars; `latency` is in seconds.
    """

    place: str
    id: str
    inputs: dict[str, Any]
    expected: dict[str, Any]
    output: dict[str, Any] | None
    metrics: dict[str, float]
    score: float
    missed: tuple[str, ...]
    error: str | None
    error_kind: str | None
    text: str
    reasoning: str | None
    cost: float
    latency: float
    input_tokens: int
    output_tokens: int
    calls: int


def rows(
    evaluation: Evaluation, examples: Sequence[Example[Any, Any]], places: Sequence[str], scoring: Scoring
) -> list[Measured]:
    """Return a row for each example, in their order."""
    found = zip(evaluation.results, examples, places, strict=True)
    return [_row(result, example, place, scoring) for result, example, place in found]


def _row(result: Result, example: Example[Any, Any], place: str, scoring: Scoring) -> Measured:
    best = {name: 1.0 - scoring.worst(name) for name in result.metrics}
    return Measured(
        place=place,
        id=result.example,
        inputs=example.inputs.to_dict(),
        expected=example.expected.to_dict(),
        output=None if result.output is None else dict(result.output),
        metrics=dict(result.metrics),
        score=0.0 if result.error is not None else scoring.score(raw(result)),
        missed=tuple(name for name, value in result.metrics.items() if abs(value - best[name]) > 1e-9),
        error=result.error,
        error_kind=result.error_kind,
        text=result.text,
        reasoning=result.reasoning,
        cost=result.cost,
        latency=result.latency,
        input_tokens=result.input_tokens,
        output_tokens=result.output_tokens,
        calls=result.calls,
    )


def lines(program: Program, measured: Sequence[Measured]) -> bytes:
    """Return the rows as JSON Lines, without the keys of the program's providers."""
    from mlsig.store.redaction import Redactor  # noqa: PLC0415  (its package loads SQLAlchemy)

    redactor = Redactor.of(program.providers)
    encoder = msgspec.json.Encoder()
    return encoder.encode_lines([redactor.value(msgspec.to_builtins(row)) for row in measured])


def mistakes(measured: Sequence[Measured], *, shown: int) -> str:
    """Return the first examples that were answered, and not right, a line each; empty where all were."""
    wrong = [row for row in measured if row.error is None and row.missed]
    if not wrong or not shown:
        return ""
    found = [f"not at its best: {len(wrong)} of {len(measured)} examples"]
    found += [f"  {row.place}: {on_a_line(_wrong(row))}"[:WIDTH] for row in wrong[:shown]]
    if len(wrong) > shown:
        found.append(f"  … and {len(wrong) - shown} more")
    return "\n".join(found) + "\n"


def _wrong(row: Measured) -> str:
    missed = ", ".join(f"{name} {row.metrics[name]:.3g}" for name in row.missed)
    said = _json(row.output)
    return f"{missed}: {said}, not {_json(row.expected)}" if row.expected else f"{missed}: {said}"


def figures(program: Program, evaluation: Evaluation, source: str) -> dict[str, Any]:
    """Return what a measurement amounts to, as JSON-like data."""
    costs = [result.cost for result in evaluation.results]
    return {
        "program": program.name,
        "data": source,
        "candidate": evaluation.candidate,
        "examples": len(evaluation.results),
        "failed": evaluation.errors,
        "metrics": {name: _estimate(one) for name, one in evaluation.metrics.items()},
        "score": _estimate(evaluation.score),
        "cost": {"total": evaluation.cost, "mean": evaluation.cost / len(costs)} | percentiles(costs),
        "latency": msgspec.to_builtins(evaluation.latency),
        "calls": evaluation.calls,
        "input_tokens": evaluation.input_tokens,
        "output_tokens": evaluation.output_tokens,
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the percentiles that are reported, by nearest rank."""
    return {f"p{share}": percentile(values, share / 100) for share in (50, 90, 99)}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(estimate)
    return found


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
