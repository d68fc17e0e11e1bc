"""Spaces made by hand, and generated modules made of them: what the tests of spaces stand on."""

from __future__ import annotations

import sys
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from mlsig.spaces import read
from mlsig_compiler.model import (
    BoolOp,
    Branch,
    Comparison,
    Composite,
    CompositeType,
    Constant,
    Constraint,
    Domain,
    Expr,
    FloatDomain,
    IntDomain,
    OptionsDomain,
    Preference,
    Scalar,
    Space,
    Unary,
    Variable,
    VariableKind,
    VariableRef,
)
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.space import plan_space
from mlsig_compiler.resources import text
from mlsig_compiler.source import Span
from mlsig_compiler.walking import variables_in

NOWHERE = Span(0, 0)
_NUMBERS = count()
BOOLS = OptionsDomain(options=(False, True))


def ref(name: str) -> VariableRef:
    return VariableRef(name, NOWHERE)


def const(value: Scalar) -> Constant:
    return Constant(value, NOWHERE)


def compare(left: Expr | str, *rest: Any) -> Comparison:
    """compare("a", "<", 3): a string on the left is a variable, other plain values are constants."""
    first = ref(left) if isinstance(left, str) else left
    pairs = tuple(
        (rest[k], rest[k + 1] if hasattr(rest[k + 1], "span") else const(rest[k + 1]))
        for k in range(0, len(rest), 2)
    )
    return Comparison(first, pairs, NOWHERE)


def both(*operands: Expr) -> BoolOp:
    return BoolOp("and", operands, NOWHERE)


def either(*operands: Expr) -> BoolOp:
    return BoolOp("or", operands, NOWHERE)


def negated(operand: Expr) -> Unary:
    return Unary("not", operand, NOWHERE)


def branch(condition: Expr | None, domain: Domain, default: Scalar, text: str = "") -> Branch:
    said = text or ("else" if condition is None else "its condition")
    return Branch(condition=condition, domain=domain, default=default, text=said, span=NOWHERE)


def variable(
    name: str,
    kind: VariableKind,
    domain: Domain,
    default: Scalar,
    *branches: Branch,
    depends: tuple[str, ...] = (),
    description: str = "",
    active: Expr | None = None,
    hints: dict[str, Scalar] | None = None,
) -> Variable:
    return Variable(
        name=name,
        kind=kind,
        domain=domain,
        default=default,
        branches=branches,
        active=active,
        depends=depends,
        hints=hints or {},
        description=description,
        span=NOWHERE,
    )


def constraint(name: str, condition: Expr, message: str = "", text: str = "as it was written") -> Constraint:
    return Constraint(name=name, condition=condition, message=message, text=text, span=NOWHERE)


def composite(
    name: str, type_: CompositeType, value: Expr, *, active: Expr | None = None, description: str = ""
) -> Composite:
    depends = tuple({**(variables_in(active) if active else {}), **variables_in(value)})
    return Composite(
        name=name,
        type=type_,
        value=value,
        active=active,
        depends=depends,
        description=description,
        span=NOWHERE,
    )


def preference(condition: Expr, message: str = "", text: str = "as it was written") -> Preference:
    return Preference(condition=condition, message=message, text=text, span=NOWHERE)


def space(
    *variables: Variable,
    constraints: tuple[Constraint, ...] = (),
    composites: tuple[Composite, ...] = (),
    preferences: tuple[Preference, ...] = (),
    name: str = "Tuning",
    declared: tuple[str, ...] | None = None,
    description: str = "",
) -> Space:
    names = tuple(variable.name for variable in variables)
    return Space(
        name=name,
        variables=variables,
        declared=declared or names,
        constraints=constraints,
        composites=composites,
        preferences=preferences,
        description=description,
        span=NOWHERE,
    )


def options(*values: Scalar, weights: tuple[float, ...] | None = None) -> OptionsDomain:
    return OptionsDomain(options=values, weights=weights)


@cache
def template() -> Template:
    """Return the template of a space alone; compiled once, since that takes longer than most spaces do."""
    environment = Environment(
        loader=FunctionLoader(lambda name: text("templates", name)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string('{% from "space.py.j2" import space_class %}{{ space_class(unit, 0) }}')


def emitted(what: Space) -> str:
    """Return the text of a module that holds the space and nothing else."""
    names = Names({what.name})
    unit = plan_space(what, names)
    body = template().render(unit=unit)
    blocks = ["\n".join(block) for block in names.imports()]
    return (
        "\n\n".join(['"""A space."""', "from __future__ import annotations", *blocks, f"\n{body}"]).rstrip()
        + "\n"
    )


def built(what: Space) -> Any:
    """Return the generated class of a space."""
    module = ModuleType(f"generated_{next(_NUMBERS) % 64}")
    sys.modules[module.__name__] = module  # where msgspec looks the names of annotations up
    exec(compile(emitted(what), "generated.py", "exec"), vars(module))
    generated = vars(module)[what.name]
    read({}, generated.Config)  # now msgspec knows the types, and the module's name can be used again
    return generated


def sentiment() -> Space:
    """The space of examples/sentiment."""
    tenth = FloatDomain(low=0.0, high=1.5, step=0.1)
    return space(
        variable("provider", "provider", options("local"), "local"),
        variable("model", "model", options("gemma-3-270m"), "gemma-3-270m"),
        variable(
            "adapter", "module", options("Chat", "JSON"), "Chat", description="how a prompt is laid out"
        ),
        variable("reasoning", "module", options("Predict", "ChainOfThought"), "Predict"),
        variable("structured", "bool", BOOLS, False),
        variable("demos", "int", IntDomain(low=0, high=8), 4),
        variable("demo_layout", "choice", options("turns", "block"), "turns"),
        variable(
            "instructions",
            "choice",
            options("Decide.", "Film reviews and what their writers think."),
            "Decide.",
        ),
        variable(
            "temperature",
            "float",
            tenth,
            0.7,
            branch(
                compare("adapter", "==", "JSON"),
                FloatDomain(low=0.0, high=0.7, step=0.1),
                0.0,
                "adapter == JSON",
            ),
            branch(
                compare("reasoning", "==", "ChainOfThought"),
                FloatDomain(low=0.3, high=1.0, step=0.1),
                0.7,
                "reasoning == ChainOfThought",
            ),
            branch(None, tenth, 0.7),
            depends=("adapter", "reasoning"),
        ),
        variable("max_tokens", "int", IntDomain(low=8, high=96, step=8), 16),
        constraints=(
            constraint(
                "room",
                either(compare("reasoning", "!=", "ChainOfThought"), compare("max_tokens", ">=", 48)),
                "reasoning needs room for it",
                "reasoning != ChainOfThought or max_tokens >= 48",
            ),
        ),
        description="The space of the example.",
    )
