"""A space by the name that people type: `tuning.mlsig:Tuning`, or of a signature, program or pipeline.

found = named("review.mlsig:Review", config)
found.space, found.served, found.place          the space, its providers, "review.mlsig:12"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.files.config import Config
from mlsig_compiler.files.project import find
from mlsig_compiler.findings.nearest import nearest
from mlsig_compiler.front import Analysis, analyse_all
from mlsig_compiler.plan.flows import RETURN
from mlsig_compiler.plan.foreign import searched, served
from mlsig_compiler.source import Source


class NoSuchSpaceError(Exception):
    """The file has no space of the name; the message says what it has."""


class WrongFileError(Exception):
    """The file, or one that it imports, has mistakes."""

    def __init__(self, found: list[Diagnostic]) -> None:
        super().__init__(f"{len(found)} findings")
        self.found = found


@dataclass(frozen=True, slots=True)
class Named:
    """A space, and where it comes from.

    Attributes:
        name: What it is called.
        space: The space; None of a pipeline, which has those of its steps.
        served: The providers that it can choose.
        place: Where it is declared, as `file:line`.
        warnings: What the compiler finds odd about it, though it is right.
        steps: Of a pipeline, the spaces of the steps that ask models, by the names of the steps.
    """

    name: str
    space: model.Space | None
    served: Mapping[str, model.Provider]
    place: str = ""
    warnings: tuple[Diagnostic, ...] = ()
    steps: tuple[tuple[str, Named], ...] = ()


def parted(target: str) -> tuple[str, str]:
    """Return the file and the name of `FILE:NAME`; the name may be missing."""
    file, colon, name = target.rpartition(":")
    if not colon or not all(part.isidentifier() for part in name.split(".")):
        return target, ""
    return file, name


def named(target: str, config: Config) -> Named:
    """Return the space that is meant.

    Args:
        target: `FILE:NAME` or `MODULE:NAME`; the name can be left out where the file has one space.
        config: Where modules that the file imports are looked for.

    Raises:
        NoSuchSpaceError: There is none of the name, or several and no name.
        WrongFileError: The file cannot be read, or is not right.
        OSError: A file cannot be read.
    """
    file, name = parted(target)
    project = find([_file(file, config)], config.src, config.package)
    if project.problems:
        raise WrongFileError(project.problems)
    (source,) = project.sources
    analysis = analyse_all([source], project.locate)
    module = analysis.modules[source.module]
    if module is None or analysis.errors:
        raise WrongFileError(list(analysis))
    return _of(module, source, name, analysis)


def _file(text: str, config: Config) -> Path:
    """Return the file that is named, also by the module that it becomes."""
    path = Path(text)
    if path.suffix == ".mlsig" or path.exists():
        return path
    files = (root / f"{text.replace('.', '/')}.mlsig" for root in config.src)
    return next((file for file in files if file.is_file()), path)


def _of(module: model.Module, source: Source, name: str, analysis: Analysis) -> Named:
    spaces = _spaces(module, analysis)
    if not name:
        declared = [node.name for node in module.declarations if isinstance(node, model.Space)]
        if len(declared) != 1:
            raise NoSuchSpaceError(_which(source, declared or list(spaces)))
        (name,) = declared
    key = name.removesuffix(".Variables")
    if key in spaces:
        found = Named(spaces[key].name, spaces[key], served(module, analysis.library))
    else:
        pipeline = _declared(module, key)
        if not isinstance(pipeline, model.Pipeline):
            raise NoSuchSpaceError(_unknown(source, key, [*spaces, *_pipelines(module)]))
        found = _stepwise(pipeline, module, analysis)
        if not found.steps:
            message = "has no step that asks a model, so nothing about it can be tuned"
            raise NoSuchSpaceError(f"{source.path.as_posix()}: the pipeline `{key}` {message}")
    node = _declared(module, key)
    span = node.span if node is not None else spaces[key].span
    line, _ = source.position(span.start)
    warnings = tuple(
        finding
        for finding in analysis.diagnostics[source.module]
        if span.start <= finding.span.start < span.end
    )
    return replace(found, place=f"{source.path.as_posix()}:{line}", warnings=warnings)


def _stepwise(pipeline: model.Pipeline, module: model.Module, analysis: Analysis) -> Named:
    """Return the spaces of the steps of a pipeline, and of pipelines that they call."""
    imported = {taken.local: (taken.module, taken.name) for taken in module.imports}
    found: list[tuple[str, Named]] = []
    for step in pipeline.steps:
        if step.callee is None:
            continue
        home, name = imported.get(step.callee, (module.name, step.callee))
        owner = analysis.modules[home]
        if owner is None:
            continue
        node = _declared(owner, name)
        inside = None
        if isinstance(node, model.Pipeline):
            inside = _stepwise(node, owner, analysis)
        elif name in (spaces := _spaces(owner, analysis)):
            inside = Named(spaces[name].name, spaces[name], served(owner, analysis.library))
        if inside is not None and (inside.space is not None or inside.steps):
            found.append((step.name or RETURN, inside))
    return Named(f"{pipeline.name}.Variables", None, {}, steps=tuple(found))


def _declared(module: model.Module, name: str) -> model.Declaration | None:
    return next((node for node in module.declarations if node.name == name), None)


def _pipelines(module: model.Module) -> list[str]:
    return [node.name for node in module.declarations if isinstance(node, model.Pipeline)]


def _spaces(module: model.Module, analysis: Analysis) -> dict[str, model.Space]:
    """Return spaces by name, and after them those of what has variables: signatures and programs."""
    known = searched(module, analysis.library)
    found = {node.name: node for node in module.declarations if isinstance(node, model.Space)}
    for node in module.declarations:
        if isinstance(node, model.Pipeline):
            continue  # whose variables are named `step.variable`, which no class can have
        if node.name in module.variables:
            found[node.name] = module.variables[node.name]
        elif isinstance(node, model.Program) and node.space in known:
            found[node.name] = known[node.space]
    return found


def _which(source: Source, names: list[str]) -> str:
    where = source.path.as_posix()
    if not names:
        return f"{where} has no space, and no signature, program or pipeline that has variables"
    return f"{where} has several: say which, as {where}:{names[0]}; it has {', '.join(names)}"


def _unknown(source: Source, name: str, names: list[str]) -> str:
    where = source.path.as_posix()
    if not names:
        return f"{where} has no space, and no signature, program or pipeline that has variables"
    near = nearest(name, names)
    hint = f"did you mean {near}?" if near else f"it has {', '.join(names)}"
    return f"{where} has no space, signature, program or pipeline `{name}`; {hint}"
