"""Every code that a finding can have: what it means, an example that causes it, the same example mended.

The documentation of errors is made from this table, and a test holds each example to its code. Ranges: 01
text and syntax, 03 names, 04 types and values, 05 spaces, 06 providers and programs, 09 files and
configuration (no examples).
"""

from __future__ import annotations

from textwrap import fill, indent
from typing import Final, NamedTuple


class Code(NamedTuple):
    """One code. `wrong` and `right` are whole files, empty where the mistake is not in a file."""

    code: str
    title: str
    explanation: str
    wrong: str = ""
    right: str = ""

    def page(self) -> str:
        """Return what `mlsig explain` prints."""
        parts = [f"{self.code}: {self.title}", fill(self.explanation, 100)]
        if self.wrong:
            parts += ["Wrong:", indent(self.wrong, "    "), "Right:", indent(self.right, "    ")]
        return "\n\n".join(parts) + "\n"


_PROVIDER: Final = 'provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }'
_SIGNATURE: Final = "signature S { input q: str  output a: str }"
_SPACE: Final = "space T { var provider: provider(p)  var model: model(provider) }"
_BASE: Final = f"{_SIGNATURE}\n{_PROVIDER}\n"

_TABLE: Final = (
    # Text and syntax
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
        "Names are made of the letters a to z, digits and underscores; strings stand in straight "
        "double quotes.",
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
        "MLS0190",
        "not supported yet",
        "The language has this construct, and this version of the compiler does not. Nothing else is "
        "wrong with it.",
        "type Slug = str",
        "schema A { slug: str }",
    ),
    # Names
    Code(
        "MLS0301",
        "unknown type",
        "The name is neither a type of the language nor an enum or schema of this file.",
        "schema A { x: string }",
        "schema A { x: str }",
    ),
    Code(
        "MLS0302",
        "unknown variable or option",
        "A name in an expression is a variable of the space, or the name of a provider or module. The"
        " options of a `choice` are strings and need quotes.",
        'space T { var style: choice("a", "b")  constraint c: style != b }',
        'space T { var style: choice("a", "b")  constraint c: style != "b" }',
    ),
    Code(
        "MLS0303",
        "unknown member of an enum",
        "The enum has no member of this name.",
        "enum E { yes, no }\nschema A { x: E = maybe }",
        "enum E { yes, no }\nschema A { x: E = yes }",
    ),
    Code(
        "MLS0304",
        "unknown declaration",
        "The file declares nothing of this name, or nothing of the kind that is needed.",
        f"{_PROVIDER}\n{_SPACE}\nprogram P {{ signature: Q  space: T }}",
        f"{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0305",
        "a declaration of another kind",
        "The name is declared, as something that cannot stand here.",
        "space T { var n: int }\nschema A { x: T }",
        "schema T { n: int }\nschema A { x: T }",
    ),
    Code(
        "MLS0306",
        "unknown setting",
        "A provider, its limits and models, and a program each have a fixed set of settings.",
        'provider p { protocol: openai  base_url: "http://h/v1"  url: "x" }',
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0310",
        "declared twice",
        "Two things of one place have one name. The inputs, outputs and variables of a signature "
        "share their names, because a prompt and an example mention all of them.",
        "signature S { input a: str  output a: str }",
        "signature S { input a: str  output b: str }",
    ),
    Code(
        "MLS0311",
        "a name that Python cannot have",
        "Names become names in Python, so words such as `class` cannot be used. Names that begin with"
        " an underscore belong to the generated code.",
        "schema A { class: str }",
        "schema A { class_: str }",
    ),
    Code(
        "MLS0312",
        "a name that the generated class has itself",
        "Every record has `validate`, `check`, `shape`, `to_dict`, `to_json`, `from_json` and "
        "`json_schema`; every configuration has `key` and `to_dict`; members of an enum are strings, "
        "and have the methods of one.",
        "schema A { to_json: str }",
        "schema A { json_text: str }",
    ),
    # Types and values
    Code(
        "MLS0401",
        "a constraint with a value of the wrong kind",
        "Bounds are numbers, lengths whole numbers of 0 or more, a pattern a string.",
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
        "`list` and `map` need one type in brackets, other types take none; null and fractions are "
        "not literal types.",
        "schema A { x: list }",
        "schema A { x: list[str] }",
    ),
    Code(
        "MLS0405",
        "a constraint that the type does not take",
        "Numbers take `ge gt le lt multiple_of` and a range, strings `min_length max_length pattern`,"
        " lists `min_length max_length unique`, maps `min_length max_length`.",
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
        "A constraint, or an option of a literal type, is there twice.",
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
        " list or a map.",
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
    # Spaces
    Code(
        "MLS0501",
        "not a kind of variable",
        "Variables are of the kinds `float int bool choice module provider model`.",
        "space T { var x: str }",
        'space T { var x: choice("a", "b") }',
    ),
    Code(
        "MLS0502",
        "an argument that the kind does not take",
        "`float` and `int` take a range, `step` and `log`; `choice`, `module` and `provider` take "
        "options and `weights`; `bool` takes nothing; `model` takes the variable that chooses the "
        "provider.",
        "space T { var x: int(1, 2, 3) }",
        "space T { var x: int(1..3) }",
    ),
    Code(
        "MLS0503",
        "a range that makes no sense",
        "A range goes upwards, a step is above 0 and fits in the range, and a `log` range begins above 0.",
        "space T { var x: int(5..1) }",
        "space T { var x: int(1..5) }",
    ),
    Code(
        "MLS0504",
        "a default outside of its domain",
        "The default of a variable, or of one of its arms, is not a value of the variable there.",
        "space T { var x: int(1..5) = 7 }",
        "space T { var x: int(1..5) = 5 }",
    ),
    Code(
        "MLS0505",
        "a default between two steps",
        "With `step`, only the start of the range and whole steps from it are values.",
        "space T { var x: int(0..10, step=5) = 7 }",
        "space T { var x: int(0..10, step=5) = 5 }",
    ),
    Code(
        "MLS0506",
        "an arm that is wider than its variable",
        "The arms of a variable narrow it; a value that the variable itself cannot have cannot be "
        "allowed by an arm.",
        "space T { var b: bool  var x: int(1..5) { when b: (1..9) } }",
        "space T { var b: bool  var x: int(1..9) { when b: (1..5) } }",
    ),
    Code(
        "MLS0507",
        "an arm after `else`",
        "Arms are tried from the top, so nothing after `else` is ever tried.",
        "space T { var b: bool  var x: int(1..9) { else: (1..5) when b: (1..3) } }",
        "space T { var b: bool  var x: int(1..9) { when b: (1..3) else: (1..5) } }",
    ),
    Code(
        "MLS0508",
        "variables that depend on each other",
        "The domain of a variable may depend on others, as long as there is an order in which to "
        "choose them. The message shows the circle.",
        "space T { var a: bool { when b: (true) }  var b: bool { when a: (true) } }",
        "space T { var a: bool { when b: (true) }  var b: bool }",
    ),
    Code(
        "MLS0509",
        "an expression of the wrong type",
        "Conditions are true or false, arithmetic is for numbers, and things of different types are "
        "never equal. Providers and modules are named without quotes.",
        "space T { var n: int  constraint c: n }",
        "space T { var n: int  constraint c: n > 0 }",
    ),
    Code(
        "MLS0510",
        "a value that the variable never has",
        "The comparison has the same answer in every configuration, so it does not say what was meant.",
        'space T { var s: choice("a", "b")  constraint c: s != "c" }',
        'space T { var s: choice("a", "b", "c")  constraint c: s != "c" }',
    ),
    Code(
        "MLS0511",
        "a division that may be by 0",
        "An expression has a value in every configuration, so a divisor must leave 0 out.",
        "space T { var n: int(0..5)  constraint c: 10 / n < 20 }",
        "space T { var n: int(1..5)  constraint c: 10 / n < 20 }",
    ),
    Code(
        "MLS0512",
        "a default configuration that is not allowed",
        "With every variable at its default, this rule is broken, so nobody could start from the default.",
        "space T { var n: int(1..5) = 5  constraint c: n < 3 }",
        "space T { var n: int(1..5) = 2  constraint c: n < 3 }",
    ),
    Code(
        "MLS0513",
        "unknown module",
        "The options of a `module` variable are classes of the runtime: adapters and ways of reasoning.",
        "space T { var adapter: module(Chatt) }",
        "space T { var adapter: module(Chat) }",
    ),
    Code(
        "MLS0514",
        "a name with a meaning, used for something else",
        "Variables such as `temperature` or `adapter` set a parameter of the call, so their kind and "
        "their values are fixed. A variable that the model should only be told about needs another "
        "name.",
        f"{_BASE}{_SPACE[:-1]} var temperature: int }}\nprogram P {{ signature: S  space: T }}",
        f"{_BASE}{_SPACE[:-1]} var temperature: float }}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0515",
        "an option that is listed twice",
        "An option counts once; to make it likelier give it a weight.",
        'space T { var s: choice("a", "a", "b") }',
        'space T { var s: choice("a", "b", weights=[2, 1]) }',
    ),
    # Providers and programs
    Code(
        "MLS0601",
        "a program that lacks a part",
        "A program needs a signature and a space.",
        f"{_SIGNATURE}\nprogram P {{ signature: S }}",
        f"{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0602",
        "a space that does not say whom to call",
        "The space of a program needs the variables `provider` and `model`.",
        f"{_BASE}space T {{ var n: int }}\nprogram P {{ signature: S  space: T }}",
        f"{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0603",
        "an unknown objective",
        "An objective is a metric of the program, or `cost`, or `latency`.",
        f"{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T  maximize good }}",
        f'{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T  metric ok = python("m:f")  maximize ok }}',
    ),
    Code(
        "MLS0604",
        "a weight that is not above 0",
        "An objective with no weight would not count; one with a negative weight is the opposite objective.",
        f"{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T  minimize cost weight 0 }}",
        f"{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T  minimize cost weight 1 }}",
    ),
    Code(
        "MLS0605",
        "not the name of a Python callable",
        'Python is named as `python("package.module:callable")`.',
        f'{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T  metric q = python("m.f") }}',
        f'{_BASE}{_SPACE}\nprogram P {{ signature: S  space: T  metric q = python("m:f") }}',
    ),
    Code(
        "MLS0606",
        "a provider that lacks a setting",
        "A provider needs the protocol that it speaks and its address.",
        "provider p { protocol: openai }",
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0607",
        "an unknown protocol",
        "The protocol is the wire format. Most servers, local ones included, speak `openai`.",
        'provider p { protocol: http  base_url: "http://h/v1" }',
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0608",
        "a setting with a wrong value",
        "An address begins with http:// or https://, a key is only named with `env`, counts are whole"
        " numbers, costs are numbers of 0 or more.",
        'provider p { protocol: openai  base_url: "h/v1" }',
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0609",
        "a provider without models",
        "`model(provider)` chooses among the models of the provider, so each provider that can be "
        "chosen needs one.",
        f'provider p {{ protocol: openai  base_url: "http://h/v1" }}\n{_SPACE}',
        f"{_PROVIDER}\n{_SPACE}",
    ),
    # Files and configuration
    Code("MLS0901", "no such file", "A path that was named does not exist."),
    Code("MLS0902", "a file that cannot be read", "The system refused it, or it is larger than 16 MiB."),
    Code(
        "MLS0903",
        "a folder without .mlsig files",
        "The folder that was named has no .mlsig file, at any depth.",
    ),
    Code(
        "MLS0904",
        "not the name of a module",
        "Each file becomes a Python module of its name, so the names of files and folders are Python "
        "names, and files end in .mlsig.",
    ),
    Code(
        "MLS0905",
        "two files that become one module",
        "Two source roots have a file at the same place, and one module would overwrite the other.",
    ),
    Code(
        "MLS0908",
        "a file that the compiler did not write",
        "Where a module should be written there is a file that this compiler did not generate, so it is "
        "left alone.",
    ),
    Code(
        "MLS0906",
        "a configuration that cannot be used",
        "`[tool.mlsig]` of pyproject.toml has a wrong value.",
    ),
    Code(
        "MLS0907",
        "an unknown key of the configuration",
        "`[tool.mlsig]` has the keys `src`, `out` and `package`.",
    ),
)

CODES: Final = {entry.code: entry for entry in _TABLE}
