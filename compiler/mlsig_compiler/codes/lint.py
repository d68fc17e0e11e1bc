"""Codes 07: warnings of `mlsig lint`."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code
from mlsig_compiler.codes.parts import PROVIDER, SPACE

CHECKED: Final = 'signature S { input q: str "what is asked"  output a: str(max_length=99) "the answer" }'
METRIC: Final = 'metric ok = python("m:f")  maximize ok'

LINT: Final = (
    Code(
        "MLS0701",
        "an import that is not used",
        "Nothing in the file mentions the name. A provider that is imported counts as used where the"
        " file has a"
        " signature, since the signature's variables can choose it.",
        "from std.sampling import top_p, temperature\nspace T { include top_p }",
        "from std.sampling import top_p\nspace T { include top_p }",
    ),
    Code(
        "MLS0702",
        "a declaration that is not used",
        "No file of the run mentions the declaration. Signatures, spaces, programs, pipelines, providers and"
        " resources are there for Python and are never reported, nor are schemas, enums and tools in a"
        " file that"
        " has neither a program nor a pipeline: such a file is there for others.",
        "type Slug = str(max_length=9)\nschema A { x: str }",
        "type Slug = str(max_length=9)\nschema A { x: Slug }",
    ),
    Code(
        "MLS0703",
        "nothing says what this is",
        "Models see the names and descriptions of fields and tools. A field counts as described by the"
        " string after"
        " it, by instructions that mention its name, and by an enum or schema with descriptions; one with a"
        " default may be left out and is not reported.",
        "signature S { input q: str  output a: bool }",
        'signature S { input q: str "what is asked"  output a: bool "whether it is so" }',
    ),
    Code(
        "MLS0704",
        "an output that nothing checks",
        "Any answer of its type passes: the type has no constraint, no `check` mentions the output, no"
        " program with a metric runs the signature, and no step of a pipeline reads it.",
        'signature S { input q: str "what is asked"  output a: str "the answer" }',
        CHECKED,
    ),
    Code(
        "MLS0705",
        "a name that hides a declaration",
        "A variable, a parameter or a step has the name of something that the file declares or imports,"
        " so one"
        " name means two things.",
        'enum style { terse, wordy }\nspace T { var style: choice("a", "b") }',
        'enum Style { terse, wordy }\nspace T { var style: choice("a", "b") }',
    ),
    Code(
        "MLS0706",
        "a pattern that is slow for long texts",
        "Two repetitions that can follow each other take the same characters, so Python tries every"
        " place at which"
        " the one could end and the other begin. With a `max_length` of 256 or less that does not matter.",
        'schema A { x: str(pattern="^[a-z]*[a-z0-9]*$") }',
        'schema A { x: str(pattern="^[a-z]*([0-9][a-z0-9]*)?$") }',
    ),
    Code(
        "MLS0707",
        "a program that is optimised for nothing, or not for what it measures",
        "An optimiser follows objectives, and only a metric says whether answers are good. A program without"
        " objectives, objectives without any metric, and a metric that no objective uses are each reported.",
        f"{CHECKED}\n{PROVIDER}\n{SPACE}\nprogram P {{ signature: S  space: T  minimize cost }}",
        f"{CHECKED}\n{PROVIDER}\n{SPACE}\nprogram P {{ signature: S  space: T  {METRIC}  minimize cost }}",
    ),
    Code(
        "MLS0708",
        "a suppression that is of no use",
        "`# mlsig: ignore[MLS0704]` at the end of a line, or alone on the line before, silences a"
        " warning of that"
        " line; several codes are separated by commas, and a reason may follow. This one silences"
        " nothing, or names"
        " no code that there is, or an error, and errors cannot be silenced.",
        "schema A { x: str }  # mlsig: ignore[MLS0704]",
        "schema A { x: str }",
    ),
    Code(
        "MLS0709",
        "a step or parameter that is not used",
        "Nothing in the pipeline reads it, so the call is paid for and its result thrown away.",
        'tool look(q: str) -> str = python("m:look") "find out"\n'
        "pipeline P(q: str, k: int) -> str { return look(q=q) }",
        'tool look(q: str) -> str = python("m:look") "find out"\n'
        "pipeline P(q: str) -> str { return look(q=q) }",
    ),
    Code(
        "MLS0710",
        "something deprecated",
        "The declaration, or the member of an enum, is marked `@deprecated`; the help is what its"
        " author says.",
        '@deprecated("use B")\nschema A { x: str }\nschema B { y: str }\nschema C { a: A }',
        '@deprecated("use B")\nschema A { x: str }\nschema B { y: str }\nschema C { b: B }',
    ),
    Code(
        "MLS0711",
        "a member that no transition leads to",
        "An attribute with transitions begins with its default, and comes by them only to what they lead"
        " to. A resource can still be created with the member; if that is meant, silence the warning.",
        "enum State { draft, active, gone }\nresource R { state: State = draft { draft -> active } }",
        "enum State { draft, active, gone }\n"
        "resource R { state: State = draft { draft -> active, active -> gone } }",
    ),
    Code(
        "MLS0712",
        "a rule that always holds",
        "The domains of what the rule reads leave nothing that it could forbid, so it says something else "
        "than was meant, or nothing.",
        "space T { var n: int(1..9)  constraint c: n < 10 }",
        "space T { var n: int(1..9)  constraint c: n < 9 }",
    ),
    Code(
        "MLS0713",
        "a variable that nothing can observe",
        "`max_hops` is for `ReAct`, `max_tries` for `ProgramOfThought`, `samples` for `BestOfN` and"
        " `SelfConsistency`. In no legal configuration of the program does `reasoning` go such a way while"
        " the variable is there, so every value of it gives the same calls.",
        f"{CHECKED}\n{PROVIDER}\n{SPACE[:-1]} var max_hops: int(1..8) }}\n"
        f"program P {{ signature: S  space: T  {METRIC} }}",
        f"{CHECKED}\n{PROVIDER}\n{SPACE[:-1]} var reasoning: module(Predict, ReAct)"
        "  when reasoning == ReAct { var max_hops: int(1..8) } }\n"
        f"program P {{ signature: S  space: T  {METRIC} }}",
    ),
)
