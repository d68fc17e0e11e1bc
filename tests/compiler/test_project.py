"""Finding files, reading the configuration, and `mlsig check` over both."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlsig as runtime
import mlsig_compiler as compiler
import pytest
from mlsig_compiler import front, pipeline
from mlsig_compiler.cli import BUG, FINDINGS, OK, STORAGE, USAGE, main
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.files import config, project
from mlsig_compiler.files.config import Config
from mlsig_compiler.source import Source, Unreadable

GOOD = "enum A { x }\n"
BAD = "schema A { x: strr }\n"
WORSE = "schema B { x: strr }\n"

Files = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write files into an empty folder, and work there."""

    def write(content: dict[str, str | bytes]) -> Path:
        for name, text in content.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write


def codes(found: list[Diagnostic]) -> list[str]:
    return [diagnostic.code for diagnostic in found]


def test_modules_are_named_from_their_root(files: Files) -> None:
    files({"s/a/b.mlsig": GOOD, "s/c.mlsig": GOOD, "s/.hidden/d.mlsig": GOOD, "s/node_modules/e.mlsig": GOOD})
    found = project.find([Path("s")])
    assert [(source.path.as_posix(), source.module) for source in found.sources] == [
        ("s/a/b.mlsig", "a.b"),
        ("s/c.mlsig", "c"),
    ]
    assert found.problems == []


def test_a_configured_root_comes_first_and_a_file_alone_is_its_own_root(files: Files) -> None:
    files({"s/a/b.mlsig": GOOD})
    assert [source.module for source in project.find([Path("s/a")], [Path("s")]).sources] == ["a.b"]
    assert [source.module for source in project.find([Path("s/a/b.mlsig")]).sources] == ["b"]


def test_a_file_that_is_named_twice_is_read_once(files: Files) -> None:
    files({"s/a.mlsig": GOOD})
    found = project.find([Path("s"), Path("s/a.mlsig"), Path("s"), Path("./s/../s/a.mlsig")])
    assert [source.module for source in found.sources] == ["a"]


def test_two_files_may_not_become_one_module(files: Files) -> None:
    files({"s/a.mlsig": GOOD, "t/a.mlsig": GOOD})
    found = project.find([Path("s"), Path("t")])
    assert codes(found.problems) == ["MLS0905"]
    assert len(found.sources) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("gone.mlsig", "MLS0901"),
        ("gone/deeper", "MLS0901"),
        ("empty", "MLS0903"),
        ("text.txt", "MLS0904"),
        ("my-file.mlsig", "MLS0904"),
        ("class.mlsig", "MLS0904"),
        ("ünï.mlsig", "MLS0904"),
    ],
)
def test_paths_that_cannot_be_compiled(path: str, code: str, files: Files) -> None:
    root = files({"text.txt": "", "my-file.mlsig": GOOD, "class.mlsig": GOOD, "ünï.mlsig": GOOD})
    (root / "empty").mkdir()
    found = project.find([Path(path)])
    assert codes(found.problems) == [code]
    assert found.sources == []


def test_a_missing_file_names_its_neighbours(files: Files) -> None:
    files({"there.mlsig": GOOD})
    assert project.find([Path("their.mlsig")]).problems[0].help == "the folder has there.mlsig"


@pytest.mark.parametrize(
    ("data", "offset", "help"),
    [
        (b"enum A { x }\n# \xff", 15, "save the file as UTF-8"),
        ("# é".encode() + b"\xc3", 3, "save the file as UTF-8"),
        ("enum".encode("utf-16"), 0, "this looks like UTF-16: save the file as UTF-8"),
    ],
)
def test_a_file_that_is_not_text_says_where(data: bytes, offset: int, help: str, files: Files) -> None:
    files({"a.mlsig": data})
    (problem,) = project.find([Path("a.mlsig")]).problems
    assert problem.code == "MLS0101"
    assert problem.span.start == offset
    assert problem.help == help


def test_a_byte_order_mark_is_no_character(files: Files) -> None:
    files({"a.mlsig": b"\xef\xbb\xbfenum A { x }"})
    assert project.find([Path("a.mlsig")]).sources[0].text == "enum A { x }"


