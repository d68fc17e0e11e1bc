"""`Either[Cat, Dog]`: a union of types that msgspec cannot tell apart, such as two records.

Type checkers see `Cat | Dog`. At run time it is a stand-in that msgspec asks `hold` about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Union as Either
else:
    from mlsig.types.standins import StandIn

    class Either:
        """`Either[Cat, Dog]`: the stand-in of these types."""

        def __class_getitem__(cls, options: tuple[Any, ...]) -> StandIn:
            """Return a class whose values are of one of the options."""
            found = StandIn("Either", (), {})
            found.options = options

            def make(value: Any) -> Any:
                from mlsig.records.choosing import chooser  # noqa: PLC0415  (which reads records, and they hold these)

                found.make = chooser(options)
                return found.make(value)

            found.make = make
            return found


__all__ = ["Either"]
