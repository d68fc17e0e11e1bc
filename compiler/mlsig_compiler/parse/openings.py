"""What to say where a declaration was meant: words of other languages, and words that stand elsewhere.

class Passage:      ->  a declaration is needed here, and `class` is found
help: a record is declared with `schema Name { … }`
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler.findings.nearest import listed, suggestion
from mlsig_compiler.parse.outline import DECLARATIONS, MEMBERS

RECORD: Final = "a record is declared with `schema Name { … }`"
STEP: Final = "a step that a model takes is a `signature`, and a function of Python a `tool`"
ALIAS: Final = "a type is given a name with `type Name = …`"
FORMS: Final = {
    "from": "imports are written `from module import Name, Other`",
    "type": "a type is given a name with `type Name = …`",
    "tool": 'a tool is written `tool name(parameter: type) -> type = python("module:function")`',
    "pipeline": "a pipeline is written `pipeline name(parameter: type) -> type { … }`",
    "var": "a variable is written `var name: kind(…) = default`",
}
ELSEWHERE: Final = {
    "import": FORMS["from"],
    "use": FORMS["from"],
    "using": FORMS["from"],
    "require": FORMS["from"],
    **dict.fromkeys(("class", "struct", "record", "message", "interface", "dataclass", "object"), RECORD),
    **dict.fromkeys(("def", "async", "function", "func", "fn"), STEP),
    **dict.fromkeys(("typedef", "alias", "newtype"), ALIAS),
    "//": "a comment begins with `#`",
    "/": "a comment begins with `#`",
    "client": "who serves models is declared with `provider name { … }`",
    "const": FORMS["var"],
    "let": FORMS["var"],
}


def meant(word: str) -> str:
    """Return the help for a word where a declaration should begin."""
    if word in ELSEWHERE:
        return ELSEWHERE[word]
    inside = [kind for kind, words in MEMBERS.items() if word in words]
    if inside:
        return f"`{word}` stands inside a {inside[0]}"
    words = listed(sorted(DECLARATIONS), most=len(DECLARATIONS))
    return suggestion(word, DECLARATIONS) or f"a declaration begins with one of {words}"
