"""Text to syntax tree: what is accepted, where spans point, and what is left of a broken file."""

from __future__ import annotations

import gc
import keyword
import re
import threading
from pathlib import Path

import pytest
from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import analyse
from mlsig_compiler.parse import parse, recovered
from mlsig_compiler.source import Source, Span

from compiler.reading import source, tree, tree_and_findings, written

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.mlsig"))
KEYWORDS = re.findall(r'^[A-Z]+: "([a-z]+)"$', (ROOT / "grammar" / "mlsig.lark").read_text(), re.MULTILINE)
NEVER_NAMES = {"true", "false", "null", *keyword.kwlist}


def test_a_space() -> None:
    text = 'space Tuning "all of it" { var demos: int(0..8) = 4 "how many" }'
    (found,) = tree(text).declarations
    assert isinstance(found, syntax.Space)
    assert found.head.name.text == "Tuning"
    assert found.head.description is not None
    assert found.head.description.text == "all of it"
    (variable,) = found.members
    assert isinstance(variable, syntax.Variable)
    assert isinstance(variable.type, syntax.TypeName)
    assert written(text, variable.type.span) == "int(0..8)"
    assert variable.default == syntax.Literal(4, Span(text.index("4"), text.index("4") + 1))
    assert variable.description is not None
    assert written(text, variable.description.span) == '"how many"'


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1_024", 1024),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("-1_0.5e2", -1050.0),
        ("007", 7),
        ("9223372036854775807", 2**63 - 1),
        ("0000000000000000000000000000000", 0),
        ("true", True),
        ("null", None),
        (r'"a\u00e9\n\"\\"', 'aé\n"\\'),
        ('"漢字"', "漢字"),
        ('""', ""),
        ('"""one line"""', "one line"),
        ('"""\n    two\n      lines\n    """', "two\n  lines"),
        ('"""first\r\n    second"""', "first\nsecond"),
    ],
)
def test_literals(value: str, read: object) -> None:
    (found,) = tree(f"schema A {{ x: json = {value} }}").declarations
    assert isinstance(found, syntax.Schema)
    (field,) = found.members
    assert isinstance(field, syntax.Field)
    assert isinstance(field.default, syntax.Literal)
    assert field.default.value == read
    assert type(field.default.value) is type(read)


def test_newlines_mean_nothing() -> None:
    text = (ROOT / "examples" / "sentiment" / "sentiment.mlsig").read_text(encoding="utf-8")
    bare = re.sub(r"#[^\n]*", "", text)
    assert [shape(node) for node in tree(bare.replace("\n", " ")).declarations] == [
        shape(node) for node in tree(text.replace("\n", "\r\n")).declarations
    ]


def shape(node: object) -> object:
    """Return a tree without its spans."""
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return (type(node).__name__, *(shape(part) for part in node))
    return node


@pytest.mark.parametrize("word", sorted(set(KEYWORDS) - NEVER_NAMES))
def test_keywords_are_names_where_a_name_is_expected(word: str) -> None:
    text = f"""
    enum E {{ first {word} last }}
    schema A {{ {word}: str  other: int = 1  {word}: E = {word} }}
    signature S {{ input {word}: str  output {word}: {word}  tune {word}: int = 3  example {{ {word}: 1 }} }}
    space T {{ var {word}: bool {{ when {word}: (1..2) else: (1..4) }} constraint {word}: {word} }}
    provider {word} {{ protocol: openai  key: {word} }}
    program {word} {{ signature: {word}  metric {word} = python("") maximize {word} weight 2 space: {word} }}
    """
    assert len(tree(text).declarations) == 6


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a // b % -c", "((a // b) % (- c))"),
        ("not a == b and c or d", "(((not (a == b)) and c) or d)"),
        ("a or b or c", "(a or b or c)"),
        ("1 < a <= 3 != b", "(1 < a <= 3 != b)"),
        ('a in ["x", 2,] and b not in []', '((a in ["x" 2]) and (b not in []))'),
        ("(a or b) and c", "((a or b) and c)"),
        ("-3 - -x", "(-3 - (- x))"),
    ],
)
def test_precedence_is_that_of_python(expression: str, shown: str) -> None:
    (found,) = tree(f"space T {{ constraint c: {expression} }}").declarations
    assert isinstance(found, syntax.Space)
    (constraint,) = found.members
    assert isinstance(constraint, syntax.Constraint)
    assert spelt(constraint.condition) == shown


