"""Images, sounds and documents: a URL, bytes with their media type, or a file that the caller opens.

    Image("https://example.org/cat.png")     Image.file("cat.png")     Image(data=png, media_type="image/png")

As data, a file is its URL, or an object `{"data": base64, "media_type": "image/png"}`. A path is never read
from data: data may come from a model, and a model has no business in the file system.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final, Self, cast

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types import checks
from mlsig.types.jsonlike import is_a
from mlsig.types.shown import shown

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at
_URL: Final = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_INLINE: Final = re.compile(r"data:([^\s;,]+);base64,([A-Za-z0-9+/=]+)", re.IGNORECASE)
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*(;.*)?", re.IGNORECASE)


class Medium:
    """A file: it has a `url`, or `data` and a `media_type`.

    Attributes:
        url: Where it is, `http` or `https`; None where the bytes are here.
        data: The bytes; None where there is a URL.
        media_type: Such as `image/png`; empty where there is a URL.
    """

    __slots__ = ("data", "media_type", "url")
    url: str | None
    data: bytes | None
    media_type: str
    named: ClassVar[str] = "a file"
    families: ClassVar[tuple[str, ...]] = ()

    def __init__(self, url: str | None = None, *, data: bytes | None = None, media_type: str = "") -> None:
        if (url is None) == (data is None):
            raise ValueError(f"{self.named} is either a url, or data with its media_type")
        found = None if url is None else _INLINE.fullmatch(url)
        if found is not None:
            media_type, data, url = found[1], base64.b64decode(found[2], validate=True), None
        if url is not None and url[:5].lower() == "data:":
            raise ValueError(f"{self.named} as a data: URL is written `data:type/subtype;base64,…`")
        if url is not None and (_URL.fullmatch(url) is None or media_type):
            raise ValueError(
                f"{self.named} needs a url that begins with https:// or http://, and no media_type"
            )
        if data is not None:
            data = bytes(data)
            if _TYPE.fullmatch(media_type) is None:
                raise ValueError(f"{self.named} needs the media_type of its data")
            if self.families and not media_type.lower().startswith(self.families):
                raise ValueError(f"{self.named} is not {media_type}")
        object.__setattr__(self, "url", url)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "media_type", media_type)

    @classmethod
    def file(cls, path: str | Path, media_type: str = "") -> Self:
        """Return a file of the caller's, read now; its name tells the media type where none is given."""
        found = media_type or mimetypes.guess_type(str(path))[0] or "application/octet-stream"
        return cls(data=Path(path).read_bytes(), media_type=found)

    @classmethod
    def make(cls, value: Any) -> Self:
        """Return a file made of data.

        Raises:
            ValueError: The data is none.
        """
        issues: list[Issue] = []
        found: Any = read(shapes.Medium(type=cls), value, "", issues)
        if issues:
            raise ValueError(issues[0].message)
        made: Self = found
        return made

    def to_json_like(self) -> str | dict[str, str]:
        """Return the URL, or the bytes as an object."""
        if self.data is None:
            return self.url or ""
        return {"data": base64.b64encode(self.data).decode(), "media_type": self.media_type}

    def __repr__(self) -> str:
        kind = type(self).__name__
        if self.data is None:
            return f"{kind}({self.url!r})"
        return f"{kind}({self.media_type}, {len(self.data)} bytes)"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self.named} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Medium) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (type(self), *self._key()))

    def _key(self) -> tuple[str | None, bytes | None, str]:
        return (self.url, self.data, self.media_type)


class Image(Medium):
    """An image."""

    __slots__ = ()
    named = "an image"
    families = ("image/",)


class Audio(Medium):
    """A sound."""

    __slots__ = ()
    named = "a sound"
    families = ("audio/", "video/", "application/ogg")


class Document(Medium):
    """A document of any media type."""

    __slots__ = ()
    named = "a document"


def read(shape: shapes.Medium, value: Any, path: str, issues: list[Issue]) -> Medium | None:
    """Read a file."""
    kind: type[Medium] = shape.type
    if type(value) is kind:
        found: Medium = value
        return found
    try:
        if is_a(value, str):
            return kind(str.__str__(value))
        if _type(value) is dict:
            return _of_object(kind, value)
    except (ValueError, binascii.Error) as error:
        issues.append(Issue(path, "not_a_file", str(error) or "is not base64", shown(value)))
        return None
    expected = f"{kind.named}, which is a url or an object with data and media_type"
    checks.wrong_type(expected, value, path, issues)
    return None


def _of_object(kind: type[Medium], value: dict[Any, Any]) -> Medium:
    keys = set(map(type, value))
    if keys <= {str} and value.keys() == {"url"} and type(value["url"]) is str:
        return kind(value["url"])
    if keys > {str} or value.keys() != {"data", "media_type"} or type(value["media_type"]) is not str:
        raise ValueError("an object needs `url`, or `data` and `media_type`, and nothing else")
    data = value["data"]
    if type(data) is str:
        if not data.isascii():
            raise ValueError("`data` is not base64")
        data = base64.b64decode(data, validate=True)
    if type(data) is not bytes:
        raise ValueError("`data` must be bytes, or a string of base64")
    return kind(data=data, media_type=value["media_type"])


def _again(kind: type[Medium], url: str | None, data: bytes | None, media_type: str) -> Medium:
    return kind(url, data=data, media_type=media_type)
