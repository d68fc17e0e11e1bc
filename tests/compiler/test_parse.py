"""Text to syntax tree: what is accepted, where spans point, and what is left of a broken file."""

from __future__ import annotations

import gc
import keyword
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import analyse
from mlsig_compiler.parse import parse, recovered
from mlsig_compiler.source import Source, Span

from compiler.reading import messages, source, tree, tree_and_findings, written

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
    resource {word} {{ {word}: E = first {{ first -> {word}  {word} -> {word} | last  last -> first }} }}
    """
    assert len(tree(text).declarations) == 7


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
        case _:
            raise AssertionError(node)


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


EVERY_CONSTRUCT = """# a comment that begins the file
from a.b import Passage, Topic as T   # of imports
@deprecated("use b", since=2)
from std.sampling import top_p

@open @json
enum Verdict "how it stands" { supported, refuted @deprecated unknown "not enough", }

type Slug = str(pattern="^[a-z]+$", max_length=64) | "none" | null  "a short name"

@open
schema B extends A "described" {
  id: Slug
  text: list[map[str]?](min_length=1, unique) = ["a", { b: 1, "c d": [2, -3.5,] }]  "the passage"
  @deprecated
  old: int?
  tune k: int(1..5) = 3
  transform text = strip(text) "tidy"
  transform python("a.b:c")
  check fine: any(x.y[0] > 1 for x in xs if not x.z) and -n * 1 != 2 "say this"
}

signature Short = "a, b: int -> c: list[str]" "in short"

signature Answer extends Base "described" {
  \"\"\"
  Instructions # with no comment inside.
  \"\"\"
  input question: str(min_length=3) = "why"  "what"  # said here
  @variable
  output answer: str?
  tune tone: choice("a", "b") = "a"
  check c: len(answer) > 0 if answer != null else true
  example { question: "x", answer: null }
}

space Tuning extends Other {
  include top_p
  include A
  var provider: provider(openai, groq) = groq "who"
  var t: float(0.0..2.0, step=0.01) = 0.7 {
    when provider == openai and model == "gpt-4": (0.0..2.0) = 0.7
    else: (0.5..0.8) = 0.7
  } "how warm"
  override var n: int(1..3)
  when (reasoning == ReAct) {
    var hops: int(1..8) = 3
    when hops > 2 { @hint(priority="cost") var deep: bool }
  }
  composite budget: float = n * (2.5 if provider == groq else 1.0) // 3 "computed"
  constraint window: 1 < n <= 3 "it fits"
  forbid provider == groq and t > 1.0 or n not in [1, 2]
  forbid named: t > 1.5
  prefer not (t > 1.5 and top_p < 0.3) "reads poorly"
}

var top_q: float(0.0..1.0) = 0.9 "a fragment"

provider openai "served" {
  protocol: openai "wire"
  key: env("KEY", "none"),
  limits { requests_per_minute: 500, concurrency: 32 }
  model "gpt-4" "large" { supports: [tools] input_cost: 30.0 }
}

tool search(query: str, k: int(1..50) = 5,) -> list[Passage] = python("corpus:search") "find"

program QA "described" {
  signature: Answer
  tools: [search]
  metric accuracy = python("m:f") "exact"
  maximize accuracy weight 0.7
  minimize cost
}

pipeline Research(question: str) -> Answer "described" {
  plan = Plan(question=question)
  docs = search(query=plan.query, k=3) retry 2 timeout 1.5s on_error continue
  parts = [Sum(x=d) for d in docs if d.ok] concurrency 8
  return QA(question=question, passages=docs) timeout 500ms
}

resource Run "described" {
  name: str(max_length=255) = "x" "its name"
  status: Status = draft { draft -> active | archived, active -> draft } "guarded"
  belongs_to space: Space? "of"
  has_many runs: Run(on_delete=restrict)
  calculate count: int = len(runs)
  action execute(inputs: json, c: json = {}) -> Execution = python("a:b") "run"
  before update = python("a:c")
  @hint(x=1)
  after create = python("a:d") "then"
}
# the end"""


def test_every_construct_is_read() -> None:
    file = tree(EVERY_CONSTRUCT)
    assert len(file.imports) == 2
    assert {type(node).__name__ for node in file.declarations} == {
        part.__name__ for part in get_args(syntax.Declaration)
    }
    assert [len(annotations(node)) for node in file.declarations[:3]] == [2, 0, 1]


