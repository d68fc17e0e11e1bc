"""`mlsig fmt`: one layout, the same when it is made again, which says what the text said."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mlsig_compiler import formatting
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.formatting import concrete, formatted, safety
from mlsig_compiler.formatting.docstrings import indented
from mlsig_compiler.parse.rules.tokens import dedent
from nightly import SCALE

from compiler.printing import printed
from compiler.random_models.whole import machines, records, stores, tunings
from compiler.reading import source, tree

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted((ROOT / "tests" / "layout").iterdir())
SHIPPED = sorted([*(ROOT / "compiler").rglob("*.mlsig"), *(ROOT / "examples").rglob("*.mlsig")])
FENCE = re.compile(r"^```mlsig.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
chances = st.randoms(use_true_random=False)


def laid_out(text: str) -> str:
    """Return the layout of a text that is right, which formatting has compared with it."""
    made = attempted(text)
    assert made is not None, text
    return made


def attempted(text: str) -> str | None:
    diagnostics = Diagnostics(source(text))
    made = formatted(diagnostics.source, diagnostics)
    assert (made is None) == (diagnostics.errors > 0)
    return made


def settled(text: str) -> str:
    """Return the layout of a text, which is that of itself."""
    made = laid_out(text)
    assert laid_out(made) == made, made
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_layouts(case: Path) -> None:
    after = (case / "after.mlsig").read_bytes().decode()
    assert laid_out((case / "before.mlsig").read_bytes().decode()) == after
    assert laid_out(after) == after


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_is_shipped_is_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert laid_out(text) == text, "run `mlsig fmt` on it"


@pytest.mark.no_cover  # layouts above reach its lines
def test_every_file_of_the_tree_and_every_block_of_the_pages() -> None:
    texts = [path.read_bytes().decode("utf-8", "replace") for path in (ROOT / "tests").rglob("*.mlsig")]
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        texts += FENCE.findall(page.read_text(encoding="utf-8"))
    read = [text for text in texts if attempted(text) is not None]
    assert len(read) > 100
    for text in read:
        settled(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n\n", ""),
        ("# only", "# only\n"),
        ("\n#\n\n\n# two", "#\n\n# two\n"),
        ("enum A{x}#e", "enum A { x }  #e\n"),
    ],
)
def test_next_to_nothing(text: str, expected: str) -> None:
    assert settled(text) == expected


# Random texts

BREAKS = [
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\n\n\n",
    "\n  # of nothing\n",
    "  # at the end  \n",
    "\n\n#\n\n# two\n\n",
]


def respaced(text: str, chance: random.Random, gaps: list[str]) -> str:
    """Return a text with other blanks and comments between its words."""
    tokens = list(concrete.leaves(concrete.read(text)[0]))
    said = [chance.choice(["", "\n\n", "# first\n"]) if len(gaps) > 3 else ""]
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        said.append(token.text)
        close = {token.text, after.text if after else ""} & set("()[]{},:")
        said.append("" if close and chance.random() < 0.3 else chance.choice(gaps))
    return "".join(said)


models = st.one_of(records(), tunings(), machines(), stores())


@given(models, chances)
@settings(max_examples=12 * SCALE, suppress_health_check=SLOW)
def test_random_files_with_comments_anywhere(module: object, chance: random.Random) -> None:
    text = printed(module, chance=chance)  # type: ignore[arg-type]
    few = [*[" "] * chance.choice([0, 5, 60]), *BREAKS]
    made = settled(respaced(text, chance, few))
    for line in made.split("\n"):
        assert len(line) <= formatting.WIDTH or re.search('["#]', line), line
        assert not line.endswith((" ", "\t")) or '"""' in made


@given(models, chances)
@settings(max_examples=6 * SCALE, suppress_health_check=SLOW)
def test_spaces_make_no_difference(module: object, chance: random.Random) -> None:
    text = printed(module, chance=chance).replace("\n", " ")  # type: ignore[arg-type]
    assert laid_out(respaced(text, chance, [" ", "   ", "\t"])) == laid_out(text)


@given(st.text(alphabet=' \t\r\nab"\\', max_size=30), st.integers(0, 6))
@example("one\n\n      two\n    three  \n  ", 4)
@example(' "quoted" \n\ttabbed\n  spaced', 2)
def test_a_documentation_string_says_the_same_in_any_column(inside: str, indent: int) -> None:
    inside = inside.replace('"""', "").removesuffix('"')
    moved = indented(f'"""{inside}"""', indent)
    assert dedent(moved[3:-3]) == dedent(inside.replace("\r\n", "\n"))
    assert indented(moved, indent) == moved


# What is left alone


@pytest.mark.parametrize(
    "text",
    [
        "schema A { x int }",
        'schema A { x: str = "\\q" }',
        "schema A { x: int }\x00",
        "schema A { check c: " + "(" * 200 + "x" + ")" * 200 + " }",
    ],
    ids=["syntax", "escape", "character", "depth"],
)
def test_a_broken_file_has_no_layout(text: str) -> None:
    assert attempted(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("schema A { x: int }", "schema A { x: float }"),
        ("schema A { x: int }", "schema A { x: int y: int }"),
        ("schema A { x: int }", "schema A { x: int? }"),
        ("schema A { x: int = 1 }", "schema A { x: int = 1.0 }"),
        ("# a\nschema A { x: int }", "# b\nschema A { x: int }"),
    ],
)
def test_what_differs_is_not_the_same(one: str, other: str) -> None:
    assert safety.same(tree(one), tree(one))
    assert not safety.same(tree(one), tree(other))


def test_a_layout_that_says_something_else_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "layout", lambda *_: "schema B { x: int }\n")
    with pytest.raises(formatting.MeaningChanged):
        laid_out("schema A { x: int }")