def spelt(node: syntax.Expr) -> str:
    match node:
        case syntax.Literal(value, _):
            return f'"{value}"' if isinstance(value, str) else str(value)
        case syntax.Reference(path, _):
            return ".".join(path)
        case syntax.Unary(op, operand, _):
            return f"({op} {spelt(operand)})"
        case syntax.Binary(op, left, right, _):
            return f"({spelt(left)} {op} {spelt(right)})"
        case syntax.Comparison(first, rest, _):
            return f"({' '.join([spelt(first), *(f'{op} {spelt(other)}' for op, other in rest)])})"
        case syntax.BoolOp(op, operands, _):
            return f"({f' {op} '.join(spelt(operand) for operand in operands)})"
        case syntax.ListOf(items, _):
            return f"[{' '.join(spelt(item) for item in items)}]"
        case syntax.Unsupported():
            return node.feature


def test_the_span_of_a_condition_includes_its_parentheses() -> None:
    text = "space T { forbid (a or b) and c }"
    (found,) = tree(text).declarations
    assert isinstance(found, syntax.Space)
    (forbidden,) = found.members
    assert isinstance(forbidden, syntax.Constraint)
    assert written(text, forbidden.condition.span) == "(a or b) and c"


def test_comments_end_with_their_line() -> None:
    assert len(tree('# enum A { x }\nenum B { x "# no comment" } # the end').declarations) == 1


def test_an_empty_file_declares_nothing() -> None:
    assert tree("").declarations == tree("\ufeff # nothing\n").declarations == ()


