"""The parse tables of the grammar, computed once and kept beside it as JSON.

    python -m mlsig_compiler.parse.tables          writes them again, after a change of the grammar

Computing them takes longer than most files take to check. Tables that do not belong to this grammar and this
Lark are ignored, and new ones are computed.
"""

from __future__ import annotations

import json
import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, cast

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from mlsig_compiler.resources import folder, text

FILE: Final = "mlsig.tables.json"
KINDS: Final = ("enum", "schema", "signature", "space", "provider", "program", "pipeline", "resource")
STARTS: Final = (
    "file",
    "text",
    "signature_fields",
    *(f"{kind}_{part}" for kind in KINDS for part in ("head", "member")),
)


class Same(Rule):
    """A rule that is equal only to itself; Lark, which looks them up all the time, compares what they say."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__  # pyright: ignore[reportAssignmentType]


def parser(builder: object) -> lark.Lark:
    """Return a parser that calls a builder's methods."""
    grammar = text("grammar", "mlsig.lark")
    made = _stored(grammar, builder) or computed(grammar, builder)
    _hasten(made)
    return made


def computed(grammar: str, builder: object | None = None) -> lark.Lark:
    """Return a parser whose tables are computed now."""
    options: Any = {"parser": "lalr", "lexer": "contextual", "start": list(STARTS), "transformer": builder}
    return lark.Lark(grammar, **options)


def dumped(grammar: str) -> str:
    """Return the tables of a grammar as JSON."""
    data, memo = cast("Any", computed(grammar)).memo_serialize([TerminalDef, Rule])
    return json.dumps({"key": _key(grammar), "data": data, "memo": memo}, separators=(",", ":")) + "\n"


def _key(grammar: str) -> str:
    parts = (grammar, lark.__version__, *STARTS)
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _stored(grammar: str, builder: object) -> lark.Lark | None:
    path = folder("grammar").joinpath(FILE)
    if not path.is_file():
        return None
    tables: Any = json.loads(path.read_text(encoding="utf-8"), object_hook=_whole_keys)
    if tables["key"] != _key(grammar):
        return None
    # what the parsers that Lark generates are loaded with
    load = cast("Any", lark.Lark)._load_from_dict
    made: lark.Lark = load(tables["data"], tables["memo"], transformer=builder)
    return made


def _whole_keys(found: dict[str, Any]) -> dict[Any, Any]:
    """Return a map with its whole-number keys as numbers again, which JSON cannot have."""
    return {int(key) if key.isdecimal() else key: value for key, value in found.items()}


def _hasten(made: lark.Lark) -> None:
    """Let rules be looked up by identity, which takes a quarter off a parse."""
    machine = cast("Any", made).parser.parser.parser
    callbacks: list[tuple[object, object]] = list(machine.callbacks.items())
    for rule, _ in callbacks:
        if isinstance(rule, Rule):
            rule.__class__ = Same
    machine.callbacks = dict(callbacks)


def write(path: Path) -> None:
    """Write the tables of the grammar to a file."""
    path.write_text(dumped(text("grammar", "mlsig.lark")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    target = Path(str(folder("grammar"))) / FILE
    write(target)
    sys.stdout.write(f"{target}\n")
