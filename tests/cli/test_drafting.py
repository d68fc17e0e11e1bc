"""`mlsig infer` and `mlsig import` as commands: what is written where, what is said, and the exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE, main


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("reviews.jsonl").write_text('{"stars": 4, "nothing": null}\n{"stars": 5, "nothing": null}\n')
    Path("order.schema.json").write_text(
        json.dumps({"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}})
    )
    return tmp_path


def test_infer_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infer", "reviews.jsonl"]) == OK
    out, err = capsys.readouterr()
    assert out == "schema Review {\n  stars: int\n  nothing: json\n}\n"
    assert err == "inferred from 2 rows\nwarning: nothing: only null was seen: json\n"


def test_infer_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}\n')))
    assert main(["infer", "-", "--quiet"]) == OK
    assert capsys.readouterr() == ("schema Row {\n  a: int\n}\n", "")


def test_a_file_is_not_written_over(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    words = ["infer", "reviews.jsonl", "--name", "Stars", "--out", "a.mlsig"]
    assert main(words) == OK
    assert "wrote a.mlsig" in capsys.readouterr().err
    first = Path("a.mlsig").read_text()
    assert first.startswith("schema Stars {")
    assert main([*words, "--tight"]) == USAGE
    assert "a.mlsig: is there already; --force writes over it" in capsys.readouterr().err
    assert Path("a.mlsig").read_text() == first
    assert main([*words, "--tight", "--force"]) == OK
    assert "stars: int(4..5)" in Path("a.mlsig").read_text()
    assert sorted(path.name for path in here.iterdir()) == ["a.mlsig", "order.schema.json", "reviews.jsonl"]


def test_what_is_written_compiles() -> None:
    assert main(["infer", "reviews.jsonl", "--out", "a.mlsig"]) == OK
    assert main(["import", "json-schema", "order.schema.json", "--out", "b.mlsig"]) == OK
    assert main(["compile", ".", "--out", "made"]) == OK


def test_what_is_written_is_laid_out_as_every_file_is() -> None:
    row = {"a": 1, "a_name_that_is_long": {"with": [1.5], "parts": "in it"}, "and_text": "x" * 200}
    Path("rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert main(["infer", "rows.jsonl", "--tight", "--out", "a.mlsig"]) == OK
    assert main(["import", "json-schema", "order.schema.json", "--out", "b.mlsig"]) == OK
    assert main(["fmt", "--check", "."]) == OK


def test_samples_bound_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_text('{"a": 1}\n{"a": "x"}\nnot JSON\n')
    assert main(["infer", "a.jsonl", "--samples", "1"]) == OK
    assert "  a: int\n" in capsys.readouterr().out


def test_broken_rows_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_text('{"a": 1}\n' + "[]\n" * 30)
    assert main(["infer", "a.jsonl", "--out", "b.mlsig"]) == FINDINGS
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: 30 of 31 rows cannot be read\n  a.jsonl:2: a row must be an object")
    assert err.endswith("  … and 10 more\n")
    assert not Path("b.mlsig").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["infer", "none.jsonl"], STORAGE, "none.jsonl: there is no such file"),
        (["infer", "."], FINDINGS, "data is a .jsonl"),
        (["infer", "empty.csv"], FINDINGS, "empty.csv: there are no rows"),
        (["infer", "reviews.jsonl", "--samples", "0"], USAGE, "1 or more"),
        (["infer", "reviews.jsonl", "--name", "a b"], USAGE, "cannot be the name of a schema"),
        (["infer", "reviews.jsonl", "--out", "a.txt"], USAGE, "ends with .mlsig"),
        (["infer", "reviews.jsonl", "--out", "no/a.mlsig"], STORAGE, "No such file"),
        (["import", "json-schema", "none.json"], STORAGE, "none.json: No such file"),
        (["import", "json-schema", "reviews.jsonl"], FINDINGS, "is not JSON"),
        (["import", "json-schema", "list.json"], FINDINGS, "a JSON Schema is an object"),
        (["import", "json-schema", "deep.json"], FINDINGS, "nested too deeply"),
        (["import", "json-schema", "remote.json"], FINDINGS, "the reference http://x.test/ leads out"),
        (["import", "json-schema", "a.json", "b.json"], FINDINGS, "is one file"),
        (["import", "pydantic", "nothing"], FINDINGS, "nothing: name it as package.module:Name"),
        (["import", "pydantic", "nothing_here:Name"], FINDINGS, "nothing_here cannot be imported: Mod"),
        (["import", "pydantic", "leaving:Name"], FINDINGS, "leaving cannot be imported: SystemExit: 3"),
        (["import", "pydantic", "json:Nothing"], FINDINGS, "json has no `Nothing`"),
        (["import", "pydantic", "json:loads"], FINDINGS, "json:loads: is no class"),
        (["import", "pydantic", "a:B", "a:C", "--name", "X"], USAGE, "--name is for one source"),
        (["import", "pydantic", "a:B", "--name", "1"], USAGE, "cannot be a name"),
        (["import", "dspy", "json:JSONDecoder"], FINDINGS, "is no DSPy signature"),
        (["import", "dspy", "a -> b", "c -> d"], FINDINGS, "write one signature"),
        (["import", "dspy", "a: X -> b"], FINDINGS, "the type `X`"),
    ],
)  # fmt: skip
def test_mistakes(words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.csv").write_text("a,b\n")
    Path("list.json").write_text("[]")
    Path("deep.json").write_text("[" * 100_000)
    Path("remote.json").write_text('{"$ref": "http://x.test/"}')
    Path("leaving.py").write_text("raise SystemExit(3)\n")
    assert main(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_import_of_models_of_this_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("drafted_shop.py").write_text(
        "from pydantic import BaseModel\n\nprint('hello')\n\n\nclass Line(BaseModel):\n    sku: str\n\n\n"
        "class Order(BaseModel):\n    lines: list[Line]\n\n\n"
        "class Outer:\n    class Inner(BaseModel):\n        a: int\n"
    )
    assert main(["import", "pydantic", "drafted_shop:Order", "drafted_shop:Outer.Inner"]) == OK
    out, err = capsys.readouterr()
    assert out == (
        "@open\nschema Order {\n  lines: list[Line]\n}\n\n@open\nschema Line {\n  sku: str\n}\n\n"
        "@open\nschema Inner {\n  a: int\n}\n"
    )
    assert err == "hello\n"
    monkeypatch.delitem(sys.modules, "drafted_shop")


def test_a_string_form_needs_no_dspy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "dspy", "question -> answer: bool", "--name", "Ask"]) == OK
    assert capsys.readouterr().out == "signature Ask {\n  input  question: str\n  output answer: bool\n}\n"


def test_a_schema_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'\xef\xbb\xbf{"type": "string"}')))
    assert main(["import", "json-schema", "-", "--name", "Text"]) == OK
    assert capsys.readouterr().out == "type Text = str\n"


def test_notes_can_be_left_out_and_warnings_not(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.json").write_text('{"type": "string", "examples": ["a"], "format": "email"}')
    assert main(["import", "json-schema", "a.json", "--quiet"]) == OK
    assert capsys.readouterr().err == 'warning: /: not carried over: format "email" (any string fits)\n'


def test_the_help_says_that_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["import", "--help"])
    assert "its code runs, with this folder on the path" in capsys.readouterr().out
