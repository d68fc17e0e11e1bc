"""Any name, for anything that has one: what is accepted works in the generated module, the rest is refused.

Names are the words of Python, its builtins and dunders, the words and functions of the language, everything
that generated classes have, and everything that generated modules use.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword
import random
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import pytest
from golden.cases import CASES, expected
from mlsig.programs import Program
from mlsig.records import Record
from mlsig.signatures import Signature
from mlsig_compiler.check.programs import OUTCOMES, STANDARD
from mlsig_compiler.front import analyse, analyse_all
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.resolve.types import KNOWN
from mlsig_compiler.source import Source, Span
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS
from nightly import SCALE
from reference.imported import imported

from compiler.reading import messages, source

LANGUAGE: Final = ("input", "output", "check", "tune", "var", "when", "schema", "enum", "space", "limits")


def used_by_modules() -> set[str]:
    """Return every name in the golden modules that their sources do not have."""
    found: set[str] = set()
    for case in CASES:
        made = expected(case)
        found |= names_in(made.read_text(encoding="utf-8")) - set(
            re.findall(r"\w+", made.with_name("input.mlsig").read_text(encoding="utf-8"))
        )
    return found


def names_in(module: str) -> set[str]:
    """Return every name in a module of Python."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module)):
        match node:
            case ast.Name(name) | ast.arg(name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.FunctionDef(name) | ast.ClassDef(name) | ast.alias(name):
                found.add(name.rpartition(".")[2])
            case _:
                pass
    return found


NAMES: Final = sorted(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *("__init__", "__dict__", "__class__", "__slots__", "_", "__", "_x", "_lib_Any", "_own_x"),
        *dir(StrEnum),
        *dir(Record),
        *dir(Signature),
        *dir(Program),
        *used_by_modules(),
        *KNOWN,
        *FUNCTIONS,
        *OVER_ITEMS,
        *LANGUAGE,
        *("self", "cls", "config", "rng", "cost", "latency", "id", "env", "python"),
    }
)  # fmt: skip


def wrong(name: str) -> bool:
    """Say whether a name is wrong whatever it names."""
    return keyword.iskeyword(name) or name.startswith("_") or name in ("true", "false", "null")


def spread(template: str, names: Sequence[str]) -> str:
    """Return a text in which each line with an `@` stands once for each name; `#` is the name's number."""
    lines: list[str] = []
    for line in template.replace("ALL", ", ".join(names)).split("\n"):
        repeated = names if "@" in line else [""]
        lines += [line.replace("@", name).replace("#", str(at)) for at, name in enumerate(repeated)]
    return "\n".join(lines)


def hold(value: object) -> Callable[[ModuleType, Sequence[str]], None]:
    def use(module: ModuleType, names: Sequence[str]) -> None:
        data = {f"z{at}": [value] for at in range(len(names))}
        read = module.Zz.validate(data)
        assert read == module.Zz.from_json(read.to_json())
        assert read.to_dict() == data
        assert set(module.Zz.json_schema()["properties"]) == set(data)

    return use


def members(module: ModuleType, names: Sequence[str]) -> None:
    for name in names:
        assert module.Zz.validate({"z": name}).z is module.Zy[name]


def fields(record: Any, names: Sequence[str]) -> None:
    data: dict[str, Any] = dict.fromkeys(names, 3)
    read = record.validate(data)
    assert {name: getattr(read, name) for name in names} == data
    assert record.from_json(read.to_json()) == read
    assert [issue.path for issue in record.check({**data, names[-1]: "x"})] == [names[-1]]
    assert set(names) <= set(record.json_schema()["properties"])


def schema_fields(module: ModuleType, names: Sequence[str]) -> None:
    fields(module.Zz, names)


def inputs(module: ModuleType, names: Sequence[str]) -> None:
    fields(module.Zz.Input, names)
    data: dict[str, Any] = dict.fromkeys(names, 3)
    assert module.Zp.prompt(**data)
    assert set(inspect.signature(module.Zp.__call__).parameters) >= set(names)
    assert module.Zz.example({**data, "y": 1}).inputs == module.Zz.Input(**data)


def outputs(module: ModuleType, names: Sequence[str]) -> None:
    fields(module.Zz.Output, names)
    fields(module.Zz.Expected, names)
    assert module.Zp.prompt(z=1)


def signatures(module: ModuleType, names: Sequence[str]) -> None:
    for name in names:
        found = getattr(module, name)
        assert found.parse('{"z": 3}') == found.Output(z=3)
        assert found.example({"x": 1, "z": 3}).expected == found.Expected(z=3)


def spaces(module: ModuleType, names: Sequence[str]) -> None:
    for name in names:
        found = getattr(module, name)
        assert found.check(found.sample(random.Random(1)).to_dict()) == []


