"""Results as rows of `evaluations`, there and back, bit for bit."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, bindparam

from mlsig.errors import StoreError
from mlsig.evaluation.budget import Spending
from mlsig.evaluation.ledger import Key, Result
from mlsig.programs.executions import StepRun
from mlsig.store.tables import evaluations

_KEY = (evaluations.c.split, evaluations.c.candidate, evaluations.c.example, evaluations.c.trial)


IS_KEY: Final[ColumnElement[bool]] = and_(
    evaluations.c.run == bindparam("of_run"),
    *(column == bindparam(f"of_{column.name}") for column in _KEY),
)
"""The condition that a row is an attempt at an evaluation; `named` has its parameters.

Statements are made once, and executed with parameters: making one takes longer than executing it.
"""


def named(run: str, key: Key) -> dict[str, Any]:
    """Return the parameters that say which evaluation of which run."""
    return {"of_run": run, **{f"of_{name}": value for name, value in key._asdict().items()}}


def key_of(row: RowMapping) -> Key:
    """Return what a row evaluates."""
    return Key(row["split"], row["candidate"], row["example"], row["trial"])


def columns_of(result: Result) -> dict[str, Any]:
    """Return a result as columns, but for what its key has."""
    row: dict[str, Any] = msgspec.structs.asdict(result)
    del row["example"], row["trial"]
    row["metrics"] = msgspec.json.encode(result.metrics).decode()
    row["output"] = None if result.output is None else msgspec.json.encode(result.output).decode()
    row["steps"] = msgspec.json.encode(result.steps).decode() if result.steps else None
    return row


def taken_of(row: RowMapping) -> Spending:
    """Return the most that an evaluation without a result may have taken, as far as it was written down."""
    tokens = (row["input_tokens"] or 0) + (row["output_tokens"] or 0)
    return Spending(tokens, row["cost"] or 0.0)


def result_of(row: RowMapping) -> Result:
    """Return the result that a row holds.

    Raises:
        StoreError: The row is damaged.
    """
    data = {name: row[name] for name in Result.__struct_fields__}
    try:
        data["metrics"] = msgspec.json.decode(row["metrics"])
        data["output"] = None if row["output"] is None else msgspec.json.decode(row["output"])
        steps = row["steps"]
        data["steps"] = () if steps is None else msgspec.json.decode(steps, type=tuple[StepRun, ...])
    except (msgspec.MsgspecError, TypeError) as error:
        raise StoreError(f"the store is damaged: evaluation {row['id']} of {row['run']}: {error}") from error
    return Result(**data)
