"""What strategies add to a prompt, in the words of `adapters/wordings`: tools, what was done, inputs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mlsig.adapters.wording import Words
from mlsig.parsing.text import one_line
from mlsig.records import Record
from mlsig.tools.use import Acted, Usable
from mlsig.types.presenting import presented


def finish(words: Words, tools: Iterable[Usable]) -> str:
    """Return the name of what ends the turns; it stands among the names of tools, and is none of them."""
    names = {tool.name for tool in tools}
    name = words.say("finish").strip() or "finish"
    while name in names:
        name += "_"
    return name


def listed(words: Words, tools: Iterable[Usable]) -> str:
    """Return tools for prompts of models that take no declarations of them, one a line."""
    return "\n".join(_listed(words, tool) for tool in tools)


def seen(words: Words, lines: Iterable[str]) -> str:
    """Return what was done so far, to stand before the question."""
    numbered = [words.say("done_line", number=str(number), line=line) for number, line in enumerate(lines, 1)]
    return words.say("done_so_far", lines="\n".join(numbered))


def line(words: Words, acted: Acted, thought: str = "") -> str:
    """Return a use of a tool as one line, whatever stands in its result."""
    said = {
        "thought": words.say("thought", thought=_line(thought)) if thought else "",
        "tool": _line(acted.name),
        "arguments": _line(acted.arguments),
    }
    if acted.failed:
        return words.say("tool_failed", **said, error=quoted(acted.result))
    return words.say("tool_returned", **said, result=quoted(acted.result))


def stated(inputs: Record) -> str:
    """Return inputs as one line of JSON."""
    return one_line(msgspec.json.encode(inputs, enc_hook=presented).decode())


def quoted(text: str) -> str:
    """Return a text as one line, a JSON string: nothing in it can pass for another part of a prompt."""
    return one_line(msgspec.json.encode(text).decode())


def _listed(words: Words, tool: Usable) -> str:
    parameters, description = _json(tool.parameters), _line(tool.description)
    if not description:
        return words.say("bare_tool", tool=tool.name, parameters=parameters)
    return words.say("tool", tool=tool.name, parameters=parameters, description=description)


def _json(value: object) -> str:
    return one_line(msgspec.json.encode(value).decode())


def _line(text: str) -> str:
    return " ".join(text.split())
