"""Calls declared providers: keys, limits, retries, errors, cost."""

from __future__ import annotations

import asyncio
import ipaddress
import time
import weakref
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec

from mlsig.errors import ProviderError, ProviderRefused, ProviderUnreachable
from mlsig.providers import openai
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Reply, Request
from mlsig.providers.retries import Backoff, retry_after, retryable
from mlsig.providers.transport import LARGEST_BODY, Answer, Timeouts, Transport, TransportError

_open: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[Transport]] = weakref.WeakKeyDictionary()
PROTOCOLS: Final = ("openai",)
LONGEST_MESSAGE: Final = 300


class Client:
    """An `LM` over HTTP for a set of declared providers.

    One client serves any number of tasks and event loops; each loop has its own connections, limits are per
    loop. Use it as an async context manager, or call `aclose`.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        timeouts: Timeouts | None = None,
        backoff: Backoff | None = None,
        largest_body: int = LARGEST_BODY,
    ) -> None:
        self._providers = dict(providers)
        self._timeouts = timeouts or Timeouts()
        self._backoff = backoff or Backoff()
        self._largest = largest_body
        self._lines: dict[asyncio.AbstractEventLoop, _Lines] = {}

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        The latency of the reply is that of the attempt that succeeded: waiting for a free slot, or for a busy
        server to take the call, says nothing about the request.

        Raises:
            ProviderRefused: The key is missing, may not be sent to this address, or is refused (401, 403).
            ProviderUnreachable: Nothing answers at the address.
            ProviderError: The call failed otherwise, after all attempts; `retryable` says whether later may
                be better.
        """
        provider = self._provider(request.provider)
        call = _Call(provider, request)
        lines = self._here()
        slots = lines.slots(provider)
        deadline = asyncio.get_running_loop().time() + self._timeouts.total
        attempt = 0
        while True:
            attempt += 1
            try:
                async with slots, asyncio.timeout_at(deadline):
                    return await call.attempt(lines.transport)
            except TimeoutError:
                raise ProviderError(
                    provider.name, f"no answer within {self._timeouts.total:g} s", retryable=True
                ) from None
            except ProviderError as error:
                wait = self._backoff.wait(attempt, call.asked) if error.retryable else None
                if wait is None or asyncio.get_running_loop().time() + wait > deadline:
                    raise
            await asyncio.sleep(wait)

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        loop = asyncio.get_running_loop()
        lines = self._lines.pop(loop, None)
        if lines:
            _open[loop] = [other for other in _open.get(loop, []) if other is not lines.transport]
            await lines.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _provider(self, name: str) -> Provider:
        provider = self._providers.get(name)
        if provider is None:
            near = get_close_matches(name, self._providers, n=1)
            hint = (
                f"did you mean {near[0]}?" if near else f"declared are {', '.join(self._providers) or 'none'}"
            )
            raise ProviderError(name, f"no such provider; {hint}")
        if provider.protocol not in PROTOCOLS:
            spoken = ", ".join(PROTOCOLS)
            raise ProviderError(
                name, f"the protocol `{provider.protocol}` is not supported yet; supported are: {spoken}"
            )
        return provider

    def _here(self) -> _Lines:
        loop = asyncio.get_running_loop()
        lines = self._lines.get(loop)
        if lines is None:
            self._lines = {other: kept for other, kept in self._lines.items() if not other.is_closed()}
            lines = self._lines[loop] = _Lines(Transport(self._timeouts, largest_body=self._largest))
            _open.setdefault(loop, []).append(lines.transport)
        return lines


async def close_all() -> None:
    """Close all connections of this event loop, of forgotten clients too, when the loop itself is to end."""
    for transport in _open.pop(asyncio.get_running_loop(), []):
        await transport.aclose()


