"""Where in an answer JSON may stand: the whole of it, in fences, inside prose, encoded twice.

One pass finds every place where an object or a list opens, and reads there; what has been read is not looked
at again. All places together may cost a few times the length of the text, no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from mlsig.errors import Issue
from mlsig.parsing.cursor import Effort, Unreadable
from mlsig.parsing.mending import read_value
from mlsig.parsing.repairs import Repair

MOST_PLACES: Final = 64
NOTHING: Final = object()
_MARK = re.compile(
    r"(?P<fence>`{3,}[\w+-]*|~{3,}[\w+-]*|'{3}[a-z]\w{0,12}(?=\n))"
    r"|(?P<open>[{\[])"
    r"|(?<![\w.])(?P<call>[A-Za-z_]\w{0,60}\((?=\s{0,40}[A-Za-z_]\w{0,60}\s{0,40}=[^=]))"
)
_ESCAPED = re.compile(r'[{\[]\s{0,40}[{\[]?\s{0,40}\\+"')
_FINAL = re.compile(
    r"\b(?:final|corrected|correction|answer)\b\W{0,12}(?:(?:answer|output|result|json|is|version)\b\W{1,12}){0,2}\Z",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(r"(?:[:=\n]|\b(?:are|is))\s{0,40}\Z")
_TOKENS = re.compile(r"(?:\s*(?:<\|[\w ]{1,40}\|>|</s>|<eos>))+\s*\Z")
_PAIR = re.compile(r'\s{0,100}"([^"\\\n]{1,80})"\s{0,40}:')


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that an answer may mean.

    Attributes:
        whole: It is all that the answer, or a fence, says: it may be the only field's value alone.
        fenced: It stands in a fence.
        final: The words before it call it the final one.
        repairs: What was mended to read it.
        issues: Why it must not be accepted, if so.
    """

    value: Any
    whole: bool = False
    fenced: bool = False
    final: bool = False
    repairs: list[Repair] = field(default_factory=list[Repair])
    issues: list[Issue] = field(default_factory=list[Issue])


def said(text: str, repairs: list[Repair]) -> str:
    """Return an answer without byte order mark, thoughts before it, and tokens of chat templates behind."""
    text = text.removeprefix("\ufeff")
    answer = behind_thoughts(text)
    if answer:
        repairs.append(Repair("", "thoughts"))
        text = text[answer:]
    if text.rstrip()[-1:] == ">" and (tokens := _tokens(text)) is not None:
        repairs.append(Repair("", "tokens", text[tokens:].strip()))
        text = text[:tokens]
    return text


def behind_thoughts(text: str) -> int:
    """Return where an answer begins behind thoughts in `<think>`, 0 without any.

    Some templates open the thoughts in the prompt: then only their end is there, at the end of a line.
    """
    end = text.rfind("</think")
    if end < 0:
        return 0
    after = text.find(">", end) + 1 or len(text)
    if text.lstrip()[:6] == "<think" or ("<think" not in text and text[after : after + 1] in {"", "\n"}):
        return after
    return 0


def candidates(text: str, names: Collection[str]) -> Iterator[Candidate]:
    """Yield what an answer may mean, in the order in which it stands there."""
    whole = decoded(text.strip())
    if whole is not NOTHING:
        yield Candidate(whole, whole=True)
        return
    effort = Effort(len(text))
    found = False
    for candidate in _places(text, names, effort):
        found = True
        yield candidate
    pair = None if found else _PAIR.match(text)
    if pair and pair[1].lower() in names:
        inside = text.strip()
        opened = "{" + inside + ("" if inside.endswith("}") else "}")
        mended = _read(opened, 0, names, effort)
        if mended and mended[1] == len(opened):
            yield replace(mended[0], repairs=[Repair("", "unopened"), *mended[0].repairs])


def decoded(text: str) -> Any:
    """Return what JSON text says, `NOTHING` where it is not JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return NOTHING


def decoded_text(text: str, names: Collection[str]) -> Candidate | None:
    """Return the object or list that a string as a whole holds, mended if need be."""
    text = text.strip()
    if text[:1] not in {"{", "["}:
        return None
    value = decoded(text)
    if value is not NOTHING:
        return Candidate(value)
    mended = _read(text, 0, names, Effort(len(text)))
    return mended[0] if mended and mended[1] >= len(text) else None


def _places(text: str, names: Collection[str], effort: Effort) -> Iterator[Candidate]:
    at = previous = 0
    fenced = False
    opened = 0
    tries = MOST_PLACES
    while tries and effort.letters > 0 and (mark := _MARK.search(text, at)):
        at = mark.end()
        if mark["fence"]:
            fenced, opened = not fenced, at
            continue
        start = mark.start()
        tries -= 1
        found = _read(text, start, names, effort)
        if not found:
            continue
        candidate, end = found
        before = text[opened:start] if fenced else text[max(previous, start - 60) : start]
        listed = isinstance(candidate.value, list)
        whole = not before.strip() if fenced else bool(_LEAD_IN.search(before)) or not text[:start].strip()
        yield Candidate(
            candidate.value,
            whole=whole or (fenced and not listed),
            fenced=fenced,
            final=bool(_FINAL.search(text[max(previous, start - 60) : start])),
            repairs=[Repair("", "fence" if fenced else "prose"), *candidate.repairs]
            if fenced or text[:start].strip() or text[end:].strip(" \t\r\n.`")
            else candidate.repairs,
            issues=candidate.issues,
        )
        at = previous = opened = end


def _read(text: str, at: int, names: Collection[str], effort: Effort) -> tuple[Candidate, int] | None:
    """Return the object or list that stands at an offset, and where it ends."""
    if _ESCAPED.match(text, at):
        return _read_escaped(text, at, names, effort)
    try:
        value, end, repairs, issues = read_value(text, at, names, effort)
    except Unreadable as error:
        effort.letters -= error.at - at
        return None
    effort.letters -= end - at
    if not isinstance(value, dict | list):
        return None
    return Candidate(value, repairs=repairs, issues=issues), end


def _read_escaped(text: str, at: int, names: Collection[str], effort: Effort) -> tuple[Candidate, int] | None:
    r"""Read JSON whose quotation marks are escaped: `{\"name\": \"Ada\"}`."""
    end = text.rfind("}" if text[at] == "{" else "]", at) + 1
    inner = decoded(f'"{text[at:end]}"')
    effort.letters -= 2 * (end - at)
    if not isinstance(inner, str):
        return None
    found = decoded_text(inner, names)
    if not found:
        return None
    return Candidate(found.value, repairs=[Repair("", "decoded"), *found.repairs], issues=found.issues), end


def _tokens(text: str) -> int | None:
    tail = max(0, len(text) - 200)
    match = _TOKENS.search(text, tail)
    return match.start() if match else None
