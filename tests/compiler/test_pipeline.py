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
from mlsig_compiler.files import manifest
from mlsig_compiler.files.manifest import NAME
from mlsig_compiler.imports import Find
from mlsig_compiler.plan.foreign import inlined, providers, served
from mlsig_compiler.plan.linking import link
from mlsig_compiler.plan.module import plan
from mlsig_compiler.source import Source, Span
from mlsig_compiler.write import write

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


def test_edited_output_is_put_right_and_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compile", "schemas", "--out", "out"])
    path = project / "out" / "a.py"
    text = path.read_text()
    path.write_text(text + "x = 1\n")
    capsys.readouterr()
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert path.read_text() == text
    assert capsys.readouterr().err.splitlines() == [
        "made anew out/a.py: it was edited; put changes into its source",
        "compiled 2 files: wrote 1, 1 unchanged",
    ]
    path.unlink()
    (project / "schemas" / "deep" / "b.mlsig").write_text("enum Other { X, Y }\n")
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert capsys.readouterr().err == "compiled 2 files: wrote 2, 0 unchanged\n"


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
        "stale: out/a.py: it is missing",
        "stale: out/deep/b.py: it is missing",
        "compiled 2 files: 2 stale",
    ]
    assert not (project / "out").exists()
    main(["compile", "schemas", "--out", "out"])
    assert main(["compile", "schemas", "--out", "out", "--check"]) == OK
    (project / "out" / NAME).unlink()
    assert main(["compile", "schemas", "--out", "out", "--check"]) == OK
    assert not (project / "out" / NAME).exists()


def test_check_says_what_was_edited_by_hand(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compile", "schemas", "--out", "out"])
    path = project / "out" / "a.py"
    path.write_text(path.read_text() + "\nSECRET = 1\n")
    for said in ("it was edited", "another mlsig made it, or it was edited"):
        capsys.readouterr()
        assert main(["compile", "schemas", "--out", "out", "--check"]) == FINDINGS
        assert capsys.readouterr().err.splitlines()[0] == f"stale: out/a.py: {said}"
        (project / "out" / NAME).unlink(missing_ok=True)


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

    def warn(sources: Sequence[Source], find: Find, *_: object) -> pipeline.Compilation:
        compilation = real(sources, find)
        for diagnostics in compilation.analysis.diagnostics.values():
            diagnostics.report("MLS0499", Span(0, 1), "take care", severity="warning")
        return compilation

    monkeypatch.setattr(pipeline, "compile_all", warn)
    for _ in range(2):
        assert main(["compile", "schemas", "--out", "out", "--output-format", "concise"]) == OK
        assert capsys.readouterr().out.count("warning[MLS0499] take care") == 2


# Files that import each other


ALIAS = "type Name = str(min_length=1)\n"
PERSON = "from a import Name\nschema Person { name: Name }\n"


@pytest.fixture
def imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder where b imports a; both are compiled."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.mlsig").write_text(ALIAS)
    (tmp_path / "s" / "b.mlsig").write_text(PERSON)
    assert main(["compile", "s", "--out", "out"]) == OK
    capsys.readouterr()
    return tmp_path


