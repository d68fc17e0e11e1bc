"""`mlsig completion`: the scripts know every verb and option, and bash completes with them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from in_process import Shell
from mlsig_compiler.cli import OK, USAGE, VERBS
from mlsig_compiler.completing import SHELLS, Option, Verb, script


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    shell = Shell(tmp_path_factory.getbasetemp())
    done = {name: shell("completion", name) for name in SHELLS}
    assert {each.returncode for each in done.values()} == {OK}
    assert shell("completion", "tcsh").returncode == USAGE
    return {name: each.stdout for name, each in done.items()}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_and_its_options_are_there(scripts: dict[str, str], shell: str) -> None:
    for verb in VERBS:
        assert verb in scripts[shell]
    assert {"bash": "--output-format", "zsh": "--output-format", "fish": "-l output-format"}[
        shell
    ] in scripts[shell]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_takes_the_script(scripts: dict[str, str], shell: str) -> None:
    program = shutil.which(shell)
    if program is None:  # the one of this system at least is there
        assert shutil.which("bash") or shutil.which("zsh") or shutil.which("fish")
        return
    done = subprocess.run([program, "-n"], input=scripts[shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["mlsig", "comp"], ["compile", "completion"]),
        (["mlsig", "--ver"], ["--version"]),
        (["mlsig", "compile", "--o"], ["--out", "--output-format"]),
        (["mlsig", "check", "--output-format", "s"], ["sarif"]),
        (["mlsig", "completion", ""], ["bash", "zsh", "fish"]),
        (["mlsig", "completion", "z"], ["zsh"]),
        (["mlsig", "fmt", "sch"], []),  # a file: bash completes it itself
        (["mlsig", "compile", "--out", ""], []),
    ],
    ids=" ".join,
)
def test_bash_completes(scripts: dict[str, str], tmp_path: Path, words: list[str], found: list[str]) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    asked = " ".join(f"'{word}'" for word in words)
    tail = f'\nCOMP_WORDS=({asked}) COMP_CWORD={len(words) - 1}\n_mlsig\nprintf "%s\\n" "${{COMPREPLY[@]}}"\n'
    done = subprocess.run(
        [bash, "--norc", "--noprofile"],
        input=scripts["bash"] + tail,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == found


def test_what_is_special_in_a_shell_is_quoted() -> None:
    verbs = [Verb("go", "it's a [test]: \\", (Option(("-x", "--ex"), "what's [in] a: \\", takes=True),))]
    assert "'go:it'\\''s a [test]: \\'" in script("zsh", verbs)
    assert "'--ex[what'\\''s \\[in\\] a\\: \\\\]:value:_files'" in script("zsh", verbs)
    assert "-s x -l ex -r -d 'what\\'s [in] a: \\\\'" in script("fish", verbs)
