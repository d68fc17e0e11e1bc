"""What a study says of a space agrees with listing every configuration, and with z3."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import z3
from hypothesis import given
from mlsig_compiler.model import (
    Binary,
    BoolOp,
    Call,
    Comparison,
    Composite,
    Conditional,
    Constant,
    Expr,
    FloatDomain,
    IntDomain,
    ListOf,
    OptionsDomain,
    Space,
    Unary,
    VariableRef,
)
from mlsig_compiler.proofs.cells import INACTIVE
from mlsig_compiler.proofs.conflicts import conflict
from mlsig_compiler.proofs.priors import between
from mlsig_compiler.proofs.study import Study
from reference import spaces as reference

from spaces.building import (
    BOOLS,
    NOWHERE,
    both,
    branch,
    compare,
    constraint,
    either,
    negated,
    options,
    ref,
    sentiment,
    space,
    variable,
)
from spaces.strategies import RUNS, spaces
from spaces.test_space_generated import finite

UNIT = FloatDomain(low=0.0, high=1.0)
DIGITS = IntDomain(low=0, high=9)


def sums(left: str, op: Any, right: str) -> Binary:
    return Binary(op, ref(left), ref(right), NOWHERE)


@RUNS
@given(space=spaces())
def test_counts_and_masses_are_those_of_the_list_of_everything(space: Space) -> None:
    study = Study(space)
    if not finite(space):
        assert study.cardinality is None or study.cardinality >= 0
        return
    kept = [
        values
        for values, _ in reference.everything(space)
        if all(reference.evaluate(rule.condition, values) for rule in space.constraints)
    ]
    _, mass = reference.distribution(space)
    assert study.exact
    assert study.cardinality == len(kept)
    assert study.satisfiable == bool(kept)
    assert study.mass == pytest.approx(float(mass), abs=1e-12)
    for v in space.variables:
        component = study.by_name.get(v.name)
        if component is None or component.diagram is None:
            continue
        cells = component.cells[v.name]
        reached = component.diagram.reached()[v.name]
        for k, cell in enumerate(cells):
            if not hasattr(cell.piece, "values") or cell.arm == INACTIVE:
                continue
            used = any(
                v.name in values and any(same(values[v.name], option) for option in cell.piece.values)
                for values in kept
            )
            assert used or k not in reached or not kept


def same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)


def test_the_example_is_counted_and_weighed() -> None:
    study = Study(sentiment())
    assert study.cardinality == 28_800
    assert study.mass == pytest.approx(19 / 24)
    assert study.satisfiable is True
    assert study.continuous == ()


@pytest.mark.parametrize(
    ("condition", "mass"),
    [
        (compare("x", "<", 0.25), Fraction(1, 4)),
        (compare("x", "<=", 0.25), Fraction(1, 4)),
        (compare(sums("x", "+", "n"), "<=", 4.5), Fraction(45, 100)),  # for each n an end of its own
        (compare(sums("n", "*", "x"), ">", 4.5), None),
        (compare(Unary("-", ref("x"), NOWHERE), "<", -0.75), Fraction(1, 4)),
        (both(compare("x", ">", 0.2), compare("x", "<", 0.6), compare("n", ">=", 5)), Fraction(1, 5)),
        (compare(Constant(0.5, NOWHERE), "<", ref("x")), Fraction(1, 2)),
    ],
)
def test_a_continuum_is_cut_where_a_rule_changes_its_mind(condition: Expr, mass: Fraction | None) -> None:
    what = space(
        variable("x", "float", UNIT, 0.5),
        variable("n", "int", DIGITS, 0),
        constraints=(constraint("c", condition),),
    )
    study = Study(what)
    if mass is None:
        mass = sum((Fraction(1, 10) * (1 - Fraction(9, 2 * n)) for n in range(5, 10)), Fraction(0))
    assert study.exact
    assert study.mass == pytest.approx(float(mass), abs=1e-12)
    assert study.continuous == ("x",)
    legal_numbers = [n for n in range(10) if any(holds(condition, k / 97, n) for k in range(98))]
    assert study.cardinality == (len(legal_numbers) if "n" in study.by_name else 10)


def holds(condition: Expr, x: float, n: int) -> bool:
    return bool(reference.evaluate(condition, {"x": x, "n": n}))


def test_a_cut_is_right_to_the_last_bit() -> None:
    condition = compare(Binary("+", ref("x"), Constant(0.1, NOWHERE), NOWHERE), "<=", 0.3)
    study = Study(space(variable("x", "float", UNIT, 0.1), constraints=(constraint("c", condition),)))
    component = study.components[0]
    low, high = (cell.piece.ends for cell in component.cells["x"])  # type: ignore[union-attr]
    assert math.nextafter(low[1], 1.0) == high[0]
    assert low[1] + 0.1 <= 0.3 < high[0] + 0.1


def test_two_continua_in_one_rule_are_proved_where_their_cells_show_it() -> None:
    x, y = variable("x", "float", UNIT, 0.9), variable("y", "float", UNIT, 0.1)
    apart = constraint("apart", compare("x", ">", Binary("+", ref("y"), Constant(0.5, NOWHERE), NOWHERE)))
    near = constraint("near", compare("x", "<", Binary("+", ref("y"), Constant(0.3, NOWHERE), NOWHERE)))
    assert Study(space(x, y, constraints=(apart,))).satisfiable is None
    study = Study(space(x, y, constraints=(apart, near)))
    assert study.satisfiable is False
    assert conflict(study.components[0]) == [0, 1]


def test_what_conflicts_is_as_few_rules_as_can_be() -> None:
    a, b, c, n = (
        *(variable(name, "bool", BOOLS, True) for name in "abc"),
        variable("n", "int", DIGITS, 0),
    )
    rules = [
        either(ref("a"), compare("n", "<", 9)),
        either(ref("a"), ref("b")),
        compare("n", "!=", 3),
        either(negated(ref("a")), ref("c")),
        either(negated(ref("b")), ref("c")),
        negated(both(ref("c"), compare("n", "<", 20))),
    ]
    named = tuple(constraint(f"c{k}", rule) for k, rule in enumerate(rules))
    study = Study(space(a, b, c, n, constraints=named))
    assert study.satisfiable is False
    found = conflict(study.components[0])
    assert found is not None
    assert set(found) == {1, 3, 4, 5}
    left = [rule for k, rule in enumerate(named) if k != 4]
    assert Study(space(a, b, c, n, constraints=tuple(left))).satisfiable is True


def clauses(seed: int, variables: int, count: int) -> Space:
    rng = random.Random(seed)
    values = "abcd"
    found = []
    for k in range(count):
        names = sorted(rng.sample(range(variables), 3))
        literals = [compare(f"v{name}", "==", rng.choice(values)) for name in names]
        found.append(constraint(f"c{k}", negated(both(*literals))))
    every = [variable(f"v{k}", "choice", options(*values), "a") for k in range(variables)]
    return space(*every, constraints=tuple(found))


def formula(expr: Expr, names: dict[str, Any]) -> Any:
    match expr:
        case Unary("not", operand):
            return z3.Not(formula(operand, names))
        case BoolOp("and", operands):
            return z3.And([formula(operand, names) for operand in operands])
        case Comparison(VariableRef(name), ((_, Constant(value)),)):
            return names[name] == "abcd".index(str(value))
        case _:
            raise AssertionError(expr)


@pytest.mark.parametrize("count", [20, 60, 100, 140, 180])
def test_reachable_options_are_those_of_z3(count: int) -> None:
    what = clauses(count, 6, count)
    study = Study(what)
    solver = z3.Solver()
    names = {v.name: z3.Int(v.name) for v in what.variables}
    for name in names.values():
        solver.add(name >= 0, name < 4)
    for rule in what.constraints:
        solver.add(formula(rule.condition, names))
    assert study.exact
    assert study.satisfiable == (solver.check() == z3.sat)
    for component in study.components:
        assert component.diagram is not None
        reached = component.diagram.reached()
        for name in component.names:
            chosen = {value for k in reached[name] for value in component.cells[name][k].piece.values}  # type: ignore[union-attr]
            wanted = {value for k, value in enumerate("abcd") if solver.check(names[name] == k) == z3.sat}
            assert chosen == wanted


def test_a_core_is_one_for_z3_too() -> None:
    found = 0
    for seed in range(10):
        what = clauses(seed, 4, 350)
        study = Study(what)
        if study.satisfiable:
            continue
        found += 1
        core = conflict(study.components[0])
        assert core
        solver = z3.Solver()
        names = {v.name: z3.Int(v.name) for v in what.variables}
        solver.add([z3.And(name >= 0, name < 4) for name in names.values()])
        named = {k: formula(what.constraints[k].condition, names) for k in core}
        assert solver.check(list(named.values())) == z3.unsat
        assert all(solver.check([rule for k, rule in named.items() if k != one]) == z3.sat for one in core)
        if found == 2:
            return
    raise AssertionError(found)


def test_what_is_too_wide_is_said_not_to_be_proved() -> None:
    study = Study(clauses(1, 40, 260))
    component = study.components[0]
    assert not study.exact
    assert study.satisfiable is None
    assert study.cardinality is None
    assert study.mass is None
    assert component.tested


def test_many_variables_in_a_chain_are_exact() -> None:
    count = 120
    every = [variable(f"v{k}", "int", DIGITS, 0) for k in range(count)]
    rules = [constraint(f"c{k}", compare(sums(f"v{k}", "+", f"v{k + 1}"), "<=", 9)) for k in range(count - 1)]
    study = Study(space(*every, constraints=tuple(rules)))
    ways = [1] * 10  # by dynamic programming over the last value
    for _ in range(count - 1):
        ways = [sum(ways[: 10 - value]) for value in range(10)]
    assert study.exact
    assert study.cardinality == sum(ways)
    assert study.mass == pytest.approx(float(Fraction(sum(ways), 10**count)), rel=1e-9)


def test_arms_count_for_what_they_are() -> None:
    """A discrete variable under a continuous one counts each of its domains."""
    what = space(
        variable("x", "float", UNIT, 0.5),
        variable(
            "n",
            "int",
            DIGITS,
            0,
            branch(compare("x", "<", 0.5), IntDomain(low=0, high=2), 0),
            depends=("x",),
        ),
        variable("s", "choice", OptionsDomain(options=("a", "b")), "a"),
    )
    study = Study(what)
    assert study.cardinality == (3 + 10) * 2
    assert study.mass == 1.0


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 1.0), (2.0, 3.0), (5.0, 9.0), (-40.0, 0.0), (30.0, 31.0), (-0.1, 60.0)]
)
def test_chances_of_normal_numbers(low: float, high: float) -> None:
    start, part = between(low, high, 0.0, 1.0)
    lower, upper = (-high, -low) if low > 0 else (low, high)
    assert start == pytest.approx(math.erfc(-lower / math.sqrt(2)) / 2, rel=1e-12, abs=1e-300)
    wanted = (math.erfc(-upper / math.sqrt(2)) - math.erfc(-lower / math.sqrt(2))) / 2
    assert part == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        # of a continuum, in every place where a rule can read it
        (compare(Call("max", (ref("x"), Constant(0.25, NOWHERE)), NOWHERE), "<=", 0.25), 0.25),
        (
            compare(Call("round", (Binary("*", ref("x"), Constant(4, NOWHERE), NOWHERE),), NOWHERE), "==", 4),
            0.125,
        ),
        (compare(Call("sqrt", (ref("x"),), NOWHERE), "<", 0.5), 0.25),
        (compare(Binary("/", ref("x"), Constant(2, NOWHERE), NOWHERE), ">=", 0.25), 0.5),
        (compare(Binary("//", ref("x"), Constant(0.5, NOWHERE), NOWHERE), "==", 0), 0.5),
        (compare(Binary("/", Constant(1.0, NOWHERE), ref("far"), NOWHERE), "<", 0.5), 1.0),
        (
            compare(
                Conditional(
                    ref("x"), ref("b"), Binary("*", ref("x"), Constant(2, NOWHERE), NOWHERE), NOWHERE
                ),
                "<",
                0.5,
            ),
            0.375,
        ),
        (compare("x", "in", ListOf((Constant(0.25, NOWHERE), Constant(0.5, NOWHERE)), NOWHERE)), 0.0),
        (compare("x", "not in", ListOf((Constant(0.25, NOWHERE),), NOWHERE)), 1.0),
        (compare("x", "!=", 0.5), 1.0),
        (compare(Constant(0.25, NOWHERE), "<", ref("x"), "<=", 0.75), 0.5),
        (compare("twice", ">", 1.0), 0.5),
    ],
)
def test_a_rule_over_a_continuum_is_weighed_exactly(condition: Expr, kept: float) -> None:
    what = space(
        variable("x", "float", UNIT, 0.0),
        variable("far", "float", FloatDomain(low=2.0, high=9.0), 3.0),
        variable("b", "bool", BOOLS, True),
        constraints=(constraint("c", condition),),
    )
    twice = Binary("*", ref("x"), Constant(2, NOWHERE), NOWHERE)
    what = replace(
        what,
        composites=(Composite(name="twice", type="float", value=twice, depends=("x",), span=NOWHERE),),
    )
    study = Study(what)
    assert study.exact
    assert study.mass == pytest.approx(kept, abs=1e-9)


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        (compare(Binary("-", ref("x"), ref("y"), NOWHERE), "<", 2.0), True),
        (compare(Binary("-", ref("x"), ref("y"), NOWHERE), ">", 2.0), False),
        (compare(Binary("*", ref("x"), ref("y"), NOWHERE), ">", 1.5), False),
        (compare(Binary("/", ref("x"), ref("far"), NOWHERE), ">", 0.75), False),
        (compare(Unary("-", Binary("+", ref("x"), ref("y"), NOWHERE), NOWHERE), ">", 0.5), False),
        (compare(Call("min", (ref("x"), ref("y")), NOWHERE), ">", 1.5), False),
        (compare(Call("abs", (Binary("-", ref("x"), ref("y"), NOWHERE),), NOWHERE), "<", 0.0), False),
        (compare(Call("exp", (Binary("+", ref("x"), ref("y"), NOWHERE),), NOWHERE), "<", 0.9), False),
        (compare("x", "==", Binary("+", ref("y"), Constant(3, NOWHERE), NOWHERE)), False),
        (compare("x", "!=", Binary("+", ref("y"), Constant(3, NOWHERE), NOWHERE)), True),
        (compare(Binary("%", ref("x"), ref("far"), NOWHERE), "<", 9.0), None),
        (compare("x", "<", ref("y"), "<", ref("x")), None),
        (negated(compare("x", ">", ref("y"))), None),
        (
            compare(Conditional(ref("x"), compare("x", "<", ref("y")), ref("y"), NOWHERE), "<", 1.5),
            True,
        ),
        (
            either(compare("x", "<", ref("y")), compare(Call("log", (ref("y"),), NOWHERE), "<", 3)),
            True,  # wherever `y` is above 0, and at 0 nothing has a value
        ),
    ],
)
def test_two_continua_are_decided_where_ranges_do(condition: Expr, possible: bool | None) -> None:
    what = space(
        variable("x", "float", UNIT, 0.0),
        variable("y", "float", UNIT, 0.0),
        variable("far", "float", FloatDomain(low=2.0, high=9.0), 3.0),
        constraints=(constraint("c", condition),),
    )
    assert Study(what).satisfiable is possible


def test_no_number_of_any_value_is_needed_for_a_conflict_of_domains_alone() -> None:
    gone = replace(variable("m", "int", DIGITS, 0, depends=("n",)), active=compare("n", ">", 20))
    what = space(variable("n", "int", DIGITS, 0), gone, constraints=(constraint("c", compare("n", "<", 5)),))
    component = Study(what).components[0]
    there = [k for k, cell in enumerate(component.cells["m"]) if cell.arm != INACTIVE]
    assert conflict(component, {"m": there}) == []
    assert conflict(component) is None


def test_a_thousand_variables_and_five_thousand_rules_are_decided() -> None:
    rng = random.Random(1)
    every = [variable(f"v{k}", "choice", options(*"abcdef"), "a") for k in range(1_000)]
    rules = []
    for k in range(5_000):
        one, other = k % 999, k % 999 + 1
        both_of = (
            compare(f"v{one}", "==", rng.choice("abcdef")),
            compare(f"v{other}", "==", rng.choice("abcdef")),
        )
        rules.append(constraint(f"c{k}", negated(both(*both_of))))
    study = Study(space(*every, constraints=tuple(rules)))
    forbidden: dict[int, set[tuple[str, str]]] = {}
    for k, rule in enumerate(rules):
        literals = rule.condition.operand.operands  # type: ignore[union-attr]
        pair = tuple(literal.rest[0][1].value for literal in literals)
        forbidden.setdefault(k % 999, set()).add(pair)  # type: ignore[arg-type]
    ways = dict.fromkeys("abcdef", 1)
    for k in reversed(range(999)):
        ways = {a: sum(ways[b] for b in "abcdef" if (a, b) not in forbidden[k]) for a in "abcdef"}
    assert study.exact
    assert study.cardinality == sum(ways.values())
