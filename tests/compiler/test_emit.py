"""User text reaches Python only as literals, and the last guard sees everything else."""

from __future__ import annotations

import ast
import builtins
import inspect as python_inspect
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.emit import emit
from mlsig_compiler.inspection import inspect
from mlsig_compiler.literals import docstring, dotted, identifier, literal, pieces
from mlsig_compiler.model import (
    Constraints,
    Enum,
    EnumMember,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    Member,
    Module,
    OptionalType,
    ScalarType,
    Schema,
    SchemaType,
    Type,
)
from mlsig_compiler.patterns import anchored
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.plan.layout import WIDTH, Atom, Prefixed, Suffixed, Text, call, data, lay, tuple_of
from mlsig_compiler.plan.module import plan
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.types import Types, annotation
from mlsig_compiler.plan.values import expression, factory
from mlsig_compiler.source import Source, Span
from reference.imported import imported

HERE = Span(0, 0)
HOSTILE = (
    '"""\nimport builtins; builtins.CANARY = 1\n"""',
    "'''\nimport builtins; builtins.CANARY = 1\n'''",
    '"; import builtins; builtins.CANARY = 1; "',
    "{{ cycler.__init__.__globals__.os }}{% for x in y %}{# c #}",
    "# -*- coding: rot13 -*-",
    "\\",
    '\\"',
    "\\\n",
    "\x00\x01\x1b[31m\x7f",
    "\u2028\u2029\x85\x0b\x0c\r\n\r",
    "\u202e\u2066 right to left \ufeff",
    'it\'s "both" \\\' \\" \\\\',
    "{brace} %s {0!r} ${x}",
    'ends with quote"',
    '"starts',
    "  spaced  ",
    "trailing\n",
    "\tTab\tand\nlines\n\n  more",
    "x" * 500,
    "word " * 200,
    "äöü 日本語 \U0001f600",
    "\\N{BULLET}\\x41\\u0041",
)
text_values = st.text(st.characters(), max_size=60) | st.sampled_from(HOSTILE)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text_values, inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_a_literal_is_one_line_and_means_exactly_the_value(value: Any) -> None:
    source = literal(value)
    assert "\n" not in source
    assert ast.literal_eval(source) == value
    assert repr(ast.literal_eval(source)) == repr(value)


@given(text_values, st.integers(20, 100))
def test_pieces_say_the_whole_text(value: str, width: int) -> None:
    parts = pieces(value, width)
    assert "".join(ast.literal_eval(part) for part in parts) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, b"x", (1,), {1: 2}, {"a": object()}, 1j])
def test_nothing_else_becomes_a_literal(value: object) -> None:
    with pytest.raises(InternalError):
        literal(value)


@given(text_values.filter(bool), st.integers(40, 100))
def test_a_docstring_is_a_plain_string(value: str, width: int) -> None:
    tree = (
        ast.parse(f"class A:\n    {docstring(value, width)}\n")
        if "\n" not in docstring(value, width)
        else None
    )
    source = docstring(value, width).replace("\n", "\n    ")
    tree = ast.parse(f"class A:\n    {source}\n")
    (statement,) = tree.body[0].body  # type: ignore[attr-defined]
    assert isinstance(statement.value, ast.Constant)
    assert python_inspect.cleandoc(statement.value.value) == python_inspect.cleandoc(value)


@pytest.mark.parametrize(
    "name", ["", "a b", "1a", "_a", "__class__", "class", "a\n", "ä", "a;b", "None", "a.b"]
)
def test_only_plain_names_are_names(name: str) -> None:
    with pytest.raises(InternalError):
        identifier(name)


def test_dotted_names_are_checked_part_by_part() -> None:
    assert dotted("a.b_1") == "a.b_1"
    with pytest.raises(InternalError):
        dotted("a..b")


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("^[a-z]+$", r"^[a-z]+\Z"),
        (r"\$a$", r"\$a\Z"),
        ("[$]$", r"[$]\Z"),
        ("[]$]$", r"[]$]\Z"),
        ("[^]$]a", "[^]$]a"),
        (r"[\]$]|b$", r"[\]$]|b\Z"),
        ("a|b$|c", r"a|b\Z|c"),
    ],
)
def test_a_dollar_is_the_very_end(pattern: str, wanted: str) -> None:
    assert anchored(pattern) == wanted


