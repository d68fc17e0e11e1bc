"""The text of generated spaces: readable, typed, and safe whatever the names and strings are."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest
import type_checking
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import literal
from mlsig_compiler.model import Binary, Expr, FloatDomain, IntDomain, ListOf, Space, Unary
from mlsig_compiler.plan.expressions import plain, python, reads

from spaces.building import (
    BOOLS,
    NOWHERE,
    both,
    branch,
    built,
    compare,
    const,
    constraint,
    either,
    emitted,
    negated,
    options,
    ref,
    sentiment,
    space,
    variable,
)
from spaces.test_space_sampling import ways_of_sampling

ROOT = Path(__file__).resolve().parents[2]
NASTY = 'a"b\'c\\d\n"""{{ x }}{% raw %}#\u2028'


def minus(left: Expr, right: Expr) -> Binary:
    return Binary("-", left, right, NOWHERE)


def awkward() -> Space:
    """Names that the methods use themselves, strings that no template may touch, every kind of domain."""
    names = (
        "int",
        "round",
        "draw",
        "cls",
        "config",
        "spaces",
        "Literal",
        "bool",
        "tuple",
        "fits",
        "Any",
        "range",
    )
    numbers = [variable(name, "int", IntDomain(low=k, high=k + 9, step=2), k) for k, name in enumerate(names)]
    return space(
        *numbers,
        variable("text", "choice", options(NASTY, "plain", "", "x" * 120), NASTY, description=NASTY),
        variable("mixed", "choice", options(True, 1, 0.5, None, "s", 2**70), True),
        variable("floats", "choice", options(0.5, 1, weights=(0.25, 0.75)), 1),
        variable("rate", "float", FloatDomain(low=1e-5, high=0.1, log=True), 1e-3),
        variable("wide", "float", FloatDomain(low=-1.7e308, high=1.7e308), 0.0),
        variable("tight", "float", FloatDomain(low=0.1, high=0.7), 0.1),
        variable("steps", "float", FloatDomain(low=0.1, high=0.7, step=0.2, log=True), 0.3),
        variable("huge", "int", IntDomain(low=0, high=2**60, step=3), 0),
        variable("fixed", "float", FloatDomain(low=2, high=2), 2),
        variable("lone", "choice", options(None), None),
        variable(
            "arms",
            "choice",
            options("a", "b", "c"),
            "a",
            branch(compare("int", ">", 4), options("a", "b"), "b"),
            branch(both(compare("rate", "<", 0.5), compare("fits", "==", 9)), options("c"), "c"),
            branch(None, options("b", "c", weights=(0.5, 0.5)), "c"),
            depends=("int", "rate", "fits"),
        ),
        variable(
            "flag",
            "bool",
            BOOLS,
            True,
            branch(compare("arms", "==", "c"), options(True), True),
            depends=("arms",),
        ),
        constraints=(
            constraint(
                "always",
                either(compare("cls", "<", 99), compare("text", "in", ListOf((const("plain"),), NOWHERE))),
            ),
            constraint("flags", either(ref("flag"), compare("int", "<", 99)), NASTY, NASTY),
            constraint(
                "forbid_1",
                negated(
                    both(compare("config", ">", 50), compare("text", "==", NASTY), compare("range", ">", 99))
                ),
            ),
        ),
        description=NASTY,
    )


def test_awkward_names_and_strings_survive() -> None:
    generated = built(awkward())
    config = generated.sample(random.Random(4))
    assert generated.check(config.to_dict()) == []
    assert generated.validate(config.to_dict()) == config
    assert generated.default().text == NASTY
    assert {variable.name: variable.description for variable in generated.variables}["text"] == NASTY
    assert generated.__doc__ == NASTY
    assert generated.constraints[1].message == NASTY


@pytest.mark.parametrize(
    "tool", [pytest.param("mypy", marks=type_checking.one_after_another), "pyright", "ruff"]
)
def test_generated_spaces_pass_the_tools_untouched(tool: str, tmp_path: Path) -> None:
    for name, what in {
        "example": sentiment(),
        "awkward": awkward(),
        "contradictory": contradictory(),
        **ways_of_sampling(),
    }.items():
        (tmp_path / f"{name}_space.py").write_text(emitted(what), encoding="utf-8")
    (tmp_path / "use.py").write_text(
        "import random\n\nfrom example_space import Tuning\n\n"
        "config: Tuning.Config = Tuning.mutate(Tuning.sample(random.Random(1)), random.Random(2))\n"
        "heat: float = Tuning.neighbors(config)[0].temperature\n"
        "lengths: list[int] = [c.max_tokens for c in Tuning.sample_batch(3, random.Random(1))]\n",
        encoding="utf-8",
    )
    match tool:
        case "mypy":
            done = type_checking.mypy(tmp_path, ["."])
        case "pyright":
            done = type_checking.pyright(tmp_path)
        case _:
            options = ["--isolated", "--no-cache", "--target-version=py311"]
            done = subprocess.run(
                [sys.executable, "-m", "ruff", "check", *options, str(tmp_path)],
                capture_output=True,
                text=True,
                check=False,
            )
    assert done.returncode == 0, done.stdout + done.stderr


def contradictory() -> Space:
    """Conditions that can never hold; type checkers must not stumble over them."""
    return space(
        variable("adapter", "module", options("Chat", "JSON"), "Chat"),
        variable(
            "demos",
            "int",
            IntDomain(low=0, high=8),
            4,
            branch(compare("adapter", "==", "JSON"), IntDomain(low=0, high=2), 1),
            branch(compare("adapter", "!=", "JSON"), IntDomain(low=1, high=3), 1),
            branch(None, IntDomain(low=0, high=8), 4),
            depends=("adapter",),
        ),
        constraints=(
            constraint("some", either(compare("adapter", "==", "JSON"), compare("adapter", "!=", "JSON"))),
        ),
    )


