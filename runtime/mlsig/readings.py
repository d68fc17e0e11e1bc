"""What was read from a model's answer: light, since every generated signature names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from mlsig.records import Record

if TYPE_CHECKING:
    from mlsig.parsing.repairs import Repair

OutputT = TypeVar("OutputT", bound=Record)


class Reading(msgspec.Struct, Generic[OutputT], frozen=True):
    """What was read from an answer: the output, the fields that precede it, and what had to be mended."""

    output: OutputT
    lead: dict[str, str] = {}
    repairs: tuple[Repair, ...] = ()
