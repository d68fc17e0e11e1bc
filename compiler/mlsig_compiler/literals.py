r"""The one door through which a user's text reaches Python.

    literal('say "hi"\\n')  ->  '"say \\\\"hi\\\\"\\\\n"'

Everything that comes from a `.mlsig` file stands in a generated module either as a literal made here, or as
a name checked here. Nothing of it ever reaches a comment, an import or a docstring by another way.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from functools import lru_cache
from typing import Final, cast

from mlsig_compiler.bugs import InternalError

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
PIECE: Final = 72


def literal(value: object) -> str:
    """Return one line of Python that evaluates to exactly `value`: a scalar, or lists and dicts of scalars.

    Raises:
        InternalError: The value is of another type, or not finite.
    """
    if value is None or value is True or value is False:
        return repr(value)
    kind = type(value)
    if kind is str:
        return _quoted(str(value))
    if kind is int:
        return repr(value)
    if isinstance(value, float) and kind is float:
        if not math.isfinite(value):
            raise InternalError("a number that is not finite reached the generated code")
        return repr(value)
    if kind is list:
        return f"[{', '.join(literal(item) for item in cast('list[object]', value))}]"
    if kind is dict:
        return _map(cast("dict[object, object]", value))
    raise InternalError(f"no literal can be made of a {kind.__name__}")


def pieces(text: str, width: int = PIECE) -> list[str]:
    """Return literals that together say `text`, cut after line breaks and spaces to `width` each."""
    parts: list[str] = []
    for line in text.splitlines(keepends=True):
        words = re.findall(r"\S+\s*|\s+", line) or [line]
        part = ""
        for word in words:
            if part and len(_quoted(part + word)) > width:
                parts.append(part)
                part = ""
            part += word
        parts.append(part)
    cut = [part[start : start + width] for part in parts for start in range(0, len(part), width)]
    return [_quoted(part) for part in cut] or ['""']


def docstring(text: str, width: int) -> str:
    """Return a literal for a docstring: triple-quoted where that shows the text as it is, else in pieces.

    Text of several lines is laid out as docstrings are; `inspect.getdoc` gives it back without the indent.
    """
    lines = text.split("\n")
    shows = all(line.isprintable() and len(line) + 6 <= width for line in lines)
    if (
        shows
        and text == text.strip()
        and "\\" not in text
        and '"""' not in text
        and text[-1:] not in {"", '"'}
    ):
        return f'"""{text}"""' if len(lines) == 1 else f'"""{text}\n"""'
    parts = pieces(text, width - 6)
    if len(parts) == 1:
        return parts[0]
    return "\n".join(["(", *(f"    {part}" for part in parts), ")"])


def identifier(name: str) -> str:
    """Return `name` after making sure that it is a plain Python name and nothing else.

    Raises:
        InternalError: It is not; the stages before should have refused it.
    """
    if not _NAME.match(name) or keyword.iskeyword(name):
        raise InternalError(f"{name!a} is not a name that Python can take")
    return name


def dotted(path: str) -> str:
    """Return a dotted module path after checking each part of it."""
    return ".".join(identifier(part) for part in path.split("."))


def _map(items: dict[object, object]) -> str:
    if not all(type(key) is str for key in items):
        raise InternalError("a map in the generated code has a key that is not a string")
    return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in items.items())}}}"


@lru_cache(maxsize=4096)  # the names of fields and variables, many times each
def _quoted(text: str) -> str:
    """Return a double-quoted literal; printable text outside ASCII stays readable, the rest is escaped."""
    source = repr(text)
    if source.startswith("'"):
        source = '"' + source[1:-1].replace('"', '\\"').replace("\\'", "'") + '"'
    if source[1:-1] != text and ast.literal_eval(source) != text:
        raise InternalError("a text did not survive being quoted")
    return source