def test_the_bodies_are_straight_lines() -> None:
    """Nothing in `sample` and `legal` loops over variables or looks a declaration up."""
    tree = ast.parse(emitted(sentiment()))
    methods = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    loops = [node for node in ast.walk(methods["sample"]) if isinstance(node, ast.For | ast.While)]
    assert loops == []
    assert not [
        node
        for node in ast.walk(methods["legal"])
        if isinstance(node, ast.For | ast.While | ast.comprehension)
    ]
    for name in ("sample", "legal", "default"):
        attributes = {node.attr for node in ast.walk(methods[name]) if isinstance(node, ast.Attribute)}
        assert not attributes & {"variables", "constraints", "branches"}


def test_a_space_whose_types_say_all_has_no_legal() -> None:
    text = emitted(
        space(variable("a", "choice", options("x", "y"), "x"), variable("b", "bool", BOOLS, False))
    )
    assert "def legal" not in text
    assert "for _ in range(spaces.ATTEMPTS)" not in text
    generated = built(space(variable("a", "choice", options("x", "y"), "x")))
    assert generated.legal(generated.default())


def test_long_conditions_are_cut_at_their_operators() -> None:
    long = [compare(f"name_{k}", "!=", "a value that is not short") for k in range(4)]
    text = emitted(
        space(
            *(
                variable(f"name_{k}", "choice", options("a value that is not short", "b"), "b")
                for k in range(4)
            ),
            variable(
                "x",
                "int",
                IntDomain(low=0, high=9),
                1,
                branch(both(*long), IntDomain(low=0, high=3), 1),
                depends=tuple(f"name_{k}" for k in range(4)),
            ),
            constraints=(constraint("one", either(*long)), constraint("forbid_1", negated(both(*long)))),
        )
    )
    value = '"a value that is not short"'
    assert f"    if (\n            name_0 != {value}\n            and name_1 != {value}\n" in text
    assert f"    if not (\n            name_0 != {value}\n            or name_1 != {value}\n" in text
    assert f"        return not (\n            name_0 != {value}\n            and name_1" in text
    assert f'when=lambda v: (\n                        v["name_0"] != {value}\n' in text
    assert (
        f'holds=lambda v: (\n                v["name_0"] != {value}\n                or v["name_1"]' in text
    )
    assert f'holds=lambda v: (\n                not (\n                    v["name_0"] != {value}\n' in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (minus(minus(ref("a"), ref("b")), const(1)), "a - b - 1"),
        (minus(ref("a"), minus(ref("b"), const(1))), "a - (b - 1)"),
        (Binary("*", minus(ref("a"), ref("b")), const(-2), NOWHERE), "(a - b) * -2"),
        (Unary("-", minus(ref("a"), ref("b")), NOWHERE), "-(a - b)"),
        (Unary("-", const(-1), NOWHERE), "--1"),
        (compare("a", "<", ref("b"), "<=", 3), "a < b <= 3"),
        (either(both(ref("a"), ref("b")), ref("c")), "a and b or c"),
        (both(either(ref("a"), ref("b")), ref("c")), "(a or b) and c"),
        (both(both(ref("a"), ref("b")), ref("c")), "(a and b) and c"),
        (negated(both(ref("a"), ref("b"))), "not (a and b)"),
        (negated(compare("a", "<", 1)), "not a < 1"),
        (negated(negated(ref("a"))), "not not a"),
        (compare("a", "==", True), "a is True"),
        (compare("a", "!=", None), "a is not None"),
        (compare(compare("a", "<", 1), "==", False), "(a < 1) is False"),
        (compare("a", "in", ListOf((const("x"),), NOWHERE)), 'a in ("x",)'),
        (compare("a", "not in", ListOf((const("x"), const(-1)), NOWHERE)), 'a not in ("x", -1)'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_expressions_have_few_parentheses(expr: Expr, text: str) -> None:
    assert python(expr, str) == text


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (negated(compare("a", "==", 1)), "a != 1"),
        (negated(compare("a", "not in", ListOf((const(1),), NOWHERE))), "a in (1,)"),
        (negated(compare("a", "<", 1)), "not a < 1"),
        (negated(negated(ref("a"))), "a"),
        (compare("a", "==", 1), "a == 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_negations_are_said_plainly(expr: Expr, text: str) -> None:
    assert python(plain(expr), str) == text


def test_reads_names_in_order() -> None:
    expr = both(
        compare("b", "<", minus(ref("a"), ref("b"))),
        negated(compare("c", "in", ListOf((const(1),), NOWHERE))),
    )
    assert reads(expr) == ("b", "a", "c")


def test_a_variable_cannot_have_options_and_a_range() -> None:
    wrong = variable(
        "x", "choice", options("a"), "a", branch(compare("y", ">", 1), IntDomain(low=0, high=1), 0)
    )
    with pytest.raises(InternalError, match="options in one branch"):
        emitted(space(variable("y", "int", IntDomain(low=0, high=3), 0), wrong))


def test_literals_are_the_only_door(tmp_path: Path) -> None:
    """A string that would end a literal early stays a string."""
    evil = '"); raise SystemExit("'
    generated = built(
        space(variable("x", "choice", options(evil, "b"), evil, description=evil), description=evil)
    )
    assert generated.default().x == evil
    assert literal(evil) in emitted(space(variable("x", "choice", options(evil), evil)))


def test_spaces_need_no_numpy() -> None:
    code = "import sys, mlsig.spaces; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'runtime')!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "mlsig.spaces.moves" in loaded
    assert not loaded & {"numpy", "difflib", "fractions", "mlsig_compiler"}
