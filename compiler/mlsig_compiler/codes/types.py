"""Codes 04: types, values and expressions."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

TYPES: Final = (
    Code(
        "MLS0401",
        "a constraint with a value of the wrong kind",
        "Bounds are numbers, lengths whole numbers of 0 or more, a pattern a string. The extents of an "
        "`embedding` or `tensor` are whole numbers, 1 or more, and a `dtype` is a name.",
        'schema A { x: str(min_length="3") }',
        "schema A { x: str(min_length=3) }",
    ),
    Code(
        "MLS0403",
        "constraints that nothing satisfies",
        "No value can meet all the constraints of this type, or they allow what the type itself does not.",
        "schema A { x: int(ge=5, le=3) }",
        "schema A { x: int(ge=3, le=5) }",
    ),
    Code(
        "MLS0404",
        "a type that is put together wrongly",
        "`list` and `map` need one type in brackets, other types take none; `embedding` needs its size, "
        "`tensor` its extents; null and fractions are not literal types, and null is no option of a union.",
        "schema A { x: list }",
        "schema A { x: list[str] }",
    ),
    Code(
        "MLS0405",
        "a constraint that the type does not take",
        "Numbers take `ge gt le lt multiple_of` and a range, strings `min_length max_length pattern`,"
        " lists `min_length max_length unique`, maps, `token_list` and `reasoning_chain` `min_length "
        "max_length`. Aliases and declared types take none.",
        "schema A { x: list[str](ge=1) }",
        "schema A { x: list[str](min_length=1) }",
    ),
    Code(
        "MLS0406",
        "a pattern that is not a regular expression",
        "Patterns are Python's regular expressions, except that `$` is only the very end of the string.",
        'schema A { x: str(pattern="[a-z") }',
        'schema A { x: str(pattern="[a-z]") }',
    ),
    Code(
        "MLS0407",
        "said twice",
        "A constraint, an annotation, or an option of a union is there twice.",
        "schema A { x: int(ge=1, ge=2) }",
        "schema A { x: int(ge=2) }",
    ),
    Code(
        "MLS0408",
        "a pattern that could take very long",
        "Texts come from models and strangers, and Python tries every way to spread a text over the "
        "repetitions of a pattern. Where one repetition inside of another can take the same text in two "
        "ways, and where a pattern looks ahead, behind or back at a group, that can take ages.",
        'schema A { x: str(pattern="^([a-z]+ ?)*$") }',
        'schema A { x: str(pattern="^[a-z]+( [a-z]+)*$") }',
    ),
    Code(
        "MLS0410",
        "a value of another type",
        "The default, or the field of an example, is not a value of its declared type. An `int` is "
        "accepted for a `float`; otherwise nothing is converted.",
        'schema A { x: int = "3" }',
        "schema A { x: int = 3 }",
    ),
    Code(
        "MLS0412",
        "a value that its constraints refuse",
        "The value has the right type, and breaks a bound, a length, a pattern or `unique`.",
        "schema A { x: int(1..5) = 7 }",
        "schema A { x: int(1..5) = 5 }",
    ),
    Code(
        "MLS0413",
        "a value that lacks a field",
        "A record needs a value for each field that has no default. An example gives every such "
        "input; it may leave outputs out.",
        'signature S { input q: str  output a: str  example { a: "…" } }',
        'signature S { input q: str  output a: str  example { q: "…" } }',
    ),
    Code(
        "MLS0414",
        "a value with an unknown field",
        "The record or signature has no field of this name.",
        'signature S { input q: str  output a: str  example { q: "…", answer: "…" } }',
        'signature S { input q: str  output a: str  example { q: "…", a: "…" } }',
    ),
    Code(
        "MLS0415",
        "a schema that no value can have",
        "Each value would have to contain another one, without end. Recursion needs a way out: `?`, a"
        " list, a map, or another option of a union.",
        "schema Node { next: Node }",
        "schema Node { next: Node? }",
    ),
    Code(
        "MLS0418",
        "a signature without inputs or outputs",
        "A signature takes something and returns something.",
        "signature S { input q: str }",
        "signature S { input q: str  output a: str }",
    ),
    Code(
        "MLS0419",
        "an enum without members",
        "No value could have this type.",
        "enum E { }",
        "enum E { only }",
    ),
    Code(
        "MLS0420",
        "unknown annotation",
        "The annotations are `@open`, `@alias`, `@deprecated`, `@variable` and `@hint`.",
        "@opened schema A { x: str }",
        "@open schema A { x: str }",
    ),
    Code(
        "MLS0421",
        "an annotation in a wrong place",
        "`@open` stands before a schema, `@alias` before a field, `@variable` before a field, an input or "
        "an attribute, `@hint` before `var` and `tune`, `@deprecated` before enums, their members, types, "
        "schemas, signatures and fields.",
        "@open signature S { input q: str  output a: str }",
        "@open schema A { x: str }\nsignature S { input q: A  output a: str }",
    ),
    Code(
        "MLS0422",
        "an annotation with other arguments than it takes",
        "`@alias` and `@deprecated` take one string, `@hint` takes names with values, `@open` and "
        "`@variable` take nothing.",
        "schema A { @alias(other) x: str }",
        'schema A { @alias("other") x: str }',
    ),
    Code(
        "MLS0423",
        "a declaration made of itself",
        "Aliases stand for other types, and schemas and signatures extend others: neither may come back to "
        "itself. A type that contains itself is a schema with a field that is optional, a list or a map.",
        "type Tree = list[Trees]\ntype Trees = list[Tree]\nschema A { t: Tree }",
        "schema Tree { children: list[Tree] }",
    ),
    Code(
        "MLS0424",
        "options of a union that cannot be told apart",
        "A value has one meaning. The options of a union are told apart by the kind of their JSON (string, "
        "number, true or false, list, map), enums and literals by their values, and schemas by a field that "
        "both need and whose fixed values differ, or by a field that one needs and the other does not have.",
        "schema Cat { name: str }\nschema Dog { name: str }\nschema Home { pet: Cat | Dog }",
        'schema Cat { kind: "cat"  name: str }\nschema Dog { kind: "dog"  name: str }\n'
        "schema Home { pet: Cat | Dog }",
    ),
    Code(
        "MLS0425",
        "a key in a file",
        "Files are shared, stored and printed, and keys are not. An `api_key` is read from the environment, "
        "or handed in by who calls.",
        'schema A { key: api_key = "sk-1234" }',
        'schema A { key: api_key = env("OPENAI_API_KEY") }',
    ),
    Code(
        "MLS0426",
        "a field that cannot be varied",
        "`@variable` makes a field one of the variables of the signatures that reach it, so there must be a "
        "fixed set of values to choose from: `bool`, an enum, literals, or a number with a range.",
        "schema A { @variable size: int }",
        "schema A { @variable size: int(1..10) }",
    ),
    Code(
        "MLS0427",
        "a transform of nothing",
        "A transform sets one field of its own schema: `transform text = strip(text)`. Only one in Python "
        "may be for the whole record.",
        "schema A { text: str  transform strip(text) }",
        "schema A { text: str  transform text = strip(text) }",
    ),
    Code(
        "MLS0428",
        "an example that breaks a check",
        "Examples are shown to the model as right answers, so each must pass the checks of its signature, "
        "and the records in it those of their schemas. The same holds for defaults.",
        "signature S { input n: int  output m: int  check more: m > n  example { n: 2, m: 1 } }",
        "signature S { input n: int  output m: int  check more: m > n  example { n: 2, m: 3 } }",
    ),
    Code(
        "MLS0429",
        "a default that contains itself",
        "A default may be a record that leaves fields to their own defaults. When one of those is the first "
        "again, the value would have no end.",
        "schema Node { next: Node? = { } }",
        "schema Node { next: Node? = null }",
    ),
    Code(
        "MLS0430",
        "two variables of a signature with one name",
        "A signature can be tuned by its own `tune` members and by those of every schema that it reaches, "
        "fields marked `@variable` included, and a configuration has one value for a name. A `tune` of the "
        "signature takes the place of a schema's of its name and kind; any other two are a clash.",
        "schema A { tune depth: int(1..3) }\nschema B { tune depth: int(1..9) }\n"
        "signature S { input a: A  output b: B }",
        "schema A { tune depth: int(1..3) }\nschema B { tune depth: int(1..9) }\n"
        "signature S { input a: A  output b: B  tune depth: int(1..5) }",
    ),
)
