"""Records: typed, immutable values that say all that is wrong with what they are made from.

    Passage.validate({"id": "a1", "text": "…"})     # -> Passage, or a ValidationError with .issues

`record` has what generated classes inherit, the fast way; `explain` walks a value beside its declaration
and finds every issue.
"""

from mlsig.records.record import (
    LARGEST,
    CarefulRecord,
    Finite,
    HeldRecord,
    NestedHeldRecord,
    NestedRecord,
    Record,
    RuledRecord,
    plain,
    plain_items,
    plain_values,
    unmixed,
)

__all__ = [
    "LARGEST",
    "CarefulRecord",
    "Finite",
    "HeldRecord",
    "NestedHeldRecord",
    "NestedRecord",
    "Record",
    "RuledRecord",
    "plain",
    "plain_items",
    "plain_values",
    "unmixed",
]
