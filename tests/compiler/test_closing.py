"""Brackets that are missing, and the places where they surely belong."""

from __future__ import annotations

import pytest
from mlsig_compiler.findings.fixes import applied
from mlsig_compiler.front import analyse

from compiler.reading import source


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("schema A {\n  x: int(1..3\n}\n", "schema A {\n  x: int(1..3)\n}\n"),
        ("schema A {\n  x: list[str  # some\n}\n", "schema A {\n  x: list[str]  # some\n}\n"),
        ("schema A {\n  x: list[str = []\n}\n", "schema A {\n  x: list[str] = []\n}\n"),
        ("schema A {\n  x: str\n\nschema B { x: str }\n", "schema A {\n  x: str\n}\n\nschema B { x: str }\n"),
        ("schema A {\r\n  x: str\r\n", "schema A {\r\n  x: str\r\n}\r\n"),
        ("enum E { a b", "enum E { a b\n}"),
        # where it belongs is a guess
        ("schema A {\n  x: str\n  y: int(1..\n}\n", None),
        ("schema A { x: list[str  y: int }\n", None),
        ("schema A {\n  x: list[\n}\n", None),
        ("schema A {", None),
        ("schema A {\n  x: str\n\n@open\nschema B { x: str }\n", None),
        ("schema A { x: json = [[1, 2] }", None),
    ],
)
def test_a_missing_bracket_is_put_where_its_place_is_plain(text: str, mended: str | None) -> None:
    _, found = analyse(source(text))
    (finding,) = [finding for finding in found if finding.code == "MLS0102"]
    assert (applied(text, [finding.fix])[0] if finding.fix else None) == mended
    if mended:
        assert analyse(source(mended))[1].errors == 0
