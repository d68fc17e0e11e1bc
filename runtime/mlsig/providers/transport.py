"""HTTP, and nothing but: the one module that knows which client library is used.

httpx is driven over aiohttp's connections, which cost a tenth of its own when many requests are in flight,
and its transport is asked without its client, whose merging of defaults, cookies and redirects costs as much
as all the rest. Redirects are not followed, cookies are not kept, proxies and `.netrc` are not read, and a
body has a largest size. Another client library would change this file, and nothing else.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, TypeAlias, cast

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport
from multidict import CIMultiDict

LARGEST_BODY: Final = 32 * 1024 * 1024
HttpClient: TypeAlias = httpx.AsyncClient
_HEADERS: Final = "iso-8859-1"
"""What bytes of headers are, by RFC 9110, as far as they are anything; httpx would try others first."""
FailureKind: TypeAlias = Literal["unreachable", "timeout", "interrupted", "too_large"]


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds: to connect, between two pieces of an answer, and for a call with all its attempts."""

    connect: float = 5.0
    read: float = 60.0
    total: float = 300.0


class Answer(msgspec.Struct, frozen=True):
    """What a server sent: status, headers as they came, body."""

    status: int
    raw: Sequence[tuple[bytes, bytes]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by names in lower case; of several with one name, all values."""
        return _headers(self.raw)


class TransportError(Exception):
    """No answer, or not all of it."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        self.kind: FailureKind = kind
        super().__init__(message)


class Opened:
    """An answer that has begun: its head is here, its body comes in pieces. Close it, however it ends."""

    def __init__(self, response: httpx.Response, largest: int) -> None:
        self.status = response.status_code
        self._response = response
        self._raw = response.headers.raw
        plain = not any(name.lower() == b"content-encoding" for name, _ in self._raw)
        pieces = aiter(cast("httpx.AsyncByteStream", response.stream)) if plain else response.aiter_bytes()
        self._pieces = cast("AsyncGenerator[bytes, None]", pieces)
        self._largest = largest
        self._size = 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by names in lower case; of several with one name, all values."""
        return _headers(self._raw)

    async def read(self) -> bytes | None:
        """Return the next piece of the body, or None at its end.

        Raises:
            TransportError: It breaks off, or is too large.
        """
        try:
            piece = await anext(self._pieces, None)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            # Not chained: httpx keeps the request, with its key, on the error.
            raise _unread(error) from None
        self._take(piece or b"")
        return piece

    async def whole(self) -> Answer:
        """Return the answer with all of its body.

        Raises:
            TransportError: It breaks off, or is too large.
        """
        pieces: list[bytes] = []
        try:
            async for piece in self._pieces:
                self._take(piece)
                pieces.append(piece)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise _unread(error) from None
        return Answer(self.status, self._raw, b"".join(pieces))

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._largest:
            raise TransportError("too_large", f"the answer is larger than {self._largest:,} bytes")

    async def close(self) -> None:
        """Let go of the connection: it is used again where the body was read to its end."""
        await self._pieces.aclose()
        await self._response.aclose()


class Transport:
    """Connections of one event loop, kept alive between requests.

    Args:
        timeouts: For each step of a request; the whole call is the client's business.
        largest_body: In bytes.
        http: A client of the user's to make requests with. It is not closed here, and what it says of
            redirects and timeouts does not count.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        *,
        largest_body: int = LARGEST_BODY,
        http: HttpClient | None = None,
    ) -> None:
        self._largest = largest_body
        self._timeout = httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=None)
        self._extensions = {"timeout": self._timeout.as_dict()}
        self._http = http
        self._connections = AiohttpTransport(client=_session, verify=_tls(), trust_env=False)

    async def open(self, url: str, headers: Mapping[str, str], body: bytes) -> Opened:
        """Send a POST request, and return the answer as soon as its head is here.

        Raises:
            TransportError: There is no answer. The message names no header.
        """
        try:
            response = await self._send(url, headers, body)
        except httpx.HTTPError as error:
            raise _failure(error) from None
        except (httpx.InvalidURL, aiohttp.ClientError, ValueError) as error:
            raise TransportError(
                "interrupted", f"the request could not be sent ({type(error).__name__})"
            ) from None
        return Opened(response, self._largest)

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        if self._http is not None:
            request = self._http.build_request(
                "POST", url, headers=headers, content=body, timeout=self._timeout
            )
            return await self._http.send(request, stream=True, follow_redirects=False)
        return await self._connections.handle_async_request(_Post(url, headers, body, self._extensions))

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a POST request, and return the whole answer.

        Raises:
            TransportError: There is no answer, or it breaks off, or it is too large.
        """
        opened = await self.open(url, headers, body)
        try:
            answer = await opened.whole()
        except BaseException:
            await opened.close()
            raise
        if self._http is not None:  # of our own connections, the end of a body lets go
            await opened.close()
        return answer

    async def aclose(self) -> None:
        """Close all connections, but those of a user's client."""
        await self._connections.aclose()


def _session() -> aiohttp.ClientSession:
    # How many requests are in flight is the client's business, provider by provider.
    connector = aiohttp.TCPConnector(limit=0, ssl=_tls())
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


@cache
def _tls() -> ssl.SSLContext:
    """Load the certificate authorities once: that takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


class _Post(httpx.Request):
    """A request for the connection alone, which takes address and headers as they are, and adds the length.

    httpx would parse the address, and sort and encode the headers, anew for each.
    """

    def __init__(self, url: str, headers: Mapping[str, str], body: bytes, extensions: dict[str, Any]) -> None:
        self.method = "POST"
        self.url = cast("httpx.URL", url)
        self.headers = cast("httpx.Headers", CIMultiDict(headers, **{"accept-encoding": "gzip, deflate"}))
        self.extensions = extensions
        self.stream = httpx.ByteStream(body)
        self._content = body


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key = name.decode(_HEADERS).lower()
        said = value.decode(_HEADERS)
        found[key] = f"{found[key]}, {said}" if key in found else said
    return found


def _unread(error: Exception) -> TransportError:
    if isinstance(error, httpx.HTTPError):
        return _failure(error)
    return TransportError("interrupted", f"the answer could not be read ({type(error).__name__})")


def _failure(error: httpx.HTTPError) -> TransportError:
    # The transport's own mapping calls a refused connection and a broken one both a `ConnectTimeout`.
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TransportError("unreachable", _reason(cause))
    if isinstance(cause, asyncio.TimeoutError) or (
        isinstance(error, httpx.TimeoutException) and not isinstance(cause, aiohttp.ClientError)
    ):
        return TransportError("timeout", "no answer in time")
    if isinstance(error, httpx.ConnectError):
        return TransportError("unreachable", "connection refused")
    return TransportError("interrupted", "the connection broke off before the answer was complete")


def _reason(cause: Exception) -> str:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "the host name is not known"
    if isinstance(cause, aiohttp.ClientSSLError):
        return "no trusted TLS connection"
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return "no connection in time"
    return "connection refused"
