"""`mlsig space`: the tree, samples, and the verdicts on a file of configurations."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE, main
from mlsig_compiler.model import Space
from mlsig_compiler.proofs.study import Study

TUNING = """
provider near {
  protocol: openai
  base_url: "http://127.0.0.1:8080/v1"
  model "small" { context_window: 2_048 }
  model "large" { context_window: 8_192 }
}

space Tuning {
  var provider: provider(near) = near
  var model: model(provider)
  var style: choice("formal", "casual", weights=[0.7, 0.3]) = "formal"     "how to write"
  var warmth: float(0.0..2.0, step=0.1, normal(0.7, 0.3)) = 0.7 {
    when style == "casual": (0.5..1.0) = 0.8
  }
  var rate: float(1e-5..1e-1, log) = 1e-3
  @hint(priority="cost")
  var tokens: int(16..4096, step=16) = 1_024
  when style == "formal" {
    var title: bool = true
    composite words: int = tokens // 2         "about as many"
  }
  composite doubled: int = tokens * 2
  constraint window: tokens <= model.context_window     "the answer must fit"
  prefer tokens < 3_000                                   "long answers are slow"
}
"""

SMALL = """
space Small {
  var a: int(0..3) = 0
  var b: bool
  constraint few: a < 3 or not b
}

space Other { var c: bool }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "tuning.mlsig").write_text(TUNING.lstrip(), encoding="utf-8")
    (tmp_path / "small.mlsig").write_text(SMALL.lstrip(), encoding="utf-8")
    return tmp_path


def space(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlsig_compiler", "space", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
        encoding="utf-8",
    )


def test_the_tree_has_all_that_a_space_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "tuning.mlsig:Tuning"]) == OK
    assert capsys.readouterr().out == TREE.lstrip()


TREE = """
Tuning  tuning.mlsig:8
├── 7 variables: 18,432 legal configurations, times 1 continuous dimension
├── variables
│   ├── provider  provider  "near" = "near"
│   ├── model  model  "small" or "large" = "small"
│   ├── style  choice  "formal" or "casual", weights 0.7, 0.3 = "formal"  how to write
│   ├── warmth  float  0.0 to 2.0 in steps of 0.1, normal(0.7, 0.3) = 0.7
│   │   └── when style == "casual":  0.5 to 1.0 in steps of 0.1, normal(0.7, 0.3) = 0.8
│   ├── rate  float  0.00001 to 0.1, log = 0.001
│   ├── tokens  int  16 to 4096 in steps of 16 = 1024
│   │   └── hint: priority="cost"
│   └── when style == "formal"
│       └── title  bool  false or true = true
├── composites
│   ├── words  int  of style, tokens  when style == "formal"  about as many
│   └── doubled  int  of tokens
├── constraints
│   └── window  tokens <= model.context_window  the answer must fit
├── preferences
│   └── tokens < 3_000  long answers are slow
└── proofs
    ├── proved  there is a legal configuration
    ├── proved  the default is legal
    ├── proved  there are 18,432 legal configurations
    └── proved  the constraints keep 75 % of the prior
"""


def test_the_tree_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "small.mlsig:Small", "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert (data["mlsig_space"], data["name"], data["place"]) == (1, "Small", "small.mlsig:1")
    assert [variable["name"] for variable in data["variables"]] == ["a", "b"]
    assert data["cardinality"] == "7"
    assert data["proofs"] == {"satisfiable": True, "cardinality": "7", "mass": 0.875, "not_proved": []}


def test_what_is_not_proved_is_said_with_the_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "open.mlsig").write_text(
        "space Open {\n  var a: float(0.0..1.0) = 0.5\n  var b: float(0.0..1.0) = 0.1\n"
        "  constraint less: a * b < 0.3\n}\n"
    )
    assert main(["space", "open.mlsig"]) == OK
    shown = capsys.readouterr().out
    assert "not proved  the share of the prior that the constraints keep" in shown
    assert "`less` (a * b < 0.3) is tested by every sample" in shown


