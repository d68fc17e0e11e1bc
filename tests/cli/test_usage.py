"""What is said of words on the command line that mean nothing."""

from __future__ import annotations

import pytest
from mlsig_compiler.cli import USAGE, main


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