def variables(module: ModuleType, names: Sequence[str]) -> None:
    config = module.Zz.sample(random.Random(1))
    assert module.Zz.check(config.to_dict()) == []
    assert module.Zz.validate(dict.fromkeys(names, True)).key() != module.Zz.default().key()
    assert module.Zz.check({name: name != names[-1] or 3 for name in names})[0].path == names[-1]
    assert not any(getattr(module.Zz.default(), name) for name in names)


def constraints(module: ModuleType, names: Sequence[str]) -> None:
    broken = module.Zz.check({"z": 0})
    assert [names[0] in str(issue) for issue in broken] == [True]


def providers(module: ModuleType, names: Sequence[str]) -> None:
    assert set(module.Zp.providers) == set(names)
    for name in names:
        assert getattr(module, name).name == name
        assert module.Zp.settings(module.Zx.validate({"provider": name, "model": "m"})).provider == name


def programs(module: ModuleType, names: Sequence[str]) -> None:
    for name in names:
        found = getattr(module, name)
        assert found.name == name
        assert found.settings(found.space.default()).model == "m"
        assert found.prompt(z=1)


def knobs(module: ModuleType, names: Sequence[str]) -> None:
    assert {knob.name for knob in module.Zp.settings(module.Zx.default()).knobs} == set(names)
    assert module.Zp.prompt(z=1)


def metrics(module: ModuleType, names: Sequence[str]) -> None:
    assert module.Zp.metrics == tuple(names)
    assert [goal.name for goal in module.Zp.objectives] == list(names)


class Slot(NamedTuple):
    """A place where a name can stand: a file that has names in it, and what is done with its module."""

    template: str
    use: Callable[[ModuleType, Sequence[str]], None]


HOLDER: Final = "schema Zz {\n z#: list[@] = []\n}"
PROVIDER: Final = 'provider Zv { protocol: openai base_url: "http://127.0.0.1:9/v1" model "m" {} }\n'
SERVED: Final = f"{PROVIDER}space Zx {{ var provider: provider(Zv) var model: model(provider)\n"
PROGRAM: Final = f"{SERVED}}}\nprogram Zp {{ signature: Zz space: Zx }}\n"
TASK: Final = "signature Zz { input z: int output y: int }\n"

GENERATED: Final = {
    "an enum": Slot(f"enum @ {{ a }}\n{HOLDER}", hold("a")),
    "a member of an enum": Slot("enum Zy {\n@\n}\nschema Zz { z: Zy }", members),
    "a schema": Slot(f"schema @ {{ x: int }}\n{HOLDER}", hold({"x": 1})),
    "a field": Slot("schema Zz {\n@: int\n}", schema_fields),
    "a type": Slot(f"type @ = int\n{HOLDER}", hold(1)),
    "a signature": Slot("signature @ { input x: int output z: int }", signatures),
    "an input": Slot(f"{PROGRAM}signature Zz {{\ninput @: int\noutput y: int }}", inputs),
    "an output": Slot(f"{PROGRAM}signature Zz {{ input z: int\noutput @: int\n}}", outputs),
    "a tune": Slot(f"{PROGRAM}signature Zz {{ input z: int\ntune @: bool\noutput y: int }}", knobs),
    "a space": Slot("space @ { var x: int(1..3) }", spaces),
    "a variable": Slot("space Zz {\nvar @: bool\n}", variables),
    "a knob": Slot(f"{SERVED}var @: bool\n}}\n{TASK}program Zp {{ signature: Zz space: Zx }}", knobs),
    "a constraint": Slot("space Zz { var z: int(-10..9999)\nconstraint @: z != #\n}", constraints),
    "a provider": Slot(
        PROVIDER.replace("Zv", "@")
        + f"space Zx {{ var provider: provider(ALL) var model: model(provider) }}\n{TASK}"
        + "program Zp { signature: Zz space: Zx }",
        providers,
    ),
    "a program": Slot(f"{SERVED}}}\n{TASK}program @ {{ signature: Zz space: Zx }}", programs),
    "a metric": Slot(
        f'{SERVED}}}\n{TASK}program Zp {{ signature: Zz space: Zx\nmetric @ = python("m:f")\nmaximize @\n}}',
        metrics,
    ),
}
# What has no generated code yet is held to the words of Python all the same.
CHECKED: Final = {
    "a check": "schema Zz { z: int\ncheck @: z > 0\n}",
    "a tune of a schema": "schema Zz { z: int\ntune @: bool\n}",
    "a composite": "space Zz { var z: int(1..3)\ncomposite @: int = z + 1\n}",
    "a variable of a group": "space Zz { var z: bool\nwhen z {\nvar @: bool\n} }",
    "a fragment": "var @: bool",
    "a tool": 'tool @(z: int) -> int = python("m:f")',
    "a parameter of a tool": 'tool zt(\n@: int,\nz: int) -> int = python("m:f")',
    "a pipeline": f"{TASK}pipeline @(z: int) -> Zz {{ return Zz(z=z) }}",
    "a parameter of a pipeline": f"{TASK}pipeline Zp(\n@: int,\nz: int) -> Zz {{ return Zz(z=z) }}",
    "a step": f"{TASK}pipeline Zp(z: int) -> Zz {{\n@ = Zz(z=z)\nreturn Zz(z=z) }}",
    "a resource": "resource @ { z: int }",
    "an attribute": "resource Zz {\n@: int\n}",
    "a relationship": "resource Zy { z: int }\nresource Zz {\nbelongs_to @: Zy\n}",
    "a calculation": "resource Zz { z: int\ncalculate @: int = z\n}",
    "an action": 'resource Zz { z: int\naction @() = python("m:f")\n}',
    "a parameter of an action": 'resource Zz { z: int\naction za(\n@: int,\ny: int) = python("m:f")\n}',
}


