"""Tools and programs: what they name, and the Python behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlsig_compiler import model
from mlsig_compiler.front import analyse_all
from mlsig_compiler.source import Source

from tests.compiler.reading import messages, only

PROVIDER = 'provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }\n'
SIGNATURE = "signature S { input q: str  output a: str }\n"
SPACE = "space T { var provider: provider(p)  var model: model(provider) }\n"
TOOLS = 'tool find(q: str) -> str = python("m:f")\ntool fetch(q: str) -> str = python("m:g")\n'
BASE = PROVIDER + SIGNATURE + SPACE + TOOLS


def program(members: str) -> model.Program:
    found = only(f"{BASE}program P {{ signature: S  space: T  {members} }}")
    assert isinstance(found, model.Program)
    return found


def of_a_program(members: str) -> list[str]:
    return messages(f"{BASE}program P {{ signature: S  space: T  {members} }}")


def findings(**files: str) -> dict[str, list[str]]:
    """Return the findings about several files, by module."""
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in files.items()]
    analysis = analyse_all(sources, lambda _: None)
    return {
        name: [f"{one.code} {one.message}" for one in found] for name, found in analysis.diagnostics.items()
    }


# Tools


def test_a_tool_has_parameters_a_result_and_a_callable() -> None:
    found = only(
        "schema Passage { text: str }\n"
        "tool search(query: str, k: int(1..50) = 5) -> list[Passage]"
        ' = python("corpus:search")   "find passages"'
    )
    assert isinstance(found, model.Tool)
    assert [(field.name, field.default) for field in found.parameters[1:]] == [("k", 5)]
    assert found.parameters[0].default is model.REQUIRED
    assert found.returns == model.ListType(model.SchemaType("Passage", "case"))
    assert (found.python.module, found.python.attribute) == ("corpus", "search")
    assert found.description == "find passages"


def test_a_parameter_without_a_default_may_follow_one_with_it() -> None:
    found = only('tool t(a: int = 1, b: str, c: str? = null,) -> json = python("m:f")')
    assert isinstance(found, model.Tool)
    assert [field.default for field in found.parameters] == [1, model.REQUIRED, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('tool t(a: int = "x") -> str = python("m:f")', 'MLS0410 "x" is not an `int`'),
        ('tool t(a: int(1..5) = 9) -> str = python("m:f")', "MLS0412 9 is greater than 5"),
        ('tool t(a: int, a: str) -> str = python("m:f")', "MLS0310 parameter `a` is declared twice"),
        ('tool t(a: string) -> str = python("m:f")', "MLS0301 unknown type `string`"),
        ('tool t() -> string = python("m:f")', "MLS0301 unknown type `string`"),
        (
            'tool t() -> S = python("m:f")\nsignature S { input q: str  output a: str }',
            "MLS0305 `S` is a signature, and a type is needed here",
        ),
        ("tool t() -> str = 3", 'MLS0605 write `python("package.module:callable")`'),
        ("tool t() -> str = python()", 'MLS0605 write `python("package.module:callable")`'),
        ("tool t() -> str = python(name=3)", 'MLS0605 write `python("package.module:callable")`'),
        ('tool t() -> str = ruby("m:f")', 'MLS0605 write `python("package.module:callable")`'),
        ('tool t() -> str = python("m.f")', "MLS0605 this does not name a Python callable"),
        ('tool t() -> str = python("m:class")', "MLS0605 this does not name a Python callable"),
        ('tool t() -> str = python("m.class.x:f")', "MLS0605 this does not name a Python callable"),
        ('tool t() -> str = python("../m:f")', "MLS0605 this does not name a Python callable"),
        ('tool t() -> str = python("mö:f")', "MLS0605 this does not name a Python callable"),
        (
            'tool t(class: str) -> str = python("m:f")',
            "MLS0311 a parameter cannot be called `class`, which is a word of Python",
        ),
        (
            'tool len(x: str) -> int = python("m:f")',
            "MLS0312 this tool cannot be called `len`, which is a function of the language",
        ),
        ('@open tool t() -> str = python("m:f")', "MLS0421 `@open` cannot stand before a tool"),
    ],
)
def test_what_is_wrong_with_a_tool_is_said_once(text: str, expected: str) -> None:
    assert messages(text) == [expected]


# Programs


def test_a_program_names_its_tools_in_their_order() -> None:
    assert program("tools: [fetch, find]").tools == ("fetch", "find")
    assert program("tools: []").tools == ()


def test_a_program_has_metrics_and_objectives() -> None:
    found = program('metric ok = python("m:f")  maximize ok weight 0.7  minimize cost')
    assert [(one.name, one.direction, one.weight) for one in found.objectives] == [
        ("ok", "maximize", 0.7),
        ("cost", "minimize", 1.0),
    ]
    assert [metric.name for metric in found.metrics] == ["ok"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("tools: find", "MLS0304 a list of the names of tools is needed here"),
        ("tools: 3", "MLS0304 a list of the names of tools is needed here"),
        ("tools: [find, find]", "MLS0407 tool `find` is listed twice"),
        ("tools: [S]", "MLS0305 `S` is a signature, and a tool is needed here"),
        ("tools: [fnid]", "MLS0304 there is no tool `fnid` in this file"),
        ('tools: ["find"]', "MLS0304 the name of a tool is needed here"),
        ("tools: []  tools: []", "MLS0310 `tools` is declared twice"),
        ("tool: [find]", "MLS0306 a program has no setting `tool`"),
        ("maximize cost  minimize cost", "MLS0310 objective `cost` is declared twice"),
        ('metric ok = python("m")', "MLS0605 this does not name a Python callable"),
        ('metric ok = python("m:f")  metric ok = python("m:g")', "MLS0310 metric `ok` is declared twice"),
        ("minimize cost weight -1", "MLS0604 a weight must be greater than 0"),
        ("@open minimize cost", "MLS0421 `@open` cannot stand before an objective"),
        ("@variable tools: []", "MLS0421 `@variable` cannot stand before a setting"),
    ],
)
def test_what_is_wrong_with_a_program_is_said_once(members: str, expected: str) -> None:
    assert of_a_program(members) == [expected]


def test_a_program_may_take_its_parts_from_other_files() -> None:
    assert findings(
        parts=BASE,
        main="from parts import S, T as Tuning, find\n"
        "program P { signature: S  space: Tuning  tools: [find] }",
    ) == {"parts": [], "main": []}


def test_an_imported_space_must_say_whom_to_call_too() -> None:
    found = findings(
        parts=f"{BASE}space Small {{ var n: int(1..3) }}",
        main="from parts import S, Small\nprogram P { signature: S  space: Small }",
    )
    assert found == {
        "parts": [],
        "main": ["MLS0602 the space of program `P` has no variable `provider` and no variable `model`"
                 " to say whom to call"],
    }  # fmt: skip


def test_nothing_is_said_of_tools_that_could_not_be_read() -> None:
    assert of_a_program("tools: [lost]") == ["MLS0304 there is no tool `lost` in this file"]
    broken = f"{BASE}tool lost( -> str\nprogram P {{ signature: S  space: T  tools: [lost] }}"
    assert all("`lost`" not in found for found in messages(broken))