def test_counts_that_are_huge_are_shown_short(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    variables = "".join(f"  var v{k}: int(0..999_999) = 1\n" for k in range(8))
    (folder / "huge.mlsig").write_text(f"space Huge {{\n{variables}}}\n")
    assert main(["space", "huge.mlsig"]) == OK
    assert "8 variables: 1.00e48 legal configurations" in capsys.readouterr().out


ASK = """from std.providers import openai
signature Ask {
  input q: str
  output a: str
}
space Mine {
  var provider: provider(openai) = openai
  var model: model(provider)
  var warmth: float(0.0..1.0, step=0.1) = 0.5
}
program QA {
  signature: Ask
  space: Mine
}
pipeline Flow(q: str) -> str {
  first = Ask(q=q)
  return first.a
}
"""


FLOWS = """
pipeline Twice(q: str) -> Ask {
  inner = Flow(q=q)
  key = QA(q=inner)
  return QA(q=key.a)
}
pipeline Plain(q: str) -> int { return len(q) }
"""


@pytest.mark.parametrize(
    ("name", "head", "has"),
    [
        ("Ask", "Ask.Variables  ask.mlsig:2\n", "top_p  float"),
        ("Ask.Variables", "Ask.Variables  ask.mlsig:2\n", "top_p  float"),
        ("QA", "QA.Variables  ask.mlsig:11\n", "warmth  float"),
    ],
)
def test_signatures_and_programs_have_spaces_too(
    name: str, head: str, has: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ask.mlsig").write_text(ASK)
    assert main(["space", f"ask.mlsig:{name}"]) == OK
    shown = capsys.readouterr().out
    assert shown.startswith(head)
    assert has in shown


def test_a_pipeline_has_the_spaces_of_its_steps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ask.mlsig").write_text(ASK + FLOWS)
    assert main(["space", "ask.mlsig:Flow"]) == OK
    shown = capsys.readouterr().out
    assert shown.startswith("Flow.Variables  ask.mlsig:15\n")
    assert "first.top_p  float" in shown
    assert main(["space", "ask.mlsig:Twice", "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    names = [variable["name"] for variable in told["variables"]]
    assert {"inner.first.model", "key.warmth", "return.warmth"} <= set(names)
    one = int(told["proofs"]["cardinality"])
    assert main(["space", "ask.mlsig:Flow", "--json"]) == OK
    flow = int(json.loads(capsys.readouterr().out)["proofs"]["cardinality"])
    assert main(["space", "ask.mlsig:QA", "--json"]) == OK
    qa = int(json.loads(capsys.readouterr().out)["proofs"]["cardinality"])
    assert one == flow * qa * qa

    assert main(["space", "ask.mlsig:Twice", "--sample", "3", "--format", "jsonl"]) == OK
    rows = capsys.readouterr().out
    (folder / "rows.jsonl").write_text(rows + '{"key.warmth": 7}\n')
    assert main(["space", "ask.mlsig:Twice", "--check", "rows.jsonl"]) == FINDINGS
    said = capsys.readouterr().out
    assert "rows.jsonl:4: `key.warmth` is 7" in said
    assert "rows.jsonl:3" not in said
    assert main(["space", "ask.mlsig:Twice", "--sample", "2", "--format", "csv"]) == OK
    head = capsys.readouterr().out.splitlines()[0].split(",")
    assert set(json.loads(rows.splitlines()[0])) <= set(head)

    assert main(["space", "ask.mlsig:Plain"]) == USAGE
    assert "the pipeline `Plain` has no step that asks a model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("small.mlsig:Smal", "has no space, signature, program or pipeline `Smal`; did you mean Small?"),
        ("small.mlsig:Quite", "it has Small, Other"),
        ("small.mlsig", "has several: say which, as small.mlsig:Small; it has Small, Other"),
        ("none.mlsig:A", "has no space, and no signature, program or pipeline that has variables"),
        ("none.mlsig", "has no space, and no signature, program or pipeline that has variables"),
    ],
)
def test_a_name_that_is_none_is_refused(
    target: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "none.mlsig").write_text("schema A { b: str }\n")
    assert main(["space", target]) == USAGE
    assert said in capsys.readouterr().err


def test_a_space_is_found_by_its_module_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["schemas"]\n')
    (folder / "schemas" / "desk").mkdir(parents=True)
    (folder / "schemas" / "desk" / "dials.mlsig").write_text("space Dials { var heat: bool }")
    assert main(["space", "desk.dials:Dials"]) == OK
    assert capsys.readouterr().out.startswith("Dials  ")


def test_files_that_are_missing_or_wrong_are_findings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["space", "there_is.mlsig:No"]) == USAGE
    assert "MLS0901" in capsys.readouterr().out
    (folder / "wrong.mlsig").write_text("space Wrong { var a: int(3..1) }\n")
    assert main(["space", "wrong.mlsig:Wrong"]) == FINDINGS
    assert "wrong.mlsig:1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seed", "1"], "they need --sample"),
        (["--format", "csv"], "they need --sample"),
        (["--sample", "1", "--json"], "samples have --format jsonl"),
    ],
)
def test_options_that_do_nothing_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["space", "small.mlsig:Small", *words]) == USAGE
    assert said in capsys.readouterr().err


