"""Which rows of a data set are measured: a metric that compares needs to know what is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mlsig.data import BrokenRow, Data, DataError
from mlsig.data.labels import labels
from mlsig.errors import Issue

if TYPE_CHECKING:
    from mlsig.programs import Program
    from mlsig.signatures import Example


@dataclass(frozen=True)
class Rows:
    """What is measured: examples, where each of them is, and what to say about the choice."""

    examples: tuple[Example[Any, Any], ...]
    places: tuple[str, ...]
    notes: tuple[str, ...] = ()


def rows_of(
    data: Data[Example[Any, Any]],
    program: Program,
    unlabelled: Literal["error", "skip", "score"],
    limit: int | None,
) -> Rows:
    """Return the rows to measure.

    Args:
        data: What was read.
        program: Its metrics are what needs right answers.
        unlabelled: What to do with rows that state no output.
        limit: How many rows to take at most; None for all.

    Raises:
        DataError: Rows state no output, and are neither to be left out nor to be scored.
    """
    examples, places = data.examples[:limit], data.places[:limit]
    if not program.metrics:
        return Rows(examples, places)
    found = labels(examples)
    notes = [f"{data.source}: {_rows(count)} without `{name}`" for name, count in found.partly.items()]
    if not found.missing:
        return Rows(examples, places, tuple(notes))
    broken = [
        BrokenRow(places[position], (Issue("", "unlabelled", "states no output to hold an answer against"),))
        for position in found.missing
    ]
    outputs = ", ".join(f"`{field.name}`" for field in program.signature.Output.shape().fields)
    total = f"{len(broken)} of {_rows(len(examples))} cannot be scored: state {outputs}"
    if unlabelled == "error":
        out = f"{total}, leave such rows out (--unlabelled skip), or score them (--unlabelled score)"
        raise DataError(data.source, out, broken, len(broken))
    if unlabelled == "score":
        notes.append(f"{data.source}: {_rows(len(broken))} without any output, scored all the same")
        return Rows(examples, places, tuple(notes))
    if len(broken) == len(examples):
        raise DataError(
            data.source, f"no row states an output, so none is left: state {outputs}", broken, len(broken)
        )
    notes.append(f"{data.source}: left out {_rows(len(broken))} without any output")
    kept = [position for position in range(len(examples)) if position not in set(found.missing)]
    return Rows(
        tuple(examples[position] for position in kept),
        tuple(places[position] for position in kept),
        tuple(notes),
    )


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
