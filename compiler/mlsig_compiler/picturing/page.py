"""Everything that files declare, as one page: `mlsig doc`.

    page([opened("qa.mlsig")])  ->  "<!doctype html>…"

The page stands alone: styles, pictures and the filter are in it, and it asks for nothing. Text of files is
escaped by the template, once, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from mlsig_compiler import model
from mlsig_compiler.drafting.printing import type_text, value_text
from mlsig_compiler.exploring.facts import facts
from mlsig_compiler.exploring.named import NoSuchSpaceError, WrongFileError
from mlsig_compiler.files.config import load
from mlsig_compiler.files.project import find
from mlsig_compiler.findings.nearest import nearest
from mlsig_compiler.front import Analysis, analyse_all
from mlsig_compiler.picturing.graph import Graph, conditions, flow, types
from mlsig_compiler.picturing.svg import svg
from mlsig_compiler.plan.foreign import served
from mlsig_compiler.resources import text as resource
from mlsig_compiler.source import Source


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is right."""

    source: Source
    module: model.Module
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a field, a member, a variable, a step."""

    name: str
    what: str
    default: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A declaration."""

    kind: str
    name: str
    said: str
    tables: tuple[tuple[str, tuple[Row, ...]], ...]
    notes: tuple[str, ...] = ()
    code: str = ""
    picture: Markup | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A file."""

    path: str
    name: str
    sections: tuple[Section, ...]
    picture: Markup | None


def opened(file: str) -> Opened:
    """Read a file, and what it imports.

    Raises:
        WrongFileError: It cannot be read, or is not right.
    """
    return opened_all([Path(file)])[0]


def opened_all(paths: Sequence[Path]) -> list[Opened]:
    """Read files and folders.

    Raises:
        WrongFileError: One cannot be read, or is not right.
    """
    config, problems = load(Path.cwd())
    project = find(paths, config.src, config.package)
    analysis = analyse_all(project.sources, project.locate)
    errors = [each for each in (*problems, *project.problems, *analysis) if each.severity == "error"]
    if errors:
        raise WrongFileError(errors)
    found = [(source, analysis.modules[source.module]) for source in project.sources]
    return [Opened(source, module, analysis) for source, module in found if module is not None]


def pictured(file: Opened, name: str) -> Graph:
    """Return the picture of a pipeline or a space of a file, or without a name of its types.

    Raises:
        NoSuchSpaceError: There is none of the name.
    """
    if not name:
        return types(file.module)
    kinds = (model.Pipeline, model.Space)
    found = {node.name: node for node in file.module.declarations if isinstance(node, kinds)}
    if name in found:
        node = found[name]
        return flow(node) if isinstance(node, model.Pipeline) else conditions(node)
    close = nearest(name, found)
    hint = f"did you mean `{close}`?" if close else f"it has {', '.join(sorted(found)) or 'none'}"
    path = file.source.path.as_posix()
    raise NoSuchSpaceError(f"{path} has no pipeline and no space `{name}`: {hint}")


def page(files: Sequence[Opened], title: str = "mlsig") -> str:
    """Return a page of all that files declare.

    Raises:
        ModuleNotFoundError: igraph, for the pictures, is not installed.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(resource("templates", "reference.html.j2"))
    return template.render(title=title, chapters=[_chapter(file) for file in files])


def _chapter(file: Opened) -> Chapter:
    sections = [
        _section(node, file) for node in file.module.declarations if not isinstance(node, model.Fragment)
    ]
    graph = types(file.module)
    picture = _picture(graph) if len(graph.boxes) > 1 else None
    return Chapter(file.source.path.as_posix(), file.module.name, tuple(sections), picture)


def _picture(graph: Graph) -> Markup:
    return Markup(svg(graph))  # noqa: S704  (every text in it is escaped)


def _section(node: model.Declaration, file: Opened) -> Section:
    kind = type(node).__name__.lower()
    code = file.source.text[node.span.start : node.span.end]
    said: str = getattr(node, "description", "")
    match node:
        case model.Enum(members=members):
            rows = tuple(Row(each.name, "", said=each.description) for each in members)
            return Section("enum", node.name, said, (("members", rows),), code=code)
        case model.Schema(fields=fields):
            return Section(kind, node.name, said, (("fields", _rows(fields)),), _rules(node.checks), code)
        case model.Signature(inputs=inputs, outputs=outputs):
            tables = (("inputs", _rows(inputs)), ("outputs", _rows(outputs)))
            return Section(kind, node.name, node.instructions, tables, _rules(node.checks), code)
        case model.Space():
            return _space(node, file, code, said)
        case model.Pipeline():
            steps = tuple(
                Row(step.name or "return", type_text(step.type), said=step.callee or "")
                for step in node.steps
            )
            tables = (("inputs", _rows(node.parameters)), ("steps", steps))
            return Section(kind, node.name, said, tables, code=code, picture=_picture(flow(node)))
        case model.Resource(attributes=attributes):
            fields = tuple(each.field for each in attributes)
            return Section(kind, node.name, said, (("attributes", _rows(fields)),), code=code)
        case model.Provider(models=models):
            rows = tuple(
                Row(each.name, f"{each.context_window:,} tokens", said=each.description) for each in models
            )
            return Section(kind, node.name, said, (("models", rows),), code=code)
        case _:
            return Section(kind, node.name, said, (), code=code)


def _space(node: model.Space, file: Opened, code: str, said: str) -> Section:
    rows = tuple(
        Row(each.name, each.kind, value_text(each.default), each.description) for each in node.variables
    )
    known = facts(node, served(file.module, file.analysis.library))
    size = "not counted" if known.cardinality is None else f"{known.cardinality:,} configurations"
    notes = (size, *(f"{each.name}: {each.text}" for each in node.constraints))
    graph = conditions(node)
    picture = _picture(graph) if graph.arrows else None
    return Section("space", node.name, said, (("variables", rows),), notes, code, picture)


def _rows(fields: Sequence[model.Field]) -> tuple[Row, ...]:
    return tuple(
        Row(
            each.name,
            type_text(each.type),
            "" if isinstance(each.default, model.Missing) else value_text(each.default),
            each.description,
        )
        for each in fields
    )


def _rules(checks: Sequence[model.Check]) -> tuple[str, ...]:
    return tuple(
        f"{each.name}: {each.text}" + (f" ({each.message})" if each.message else "") for each in checks
    )
