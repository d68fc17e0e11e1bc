"""A key that was written into a file: no format of the findings shows it."""

from __future__ import annotations

import pytest
from mlsig_compiler.findings.render import render
from mlsig_compiler.front import analyse

from tests.compiler.reading import source

PROVIDER = 'provider p { protocol: openai  base_url: "http://h/v1"  key: %s  limits { concurency: 1 } }'


@pytest.mark.parametrize("format", ["full", "concise", "json", "github", "sarif"])
@pytest.mark.parametrize(
    "text",
    [
        'schema A { key: api_key = "sk-98765"  a: strng }',
        'schema A { key: api_key = env("KEY", "sk-98765")  a: strng }',
        PROVIDER % '"sk-98765"',
        PROVIDER % 'env("KEY", "sk-98765")',
    ],
)
def test_a_key_in_a_file_is_not_printed(text: str, format: str) -> None:
    _, found = analyse(source(text))
    shown = render(found, format)  # type: ignore[arg-type]
    assert "sk-98765" not in shown
    if format == "full":
        assert '"********"' in shown