def test_what_imports_a_file_that_changed_is_compiled_again(
    imports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (imports / "s" / "a.mlsig").write_text("type Name = str(min_length=2)\n")
    assert main(["compile", "s", "--out", "out", "--check"]) == FINDINGS
    assert capsys.readouterr().err.splitlines()[:2] == [
        "stale: out/a.py: its source has changed",
        "stale: out/b.py: what it imports has changed",
    ]
    assert main(["compile", "s", "--out", "out"]) == OK
    assert "min_length=2" in (imports / "out" / "b.py").read_text()


def test_a_change_reaches_those_who_import_through_others(
    imports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (imports / "s" / "a.mlsig").write_text("from c import Text\ntype Name = Text\n")
    (imports / "s" / "c.mlsig").write_text("type Text = str(max_length=7)\n")
    main(["compile", "s", "--out", "out"])
    assert "max_length=7" in (imports / "out" / "b.py").read_text()
    (imports / "s" / "c.mlsig").write_text("type Text = str(max_length=8)\n")
    capsys.readouterr()
    assert main(["compile", "s", "--out", "out"]) == OK
    assert "max_length=8" in (imports / "out" / "b.py").read_text()
    assert main(["compile", "s", "--out", "out"]) == OK
    assert "wrote 0, 3 unchanged" in capsys.readouterr().err


def test_what_is_imported_and_not_named_is_not_compiled(
    imports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", "s/b.mlsig", "--out", "other"]) == OK
    assert written(imports / "other") == [NAME, "b.py"]
    (imports / "s" / "a.mlsig").write_text("type Name = str(min_length=3)\n")
    assert main(["compile", "s/b.mlsig", "--out", "other", "--check"]) == FINDINGS
    (imports / "s" / "a.mlsig").unlink()
    assert main(["compile", "s/b.mlsig", "--out", "other", "--output-format", "concise"]) == FINDINGS
    assert "MLS0320" in capsys.readouterr().out


def test_findings_of_what_is_only_imported_are_said_again(
    imports: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.compile_all

    def warn(sources: Sequence[Source], find: Find, *_: object) -> pipeline.Compilation:
        compilation = real(sources, find)
        compilation.analysis.diagnostics["a"].report("MLS0499", Span(0, 1), "take care", severity="warning")
        return compilation

    monkeypatch.setattr(pipeline, "compile_all", warn)
    for _ in range(2):
        assert main(["compile", "s/b.mlsig", "--out", "other", "--output-format", "concise"]) == OK
        assert capsys.readouterr().out == "s/a.mlsig:1:1: warning[MLS0499] take care\n"


def test_a_mistake_in_an_imported_file_writes_nothing(
    imports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (imports / "s" / "a.mlsig").write_text(ALIAS + "schema X { y: strr }\n")
    assert main(["compile", "s/b.mlsig", "--out", "other", "--output-format", "concise"]) == FINDINGS
    assert capsys.readouterr().out == "s/a.mlsig:2:15: error[MLS0301] unknown type `strr`\n"
    assert not (imports / "other").exists()


# Files that are gone


def test_the_module_of_a_file_that_is_gone_is_deleted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["compile", "schemas", "--out", "out"])
    (project / "schemas" / "deep" / "b.mlsig").unlink()
    capsys.readouterr()
    assert main(["compile", "schemas", "--out", "out", "--check"]) == FINDINGS
    assert capsys.readouterr().err.splitlines() == [
        "stale: out/deep/b.py: its source is gone",
        "compiled 1 file: 1 stale",
    ]
    assert (project / "out" / "deep" / "b.py").exists()
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert capsys.readouterr().err.splitlines() == [
        "deleted out/deep/b.py: its source is gone",
        "compiled 1 file: wrote 0, deleted 1, 1 unchanged",
    ]
    assert written(project / "out") == [NAME, "a.py"]
    assert main(["compile", "schemas", "--out", "out", "--check"]) == OK


def test_a_file_that_was_not_named_is_not_gone(project: Path) -> None:
    main(["compile", "schemas", "--out", "out"])
    (project / "schemas" / "a.mlsig").unlink()
    assert main(["compile", "schemas/deep/b.mlsig", "--out", "out"]) == OK
    assert (project / "out" / "a.py").exists()
    (project / "schemas" / "a.mlsig").write_text(BAD)
    (project / "schemas" / "deep" / "b.mlsig").unlink()
    assert main(["compile", "schemas", "--out", "out"]) == FINDINGS
    assert (project / "out" / "deep" / "b.py").exists()


def test_a_module_that_was_taken_over_stays(project: Path) -> None:
    main(["compile", "schemas", "--out", "out"])
    (project / "schemas" / "a.mlsig").unlink()
    (project / "out" / "a.py").write_text("mine = True\n")
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert (project / "out" / "a.py").read_text() == "mine = True\n"


def test_a_file_may_become_a_folder_and_a_folder_a_file(project: Path) -> None:
    main(["compile", "schemas", "--out", "out"])
    (project / "schemas" / "a.mlsig").unlink()
    (project / "schemas" / "deep" / "b.mlsig").unlink()
    (project / "schemas" / "deep").rmdir()
    (project / "schemas" / "deep.mlsig").write_text(GOOD)
    (project / "schemas" / "a").mkdir()
    (project / "schemas" / "a" / "b.mlsig").write_text(GOOD)
    assert main(["compile", "schemas", "--out", "out", "--check"]) == FINDINGS
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert written(project / "out") == [NAME, "a/__init__.py", "a/b.py", "deep.py"]


def test_another_compiler_still_knows_what_is_left_over(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["compile", "schemas", "--out", "out"])
    (project / "schemas" / "a.mlsig").unlink()
    monkeypatch.setattr(manifest, "fingerprint", lambda: "another")
    assert main(["compile", "schemas", "--out", "out"]) == OK
    assert written(project / "out") == [NAME, "deep/__init__.py", "deep/b.py"]


# What generated code has of other files


def compiled(**files: str) -> pipeline.Compilation:
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in files.items()]
    return pipeline.compile_all(sources, lambda _: None)


SHARED = """
type Slug = str(pattern="^[a-z]+$")
var warmth: float(0.0..1.0) = 0.5
space Common { var style: choice("terse", "friendly") = "terse" }
provider far { protocol: openai  base_url: "http://far/v1"  key: env("FAR_KEY")  model "m" { max_output: 9 } }
enum Topic { news, sport }
schema Record { id: Slug }
signature Ask { input a: str  output b: str }
"""


def test_what_ends_up_in_a_files_own_text_is_generated(tmp_path: Path) -> None:
    text = """
    from shared import Slug, warmth, Common, far as near, Record
    schema Page extends Record { title: Slug }
    signature Answer { input page: Page  output text: str }
    space Tuning extends Common {
      include warmth
      var provider: provider(near)
      var model: model(provider)
    }
    program QA { signature: Answer  space: Tuning }
    """
    made = compiled(qa=text, shared=SHARED)
    assert [one.message for one in made.analysis] == []
    assert '"far": far' in made.texts["qa"]
    assert '__all__ = ["QA", "Answer", "Page", "Tuning"]' in made.texts["qa"]
    write(tmp_path, {"qa": made.texts["qa"]})
    code = "import qa; print(qa.Tuning.default(), list(qa.QA.providers), qa.Page(id='a', title='b'))"
    env = {"PYTHONPATH": f"{ROOT / 'runtime'}:{tmp_path}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert "warmth=0.5" in done.stdout
    assert "['far']" in done.stdout


HOLDER = """
provider p { protocol: openai  base_url: "http://h/v1"  model "m" { context_window: 64 } }
space Holder {
  var provider: provider(p)
  var model: model(provider)
  var size: int(1..100) = 8
  constraint fits: size <= model.context_window
}
"""
RUNNER = """
from more import Holder as Tuned
signature S { input t: str  output b: str }
space Wide extends Tuned { override var size: int(1..50) = 9  composite twice: int = size * 2 }
program P { signature: S  space: Tuned }
program Q { signature: S  space: Wide }
"""


def test_programs_search_spaces_of_other_files(tmp_path: Path) -> None:
    made = compiled(runner=RUNNER, more=HOLDER)
    assert list(made.analysis) == []
    for name, text in made.texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    code = (
        "import random, runner, more\n"
        "assert runner.P.space is more.Holder and list(runner.P.providers) == ['p']\n"
        "assert runner.P.candidate.config == more.Holder.default()\n"
        "assert runner.Wide.complete({'size': 20}).to_dict()['twice'] == 40\n"
        "assert all(more.Holder.sample(random.Random(k)).size <= 64 for k in range(50))\n"
        "print([issue.code for issue in more.Holder.check({**more.Holder.default().to_dict(), 'size': 65})])"
    )
    env = {"PYTHONPATH": f"{ROOT / 'runtime'}:{tmp_path}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "['constraint']\n"


def test_a_space_of_the_library_is_written_where_a_program_searches_it() -> None:
    text = "from std.standard import Standard as All\nsignature S { input t: str  output b: str }\n"
    made = compiled(case=f"{text}program P {{ signature: S  space: All }}")
    module, library = made.analysis.modules["case"], made.analysis.library
    assert module is not None
    (space,) = inlined(module, library)
    assert (space.name, "provider" in space.declared) == ("All", True)
    extra = providers(module, library)
    assert {"openai", "google"} <= {provider.name for provider in extra}
    linked = link(module, library, {}, frozenset({"All"}))
    unit = plan(linked, "00" * 16, extra, served(module, library), (space,))
    assert [found.name for found in unit.spaces] == ["All"]
    assert "All" not in unit.exports
    assert "model.max_output" in unit.spaces[0].figures


def test_what_varies_is_inherited_from_another_file() -> None:
    base = f"# {'.' * 500}\nschema Base {{ @variable x: bool  tune n: int(1..3) }}"
    heir = "from base import Base\nschema Heir extends Base { y: str }\n"
    heir += "signature S { input q: str  output a: Heir }"
    made = compiled(heir=heir, base=base)
    assert "            n: Annotated[int, Meta(ge=1, le=3)]\n            x: bool\n" in made.texts["heir"]


def test_an_import_that_nothing_uses_is_no_reason_to_refuse() -> None:
    assert list(compiled(case="from shared import Topic\nenum A { x }", shared=SHARED).texts) == [
        "case",
        "shared",
    ]


def test_a_provider_that_has_the_name_of_something_else() -> None:
    text = """
    from shared import far as near, Ask
    schema far { x: str }
    signature S { input a: str  output b: str }
    space T { var provider: provider(near)  var model: model(provider) }
    program P { signature: S  space: T }
    """
    found = list(compiled(case=text, shared=SHARED).analysis.diagnostics["case"])
    assert [one.message for one in found] == [
        "code that uses the provider `far` of another file cannot be generated yet"
    ]


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
