"""Completion: the words that fit where the cursor is, and imports that come with them.

`context` says what is wanted; here are the names that are that. A name of another file brings its import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lsprotocol import types

from mlsig_compiler import model, standard, syntax
from mlsig_compiler.drafting.printing import type_text
from mlsig_compiler.lsp.binding import Target, declared, home, kind_of, member_type, members
from mlsig_compiler.lsp.binding.targets import Occurrence
from mlsig_compiler.lsp.binding.typing import enum, infer, record
from mlsig_compiler.lsp.context import Context, Wanted, context
from mlsig_compiler.lsp.hovering import about
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.resolve.importing import adding
from mlsig_compiler.resolve.programs import SETTINGS as PROGRAM_SETTINGS
from mlsig_compiler.resolve.programs.providers import ABILITIES, MODEL_SETTINGS, PROTOCOLS
from mlsig_compiler.resolve.programs.providers import SETTINGS as PROVIDER_SETTINGS
from mlsig_compiler.resolve.types.constraints import WORDS as CONSTRAINTS
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS
from mlsig_compiler.words import ANNOTATIONS, CALLS, KEYWORD_HELP, KINDS, TYPE_HELP, TYPES

Kind = types.CompletionItemKind
ICONS: Final = {
    "enum": Kind.Enum,
    "member": Kind.EnumMember,
    "type": Kind.TypeParameter,
    "schema": Kind.Struct,
    "signature": Kind.Interface,
    "space": Kind.Module,
    "var": Kind.Variable,
    "provider": Kind.Module,
    "tool": Kind.Function,
    "program": Kind.Class,
    "pipeline": Kind.Function,
    "resource": Kind.Class,
    "module": Kind.Module,
    "metric": Kind.Method,
    "field": Kind.Field,
    "input": Kind.Field,
    "output": Kind.Field,
}
TYPE_KINDS: Final = ("enum", "schema", "type")
CALLABLE: Final = ("program", "signature", "tool", "pipeline")
VARIABLE_WORDS: Final = {
    "float": ("step", "log", "normal"),
    "int": ("step", "log"),
    "choice": ("weights",),
    "module": ("weights",),
    "provider": ("weights",),
}
MODEL_FIGURES: Final = ("context_window", "max_output", "input_cost", "output_cost", "supports")
# What completes before what: names of the place, of the file, of the language, of other files.
NEAR, FILE, LANGUAGE, FAR = "0", "1", "2", "3"
MOST: Final = 400


def complete(sheet: Sheet, offset: int) -> list[types.CompletionItem]:
    """Return what can be written at a place."""
    found = context(sheet.source, offset)
    if found is None:
        return []
    answer = ANSWERS.get(found.wanted)
    items = list(answer(sheet, found)) if answer else []
    items += [_keyword(word) for word in found.keywords]
    seen: dict[str, types.CompletionItem] = {}
    for item in items:
        if _fits(found.word, item.label):
            seen.setdefault(item.label, item)
    return list(seen.values())[:MOST]


def described(sheet: Sheet, item: types.CompletionItem) -> types.CompletionItem:
    """Return an item with what is known of it."""
    match item.data:
        case [str(module), str(name), str(kind)]:
            occurrence = Occurrence(Span(0, 0), Target(module, (name,)), kind)
            text = about(sheet, occurrence)
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, text)
        case _:
            pass
    return item


def _fits(word: str, label: str) -> bool:
    letters = iter(label.lower())
    return all(letter in letters for letter in word.lower())


def _keyword(word: str) -> types.CompletionItem:
    return types.CompletionItem(
        word, kind=Kind.Keyword, detail=KEYWORD_HELP.get(word), sort_text=f"{LANGUAGE}{word}"
    )


def _item(name: str, kind: str, place: str, detail: str = "") -> types.CompletionItem:
    icon = ICONS.get(kind, Kind.Variable)
    return types.CompletionItem(name, kind=icon, detail=detail or kind, sort_text=f"{place}{name}")


# Names of files


def _of_kinds(sheet: Sheet, *kinds: str) -> Iterator[types.CompletionItem]:
    """Yield declarations of some kinds: those of the file, and those that an import would bring."""
    names = sheet.bound.names
    for name, known in names.items():
        if known.kind in kinds:
            item = _item(name, known.kind, FILE)
            item.data = [known.target.module, known.target.name, known.kind]
            yield item
    for name, module in sheet.workspace.declared.every():
        if module != sheet.module and name not in names:
            yield from _importable(sheet, name, module, kinds)


def _importable(
    sheet: Sheet, name: str, module: str, kinds: tuple[str, ...]
) -> Iterator[types.CompletionItem]:
    kind = sheet.workspace.declared.kinds(module).get(name, "")
    if kind not in kinds:
        return
    fix = adding(module, name, sheet.tree, sheet.text)
    item = _item(name, kind, FAR, f"{kind} of {module}")
    item.label_details = types.CompletionItemLabelDetails(description=module)
    item.additional_text_edits = [
        types.TextEdit(sheet.range(edit.span), edit.replacement) for edit in fix.edits
    ]
    item.data = [module, name, kind]
    yield item


def _types(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield types; of a variable, the kinds of variables too."""
    tuned = _member_word(found) in ("var", "tune", "override")
    names = ("float", "int", "bool", *KINDS) if tuned else [name for name in TYPES if name not in KINDS]
    for name in names:
        yield types.CompletionItem(
            name, kind=Kind.Keyword, detail=TYPE_HELP.get(name), sort_text=f"{LANGUAGE}{name}"
        )
    kinds = ["resource"] if found.kind == "resource" else []
    if found.kind in ("pipeline", "resource"):
        kinds.append("signature")
    if not tuned:
        yield from _of_kinds(sheet, *TYPE_KINDS, *kinds)


