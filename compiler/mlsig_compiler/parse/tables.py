"""The parse tables of the grammar: computed by Lark, kept beside the grammar as JSON, run by `machine`.

    python -m mlsig_compiler.parse          writes them again, after a change of the grammar

Computing them takes longer than most files take to check, and so does importing Lark, which is not needed
while the stored tables belong to the grammar. Tables that do not belong to it are ignored, and computed.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from mlsig_compiler.resources import folder, text

FILE: Final = "mlsig.tables.json"
FORMAT: Final = "2"
KINDS: Final = ("enum", "schema", "signature", "space", "provider", "program", "pipeline", "resource")
STARTS: Final = (
    "file",
    "text",
    "signature_fields",
    "annotation",
    "group_head",
    *(f"{kind}_{part}" for kind in KINDS for part in ("head", "member")),
)

# What a rule takes of the values of its symbols: the value at an index, the values of the list at [an index]
# (of a rule whose name begins with `_`), or None for an optional part that is absent.
Take: TypeAlias = int | list[int] | None


class Rule(NamedTuple):
    """A rule of the grammar: `size` symbols make an `origin`; `name` is the builder's method, if any.

    `single`: where one value is taken, it stands for itself.
    """

    origin: str
    size: int
    name: str
    takes: list[Take]
    single: bool


class Tables(NamedTuple):
    """What the machine runs.

    An action of a state, by terminal, is a state to shift to, or the complement of the number of a rule to
    reduce by; a state's `gotos` are by the origin of a rule. `spellings` are the texts of the terminals that
    have one, `patterns` the expressions of the others, and `kept` are those that a rule hands to the builder.
    """

    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    rules: list[Rule]
    starts: dict[str, int]
    ends: dict[str, int]
    spellings: dict[str, str]
    patterns: dict[str, str]
    kept: list[str]


def load() -> Tables:
    """Return the tables of the grammar, stored or computed."""
    grammar = text("grammar", "mlsig.lark")
    return stored(grammar) or computed(grammar)


def stored(grammar: str) -> Tables | None:
    """Return the stored tables, if they belong to a grammar."""
    path = folder("grammar").joinpath(FILE)
    if not path.is_file():
        return None
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if read.pop("key") != key(grammar):
        return None
    rules: Any = [Rule(*rule) for rule in read["rules"]]
    return Tables(**{**read, "rules": rules})


def key(grammar: str) -> str:
    """Return what says that tables belong to a grammar."""
    return blake2b("\0".join((FORMAT, grammar, *STARTS)).encode(), digest_size=16).hexdigest()


def computed(grammar: str) -> Tables:
    """Return the tables of a grammar, computed now."""
    from mlsig_compiler.parse import compute  # noqa: PLC0415  (it imports Lark)

    return compute.tables(grammar, STARTS)


def dumped(grammar: str) -> str:
    """Return the tables of a grammar as JSON."""
    made = computed(grammar)
    return json.dumps({"key": key(grammar), **made._asdict()}, separators=(",", ":")) + "\n"


def write(path: Path) -> None:
    """Write the tables of the grammar to a file."""
    path.write_text(dumped(text("grammar", "mlsig.lark")), encoding="utf-8", newline="\n")
