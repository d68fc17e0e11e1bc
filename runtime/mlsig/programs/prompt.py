"""What a program would send, to look at: the messages, and what goes with them."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from mlsig.errors import MlsigError
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Attachment, Message, Request, Tool


class Prompt(tuple[Message, ...]):
    """The messages of a prompt, with all else that is sent; `print` it to read it.

    Attributes:
        request: The whole call, in the form that all wire formats start from.
    """

    request: Request
    _provider: Provider | None

    def __new__(cls, request: Request, provider: Provider | None) -> Self:
        """Keep the messages of a request, and where it goes."""
        made = super().__new__(cls, request.messages)
        made.request = request
        made._provider = provider
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.request, self._provider))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema that the server is to force the answer into, None where it is not."""
        return self.request.schema

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the model may ask for."""
        return self.request.tools

    def body(self, *, stream: bool = False) -> bytes:
        """Return the very bytes that the provider would be sent.

        Args:
            stream: As for a stream.

        Raises:
            MlsigError: No such provider is declared, or its protocol is not known.
            ProviderError: The format has no word for a file, or the provider's address is not set.
        """
        from mlsig.providers.protocols import WIRES  # noqa: PLC0415  (only for those who look so closely)

        provider = self._provider
        wire = WIRES.get(provider.protocol) if provider else None
        if provider is None or wire is None:
            said = f"speaks `{provider.protocol}`, which is not known" if provider else "is not declared"
            raise MlsigError(f"the provider `{self.request.provider}` {said}, so there is nothing to send")
        model = provider.model(self.request.model)
        return msgspec.json.encode(wire.body(self.request, model, provider.url(), stream))

    def __str__(self) -> str:
        request = self.request
        parts = [f"to {request.model} at {request.provider}"]
        for message in self:
            parts.append(f"── {message.role}\n{message.content}".rstrip())
            parts += [f"── asks for {call.name}\n{call.arguments}" for call in message.calls]
            parts += [f"── {_file(attachment)}" for attachment in message.media]
        parts += [f"── tool {tool.name}: {tool.description}\n{_json(tool.parameters)}" for tool in self.tools]
        if self.schema is not None:
            parts.append(f"── the answer must fit\n{_json(self.schema)}")
        if request.stop:
            parts.append(f"── stops at {', '.join(map(repr, request.stop))}")
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return f"<Prompt: {len(self)} messages to {self.request.model} at {self.request.provider}>"


def _file(attachment: Attachment) -> str:
    what = attachment.url or f"{attachment.media_type}, {len(attachment.data)} bytes"
    return f"{attachment.kind}: {what}"


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()
