"""`mlsig compile`, as users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from mlsig_compiler import pipeline
from mlsig_compiler.cli import BUG, FINDINGS, OK, STORAGE, USAGE, main
from mlsig_compiler.imports import Find
from mlsig_compiler.manifest import NAME
from mlsig_compiler.source import Source, Span

GOOD = "schema Point { x: int  y: int = 0 }\n"
BAD = "schema Point { x: strin }\n"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `schemas/`, which is where the command runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas" / "deep").mkdir(parents=True)
    (tmp_path / "schemas" / "a.mlsig").write_text(GOOD)
    (tmp_path / "schemas" / "deep" / "b.mlsig").write_text(GOOD)
    return tmp_path


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_becomes_modules(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert written(project / "out") == [NAME, "a.py", "deep/__init__.py", "deep/b.py"]
    assert capsys.readouterr().err == "compiled 2 files: wrote 2, 0 unchanged\n"
    code = "from deep.b import Point; print(Point.validate({'x': 1}))"
    env = {"PYTHONPATH": f"{ROOT / 'runtime'}:{project / 'out'}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "Point(x=1, y=0)\n"


def test_the_configuration_says_where(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["schemas"]\nout = "gen"\n')
    assert main(["compile"]) == OK
    assert (project / "gen" / "deep" / "b.py").exists()
    assert main(["compile", "schemas/deep/b.mlsig", "--out", "other"]) == OK
    assert written(project / "other") == [NAME, "deep/__init__.py", "deep/b.py"]


def test_a_second_run_does_nothing_and_loads_little(project: Path) -> None:
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "mlsig_compiler",
        "compile",
        "schemas",
        "--out",
        "out",
    ]
    env = {"PYTHONPATH": f"{ROOT / 'compiler'}:{ROOT / 'runtime'}"}

    def run() -> str:
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=env, cwd=project
        ).stderr

    first = run()
    assert "wrote 2, 0 unchanged" in first
    assert "mlsig_compiler.parse" in first
    before = {path: (project / "out" / path).stat().st_ino for path in written(project / "out")}
    second = run()
    assert "wrote 0, 2 unchanged" in second
    assert not [name for name in ("mlsig_compiler.parse", "jinja2", "pydantic", "msgspec") if name in second]
    assert before == {path: (project / "out" / path).stat().st_ino for path in written(project / "out")}


def test_only_what_changed_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compile", "schemas", "--out", "out"])
    (project / "schemas" / "a.mlsig").write_text(GOOD + "enum Kind { one }\n")
    (project / "out" / "deep" / "b.py").unlink()
    capsys.readouterr()
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert capsys.readouterr().err == "compiled 2 files: wrote 2, 0 unchanged\n"
    assert "class Kind" in (project / "out" / "a.py").read_text()


def test_edited_output_is_put_right(project: Path) -> None:
    main(["compile", "schemas", "--out", "out"])
    path = project / "out" / "a.py"
    text = path.read_text()
    path.write_text(text + "x = 1\n")
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert path.read_text() == text


def test_errors_of_all_files_are_reported_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "schemas" / "bad.mlsig").write_text(BAD)
    (project / "schemas" / "worse.mlsig").write_text("enum {")
    command = ["compile", "schemas", "--out", "out", "--output-format", "json"]
    assert main(command) == FINDINGS
    captured = capsys.readouterr()
    assert {Path(found["path"]).name for found in json.loads(captured.out)} == {
        "bad.mlsig",
        "worse.mlsig",
    }
    assert captured.err.endswith("nothing was written\n")
    assert not (project / "out").exists()


def test_check_says_what_is_stale(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "schemas", "--out", "out", "--check"]) == FINDINGS
    assert capsys.readouterr().err.splitlines() == [
        "stale: out/a.py",
        "stale: out/deep/b.py",
        "compiled 2 files: 2 stale",
    ]
    assert not (project / "out").exists()
    main(["compile", "schemas", "--out", "out"])
    assert main(["compile", "schemas", "--out", "out", "--check"]) == OK
    (project / "out" / NAME).unlink()
    assert main(["compile", "schemas", "--out", "out", "--check"]) == OK
    assert not (project / "out" / NAME).exists()


def test_a_file_of_the_users_is_never_replaced(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "out").mkdir()
    (project / "out" / "a.py").write_text("mine = True\n")
    assert main(["compile", "schemas", "--out", "out", "--output-format", "concise"]) == FINDINGS
    captured = capsys.readouterr()
    assert captured.out == (
        "schemas/a.mlsig: error[MLS0908] out/a.py cannot be written: the file was not written by mlsig\n"
    )
    assert written(project / "out") == ["a.py"]


def test_wrong_use(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "--out", "out"]) == USAGE
    assert "name files or folders" in capsys.readouterr().err
    assert main(["compile", "schemas"]) == USAGE
    assert "--out" in capsys.readouterr().err
    assert main(["compile", "nowhere.mlsig", "--out", "out"]) == USAGE
    assert "MLS0901" in capsys.readouterr().out
    assert not (project / "out").exists()


def test_a_broken_configuration_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text("[tool.mlsig]\nsrc = 3\n")
    assert main(["compile", "schemas"]) != OK
    assert "MLS0906" in capsys.readouterr().out


def test_output_that_cannot_be_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "out").write_text("a file")
    assert main(["compile", "schemas", "--out", "out"]) == STORAGE
    assert "error: " in capsys.readouterr().err


def test_a_bug_of_ours_is_admitted(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> pipeline.Compilation:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(pipeline, "compile_all", fail)
    with pytest.raises(SystemExit) as caught:
        main(["compile", "schemas", "--out", "out"])
    assert caught.value.code == BUG
    assert "bug of mlsig" in capsys.readouterr().err


def test_warnings_are_said_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.compile_all

    def warn(sources: Sequence[Source], find: Find) -> pipeline.Compilation:
        compilation = real(sources, find)
        for diagnostics in compilation.analysis.diagnostics.values():
            diagnostics.report("MLS0499", Span(0, 1), "take care", severity="warning")
        return compilation

    monkeypatch.setattr(pipeline, "compile_all", warn)
    for _ in range(2):
        assert main(["compile", "schemas", "--out", "out", "--output-format", "concise"]) == OK
        assert capsys.readouterr().out.count("warning[MLS0499] take care") == 2


def test_tunes_that_the_space_leaves_out_are_told_at_their_defaults() -> None:
    text = """
    signature Route {
      input ticket: str  output team: str
      tune tone: choice("terse", "friendly") = "friendly"  "how to write"
      tune depth: int(1..5) = 2
      tune temperature: float(0.0..1.0) = 0.3
    }
    provider here { protocol: openai  base_url: "http://127.0.0.1:1/v1"  model "m" {} }
    space Knobs { var provider: provider(here)  var model: model(provider)  var depth: int(1..9) = 3 }
    program Router { signature: Route  space: Knobs }
    """
    compiled = pipeline.compile_source(Source(Path("t.mlsig"), "t", text))
    assert compiled.text is not None
    assert 'Knob("depth", config.depth), Knob("tone", "friendly", "how to write")' in compiled.text
    assert "temperature=0.3" in compiled.text
