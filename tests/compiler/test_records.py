"""Enums, schemas and signatures: annotations, what extends what, checks, transforms, examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlsig_compiler import model
from mlsig_compiler.front import analyse_all
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import imported

from compiler.reading import messages, module, only, schema, source


def codes(text: str) -> list[str]:
    return [message.partition(" ")[0] for message in messages(text)]


def signature(text: str) -> model.Signature:
    found = only(text)
    assert isinstance(found, model.Signature)
    return found


def in_files(**texts: str) -> tuple[dict[str, model.Module | None], list[str]]:
    """Return the models and findings of several files, of which each may import the ones before."""
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in texts.items()]
    analysis = analyse_all(sources, lambda _: None)
    return analysis.modules, [f"{found.code} {found.message}" for found in analysis]


# Annotations


def test_annotations_are_kept() -> None:
    found = module(
        """
        @deprecated("use F") enum E { @deprecated("use b") a, b }
        @deprecated("use str") type T = str
        @open @deprecated("use B") schema A {
          @alias("text") @deprecated("use y") x: str
          @variable y: int(1..3) = 1
        }
        @deprecated("use S2") signature S {
          @alias("q") @variable input question: bool = false
          output a: T
        }
        """
    ).declarations
    enum, alias, record, step = found
    assert isinstance(enum, model.Enum)
    assert isinstance(alias, model.Alias)
    assert isinstance(record, model.Schema)
    assert isinstance(step, model.Signature)
    assert (enum.deprecated, enum.members[0].deprecated, enum.members[1].deprecated) == (
        "use F",
        "use b",
        None,
    )
    assert alias.deprecated == "use str"
    assert (record.open, record.deprecated) == (True, "use B")
    assert [(field.alias, field.variable, field.deprecated) for field in record.fields] == [
        ("text", False, "use y"),
        (None, True, None),
    ]
    assert step.deprecated == "use S2"
    assert (step.inputs[0].alias, step.inputs[0].variable) == ("q", True)


def test_hints_are_joined() -> None:
    found = signature(
        'signature S { input q: str  output a: str  @hint(order=1) @hint(cost="low", on=true) tune t: bool }'
    )
    assert found.tunes[0].hints == {"order": 1, "cost": "low", "on": True}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("@nothing schema A { x: str }", "MLS0420"),
        ("@open enum E { a }", "MLS0421"),
        ("schema A { @variable check c: true }", "MLS0421"),
        ("signature S { input q: str  @variable output a: bool }", "MLS0421"),
        ("@open @open schema A { x: str }", "MLS0407"),
        ('schema A { @alias("y") @alias("z") x: str }', "MLS0407"),
        ("@open(1) schema A { x: str }", "MLS0422"),
        ("schema A { @alias x: str }", "MLS0422"),
        ('schema A { @alias("a", "b") x: str }', "MLS0422"),
        ('schema A { @alias(name="a") x: str }', "MLS0422"),
        ("schema A { @alias(3) x: str }", "MLS0422"),
        ('schema A { @deprecated(" ") x: str }', "MLS0422"),
        ("signature S { input q: str  output a: str  @hint tune t: bool }", "MLS0422"),
        ('signature S { input q: str  output a: str  @hint("x") tune t: bool }', "MLS0422"),
        ("signature S { input q: str  output a: str  @hint(x=[1]) tune t: bool }", "MLS0422"),
        ("signature S { input q: str  output a: str  @hint(x=1, x=2) tune t: bool }", "MLS0407"),
        ('schema A { @alias("x") x: str }', "MLS0310"),
        ('schema A { @alias("y") x: str  y: str }', "MLS0310"),
        ('schema A { @alias("z") x: str  @alias("z") y: str }', "MLS0310"),
        ('schema A extends B { @alias("y") x: str }\nschema B { y: str }', "MLS0310"),
        ('schema A extends B { @alias("z") x: str }\nschema B { @alias("z") y: str }', "MLS0310"),
        ("schema A { @variable x: str }", "MLS0426"),
        ("schema A { @variable x: int(ge=1) }", "MLS0426"),
        ("schema A { @variable x: bool? }", "MLS0426"),
    ],
)
def test_an_annotation_is_refused(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_a_value_has_the_names_of_its_file() -> None:
    found = 'schema A { @alias("txt") text: str }\nschema B { a: A = { txt: "" } }'
    assert "MLS0414 `A` has no field `txt`" in messages(found)


# What extends what


def test_the_base_comes_first() -> None:
    found = schema(
        """
        schema Base {
          a: str = " x "
          transform a = strip(a)
          check one: len(a) > 0 "one"
          tune t: bool
        }
        @open schema Middle extends Base { b: int = 1  check two: b > 0 }
        schema Top extends Middle { c: str  transform c = lower(a)  check three: c != a }
        """
    )
    assert found.extends == "Middle"
    assert [field.name for field in found.fields] == ["a", "b", "c"]
    assert [check.name for check in found.checks] == ["one", "two", "three"]
    assert [transform.field for transform in found.transforms] == ["a", "c"]
    assert [variable.name for variable in found.tunes] == ["t"]
    assert found.open


def test_a_base_may_come_later_and_its_values_are_checked() -> None:
    schemas = "schema A extends B { x: int }\nschema B { y: int = 0 }"
    text = f"{schemas}\nschema C {{ a: A = {{ x: 1 }}  b: A = {{ y: 1 }} }}"
    assert messages(text) == ["MLS0413 `A` needs `x`"]


def test_a_signature_extends_another() -> None:
    found = signature(
        """
        signature Base {
          \"\"\"Do it.\"\"\"
          input q: str
          output a: str
          tune tone: choice("x", "y")
          check some: len(a) > 0
          example { q: "1", a: "2" }
        }
        signature Child extends Base {
          output b: int
          tune deep: int(1..3) { when tone == "x": (1..2) }
          check more: b > len(q) or a == q
          example { q: "3", b: 4 }
        }
        """
    )
    assert found.extends == "Base"
    assert found.instructions == "Do it."
    assert [field.name for field in found.inputs] == ["q"]
    assert [field.name for field in found.outputs] == ["a", "b"]
    assert [variable.name for variable in found.tunes] == ["tone", "deep"]
    assert [check.name for check in found.checks] == ["some", "more"]
    assert [row.inputs for row in found.examples] == [{"q": "1"}, {"q": "3"}]


def test_examples_of_the_base_that_lack_a_new_input_are_left_out() -> None:
    base = 'signature Base { input q: str  output a: str  example { q: "1" } }'
    assert signature(f"{base}\nsignature S extends Base {{ input r: str }}").examples == ()
    found = signature(f'{base}\nsignature S extends Base {{ input r: str = "" }}')
    assert len(found.examples) == 1
    assert found.instructions == "Given the fields `q`, `r`, produce the fields `a`."


@pytest.mark.parametrize(
    ("text", "instructions"),
    [
        ('signature S { """Do it.""" input q: str output a: str }', "Do it."),
        ('signature S "It does" { """Do it.""" input q: str output a: str }', "Do it."),
        ("signature S { input q: str output a: str }", "Given the fields `q`, produce the fields `a`."),
        ('signature S = "q -> a, b"', "Given the fields `q`, produce the fields `a`, `b`."),
        (
            'signature S "Say who wrote it" { input q: str output a: str }',
            "Say who wrote it. Given the fields `q`, produce the fields `a`.",
        ),
        ('signature S = "q -> a" "Who?"', "Who? Given the fields `q`, produce the fields `a`."),
        (
            'signature B "A base" { input q: str output a: str }  signature S extends B { input r: str }',
            "Given the fields `q`, `r`, produce the fields `a`.",
        ),
    ],
)
def test_instructions_are_written_or_derived(text: str, instructions: str) -> None:
    assert signature(text).instructions == instructions


def test_a_base_may_be_imported() -> None:
    modules, found = in_files(
        a="enum E { x }\n@open schema A { e: E = x  check c: e == E.x  tune t: bool }\n"
        "signature S { input q: str  output a: A }",
        b='from a import A as Base, S\nschema B extends Base { f: str  @alias("g") h: str }\n'
        'schema C { b: B = { f: "1", h: "2", e: x } }\n'
        "signature T extends S { output b: B  tune u: int(1..3) }",
    )
    assert found == []
    assert modules["b"] is not None
    record, _, step = modules["b"].declarations
    assert isinstance(record, model.Schema)
    assert isinstance(step, model.Signature)
    assert [field.name for field in record.fields] == ["e", "f", "h"]
    assert record.fields[0].default == model.EnumMember("E", "x", "a")
    assert (record.extends, record.open) == ("Base", True)
    assert [field.name for field in step.outputs] == ["a", "b"]
    assert [field.name for field in step.inputs] == ["q"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("schema A extends A { x: int }", ["MLS0423 `A` extends itself"]),
        (
            "schema A extends B { x: int }\nschema B extends A { x: A = { z: 1 } }",
            ["MLS0423 these schemas extend each other in a circle: `A` -> `B` -> `A`"],
        ),
        (
            "schema A extends B { x: int }\nschema C { a: A = { zz: 1 } }",
            ["MLS0304 there is no schema `B` in this file"],
        ),
        (
            "schema A extends E { x: int }\nenum E { a }",
            ["MLS0305 `E` is an enum, and a schema is needed here"],
        ),
        (
            "signature S extends A { input q: str  output a: str  example { zz: 1 } }\nschema A { x: int }",
            ["MLS0305 `A` is a schema, and a signature is needed here"],
        ),
        ("schema A extends B { x: int }\nschema B { x: str }", ["MLS0310 field `x` is inherited already"]),
        (
            "schema A extends B { check c: true }\nschema B { x: str  check c: true }",
            ["MLS0310 check `c` is inherited already"],
        ),
        (
            "schema A extends B { tune t: bool }\nschema B { x: str  tune t: bool }",
            ["MLS0310 variable `t` is inherited already"],
        ),
        (
            "schema A extends B { tune x: bool }\nschema B { x: str }",
            ["MLS0310 `x` is already the name of a field"],
        ),
        (
            "signature S { input q: str }\nsignature T extends S { output a: str }",
            ["MLS0418 signature `S` has no output"],
        ),
    ],
)
def test_what_is_wrong_with_a_base_is_said_once(text: str, found: list[str]) -> None:
    assert messages(text) == found


def test_a_clash_with_an_imported_base_is_shown_in_this_file() -> None:
    _, found = in_files(a="schema A { x: str }", b="from a import A\nschema B extends A { x: int }")
    assert found == ["MLS0310 field `x` is inherited already"]


# Checks and transforms


def test_checks_and_transforms_are_read() -> None:
    found = schema(
        """
        schema A {
          text: str
          count: int = 0
          transform text = strip(text)
          transform count = python("clean:count")
          transform python("clean:whole")
          check some: len(text) >
            count "too short"
        }
        """
    )
    assert [transform.field for transform in found.transforms] == ["text", "count", None]
    assert isinstance(found.transforms[2].value, model.PythonRef)
    (check,) = found.checks
    assert (check.name, check.text, check.message) == ("some", "len(text) > count", "too short")


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("check c: n", "MLS0509"),
        ('check c: n > "a"', "MLS0509"),
        ("check c: missing > 1", "MLS0302"),
        ("check c: n > 1  check c: n > 2", "MLS0310"),
        ("check class: n > 1", "MLS0311"),
        ("check _c: n > 1", "MLS0311"),
        ("transform n = s", "MLS0509"),
        ("transform z = s", "MLS0414"),
        ("transform strip(s)", "MLS0427"),
        ("transform s.x = s", "MLS0427"),
        ('transform python("nothing")', "MLS0605"),
    ],
)
def test_a_check_or_transform_is_refused(member: str, code: str) -> None:
    assert codes(f"schema A {{ n: int  s: str  {member} }}") == [code]


def test_nothing_is_said_of_what_could_not_be_read() -> None:
    assert codes("schema A { x: Missing  check c: x > 3  transform x = 4 }") == ["MLS0301"]
    assert codes("schema A extends Missing { check c: y > 3  transform y = 4 }") == ["MLS0304"]


# Examples and defaults against checks

CHECKED = """
enum V { yes, no }
schema P { id: str = "x"  n: int  day: date = "2026-01-31"
  transform id = strip(id)
  check positive: n > 0
  check short: len(id) < 4
}
"""


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ('q: "", sure: false', []),
        ('q: "", sure: true', []),
        ('q: "", sure: true, found: []', ["MLS0428 this example breaks the check `quotes` of `S`"]),
        ('q: "", found: [{ n: 1, id: " abc " }]', []),
        ('q: "", found: [{ n: 0 }]', ["MLS0428 this value breaks the check `positive` of `P`"]),
        ('q: "", found: [{ n: 1, id: "abcd" }]', ["MLS0428 this value breaks the check `short` of `P`"]),
        ('q: "", p: { n: 2 }', ["MLS0428 this example breaks the check `bigger` of `S`"]),
        ('q: "", p: { n: 5 }, v: no', ["MLS0428 this example breaks the check `sign` of `S`"]),
        ('q: "", p: null, v: no, by: { a: { n: 4 } }', []),
    ],
)
def test_examples_are_held_against_checks(row: str, found: list[str]) -> None:
    text = f"""{CHECKED}
    signature S {{
      input q: str  input p: P? = null
      output found: list[P] = []  output sure: bool  output v: V  output by: map[P]
      check quotes: not sure or len(found) > 0
      check bigger: p == null or p.n > 3
      check sign: v == V.yes or p == null
      example {{ {row} }}
    }}"""
    assert messages(text) == found


def test_defaults_are_held_against_checks() -> None:
    assert messages(f"{CHECKED} schema A {{ p: P = {{ n: 1 }}  r: P = {{ n: 0 }} }}") == [
        "MLS0428 this default breaks the check `positive` of `P`"
    ]


def test_what_python_changes_is_not_held_against_checks() -> None:
    text = 'schema A { n: int  transform python("a:b")  check c: n > 0 }\nschema B { a: A = { n: 0 } }'
    assert messages(text) == []


def test_a_check_without_a_value_is_not_held_against_an_example() -> None:
    text = "signature S { input n: int  output m: int  check c: 1 / n > m  example { n: 0, m: 1 } }"
    assert "MLS0428" not in codes(text)


# Names


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("schema list { x: str }", "MLS0312"),
        ("enum embedding { a }", "MLS0312"),
        ("type image = str", "MLS0312"),
        ("schema __init__ { x: str }", "MLS0311"),
        ("schema A { __dict__: str }", "MLS0311"),
        ("schema A { x: str  tune key: bool }", "MLS0312"),
        ("schema A { x: str  tune class: bool }", "MLS0311"),
        ("type class = str", "MLS0311"),
        ("schema cls { x: str }", "MLS0312"),
        ("enum self { a }", "MLS0312"),
    ],
)
def test_a_name_is_refused(text: str, code: str) -> None:
    assert codes(text) == [code]


PYTHON = [
    "dict", "Exception", "print", "object", "type", "tuple", "set", "frozenset", "isinstance", "len", "super",
    "property", "classmethod", "range", "round", "bytes", "ValueError", "KeyError", "Any", "Record", "Meta",
    "Finite", "Literal", "Final", "Annotated", "Enum", "StrEnum", "Mapping", "Signature", "Example",
    "Callable", "mlsig", "msgspec", "shapes", "field", "name", "value",
]  # fmt: skip


def test_names_of_python_are_fine() -> None:
    text = "".join(
        f"schema {name} {{ x: str  {name}: list[{name}] = []  e: map[date] }}\n" for name in PYTHON
    )
    every = "  ".join(f"x{index}: {name}" for index, name in enumerate(PYTHON))
    compiled = compile_source(source(f"{text} schema Other {{ {every} }}"))
    assert [found.message for found in compiled.diagnostics] == []
    made = imported("names_of_python", compiled.text or "")
    value = {"x": "1", "e": {"a": "2026-01-31"}}
    read = made.Other.validate({f"x{index}": value for index in range(len(PYTHON))})
    assert type(read.x0) is made.dict
    assert read.x1.x == "1"


def test_types_are_imported() -> None:
    modules, found = in_files(
        a="type Slug = str(max_length=3)\nenum E { x }\nschema Cat { kind: E }\nschema Dog { age: int }",
        b="from a import Slug as S, E as F, Cat, Dog\ntype Own = list[S]\n"
        'schema B { a: S = "abc"  b: Own = ["abcd"]  c: F = F.x\n'
        "d: Cat | Dog = { kind: x }  e: map[S] = {} }",
    )
    assert found == ["MLS0412 this has 4 characters, and 3 or fewer are allowed"]
    assert modules["a"] is not None


def test_a_file_inherits_only_so_much() -> None:
    base = "schema B { " + " ".join(f"x{index}: int" for index in range(1000)) + " }"
    many = "".join(f"schema A{index} extends B {{ own: A0 = {{ nothing: 3 }} }}\n" for index in range(102))
    assert codes(f"{base}\n{many}").count("MLS0108") == 1


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('U = { kind: a, name: "x" }', "MLS0410"),
        ("U = { kind: b, name: 3 }", "MLS0410"),
        ("U = { kind: c }", "MLS0410"),
        ('list[U] = [{ kind: a, lives: 3 }, { kind: b, name: "x" }]', None),
        ("map[U | int] = { x: { kind: a, lives: -1 } }", "MLS0428"),
        ("json | U = 3", "MLS0424"),
    ],
)
def test_schemas_are_told_apart_by_enums(written: str, code: str | None) -> None:
    declared = """
    enum E { a } enum F { b }
    schema Cat { kind: E  lives: int  check alive: lives > 0 }
    schema Dog { kind: F  name: str }
    type U = Cat | Dog
    """
    assert codes(f"{declared} schema A {{ x: {written} }}") == ([code] if code else [])
