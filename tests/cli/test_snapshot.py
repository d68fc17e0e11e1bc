"""A run of `mlsig compile` that has nothing to do, and everything that makes it look again."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mlsig_compiler.cli import FINDINGS, OK, compiling, main
from mlsig_compiler.files import snapshot

CONFIG = '[tool.mlsig]\nsrc = ["schemas"]\nout = "out"\n'
FILES = {
    "pyproject.toml": CONFIG,
    "schemas/a.mlsig": "enum A { x }\n",
    "schemas/b.mlsig": "from deep.p import stub\nenum B { x }\n",
    "schemas/deep/p.mlsig": 'provider stub { protocol: openai  base_url: "http://127.0.0.1:9/v1" }\n',
    "schemas/deep/c.mlsig": "schema C { n: int }\n",
    "compiler/one.py": "1\n",
}
STORED = Path("out/__pycache__/mlsig.stat")
COMMAND = ["compile", "schemas", "--out", "out"]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A project that was compiled and noted; the runs that read its files are counted."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(snapshot, "GRAIN", 0)
    compiler = tmp_path / "compiler"
    monkeypatch.setattr(compiling, "own_files", lambda: [*sorted(compiler.rglob("*.py")), compiler])
    full: list[str] = []
    find = compiling.find

    def counting(*words: object) -> object:
        full.append("full")
        return find(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "find", counting)
    return full


def settle(command: list[str] = COMMAND) -> None:
    """Compile until there is nothing to do, and once more, so that it is noted."""
    main(command)
    tick()
    main(command)
    tick()


def tick() -> None:
    """Let time pass, so that what is written now has another time than what was written before."""
    time.sleep(0.02)


@pytest.mark.parametrize("command", [COMMAND, ["compile"], ["compile", "schemas/a.mlsig", "--out", "out"]])
def test_a_run_without_work_reads_nothing(
    command: list[str], runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    settle(command)
    capsys.readouterr()
    runs.clear()
    assert main(command) == OK
    short = capsys.readouterr()
    assert runs == []
    STORED.unlink()
    assert main(command) == OK
    assert capsys.readouterr() == short
    assert runs == ["full"]


def test_check_says_the_same_without_reading(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    settle()
    runs.clear()
    capsys.readouterr()
    assert main([*COMMAND, "--check"]) == OK
    assert capsys.readouterr().err == "compiled 4 files: 0 stale\n"
    assert runs == []


def test_check_writes_nothing(runs: list[str]) -> None:
    settle()
    STORED.unlink()
    assert main([*COMMAND, "--check"]) == OK
    assert not STORED.exists()


def same_size_and_time() -> None:
    path = Path("schemas/a.mlsig")
    before = path.stat()
    path.write_text("enum A { y }\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def relinked_folder() -> None:
    shutil.copytree("schemas", "others")
    Path("schemas").rename("former")
    Path("schemas").symlink_to("others")


CHANGES: dict[str, Callable[[], object]] = {
    "a source": lambda: Path("schemas/a.mlsig").write_text("enum A { x, y }\n"),
    "a source of the same size": lambda: Path("schemas/a.mlsig").write_text("enum A { z }\n"),
    "a source is touched": lambda: os.utime("schemas/a.mlsig", ns=(1, 1)),
    "an added file": lambda: Path("schemas/deep/new.mlsig").write_text("enum N { x }\n"),
    "an added folder": lambda: Path("schemas/more").mkdir(),
    "a removed file": lambda: Path("schemas/deep/c.mlsig").unlink(),
    "a renamed file": lambda: Path("schemas/deep/c.mlsig").rename("schemas/deep/d.mlsig"),
    "a moved folder": lambda: Path("schemas/deep").rename("schemas/deeper"),
    "another folder under the name": relinked_folder,
    "deleted output": lambda: Path("out/a.py").unlink(),
    "edited output": lambda: Path("out/a.py").write_text("x = 1\n"),
    "no output at all": lambda: shutil.rmtree("out"),
    "no manifest": lambda: Path("out/.mlsig.json").unlink(),
    "the configuration": lambda: Path("pyproject.toml").write_text(CONFIG + 'package = "app"\n'),
    "no configuration": lambda: Path("pyproject.toml").unlink(),
    "the compiler": lambda: Path("compiler/one.py").write_text("2\n"),
    "one more file of the compiler": lambda: Path("compiler/two.py").write_text("2\n"),
    "one file less of the compiler": lambda: Path("compiler/one.py").unlink(),
    "no snapshot": STORED.unlink,
    "an empty snapshot": lambda: STORED.write_bytes(b""),
    "half a snapshot": lambda: STORED.write_bytes(STORED.read_bytes()[:-30]),
    "a snapshot in which something else stands": lambda: STORED.write_bytes(
        STORED.read_bytes().replace(b"unchanged", b"unharmed!")
    ),
    "a snapshot that is none": lambda: STORED.write_bytes(b"\xff\x00\n" * 9),
}
if os.name == "posix":
    CHANGES["a source of the same size, its time set back"] = same_size_and_time


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_is_seen(change: Callable[[], object], runs: list[str]) -> None:
    settle()
    runs.clear()
    change()
    main(COMMAND)
    assert runs == ["full"]


@pytest.mark.parametrize(
    "other",
    [
        ["compile", "schemas", "--out", "elsewhere"],
        ["compile", "schemas/deep", "--out", "out"],
        ["compile", "schemas", "schemas/deep", "--out", "out"],
        ["compile", "./schemas", "--out", "out"],
        [*COMMAND, "--resolve-python"],
        [*COMMAND, "--output-format", "json"],
        [*COMMAND, "--output-format", "sarif"],
    ],
)
def test_another_command_is_another_run(other: list[str], runs: list[str]) -> None:
    settle()
    runs.clear()
    assert main(other) == OK
    assert runs == ["full"]


def test_another_folder_or_python_is_another_run(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    settle()
    runs.clear()
    monkeypatch.setattr("sys.version", "4.0")
    assert main(COMMAND) == OK
    monkeypatch.setattr(snapshot, "HERE", "/elsewhere")
    assert main(COMMAND) == OK
    os.chdir("schemas")
    assert main(["compile", ".", "--out", "../out"]) == OK
    Path("pyproject.toml").write_text("")  # is nearer than the other
    assert main(["compile", ".", "--out", "../out"]) == OK
    assert runs == ["full"] * 4


def test_what_may_still_change_is_not_noted(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "GRAIN", 3600 * 10**9)
    settle()
    assert not STORED.exists()


def test_a_run_that_writes_is_not_noted(runs: list[str]) -> None:
    assert main(COMMAND) == OK
    assert not STORED.exists()


def test_warnings_are_said_every_time(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("schemas/json.mlsig").write_text("enum J { x }\n")  # hides Python's own
    settle()
    capsys.readouterr()
    runs.clear()
    assert main(COMMAND) == OK
    assert "MLS0911" in capsys.readouterr().out
    assert runs == ["full"]
    assert not STORED.exists()


def test_links_and_imports_from_elsewhere_are_followed_every_time(runs: list[str]) -> None:
    command = ["compile", "schemas/b.mlsig", "--out", "out"]
    settle(command)
    assert not STORED.exists()  # what it imports is not of the run
    Path("schemas/link.mlsig").symlink_to("a.mlsig")
    settle()
    assert not STORED.exists()


def test_a_module_that_is_only_remembered_goes_with_its_file(runs: list[str]) -> None:
    skipped = Path("schemas/node_modules/draft.mlsig")
    skipped.parent.mkdir()
    skipped.write_text("enum D { x }\n")
    assert main(["compile", str(skipped), "--out", "out"]) == OK
    assert Path("out/node_modules/draft.py").exists()
    settle()
    assert not STORED.exists()
    skipped.unlink()
    assert main(COMMAND) == OK
    assert not Path("out/node_modules/draft.py").exists()


def test_a_link_in_the_place_of_the_folder_is_left_alone(runs: list[str]) -> None:
    Path("outside").mkdir()
    Path("out").mkdir()
    Path("out/__pycache__").symlink_to("../outside")
    settle()
    assert list(Path("outside").iterdir()) == []


def test_what_cannot_be_noted_is_read_again(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "own_files", list[Path])
    settle()
    Path("out/__pycache__").write_text("a file")
    settle()
    assert not STORED.exists()


def test_names_with_line_breaks_are_not_noted(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        Path("schemas").rename("sche\nmas")
    except OSError:
        pytest.skip("no such names here")
    settle(["compile", "sche\nmas", "--out", "out"])
    assert not STORED.exists()


@pytest.mark.parametrize("out", ["3", '["out"]', '""', None])
def test_a_configuration_that_names_no_folder(out: str | None, runs: list[str]) -> None:
    settle(["compile"])
    Path("pyproject.toml").write_text(f'[tool.mlsig]\nsrc = ["schemas"]\n{f"out = {out}" if out else ""}\n')
    assert main(["compile"]) != OK


def test_the_output_inside_of_the_sources(runs: list[str]) -> None:
    command = ["compile", ".", "--out", "out"]
    settle(command)
    settle(command)
    runs.clear()
    assert main(command) == OK
    assert runs == []


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_changes_ends_as_without_a_snapshot(
    seed: int, runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    names = ["a", "b", "deep/c", "deep/d", "e"]
    for _ in range(12):
        source = Path(f"schemas/{chance.choice(names)}.mlsig")
        output = Path(f"out/{chance.choice(names)}.py")
        match chance.randrange(6):
            case 0:
                source.write_text(f"enum A {{ {chance.choice('xyz')} }}\n")
            case 1:
                source.unlink(missing_ok=True)
            case 2:
                output.unlink(missing_ok=True)
            case 3 if output.exists():
                output.write_bytes(output.read_bytes() + b"\n")
            case 4 if source.exists():
                source.rename(source.with_stem(f"m{chance.randrange(3)}"))
            case _:
                pass
        tick()
        main([*COMMAND, "--check"])  # with the snapshot, if one still holds
        quick = capsys.readouterr()
        STORED.unlink(missing_ok=True)
        code = main([*COMMAND, "--check"])
        assert capsys.readouterr() == quick
        assert code in (OK, FINDINGS)
        settle()
        capsys.readouterr()
