"""What a model is shown of results and errors: never longer than it can use, and no secrets.

shown("FileNotFoundError: /home/ada/notes.txt", 500)   ->  "FileNotFoundError: notes.txt"
"""

from __future__ import annotations

import os
import re
from typing import Final

MOST_RESULT: Final = 16_000
MOST_ERROR: Final = 600
_SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET: Final = 8
# A path of this machine, and not the path of a URL or a fraction: folders, beginning where a word does.
_PATH: Final = re.compile(r"(?<![\w./:\\-])(?:[A-Za-z]:)?(?:[/\\][\w.@~+ -]*[\w.@~+-])+[/\\]([\w.@~+-]+)")


def cut(text: str, most: int) -> str:
    """Return a text of at most `most` characters, and how many more there were."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… (cut: {len(text) - most:,} more characters)"


def told(error: BaseException) -> str:
    """Return what a model is told of an error: its kind and message, without traceback, paths or secrets."""
    said = " ".join(str(error).split())
    kind = type(error).__name__
    return safe(f"{kind}: {said}" if said else kind)


def safe(text: str) -> str:
    """Return the text of an error, cut, with folders of this machine and values of its secrets left out."""
    # Cut first, generously: a huge message must not cost a huge search.
    return cut(without_secrets(_PATH.sub(r"\1", text[: 8 * MOST_ERROR])), MOST_ERROR)


def without_secrets(text: str) -> str:
    """Return a text with the names of this environment's secrets where their values stand."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST_SECRET and _SECRET.search(name):
            text = text.replace(value, f"[{name}]")
    return text
