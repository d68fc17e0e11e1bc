"""What is said of words on the command line that mean nothing."""

from __future__ import annotations

import pytest
from mlsig_compiler.cli import BUG, STORAGE, USAGE, explain_verb, main


@pytest.mark.parametrize(("words", "usage"), [(["check", "--foo"], "mlsig check"), (["--foo"], "mlsig")])
def test_the_usage_is_that_of_the_verb(
    words: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    said = capsys.readouterr().err
    assert stopped.value.code == USAGE
    assert said.startswith(f"usage: {usage} [")
    assert "unrecognized arguments: --foo" in said


@pytest.mark.parametrize("words", [["--store", "none.db", "r1"], ["r1", "--store", "none.db"]])
def test_words_may_stand_after_options(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "show", *words]) == STORAGE
    assert "there is no store none.db" in capsys.readouterr().err


def test_a_word_too_many_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explain", "MLS0301", "MLS0302"])
    assert "unrecognized arguments: MLS0302" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("chekc", "there is no verb `chekc`; did you mean `check`?"),
        ("frobnicate", "there is no verb `frobnicate`; there are compile, "),
    ],
)
def test_a_verb_that_is_none_is_told_the_one_that_is_near(
    verb: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([verb, "a.mlsig"])
    assert stopped.value.code == USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RuntimeError("odd"), BUG, "error: mlsig failed: odd\nThis is a bug of mlsig, not of your work."),
        (PermissionError(13, "Permission denied", "a.db"), STORAGE, "error: a.db: Permission denied"),
        (OSError(28, "No space left on device"), STORAGE, "error: No space left on device"),
    ],
    ids=["bug", "file", "disk"],
)
def test_what_fails_unforeseen_has_its_own_code(
    error: Exception,
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(_options: object) -> int:
        raise error

    monkeypatch.setattr(explain_verb, "run", run)
    assert main(["explain"]) == code
    assert said in capsys.readouterr().err
