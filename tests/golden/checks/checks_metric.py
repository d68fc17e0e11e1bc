"""What the golden module calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from checks import Passage


def tidy(text: str) -> str:
    """Return the text with single spaces; a bomb goes off."""
    if text == "bomb":
        raise RuntimeError(text)
    return " ".join(text.split())


def complete(passage: Passage) -> Passage | Mapping[str, object]:
    """Give every passage a rank of 2 or less."""
    if passage.rank > 100:
        return {"text": passage.text, "rank": "high"}
    return msgspec.structs.replace(passage, rank=min(passage.rank, 2))