def test_files_that_cannot_be_read(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = files({"large.mlsig": GOOD, "loop/a.mlsig": GOOD})
    monkeypatch.setattr(project, "LARGEST", 3)
    assert codes(project.find([Path("large.mlsig")]).problems) == ["MLS0902"]
    monkeypatch.setattr(project, "LARGEST", 1000)
    os.mkfifo(root / "pipe.mlsig")
    assert codes(project.find([Path("pipe.mlsig")]).problems) == ["MLS0904"]

    def refuse(_: Path, mode: str) -> bytes:
        raise PermissionError(13, "Permission denied", mode)

    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = project.find([Path("large.mlsig")]).problems
    assert (problem.code, problem.message) == ("MLS0902", "this file cannot be read: Permission denied")


def test_a_folder_that_cannot_be_read(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files({"s/a.mlsig": GOOD})
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path) == "s":
            raise PermissionError(13, "Permission denied", "s")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert codes(project.find([Path("s")]).problems) == ["MLS0902", "MLS0903"]


# Names of modules


@pytest.mark.parametrize(
    ("names", "code", "message"),
    [
        (["Foo", "foo"], "MLS0909", "`foo` here and `Foo` of s/Foo.mlsig differ only in case"),
        (["A/x", "a/y"], "MLS0909", "`a` here and `A` of s/A/x.mlsig differ only in case"),
        (["a", "a/b"], "MLS0905", "the folder `a` of s/a/b.mlsig would hide the module s/a.mlsig"),
        (["a/b/c", "a/b"], "MLS0905", "the folder `b` of s/a/b/c.mlsig would hide the module s/a/b.mlsig"),
        (
            ["std"],
            "MLS0904",
            "`std` is the library that comes with mlsig, so no module of yours can have this name",
        ),
        (
            ["std/x"],
            "MLS0904",
            "`std` is the library that comes with mlsig, so no module of yours can have this name",
        ),
        (
            ["mlsig"],
            "MLS0904",
            "`mlsig` is the package that generated modules import, so none of them can have this name",
        ),
        (["_a"], "MLS0904", "the name of a module cannot begin with an underscore, as `_a` does"),
        (
            ["b/__init__"],
            "MLS0904",
            "the name of a module cannot begin with an underscore, as `__init__` does",
        ),
        (["__main__"], "MLS0904", "the name of a module cannot begin with an underscore, as `__main__` does"),
        (["if"], "MLS0904", "`if` cannot be the name of a Python module"),
    ],
)
def test_names_that_modules_cannot_have(names: list[str], code: str, message: str, files: Files) -> None:
    files({f"s/{name}.mlsig": GOOD for name in names})
    found = project.find([Path("s")])
    assert [(one.code, one.message) for one in found.problems] == [(code, message)]
    assert len(found.sources) == len(names) - 1


@pytest.mark.parametrize("name", ["match", "type", "case", "inner/std", "inner/json", "list"])
def test_names_that_modules_can_have(name: str, files: Files) -> None:
    files({f"s/{name}.mlsig": GOOD})
    assert project.find([Path("s")]).problems == []


def test_a_module_that_hides_one_of_pythons_own_is_warned_about(files: Files) -> None:
    files({"s/json.mlsig": GOOD, "s/email/x.mlsig": GOOD})
    found = project.find([Path("s")])
    assert [(one.code, one.severity, one.message) for one in found.problems] == [
        ("MLS0911", "warning", "the module `email` would hide Python's own `email`"),
        ("MLS0911", "warning", "the module `json` would hide Python's own `json`"),
    ]
    assert len(found.sources) == 2
    assert project.find([Path("s")], package="app.generated").problems == []


# Links


def test_a_link_that_leaves_the_source_roots_is_refused(files: Files) -> None:
    root = files({"out/a.mlsig": GOOD, "s/b.mlsig": GOOD})
    (root / "s" / "a.mlsig").symlink_to(root / "out" / "a.mlsig")
    found = project.find([Path("s")])
    assert codes(found.problems) == ["MLS0910"]
    assert [source.module for source in found.sources] == ["b"]
    assert project.find([Path("s"), Path("out")]).problems[0].code == "MLS0905"
    assert project.find([Path("s/a.mlsig")]).problems == []


def test_a_link_within_a_root_is_a_module_of_its_own(files: Files) -> None:
    root = files({"s/a.mlsig": GOOD})
    (root / "s" / "b.mlsig").symlink_to("a.mlsig")
    assert [source.module for source in project.find([Path("s")]).sources] == ["a", "b"]


def test_links_that_lead_nowhere_or_in_circles(files: Files) -> None:
    root = files({"s/a.mlsig": GOOD, "out/far.mlsig": GOOD})
    (root / "s" / "loop.mlsig").symlink_to("loop.mlsig")
    (root / "s" / "gone.mlsig").symlink_to("nowhere.mlsig")
    (root / "s" / "up").symlink_to("..")
    (root / "s" / "linked").symlink_to("../out")
    found = project.find([Path("s")])
    assert [(one.code, one.source.path.name) for one in found.problems] == [
        ("MLS0902", "gone.mlsig"),
        ("MLS0902", "loop.mlsig"),
    ]
    assert [source.module for source in found.sources] == ["a"]
    assert codes(project.find([Path("s/loop.mlsig")]).problems) == ["MLS0902"]
    assert isinstance(found.locate("linked.far"), Unreadable)
    assert codes(found.problems)[2:] == ["MLS0910"]


# What is imported


def test_imported_files_are_found_under_the_roots_in_their_order(files: Files) -> None:
    files({"one/a.mlsig": GOOD, "two/a.mlsig": GOOD, "two/b/c.mlsig": GOOD, "three/d.mlsig": GOOD})
    found = project.find([Path("three")], [Path("one"), Path("two")])

    def path(module: str) -> str:
        source = found.locate(module)
        assert isinstance(source, Source)
        return source.path.as_posix()

    assert path("a") == "one/a.mlsig"
    assert path("b.c") == "two/b/c.mlsig"
    assert path("d") == "three/d.mlsig"
    assert found.locate("d") is found.sources[0]
    assert found.locate("gone") is None
    assert found.locate("b") is None


def test_a_file_alone_finds_its_neighbours(files: Files) -> None:
    files({"s/a.mlsig": GOOD, "s/b.mlsig": GOOD, "s/c/d.mlsig": GOOD})
    found = project.find([Path("s/a.mlsig")])
    assert isinstance(found.locate("b"), Source)
    assert isinstance(found.locate("c.d"), Source)


def test_case_counts_even_where_the_file_system_ignores_it(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files({"s/a.mlsig": GOOD, "s/b.mlsig": GOOD})
    found = project.find([Path("s/a.mlsig")])

    def ignoring_case(_: Path) -> bool:
        return True

    monkeypatch.setattr(os.path, "lexists", ignoring_case)
    assert found.locate("B") is None


def test_an_imported_file_that_cannot_be_read_is_reported_once(files: Files) -> None:
    files({"s/a.mlsig": GOOD, "s/b.mlsig": b"\xff", "s/_c.mlsig": GOOD})
    found = project.find([Path("s/a.mlsig")])
    for _ in range(2):
        assert isinstance(found.locate("b"), Unreadable)
        assert isinstance(found.locate("_c"), Unreadable)
    assert codes(found.problems) == ["MLS0101", "MLS0904"]


def test_one_file_is_never_two_modules(files: Files) -> None:
    files({"s/a.mlsig": GOOD, "s/b/c.mlsig": GOOD})
    found = project.find([Path("s/a.mlsig"), Path("s/b/c.mlsig")])
    assert [source.module for source in found.sources] == ["a", "c"]
    assert isinstance(found.locate("b.c"), Unreadable)
    (problem,) = found.problems
    assert problem.message == "this file is imported as the module `b.c`, and read as `c`"
    assert problem.help == "name its source root: s"


def test_paths_may_be_absolute_and_lead_upwards(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = files({"s/a/b.mlsig": GOOD, "t/c.mlsig": GOOD})
    monkeypatch.chdir(root / "t")
    found = project.find([Path("../s"), root / "t"])
    assert [source.module for source in found.sources] == ["a.b", "c"]
    assert found.sources[0].path == Path("../s/a/b.mlsig")


# The configuration


@pytest.mark.parametrize("content", ["", "[tool.other]\nx = 1\n", "tool = 3\n", "[project]\nname = 'x'\n"])
def test_nothing_is_configured_by_default(content: str, files: Files) -> None:
    assert config.load(files({"pyproject.toml": content})) == (Config(), [])


def test_the_nearest_file_counts_and_paths_are_relative_to_it(files: Files) -> None:
    text = '[tool.mlsig]\nsrc = ["schemas"]\nout = "gen"\npackage = "app.gen"\n'
    root = files({"pyproject.toml": text, "a/b/c.txt": ""})
    found, problems = config.load(root / "a" / "b")
    assert problems == []
    assert found == Config(src=(root / "schemas",), out=root / "gen", package="app.gen")


@pytest.mark.parametrize(
    ("content", "code", "marked", "message"),
    [
        ("[tool.mlsig]\nsource = []\n", "MLS0907", "source", "`[tool.mlsig]` has no key `source`"),
        ("[tool.mlsig]\nsrc = 3\n", "MLS0906", "src", "`src`: input should be a valid list"),
        (
            '[tool.mlsig]\nsrc = "schemas"\n',
            "MLS0906",
            "src",
            '`src`: must be a list of folders: write `src = ["schemas"]`',
        ),
        ("[tool.mlsig]\nsrc = [3]\n", "MLS0906", "src", "`src`: input should be a valid string"),
        ('[tool.mlsig]\nout = ""\n', "MLS0906", "out", "`out`: string should have at least 1 character"),
        ('[tool.mlsig]\nout = "a\\u0000b"\n', "MLS0906", "out", "`out`: cannot be a path"),
        ('[tool.mlsig]\npackage = "a-b"\n', "MLS0906", "package", "`package`: must be a dotted Python name"),
        ("[tool]\nmlsig = 3\n", "MLS0906", "mlsig", "`tool.mlsig` is a table"),
        ("[tool.mlsig\n", "MLS0906", "", None),
    ],
)
def test_a_configuration_that_is_wrong(
    content: str, code: str, marked: str, message: str | None, files: Files
) -> None:
    found, (problem,) = config.load(files({"pyproject.toml": content}))
    assert found == Config()
    assert problem.code == code
    assert content[problem.span.start : problem.span.end] == marked
    assert message is None or problem.message == message


def test_a_misspelt_key_has_a_suggestion(files: Files) -> None:
    _, (problem,) = config.load(files({"pyproject.toml": "[tool.mlsig]\npakage = 'x'\n"}))
    assert problem.help == "did you mean `package`?"


def test_a_configuration_that_cannot_be_read(files: Files) -> None:
    _, (problem,) = config.load(files({"pyproject.toml": b"\xff"}))
    assert (problem.code, problem.message) == ("MLS0902", "this file cannot be read: it is not UTF-8")


# The command


def test_check_says_that_all_is_well(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"a.mlsig": GOOD})
    assert main(["check", "a.mlsig"]) == OK
    assert capsys.readouterr() == ("", "checked 1 file, found no mistakes\n")


def test_check_reports_every_file(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"s/a.mlsig": BAD, "s/b.mlsig": BAD, "s/c.mlsig": GOOD})
    assert main(["check", "s", "--output-format", "concise"]) == FINDINGS
    out, err = capsys.readouterr()
    assert out == (
        "s/a.mlsig:1:15: error[MLS0301] unknown type `strr`\n"
        "s/b.mlsig:1:15: error[MLS0301] unknown type `strr`\n"
    )
    assert err == "checked 3 files, found 2 errors\n2 fixable with `mlsig check --fix`\n"


def test_check_writes_json(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"a.mlsig": BAD})
    assert main(["check", "a.mlsig", "--output-format", "json"]) == FINDINGS
    assert [entry["code"] for entry in json.loads(capsys.readouterr().out)] == ["MLS0301"]