def test_long_expressions_stand_on_several_lines_that_fit() -> None:
    expression = call(
        "f", Text("word " * 60), keywords={"a": tuple_of([Atom("1")]), "b": data({"k": ["v" * 40] * 4})}
    )
    laid = lay(Prefixed("lambda: ", Suffixed(expression, " | None")))
    assert max(map(len, laid.splitlines())) <= WIDTH
    kept = ast.parse(laid.replace("lambda: ", "").replace(" | None", ""), mode="eval").body
    assert isinstance(kept, ast.Call)
    assert ast.literal_eval(kept.args[0]) == "word " * 60
    assert ast.literal_eval(kept.keywords[0].value) == (1,)


@pytest.mark.parametrize("indent", [4, 16])
def test_a_text_that_almost_fits_stands_on_a_line_of_its_own(indent: int) -> None:
    for words in range(1, 40):
        text = " ".join(["text"] * words)
        laid = lay(Prefixed("instructions: ClassVar[str] = ", Text(text)), indent)
        lines = (" " * indent + laid).splitlines()
        assert all(len(line) <= WIDTH for line in lines), words
        assert eval(laid.partition(" = ")[2]) == text
    deep = 90  # where nothing helps
    assert lay(Prefixed("a = ", Text("text")), deep) == 'a = "text"'


def test_names_make_way_for_the_users() -> None:
    names = Names({"Any", "date_", "Thing"})
    inside = Scope(names, frozenset({"date", "Thing"}))
    assert names("Any") == "_lib_Any"
    assert inside("date") == "_lib_date"
    assert inside.clear("date") == "date"
    assert inside.own("Thing") == "_own_Thing"
    assert names.alias("Thing") == "_own_Thing"
    assert names.alias("Any") == ""
    with pytest.raises(InternalError):
        names.own("Nobody")
    assert names.imports() == (
        (
            "from datetime import date",
            "from datetime import date as _lib_date",
            "from typing import Any as _lib_Any",
        ),
    )


SOURCE = """
enum Kind §{{ one §, two §}}
schema Box §{{
  text: str = §  §
  choice: § | "other" = §   §
  texts: list[str] = [§, §]
  map: map[str] = {{ §: § }}
  json: json = {{ §: [§, {{ §: § }}] }}
  kind: Kind = one §
}}
signature Ask §{{
  §
  input question: str = § §
  input box: Box = {{ text: § }}
  output answer: str = § §
  tune tone: choice(§, "plain") = § §
  example {{ question: §, answer: § }}
}}
provider here § {{
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  key: env("KEY")
  model ¶ {{ context_window: 1 }}
}}
space Room § {{
  var provider: provider(here) = here §
  var model: model(provider) §
  var style: choice(§, "plain") = § §
  var heat: float(0.0..1.0) = 0.5 {{ when style == §: (0.0..0.5) = 0.1  else: (0.0..1.0) = 0.5 }}
  constraint fine: style == "plain" or heat < 0.4 §
}}
program Run § {{
  signature: Ask
  space: Room
  metric good = python("nowhere:nothing") §
  maximize good
}}
"""


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_every_place(hostile: str) -> None:
    plain = SOURCE.replace("{{", "{").replace("}}", "}")
    source = plain.replace("§", json.dumps(hostile)).replace("¶", json.dumps(f"m{hostile}"))
    compiled = compile_source(Source(Path("hostile.mlsig"), "hostile", source))
    assert [
        f"{found.code} {found.message}" for found in compiled.diagnostics if found.severity == "error"
    ] == []
    assert compiled.text is not None
    module = imported("hostile", compiled.text)
    box = module.Box()
    assert box.text == box.choice == hostile
    assert box.texts == [hostile, hostile]
    assert box.map == {hostile: hostile}
    assert box.json == {hostile: [hostile, {hostile: hostile}]}
    assert module.Ask.instructions == hostile
    assert module.Ask.examples[0].inputs.question == hostile
    assert module.Ask.examples[0].expected.answer == hostile
    assert module.Ask.Input().box.text == hostile
    assert module.Box.shape().description == hostile
    assert {field.description for field in module.Box.shape().fields} == {"", hostile}
    assert module.Box.json_schema()["properties"]["text"] == {
        "type": "string", "description": hostile, "default": hostile
    }  # fmt: skip
    assert module.here.models[0].name == f"m{hostile}"
    assert module.Room.default().style == hostile
    assert {variable.description for variable in module.Room.variables} >= {hostile}
    assert module.Run.settings(module.Room.default()).model == f"m{hostile}"
    assert not hasattr(builtins, "CANARY")


