"""Records: typed, immutable values that say all that is wrong with what they are made from.

    Passage.validate({"id": "a1", "text": "…"})     # -> Passage, or a ValidationError with .issues

`record` is what generated classes inherit, `binding` what its methods do; `fast` puts the fast path of a
class together from its declaration; `explain` walks a value beside its declaration and finds every issue.
"""

from mlsig.records.record import LARGEST, Finite, Record

__all__ = ["LARGEST", "Finite", "Record"]
