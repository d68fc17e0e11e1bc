"""The document of a model: complete, described by its schema, and read back as the same model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from mlsig_compiler import cli, model
from mlsig_compiler.ir import Document, back, document, schema, text
from mlsig_compiler.ir.counterparts import COUNTERPARTS, KINDS
from mlsig_compiler.model import expressions, programs, python, records, resources, spaces, types
from mlsig_compiler.source import Source

from compiler.printing import bare
from compiler.reading import module, source

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "docs" / "ir.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema.schema())

TEXT = """
enum Verdict { yes, no "not at all" }
schema Passage {
  id: str(min_length=1)
  scores: list[float] = [0.5, 1]
  verdict: Verdict? = Verdict.no
  big: int = 9007199254740993
  facts: map[json] = { a: [1, 1.0, true, null, { b: "x" }] }
}
signature Judge {
  "Judge."
  input passage: Passage
  output verdict: Verdict
  tune depth: int(1..3) = 2
  example { passage: { id: "a" }, verdict: yes }
}
space Tuning {
  var depth: int(0..8) = 4 { when strict and 1 <= 2: (0..4) = 1 else: (2..8) = 4 }
  var strict: bool = true
}
"""


def described(text_: str, places: bool = True) -> dict[str, Any]:
    """Return the document of a correct text, which its schema accepts."""
    found = document([module(text_)], ["case"], lambda _: source(text_), places=places)
    said: dict[str, Any] = json.loads(text(found))
    VALIDATOR.validate(said)
    return said


def read_back(node: model.Module) -> model.Module:
    written = text(document([node], [node.name], lambda _: None))
    VALIDATOR.validate(json.loads(written))
    return back.modules(Document.model_validate_json(written))[0]


FAMILIES: list[ModuleType] = [types, expressions, spaces, records, programs, python, resources, model]


def test_every_class_of_the_model_has_a_counterpart() -> None:
    every = {
        found
        for family in FAMILIES
        for found in vars(family).values()
        if dataclasses.is_dataclass(found) and isinstance(found, type)
    }
    # an enum member is a value, and is converted with them
    assert {found.__name__ for found in every - {types.EnumMember}} == {
        found.__name__ for found in COUNTERPARTS
    }


@pytest.mark.parametrize("original", COUNTERPARTS, ids=lambda original: original.__qualname__)
def test_a_counterpart_says_what_the_model_says(original: Any) -> None:
    own = {field.name for field in dataclasses.fields(original)}
    fields = set(COUNTERPARTS[original].model_fields)
    added = {"kind"} if original in KINDS else {"path"} if original is model.Module else set[str]()
    assert fields - added == {"place" if name == "span" else name for name in own}


def test_a_model_is_read_back() -> None:
    found = module(TEXT)
    assert bare(read_back(found)) == bare(found)


def test_places_are_lines_and_columns() -> None:
    (passage,) = [each for each in described(TEXT)["modules"][0]["declarations"] if each["name"] == "Passage"]
    assert passage["place"] == {"line": 3, "column": 8, "end_line": 3, "end_column": 15}
    assert passage["fields"][0]["place"]["line"] == 4


def test_places_can_be_left_out() -> None:
    assert '"place"' not in json.dumps(described(TEXT, places=False))
    assert described(TEXT) == described(TEXT)


def test_what_json_cannot_say_is_tagged() -> None:
    passage = described(TEXT)["modules"][0]["declarations"][1]
    defaults = {field["name"]: field.get("default") for field in passage["fields"]}
    assert defaults["id"] is None
    assert defaults["verdict"] == {
        "value": {"kind": "enum_member", "enum": "Verdict", "name": "no", "module": "case"}
    }
    assert defaults["big"] == {"value": {"kind": "integer", "digits": "9007199254740993"}}
    assert defaults["facts"]["value"]["entries"]["a"] == [
        *(1, 1.0, True, None),
        {"kind": "map", "entries": {"b": "x"}},
    ]


def test_a_default_of_null_is_not_the_absence_of_one() -> None:
    fields = described("schema A { a: str?  b: str? = null }")["modules"][0]["declarations"][0]["fields"]
    assert [field.get("default") for field in fields] == [None, {"value": None}]


def test_the_published_schema_is_fresh() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema.text(), "run `mlsig ir --schema`"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


def test_everything_in_the_schema_is_described() -> None:
    named = schema.schema()["$defs"]
    unions = {"Type", "Expr", "Domain", "Declaration", "Scalar", "Value"}
    assert {name for name, node in named.items() if not node.get("description")} == unions


def test_what_the_schema_does_not_know_is_refused() -> None:
    said = described(TEXT)
    said["modules"][0]["declarations"][0]["surprise"] = 1
    assert not VALIDATOR.is_valid(said)
    with pytest.raises(ValueError, match="surprise"):
        Document.model_validate_json(json.dumps(said))


# The command


def ir(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["ir", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_command_prints_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("case.mlsig").write_text(TEXT, encoding="utf-8")
    code, out, err = ir(capsys, "case.mlsig")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said == described(TEXT)
    assert (said["version"], said["requested"]) == (1, ["case"])
    assert said["modules"][0]["path"] == "case.mlsig"
    assert ir(capsys, "case.mlsig", "--no-places")[1] == json.dumps(described(TEXT, False), indent=2) + "\n"


def test_the_command_prints_what_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("b.mlsig").write_text("enum Verdict { yes, no }", encoding="utf-8")
    Path("a.mlsig").write_text(
        "from b import Verdict as V  from std.standard import Standard  schema A { v: V }", encoding="utf-8"
    )
    code, out, err = ir(capsys, "a.mlsig")
    assert (code, err) == (0, "")
    said = json.loads(out)
    VALIDATOR.validate(said)
    assert said["requested"] == ["a"]
    assert {each["name"] for each in said["modules"]} >= {"a", "b", "std.standard"}
    assert [each["name"] for each in said["modules"]][-1] == "a"


def test_the_command_prints_nothing_of_a_file_with_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("case.mlsig").write_text("schema A { a: strr }", encoding="utf-8")
    code, out, err = ir(capsys, "case.mlsig")
    assert (code, out) == (1, "")
    assert "MLS0301" in err
    assert ir(capsys)[0] == 2
    assert ir(capsys, "nowhere.mlsig")[0] == 2


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert ir(capsys, "--schema") == (0, schema.text(), "")


def test_what_another_file_hands_down_has_no_place_here() -> None:
    shared = Source(Path("b.mlsig"), "b", "schema B { text: str }")
    base = module(shared.text)
    assert isinstance(base.declarations[0], model.Schema)
    derived = dataclasses.replace(base.declarations[0], name="A")
    found = document(
        [dataclasses.replace(base, name="b"), model.Module(name="a", declarations=(derived,))],
        ["a"],
        lambda name: shared,
    )
    first, second = (each.declarations[0] for each in found.modules)
    assert first.place is not None
    assert first.fields[0].place is not None  # type: ignore[union-attr]
    assert second.fields[0].place is None  # type: ignore[union-attr]


def test_what_is_taken_over_and_changed_has_no_place_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("b.mlsig").write_text("# far down\n" * 9 + "var top: int(0..9) = 1", encoding="utf-8")
    Path("a.mlsig").write_text(
        "from b import top\nspace A { var on: bool = true when on { include top } }\n" + "# more\n" * 99,
        encoding="utf-8",
    )
    code, out, err = ir(capsys, "a.mlsig")
    assert (code, err) == (0, "")
    (on, top) = json.loads(out)["modules"][1]["declarations"][0]["variables"]
    assert on["place"]["line"] == 2
    assert (top["name"], "place" in top) == ("top", False)
