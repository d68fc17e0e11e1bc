"""A lexer for Pygments, which colours `mlsig` blocks of the documentation; registered as `mlsig`."""

from __future__ import annotations

from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, words  # type: ignore[import-untyped]
from pygments.token import (  # type: ignore[import-untyped]
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
)

from mlsig_compiler import words as language

BEFORE = r"(?<![\w.@])"


def _one_of(found: tuple[str, ...]) -> Any:
    return words(found, prefix=BEFORE, suffix=r"(?!\w)")


class MlsigLexer(RegexLexer):  # type: ignore[misc]
    """Colours `.mlsig` files."""

    name = "mlsig"
    aliases = ["mlsig"]  # noqa: RUF012  (declared by the base class, as are the next two)
    filenames = ["*.mlsig"]  # noqa: RUF012
    mimetypes = ["text/x-mlsig"]  # noqa: RUF012
    url = ""
    tokens: ClassVar[dict[str, Any]] = {
        "root": [
            (r"\s+", Text.Whitespace),
            (r"#[^\r\n]*", Comment.Single),
            (r'"""(?s:.*?)"""', String.Doc),
            (r'"(?:[^"\\\r\n]|\\.)*"', String.Double),
            (r"@[A-Za-z_]\w*", Name.Decorator),
            (rf"{BEFORE}([A-Za-z_]\w*)(\s*)(:)", bygroups(Name.Attribute, Text.Whitespace, Punctuation)),
            (
                rf"{BEFORE}({'|'.join(language.DECLARATIONS)})(\s+)([A-Za-z_]\w*)",
                bygroups(Keyword.Declaration, Text.Whitespace, Name.Class),
            ),
            (
                rf"{BEFORE}({'|'.join((*language.FUNCTION_NAMES, *language.CALLS))})(?=\s*\()",
                Name.Builtin,
            ),
            (_one_of(language.IMPORTS), Keyword.Namespace),
            (_one_of(language.OPERATORS), Operator.Word),
            (_one_of(language.CONSTANTS), Keyword.Constant),
            (_one_of(language.TYPES), Keyword.Type),
            (_one_of((*language.DECLARATIONS, *language.MEMBERS)), Keyword),
            (r"[A-Za-z_]\w*", Name),
            (r"[0-9][0-9_]*(?:ms|s|m|h)\b", Number),
            (r"[0-9][0-9_]*\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?|[0-9][0-9_]*[eE][+-]?[0-9]+", Number.Float),
            (r"[0-9][0-9_]*", Number.Integer),
            (r"->|\.\.|[=!<>]=|//|[-+*/%=<>|?]", Operator),
            (r"[()\[\]{},.:;]", Punctuation),
            (r".", Text),
        ],
    }
