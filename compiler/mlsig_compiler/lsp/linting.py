"""What `mlsig lint` says of files that are open, with the rules that their pyproject.toml asks for.

    linting = Linting(workspace)
    linting.waiting()               the next file to look at; None when all was said
    linting.look(module)            looks at it
    linting.said(module, errors)    its warnings, where they stand in the text as it is now
    linting.found(source)           errors and warnings of another text of a file

It is done after the errors are said, since it takes about as long again. Until then warnings move with the
text, so that they do not come and go with every key. Rules that ask who uses a declaration wait until every
file has been proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.files.config import load
from mlsig_compiler.front import Analysis
from mlsig_compiler.imports import Parsed
from mlsig_compiler.lint import CODES, lint
from mlsig_compiler.lsp.shifting import difference
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.source import Source

OF_USERS: Final = frozenset({"MLS0702", "MLS0704", "MLS0707"})  # what other files do decides them
TOGETHER: Final = "MLS0702"  # means something only where every file is right


class Looked(NamedTuple):
    """What was found in a text; `era` is that of the workspace then, None where not all files were proved."""

    source: Source
    era: int | None
    found: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Linting:
    """The warnings about the open files of a workspace."""

    files: Workspace
    _looked: dict[str, Looked] = field(default_factory=dict[str, Looked])
    _rules: dict[Path, tuple[str, ...]] = field(default_factory=dict[Path, "tuple[str, ...]"])

    def waiting(self) -> str | None:
        """Return an open file that is proved and of which something new may be said."""
        era = self._era()
        for module in self.files.opened():
            file, looked = self.files.files[module], self._looked.get(module)
            if file.stale:
                continue
            if looked is None or looked.source is not file.source or era not in (None, looked.era):
                return module
        return None

    def look(self, module: str) -> None:
        """Find the warnings about a proved file.

        Raises:
            FailedOn: The compiler found itself to be wrong.
        """
        source, era = self.files.files[module].source, self._era()
        found = self.about(self.files.parsed(module), self.files.models.get(module), alone=era is None)
        self._looked[module] = Looked(source, era, found)

    def about(
        self, parsed: Parsed, module: model.Module | None, *, alone: bool = False
    ) -> tuple[Diagnostic, ...]:
        """Return the warnings about a file, of which the workspace may have another text.

        `alone`: other files are not known well enough to say who uses what.
        """
        if module is None:
            return ()
        rules = self.rules(parsed.source.path)
        if alone:
            rules = tuple(rule for rule in rules if rule not in OF_USERS)
        near = {*self.files.importers([module.name]), *self.files.needs(module.name)}
        models = {name: found for name in near if (found := self.files.models.get(name)) is not None}
        if not self.files.sound(module.name):
            rules = tuple(rule for rule in rules if rule != TOGETHER)
        models[module.name] = module
        library = self.files.library()
        analysis = Analysis(modules={**models}, library=library, parsed={module.name: parsed})
        return tuple(lint(analysis, [module.name], rules))

    def said(self, module: str, errors: Iterable[Diagnostic] = ()) -> tuple[Diagnostic, ...]:
        """Return the last warnings about a file, without those whose place was edited; none beside errors."""
        looked, file = self._looked.get(module), self.files.files.get(module)
        if looked is None or file is None or any(each.severity == "error" for each in errors):
            return ()
        if looked.source is file.source:
            return looked.found
        edit = difference(looked.source.text, file.source.text)
        return tuple(
            edit.shifted(each, file.source)
            for each in looked.found
            if each.span.end < edit.edited.start or edit.edited.end < each.span.start
        )

    def now(self, module: str) -> tuple[Diagnostic, ...]:
        """Return the warnings about a proved file as it is; none of one that is not open."""
        looked, file = self._looked.get(module), self.files.files[module]
        if not file.open:
            return ()
        if looked is None or looked.source is not file.source:
            self.look(module)
        return self.said(module, file.found)

    def found(self, source: Source) -> list[Diagnostic]:
        """Return all that is found in another text of a file, errors and warnings."""
        analysis = self.files.trial(source)
        parsed = analysis.parsed[source.module]
        alone = self.files.unproved()
        return [*parsed.diagnostics, *self.about(parsed, analysis.modules[source.module], alone=alone)]

    def give_up(self, module: str) -> None:
        """Say nothing of a file that cannot be looked at, until it is another."""
        self._looked[module] = Looked(self.files.files[module].source, self._era(), ())

    def rules(self, path: Path) -> tuple[str, ...]:
        """Return the rules that the pyproject.toml of a file asks for."""
        folder = path.parent
        if folder not in self._rules:
            config, _ = load(folder)
            asked: Collection[str] = config.select or CODES
            self._rules[folder] = tuple(code for code in CODES if code in asked and code not in config.ignore)
        return self._rules[folder]

    def forget(self, module: str | None = None) -> None:
        """Forget what was found in a file; without one, in all of them and in every pyproject.toml."""
        if module is not None:
            self._looked.pop(module, None)
            return
        self._rules.clear()
        for name, looked in self._looked.items():
            self._looked[name] = looked._replace(source=_again(looked.source))

    def _era(self) -> int | None:
        return None if self.files.unproved() else self.files.era


def _again(source: Source) -> Source:
    """Return the same text as something that was not looked at."""
    return Source(source.path, source.module, source.text)
