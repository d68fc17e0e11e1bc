"""Schemas that are created while a program runs."""

from __future__ import annotations

import importlib
import inspect
import pickle
import re
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlsig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import FunctionMissing
from mlsig.records import Record

ROOT = Path(__file__).resolve().parents[2]
PASSAGE = """
enum Kind { note, mail }
schema Passage "A piece of text" {
  id: str(pattern="^[a-z]+$")
  kind: Kind = note
  transform id = lower(id)
  check short: len(id) < 9  "an id is short"
}
schema Shelf { passages: list[Passage]  best: Passage? = null }
"""


def test_a_text_becomes_a_class() -> None:
    shelf: Any = mlsig.create_schema(PASSAGE)
    passage: Any = mlsig.create_schema(PASSAGE, name="Passage")
    assert issubclass(passage, Record)
    assert (shelf.__qualname__, passage.__doc__) == ("Shelf", "A piece of text")
    made = shelf.validate({"passages": [{"id": "a", "kind": "mail"}]})
    assert made.passages == [passage.validate({"id": "a", "kind": "mail"})]
    assert [str(issue) for issue in passage.check({"id": "abcdefghi", "kind": "x"})] == [
        'kind: must be "note" or "mail"'
    ]
    assert [str(issue) for issue in passage.check({"id": "abcdefghi"})] == ["an id is short"]
    assert passage.json_schema()["title"] == "Passage"
    assert passage.from_json(made.passages[0].to_json()) == made.passages[0]


def test_fields_become_a_class() -> None:
    fields = {"id": "str(min_length=1)", "tags": "list[str](max_length=3) = []", "when": "date?"}
    note: Any = mlsig.create_schema("Note", fields, description='Of "one"\n{{ kind }}')
    assert inspect.getdoc(note) == 'Of "one"\n{{ kind }}'
    assert note.validate({"id": "a", "when": None}).to_dict() == {"id": "a", "tags": [], "when": None}
    assert [issue.path for issue in note.check({"id": "", "when": 1})] == ["id", "when"]
    assert mlsig.create_schema("Note", dict(fields), description='Of "one"\n{{ kind }}') is note
    assert mlsig.create_schema("Empty", {}).validate({}).to_dict() == {}


ROW: dict[str, Any] = {
    "type": "object",
    "title": "Row",
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "odd key": {"type": "string"},
        "sub": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
    },
    "required": ["id"],
    "additionalProperties": False,
}


def test_json_schemas_become_classes() -> None:
    row: Any = mlsig.create_schema(ROW)
    assert row.__name__ == "Row"
    assert row.validate({"id": 1, "odd key": "x", "sub": {"x": 1}}).sub.x == 1.0
    assert [issue.path for issue in row.check({"id": 0, "sub": {"x": "1"}})] == ["id", "sub.x"]
    assert mlsig.create_schema({**ROW}) is row
    assert mlsig.create_schema(ROW, name="Line").__name__ == "Line"
    passage: Any = mlsig.create_schema(PASSAGE, name="Passage")
    again: Any = mlsig.create_schema(passage.json_schema())
    assert again.validate({"id": "a", "kind": "mail"}).to_dict() == {"id": "a", "kind": "mail"}


CIRCLE: dict[str, Any] = {}
CIRCLE["not"] = CIRCLE


@pytest.mark.parametrize(
    ("schema", "code", "says"),
    [
        ({"type": "array"}, "json_schema", "describes no object"),
        ({}, "json_schema", "describes no object"),
        ({"$ref": "https://example.org/x"}, "json_schema", "nothing is fetched"),
        ({"a": object()}, "invalid_json", "is not JSON"),
        (CIRCLE, "invalid_json", "Circular reference"),
        ({"type": "object", "properties": {"a": {"not": {"type": "string"}}}}, "lossy", "not carried over"),
    ],
)
def test_json_schemas_that_are_no_record(schema: dict[str, Any], code: str, says: str) -> None:
    with pytest.raises(mlsig.CompileError) as caught:
        mlsig.create_schema(schema)
    assert caught.value.issues[0].code == code
    assert says in str(caught.value)


