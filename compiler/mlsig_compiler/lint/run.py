"""What the rules of lint read: each file, and which declarations the files of a run use.

from b import Passage      in a.mlsig, with a field `x: Passage`   ->   a uses (b, Passage)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.front import Analysis
from mlsig_compiler.lint.words import Word, words
from mlsig_compiler.source import Source, Span


class Home(NamedTuple):
    """A declaration, by its module and its name there."""

    module: str
    name: str


@dataclass(slots=True)
class Subject:
    """A proved file, and where the warnings about it go."""

    source: Source
    file: syntax.File
    module: model.Module
    diagnostics: Diagnostics
    words: dict[str, list[Word]] = field(default_factory=dict[str, list[Word]])

    def report(self, code: str, span: Span, message: str, **more: object) -> None:
        """Add a warning; see `Diagnostics.report`."""
        self.diagnostics.report(code, span, message, severity="warning", **more)  # type: ignore[arg-type]

    def home(self, name: str) -> Home | None:
        """Return the declaration that a name of this file means."""
        for imported in self.module.imports:
            if imported.local == name:
                return Home(imported.module, imported.name)
        return Home(self.module.name, name) if name in self.words else None

    def nodes(self) -> dict[str, syntax.Declaration]:
        """Return the declarations of the file as they are written, by name."""
        return {node.head.name.text: node for node in self.file.declarations}


@dataclass(slots=True)
class Run:
    """The proved files of a run, every declaration, and which are used by another one."""

    subjects: dict[str, Subject]
    declarations: dict[Home, model.Declaration]
    used: set[Home] = field(default_factory=set[Home])
    whole: bool = True  # every file of the run was proved

    @classmethod
    def of(cls, analysis: Analysis) -> Run:
        """Look through the files of a run."""
        subjects: dict[str, Subject] = {}
        for name, parsed in analysis.parsed.items():
            module = analysis.modules.get(name)
            if module is not None:
                found = {node.head.name.text: list(words(node)) for node in parsed.file.declarations}
                subjects[name] = Subject(
                    parsed.source, parsed.file, module, Diagnostics(parsed.source), found
                )
        run = cls(subjects, {}, whole=len(subjects) == len(analysis.parsed))
        for subject in subjects.values():
            run._read(subject, analysis)
        return run

    def _read(self, subject: Subject, analysis: Analysis) -> None:
        module = subject.module
        self.declarations.update({Home(module.name, node.name): node for node in module.declarations})
        for imported in module.imports:
            home = Home(imported.module, imported.name)
            self.used.add(home)
            exports = analysis.library.get(imported.module)
            declaration = exports.declarations.get(imported.name) if exports else None
            if declaration is not None:
                self.declarations.setdefault(home, declaration)
        for owner, found in subject.words.items():
            for word in found:
                if word.text != owner and word.text in subject.words:
                    self.used.add(Home(module.name, word.text))

    def measured(self) -> dict[Home, list[model.Program]]:
        """Return the signatures that programs run, each with those that have metrics."""
        found: defaultdict[Home, list[model.Program]] = defaultdict(list)
        for subject in self.subjects.values():
            for node in subject.module.declarations:
                if isinstance(node, model.Program) and node.metrics:
                    home = subject.home(node.signature)
                    if home is not None:
                        found[home].append(node)
        return found
