"""Codes 01: the text of a file, and its syntax."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

TEXT: Final = (
    Code(
        "MLS0101",
        "the file is not plain text",
        "A file is UTF-8 text. Control characters, and characters that make text read in another "
        "order than it is written, would hide what a file says, so they are refused. In a string, "
        "write them as escapes.",
        'enum A { x "bell: \x07" }',
        'enum A { x "bell: \\u0007" }',
    ),
    Code(
        "MLS0102",
        "a bracket is never closed",
        "The message points at the bracket that was opened. Where indentation shows that an inner "
        "bracket was left open, it points at that one. What follows is read as if the bracket had "
        "been closed.",
        "enum A { x, y",
        "enum A { x, y }",
    ),
    Code(
        "MLS0103",
        "something else is needed here",
        "The grammar allows something else at this place. Only the member that the mistake stands in "
        "is left out; the rest of the file is read as usual.",
        "signature S { input q str  output a: str }",
        "signature S { input q: str  output a: str }",
    ),
    Code(
        "MLS0104",
        "a bracket closes nothing",
        "There is no open bracket of this kind for it to close.",
        "enum A { x } }",
        "enum A { x }",
    ),
    Code(
        "MLS0105",
        "a string never ends",
        'A string in single quotation marks ends on its line; a longer text stands between two `"""`.',
        'enum A { x "not ended }',
        'enum A { x "ended" }',
    ),
    Code(
        "MLS0106",
        "an escape that JSON does not know",
        r"Strings have the escapes of JSON: \" \\ \/ \b \f \n \r \t \u0041. A backslash that should be"
        r" a backslash is written \\, which matters in patterns.",
        r'schema A { x: str(pattern="\d+") }',
        r'schema A { x: str(pattern="\\d+") }',
    ),
    Code(
        "MLS0107",
        "a number is too large",
        "Whole numbers fit in 64 bits, other numbers in a double. Nothing is rounded to infinity.",
        "schema A { x: float = 1e999 }",
        "schema A { x: float = 1e99 }",
    ),
    Code(
        "MLS0108",
        "nested too deeply",
        "Types, values and expressions nest at most 64 levels deep, which keeps the compiler and the "
        "generated code within the limits of Python.",
        f"schema A {{ x: json = {'[' * 70}{']' * 70} }}",
        "schema A { x: json = [[]] }",
    ),
    Code(
        "MLS0109",
        "a character that cannot stand here",
        "Names are made of the letters a to z, digits and underscores, so that no two names look alike; "
        "strings stand in straight double quotes.",
        "schema A { x: str = 'single' }",
        'schema A { x: str = "double" }',
    ),
    Code(
        "MLS0110",
        "too many mistakes",
        "After a hundred syntax errors the rest of a file is not read: it is probably not a file of "
        "this language.",
        "}" * 120,
        "enum A { x }",
    ),
    Code(
        "MLS0111",
        "nothing follows an annotation",
        "An annotation says something about the declaration or the member that follows it. Here the body, "
        "or the file, ends before one does.",
        "enum A { x  @deprecated }",
        "enum A { x }",
    ),
    Code(
        "MLS0112",
        "the fields of a signature cannot be read",
        "The short form of a signature is a string: inputs, `->`, outputs. Fields are separated by commas, "
        "and a type may follow each after a colon; without one it is `str`.",
        'signature Summarise = "document length -> summary"',
        'signature Summarise = "document, length: int -> summary"',
    ),
    Code(
        "MLS0190",
        "no code is generated for this yet",
        "The language has this construct and `mlsig check` understands it; this version of `mlsig compile` "
        "does not write code for it. Nothing else is wrong with it.",
        'resource Note { action all() -> list[list[Note]] = python("notes:all") }',
        'resource Note { action all() -> list[Note] = python("notes:all") }',
    ),
)