# At these places the grammar takes some words first, with a message of its own.
IN_TABLES: Final = ("a resource", "an attribute", "a relationship")  # SQLite has one case of letters
GRAMMAR: Final = {"a step": {"and", "else", "for", "if", "in", "not", "or", "return"}}


def candidates(place: str) -> list[str]:
    """Return the names to try at a place: where they would be parameters of a call, not those."""
    tuned = place in ("a tune", "a knob", "a tune of a schema")
    others = {*STANDARD, *OUTCOMES} if tuned else GRAMMAR.get(place, ())
    if place == "a metric":
        others = {"provider", "model"}  # the variables of that space, which no outcome is called
    names = [name for name in NAMES if name not in others]
    return list({name.lower(): name for name in reversed(names)}.values()) if place in IN_TABLES else names


def refused(template: str, names: Sequence[str]) -> dict[str, str]:
    """Return the code of each name that cannot stand at a place, all names tried at once."""
    text = spread(template, names)
    codes: dict[str, str] = {}
    for found in sorted(analyse(source(text))[1], key=lambda found: found.span.start):
        codes.setdefault(text[slice(*found.span)], found.code)  # what uses the name is said after it
    return codes


@pytest.mark.parametrize("place", [*GENERATED, *CHECKED])
def test_what_no_place_takes_is_refused_and_little_else(place: str) -> None:
    template = GENERATED[place].template if place in GENERATED else CHECKED[place]
    names = candidates(place)
    codes = refused(template, names)
    assert {name: code for name, code in codes.items() if code not in ("MLS0311", "MLS0312")} == {}
    assert {name for name, code in codes.items() if code == "MLS0311"} == set(filter(wrong, names))
    assert len(codes) < len(names) / 3


# Of these each name becomes a class that takes long to compile: by day each tries a third, no two the same.
THIRDS: Final = ("a signature", "a space", "a program")
# What a space of many providers takes to compile grows with their square.
AT_ONCE: Final = {"a provider": 64}


@pytest.mark.no_cover  # the tests of each part reach its lines
@pytest.mark.parametrize("place", GENERATED)
def test_what_is_accepted_works(place: str) -> None:
    slot = GENERATED[place]
    codes = refused(slot.template, candidates(place))
    names = [name for name in candidates(place) if name not in codes]
    if place in THIRDS and SCALE == 1:
        names = names[THIRDS.index(place) :: len(THIRDS)]
    size = AT_ONCE.get(place, len(names))
    for first in range(0, len(names), size):
        some = names[first : first + size]
        made = compile_source(source(spread(slot.template, some)))
        assert [found.message for found in made.diagnostics] == []
        module = imported(f"names_as_{place.replace(' ', '_')}_{first}", made.text or "")
        slot.use(module, some)


@pytest.mark.parametrize(
    ("place", "name"), [(place, name) for place in GRAMMAR for name in sorted(GRAMMAR[place])]
)
def test_words_that_the_grammar_takes_first_are_one_mistake(place: str, name: str) -> None:
    assert len(messages(spread(CHECKED[place], [name]))) == 1


def test_what_is_imported_is_held_to_the_same() -> None:
    text = spread(f"from other import Other as @\n{HOLDER}", NAMES)
    other = Source(Path("other.mlsig"), "other", "schema Other { x: int }")
    found = analyse_all([Source(Path("case.mlsig"), "case", text), other], lambda _: None)
    codes = {text[slice(*finding.span)]: finding.code for finding in reversed(list(found))}
    assert {name for name, code in codes.items() if code == "MLS0311"} == set(filter(wrong, NAMES))
    assert {name for name, code in codes.items() if code != "MLS0311"} == set(KNOWN)


def test_a_name_is_underlined_in_each_place() -> None:
    for template in [*(slot.template for slot in GENERATED.values()), *CHECKED.values()]:
        text = spread(template, ["class"])
        found = [finding for finding in analyse(source(text))[1] if finding.code == "MLS0311"]
        assert [(finding.span, finding.help) for finding in found] == [
            (Span(text.index("class"), text.index("class") + 5), "for example `class_`")
        ]
