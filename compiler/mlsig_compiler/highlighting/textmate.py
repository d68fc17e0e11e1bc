"""The TextMate grammar, which VS Code, JetBrains, Zed, Sublime Text and GitHub understand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from mlsig_compiler import words

SCOPE: Final = "source.mlsig"
NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"


def one_of(found: Iterable[str]) -> str:
    """Return an expression for one of some words, whole, and not where it is the name of a member."""
    return rf"(?<![\w.@])(?:{'|'.join(sorted(found))})(?![\w])"


def grammar() -> dict[str, Any]:
    """Return the grammar as data."""
    return {
        "name": "mlsig",
        "scopeName": SCOPE,
        "fileTypes": ["mlsig"],
        "patterns": [{"include": f"#{name}"} for name in _rules()],
        "repository": _rules(),
    }


def _rules() -> dict[str, Any]:
    """Return the rules, the first that fits first."""
    return {
        "comment": {"name": "comment.line.number-sign.mlsig", "match": "#.*$"},
        "documentation": {"name": "string.quoted.triple.mlsig", "begin": '"""', "end": '"""'},
        "string": {
            "name": "string.quoted.double.mlsig",
            "begin": '"',
            "end": '"|$',
            "patterns": [
                {"name": "constant.character.escape.mlsig", "match": r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})'},
                {"name": "invalid.illegal.escape.mlsig", "match": r"\\."},
            ],
        },
        "annotation": {"name": "storage.modifier.annotation.mlsig", "match": rf"@{NAME}"},
        "member": {
            "match": rf"(?<![\w.])({NAME})(?=\s*:)",
            "captures": {"1": {"name": "variable.other.member.mlsig"}},
        },
        "declaration": {
            "match": rf"{one_of(words.DECLARATIONS)}\s+({NAME})".replace("(?:", "(", 1),
            "captures": {
                "1": {"name": "keyword.declaration.mlsig"},
                "2": {"name": "entity.name.type.mlsig"},
            },
        },
        "call": {
            "match": rf"{one_of([*words.FUNCTION_NAMES, *words.CALLS])}(?=\s*\()",
            "name": "support.function.mlsig",
        },
        "import": {"match": one_of(words.IMPORTS), "name": "keyword.control.import.mlsig"},
        "operator-word": {"match": one_of(words.OPERATORS), "name": "keyword.operator.word.mlsig"},
        "constant": {"match": one_of(words.CONSTANTS), "name": "constant.language.mlsig"},
        "type": {"match": one_of(words.TYPES), "name": "support.type.mlsig"},
        "keyword": {
            "match": one_of([*words.DECLARATIONS, *words.MEMBERS]),
            "name": "keyword.other.mlsig",
        },
        "number": {
            "name": "constant.numeric.mlsig",
            "match": r"(?<![\w.])[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?(?:ms|s|m|h)?(?!\w)",
        },
        "operator": {"name": "keyword.operator.mlsig", "match": r"->|\.\.|[=!<>]=|//|[-+*/%=<>|?]"},
    }


def text() -> str:
    """Return the grammar as it is kept in the tree."""
    return f"{json.dumps(grammar(), indent=2)}\n"
