"""Colours by spelling have the words of the grammar, all of them and each once."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from mlsig_compiler import words
from mlsig_compiler.highlighting import textmate
from mlsig_compiler.highlighting.lexer import MlsigLexer
from mlsig_compiler.lsp import mending
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Token

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "editors" / "vscode" / "syntaxes" / "mlsig.tmLanguage.json"
GRAMMAR = (ROOT / "grammar" / "mlsig.lark").read_text(encoding="utf-8")
WORDS = sorted(set(re.findall(r'"([a-z_]+)"', GRAMMAR)))


def coloured(text: str) -> list[tuple[Any, str]]:
    return [(kind, value) for kind, value in MlsigLexer().get_tokens(text) if value.strip()]


def test_the_words_are_those_of_the_grammar() -> None:
    assert sorted(words.KEYWORDS) == WORDS
    lists = (words.DECLARATIONS, words.MEMBERS, words.IMPORTS, words.OPERATORS, words.CONSTANTS)
    assert sorted(word for each in lists for word in each) == WORDS


def test_the_grammar_in_the_tree_is_the_one_that_is_made() -> None:
    assert KEPT.read_text(encoding="utf-8") == textmate.text()


def test_the_notes_for_editors_name_what_is_there() -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (emacs,) = re.findall(r"\(defvar mlsig-words\s+'\((.*?)\)\)", page, re.DOTALL)
    assert sorted(json.loads(f"[{','.join(emacs.split())}]")) == WORDS
    (helix,) = (tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL))
    server = helix["language-server"]["mlsig"]
    assert [server["command"], *server["args"]] == ["mlsig", "lsp"]
    code, zed = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    assert mending.ALL in code["[mlsig]"]["editor.codeActionsOnSave"]
    folder = ROOT / "editors" / "zed"
    extension = tomllib.loads((folder / "extension.toml").read_text(encoding="utf-8"))
    language = tomllib.loads((folder / "languages" / "mlsig" / "config.toml").read_text(encoding="utf-8"))
    for named in (extension["language_servers"], zed["languages"], zed["lsp"]):
        assert list(named) == ["mlsig"] == [language["name"]]
    assert extension["language_servers"]["mlsig"]["languages"] == [language["name"]]
    ours = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text(encoding="utf-8"))
    (said,) = ours["contributes"]["languages"]
    assert said["extensions"] == [f".{suffix}" for suffix in language["path_suffixes"]]
    assert extension["version"] == ours["version"]


def test_every_word_has_a_colour_in_the_grammar_of_editors() -> None:
    rules = [
        (re.compile(rule["match"]), rule)
        for rule in json.loads(KEPT.read_text(encoding="utf-8"))["repository"].values()
        if "match" in rule
    ]
    for word in (*WORDS, *words.TYPES):
        scopes = [
            rule["name"] for expression, rule in rules if "name" in rule and expression.search(f" {word} ")
        ]
        assert scopes and scopes[0].split(".")[0] in ("keyword", "constant", "support"), word
        # a field may be called so
        assert any("captures" in rule and expression.match(f"{word}: str") for expression, rule in rules), (
            word
        )


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_a_colour_in_pygments(word: str) -> None:
    ((kind, value),) = coloured(word)
    assert value == word
    assert kind in Keyword or kind in Operator.Word


def test_pygments_colours_a_file() -> None:
    found = coloured('@open schema A "x" { input: str(max_length=1_0) check c: len(input) > 2.5 } # end')
    assert found == [
        (Name.Decorator, "@open"),
        (Keyword.Declaration, "schema"),
        (Name.Class, "A"),
        (String.Double, '"x"'),
        (Token.Punctuation, "{"),
        (Name.Attribute, "input"),
        (Token.Punctuation, ":"),
        (Keyword.Type, "str"),
        (Token.Punctuation, "("),
        (Name, "max_length"),
        (Operator, "="),
        (Number.Integer, "1_0"),
        (Token.Punctuation, ")"),
        (Keyword, "check"),
        (Name.Attribute, "c"),
        (Token.Punctuation, ":"),
        (Name.Builtin, "len"),
        (Token.Punctuation, "("),
        (Keyword, "input"),
        (Token.Punctuation, ")"),
        (Operator, ">"),
        (Number.Float, "2.5"),
        (Token.Punctuation, "}"),
        (Comment.Single, "# end"),
    ]


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/*.mlsig")), ids=lambda path: path.stem)
def test_nothing_of_a_file_is_lost_or_strange(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(MlsigLexer(stripnl=False).get_tokens(text))
    assert "".join(value for _, value in found) == text
    assert not any(kind in Error for kind, _ in found)
