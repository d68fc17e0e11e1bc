"""Through a file, from its first import to its last step, noting what each name means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.lsp.binding.members import Files, World, declared, home, kind_of, members, own
from mlsig_compiler.lsp.binding.targets import Bound, Known, Names, Occurrence, PythonPlace, Target
from mlsig_compiler.lsp.binding.typing import enum, infer, item, member_type, record
from mlsig_compiler.resolve.scope import KIND_OF
from mlsig_compiler.resolve.types import KNOWN
from mlsig_compiler.source import Source, Span

WORD: Final = re.compile(r"\w+")
TYPED: Final = (syntax.Field, syntax.ResourceAttribute)
KINDS: Final = frozenset({"choice", "module", "provider", "model"})  # of variables, beside types


def bind(source: Source, files: Files) -> Bound:
    """Return what each name of a file means."""
    walk = Walk(source, World(files))
    walk.file()
    walk.bound.finish()
    return walk.bound


class Walk:
    """One file; `names` of expressions are handed down."""

    def __init__(self, source: Source, world: World) -> None:
        self.source = source
        self.module = source.module
        self.world = world
        self.bound = Bound(source.module)
        self.names = self.bound.names
        self.owner = Target(self.module)

    # Notes

    def note(self, span: Span, target: Target | PythonPlace, kind: str, *, declares: bool = False) -> None:
        """Note a name."""
        alias = (
            isinstance(target, Target) and self.source.text[span.start : span.end].strip('"') != target.name
        )
        self.bound.occurrences.append(Occurrence(span, target, kind, declares, alias))

    def parts(self, span: Span) -> list[Span]:
        """Return where the words of a dotted name are."""
        return [Span(*found.span()) for found in WORD.finditer(self.source.text, span.start, span.end)]

    def member(self, owner: Target | None, name: str, span: Span) -> None:
        """Note a name that is a member of a declaration."""
        found = members(owner, self.world).get(name) if owner else None
        if found is not None:
            self.note(span, found.target, found.kind)

    # Files

    def file(self) -> None:
        """Go through the file."""
        tree = self.world.tree(self.module)
        if tree is None:
            return
        for each in tree.imports:
            self._import(each)
        for name, node in declared(self.module, self.world).items():
            self.names.setdefault(name, Known(Target(self.module, (name,)), KIND_OF[type(node)]))
        for node in tree.declarations:
            self._declaration(node)

    def _import(self, node: syntax.Import) -> None:
        module = ".".join(node.module.path)
        exists = self.world.tree(module) is not None
        if exists:
            self.note(node.module.span, Target(module), "module")
        for imported in node.names:
            target = Target(module, (imported.name.text,))
            kind = kind_of(target, self.world) if exists else ""
            if not kind:
                continue
            self.note(imported.name.span, target, kind)
            local = imported.alias or imported.name
            self.names.setdefault(local.text, Known(target, kind))
            if imported.alias:
                self.note(imported.alias.span, target, kind)

    def _declaration(self, node: syntax.Declaration) -> None:
        name = node.head.name
        self.owner = Target(self.module, (name.text,))
        self.note(name.span, self.owner, KIND_OF[type(node)], declares=True)
        if node.head.extends:
            self.name(node.head.extends.text, node.head.extends.span)
        for kind, member, _ in own(node):
            self.note(member.span, Target(self.module, (name.text, member.text)), kind, declares=True)
        names = self._names(self.owner)
        self.bound.scopes.append((node.span, names))
        match node:
            case syntax.Alias(type=type_):
                self.type(type_)
            case syntax.Fragment(variable=variable):
                self._variable(variable, names)
            case syntax.Tool(parameters=parameters, returns=returns, value=value):
                self._parameters(parameters)
                self.type(returns)
                self.value(value, None)
            case syntax.Pipeline():
                self._pipeline(node, names)
            case syntax.Enum():
                pass
            case _:
                for each in node.members:
                    self._member(each, names)

    def _names(self, owner: Target) -> Names:
        """Return the names that the expressions of a declaration can use."""
        found = members(owner, self.world)
        return {
            name: Known(
                member.target,
                member.kind,
                member_type(Target(owner.module, (owner.path[0], name)), self.world),
            )
            for name, member in found.items()
            if member.kind not in ("check", "constraint", "metric", "action", "model")
        }

    # Names, types and values

    def name(self, name: str, span: Span) -> Target | None:
        """Note a name of the file, and return what it means."""
        known = self.names.get(name)
        if known is None:
            return None
        self.note(span, known.target, known.kind)
        return known.target

    def type(self, node: syntax.Type | None, names: Names | None = None) -> None:
        """Go through a type, or the kind of a variable."""
        match node:
            case syntax.TypeName(name, items, arguments):
                if name.text not in KNOWN and name.text not in KINDS:
                    self.name(name.text, name.span)
                for inner in items:
                    self.type(inner)
                for argument in arguments:
                    self._argument(argument, names or {})
            case syntax.OptionalType(inner):
                self.type(inner, names)
            case syntax.UnionType(options):
                for option in options:
                    self.type(option, names)
            case _:
                pass

    def _argument(self, argument: syntax.Argument, names: Names) -> None:
        match argument.value:
            case syntax.Range():
                pass
            case value:
                self.value(value, None, names)

    def value(self, node: syntax.Value | None, type_: model.Type | None, names: Names | None = None) -> None:
        """Go through a value that should have a type."""
        match node:
            case syntax.Reference(path, span):
                self._reference(path, span, type_, names or {})
            case syntax.ListValue(items):
                for each in items:
                    self.value(each, item(type_), names)
            case syntax.MapValue(entries):
                owner = record(type_)
                for entry in entries:
                    self.member(owner, entry.key.text, entry.key.span)
                    inner = Target(owner.module, (*owner.path, entry.key.text)) if owner else None
                    self.value(entry.value, member_type(inner, self.world) if inner else item(type_), names)
            case syntax.Call(function, arguments):
                if function.text == "python":
                    self._python(arguments)
            case _:
                pass

    def _reference(self, path: tuple[str, ...], span: Span, type_: model.Type | None, names: Names) -> None:
        spans = self.parts(span)
        if len(spans) != len(path):
            return
        if len(path) == 1:
            options = enum(type_)
            if options is not None and path[0] in members(options, self.world):
                self.member(options, path[0], span)
            elif path[0] in names:
                self.note(span, names[path[0]].target, names[path[0]].kind)
            else:
                self.name(path[0], span)
            return
        target = self.name(path[0], spans[0])
        self.member(self._unaliased(target), path[1], spans[1])

    def _unaliased(self, target: Target | None) -> Target | None:
        """Return the enum that another name for it means."""
        if target is not None and kind_of(target, self.world) == "type":
            found = self.world.declaration(target.module, target.path[0])
            return enum(found.type) if isinstance(found, model.Alias) else None
        return target

    def _python(self, arguments: Iterable[syntax.Argument]) -> None:
        for argument in arguments:
            match argument.value:
                case syntax.Literal(str(text), span) if text.count(":") == 1:
                    module, _, attribute = text.partition(":")
                    place = PythonPlace(module, attribute)
                    self.bound.occurrences.append(Occurrence(span, place, "python"))
                case _:
                    pass

    # Members

    def _type_of(self, name: str) -> model.Type | None:
        """Return the type of a member of the declaration that is being gone through."""
        return member_type(Target(self.module, (self.owner.path[0], name)), self.world)

    def _member(self, node: Any, names: Names) -> None:  # noqa: PLR0912  (one kind a line)
        own_type = self._type_of(node.name.text) if isinstance(node, TYPED) else None
        match node:
            case syntax.Field(type=type_, default=default):
                self.type(type_)
                self.value(default, own_type)
            case syntax.Variable():
                self._variable(node, names)
            case syntax.Check(condition=condition) | syntax.Constraint(condition=condition):
                self.expr(condition, names)
            case syntax.Prefer(condition=condition):
                self.expr(condition, names)
            case syntax.Transform(target=target, value=value):
                if target is not None:
                    self.expr(target, names)
                self.expr(value, names)
            case syntax.Example(row=row):
                self._example(row)
            case syntax.Include(reference=reference):
                self.name(reference.path[0], self.parts(reference.span)[0])
            case syntax.Composite(value=value):
                self.expr(value, names)
            case syntax.Calculation(type=type_, value=value):
                self.type(type_)
                self.expr(value, names)
            case syntax.Group(condition=condition, members=inner):
                self.expr(condition, names)
                for each in inner:
                    self._member(each, names)
            case syntax.Setting(value=value):
                self.value(value, None)
            case syntax.Metric(value=value) | syntax.Hook(value=value):
                self.value(value, None)
            case syntax.Objective(name=name):
                self.member(self.owner, name.text, name.span)
            case syntax.ResourceAttribute(type=type_, default=default, transitions=transitions):
                self.type(type_)
                self.value(default, own_type)
                for transition in transitions or ():
                    for state in (transition.source, *transition.targets):
                        self.member(enum(own_type), state.text, state.span)
            case syntax.Relationship(type=type_):
                self.type(type_)
            case syntax.Action(parameters=parameters, returns=returns, value=value):
                self._parameters(parameters)
                self.type(returns)
                self.value(value, None)
            case _:
                pass

    def _parameters(self, nodes: Iterable[syntax.Parameter]) -> None:
        for node in nodes:
            self.type(node.type)
            self.value(node.default, self._type_of(node.name.text))

    def _variable(self, node: syntax.Variable, names: Names) -> None:
        self.type(node.type, names)
        self.value(node.default, None)
        for branch in node.branches:
            if branch.condition is not None:
                self.expr(branch.condition, names)
            for argument in branch.arguments:
                self._argument(argument, names)
            self.value(branch.default, None)

    def _example(self, row: syntax.MapValue) -> None:
        for entry in row.entries:
            self.member(self.owner, entry.key.text, entry.key.span)
            self.value(entry.value, self._type_of(entry.key.text))

    # Pipelines

    def _pipeline(self, node: syntax.Pipeline, names: Names) -> None:
        self._parameters(node.parameters)
        self.type(node.returns)
        made = self.world.declaration(self.module, node.head.name.text)
        types = {step.name: step.type for step in made.steps} if isinstance(made, model.Pipeline) else {}
        for step in node.members:
            self.expr(step.value, names)
            if step.name and step.name.text in types:
                self.bound.steps.append((step, types[step.name.text]))
        for aim in node.aims:
            self._member(aim, names)

    def _call(self, node: syntax.Apply, function: syntax.Reference, names: Names) -> None:
        target = self.name(function.path[0], function.span)
        for argument in node.arguments:
            if isinstance(argument, syntax.Each):
                self.expr(argument, names)
                continue
            if argument.name and target is not None:
                self.member(self._parameters_of(target), argument.name.text, argument.name.span)
            self.expr(argument.value, names)

    def _parameters_of(self, target: Target) -> Target | None:
        """Return the declaration whose members are what a call is given: of a program, its signature."""
        node = declared(target.module, self.world).get(target.path[0])
        if not isinstance(node, syntax.Program):
            return target
        for member in node.members:
            match member:
                case syntax.Setting(name=syntax.Name("signature"), value=syntax.Reference(path)):
                    return home(target.module, path[0], self.world)
                case _:
                    pass
        return None

    # Expressions

    def expr(self, node: syntax.Expr, names: Names) -> None:
        """Go through an expression."""
        match node:
            case syntax.Reference(path, span):
                known = names.get(path[0])
                if known is not None:
                    self.note(span, known.target, known.kind)
                else:
                    self.name(path[0], span)
            case syntax.Attribute(operand, name):
                self.expr(operand, names)
                self._attribute(operand, name, names)
            case syntax.Apply(syntax.Reference() as function) if function.path[0] in self.names:
                self._call(node, function, names)
            case syntax.Apply(syntax.Reference(("python",)), (syntax.Given(None, syntax.Literal() as text),)):
                self._python((syntax.Argument(None, text),))
            case syntax.Apply(function, arguments):
                if not isinstance(function, syntax.Reference):
                    self.expr(function, names)
                for argument in arguments:
                    self.expr(argument if isinstance(argument, syntax.Each) else argument.value, names)
            case syntax.Each():
                self._each(node, names)
            case _:
                for part in parts(node):
                    self.expr(part, names)

    def _each(self, node: syntax.Each, names: Names) -> None:
        self.expr(node.items, names)
        variable = node.variable
        target = Target(self.module, (self.owner.path[0], f"{variable.text}@{variable.span.start}"))
        self.note(variable.span, target, "item", declares=True)
        type_ = item(infer(node.items, names, self.world))
        inner = {**names, variable.text: Known(target, "item", type_)}
        if type_ is not None:
            self.bound.items.append((variable.span, type_))
        self.bound.scopes.append((node.span, inner))
        self.expr(node.element, inner)
        if node.condition is not None:
            self.expr(node.condition, inner)

    def _attribute(self, operand: syntax.Expr, name: syntax.Name, names: Names) -> None:
        if isinstance(operand, syntax.Reference) and operand.path[0] not in names:
            known = self.names.get(operand.path[0])
            self.member(self._unaliased(known.target) if known else None, name.text, name.span)
            return
        self.member(record(infer(operand, names, self.world)), name.text, name.span)


def parts(node: syntax.Expr) -> Iterator[syntax.Expr]:
    """Yield the direct parts of an expression that names nothing itself."""
    match node:
        case syntax.Unary(operand=operand):
            yield operand
        case syntax.Binary(left=left, right=right):
            yield from (left, right)
        case syntax.Comparison(first=first, rest=rest):
            yield first
            yield from (operand for _, operand in rest)
        case syntax.BoolOp(operands=operands):
            yield from operands
        case syntax.Conditional(then, condition, otherwise):
            yield from (then, condition, otherwise)
        case syntax.ListOf(items):
            yield from items
        case syntax.Index(operand, key):
            yield from (operand, key)
        case _:
            pass
