"""A model as source text: the opposite of the front end."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from mlsig_compiler import model


def printed(module: model.Module) -> str:
    return "\n".join(declaration(node) for node in module.declarations)


def bare(node: Any) -> Any:
    """Return a node without its spans, which are not part of what it says."""
    if is_dataclass(node):
        kept = [field.name for field in fields(node) if field.name != "span"]
        return (type(node).__name__, *(bare(getattr(node, name)) for name in kept))
    if isinstance(node, list | tuple):
        return [bare(item) for item in node]
    if isinstance(node, dict):
        return {key: bare(value) for key, value in node.items()}
    if isinstance(node, model.Missing):
        return "required"
    return (type(node).__name__, node)


def declaration(node: model.Declaration) -> str:
    match node:
        case model.Enum():
            members = [f"{member.name} {text(member.description)}" for member in node.members]
            return block("enum", node, members)
        case model.Schema():
            return block("schema", node, [field("", each) for each in node.fields])
        case model.Signature():
            lines = [string(node.instructions)]
            lines += [field("input ", each) for each in node.inputs]
            lines += [field("output ", each) for each in node.outputs]
            lines += [variable("tune", each) for each in node.tunes]
            lines += [f"example {value({**row.inputs, **row.outputs})}" for row in node.examples]
            return block("signature", node, lines)
        case model.Space():
            by_name = {each.name: each for each in node.variables}
            lines = [variable("var", by_name[name]) for name in node.declared]
            return block("space", node, [*lines, *(constraint(each) for each in node.constraints)])
        case model.Provider():
            return block("provider", node, provider(node))
        case model.Program():
            lines = [f"signature: {node.signature}", f"space: {node.space}"]
            lines += [metric(each) for each in node.metrics]
            lines += [f"{goal.direction} {goal.name} weight {goal.weight!r}" for goal in node.objectives]
            return block("program", node, lines)


def block(word: str, node: Any, lines: list[str]) -> str:
    inside = "".join(f"  {line}\n" for line in lines)
    return f"{word} {node.name} {text(node.description)} {{\n{inside}}}"


def string(value: str) -> str:
    return json.dumps(value)


def text(description: str) -> str:
    return string(description) if description else ""


def field(role: str, node: model.Field) -> str:
    default = "" if isinstance(node.default, model.Missing) else f" = {value(node.default)}"
    return f"{role}{node.name}: {type_(node.type)}{default} {text(node.description)}"


def type_(node: model.Type) -> str:
    match node:
        case model.ScalarType(name, constraints):
            return f"{name}{arguments(constraints)}"
        case model.LiteralType(options):
            return " | ".join(value(option) for option in options)
        case model.ListType(items, constraints):
            return f"list[{type_(items)}]{arguments(constraints)}"
        case model.MapType(values, constraints):
            return f"map[{type_(values)}]{arguments(constraints)}"
        case model.OptionalType(inner):
            return f"{type_(inner)}?"
        case model.EnumType(name) | model.SchemaType(name):
            return name


def arguments(constraints: model.Constraints) -> str:
    said = [
        "unique" if each.name == "unique" else f"{each.name}={value(getattr(constraints, each.name))}"
        for each in fields(constraints)
        if getattr(constraints, each.name) not in (None, False)
        or type(getattr(constraints, each.name)) in (int, float)
    ]
    return f"({', '.join(said)})" if said else ""


def value(node: Any) -> str:
    if isinstance(node, model.EnumMember):
        return f"{node.enum}.{node.name}"
    if isinstance(node, list):
        return f"[{', '.join(value(item) for item in node)}]"
    if isinstance(node, dict):
        return f"{{ {', '.join(f'{string(key)}: {value(item)}' for key, item in node.items())} }}"
    return json.dumps(node)


def variable(word: str, node: model.Variable) -> str:
    named = node.kind in ("module", "provider")
    arms = [
        f"{f'when {branch.text}' if branch.condition else 'else'}: "
        f"({domain(branch.domain, named, node.domain)}) = {option(branch.default, named)}"
        for branch in node.branches
    ]
    if node.kind == "model":
        chooser = node.depends[0] if node.depends else "provider"
        return f"{word} {node.name}: model({chooser}) {text(node.description)}"
    said = "" if node.kind == "bool" else f"({domain(node.domain, named)})"
    inside = f" {{ {' '.join(arms)} }}" if arms else ""
    default = option(node.default, named)
    return f"{word} {node.name}: {node.kind}{said} = {default} {text(node.description)}{inside}"


def option(node: model.Scalar, named: bool) -> str:
    return str(node) if named else value(node)


def domain(node: model.Domain, named: bool, base: model.Domain | None = None) -> str:
    """Return the arguments of a kind, or those of an arm, which inherits the step of its `base`."""
    if isinstance(node, model.OptionsDomain):
        said = [option(each, named) for each in node.options]
        weights = [f"weights={list(node.weights)!r}"] if node.weights else []
        return ", ".join([*said, *weights])
    inherited = None if base is None or isinstance(base, model.OptionsDomain) else base.step
    step = [] if node.step == inherited else [f"step={node.step!r}"]
    return ", ".join([f"{node.low!r}..{node.high!r}", *step, *(["log"] if node.log else [])])


def constraint(node: model.Constraint) -> str:
    if isinstance(node.condition, model.Unary) and node.name.startswith("forbid_"):
        return f"forbid {expression(node.condition.operand)} {text(node.message)}"
    return f"constraint {node.name}: {expression(node.condition)} {text(node.message)}"


def expression(node: model.Expr) -> str:
    """Return an expression with parentheses around everything, so that no precedence is relied on."""
    match node:
        case model.Constant(constant, _):
            return value(constant)
        case model.VariableRef(name, _):
            return name
        case model.Unary(op, operand, _):
            return f"({op} {expression(operand)})"
        case model.Binary(op, left, right, _):
            return f"({expression(left)} {op} {expression(right)})"
        case model.Comparison(first, rest, _):
            return f"({' '.join([expression(first), *(f'{op} {expression(other)}' for op, other in rest)])})"
        case model.BoolOp(op, operands, _):
            return f"({f' {op} '.join(expression(operand) for operand in operands)})"
        case model.ListOf(items, _):
            return f"[{', '.join(expression(item) for item in items)}]"


def provider(node: model.Provider) -> list[str]:
    def address(base: str | model.EnvRef) -> str:
        if isinstance(base, str):
            return string(base)
        return f"env({', '.join(string(part) for part in (base.name, base.fallback) if part is not None)})"

    lines = [f"protocol: {node.protocol}", f"base_url: {address(node.base_url)}"]
    if node.key:
        lines.append(f"key: {address(node.key)}")
    limits = {key: getattr(node, key) for key in ("requests_per_minute", "tokens_per_minute", "concurrency")}
    lines.append(f"limits {{ {', '.join(f'{key}: {count}' for key, count in limits.items() if count)} }}")
    for known in node.models:
        said = {
            key: getattr(known, key) for key in ("context_window", "max_output", "input_cost", "output_cost")
        }
        settings = [f"{key}: {number!r}" for key, number in said.items() if number is not None]
        lines.append(
            f"model {string(known.name)} {{ {'  '.join(settings)} supports: [{', '.join(known.supports)}] }}"
        )
    return lines


def metric(node: model.Metric) -> str:
    target = f"{node.python.module}:{node.python.attribute}"
    return f'metric {node.name} = python("{target}") {text(node.description)}'