def test_samples_are_those_of_the_generated_class(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["space", "tuning.mlsig:Tuning", "--sample", "1100", "--seed", "3", "--format"]
    assert main([*words, "jsonl"]) == OK
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 1100
    assert {row["style"] for row in rows} == {"formal", "casual"}
    assert all(("title" in row) == (row["style"] == "formal") for row in rows)
    assert main([*words, "csv"]) == OK
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["tokens"] for row in found] == [str(row["tokens"]) for row in rows]
    assert [row["title"] for row in found] == [
        json.dumps(row["title"]) if "title" in row else "" for row in rows
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["space", "tuning.mlsig:Tuning", "--check", "rows.jsonl"]) == OK
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "checked 1,100 configurations: 0 illegal\n"


def test_a_table_fits_or_becomes_blocks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["space", "small.mlsig:Small", "--sample", "2"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["a", "b"]
    assert len(lines) == 3
    monkeypatch.setenv("COLUMNS", "30")
    assert main(["space", "tuning.mlsig:Tuning", "--sample", "2"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1."
    assert "  provider  near" in lines
    assert "2." in lines


def test_a_space_whose_samples_are_not_found_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rare.mlsig").write_text(
        "space Rare {\n  var a: float(0.0..1.0) = 1.0\n  var b: float(0.0..1.0) = 1.0\n"
        "  constraint edge: a * b > 0.9999999\n}\n"
    )
    assert main(["space", "rare.mlsig", "--sample", "1"]) == FINDINGS
    assert "none of 10,000 draws is legal" in capsys.readouterr().err


LINES = """{"a": 1, "b": true}

{"a": 3, "b": true}
{"a": 9, "c": 1}
[1]
{"a":
"""


def test_illegal_lines_are_said_with_their_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "configs.jsonl").write_text(LINES)
    assert main(["space", "small.mlsig:Small", "--check", "configs.jsonl"]) == FINDINGS
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert [line.split(":")[1] for line in lines] == ["3", "4", "4", "4", "5", "6"]
    assert lines[0] == "configs.jsonl:3: `few` does not hold: a < 3 or not b, with a = 3, b = true"
    assert "`a` is 9, but must be 0 to 3" in captured.out
    assert "`b` is missing" in captured.out
    assert "this is not JSON" in lines[-1]
    assert captured.err == "checked 5 configurations: 4 illegal\n"


def test_verdicts_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "configs.jsonl").write_text(LINES)
    assert main(["space", "small.mlsig:Small", "--check", "configs.jsonl", "--json"]) == FINDINGS
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(verdict["line"], verdict["legal"]) for verdict in found] == [
        (1, True),
        (3, False),
        (4, False),
        (5, False),
        (6, False),
    ]
    assert found[1]["issues"][0]["code"] == "constraint"


