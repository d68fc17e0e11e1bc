"""The key by which a provider knows a call again.

All attempts of a call have one. A call that a run had under way when it died is made again when the run is
resumed: as the same call of the same evaluation with the same body it has the same key, so a provider that
keeps answers by their keys gives the first answer again, and charges once.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from hashlib import blake2b
from typing import Final

ASKED_FOR: Final[ContextVar[tuple[bytes, tuple[object, ...]] | None]] = ContextVar("mlsig_call", default=None)
"""What a call is made for: the run, as bytes, and what of it."""


def key_for(body: bytes) -> str:
    """Return the key of a call with this body, 32 hexadecimal digits.

    They are new ones where nobody said what the call is for.
    """
    asked = ASKED_FOR.get()
    if asked is None:
        return os.urandom(16).hex()
    scope, what = asked
    name = blake2b(repr(what).encode("utf-8", "surrogatepass"), key=blake2b(scope).digest()).digest()
    return blake2b(body, key=name, digest_size=16).hexdigest()