def annotations(node: syntax.Declaration) -> syntax.Annotations:
    return node.annotations


def spans(node: object) -> Iterator[Span]:
    """Yield the spans of a node's parts, or that of the node itself where it has no members."""
    if isinstance(node, syntax.File):
        for part in (*node.imports, *node.declarations, *node.comments):
            yield from (annotation.span for annotation in getattr(part, "annotations", ()))
            yield part.span


@pytest.mark.parametrize("text", [EVERY_CONSTRUCT, EVERY_CONSTRUCT.replace("\n", "\r\n")], ids=["lf", "crlf"])
def test_nothing_of_the_layout_is_lost(text: str) -> None:
    left = list(text)
    for span in spans(tree(text)):
        left[span.start : span.end] = " " * (span.end - span.start)
    assert "".join(left).strip() == ""


def test_comments_are_kept_in_order_with_their_places() -> None:
    comments = tree(EVERY_CONSTRUCT).comments
    assert [comment.text for comment in comments] == [
        "# a comment that begins the file",
        "# of imports",
        "# said here",
        "# the end",
    ]
    for text, span in comments:
        assert written(EVERY_CONSTRUCT, span) == text
    assert tree_and_findings(EVERY_CONSTRUCT + "\nenum ?")[0].comments == comments


def test_members_and_their_spans() -> None:
    text = EVERY_CONSTRUCT
    for node in tree(text).declarations:
        assert node.span.start <= node.head.span.start <= node.head.span.end <= node.span.end
        if isinstance(node, syntax.Signature) and node.string:
            continue
        end = node.head.span.end
        for member in getattr(node, "members", ()):
            for annotation in member.annotations:
                assert end <= annotation.span.start < annotation.span.end <= member.span.start
            assert end <= member.span.start < member.span.end <= node.span.end
            assert written(text, member.span).strip() == written(text, member.span)
            end = member.span.end


def test_the_careful_way_reads_every_construct() -> None:
    diagnostics = Diagnostics(source(EVERY_CONSTRUCT))
    assert recovered(EVERY_CONSTRUCT, diagnostics) == tree(EVERY_CONSTRUCT)
    assert len(diagnostics) == 0


WRONG_MEMBERS = {
    syntax.Enum: '"wrong"',
    syntax.Schema: "wrong: =",
    syntax.Signature: "input wrong: =",
    syntax.Space: "var wrong: =",
    syntax.Provider: "wrong: =",
    syntax.Program: "wrong: =",
    syntax.Pipeline: "wrong = =",
    syntax.Resource: "wrong: =",
}


@pytest.mark.parametrize("kind", WRONG_MEMBERS, ids=lambda kind: kind.__name__)
def test_a_wrong_member_costs_nothing_else(kind: type[Any]) -> None:
    """Everything before it is read as if it were not there, and so is everything after it."""
    right = tree(EVERY_CONSTRUCT)
    index, node = next(
        (index, node)
        for index, node in enumerate(right.declarations)
        if isinstance(node, kind) and node.members and not getattr(node, "string", None)
    )
    wrong = f" @lost {WRONG_MEMBERS[kind]}\n"
    at = node.span.end - 1
    file, found = tree_and_findings(EVERY_CONSTRUCT[:at] + wrong + EVERY_CONSTRUCT[at:])
    assert [finding.partition(" ")[0] for finding in found] == ["MLS0103"]
    broken = file.declarations[index]
    assert broken._replace(span=node.span, broken=False) == node
    assert file.imports == right.imports
    assert file.declarations[:index] == right.declarations[:index]
    assert [shape(other) for other in file.declarations[index + 1 :]] == [
        shape(other) for other in right.declarations[index + 1 :]
    ]


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


@pytest.mark.parametrize("word", ["weight", "and", "for", "in"])
def test_words_of_expressions_are_names_after_a_mistake_too(word: str) -> None:
    text = f"schema A {{\n x: ?\n y: str\n {word}: strr\n}}"
    found = messages(text)
    assert found[0] == "MLS0103 a type is needed here, and `?` is found"
    assert "MLS0301 unknown type `strr`" in found


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
