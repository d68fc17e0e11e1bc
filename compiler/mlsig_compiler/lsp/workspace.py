"""The files that an editor works on, as they are on its screen, and what was found in each.

    workspace = Workspace([folder])
    workspace.put(path, text, version)          a file was opened, or edited
    workspace.check(module)                     proves it, and what it imports where that has changed
    workspace.files[module].found               its findings
    workspace.stale()                           what is still to be proved, most urgent first

A file is parsed and proved again when its text has changed, or something that it imports means something
else. Models are kept of all files; syntax, which is larger, of those that are open or were lately asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from mlsig_compiler import model, standard, syntax
from mlsig_compiler.collecting import collector_held
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.files.config import load
from mlsig_compiler.files.project import SUFFIX, Found, files_at, read
from mlsig_compiler.front import Analysis, prove, standard_exports
from mlsig_compiler.imports import Parsed, in_order, parsed
from mlsig_compiler.lsp.binding import Bound, bind
from mlsig_compiler.lsp.declared import Declared
from mlsig_compiler.lsp.glance import Proved, findings, glance
from mlsig_compiler.lsp.sameness import same
from mlsig_compiler.naming import absolute, parts_of
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve import Exports, Library, Resolved
from mlsig_compiler.resources import folder as data_folder
from mlsig_compiler.source import Source, Unreadable

WARM: Final = 48  # files that are not open and whose syntax is kept


@dataclass(slots=True)
class File:
    """One file. `version` is the editor's, None where the file is not open; `stale`: not proved as it is now.

    `syntactic` are the findings of the parser alone; `circular` says that it imports itself, if only through
    others, so that it is never proved once and for all.
    """

    source: Source
    version: int | None = None
    stale: bool = True
    circular: bool = False
    found: tuple[Diagnostic, ...] = ()
    tree: syntax.File | None = None
    syntactic: tuple[Diagnostic, ...] = ()
    resolved: Resolved | None = None
    exports: Exports | None = None
    imports: frozenset[str] = frozenset()
    proved: Proved | None = None  # only of a file that is open

    @property
    def open(self) -> bool:
        """Whether an editor shows it."""
        return self.version is not None


@dataclass(slots=True)
class Workspace:
    """Files by module; `folders` are those that the editor has opened.

    `problems` are findings about files as such, such as one that cannot be read.
    `era` counts proofs.
    """

    folders: list[Path] = field(default_factory=list[Path])
    files: dict[str, File] = field(default_factory=dict[str, File])
    problems: list[Diagnostic] = field(default_factory=list[Diagnostic])
    declared: Declared = field(default_factory=Declared)
    models: dict[str, model.Module | None] = field(default_factory=dict[str, "model.Module | None"])
    era: int = 0
    _bound: dict[str, tuple[Source | None, Resolved | None, Bound]] = field(
        default_factory=dict[str, "tuple[Source | None, Resolved | None, Bound]"]
    )
    _found: Found = field(default_factory=Found)
    _modules: dict[Path, str] = field(default_factory=dict[Path, str])
    _importers: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _urgent: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])
    _warm: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])

    # Files

    def scan(self) -> None:
        """Look for the files of all folders, and read those that are not open."""
        opened = {file.source.path: file for file in self.files.values() if file.open}
        roots: list[Path] = []
        problems: list[Diagnostic] = []
        package: str | None = None
        for folder in self.folders:
            config, wrong = load(folder)
            problems += wrong
            package = package or config.package
            inside = [absolute(root) for root in config.src if root.is_dir()]
            roots += inside or [absolute(folder)]
        self._found = Found(roots=list(dict.fromkeys(roots)), package=package)
        for path in files_at(self._found.roots, self._found):
            shown = opened.pop(path, None)
            data = shown.source.text.encode("utf-8", "replace") if shown else None
            self._found.add(path, data)
        sources = {source.module: source for source in self._found.sources}
        # a folder without any file is no mistake while one is being written
        found = [problem for problem in self._found.problems if problem.code != "MLS0903"]
        self.problems = [*problems, *found]
        keep = {file.source.module for file in opened.values()}
        for module in [module for module in self.files if module not in sources and module not in keep]:
            self._forget(module)
        for module, source in sources.items():
            known = self.files.get(module)
            if known is None or (not known.open and known.source.text != source.text):
                self._put(source, known.version if known else None)
        for file in opened.values():
            self._home(file.source.path)

    def put(self, path: Path, text: str, version: int | None) -> str:
        """Take the text of a file that is open, and return its module."""
        module = self._home(absolute(path))
        known = self.files.get(module)
        if known is not None and known.source.text == text:
            known.version = version
        else:
            self._put(Source(absolute(path), module, text), version)
        self._urgent[module] = None
        self._urgent.move_to_end(module, last=False)
        return module

    def close(self, path: Path) -> str | None:
        """Take the text of a file from its disk again; return its module, if it was known."""
        path = absolute(path)
        module = self._modules.get(path)
        if module is None:
            return None
        source = read(path, module, Found()) if path.is_file() else None
        if source is None:
            self._forget(module)
        elif module in self.files:
            self.files[module].version = None
            self._urgent.pop(module, None)
            if self.files[module].source.text != source.text:
                self._put(source, None)
        return module

    def module(self, path: Path) -> str | None:
        """Return the module of a file that is known."""
        return self._modules.get(absolute(path))

    def path(self, module: str) -> Path | None:
        """Return where a module is, also one of `std`."""
        if module in self.files:
            return self.files[module].source.path
        if standard.source(module) is not None:
            return Path(str(data_folder("std"))) / f"{module.removeprefix(standard.PREFIX)}{SUFFIX}"
        return None

    def python_folders(self) -> list[str]:
        """Return where the user's Python modules are looked for: in folders, in and beside source roots."""
        roots = [
            str(place) for root in self._found.roots for place in (absolute(root), absolute(root).parent)
        ]
        return [*(str(absolute(folder)) for folder in self.folders), *roots]

    def _home(self, path: Path) -> str:
        """Return the module of a file, whose folder becomes a source root where none has it."""
        if path not in self._modules:
            if not any(path.is_relative_to(absolute(root)) for root in self._found.roots):
                config, _ = load(path.parent)
                inside = [absolute(root) for root in config.src if path.is_relative_to(absolute(root))]
                self._found.roots += inside or [path.parent]
            self._modules[path] = ".".join(parts_of(path, self._found.roots))
        return self._modules[path]

    def _put(self, source: Source, version: int | None) -> None:
        module = source.module
        known = self.files.get(module)
        self._modules[source.path] = module
        self.declared.put(source)
        if known is None:
            self.files[module] = File(source, version)
            self._outdate(module)
            return
        known.source, known.version, known.stale, known.tree = source, version, True, None

    def _forget(self, module: str) -> None:
        file = self.files.pop(module)
        self.era += 1
        self._modules.pop(file.source.path, None)
        self.models.pop(module, None)
        self.declared.drop(module)
        self._urgent.pop(module, None)
        for name in file.imports:
            self._importers[name].discard(module)
        self._outdate(module)

    # Proofs

    def stale(self) -> Iterator[str]:
        """Yield the modules that are to be proved: those that are edited, those that are open, all others."""
        for module in dict.fromkeys((*self._urgent, *self.files)):
            file = self.files.get(module)
            if file is not None and file.stale:
                yield module

    def opened(self) -> list[str]:
        """Return the modules that editors show, those that were edited last first."""
        return [
            module
            for module in dict.fromkeys((*self._urgent, *self.files))
            if module in self.files and self.files[module].open
        ]

    def unproved(self) -> bool:
        """Say whether any file is still to be proved."""
        return any(file.stale for file in self.files.values())

    def sound(self, module: str) -> bool:
        """Say whether every other file is right."""
        return all(self.models.get(name) is not None for name in self.files if name != module)

    def check(self, module: str) -> list[str]:
        """Prove a file, and what it imports where that is out of date; return what was proved."""
        library = self.library()
        analysis = Analysis(modules=self.models, library=library)
        done: list[str] = []
        with collector_held():
            for each in in_order([self.files[module].source], self._find, library, self._read):
                done.append(each.source.module)
                resolved = prove(each, analysis)
                self._keep(each, resolved, library.modules[each.source.module])
        for name in done if library.lost else ():
            self.files[name].circular = self._reaches(name, name)
        return done

    def glance(self, module: str) -> tuple[Diagnostic, ...] | None:
        """Return what a first look at an edited file finds; None where none is quicker than the whole."""
        file = self.files[module]
        seen = glance(file.proved, file.source) if file.proved and not file.circular else None
        if seen is None:
            return None
        library = self.library()
        analysis = Analysis(modules=dict(self.models), library=library)
        with collector_held():
            for each in in_order([seen.source], self._known_only, library):
                if each.file.broken:  # names may be missing everywhere
                    return None
                prove(each, analysis)
        return findings(seen, analysis.diagnostics[module], file.source)

    def trial(self, source: Source) -> Analysis:
        """Prove another text of a file, and leave everything as it is."""
        library = self.library()
        analysis = Analysis(modules=dict(self.models), library=library)
        with collector_held():
            for each in in_order([source], self._find, library):
                prove(each, analysis)
                analysis.parsed[each.source.module] = each
        return analysis

    def _known_only(self, module: str) -> Source | Unreadable | None:
        """Return nothing: what is not proved is left to the proof of the whole file."""
        return Unreadable() if self._find(module) else None

    def settle(self, module: str) -> None:
        """Prove a file unless that is done."""
        if self.files[module].stale or self.files[module].resolved is None:
            self.files[module].stale = True
            self.check(module)

    # What is asked about them

    def tree(self, module: str) -> syntax.File | None:
        """Return the syntax of a module, one of `std` too."""
        file = self.files.get(module)
        if file is None:
            return _standard_tree(module)
        if file.tree is None:
            self._read(file.source)
            self._warm_up(module)
        return file.tree

    def source(self, module: str) -> Source | None:
        """Return the text of a module, one of `std` too."""
        file = self.files.get(module)
        return file.source if file else _standard_source(module)

    def declaration(self, module: str, name: str) -> model.Declaration | None:
        """Return what a name of a module declares, as far as it could be understood."""
        file = self.files.get(module)
        if file is None:
            exports = standard_exports(module)
        else:
            if file.resolved is None:
                self.settle(module)
            exports = file.resolved.exports if file.resolved else None
        return exports.declarations.get(name) if exports else None

    def locate(self, module: str) -> Source | Unreadable | None:
        """Return the text of a module that is imported."""
        return self._find(module)

    def importers(self, modules: Iterable[str]) -> list[str]:
        """Return modules of files, and those that import them, if only through others."""
        seen = {module for module in modules if module in self.files}
        waiting = list(seen)
        while waiting:
            for name in self._importers.get(waiting.pop(), ()):
                if name not in seen and name in self.files:
                    seen.add(name)
                    waiting.append(name)
        return sorted(seen)

    def bound(self, module: str) -> Bound:
        """Return what each name of a module means, one of `std` too."""
        file = self.files.get(module)
        if file is not None:
            self.settle(module)
        source, resolved = self.source(module), file.resolved if file else None
        known = self._bound.get(module)
        if known is None or known[0] is not source or known[1] is not resolved:
            known = source, resolved, bind(source, self) if source else Bound(module)
            self._bound[module] = known
        return known[2]

    def library(self) -> Library:
        """Return what all files declare, as far as they are proved."""
        return Library(fallback=self._exports, index=self.declared)

    def proved(self, module: str) -> model.Module | None:
        """Return the model of a module, None while it has mistakes."""
        if module in self.files:
            return self.models.get(module)
        found = standard.module(module) if module.startswith(standard.PREFIX) else None
        return found.module if found else None

    def needs(self, module: str) -> set[str]:
        """Return the modules of files that a file imports, if only through others."""
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            more = self.files[waiting.pop()].imports - seen
            waiting += (found := more & self.files.keys())
            seen |= found
        return seen

    def parsed(self, module: str) -> Parsed:
        """Return the syntax of a file with what its parser found."""
        return self._read(self.files[module].source)

    def _warm_up(self, module: str) -> None:
        self._warm[module] = None
        self._warm.move_to_end(module)
        while len(self._warm) > WARM:
            file = self.files.get(self._warm.popitem(last=False)[0])
            if file is not None and not file.open:
                file.tree, file.syntactic, file.resolved = None, (), None
                self._bound.pop(file.source.module, None)

    def _exports(self, module: str) -> Exports | None:
        file = self.files.get(module)
        if file is None:
            return standard_exports(module)
        return None if file.stale or file.circular else file.exports

    def _find(self, module: str) -> Source | Unreadable | None:
        file = self.files.get(module)
        if file is not None:
            return file.source
        found = self._found.locate(module)
        if isinstance(found, Source):
            self._put(found, None)
        return found

    def _read(self, source: Source) -> Parsed:
        file = self.files[source.module]
        if file.tree is None:
            made = parsed(source)
            file.tree, file.syntactic = made.file, tuple(made.diagnostics)
            return made
        diagnostics = Diagnostics(source)
        for one in file.syntactic:
            diagnostics.report(
                one.code,
                one.span,
                one.message,
                severity=one.severity,
                label=one.label,
                labels=one.labels,
                help=one.help,
                fix=one.fix,
            )
        return Parsed(source, file.tree, diagnostics)

    def _keep(self, each: Parsed, resolved: Resolved, after: Exports) -> None:
        module = each.source.module
        file = self.files[module]
        before = file.exports
        file.found, file.stale, file.resolved, file.exports = tuple(each.diagnostics), False, resolved, after
        imports = frozenset(".".join(node.module.path) for node in each.file.imports)
        for name in file.imports - imports:
            self._importers[name].discard(module)
        for name in imports - file.imports:
            self._importers.setdefault(name, set()).add(module)
        file.imports = imports
        file.proved = Proved(each.source, each.file, file.found) if file.open else None
        self.era += 1
        if before is not None and not _says_the_same(before, after):
            self._outdate(module)
        self._warm_up(module)

    def _outdate(self, module: str) -> None:
        """Note that those who import a module, if only through others, are to be proved again."""
        seen = {module}
        waiting = [module]
        while waiting:
            for name in self._importers.get(waiting.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
                    self.files[name].stale = True

    def _reaches(self, module: str, target: str) -> bool:
        seen: set[str] = set()
        waiting = list(self.files[module].imports)
        while waiting:
            name = waiting.pop()
            if name == target:
                return True
            if name not in seen and name in self.files:
                seen.add(name)
                waiting += self.files[name].imports
        return False


def _says_the_same(before: Exports, after: Exports) -> bool:
    return (
        before.open == after.open
        and before.poisoned == after.poisoned
        and same(before.declarations, after.declarations)
    )


@cache
def _standard_source(module: str) -> Source | None:
    return standard.source(module)


@cache
def _standard_tree(module: str) -> syntax.File | None:
    source = _standard_source(module)
    return parse(source, Diagnostics(source)) if source else None
