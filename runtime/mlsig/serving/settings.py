"""What a server allows, and whom."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from mlsig.errors import MlsigError
from mlsig.providers.keys import is_loopback

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""What this machine calls itself in `Host`."""
LARGEST_BODY: Final = 1_048_576


class ServingRefused(MlsigError):
    """A server would be open to others in a way that nobody asked for."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How programs are served.

    Attributes:
        key: What callers must show, as `Authorization: Bearer KEY` or `X-API-Key: KEY`; None: nothing.
        largest_body: Of a request, in bytes.
        deadline: Seconds for a request, from its first line to the answer, or to the end of a stream.
        hosts: What `Host` may say; None: anything. Without a key on loopback it keeps out web pages that
            have their name resolved to this machine.
        public_docs: Whether the description of the programs is shown without the key.
    """

    key: str | None = field(default=None, repr=False)
    largest_body: int = LARGEST_BODY
    deadline: float = 60.0
    hosts: frozenset[str] | None = None
    public_docs: bool = False

    def __post_init__(self) -> None:
        if self.key is not None and (not self.key.strip() or not self.key.isascii() or " " in self.key):
            raise ValueError("a key must be ASCII text without spaces, and not empty")
        if self.largest_body < 1 or not self.deadline > 0:
            raise ValueError("bodies need at least 1 byte, and requests more than 0 seconds")

    def knows(self, shown: str) -> bool:
        """Say whether this is the key, in a time that says nothing about it."""
        wanted = sha256((self.key or "").encode()).digest()
        given = sha256(shown.encode("utf-8", "surrogateescape")).digest()
        return self.key is not None and hmac.compare_digest(wanted, given)


def check_open(host: str, key: str | None, *, open_to_all: bool) -> None:
    """Refuse to serve others without a key, unless somebody said so.

    Raises:
        ServingRefused: The address can be reached from elsewhere and there is no key.
    """
    if key is None and not open_to_all and not is_loopback(host):
        raise ServingRefused(
            f"{host} can be reached from other machines, and there is no key: set one in the environment "
            "(MLSIG_API_KEY, or what --key-env names), serve on 127.0.0.1, or say --no-key"
        )