def _member_word(found: Context) -> str:
    """Return the word that begins the member: the one before `name :`."""
    return found.last(3) if found.last() == ":" else ""


# Names of expressions


def _expressions(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    yield from _visible(sheet, found)
    yield from _compared(sheet, found)
    if found.kind == "pipeline":
        callee = home(sheet.module, found.call(), sheet.world) if found.call() else None
        if callee is None:
            yield from _of_kinds(sheet, *CALLABLE)
        elif found.last() in ("(", ","):
            yield from _parameters(sheet, callee)
    yield from _of_kinds(sheet, "enum")
    if found.kind == "space":
        yield from (
            _item(name, known.kind, FILE)
            for name, known in sheet.bound.names.items()
            if known.kind == "provider"
        )
    for name, function in FUNCTIONS.items():
        yield types.CompletionItem(
            name, kind=Kind.Function, detail=function.signature, documentation=function.description,
            sort_text=f"{LANGUAGE}{name}",
        )  # fmt: skip
    for name, text in OVER_ITEMS.items():
        yield types.CompletionItem(name, kind=Kind.Function, detail=text, sort_text=f"{LANGUAGE}{name}")


def _visible(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield the names that an expression at the place can use."""
    for name, known in sheet.bound.scope(found.start).items():
        detail = type_text(known.type) if known.type is not None and known.type is not model.ANYTHING else ""
        yield _item(name, known.kind, NEAR, detail)


def _compared(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield what the name before `==` can be."""
    if found.last() not in ("==", "!=", "in"):
        return
    known = sheet.bound.scope(found.start).get(found.last(2))
    owner = enum(known.type) if known else None
    if owner is not None:
        local = _called(sheet, owner)
        for name in members(owner, sheet.world):
            yield _item(f"{local}.{name}", "member", NEAR)
    if known is not None and known.kind in ("variable", "var"):
        yield from _options(sheet, found, found.last(2))


def _options(sheet: Sheet, found: Context, variable: str) -> Iterator[types.CompletionItem]:
    """Yield the values that a variable can have."""
    made = sheet.workspace.declaration(sheet.module, found.name)
    variables = made.variables if isinstance(made, model.Space) else ()
    for each in variables:
        if each.name != variable:
            continue
        for domain in (each.domain, *(branch.domain for branch in each.branches)):
            for option in domain.options if isinstance(domain, model.OptionsDomain) else ():
                text = str(option) if each.kind in ("module", "provider") else f'"{option}"'
                yield _item(text, "member", NEAR, each.kind)


def _called(sheet: Sheet, target: Target) -> str:
    """Return the name that a file has for a declaration."""
    return next((name for name, known in sheet.bound.names.items() if known.target == target), target.name)


def _parameters(sheet: Sheet, callee: Target) -> Iterator[types.CompletionItem]:
    owner: Target | None = callee
    node = declared(callee.module, sheet.world).get(callee.path[0])
    if isinstance(node, syntax.Program):
        made = sheet.workspace.declaration(callee.module, callee.path[0])
        owner = home(callee.module, made.signature, sheet.world) if isinstance(made, model.Program) else None
    for name, member in members(owner, sheet.world).items() if owner else ():
        if member.kind in ("input", "parameter"):
            item = _item(f"{name}=", "field", NEAR, member.kind)
            yield item


def _attributes(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield what may follow a dot: members of an enum, fields of a record, figures of a model."""
    path = _path(found)
    if path is None:
        return
    names = sheet.bound.scope(found.start)
    first = sheet.bound.names.get(path[0])
    owner: Target | None = None
    if path[0] not in names and first is not None and len(path) == 1:
        owner = first.target
        if first.kind == "type":
            made = sheet.workspace.declaration(owner.module, owner.path[0])
            owner = enum(made.type) if isinstance(made, model.Alias) else None
        if owner is None or kind_of(owner, sheet.world) != "enum":
            return
    elif path[0] in names:
        expr: syntax.Expr = syntax.Reference((path[0],), Span(0, 0))
        for name in path[1:]:
            expr = (
                syntax.Index(expr, syntax.Literal(0, Span(0, 0)), Span(0, 0))
                if name == "[]"
                else syntax.Attribute(expr, syntax.Name(name, Span(0, 0)), Span(0, 0))
            )
        owner = record(infer(expr, names, sheet.world))
        if owner is None and found.kind == "space":
            yield from (_item(name, "field", NEAR, "of the chosen model") for name in MODEL_FIGURES)
    for name, member in members(owner, sheet.world).items() if owner else ():
        if member.kind in ("check", "constraint", "action", "metric", "input") and found.kind == "pipeline":
            continue
        type_ = member_type(member.target, sheet.world)
        yield _item(name, member.kind, NEAR, type_text(type_) if type_ is not None else "")


def _path(found: Context) -> list[str] | None:
    """Return the names before the dot: `a.b[0].` is a, b, []."""
    path: list[str] = []
    at = len(found.before) - 2
    while at >= 0:
        token = found.before[at]
        if token.text == "]":
            while at >= 0 and found.before[at].text != "[":
                at -= 1
            path.insert(0, "[]")
            at -= 1
            continue
        if token.sort != "word":
            return None
        path.insert(0, token.text)
        if at == 0 or found.before[at - 1].text != ".":
            return path
        at -= 2
    return None


# Values


def _values(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    call = found.call()
    if found.opened and found.before[found.opened[-1]].text == "(":
        yield from _arguments(sheet, found, call)
        return
    if found.kind == "program" and found.opened:
        yield from _settings(sheet, found)
        return
    if found.kind == "provider":
        words = PROTOCOLS if found.last(2) == "protocol" else ABILITIES
        yield from (_item(word, "member", NEAR) for word in words)
    owner = enum(_expected(sheet, found))
    for name in members(owner, sheet.world) if owner else ():
        yield _item(name, "member", NEAR)
    if found.kind in ("space", "var") or _in_tune(found):
        yield from _defaults(found)
    yield from _of_kinds(sheet, "enum")
    yield from (
        types.CompletionItem(name, kind=Kind.Function, sort_text=f"{LANGUAGE}{name}") for name in CALLS
    )


def _in_tune(found: Context) -> bool:
    words = [token.text for token in found.before[-12:]]
    return "tune" in words


def _defaults(found: Context) -> Iterator[types.CompletionItem]:
    """Yield the options that stand in the parentheses before `=`."""
    at = len(found.before) - 2
    while at > 0 and found.before[at].text != "(":
        token = found.before[at]
        if token.sort in ("word", "string"):
            yield _item(token.text, "member", NEAR)
        elif token.text not in (")", ","):
            return
        at -= 1


def _arguments(sheet: Sheet, found: Context, call: str) -> Iterator[types.CompletionItem]:
    """Yield what can stand in the parentheses of a type or kind."""
    if call == "provider":
        yield from _of_kinds(sheet, "provider")
    if call == "model":
        variables = sheet.bound.scope(found.start)
        yield from (_item(name, known.kind, NEAR) for name, known in variables.items())
    tuned = found.kind in ("space", "var") or _in_tune(found)
    words = VARIABLE_WORDS.get(call, ()) if tuned else CONSTRAINTS
    for word in words if call in TYPES else ():
        text = word if word in ("unique", "log") else f"{word}="
        yield types.CompletionItem(text, kind=Kind.Property, sort_text=f"{NEAR}{word}")


def _settings(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    words = [token.text for token in found.before]
    key = next((word for word in reversed(words) if word in PROGRAM_SETTINGS or word in ("metric",)), "")
    kinds = {"signature": ("signature",), "space": ("space",), "tools": ("tool",)}.get(key, ())
    yield from _of_kinds(sheet, *kinds)
    if key == "metric":
        yield types.CompletionItem("python", kind=Kind.Function, sort_text=f"{NEAR}python")


def _expected(sheet: Sheet, found: Context) -> model.Type | None:
    """Return the type of the field whose value is written: before `: type =`, or the key before `:`."""
    names = members(Target(sheet.module, (found.name,)), sheet.world) if found.name else {}
    for token in reversed(found.before):
        if token.sort == "word" and token.text in names:
            return member_type(Target(sheet.module, (found.name, token.text)), sheet.world) or _written(
                sheet, names[token.text].node
            )
    words = [token.text for token in found.before]
    return _type_named(sheet, words[-2]) if len(words) > 1 and words[-1] == "=" else None


def _written(sheet: Sheet, node: object) -> model.Type | None:
    type_ = getattr(node, "type", None)
    return _type_named(sheet, type_.name.text) if isinstance(type_, syntax.TypeName) else None


def _type_named(sheet: Sheet, name: str) -> model.Type | None:
    known = sheet.bound.names.get(name)
    return model.EnumType(known.target.name, known.target.module) if known and known.kind == "enum" else None


# Other places


def _names(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield names where one that exists is wanted; where one is given there is nothing to offer."""
    last = found.last()
    if last == "extends":
        yield from (each for each in _of_kinds(sheet, found.kind) if each.label != found.name)
    elif last == "include":
        yield from _of_kinds(sheet, "space", "var")
    elif last in ("maximize", "minimize"):
        owner = members(Target(sheet.module, (found.name,)), sheet.world)
        yield from (_item(name, "metric", NEAR) for name, each in owner.items() if each.kind == "metric")
        yield from (_item(name, "metric", LANGUAGE) for name in ("cost", "latency"))
    elif last == "on_error":
        yield _item("continue", "member", NEAR)
        yield _item("fail", "member", NEAR)
    elif last in ("before", "after"):
        yield from (_item(name, "member", NEAR) for name in ("create", "update", "delete"))
    elif found.opened and last != "metric":
        yield from _keys(sheet, found)


def _keys(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield the keys that can stand in braces: settings, fields of an example."""
    inner = found.before[found.opened[-1] - 1].text if found.opened[-1] else ""
    if inner == "example":
        names = members(Target(sheet.module, (found.name,)), sheet.world)
        for name, each in names.items():
            if each.kind in ("input", "output"):
                yield _item(f"{name}:", "field", NEAR, each.kind)
        return
    words: tuple[str, ...] = ()
    if found.kind == "program":
        words = PROGRAM_SETTINGS
    elif found.kind == "provider":
        words = (
            ("requests_per_minute", "tokens_per_minute", "concurrency")
            if inner == "limits"
            else PROVIDER_SETTINGS
        )
        words = MODEL_SETTINGS if len(found.opened) > 1 and inner != "limits" else words
    written = {found.before[at - 1].text for at, token in enumerate(found.before) if token.text == ":" and at}
    yield from (_item(f"{word}:", "field", NEAR, "setting") for word in words if word not in written)


def _modules(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    """Yield modules that can be imported, as far as they go on from what is written."""
    written = "".join(token.text for token in found.before[1:])
    for name in (*sheet.workspace.files, *standard.names()):
        if name != sheet.module and name.startswith(written):
            yield _item(name.removeprefix(written), "module", FILE)


def _imported(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:
    words = [token.text for token in found.before]
    module = "".join(words[1 : words.index("import")])
    for name, node in declared(module, sheet.world).items():
        if name not in words:
            item = _item(name, kind_of(Target(module, (name,)), sheet.world), FILE)
            item.data = [module, node.head.name.text, item.detail]
            yield item


def _annotations(sheet: Sheet, found: Context) -> Iterator[types.CompletionItem]:  # noqa: ARG001  (as of any)
    yield from (_item(name, "member", NEAR, "annotation") for name in ANNOTATIONS)


ANSWERS: Final[dict[Wanted, Callable[[Sheet, Context], Iterator[types.CompletionItem]]]] = {
    "expression": _expressions,
    "value": _values,
    "type": _types,
    "name": _names,
    "module": _modules,
    "imported": _imported,
    "annotation": _annotations,
    "attribute": _attributes,
}
