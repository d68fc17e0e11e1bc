"""What must hold of any text at all."""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from mlsig_compiler.codes import CODES
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.formats import FORMATS
from mlsig_compiler.findings.render import render
from mlsig_compiler.front import analyse
from mlsig_compiler.source import Source

from fuzz.derivation import Derivation
from fuzz.mutation import mutated, spliced

LONGEST: Final = 20
CONTROL: Final = re.compile(r"[^\n\x20-\x7e\xa0-\U0010ffff]")


def case(seed: int) -> str:
    """Return the text of a seed."""
    rng = random.Random(seed)
    match seed % 4:
        case 0:
            return Derivation(rng).file()
        case 1:
            return damaged(Derivation(rng).file(), rng)
        case 2:
            return mutated(rng)
        case _:
            return spliced(rng)


def damaged(text: str, rng: random.Random) -> str:
    """Return a text without some of its words."""
    words = text.split(" ")
    for _ in range(rng.randint(1, 3)):
        del words[rng.randrange(len(words) + 1) :][: rng.randint(1, 2)]
        at = rng.randrange(len(words) + 1)
        del words[at : at + 1]
    return " ".join(words)


def survives(text: str) -> None:
    """Analyse a text, and look at what is said about it.

    Raises:
        AssertionError: Something does not hold.
    """
    with ends_within(LONGEST):
        module, findings = analyse(Source(Path("fuzz.mlsig"), "fuzz", text))
        found = list(findings)
        assert (module is None) == any(finding.severity == "error" for finding in found)
        for finding in found:
            check(finding, len(text))
        # each text in one of the formats, which is enough of each among thousands
        for format in {"full", FORMATS[len(text) % len(FORMATS)]}:
            shown = render(found, format)  # type: ignore[arg-type]
            assert CONTROL.search(shown) is None
            shown.encode("utf-8")


def check(finding: Diagnostic, length: int) -> None:
    """Look at one finding."""
    assert finding.code in CODES, finding.code
    spans = [finding.span, *(label.span for label in finding.labels)]
    spans += [edit.span for edit in finding.fix.edits] if finding.fix else []
    assert all(0 <= span.start <= span.end <= length for span in spans), finding
    assert finding.message == finding.message.strip() != "", finding
    assert "\n" not in finding.message, finding
    assert len(finding.message) < 2_000, finding


@contextmanager
def ends_within(seconds: int) -> Generator[None]:
    """Raise an error when what runs inside takes too long, where there are alarms."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"not finished after {seconds} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def problem(text: str) -> str:
    """Return what is wrong with how a text is dealt with, in a line, or nothing."""
    try:
        survives(text)
    except Exception as error:
        root = error
        while root.__cause__ is not None and isinstance(root.__cause__, Exception):
            root = root.__cause__
        place = root.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else ""
        return f"{type(root).__name__} at {where}: {str(root)[:200]}"
    return ""


def smallest(text: str) -> str:
    """Return a part of a text that has a problem at the same place, with as few words as can be found."""
    same = problem(text).partition(": ")[0]
    words = re.findall(r"\s+|\w+|.", text, re.DOTALL)
    size = len(words)
    while size:
        at = 0
        while at < len(words):
            fewer = words[:at] + words[at + size :]
            if problem("".join(fewer)).partition(": ")[0] == same:
                words = fewer
            else:
                at += size
        size //= 2
    return "".join(words)
