"""What a syntax error means, in words.

explain(error, …) -> Explanation(span, "a type is needed here, before `output`", help="")
"""

from __future__ import annotations

import keyword
import re
from typing import Final, NamedTuple

from mlsig_compiler.diagnostics import Fix, replacing
from mlsig_compiler.parse.machine import END, Fault, Token
from mlsig_compiler.parse.openings import FORMS
from mlsig_compiler.source import Span

SPELLING: Final = {
    "COLON": ":",
    "EQUAL": "=",
    "COMMA": ",",
    "DOT": ".",
    "__ANON_0": "->",
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "ELSE": "else",
    "IN": "in",
    "MODEL": "model",
    "VAR": "var",
    "WHEN": "when",
    "EXAMPLE": "example",
}
FOUND_HELP: Final = {
    ",": "members stand side by side, with no comma between them",
    ";": "nothing is needed between members",
    "=": "to compare, write `==`",
    "//": "a comment begins with `#`",
    "/": "a comment begins with `#`",
    "|": "to say that either may hold, write `or`",
    "is": "to compare with null, write `== null` or `!= null`",
    "if": "a choice is written `a if condition else b`, and `when condition { … }` groups variables",
    "for": "what is done for each item is written `[call(x=x) for x in items]`",
    "let": "a step is written `name = …`",
    "const": "a step is written `name = …`",
}
OPTIONAL: Final = "what may be null has `?` after its type: `name: str?`"
CHOICE: Final = "write `a if condition else b`"
NAMED: Final = "an argument is written `name=value`, and a range `1..10`"
IN_EXPRESSIONS: Final = frozenset({"=", "|"})
# What a help that is certain puts in the place of what was found.
MENDED: Final = {"to compare, write `==`": "==", "to say that either may hold, write `or`": "or"}
SWAPPED: Final = {"`:`": "=", "`=`": ":"}
HEAD: Final = frozenset({"LBRACE", "STRING", "DOC", "EXTENDS"})
BODIED: Final = frozenset({"enum", "schema", "signature", "space", "provider", "program", "resource"})
MODULE: Final = frozenset({"NAME"})
ROOTED: Final = "a module is named from the source root: `from folder.module import Name`"
PATH: Final = re.compile(r'"(?:\./)?(\w+(?:[/.]\w+)*?)(?:\.mlsig)?"', re.ASCII)


class Explanation(NamedTuple):
    """A syntax error for the user."""

    span: Span
    message: str
    help: str
    fix: Fix | None = None


def explain(
    error: Fault,
    end: int,
    *,
    kind: str = "",
    comparing: bool = False,
    arguments: bool = False,
    before: Span | None = None,
) -> Explanation:
    """Explain an error in a piece that ends at an offset.

    `kind` is the word that begins the declaration, where the piece is one or its head; `comparing`: after a
    condition; `arguments`: between round brackets; `before`: what stands before a `=` that gives a setting
    its value, as `:` does.
    """
    wanted, token = error.wanted, error.token
    if token.type == END:
        what = _phrase(wanted) or "more"
        return Explanation(Span(end, end), f"{what} is needed here", FORMS.get(kind, ""))
    if kind == "from" and wanted == MODULE:
        told = _module(token)
        if told:
            return told
    found = shown(token.text)
    if kind and found == "extends":
        message = f"{'an' if kind == 'enum' else 'a'} {kind} extends nothing"
        return Explanation(token.span, message, "only schemas, signatures and spaces extend another")
    what = "" if END in wanted else _phrase(wanted)
    help = _help(found, what, kind, comparing=comparing, arguments=arguments)
    fix = replacing(token.span, MENDED[help]) if help in MENDED else None
    if not help and found == SWAPPED.get(what):
        if found == ":":
            fix = replacing(token.span, "=")
        elif before is not None:
            fix = replacing(Span(before.end, token.span.end), ":")
    if what:
        return Explanation(token.span, f"{what} is needed here, and `{found}` is found", help, fix)
    return Explanation(token.span, f"`{found}` cannot stand here", help, fix)


def _help(found: str, what: str, kind: str, *, comparing: bool, arguments: bool) -> str:
    """Return what to do about a token that was found where something else is needed."""
    help = FOUND_HELP.get(found, "")
    if (found in IN_EXPRESSIONS and not comparing) or (what and found == ","):
        help = ""
    if found == "?":
        help = OPTIONAL if what == "`:`" else CHOICE
    if found == ":" and not what and arguments:
        help = NAMED
    if keyword.iskeyword(found) and "name" in what:
        help = f"`{found}` is a word of Python, which cannot be a name"
    if kind in BODIED and found in (":", "(", "="):
        help = f"the members of {'an' if kind == 'enum' else 'a'} {kind} stand between `{{` and `}}`"
    if kind == "from" and found == "/":
        help = "the name of a module has dots between its parts: `folder.module`"
    return help or FORMS.get(kind, "")


def _module(token: Token) -> Explanation | None:
    """Explain what stands where the name of a module is needed."""
    if token.type in ("STRING", "DOC"):
        path = PATH.fullmatch(token.text)
        fix = replacing(token.span, path[1].replace("/", ".")) if path else None
        return Explanation(token.span, "a module is named without quotation marks", ROOTED, fix)
    if token.text[0] == ".":
        return Explanation(token.span, "a module is not named from where the file is", ROOTED)
    if token.text == "*":
        return Explanation(
            token.span, "each name that is imported is said", "write the names in place of `*`"
        )
    return None


def shown(text: str) -> str:
    """Return a token as messages show it: its first line, and not too much of that."""
    short = text if len(text) <= 30 else f"{text[:26]}…"
    return short.splitlines()[0]


def _phrase(wanted: frozenset[str]) -> str:
    """Return what is needed, in words, from the terminals that could follow."""
    if "LBRACE" in wanted and wanted <= HEAD:
        return "`{`"
    if {"LPAR", "TRUE", "NAME"} <= wanted:
        return "an expression"
    if {"LBRACE", "LSQB", "STRING"} <= wanted:
        return "a value"
    if {"TRUE", "NAME"} <= wanted:
        return "a type"
    if "NAME" in wanted:
        return "a name"
    if "INT" in wanted:
        return "a number"
    if wanted & {"STRING", "DOC"} == wanted and wanted:
        return "a string"
    if wanted and wanted <= SPELLING.keys() and len(wanted) <= 3:
        return " or ".join(f"`{word}`" for word in sorted(SPELLING[name] for name in wanted))
    return ""
