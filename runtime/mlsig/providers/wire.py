"""What a wire format has to know; one module for each has it, in pure functions.

WIRES["anthropic"].body(request, model, url)     # the JSON that the provider takes
WIRES["anthropic"].read(payload)                 # a `Reply` from the JSON that it sends
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Protocol

import msgspec

from mlsig.providers.declared import Model
from mlsig.providers.messages import Message, Reply, Request
from mlsig.structured import Variant
from mlsig.types.jsonlike import is_array, is_object


class Said(msgspec.Struct, frozen=True):
    """What a provider says about an error: its message, and the word that it has for the kind of error."""

    message: str = ""
    code: str = ""


class StreamFailed(Exception):
    """A stream that began well holds an error."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said.message)


class Pieces(Protocol):
    """Puts the events of a streamed answer together."""

    @property
    def complete(self) -> bool:
        """Say whether the provider has said that this was all."""
        ...

    def take(self, data: Any) -> str:
        """Take the data of one event, and return the text that it adds.

        Raises:
            StreamFailed: It is an error.
            ValueError: It does not belong into such a stream (`msgspec.ValidationError` is one).
        """
        ...

    def reply(self) -> Reply:
        """Return the whole answer."""
        ...


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """A wire format.

    Attributes:
        answer: What an answer is called in messages.
        variant: How it wants the JSON Schema of an answer.
        path: What comes after the base URL, for a request, streamed or not.
        headers: The headers that carry a key, and those that every request needs.
        body: The JSON body of a request to a declared model at a URL, streamed or not; what the request
            leaves open is left out, and so is what the format has no word for.
        read: The reply in the JSON of a successful answer; cost and latency are for the caller to fill in.
            Raises `ValueError` where it is none.
        pieces: Makes what reads a stream.
        stops: It knows stop texts; where it does not, the client cuts the answer.
    """

    answer: str
    variant: Variant
    path: Callable[[Request, bool], str]
    headers: Callable[[str | None], dict[str, str]]
    body: Callable[[Request, Model, str, bool], dict[str, Any]]
    read: Callable[[Any], Reply]
    pieces: Callable[[], Pieces]
    stops: bool = True


def bearer(key: str | None) -> dict[str, str]:
    """Return the header that most providers take a key in."""
    return {} if key is None else {"authorization": f"Bearer {key}"}


def given(request: Request, **names: str) -> dict[str, Any]:
    """Return the parameters of a request that are set, under the provider's names."""
    return {theirs: value for ours, theirs in names.items() if (value := getattr(request, ours)) is not None}


def in_turns(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Yield messages one by one, and the results of tools that follow one another together.

    Formats whose results are parts of a user's turn want all of them in the turn after the calls.
    """
    for results, group in groupby(messages, lambda message: message.role == "tool"):
        if results:
            yield list(group)
        else:
            yield from ([message] for message in group)


def parsed(arguments: str) -> dict[str, Any]:
    """Return the arguments of a tool call as an object, for formats that want one; empty for what is none."""
    try:
        found = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if is_object(found) else {}


def read_error(payload: Any) -> Said:
    """Return what an error answer says, in any of the forms in use; empty when it says nothing."""
    if is_array(payload) and payload:
        payload = payload[0]  # as Google sends it in streams
    found = payload
    for names in (("error",), ("message", "detail")):
        if is_object(found):
            found = next((found[name] for name in names if found.get(name)), found)
    error = payload.get("error") if is_object(payload) else None
    inner = error if is_object(error) else {}
    code = next((inner[name] for name in ("code", "status", "type") if isinstance(inner.get(name), str)), "")
    message = found if isinstance(found, str) and found.strip() else ""
    return Said(message, code)
