"""What a local server is told, as one line of JSON on its standard input."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to serve.

    Attributes:
        port: TCP port on 127.0.0.1; 0 lets the system choose a free one.
        threads: Threads that compute. More than one is slower on a machine that is busy with anything else.
        slots: Requests served at once; each keeps its own prompt cache.
        context: Tokens of context over all slots together.
        keys: API keys that are accepted; empty accepts everyone on this machine.
    """

    port: int = 0
    threads: int = 1
    slots: int = 4
    context: int = 8192
    keys: tuple[str, ...] = ()


class Ready(msgspec.Struct, frozen=True):
    """What the server answers when it listens: its address, such as `http://127.0.0.1:41234`."""

    address: str
