"""Reads the body of a request: JSON, no larger than allowed, counted while it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request

from mlsig.serving.problems import Problem

JSON: Final = "application/json"
LINGER: Final = 1.0
DISCARDED: Final = 8 * 2**20
"""How long, and how much, is read and thrown away of a body that is refused."""


async def read(request: Request, largest: int) -> bytes:
    """Return the body.

    Raises:
        Problem: It is no JSON by its type, is compressed, or is too large; the rest of it is not read.
        ClientDisconnect: The caller is gone.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # Nothing else, so that the form of a web page cannot call a server without a key.
    if kind != JSON:
        raise Problem(415, "media-type", "The body must be JSON", f"send it with Content-Type: {JSON}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "media-type", "The body must not be compressed")
    length = request.headers.get("content-length", "0")
    coming = request.stream()
    if not length.isdigit() or int(length[:20]) > largest:
        if "expect" not in request.headers:  # who asks first has sent nothing yet
            await _discard(coming)
        raise _large(largest)
    parts: list[bytes] = []
    size = 0
    async for part in coming:
        size += len(part)
        if size > largest:
            await _discard(coming)
            raise _large(largest)
        parts.append(part)
    return b"".join(parts)


async def _discard(coming: AsyncIterator[bytes]) -> None:
    """Read some more of a body: a connection that is closed with data on its way loses the answer as well."""
    size = 0
    try:
        async with asyncio.timeout(LINGER):
            async for part in coming:
                size += len(part)
                if size > DISCARDED:
                    return
    except TimeoutError:
        return


def _large(largest: int) -> Problem:
    return Problem(
        413,
        "too-large",
        "The body is too large",
        f"at most {largest} bytes",
        headers={"connection": "close"},
    )
