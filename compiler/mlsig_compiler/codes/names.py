"""Codes 03: names and imports."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code
from mlsig_compiler.codes.parts import BASE, PROVIDER, SPACE

NAMES: Final = (
    Code(
        "MLS0301",
        "unknown type",
        "The name is neither a type of the language nor an enum, schema or type of this file, declared or "
        "imported.",
        "schema A { x: string }",
        "schema A { x: str }",
    ),
    Code(
        "MLS0302",
        "unknown variable or option",
        "A name in an expression is a variable of the space, or the name of a provider or module. The"
        " options of a `choice` are strings and need quotes.",
        'space T { var style: choice("a", "b")  var n: int  constraint c: style != b or n < 5 }',
        'space T { var style: choice("a", "b")  var n: int  constraint c: style != "b" or n < 5 }',
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
        f"{PROVIDER}\n{SPACE}\nprogram P {{ signature: Q  space: T }}",
        f"{BASE}{SPACE}\nprogram P {{ signature: S  space: T }}",
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
        "Every record has `validate`, `check`, `shape`, `to_dict`, `to_json`, `to_msgpack`, `from_json`, "
        "`from_msgpack`, `json_schema`, and for batches `validate_many`, `check_many`, `to_json_many` and "
        "`from_json_many`; every resource has `id`, `created_at`, `updated_at` and "
        "`version`, and can be created, listed, changed and deleted; every configuration has `key` and "
        "`to_dict`; members of an enum are strings, and have the methods of one. What steps call has no name "
        "of a function.",
        "schema A { to_json: str }",
        "schema A { json_text: str }",
    ),
    Code(
        "MLS0320",
        "no such module",
        "`from a.b import …` reads the file a/b.mlsig under a source root: a folder that was named, or one of"
        " `src` in [tool.mlsig]. The modules of `std` come with mlsig.",
        "from std.sampler import top_p",
        "from std.standard import Standard",
    ),
    Code(
        "MLS0321",
        "a name that the module does not declare",
        "An import brings what the other file declares itself. What that file only imports is imported from "
        "where it is declared.",
        "from std.standard import Standrad",
        "from std.standard import Standard",
    ),
    Code(
        "MLS0322",
        "files that import each other",
        "Imports lead from a file to others and never back, so that each can be read after all that it "
        "imports. What two files share belongs in a third, which imports neither. The wrong example is a file"
        " wrong.mlsig, which imports itself.",
        "from wrong import Topic\nenum Topic { news, sport }",
        "enum Topic { news, sport }",
    ),
    Code(
        "MLS0330",
        "no such Python module",
        'Reported with `--resolve-python`. `python("a.b:c")` names a module that Python would import: it is '
        "looked for in the working folder, beside the source roots, and on the path of the Python that runs "
        "mlsig. Nothing is imported or run.",
    ),
    Code(
        "MLS0331",
        "a name that a Python module does not define",
        "Reported with `--resolve-python`. The source of the module was read, and nothing in it defines this "
        "name: no function, class, assignment or import. A module with `__getattr__` or `import *`, or one "
        "without source, may define anything.",
    ),
)
