"""Files in messages, in the words of each wire format; pure functions.

A message's text is cut where its files stand, so that a model meets each of them at its place.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from mlsig.errors import ProviderError
from mlsig.providers.messages import Attachment, Message

Part: TypeAlias = dict[str, Any]
SOUNDS: Final = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
}
"""What OpenAI calls the sounds that it takes, by media type."""

_ENDINGS: Final = {"application/pdf": "pdf", "text/plain": "txt", "text/markdown": "md", "text/csv": "csv"}


def parts(
    message: Message, text: Callable[[str], Part], medium: Callable[[Attachment], Part | None], provider: str
) -> list[Part]:
    """Return a message's text and files in order.

    Args:
        message: What is said.
        text: Says a stretch of text.
        medium: Says a file, or returns None where the format has no word for it.
        provider: Whom it is for.

    Raises:
        ProviderError: The format has no word for a file.
    """
    return [
        text(piece) if isinstance(piece, str) else _said(piece, medium, provider) for piece in _cut(message)
    ]


def openai(attachment: Attachment) -> Part | None:
    """Return a file for chat completions: images, sounds of two kinds, documents that are here."""
    if attachment.kind == "image":
        return {"type": "image_url", "image_url": {"url": _address(attachment)}}
    if attachment.kind == "audio":
        sound = SOUNDS.get(_type(attachment))
        found = {"data": _base64(attachment), "format": sound}
        return {"type": "input_audio", "input_audio": found} if sound else None
    if attachment.url:
        return None
    return {"type": "file", "file": {"filename": _name(attachment), "file_data": _address(attachment)}}


def responses(attachment: Attachment) -> Part | None:
    """Return a file for OpenAI's Responses: images and documents."""
    if attachment.kind == "image":
        return {"type": "input_image", "detail": "auto", "image_url": _address(attachment)}
    if attachment.kind == "audio":
        return None
    if attachment.url:
        return {"type": "input_file", "file_url": attachment.url}
    return {"type": "input_file", "filename": _name(attachment), "file_data": _address(attachment)}


def anthropic(attachment: Attachment) -> Part | None:
    """Return a file for Anthropic's messages: images and documents."""
    if attachment.kind == "audio":
        return None
    if attachment.url:
        return {"type": attachment.kind, "source": {"type": "url", "url": attachment.url}}
    kind = _type(attachment)
    if attachment.kind == "document" and kind.startswith("text/"):
        try:
            said = attachment.data.decode()
        except UnicodeDecodeError:
            return None
        return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": said}}
    source = {"type": "base64", "media_type": kind, "data": _base64(attachment)}
    return {"type": attachment.kind, "source": source}


def google(attachment: Attachment) -> Part | None:
    """Return a file for generateContent, which takes all."""
    if attachment.url:
        return {"fileData": {"fileUri": attachment.url}}
    return {"inlineData": {"mimeType": _type(attachment), "data": _base64(attachment)}}


def _cut(message: Message) -> Iterator[str | Attachment]:
    start = 0
    for attachment in message.media:
        if attachment.at > start:
            yield message.content[start : attachment.at]
            start = attachment.at
        yield attachment
    if message.content[start:]:
        yield message.content[start:]


def _said(attachment: Attachment, medium: Callable[[Attachment], Part | None], provider: str) -> Part:
    said = medium(attachment)
    if said is None:
        what = f"of type {_type(attachment)}" if attachment.media_type else "at a URL"
        raise ProviderError(
            provider, f"its wire format takes no {attachment.kind} {what}: hand it over in another form"
        )
    return said


def _type(attachment: Attachment) -> str:
    return attachment.media_type.partition(";")[0].strip().lower()


def _base64(attachment: Attachment) -> str:
    return base64.b64encode(attachment.data).decode()


def _address(attachment: Attachment) -> str:
    return attachment.url or f"data:{_type(attachment)};base64,{_base64(attachment)}"


def _name(attachment: Attachment) -> str:
    return f"document.{_ENDINGS.get(_type(attachment), 'bin')}"
