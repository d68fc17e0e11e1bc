"""What `mlsig.create_schema` asks of the compiler: the module of a text that is no file.

    compiled("schema Note { id: str }", "", python=False)  ->  ("schemas_5f3a…", "# Generated …", "Note")

`mlsig` imports this module by name when the first schema is created; nothing else here is its business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from mlsig.errors import CompileError, Issue

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.drafting.draft import Record
from mlsig_compiler.drafting.json_schema.document import SchemaError
from mlsig_compiler.drafting.json_schema.reader import read
from mlsig_compiler.drafting.proving import Unproved, proved
from mlsig_compiler.files.manifest import source_hash
from mlsig_compiler.findings.render import render
from mlsig_compiler.nodes import nodes
from mlsig_compiler.pipeline import compile_all
from mlsig_compiler.source import Source, Span

MODULE: Final = "schema"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)


class Created(NamedTuple):
    """A module to be: its name, which is a hash of what it was compiled from, its text, and a class in it."""

    module: str
    text: str
    record: str


def compiled(text: str, name: str, *, python: bool) -> Created:
    """Compile a text that imports nothing but `std`.

    Args:
        text: Declarations.
        name: The schema that is asked for; empty for the last one.
        python: Whether `python("module:function")` is allowed.

    Raises:
        CompileError: The text is wrong, or has no such schema.
        FailedOn: The compiler found itself to be wrong.
    """
    source = Source(Path(f"{MODULE}.mlsig"), MODULE, text)
    made = compile_all([source], lambda _: None)
    module = made.analysis.modules[MODULE]
    found = made.analysis.diagnostics[MODULE]
    if module is None or MODULE not in made.texts:
        raise wrong(found)
    if not python:
        _refuse_python(source, module)
    record = _chosen(module, name)
    return Created(f"schemas_{source_hash(text)}", made.texts[MODULE], record)


def written(name: str, fields: Mapping[str, str], description: str) -> str:
    """Return the text of one schema: its name, and what stands after the colon of each of its fields.

    Raises:
        CompileError: A name is none, or something more than types and defaults stands where those should.
    """
    wrong = [key for key in (name, *fields) if not _NAME.match(key)]
    if wrong:
        message = "is not a name: letters, digits and underscores, a letter first"
        raise _refused([Issue(key, "name", message) for key in wrong])
    said = f" {json.dumps(description)}" if description else ""
    lines = [f"  {field}: {type_}\n" for field, type_ in fields.items()]
    text = f"schema {name}{said} {{\n{''.join(lines)}}}\n"
    _same(text, name, fields)
    return text


def canonical(schema: Mapping[str, Any]) -> str:
    """Return a JSON Schema as text.

    Raises:
        CompileError: It is no JSON.
    """
    try:
        return json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused([Issue("", "invalid_json", f"the JSON Schema is not JSON: {error}")]) from None


def drafted(json_schema: str, name: str, *, lossy: bool) -> tuple[str, str]:
    """Return the text that says what a JSON Schema says, and the name of the record in it.

    Args:
        json_schema: The schema, an object, as JSON.
        name: What to call the record; empty for the title of the schema.
        lossy: Whether what the language cannot say is left out.

    Raises:
        CompileError: The schema cannot be read, describes no object, or says more than the language.
    """
    try:
        draft = read(json.loads(json_schema), name or "Record", named=bool(name))
        text = proved(draft)
    except (SchemaError, Unproved, RecursionError) as error:
        raise _refused([Issue("", "json_schema", f"the JSON Schema cannot be read: {error}")]) from None
    lost = [Issue(note.origin, "lossy", note.message) for note in draft.notes if note.warning]
    if lost and not lossy:
        raise _refused(lost)
    first = draft.declarations[0]
    if not isinstance(first, Record):
        raise _refused([Issue("", "json_schema", "the JSON Schema describes no object with fields")])
    return text, first.name


def _same(text: str, name: str, fields: Mapping[str, str]) -> None:
    """Refuse a text that says something else than its parts: `str } schema Other { a: int`."""
    source = Source(Path(f"{MODULE}.mlsig"), MODULE, text)
    module = compile_all([source], lambda _: None).analysis.modules[MODULE]
    if module is None:
        return  # `compiled` says what is wrong
    first, *others = module.declarations
    alone = not others and not module.imports
    if not alone or not isinstance(first, model.Schema) or _members(first) != list(fields):
        message = f"the types of {name} must be types, with defaults where wanted, and nothing else"
        raise _refused([Issue(name, "structure", message)])


def _members(schema: model.Schema) -> list[str]:
    more = (*schema.checks, *schema.transforms, *schema.tunes)
    return [*(field.name for field in schema.fields), *("" for _ in more)]


def _chosen(module: model.Module, name: str) -> str:
    names = [node.name for node in module.declarations if isinstance(node, model.Schema)]
    if name in names:
        return name
    if name or not names:
        has = f"; there are {', '.join(names)}" if names else ""
        message = f"the text declares no schema `{name}`{has}" if name else "the text declares no schema"
        raise _refused([Issue("", "missing", message)])
    return names[-1]


def _refuse_python(source: Source, module: model.Module) -> None:
    issues = [
        Issue(_place(source, node.span), "python", f"{_called(node)} is allowed with python=True only")
        for node in nodes(module.declarations)
        if isinstance(node, model.PythonRef)
    ]
    if issues:
        raise _refused(issues)


def _called(node: model.PythonRef) -> str:
    return f'python("{node.module}:{node.attribute}")'


def wrong(found: Iterable[Diagnostic]) -> CompileError:
    """Return findings as an error, which prints as the command does."""
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    issues = [
        Issue(
            _place(each.source, each.span),
            each.code,
            each.message + (f": {each.label}" if each.label else ""),
        )
        for each in errors
    ]
    return CompileError(render(errors).rstrip(), issues)


def _refused(issues: Iterable[Issue]) -> CompileError:
    known = list(issues)
    return CompileError("\n".join(map(str, known)), known)


def _place(source: Source, span: Span) -> str:
    line, column = source.position(span.start)
    return f"{line}:{column}"
