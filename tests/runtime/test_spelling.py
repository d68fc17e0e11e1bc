"""The name that was probably meant, in every message about one that is not known."""

from __future__ import annotations

import pytest
from mlsig.spelling import LONGEST, nearest

KNOWN = ("question", "passages", "x" * 200)


@pytest.mark.parametrize(("name", "meant"), [("pasages", "passages"), ("Question", "question"), ("zz", None)])
def test_what_is_near_is_meant(name: str, meant: str | None) -> None:
    assert nearest(name, KNOWN) == meant


def test_what_is_longer_than_any_slip_is_compared_with_nothing() -> None:
    assert nearest("x" * LONGEST, ["x" * LONGEST]) == "x" * LONGEST
    assert nearest("x" * (LONGEST + 1), ["x" * (LONGEST + 1)]) is None
