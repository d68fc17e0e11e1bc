"""The steps of a pipeline as the statements of its `flow`, each a call that type checkers follow.

    docs = search(query=plan.query) retry 2

becomes

    docs = flow.step("docs", lambda: flow.use("docs", search)(query=plan.value.query), needs=[plan], retry=2)

Steps are local variables; what one reads of another is its `value`, which is there when what it `needs` has
ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.plan.layout import Atom, Expression, Prefixed, Text, call, lay, sequence
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.record_expressions import Fields
from mlsig_compiler.plan.types import Types
from mlsig_compiler.plan.values import expression
from mlsig_compiler.source import Source
from mlsig_compiler.typecheck.calls import gone_through
from mlsig_compiler.typecheck.infer import Inference
from mlsig_compiler.typecheck.narrowing import NOTHING
from mlsig_compiler.typecheck.sorts import Environment, Sorts

RETURN: Final = "return"
OWN: Final = frozenset({"self", "given", "flow", "parts", "inside", "inputs", "outputs", "found"})
"""Local names of the method itself, and of the expressions in it."""

Values: TypeAlias = dict[str, Expression]


@dataclass(frozen=True, slots=True)
class Callee:
    """What a step calls.

    Attributes:
        kind: `program` for a signature as well, which has a program of its own.
        parameters: What it takes.
        spelled: What is called: a tool; of the others what holds their `Input` and `Output`.
    """

    kind: str
    parameters: tuple[model.Field, ...]
    spelled: str


@dataclass(slots=True)
class Steps:
    """Writes the steps of one pipeline.

    Attributes:
        attributes: The names under which `parts` has the programs of steps, by step.
    """

    pipeline: model.Pipeline
    callees: Mapping[str, Callee]
    attributes: Mapping[str, str]
    types: Types
    names: Names
    _locals: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        taken = set(OWN)
        for step in self.pipeline.steps:
            name = identifier(step.name) if step.name else "returned"
            while name in taken or self.names.uses(name) or name.startswith("item_"):
                name = f"step_{name}"
            taken.add(name)
            self._locals[step.name] = name

    @property
    def words(self) -> dict[str, str]:
        """The local names of the method itself; those that mean something in the module begin with `_`."""
        return {word: f"_{word}" if self.names.uses(word) else word for word in OWN}

    def lines(self) -> list[str]:
        """Return the statements, the last of which returns."""
        found: list[str] = []
        read = {name for step in self.pipeline.steps for name in step.depends} | {""}
        for step in self.pipeline.steps:
            target = f"{self._locals[step.name]} = " if step.name in read else ""
            found.append(target + lay(self._step(step), 8, len(target)))
        return found

    @property
    def result(self) -> str:
        """What waits for the value of the step that returns."""
        step = self.pipeline.steps[-1]
        if step.callee is None and isinstance(self.pipeline.returns, model.OptionalType):
            return f"(await {self._flow}.ended({self.last})).value"  # it may be null alone
        return f"await {self.last}"

    @property
    def _flow(self) -> str:
        return self.words["flow"]

    @property
    def last(self) -> str:
        """The local variable of the step that returns."""
        return self._locals[""]

    def _step(self, step: model.Step) -> Expression:
        options = self._options(step)
        label = Text(step.name or RETURN)
        optional = step.on_error == "continue"
        place = self._place(step)
        if step.callee is None:
            return call(
                f"{self._flow}.compute", label, self._thunk(self._value(step, place)), keywords=options
            )
        if step.mapped is None:
            method = f"{self._flow}.{'optional' if optional else 'step'}"
            return call(method, label, self._thunk(self._call(step, place)), keywords=options)
        method = f"{self._flow}.{'each_optional' if optional else 'each'}"
        variable = self._variable(step.mapped)
        one = Prefixed(f"lambda {variable}: ", self._call(step, place))
        return call(method, label, self._thunk(self._items(step.mapped, place)), one, keywords=options)

    def _thunk(self, body: Expression) -> Expression:
        return Prefixed("lambda: ", body)

    def _options(self, step: model.Step) -> Values:
        steps = [name for name in step.depends if name in self._locals]
        found: Values = {}
        if steps:
            found["needs"] = sequence(Atom(self._locals[name]) for name in steps)
        if step.retry:
            found["retry"] = Atom(literal(step.retry))
        if step.timeout is not None:
            found["timeout"] = Atom(literal(float(step.timeout)))
        if step.concurrency is not None:
            found["concurrency"] = Atom(literal(step.concurrency))
        return found

    def _value(self, step: model.Step, place: Fields) -> Expression:
        if step.value is None:
            raise InternalError(f"step {step.name} neither calls nor has a value")
        mapped = step.mapped
        if mapped is None:
            wanted = step.type if step.name else self.pipeline.returns
            return self._written(step.value, wanted, place)
        items = step.type.items if isinstance(step.type, model.ListType) else None
        element = place.python(step.value, items, mapped.condition)
        return Atom(f"[{element} {self._through(mapped, place)}]")

    def _items(self, mapped: model.Mapped, place: Fields) -> Expression:
        if mapped.condition is None:
            return Atom(place.python(mapped.items))
        return Atom(f"[{self._variable(mapped)} {self._through(mapped, place)}]")

    def _through(self, mapped: model.Mapped, place: Fields) -> str:
        text = f"for {self._variable(mapped)} in {place.python(mapped.items)}"
        return text if mapped.condition is None else f"{text} if {place.python(mapped.condition)}"

    def _call(self, step: model.Step, place: Fields) -> Expression:
        callee = self.callees[step.callee or ""]
        given = {
            identifier(parameter.name): self._written(step.arguments[parameter.name], parameter.type, place)
            for parameter in callee.parameters
            if parameter.name in step.arguments
        }
        label = Text(step.name or RETURN)
        if callee.kind == "tool":
            used = f"{self._flow}.use({literal(step.name or RETURN)}, {callee.spelled})"
            return call(used, keywords=given)
        inputs = call(f"{callee.spelled}.Input", keywords=given)
        part = f"{self.words['parts']}.{self.attributes[step.name or RETURN]}"
        if callee.kind == "pipeline":
            inside = self.words["inside"]
            inner = call(f"{part}.flow", call(f"{inside}.checked", inputs), Atom(inside))
            return call(f"{self._flow}.into", label, Prefixed(f"lambda {inside}: ", inner))
        return call(f"{self._flow}.ask", label, Atom(part), inputs, Atom(f"{callee.spelled}.Output"))

    def _written(self, expr: model.Expr, wanted: model.Type, place: Fields) -> Expression:
        """Return an expression; what is written out as the value of its type that it is."""
        if _written_out(expr) and not isinstance(wanted, model.OutputType):
            return expression(_constant(expr), wanted, self.types, Scope(self.names))
        return Atom(place.python(expr, wanted))

    def _variable(self, mapped: model.Mapped) -> str:
        name = identifier(mapped.variable)
        taken = name in OWN or name in self._locals.values() or self.names.uses(name)
        return f"item_{name}" if taken else name

    def _place(self, step: model.Step) -> Fields:
        """Return what the expressions of a step can read, and how each is spelled."""
        span = step.span
        fields = [
            *self.pipeline.parameters,
            *(
                model.Field(name=one.name, type=one.type, description="", span=span)
                for one in self.pipeline.steps
                if one.name
            ),
        ]
        parameters = {parameter.name for parameter in self.pipeline.parameters}
        mapped = step.mapped
        given = self.words["given"]

        def spell(name: str) -> str:
            if mapped is not None and name == identifier(mapped.variable):
                return self._variable(mapped)
            return f"{given}.{name}" if name in parameters else f"{self._locals[name]}.value"

        if mapped is None:
            return Fields(tuple(fields), spell, self.types, self.names)
        place = Fields(
            tuple(one for one in fields if one.name != mapped.variable), spell, self.types, self.names
        )
        outer = Fields(tuple(fields), spell, self.types, self.names).environment
        place.environment = replace(
            place.environment,
            names={**place.environment.names, mapped.variable: _items(mapped.items, outer)},
        )
        return place


def _written_out(expr: model.Expr) -> bool:
    """Say whether an expression is a value that is written out."""
    if isinstance(expr, model.ListOf):
        return all(map(_written_out, expr.items))
    if isinstance(expr, model.Unary):
        return expr.op == "-" and isinstance(expr.operand, model.Constant)
    return isinstance(expr, model.Constant)


def _constant(expr: model.Expr) -> model.Value:
    """Return a value that is written out."""
    match expr:
        case model.Constant(value):
            return value
        case model.Unary(_, model.Constant(int() | float() as value)):
            return -value
        case model.ListOf(items):
            return [_constant(item) for item in items]
        case _:
            raise InternalError(f"not written out: {expr}")


def _items(expr: model.Expr, environment: Environment) -> Sorts:
    typing = Inference(environment, Diagnostics(Source(Path(), "", "")))
    return gone_through(typing, expr, typing.of(expr, NOTHING))


def attributes(steps: Iterable[str], taken: frozenset[str]) -> dict[str, str]:
    """Return the names of attributes for steps; one that means something already has `_` after it."""
    names = list(steps)
    found: dict[str, str] = {}
    for step in names:
        name = step
        while name in taken or name in found.values() or (name != step and name in names):
            name = f"{name}_"
        found[step] = name
    return found
