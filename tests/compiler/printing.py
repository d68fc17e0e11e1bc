"""A model as source text: the opposite of the front end.

    printed(module)   ->   "schema Passage { … }"

Where the language has several ways to say a thing, `chance` takes one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

from mlsig_compiler import model

from compiler.random_models.naming import HERE


def printed(module: model.Module, others: Sequence[model.Module] = (), chance: Random | None = None) -> str:
    return Printer(module, others, chance or Random(0)).module()


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


def string(value: str) -> str:
    return json.dumps(value)


def text(description: str | None) -> str:
    return f" {string(description)}" if description else ""


def block(head: str, lines: list[str]) -> str:
    return f"{head} {{\n{''.join(f'  {line}' + chr(10) for line in lines)}}}"


LIMITS = ("requests_per_minute", "tokens_per_minute", "concurrency")
FIGURES = ("context_window", "max_output", "input_cost", "output_cost")


class Printer:
    """Prints one module; names of others are those that its imports give them."""

    def __init__(self, module: model.Module, others: Sequence[model.Module], chance: Random) -> None:
        self.node = module
        self.chance = chance
        every = {each.name: each for each in (*others, module)}
        self.known: dict[str, model.Declaration] = {node.name: node for node in module.declarations}
        self.local = {(module.name, node.name): node.name for node in module.declarations}
        for found in module.imports:
            self.local[found.module, found.name] = found.local
            there = {node.name: node for node in every[found.module].declarations}
            self.known[found.local] = there[found.name]
        self.aliases = {
            repr(node.type): local for local, node in self.known.items() if isinstance(node, model.Alias)
        }

    def module(self) -> str:
        lines: list[str] = []
        for found in self.node.imports:
            as_ = "" if found.local == found.name else f" as {found.local}"
            lines.append(f"from {found.module} import {found.name}{as_}")
        lines += [self.declaration(node) for node in self.node.declarations]
        self.chance.shuffle(lines)  # what is declared may stand after what uses it, and imports anywhere
        return "\n".join(lines) + "\n"

    # Declarations

    def declaration(self, node: model.Declaration) -> str:
        match node:
            case model.Enum():
                members = [
                    f"{self.deprecated(member)}{member.name}{text(member.description)}"
                    for member in node.members
                ]
                return self.deprecated(node) + block(f"enum {node.name}{text(node.description)}", members)
            case model.Alias():
                # An alias may be written by means of an earlier one, never of itself.
                self.aliases = {key: name for key, name in self.aliases.items() if name != node.name}
                found = f"type {node.name} = {self.type(node.type)}{text(node.description)}"
                self.aliases.setdefault(repr(node.type), node.name)
                return self.deprecated(node) + found
            case model.Schema():
                return self.schema(node)
            case model.Signature():
                return self.signature(node)
            case model.Space():
                return self.space(node)
            case model.Fragment():
                return self.variable("var", node.variable)
            case _:
                return self.others(node)

    def deprecated(self, node: Any) -> str:
        return "" if node.deprecated is None else f"@deprecated({string(node.deprecated)}) "

    def schema(self, node: model.Schema) -> str:
        empty = model.Schema(name="", fields=(), span=HERE)
        base: Any = self.known[node.extends] if node.extends else empty
        lines = [self.field("", each) for each in node.fields[len(base.fields) :]]
        lines += [self.transform(each) for each in node.transforms[len(base.transforms) :]]
        lines += [self.check(each) for each in node.checks[len(base.checks) :]]
        lines += [self.variable("tune", each) for each in node.tunes[len(base.tunes) :]]
        open_ = "@open " if node.open and not base.open else ""
        head = f"schema {node.name}{self.extends(node)}{text(node.description)}"
        return self.deprecated(node) + open_ + block(head, lines)

    def extends(self, node: Any) -> str:
        return f" extends {node.extends}" if node.extends else ""

    def signature(self, node: model.Signature) -> str:
        if short(node) and self.chance.random() < 0.8:
            said = self.short(node)
            return f"{self.deprecated(node)}signature {node.name} = {said}{text(node.description)}"
        empty = model.Signature(name="", inputs=(), outputs=(), instructions="", span=HERE)
        base: Any = self.known[node.extends] if node.extends else empty
        lines = [string(node.instructions)]
        lines += [self.field("input ", each) for each in node.inputs[len(base.inputs) :]]
        lines += [self.field("output ", each) for each in node.outputs[len(base.outputs) :]]
        lines += [self.check(each) for each in node.checks[len(base.checks) :]]
        lines += [self.variable("tune", each) for each in node.tunes[len(base.tunes) :]]
        for row in node.examples[len(base.examples) :]:
            lines.append(f"example {self.value({**row.inputs, **row.outputs})}")
        head = f"signature {node.name}{self.extends(node)}{text(node.description)}"
        return self.deprecated(node) + block(head, lines)

    def short(self, node: model.Signature) -> str:
        """Return the string form of a signature; a `str` need not say its type."""
        sides: list[str] = []
        for side in (node.inputs, node.outputs):
            types = [self.type(each.type) for each in side]
            parts = (
                each.name if type_ == "str" and self.chance.random() < 0.5 else f"{each.name}: {type_}"
                for each, type_ in zip(side, types, strict=True)
            )
            sides.append(", ".join(parts))
        said = " -> ".join(sides)
        return f'""" {said} """' if '"' in said else string(said)

    def field(self, role: str, node: model.Field) -> str:
        notes = f"@alias({string(node.alias)}) " if node.alias is not None else ""
        notes += "@variable " if node.variable else ""
        default = "" if isinstance(node.default, model.Missing) else f" = {self.value(node.default)}"
        said = f"{role}{node.name}: {self.type(node.type)}{default}{text(node.description)}"
        return f"{notes}{self.deprecated(node)}{said}"

    def check(self, node: model.Check) -> str:
        return f"check {node.name}: {self.expression(node.condition)}{text(node.message)}"

    def transform(self, node: model.Transform) -> str:
        value = node.value
        new = self.python(value) if isinstance(value, model.PythonRef) else self.expression(value)
        return f"transform {new if node.field is None else f'{node.field} = {new}'}"

    def python(self, node: model.PythonRef) -> str:
        return f"python({string(f'{node.module}:{node.attribute}')})"

    # Types and values

    def type(self, node: model.Type) -> str:
        alias = self.aliases.get(repr(node))
        if alias is not None and (self.chance.random() < 0.7 or not self.sayable(node, itself=False)):
            return alias
        match node:
            case model.ScalarType(name, constraints) | model.BuiltinType(name, constraints):
                return f"{name}{self.arguments(constraints)}"
            case model.EmbeddingType(size):
                return f"embedding({size})"
            case model.TensorType(shape, dtype):
                extents = ", ".join("_" if extent is None else str(extent) for extent in shape)
                said = "" if dtype == "float32" and self.chance.random() < 0.5 else f", dtype={dtype}"
                return f"tensor({extents}{said})"
            case model.LiteralType(options):
                return " | ".join(self.value(option) for option in options)
            case model.ListType(items, constraints):
                return f"list[{self.type(items)}]{self.arguments(constraints)}"
            case model.MapType(values, constraints):
                return f"map[{self.type(values)}]{self.arguments(constraints)}"
            case model.OptionalType(model.UnionType(options)):
                marked = next(
                    at for at, each in enumerate(options) if not isinstance(each, model.LiteralType)
                )
                return " | ".join(self.option(each, "?" * (at == marked)) for at, each in enumerate(options))
            case model.OptionalType(inner):
                return f"{self.aliases.get(repr(inner)) or self.type(inner)}?"
            case model.UnionType(options):
                return " | ".join(self.option(each) for each in options)
            case model.EnumType(name, module) | model.SchemaType(name, module):
                return self.local[module, name]
            case model.ResourceType(name, module) | model.OutputType(name, module):
                return self.local[module, name]

    def sayable(self, node: model.Type, *, itself: bool = True) -> bool:
        """Say whether a type can be written here: what it names is known, an optional literal by an alias."""
        if itself and repr(node) in self.aliases:
            return True
        match node:
            case model.OptionalType(model.LiteralType() as inner):
                return repr(inner) in self.aliases
            case model.OptionalType(inner) | model.ListType(inner) | model.MapType(inner):
                return self.sayable(inner)
            case model.UnionType(options):
                return all(self.sayable(option) for option in options)
            case (
                model.EnumType(name, module)
                | model.SchemaType(name, module)
                | model.OutputType(name, module)
                | model.ResourceType(name, module)
            ):
                return (module, name) in self.local
            case _:
                return True

    def option(self, node: model.Type, mark: str = "") -> str:
        return self.type(node) + mark

    def arguments(self, constraints: model.Constraints) -> str:
        low, high = constraints.ge, constraints.le
        said = [
            "unique"
            if each.name == "unique"
            else f"{each.name}={self.value(getattr(constraints, each.name))}"
            for each in fields(constraints)
            if getattr(constraints, each.name) not in (None, False)
            or type(getattr(constraints, each.name)) in (int, float)
        ]
        if low is not None and high is not None and self.chance.random() < 0.5:
            said = [
                f"{self.value(low)}..{self.value(high)}",
                *(one for one in said if one[:2] not in ("ge", "le")),
            ]
        return f"({', '.join(said)})" if said else ""

    def value(self, node: Any) -> str:
        if isinstance(node, model.EnumMember):
            local = self.local.get((node.module, node.enum))
            return node.name if local is None or self.chance.random() < 0.3 else f"{local}.{node.name}"
        if isinstance(node, model.EnvRef):
            return (
                f"env({', '.join(string(part) for part in (node.name, node.fallback) if part is not None)})"
            )
        if isinstance(node, list):
            return f"[{', '.join(self.value(item) for item in node)}]"
        if isinstance(node, dict):
            return f"{{ {', '.join(f'{string(key)}: {self.value(item)}' for key, item in node.items())} }}"
        return json.dumps(node)

    # Expressions

    def expression(self, node: model.Expr, named: frozenset[str] = frozenset()) -> str:
        """Return an expression with parentheses around everything, so that no precedence is relied on.

        The options of variables that are `named` are written as names.
        """

        def sub(inner: model.Expr) -> str:
            return self.expression(inner, named)

        match node:
            case model.Constant(model.EnumMember(enum, name, module), _):
                return f"{self.local[module, enum]}.{name}"
            case model.Constant(constant, _):
                return self.value(constant)
            case model.VariableRef(name, _):
                return name
            case model.Unary(op, operand, _):
                return f"({op} {sub(operand)})"
            case model.Binary(op, left, right, _):
                return f"({sub(left)} {op} {sub(right)})"
            case model.Comparison(model.VariableRef(name), ((op, other),)) if name in named:
                return f"({name} {op} {self.options(other)})"
            case model.Comparison(first, rest, _):
                return f"({' '.join([sub(first), *(f'{op} {sub(other)}' for op, other in rest)])})"
            case model.BoolOp(op, operands, _):
                return f"({f' {op} '.join(sub(operand) for operand in operands)})"
            case model.Conditional(then, condition, otherwise, _):
                return f"({sub(then)} if {sub(condition)} else {sub(otherwise)})"
            case model.ListOf(items, _):
                return f"[{', '.join(sub(item) for item in items)}]"
            case model.Attribute(operand, name, _):
                return f"{sub(operand)}.{name}"
            case model.Index(operand, key, _):
                return f"{sub(operand)}[{sub(key)}]"
            case model.Call(function, arguments, _):
                return f"{function}({', '.join(sub(argument) for argument in arguments)})"
            case model.Each(element, variable, items, condition, _):
                test = f" if {sub(condition)}" if condition else ""
                return f"{sub(element)} for {variable} in {sub(items)}{test}"

    def options(self, node: model.Expr) -> str:
        if isinstance(node, model.ListOf):
            return f"[{', '.join(self.options(item) for item in node.items)}]"
        assert isinstance(node, model.Constant)
        return self.name(node.value)

    def name(self, option: model.Scalar) -> str:
        """Return the option of a module or provider variable: a provider by the name that it has here."""
        for local, node in self.known.items():
            if isinstance(node, model.Provider) and node.name == option:
                return local
        return str(option)

    # Variables

    def variable(self, word: str, node: model.Variable) -> str:
        named = node.kind in ("module", "provider")
        arms = [
            f"{f'when {branch.text}' if branch.condition else 'else'}: "
            f"({self.domain(branch.domain, named, node.domain)}) = {self.choice(branch.default, named)}"
            for branch in node.branches
        ]
        hints = ", ".join(f"{key}={self.value(value)}" for key, value in node.hints.items())
        head = (f"@hint({hints}) " if hints else "") + f"{word} {node.name}"
        if node.kind == "model":
            chooser = node.depends[0] if node.depends else "provider"
            return f"{head}: model({chooser}){text(node.description)}"
        said = "" if node.kind == "bool" else f"({self.domain(node.domain, named)})"
        inside = f" {{ {' '.join(arms)} }}" if arms else ""
        default = self.choice(node.default, named)
        return f"{head}: {node.kind}{said} = {default}{text(node.description)}{inside}"

    def space(self, node: model.Space) -> str:
        empty = model.Space(name="", variables=(), declared=(), span=HERE)
        base: Any = self.known[node.extends] if node.extends else empty
        before = {each.name: each for each in base.variables}
        fragments = {
            found.variable.name: (local, found.variable)
            for local, found in self.known.items()
            if isinstance(found, model.Fragment)
        }
        by_name = {each.name: each for each in node.variables}
        named = frozenset(name for name, each in by_name.items() if each.kind in ("module", "provider"))
        lines: list[str] = []
        for name in node.declared:
            variable = by_name[name]
            if name in before:
                if variable != before[name]:
                    lines.append(self.variable("override var", variable))
            elif name in fragments and included(variable, fragments[name][1]):
                line = f"include {fragments[name][0]}"
                lines.append(
                    line if variable is fragments[name][1] else self.group(variable.active, named, line)
                )
            else:
                lines.append(self.group(variable.active, named, self.variable("var", variable)))
        for composite in node.composites[len(base.composites) :]:
            value = self.expression(composite.value, named)
            line = f"composite {composite.name}: {composite.type} = {value}{text(composite.description)}"
            lines.append(self.group(composite.active, named, line))
        lines += [self.constraint(each, named) for each in node.constraints[len(base.constraints) :]]
        for each in node.preferences[len(base.preferences) :]:
            lines.append(f"prefer {self.expression(each.condition, named)}{text(each.message)}")
        return block(f"space {node.name}{self.extends(node)}{text(node.description)}", lines)

    def group(self, active: model.Expr | None, named: frozenset[str], line: str) -> str:
        """Return a member in the group that it is active in, or in the groups around each other."""
        if active is None:
            return line
        if isinstance(active, model.BoolOp) and self.chance.random() < 0.5:
            for part in reversed(active.operands):
                line = f"when {self.expression(part, named)} {{ {line} }}"
            return line
        return f"when {self.expression(active, named)} {{ {line} }}"

    def constraint(self, node: model.Constraint, named: frozenset[str]) -> str:
        rule, active = node.condition, None
        match rule:
            case model.BoolOp("or", (model.Unary("not", condition, _), inner), _):
                written = (inner, inner.operand if isinstance(inner, model.Unary) else inner)
                if node.text in [" ".join(self.expression(each, named).split()) for each in written]:
                    rule, active = inner, condition
        if node.name.startswith(("forbid_", "forbidden")):
            assert isinstance(rule, model.Unary)
            name = "" if node.name.startswith("forbid_") else f"{node.name}: "
            line = f"forbid {name}{self.expression(rule.operand, named)}{text(node.message)}"
        else:
            line = f"constraint {node.name}: {self.expression(rule, named)}{text(node.message)}"
        return self.group(active, named, line)

    def others(self, node: model.Declaration) -> str:
        match node:
            case model.Provider():
                return block(f"provider {node.name}{text(node.description)}", self.provider(node))
            case model.Tool():
                head = f"tool {node.name}({self.parameters(node.parameters)}) -> {self.type(node.returns)}"
                return f"{head} = {self.python(node.python)}{text(node.description)}"
            case model.Program():
                return block(f"program {node.name}{text(node.description)}", self.program(node))
            case model.Pipeline():
                head = (
                    f"pipeline {node.name}({self.parameters(node.parameters)}) -> {self.type(node.returns)}"
                )
                return block(head + text(node.description), [self.step(each) for each in node.steps])
            case model.Resource():
                return block(f"resource {node.name}{text(node.description)}", self.resource(node))
            case _:
                raise NotImplementedError(type(node).__name__)

    def provider(self, node: model.Provider) -> list[str]:
        address = node.base_url
        lines = [
            f"protocol: {node.protocol}",
            f"base_url: {string(address) if isinstance(address, str) else self.value(address)}",
        ]
        if node.key:
            lines.append(f"key: {self.value(node.key)}")
        limits = {
            key: getattr(node, key) for key in ("requests_per_minute", "tokens_per_minute", "concurrency")
        }
        lines.append(f"limits {{ {', '.join(f'{key}: {count}' for key, count in limits.items() if count)} }}")
        for known in node.models:
            said = {
                key: getattr(known, key)
                for key in ("context_window", "max_output", "input_cost", "output_cost")
            }
            settings = [f"{key}: {number!r}" for key, number in said.items() if number is not None]
            settings.append(f"supports: [{', '.join(known.supports)}]")
            lines.append(f"model {string(known.name)}{text(known.description)} {{ {'  '.join(settings)} }}")
        return lines

    def parameters(self, nodes: tuple[model.Field, ...]) -> str:
        return ", ".join(self.field("", node) for node in nodes)

    def program(self, node: model.Program) -> list[str]:
        lines = [f"signature: {node.signature}", f"space: {node.space}"]
        if node.tools:
            lines.append(f"tools: [{', '.join(node.tools)}]")
        for each in node.metrics:
            lines.append(f"metric {each.name} = {self.python(each.python)}{text(each.description)}")
        for goal in node.objectives:
            weight = "" if goal.weight == 1.0 else f" weight {goal.weight!r}"
            lines.append(f"{goal.direction} {goal.name}{weight}")
        return lines

    def step(self, node: model.Step) -> str:
        given = ", ".join(f"{name}={self.expression(value)}" for name, value in node.arguments.items())
        done = f"{node.callee}({given})" if node.value is None else self.expression(node.value)
        if node.mapped:
            test = f" if {self.expression(node.mapped.condition)}" if node.mapped.condition else ""
            done = f"[{done} for {node.mapped.variable} in {self.expression(node.mapped.items)}{test}]"
        said = [f"{node.name} =" if node.name else "return", done]
        said += [f"retry {node.retry}"] if node.retry else []
        said += [self.timeout(node.timeout)] if node.timeout is not None else []
        said += ["on_error continue"] if node.on_error == "continue" else []
        said += [f"concurrency {node.concurrency}"] if node.concurrency is not None else []
        return " ".join(said)

    def timeout(self, seconds: float) -> str:
        if seconds % 60 == 0 and self.chance.random() < 0.5:
            return f"timeout {int(seconds // 60)}m"
        return f"timeout {int(seconds * 1000)}ms" if self.chance.random() < 0.5 else f"timeout {seconds!r}s"

    def resource(self, node: model.Resource) -> list[str]:
        lines: list[str] = []
        for each in node.attributes:
            arms = [f"{one.source} -> {' | '.join(one.targets)}" for one in each.transitions or ()]
            inside = "" if each.transitions is None else f" {{ {', '.join(arms)} }}"
            lines.append(self.field("", each.field) + inside)
        for one in node.belongs_to:
            named = self.local[one.module, one.resource] + "?" * one.optional
            lines.append(f"belongs_to {one.name}: {named}{text(one.description)}")
        for many in node.has_many:
            rivals = [one for one in node.belongs_to if one.resource == many.resource]
            said = [f"by={many.inverse}"] if len(rivals) > 1 else []
            said += [] if many.on_delete == "restrict" else [f"on_delete={many.on_delete}"]
            named = self.local[many.module, many.resource] + (f"({', '.join(said)})" if said else "")
            lines.append(f"has_many {many.name}: {named}{text(many.description)}")
        for found in node.calculations:
            value = found.value
            new = self.python(value) if isinstance(value, model.PythonRef) else self.expression(value)
            lines.append(f"calculate {found.name}: {self.type(found.type)} = {new}{text(found.description)}")
        for action in node.actions:
            returns = "" if action.returns is None else f" -> {self.type(action.returns)}"
            head = f"action {action.name}({self.parameters(action.parameters)}){returns}"
            lines.append(f"{head} = {self.python(action.python)}{text(action.description)}")
        return lines + [f"{hook.moment} {hook.event} = {self.python(hook.python)}" for hook in node.hooks]

    def choice(self, node: model.Scalar, named: bool) -> str:
        return self.name(node) if named else self.value(node)

    def domain(self, node: model.Domain, named: bool, base: model.Domain | None = None) -> str:
        """Return the arguments of a kind, or those of an arm, which inherits what its `base` says."""
        if isinstance(node, model.OptionsDomain):
            said = [self.choice(each, named) for each in node.options]
            weights = [f"weights={list(node.weights)!r}"] if node.weights else []
            return ", ".join([*said, *weights])
        inherited = None if base is None or isinstance(base, model.OptionsDomain) else base
        step = [] if node.step == (inherited.step if inherited else None) else [f"step={node.step!r}"]
        log = ["log"] if node.log and not (inherited and inherited.log) else []
        normal: list[str] = []
        if isinstance(node, model.FloatDomain) and node.normal and inherited is None:
            normal = [f"normal({node.normal[0]!r}, {node.normal[1]!r})"]
        return ", ".join([f"{node.low!r}..{node.high!r}", *step, *log, *normal])


def included(node: model.Variable, fragment: model.Variable) -> bool:
    """Say whether a variable is a fragment, perhaps in a group."""
    return node is fragment or replace(node, active=None, depends=()) == fragment


def short(node: model.Signature) -> bool:
    """Say whether the string form can say all of a signature."""
    every = (*node.inputs, *node.outputs)
    plain = all(each == model.Field(name=each.name, type=each.type, span=HERE) for each in every)
    more = (node.checks, node.tunes, node.examples, node.extends)
    return plain and not any(more) and node.instructions == derived(node)


def derived(node: model.Signature) -> str:
    """Return the instructions that a signature without any gets."""
    given, wanted = (", ".join(f"`{each.name}`" for each in side) for side in (node.inputs, node.outputs))
    said = node.description.strip()
    said += "" if not said else " " if said[-1] in ".!?" else ". "
    return f"{said}Given the fields {given}, produce the fields {wanted}."