@given(text_values, text_values, st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,3}\Z").filter(str.isidentifier))
@settings(max_examples=30, deadline=None)
def test_any_text_in_a_module_comes_back(value: str, key: str, name: str) -> None:
    field = Field(name="x", type=ScalarType("str"), default=value, description=key, span=HERE)
    other = Field(name="y", type=ScalarType("json"), default={key: value}, span=HERE)
    schema = Schema(name="Box", fields=(field, other), description=value, span=HERE)
    module = imported("anything", _emit(Module(name="anything", declarations=(schema,))))
    box = module.Box()
    assert (box.x, box.y) == (value, {key: value})
    assert module.Box.shape().fields[0].description == key
    assert module.Box.shape().description == value


def _emit(module: Module) -> str:
    return emit(plan(module, "00" * 16))


@pytest.mark.parametrize(
    "module",
    [
        Module(name="a b", declarations=()),
        Module(name="a", declarations=(Enum("A;B", (), "", HERE),)),
        Module(name="a", declarations=(Enum("A", (Member("x = 1", "", HERE),), "", HERE),)),
        Module(name="a", declarations=(Enum("A", (), "", HERE), Enum("A", (), "", HERE))),
        Module(
            name="a",
            declarations=(
                Schema(name="S", fields=(Field(name="x: y", type=ScalarType("str"), span=HERE),), span=HERE),
            ),
        ),
        Module(
            name="a",
            declarations=(
                Schema(
                    name="S",
                    fields=(Field(name="x", type=ScalarType("int"), default="1", span=HERE),),
                    span=HERE,
                ),
            ),
        ),
    ],
)
def test_a_wrong_model_is_a_bug_and_never_code(module: Module) -> None:
    with pytest.raises(InternalError):
        _emit(module)


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [
        (ScalarType("int", Constraints(ge=1, gt=1, le=9, lt=9)), "Annotated[int, Meta(gt=1, lt=9)]"),
        (ScalarType("int", Constraints(ge=2, gt=1, le=8, lt=9)), "Annotated[int, Meta(ge=2, le=8)]"),
        (ScalarType("int", Constraints(ge=2.0)), "Annotated[int, Meta(ge=2)]"),
        (ScalarType("int", Constraints(ge=2**70)), "int"),
        (ScalarType("float"), "Finite"),
        (ScalarType("float", Constraints(multiple_of=0.5)), "Finite"),
        (ScalarType("float", Constraints(ge=0)), "Annotated[float, Meta(ge=0.0, le=LARGEST)]"),
        (ScalarType("float", Constraints(lt=0)), "Annotated[float, Meta(lt=0.0, ge=-LARGEST)]"),
        (ScalarType("confidence_score", Constraints(ge=0, le=1)), "Annotated[float, Meta(ge=0.0, le=1.0)]"),
        (OptionalType(ScalarType("json")), "Any"),
        (
            OptionalType(ScalarType("str", Constraints(max_length=3))),
            "Annotated[str, Meta(max_length=3)] | None",
        ),
        (
            MapType(ScalarType("bool"), Constraints(min_length=1)),
            "Annotated[dict[str, bool], Meta(min_length=1)]",
        ),
        (LiteralType(("a", 1, True)), 'Literal["a", 1, True]'),
    ],
)
def test_types_as_annotations(type_: Type, wanted: str) -> None:
    assert lay(annotation(type_, Scope(Names(())))) == wanted