def test_unsupported_constructs_are_recognised_with_what_they_declare() -> None:
    text = """
    from a.b import One, Two as Three
    type Slug = str
    tool search(query: str, k: int = 5) -> str = python("a:b") "find"
    pipeline P(q: str) -> A { x = Q(q=q) retry 2 timeout 10s { [(] ) } }
    """.replace("[(] )", "[( )]")
    found = [node for node in tree(text).declarations if isinstance(node, syntax.Unsupported)]
    assert [node.names for node in found] == [("One", "Three"), ("Slug",), ("search",), ("P",)]
    assert [written(text, node.span) for node in found] == ["from", "type", "tool", "pipeline"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_careful_way_reads_what_the_fast_way_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    diagnostics = Diagnostics(source(text))
    assert recovered(text, diagnostics) == tree(text)
    assert len(diagnostics) == 0


def test_a_mistake_costs_the_member_that_it_stands_in() -> None:
    file, found = tree_and_findings("schema A { a: str  b: = 3  c: int }\nenum E { x }")
    assert found == ["MLS0103 a type is needed here, and `=` is found"]
    schema, enum = file.declarations
    assert isinstance(schema, syntax.Schema)
    assert schema.broken
    assert [member.name.text for member in schema.members if isinstance(member, syntax.Field)] == ["a", "c"]
    assert isinstance(enum, syntax.Enum)
    assert not enum.broken


def test_names_of_what_cannot_be_read_are_not_complained_about() -> None:
    text = """
    enum Verdict { yes, no ! }
    schema A { x: Gone  y: Verdict = maybe  z: B = { lost: 1 } }
    schema B { lost = str  kept: int = 1 }
    schema Gone extends { q: str }
    signature S { input q: str  otput a: str  example { q: "1", a: "2" } }
    space T { var x int  var y: bool { when x == 3: (true) }  constraint c: x > 3 }
    """
    found, diagnostics = analyse(source(text))
    assert found is None
    assert {finding.code for finding in diagnostics} == {"MLS0103", "MLS0109"}
    assert len(diagnostics) == 5


HOSTILE = {
    "brackets": "([{" * 4_000,
    "closing": "}" * 50_000,
    "lists": f"schema A {{ x: json = {'[' * 5_000}{']' * 5_000} }}",
    "open lists": f"schema A {{ x: json = {'[' * 5_000}",
    "not": f"space T {{ constraint c: {'not ' * 5_000}b }}",
    "minus": f"space T {{ constraint c: {'-' * 5_000}1 == 1 }}",
    "sum": f"space T {{ var n: int  constraint c: n{' + n' * 5_000} > 1 }}",
    "product": f"space T {{ var n: int  constraint c: n{' * n' * 5_000} > 1 }}",
    "conditional": f"space T {{ constraint c: {'1 if 1 else ' * 4_000}1 }}",
    "attributes": f"space T {{ constraint c: a{'.b' * 5_000} }}",
    "types": f"schema A {{ x: {'list[' * 5_000}str{']' * 5_000} }}",
    "groups": f"space T {{ {'when a { ' * 4_000}{'}' * 4_000} }}",
    "soup": f"pipeline P() -> A {{ {'{' * 5_000}{'}' * 5_000} }}",
    "long name": "enum " + "a" * 100_000 + " { x }",
    "long integer": f"schema A {{ x: int = {'9' * 100_000} }}",
    "infinity": "schema A { x: float(1e999..2e999) = -1e999 }",
    "quotes": '"' * 10_001,
    "backslashes": 'enum A { x "' + "\\" * 10_001 + '" }',
    "strings": 'enum A { x "\ud800" }',
    "controls": "".join(map(chr, range(32))) + "enum A { x }",
    "odd": "é" * 5_000 + "\u2028" + "😀",
    "one line": "enum A { x } " * 3_000 + "?",
    "same name": "enum A { x }\n" * 3_000,
    "unknown names": "schema A { " + " ".join(f"a{i}: b{i}" for i in range(3_000)) + " }",
    "chain": "space T { "
    + " ".join(f"var v{i}: bool {{ when v{i + 1}: (true) }}" for i in range(1_200))
    + " }",
    "circle": "space T { "
    + " ".join(f"var v{i}: bool {{ when v{(i + 1) % 1_200}: (true) }}" for i in range(1_200))
    + " }",
    "selfish": "space T { "
    + " ".join(f"var v{i}: bool {{ when v{i}: (true) }}" for i in range(1_200))
    + " }",
    "schemas": " ".join(f"schema S{i} {{ x: S{i + 1} }}" for i in range(1_200)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_politely(name: str) -> None:
    found, diagnostics = analyse(source(HOSTILE[name]))
    assert (found is None) == (diagnostics.errors > 0)
    assert found is None or name in {"long name", "minus"}


def test_nesting_up_to_the_limit_is_fine() -> None:
    found, diagnostics = analyse(
        source(f"schema A {{ x: json = {'[' * 60}{']' * 60}  y: {'list[' * 60}str{']' * 60} }}")
    )
    assert list(diagnostics) == []
    assert found is not None


def test_a_control_character_is_reported_once_and_read_as_a_space() -> None:
    file, found = tree_and_findings("enum\x00A { x\x07 y }")
    assert found == ["MLS0101 the file has the character U+0000, which cannot be seen"]
    (enum,) = file.declarations
    assert isinstance(enum, syntax.Enum)
    assert [member.name.text for member in enum.members] == ["x", "y"]


def test_the_garbage_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    tree("enum A { x }")
    assert gc.isenabled()
    gc.disable()
    try:
        tree_and_findings("enum A {")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_threads_may_parse_at_once() -> None:
    texts = [f"schema A {{ {' '.join(f'f{i}: int = {number}' for i in range(40))} }}" for number in range(8)]
    found: dict[int, syntax.File] = {}

    def read(index: int) -> None:
        found[index] = parse(source(texts[index]), Diagnostics(source(texts[index])))

    threads = [threading.Thread(target=read, args=(index,)) for index in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[index] for index in range(len(texts))] == [tree(text) for text in texts]


def test_the_page_about_the_language_holds_what_compiles() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```mlsig\n(.*?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        assert list(analyse(Source(Path("language.md"), "language", block))[1]) == []