def test_what_a_json_schema_says_too_much_is_left_out_when_asked() -> None:
    schema = {"type": "object", "properties": {"a": {"not": {"type": "string"}}}, "required": ["a"]}
    record: Any = mlsig.create_schema(schema, lossy=True)
    assert record.validate({"a": 3}).a == 3


def test_one_text_is_one_class() -> None:
    text = "schema Once { a: int }"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: mlsig.create_schema(text), range(32)))
    assert len(made) == 1
    assert mlsig.create_schema(text) in made
    assert mlsig.create_schema("schema Once { a: int } ") not in made


def test_threads_do_not_mix_their_texts() -> None:
    texts = [f"schema Many{index} {{ a: int = {index} }}" for index in range(12)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(mlsig.create_schema, texts))
    assert [record.validate({}).to_dict()["a"] for record in made] == list(range(12))


def test_what_is_wrong_is_shown_as_the_compiler_shows_it() -> None:
    with pytest.raises(mlsig.CompileError) as caught:
        mlsig.create_schema("schema A {\n  a: strr\n  b: int = true\n}")
    assert [(issue.path, issue.code) for issue in caught.value.issues] == [
        ("2:6", "MLS0301"),
        ("3:12", "MLS0410"),
    ]
    assert "2 |   a: strr\n" in str(caught.value)
    assert "did you mean `str`?" in str(caught.value)
    assert isinstance(caught.value, mlsig.MlsigError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.issues) == (str(caught.value), caught.value.issues)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "declares no schema"),
        ("enum A { a }", "declares no schema"),
        ("signature A { input a: str  output b: str }", "declares no schema"),
        ('import "other" { A }\nschema B { a: A }', "other"),
        ("schema class { a: int }", "word of Python"),
        ("schema A { to_msgpack: int }", "to_msgpack"),
        ("schema A { a: str } }", "MLS"),
        ("schema A { a: " + "list[" * 5000 + "int" + "]" * 5000 + " }", "MLS"),
        ('schema A { key: api_key = "sesame-1234" }', "MLS"),
        ("schema A { a: str\ud800 }", "MLS"),
        ("schema A { a: int = " + "9" * 10_000 + " }", "MLS"),
    ],
)
def test_texts_that_are_no_schema(text: str, says: str) -> None:
    with pytest.raises(mlsig.CompileError) as caught:
        mlsig.create_schema(text)
    assert says in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert caught.value.issues


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((3,), "a schema is made of a text, a name and fields, or a JSON Schema, not of an integer"),
        ((None,), "not of null"),
        (("Row", ["int"]), "a schema with fields is made of its name and a dict"),
        (({"type": "object"}, {"id": "int"}), "a schema with fields is made of its name and a dict"),
        (
            ("Row", {"id": int}),
            'the type of "id" is written as text, such as "int = 1", and is the class',
        ),
        (("Row", {"id": 3}), "and is an integer"),
        (("Row", {1: "int"}), "the type of 1 is written as text"),
    ],
    ids=range(7),
)
def test_what_no_schema_is_made_of(given: tuple[Any, ...], says: str) -> None:
    with pytest.raises(TypeError, match=re.escape(says)):
        mlsig.create_schema(*given)


def test_the_schema_that_is_asked_for_has_to_be_there() -> None:
    with pytest.raises(mlsig.CompileError, match=r"no schema `Kind`; there are Passage, Shelf"):
        mlsig.create_schema(PASSAGE, name="Kind")


@pytest.mark.parametrize(
    ("name", "fields", "place"),
    [
        ("A B", {"a": "int"}, "A B"),
        ("A", {"a b": "int"}, "a b"),
        ("A", {"a: int  b": "int"}, "a: int  b"),
        ("A", {"": "int"}, ""),
        ("Ä", {"a": "int"}, "Ä"),
        ("A", {"a": "int } schema B { b: int"}, "A"),
        ("A", {"a": "int  b: int"}, "A"),
        ("A", {"a": "int\n}\nenum E { e"}, "A"),
        ("A", {"a": "int  check odd: a > 1"}, "A"),
        ("A", {"a": "int #", "b": "int"}, None),
        ("A", {"a": "@alias"}, "2:5"),
        ("A", {"a": ""}, "2:5"),
        ("A", {"_a": "int"}, "_a"),
        ("__class__", {"a": "int"}, "__class__"),
    ],
)
def test_parts_say_no_more_than_they_should(name: str, fields: dict[str, str], place: str | None) -> None:
    if place is None:
        assert mlsig.create_schema(name, fields).__struct_fields__ == tuple(fields)
        return
    with pytest.raises(mlsig.CompileError) as caught:
        mlsig.create_schema(name, fields)
    assert caught.value.issues[0].path == place