class _Lines:
    """What belongs to one event loop: connections, and the slots of each provider."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._slots: dict[str, asyncio.Semaphore] = {}

    def slots(self, provider: Provider) -> asyncio.Semaphore:
        slots = self._slots.get(provider.name)
        if slots is None:
            slots = self._slots[provider.name] = asyncio.Semaphore(provider.limits.concurrency or 1_000_000)
        return slots


class _Call:
    """One request on its way: attempts fail as provider errors that say whether to try again."""

    def __init__(self, provider: Provider, request: Request) -> None:
        self.asked: float | None = None
        self._provider = provider
        self._model = provider.model(request.model)
        self._key = _key(provider)
        self._url = provider.url() + openai.PATH
        _check_address(provider, self._url, has_key=self._key is not None)
        self._headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "user-agent": "mlsig",
        }
        if self._key is not None:
            self._headers["authorization"] = f"Bearer {self._key}"
        self._body = msgspec.json.encode(openai.request_body(request))

    async def attempt(self, transport: Transport) -> Reply:
        self.asked = None
        started = time.perf_counter()
        try:
            answer = await transport.post(self._url, self._headers, self._body)
        except TransportError as failure:
            raise self._no_answer(failure) from None
        if answer.status != 200:
            self.asked = retry_after(answer.headers.get("retry-after"))
            raise self._refusal(answer)
        reply = self._read(answer)
        cost = self._model.cost(reply.input_tokens, reply.output_tokens)
        return msgspec.structs.replace(reply, cost=cost, latency=time.perf_counter() - started)

    def _read(self, answer: Answer) -> Reply:
        payload = _json(answer.body)
        try:
            return openai.read_reply(payload)
        except (msgspec.ValidationError, ValueError) as error:
            kind = answer.headers.get("content-type", "no content type")
            problem = f"the answer is not a chat completion ({self._safe(str(error))}; {self._safe(kind)})"
            raise ProviderError(self._provider.name, problem, status=200) from None

    def _no_answer(self, failure: TransportError) -> ProviderError:
        name = self._provider.name
        if failure.kind == "unreachable":
            return ProviderUnreachable(
                name,
                f"nothing answers at {_shown(self._url)} ({failure}); {_advice(self._url)}",
                retryable=True,
            )
        return ProviderError(name, str(failure), retryable=failure.kind != "too_large")

    def _refusal(self, answer: Answer) -> ProviderError:
        name = self._provider.name
        status = answer.status
        if 300 <= status < 400:
            target = self._safe(answer.headers.get("location", "nowhere"))
            return ProviderError(name, f"redirects to {target}; redirects are not followed", status=status)
        said = self._said(answer)
        if status in {401, 403}:
            key = self._provider.key
            advice = f"check the environment variable {key.name}" if key else "the provider declares no key"
            return ProviderRefused(name, f"refused with status {status}{said}; {advice}", status=status)
        return ProviderError(
            name, f"failed with status {status}{said}", status=status, retryable=retryable(status)
        )

    def _said(self, answer: Answer) -> str:
        """Return what the server says about an error: short, printable, without the key."""
        message = openai.read_error(_json(answer.body))
        if message is None and answer.body:
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            return f" and a body of {kind} that is no error message" if kind != "text/plain" else ""
        return f": {self._safe(message)}" if message else ""

    def _safe(self, text: str) -> str:
        if self._key:
            text = text.replace(self._key, "***")
        text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def _key(provider: Provider) -> str | None:
    """Read the provider's key from the environment, anew for each call."""
    if provider.key is None:
        return None
    key = provider.key.read()
    if not key:
        raise ProviderRefused(provider.name, f"no key: set the environment variable {provider.key.name}")
    if not (key.isascii() and key.isprintable() and " " not in key):
        problem = f"the environment variable {provider.key.name} holds characters that no key has"
        raise ProviderRefused(provider.name, f"{problem}, such as a blank or a line break")
    return key


def _check_address(provider: Provider, url: str, *, has_key: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ProviderError(provider.name, f"the address {_shown(url)} is not an http or https URL")
    if parts.username or parts.password:
        raise ProviderRefused(
            provider.name, "the address holds a user name or password: declare a key instead"
        )
    if has_key and parts.scheme != "https" and not _is_loopback(parts.hostname):
        raise ProviderRefused(
            provider.name, f"a key is sent over https or to this machine only, and {_shown(url)} is neither"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    """Return scheme, host, port and path: a user, a password or a query may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _advice(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if _is_loopback(host):
        return "is the server running? `mlsig local` starts one"
    return "check the provider's base_url and the network"