def test_check_uses_the_configured_sources(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"pyproject.toml": '[tool.mlsig]\nsrc = ["s"]\n', "s/a.mlsig": GOOD})
    assert main(["check"]) == OK
    assert "checked 1 file" in capsys.readouterr().err


def test_check_reads_what_files_import(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"s/a.mlsig": "from b.c import A\nschema X { a: A }\n", "s/b/c.mlsig": GOOD + WORSE})
    assert main(["check", "s/a.mlsig", "--output-format", "concise"]) == FINDINGS
    out, err = capsys.readouterr()
    assert out == "s/b/c.mlsig:2:15: error[MLS0301] unknown type `strr`\n"
    assert err.startswith("checked 1 file, found 1 error\n")


def test_findings_are_sorted_by_file_and_place(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    texts: dict[str, str | bytes] = {
        "s/a.mlsig": f"from z import A\n{WORSE}{WORSE}",
        "s/b.mlsig": BAD,
        "s/z.mlsig": GOOD + WORSE,
    }
    files(texts | {"s/m-m.mlsig": GOOD})
    main(["check", "s", "--output-format", "concise"])
    places = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert places == [
        "s/a.mlsig:2:15",
        "s/a.mlsig:3:8",
        "s/b.mlsig:1:15",
        "s/m-m.mlsig",
        "s/z.mlsig:2:15",
    ]


def test_codes_of_files_reach_the_command(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    root = files({"s/A.mlsig": GOOD, "s/a.mlsig": GOOD, "s/json.mlsig": GOOD, "out.mlsig": GOOD})
    (root / "s" / "b.mlsig").symlink_to(root / "out.mlsig")
    assert main(["check", "s", "--output-format", "concise"]) == FINDINGS
    out = capsys.readouterr().out
    assert [line.split("[")[1][:7] for line in out.splitlines()] == ["MLS0909", "MLS0910", "MLS0911"]


def test_check_reads_standard_input(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files({"s/a.mlsig": GOOD, "s/b.mlsig": GOOD})
    text = b"from b import A\nschema X { a: A  c: strr }"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["check", "-", "--stdin-filename", "s/a.mlsig", "--output-format", "concise"]) == FINDINGS
    assert capsys.readouterr().out == "s/a.mlsig:2:21: error[MLS0301] unknown type `strr`\n"


@pytest.mark.parametrize("words", [["-"], ["-", "a.mlsig", "--stdin-filename", "b.mlsig"]])
def test_standard_input_needs_a_name(
    words: list[str], files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files({"a.mlsig": GOOD})
    assert main(["check", *words]) == USAGE
    assert "--stdin-filename" in capsys.readouterr().err


def test_help_loads_little(files: Files) -> None:
    root = files({})
    paths = [Path(compiler.__file__).parents[1], Path(runtime.__file__).parents[1]]
    for words in (["--help"], ["check", "--help"], ["compile", "--help"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "mlsig_compiler", *words],
            cwd=root,
            env={"PYTHONPATH": os.pathsep.join(map(str, paths))},
            capture_output=True,
            text=True,
            check=True,
        )
        heavy = ("lark", "pydantic", "jinja2", "msgspec", "numpy", "asyncio", "mlsig_compiler.parse")
        assert [name for name in heavy if f"| {name}\n" in done.stderr.replace("|   ", "| ")] == []


def test_check_needs_something_to_check(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({})
    assert main(["check"]) == USAGE
    assert "set `src`" in capsys.readouterr().err


def test_a_wrong_configuration_is_a_finding(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"pyproject.toml": "[tool.mlsig]\nsrcs = []\n", "a.mlsig": GOOD})
    assert main(["check", "a.mlsig"]) == FINDINGS
    assert "pyproject.toml:2:1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("paths", "code"),
    [(["gone.mlsig", "bad.mlsig"], USAGE), (["bad.mlsig"], FINDINGS), (["big.mlsig", "gone"], STORAGE)],
)
def test_the_exit_code_is_that_of_the_gravest_finding(
    paths: list[str],
    code: int,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files({"bad.mlsig": BAD, "big.mlsig": " " * 100})
    monkeypatch.setattr(project, "LARGEST", 99)
    assert main(["check", *paths]) == code
    assert capsys.readouterr().out


@pytest.mark.parametrize("verb", [["check"], ["compile", "--out", "out"], ["ir"]])
@pytest.mark.parametrize(("where", "said"), [("resolve", " on a.mlsig"), ("analyse_all", "")])
def test_a_bug_of_ours_is_not_the_users(
    where: str,
    said: str,
    verb: list[str],
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files({"a.mlsig": GOOD})

    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(front, where, broken)
    monkeypatch.setattr(pipeline, where, broken, raising=False)
    with pytest.raises(SystemExit) as ended:
        main([*verb, "a.mlsig"])
    assert ended.value.code == BUG
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert f"error: mlsig failed{said}: oops\nThis is a bug of mlsig" in err


def test_a_terminal_without_unicode_is_no_reason_to_fail(files: Files) -> None:
    root = files({"a.mlsig": 'enum A { x }\nschema B { x: A = "漢" }\n'})
    paths = [Path(compiler.__file__).parents[1], Path(runtime.__file__).parents[1]]
    done = subprocess.run(
        [sys.executable, "-m", "mlsig_compiler", "check", "a.mlsig"],
        cwd=root,
        env={"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == FINDINGS
    assert b'= "\\u6f22"' in done.stdout
