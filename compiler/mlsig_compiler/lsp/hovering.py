"""What an editor shows when the pointer rests on a word: what it is, its description, sizes and prices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent
from typing import Any, Final

from lsprotocol import types

from mlsig_compiler import model, syntax
from mlsig_compiler.drafting.printing import type_text
from mlsig_compiler.exploring.facts import facts
from mlsig_compiler.exploring.tree import size
from mlsig_compiler.findings.nearest import counted
from mlsig_compiler.lsp.binding import Occurrence, PythonPlace, Target, declared, member_type, members
from mlsig_compiler.lsp.python import described
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.plan.foreign import served
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS
from mlsig_compiler.words import KEYWORD_HELP, TYPE_HELP

WORD: Final = re.compile(r'#[^\r\n]*|"""(?s:.*?)"""|"(?:[^"\\\r\n]|\\.)*"|[A-Za-z_]\w*')
MOST_LINES: Final = 12
MOST_MODELS: Final = 24


def hover(sheet: Sheet, offset: int) -> types.Hover | None:
    """Return what to show about the word at a place."""
    found = sheet.bound.at(offset)
    span, text = (found.span, about(sheet, found)) if found else _word(sheet, offset)
    if not text:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), sheet.range(span))


def about(sheet: Sheet, found: Occurrence) -> str:
    """Return what is known of what a name means, as Markdown."""
    target = found.target
    if isinstance(target, PythonPlace):
        return described(target, sheet.workspace.python_folders())
    if not target.path:
        names = ", ".join(f"`{name}`" for name in declared(target.module, sheet.world))
        return f"module `{target.module}`\n\n{names}"
    parts = list(_member(sheet, target) if len(target.path) > 1 else _declaration(sheet, target))
    if target.module != sheet.module:
        parts.append(f"*from `{target.module}`*")
    return "\n\n".join(parts)


def _declaration(sheet: Sheet, target: Target) -> Iterator[str]:
    node = declared(target.module, sheet.world).get(target.path[0])
    if node is None:
        return
    made = sheet.workspace.declaration(target.module, target.path[0])
    if isinstance(node, syntax.Provider) and isinstance(made, model.Provider):
        yield _code(f"provider {made.name}")
        yield from _said(made)
        yield _prices(made.models)
        return
    yield _code(_written(sheet, target.module, node.span))
    yield from _said(made)
    deprecated = getattr(made, "deprecated", None)
    if deprecated:
        yield f"**deprecated**: {deprecated}"
    yield from _sizes(sheet, target, made)


def _member(sheet: Sheet, target: Target) -> Iterator[str]:
    owner, name = target.owner, target.path[1]
    found = members(owner, sheet.world).get(name)
    if found is None:  # what an `any` or `all` goes through
        yield _code(target.name)
        return
    word = {"input": "input", "output": "output", "field": "field"}.get(found.kind, found.kind)
    type_ = member_type(target, sheet.world)
    if isinstance(found.node, syntax.ProviderModel):
        made = sheet.workspace.declaration(owner.module, owner.path[0])
        models = made.models if isinstance(made, model.Provider) else ()
        yield _prices([each for each in models if each.name == name])
    elif isinstance(found.node, syntax.Step) and type_ is not None:
        yield _code(f"{name}: {type_text(type_)}")
    else:
        yield _code(_written(sheet, target.module, _bare_span(found.node)))
    yield f"{word} of `{owner.name}`"
    description = getattr(found.node, "description", None) or getattr(found.node, "message", None)
    if description:
        yield description.text
    yield from _choices(sheet, target)


def _bare_span(node: Any) -> Span:
    """Return the span of a member without its description."""
    text = getattr(node, "description", None) or getattr(node, "message", None)
    span: Span = node.span
    return Span(span.start, text.span.start) if text and text.span.end == span.end else span


def _said(made: model.Declaration | None) -> Iterator[str]:
    text = getattr(made, "description", "")
    if text:
        yield text


def _sizes(sheet: Sheet, target: Target, made: model.Declaration | None) -> Iterator[str]:
    """Yield how large a space is, or what can be tuned about a signature, program or pipeline."""
    module = sheet.workspace.proved(target.module)
    if module is None:
        return
    space = made if isinstance(made, model.Space) else module.variables.get(target.path[0])
    if space is None or not space.variables:
        return
    said = counted(len(space.variables), "variable")
    if not isinstance(made, model.Pipeline):  # whose variables are those of its steps
        found = facts(space, served(module, sheet.workspace.library()))
        ranges = sum(_endless(each) for each in space.variables)
        said += f", {size(found)}"
        said += f", times {counted(ranges, 'continuous dimension')}" if ranges else ""
    yield said if isinstance(made, model.Space) else f"can be tuned: {said}"


def _endless(variable: model.Variable) -> bool:
    return isinstance(variable.domain, model.FloatDomain) and variable.domain.step is None


def _choices(sheet: Sheet, target: Target) -> Iterator[str]:
    """Yield the models that a variable chooses from, with their prices."""
    module = sheet.workspace.proved(target.module)
    space = sheet.workspace.declaration(target.module, target.path[0])
    if module is None or not isinstance(space, model.Space):
        return
    variable = next((each for each in space.variables if each.name == target.name), None)
    if variable is None or variable.kind != "model":
        return
    known = served(module, sheet.workspace.library())
    wanted = {option for domain in _domains(variable) for option in domain.options}
    yield _prices([each for provider in known.values() for each in provider.models if each.name in wanted])


def _domains(variable: model.Variable) -> Iterator[model.OptionsDomain]:
    for domain in (variable.domain, *(branch.domain for branch in variable.branches)):
        if isinstance(domain, model.OptionsDomain):
            yield domain


def _prices(models: list[model.ProviderModel] | tuple[model.ProviderModel, ...]) -> str:
    """Return a table of models: what fits, and what a million tokens cost."""
    rows = [
        "| model | context | output | $ in / 1M | $ out / 1M | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for each in models[:MOST_MODELS]:
        counts = (f"{count:,}" if count else "" for count in (each.context_window, each.max_output))
        costs = (f"{cost:.2f}" for cost in (each.input_cost, each.output_cost))
        rows.append(f"| `{each.name}` | {' | '.join([*counts, *costs])} | {', '.join(each.supports)} |")
    if len(models) > MOST_MODELS:
        rows.append(f"| … and {len(models) - MOST_MODELS} more |")
    return "\n".join(rows)


def _word(sheet: Sheet, offset: int) -> tuple[Span, str]:
    """Return what is known of a word that names nothing: a keyword, a type of the language, a model."""
    start = sheet.text.rfind("\n", 0, offset) + 1
    for found in WORD.finditer(sheet.text, start):
        if found.start() > offset:
            break
        if offset <= found.end():
            return Span(*found.span()), _language(sheet, found[0])
    return Span(offset, offset), ""


def _language(sheet: Sheet, word: str) -> str:
    if word.startswith('"'):
        models = [each for each in _models(sheet) if each.name == word.strip('"')]
        return _prices(models) if models else ""
    if word in TYPE_HELP and word not in KEYWORD_HELP:
        return f"{_code(word)}\n\n{TYPE_HELP[word]}"
    if word in FUNCTIONS:
        return f"{_code(FUNCTIONS[word].signature)}\n\n{FUNCTIONS[word].description}"
    if word in OVER_ITEMS:
        return OVER_ITEMS[word]
    return f"{_code(word)}\n\n{KEYWORD_HELP[word]}" if word in KEYWORD_HELP else ""


def _models(sheet: Sheet) -> Iterator[model.ProviderModel]:
    """Yield the models of the providers that a file declares or imports, or that its spaces can choose."""
    module = sheet.workspace.proved(sheet.module)
    known = served(module, sheet.workspace.library()) if module else {}
    for each in sheet.bound.names.values():
        if each.kind == "provider":
            made = sheet.workspace.declaration(each.target.module, each.target.path[0])
            if isinstance(made, model.Provider):
                known = {**known, made.name: made}
    for provider in known.values():
        yield from provider.models


def _written(sheet: Sheet, module: str, span: Span) -> str:
    """Return what is written in a span: the first lines of it."""
    source = sheet.workspace.source(module)
    text = source.shown()[span.start : span.end].rstrip() if source else ""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "  …"]
    return "\n".join([*lines[:1], *dedent("\n".join(lines[1:])).splitlines()] if _closed(lines) else lines)


def _closed(lines: list[str]) -> bool:
    """Say whether lines after the first are indented for nothing: those of a member."""
    return len(lines) > 1 and lines[-1].startswith(" ") and lines[-1] != "  …"


def _code(text: str) -> str:
    return f"```mlsig\n{text}\n```"