class Piped:
    """Standard input with bytes in it."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xef\xbb\xbf" + b'{"a": 1, "b": true}', ""),
        (b"[" * 5_000 + b"\n", "nested too deeply"),
        (
            b'{"a": 1, "b": true, "x": "' + b"y" * 2**21 + b'"}\n{"a": 1, "b": true}',
            "more than 1,048,576 bytes",
        ),
        (b"\xff\n", "not JSON"),
    ],
)
def test_standard_input_can_be_anything(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Piped(content))
    assert main(["space", "small.mlsig:Small", "--check", "-"]) == (FINDINGS if said else OK)
    out = capsys.readouterr().out
    assert out.startswith("<stdin>:1: ") if said else not out
    assert said in out


def test_files_without_configurations_or_none_at_all(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.jsonl").write_text("\n")
    assert main(["space", "small.mlsig:Small", "--check", "empty.jsonl"]) == USAGE
    assert "one JSON object in each line" in capsys.readouterr().err
    assert main(["space", "small.mlsig:Small", "--check", "missing.jsonl"]) == STORAGE
    assert "No such file" in capsys.readouterr().err


HOSTILE = r"""
space Odd {
  var a: choice("\u001b[31mred", "[bold]x[/bold]") = "[bold]x[/bold]"   "\u001b[2J \u202egone"
}
"""


def test_text_of_files_never_commands_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "odd.mlsig").write_text(HOSTILE)
    (folder / "odd.jsonl").write_text('{"a": "\\u001b[0m", "\\u009b1m": 1}\n')
    for words in ([], ["--json"], ["--sample", "9"], ["--sample", "9", "--format", "jsonl"]):
        assert main(["space", "odd.mlsig", *words]) == OK
    assert main(["space", "odd.mlsig", "--check", "odd.jsonl"]) == FINDINGS
    out = capsys.readouterr().out
    assert all(char.isprintable() or char == "\n" for char in out)
    assert "[bold]x[/bold]" in out
    assert "\\u{1b}[2J" in out


def test_colours_are_for_those_who_watch() -> None:
    plain = space("small.mlsig:Small")
    assert (plain.returncode, plain.stderr) == (OK, "")
    assert "\x1b" not in plain.stdout
    forced = space("small.mlsig:Small", FORCE_COLOR="1", TERM="xterm")
    assert "\x1b[" in forced.stdout
    assert "\x1b" not in space("small.mlsig:Small", FORCE_COLOR="1", NO_COLOR="1").stdout
    narrow = space("small.mlsig:Small", COLUMNS="24").stdout
    assert max(map(len, narrow.splitlines())) <= 24
    ascii_only = space("small.mlsig:Small", PYTHONIOENCODING="ascii")
    assert ascii_only.returncode == OK


def test_a_pipe_that_is_closed_is_no_error() -> None:
    words: list[Any] = [sys.executable, "-m", "mlsig_compiler", "space", "small.mlsig:Small"]
    with subprocess.Popen(
        [*words, "--sample", "200000", "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""


@pytest.mark.parametrize("name", ["Small", "Judge"])
def test_a_space_is_studied_once(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / "case.mlsig").write_text(
        f"{SMALL}\nsignature Judge {{ input x: str output y: str tune z: bool }}\n"
    )
    studied: list[tuple[str, ...]] = []
    begun = Study.__init__

    def counted(study: Study, space: Space, served: Any = None) -> None:
        studied.append(space.declared)
        begun(study, space, served)

    monkeypatch.setattr(Study, "__init__", counted)
    assert main(["space", f"case.mlsig:{name}", "--json"]) == OK
    assert ("a", "b") in studied
    assert len(studied) == len(set(studied))
