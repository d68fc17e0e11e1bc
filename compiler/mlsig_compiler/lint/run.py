"""What the rules of lint read: each file, and which declarations the files of a run use.

from b import Passage      in a.mlsig, with a field `x: Passage`   ->   a uses (b, Passage)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import Analysis
from mlsig_compiler.imports import Parsed
from mlsig_compiler.lint.words import Word, words
from mlsig_compiler.source import Source, Span
from mlsig_compiler.walking import walk


class Home(NamedTuple):
    """A declaration, by its module and its name there."""

    module: str
    name: str


@dataclass(slots=True)
class Subject:
    """A proved file, and where the warnings about it go.

    `nodes` has its declarations as they are written, `words` what each of them mentions, `imported` what its
    imports mean.
    """

    source: Source
    file: syntax.File
    module: model.Module
    diagnostics: Diagnostics
    nodes: dict[str, syntax.Declaration]
    words: dict[str, list[Word]]
    imported: dict[str, Home]

    @classmethod
    def of(cls, parsed: Parsed, module: model.Module) -> Subject:
        """Look through a file."""
        nodes = {node.head.name.text: node for node in parsed.file.declarations}
        return cls(
            source=parsed.source,
            file=parsed.file,
            module=module,
            diagnostics=Diagnostics(parsed.source),
            nodes=nodes,
            words={name: list(words(node)) for name, node in nodes.items()},
            imported={found.local: Home(found.module, found.name) for found in module.imports},
        )

    def report(self, code: str, span: Span, message: str, **more: Any) -> None:
        """Add a warning; see `Diagnostics.report`."""
        self.diagnostics.report(code, span, message, severity="warning", **more)

    def home(self, name: str) -> Home | None:
        """Return the declaration that a name of this file means."""
        own = Home(self.module.name, name) if name in self.nodes else None
        return self.imported.get(name, own)


@dataclass(slots=True)
class Run:
    """The proved files of a run and every declaration.

    Those in `used` are mentioned by another one, those in `called` are steps of pipelines; of those in
    `measured` a program or pipeline with metrics runs them.
    `read` has the outputs of signatures that steps of pipelines read. `whole` says that every file of the
    run was proved.
    """

    subjects: dict[str, Subject]
    whole: bool
    declarations: dict[Home, model.Declaration] = field(default_factory=dict[Home, "model.Declaration"])
    used: set[Home] = field(default_factory=set[Home])
    measured: set[Home] = field(default_factory=set[Home])
    called: set[Home] = field(default_factory=set[Home])
    read: dict[Home, set[str]] = field(default_factory=dict[Home, set[str]])

    @classmethod
    def of(cls, analysis: Analysis) -> Run:
        """Look through the files of a run; of those whose syntax was not kept, at what they mean."""
        modules = [module for module in analysis.modules.values() if module is not None]
        subjects = {
            module.name: Subject.of(analysis.parsed[module.name], module)
            for module in modules
            if module.name in analysis.parsed
        }
        run = cls(subjects, whole=len(modules) == len(analysis.modules))
        for module in modules:
            run._read(module, analysis)
            run.add_read(module)
        for subject in subjects.values():
            for owner, found in subject.words.items():
                for word in found:
                    if word.text != owner and word.text in subject.nodes:
                        run.used.add(Home(subject.module.name, word.text))
        return run

    def add_read(self, module: model.Module) -> None:
        """Note which outputs the pipelines of a module read."""
        for node in module.declarations:
            if isinstance(node, model.Pipeline):
                for home, output in outputs_read(node):
                    self.read.setdefault(home, set()).add(output)

    def _read(self, module: model.Module, analysis: Analysis) -> None:
        homes = {node.name: Home(module.name, node.name) for node in module.declarations}
        imported = {found.local: Home(found.module, found.name) for found in module.imports}
        homes |= imported
        for node in module.declarations:
            self.declarations[Home(module.name, node.name)] = node
            if isinstance(node, model.Program) and node.metrics and node.signature in homes:
                self.measured.add(homes[node.signature])
            if isinstance(node, model.Pipeline):
                self.called.update(homes[step.callee] for step in node.steps if step.callee in homes)
                if node.metrics and isinstance(node.returns, model.OutputType):
                    self.measured.add(Home(node.returns.module, node.returns.name))
        for home in imported.values():
            self.used.add(home)
            exports = analysis.library.get(home.module)
            declaration = exports.declarations.get(home.name) if exports else None
            if declaration is not None:
                self.declarations.setdefault(home, declaration)


def outputs_read(node: model.Pipeline) -> Iterator[tuple[Home, str]]:
    """Yield the outputs of signatures that the steps of a pipeline read, by the home of the signature."""
    types = {step.name: step.type for step in node.steps if step.name}
    for step in node.steps:
        names = dict(types)
        given = [*step.arguments.values(), *((step.value,) if step.value else ())]
        if step.mapped:
            given += [step.mapped.items, *((step.mapped.condition,) if step.mapped.condition else ())]
            names[step.mapped.variable] = type_of(step.mapped.items, names)
        for expr in (part for each in given for part in walk(each)):
            if isinstance(expr, model.Each):
                names[expr.variable] = type_of(expr.items, names)
        for expr in (part for each in given for part in walk(each)):
            if isinstance(expr, model.Attribute):
                owner = bare(type_of(expr.operand, names))
                if isinstance(owner, model.OutputType):
                    yield Home(owner.module, owner.name), expr.name


def type_of(expr: model.Expr, names: Mapping[str, model.Type]) -> model.Type:
    """Return the type of a step that an expression names, or of an item of it; of anything else nothing."""
    match expr:
        case model.VariableRef(name):
            return names.get(name, model.ANYTHING)
        case model.Index(operand, _):
            return bare(type_of(operand, names))
        case _:
            return model.ANYTHING


def bare(type_: model.Type) -> model.Type:
    """Return a type without what makes it optional, and of lists that of the items."""
    while isinstance(type_, model.OptionalType | model.ListType):
        type_ = type_.type if isinstance(type_, model.OptionalType) else type_.items
    return type_
