"""Codes 046: expressions, in records and elsewhere; those of spaces alone are among 05."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

EXPRESSIONS: Final = (
    Code(
        "MLS0460",
        "a value that may be null",
        "What may be null is tested before it is used: with `x != null and …`, with `x == null or …`, or "
        "with `… if x != null else …`. In a space, a variable of a group is null where the condition "
        "of the group does not hold.",
        "schema A { n: int?  check c: n > 0 }",
        "schema A { n: int?  check c: n == null or n > 0 }",
    ),
    Code(
        "MLS0461",
        "a `json` value used as if its type were known",
        "A `json` value may be anything at all, so only `==`, `!=` and `in` can ask about it. A field that "
        "expressions use in another way needs a type.",
        "schema A { data: json  check c: data.count > 0 }",
        "schema Data { count: int }\nschema A { data: Data  check c: data.count > 0 }",
    ),
    Code(
        "MLS0462",
        "a comparison of what cannot be looked into",
        "A key is compared with nothing, so that no expression can find it out; an image, audio or a "
        "document neither. Whether an optional one is there can be asked.",
        'schema A { key: api_key?  check c: key != "secret" }',
        "schema A { key: api_key?  check c: key != null }",
    ),
    Code(
        "MLS0463",
        "a field that is not there",
        "The value before the point has no field of this name.",
        "schema P { text: str }\nschema A { p: P  check c: len(p.body) > 0 }",
        "schema P { text: str }\nschema A { p: P  check c: len(p.text) > 0 }",
    ),
    Code(
        "MLS0464",
        "a call of something else than a function of the language",
        "Expressions have a fixed set of functions, and no others: values have no methods, and tools, "
        "programs and Python are called by the steps of pipelines, by metrics and hooks.",
        "schema A { text: str  check c: text.strip() != text }",
        "schema A { text: str  check c: strip(text) != text }",
    ),
    Code(
        "MLS0465",
        "arguments that a function does not take",
        "A function takes as many arguments as its description names, by position; `any` and `all` take "
        "`… for x in items`, and nothing else does; the pattern of `matches` is written out.",
        "schema A { text: str  check c: len(text, 3) > 0 }",
        "schema A { text: str  check c: len(text) > 0 }",
    ),
    Code(
        "MLS0466",
        "a name that would hide another",
        "What `any` or `all` goes through has a name of its own, so that a name means the same in all of an "
        "expression.",
        "schema A { x: int  xs: list[int]  check c: all(x > 0 for x in xs) }",
        "schema A { x: int  xs: list[int]  check c: all(n > 0 for n in xs) }",
    ),
)