def test_an_int_has_no_bound_between_ints() -> None:
    with pytest.raises(InternalError, match="not an int"):
        annotation(ScalarType("int", Constraints(ge=0.5)), Scope(Names(())))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (ScalarType("int"), True),
        (ScalarType("bool"), 1),
        (ScalarType("str"), None),
        (ScalarType("float"), "1"),
        (EnumType("Kind"), "one"),
        (EnumType("Kind"), EnumMember("Other", "one")),
        (ListType(ScalarType("int")), {}),
        (SchemaType("Box"), []),
        (LiteralType(("a",)), None),
    ],
)
def test_a_value_of_another_type_is_a_bug(type_: Type, value: Any) -> None:
    types = Types({"Kind": Enum("Kind", (), "", HERE)}, {"Box": Schema(name="Box", fields=(), span=HERE)})
    with pytest.raises(InternalError):
        expression(value, type_, types, Scope(Names(("Kind", "Box"))))


def test_only_defaults_have_factories() -> None:
    field = Field(name="x", type=ScalarType("str"), span=HERE)
    with pytest.raises(InternalError):
        factory(field, Types({}, {}), Scope(Names(())))


def test_an_own_name_that_a_field_hides_gets_a_second_name() -> None:
    kind = Enum("Kind", (Member("one", "", HERE),), "", HERE)
    field = Field(name="Kind", type=EnumType("Kind"), default=EnumMember("Kind", "one"), span=HERE)
    box = Schema(name="Box", fields=(field,), span=HERE)
    text = _emit(Module(name="hides", declarations=(kind, box)))
    assert "_own_Kind: TypeAlias = Kind" in text
    module = imported("hides", text)
    assert module.Box().Kind is module.Kind.one
    assert module.Box.validate({"Kind": "one"}).Kind is module.Kind.one


def test_a_module_says_how_much_it_holds() -> None:
    enums = tuple(Enum(f"E{n}", (Member("one", "", HERE),), "", HERE) for n in range(9))
    assert '"""Nothing yet, from a/b.mlsig."""' in _emit(Module(name="a.b", declarations=()))
    assert '"""E0, from a.mlsig."""' in _emit(Module(name="a", declarations=enums[:1]))
    assert '"""E0 and E1, from a.mlsig."""' in _emit(Module(name="a", declarations=enums[:2]))
    assert '"""9 declarations, from a.mlsig."""' in _emit(Module(name="a", declarations=enums))


HEADER = "# Generated by mlsig from a.mlsig. Do not edit.\n# mlsig: gencode=1 source=blake2b:00\n"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("x = 1\n", None),
        ("from mlsig.records import Record\n", None),
        ("from metrics import good\n", None),
        ("from metrics import bad\n", "import of metrics.bad"),
        ("from os import path\n", "import of os"),
        ("from . import x\n", "the import of"),
        ("from typing import *\n", "the import of"),
        ("import os\n", "a Import node"),
        ("x = open\n", "free name 'open'"),
        ("x = eval('1')\n", "free name 'eval'"),
        ("x = ().__class__\n", "attribute '__class__'"),
        ("def __getattr__(name):\n    return name\n", "function '__getattr__'"),
        ("x = 1  # a comment\n", "comment"),
        ("global x\n", "a Global node"),
        ("with x: pass\n", "a With node"),
        ("x = []\nx.append(1)\n", None),
        ("x = []\nx.clear()\n", "a statement"),
        ("3\n", "a statement"),
        ("x = (\n", "not Python"),
        ("match 1:\n    case 1: pass\n", "Match"),
        ("async def f():\n    try:\n        pass\n    except ValueError as e:\n        return e\n", None),
    ],
)
def test_the_last_guard(body: str, problem: str | None) -> None:
    references = frozenset({("metrics", "good")})
    if problem is None:
        inspect(HEADER + body, references)
        return
    with pytest.raises(InternalError, match=problem):
        inspect(HEADER + body, references)


@pytest.mark.parametrize(
    "text", ["x = 1\n", "# Generated by mlsig from a.mlsig. Do not edit.\n# other\nx = 1\n"]
)
def test_a_module_without_its_header_is_refused(text: str) -> None:
    with pytest.raises(InternalError, match="no proper header"):
        inspect(text)
