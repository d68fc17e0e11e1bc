"""Files that are nearly right: those of the tree, with tokens lost, doubled, swapped or from elsewhere."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path
from typing import Final

from mlsig_compiler.codes import CODES

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("examples", "compiler/mlsig_compiler/std", "tests/golden", "tests/diagnostics")
TOKEN: Final = re.compile(r'\s+|"""|"[^"\n]*"|\w+|\.\.|->|[=!<>]=|.', re.DOTALL)
ODD: Final = (
    "\x00", "\ufeff", "\u202e", "\u200b", "\u0430", "é", "😀", "\r", "\t", "'", '"',
    '"""', "\\", "#", ";", "&&",
    "@", "{", "}", "(", ")", "[", "]", "..", "->", "=", ",", "1e999", "9" * 400,
    "not " * 70, "-" * 70, "[" * 70, "x." * 70,
)  # fmt: skip
LONGEST: Final = 700


@cache
def corpus() -> tuple[str, ...]:
    """Return the texts that are changed."""
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.mlsig"))]
    texts = [path.read_bytes().decode("utf-8", errors="replace") for path in files]
    pages = re.findall(r"```mlsig\n(.*?)```", (ROOT / "docs" / "language.md").read_text("utf-8"), re.DOTALL)
    return (
        *texts,
        *pages,
        *(code.wrong for code in CODES.values()),
        *(code.right for code in CODES.values()),
    )


def mutated(rng: random.Random) -> str:
    """Return a text of the corpus, or a part of it, after a few changes."""
    words = TOKEN.findall(_part(rng))
    other = TOKEN.findall(_part(rng))
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(words) + 1)
        match rng.randrange(7):
            case 0:
                del words[at : at + rng.choice([1, 1, 1, 2, 5, 20])]
            case 1:
                words[at:at] = words[at : at + rng.choice([1, 1, 3, 15])]
            case 2 if words:
                to = rng.randrange(len(words))
                at = min(at, len(words) - 1)
                words[at], words[to] = words[to], words[at]
            case 3 if other:
                start = rng.randrange(len(other))
                words[at:at] = other[start : start + rng.choice([1, 1, 2, 10, 40])]
            case 4:
                words.insert(at, rng.choice(ODD))
            case 5 if words:
                at = min(at, len(words) - 1)
                words[at] = rng.choice(other or ODD)
            case _:
                words[at:at] = [str(rng.choice([0, -1, 2**63, 1e308, "0.1", "1..2", "1..0"]))]
    return "".join(words)


def spliced(rng: random.Random) -> str:
    """Return a text of the corpus with some of its bytes changed, read as far as it is UTF-8."""
    data = bytearray(_part(rng).encode("utf-8", errors="replace"))
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.randrange(3)] = bytes(rng.randrange(256) for _ in range(rng.randrange(4)))
    return data.decode("utf-8", errors="replace")


def _part(rng: random.Random) -> str:
    text = rng.choice(corpus())
    if len(text) <= LONGEST:
        return text
    start = text.rfind("\n\n", 0, rng.randrange(len(text))) + 1
    return text[start : start + LONGEST]
