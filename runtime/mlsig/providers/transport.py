"""HTTP, and nothing but: the one module that knows which client library is used.

httpx is driven over aiohttp's connections, which cost a tenth of its own when many requests are in flight.
Redirects are not followed, cookies are not kept, proxies and `.netrc` are not read, and a body has a largest
size.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal, TypeAlias

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

LARGEST_BODY: Final = 32 * 1024 * 1024
FailureKind: TypeAlias = Literal["unreachable", "timeout", "interrupted", "too_large"]


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds: to connect, between two pieces of an answer, and for a call with all its attempts."""

    connect: float = 5.0
    read: float = 60.0
    total: float = 300.0


class Answer(msgspec.Struct, frozen=True):
    """What a server sent: status, headers with lower-case names, body."""

    status: int
    headers: dict[str, str]
    body: bytes


class TransportError(Exception):
    """No answer, or not all of it."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        self.kind: FailureKind = kind
        super().__init__(message)


class Transport:
    """Connections of one event loop, kept alive between requests."""

    def __init__(self, timeouts: Timeouts, *, largest_body: int = LARGEST_BODY) -> None:
        self._largest = largest_body
        self._http = httpx.AsyncClient(
            transport=AiohttpTransport(client=_session),
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=None),
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a POST request, and return the whole answer.

        Raises:
            TransportError: There is no answer, or it breaks off, or it is too large. The message names no
                header.
        """
        try:
            async with self._http.stream("POST", url, headers=headers, content=body) as response:
                return Answer(response.status_code, _headers(response), await self._body(response))
        except httpx.HTTPError as error:
            # Not chained: httpx keeps the request, with its key, on the error.
            raise _failure(error) from None
        except (httpx.InvalidURL, aiohttp.ClientError, ValueError) as error:
            raise TransportError(
                "interrupted", f"the request could not be sent ({type(error).__name__})"
            ) from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self._largest:
                raise TransportError("too_large", f"the answer is larger than {self._largest:,} bytes")
        return bytes(body)


def _session() -> aiohttp.ClientSession:
    # How many requests are in flight is the client's business, provider by provider.
    connector = aiohttp.TCPConnector(limit=0, ssl=_tls())
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


@cache
def _tls() -> ssl.SSLContext:
    """Load the certificate authorities once: that takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _failure(error: httpx.HTTPError) -> TransportError:
    # The transport's own mapping calls a refused connection and a broken one both a `ConnectTimeout`.
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TransportError("unreachable", _reason(cause))
    if isinstance(cause, asyncio.TimeoutError):
        return TransportError("timeout", "no answer in time")
    return TransportError("interrupted", "the connection broke off before the answer was complete")


def _reason(cause: Exception) -> str:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "the host name is not known"
    if isinstance(cause, aiohttp.ClientSSLError):
        return "no trusted TLS connection"
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return "no connection in time"
    return "connection refused"
