"""What strategies add to a prompt: lines about tools, inputs as JSON. For texts see `adapters/wordings`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from mlsig.adapters.wording import Words
from mlsig.parsing.text import one_line
from mlsig.records import Record
from mlsig.tools.use import Acted, Usable
from mlsig.types.presenting import presented

FINISH: Final = "finish"

SILENT: Final = "it printed nothing: print what you find, with words that say what it is"

NO_CODE: Final = "there is no program in the answer: write one, in a block fenced by ```python"


def listed(tools: Iterable[Usable]) -> str:
    """Return tools for prompts of models that take no declarations of them, one a line."""
    return "\n".join(
        f"- {tool.name}({_json(tool.parameters)}){f': {_line(tool.description)}' if tool.description else ''}"
        for tool in tools
    )


def seen(words: Words, lines: Iterable[str]) -> str:
    """Return what was done so far, to stand before the question."""
    return words.say(
        "done_so_far", lines="\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
    )


def line(acted: Acted, thought: str = "") -> str:
    """Return a use of a tool as one line, whatever stands in its result."""
    said = f"({_line(thought)}) " if thought else ""
    outcome = "error" if acted.failed else "result"
    return f"{said}{_line(acted.name)} {_line(acted.arguments)} -> {outcome}: {quoted(acted.result)}"


def stated(inputs: Record) -> str:
    """Return inputs as one line of JSON."""
    return one_line(msgspec.json.encode(inputs, enc_hook=presented).decode())


def quoted(text: str) -> str:
    """Return a text as one line, a JSON string: nothing in it can pass for another part of a prompt."""
    return one_line(msgspec.json.encode(text).decode())


def _json(value: object) -> str:
    return one_line(msgspec.json.encode(value).decode())


def _line(text: str) -> str:
    return " ".join(text.split())