def test_a_function_that_is_not_there_is_no_fault_of_the_data() -> None:
    missing = mlsig.create_schema('schema A { a: str  transform a = python("nowhere:fix") }', python=True)
    ways: list[Any] = [missing.validate, missing.check, lambda data: missing.validate_many([data])]
    for way in ways:
        with pytest.raises(FunctionMissing, match=r"^`nowhere:fix` cannot be imported: No module named"):
            way({"a": "x"})
    assert [issue.code for issue in missing.check({"a": 1})] == ["type"]


HOSTILE = 'schema A { a: str  transform python("os:system")  transform a = python("os:popen") }'


def test_functions_of_python_are_called_for_those_who_ask_for_it_only() -> None:
    with pytest.raises(mlsig.CompileError) as caught:
        mlsig.create_schema(HOSTILE)
    assert [(issue.path, issue.code) for issue in caught.value.issues] == [
        ("1:37", "python"),
        ("1:72", "python"),
    ]
    record: Any = mlsig.create_schema(
        'schema A { a: str  transform a = python("os.path:basename") }', python=True
    )
    assert record.validate({"a": "x/y"}).a == "y"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_descriptions_and_defaults_are_text_and_nothing_else(text: str) -> None:
    record: Any = mlsig.create_schema("Said", {"a": "str"}, description=text)
    assert record.shape().description == text
    assert record.validate({"a": "x"}).a == "x"


def test_lines_of_created_modules_can_be_seen() -> None:
    passage: Any = mlsig.create_schema(PASSAGE, name="Passage")
    assert inspect.getsource(passage).startswith("class Passage(")
    assert "def _check_short(self) -> bool:" in inspect.getsource(passage._check_short)
    with pytest.raises(TypeError) as caught:
        passage._check_short(passage(id=3))
    assert "return len(self.id) < 9" in "".join(traceback.format_exception(caught.value))


def test_what_was_created_here_is_pickled_by_name(tmp_path: Path) -> None:
    shelf: Any = mlsig.create_schema(PASSAGE)
    made = shelf.validate({"passages": [{"id": "a", "kind": "mail"}]})
    assert pickle.loads(pickle.dumps(made)) == made
    kept = tmp_path / "made.pickle"
    kept.write_bytes(pickle.dumps(made))
    read = f"import pickle; print(pickle.load(open({str(kept)!r}, 'rb')).passages[0].id)"
    first = f"import mlsig; mlsig.create_schema({PASSAGE!r}); "
    assert python(first + read).stdout == "a\n"
    assert (
        "mlsig.create_schema made in another process: call it here with the same text" in python(read).stderr
    )


def python(code: str) -> subprocess.CompletedProcess[str]:
    paths = f"{ROOT / 'runtime'}:{ROOT / 'compiler'}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": paths}
    )


def test_without_the_compiler_it_says_what_is_missing() -> None:
    code = (
        "import sys, mlsig; sys.modules['mlsig_compiler'] = None; mlsig.create_schema('schema A { a: int }')"
    )
    last = python(code).stderr.strip().splitlines()[-1]
    assert last.startswith("mlsig.errors.MlsigError: create_schema needs the compiler of mlsig")


def test_the_finder_minds_its_own_modules() -> None:
    importlib.import_module("mlsig.created")
    with pytest.raises(ModuleNotFoundError, match="createdness"):
        importlib.import_module("mlsig.createdness")
    with pytest.raises(ModuleNotFoundError, match="made in another process"):
        importlib.import_module("mlsig.created.schemas_0")
