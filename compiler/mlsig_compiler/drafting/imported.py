"""`imported("pydantic", ["shop:Order"], None)`: the draft of what another tool declares.

What stands in the user's Python is imported, which runs it; what fails there is said with its own words.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from mlsig_compiler.drafting.draft import Draft
from mlsig_compiler.drafting.naming import Names
from mlsig_compiler.drafting.problems import NotImported, Unreadable

LARGEST: Final = 64 * 2**20


def imported(kind: str, sources: Sequence[str], name: str | None) -> Draft:
    """Read what is named.

    Raises:
        Unreadable: A file cannot be read.
        NotImported: It is not what it should be, or cannot be said at all.
    """
    if kind == "json-schema":
        if len(sources) > 1:
            raise NotImported("a JSON Schema is one file: what it needs stands under its $defs")
        return _json_schema(sources[0], name)
    if kind == "dspy" and any("->" in source for source in sources):
        if len(sources) > 1:
            raise NotImported("write one signature in its string form, between quotation marks")
        from mlsig_compiler.drafting.dspy_strings import read as read_string  # noqa: PLC0415

        try:
            return read_string(sources[0], name or "Answer")
        except ValueError as error:
            raise NotImported(str(error)) from None
    if kind in ("optuna", "configspace"):
        if len(sources) > 1:
            raise NotImported("one space is read at a time")
        return _space(kind, sources[0], name)
    found = [_object(source) for source in sources]
    if kind == "pydantic":
        from mlsig_compiler.drafting.pydantic_models import read as read_models  # noqa: PLC0415

        return read_models(found, name)
    from mlsig_compiler.drafting.dspy_signatures import read as read_signatures  # noqa: PLC0415

    return read_signatures(found, name)


def _space(kind: str, source: str, name: str | None) -> Draft:
    """Read a space from a file of JSON, or from what a module has."""
    from mlsig_compiler.drafting import configspace_spaces, optuna_spaces  # noqa: PLC0415

    module, colon, _ = source.partition(":")
    if colon and "/" not in source and not module.endswith(".json"):
        found: object = _object(source)[1]
    else:
        found = _json(source, "a space")
    stem = "" if source == "-" else Path(source).name.partition(".")[0].partition(":")[0]
    called = name or Names().take(stem or "Tuning")
    reader = optuna_spaces.read if kind == "optuna" else configspace_spaces.read
    try:
        return reader(found, called)
    except NotImported as error:
        raise NotImported(f"{source}: {error}") from None


def _json_schema(source: str, name: str | None) -> Draft:
    from mlsig_compiler.drafting.json_schema import SchemaError, read  # noqa: PLC0415

    document = _json(source, "a JSON Schema")
    stem = "Record" if source == "-" else Path(source).name.split(".")[0]
    try:
        return read(document, name or stem, named=name is not None)
    except SchemaError as error:
        raise NotImported(f"{source}: {error}") from None


def _json(source: str, what: str) -> dict[str, object]:
    """Return the object that a file of JSON, or standard input, has."""
    import msgspec  # noqa: PLC0415

    try:
        if source == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(source).open("rb") as stream:
                content = stream.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"{source}: {error.strerror or error}") from None
    if len(content) > LARGEST:
        raise NotImported(f"{source}: is larger than {LARGEST // 2**20} MiB")
    try:
        document: object = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotImported(f"{source}: is not JSON: {error}") from None
    except RecursionError:
        raise NotImported(f"{source}: is nested too deeply") from None
    if not isinstance(document, dict):
        raise NotImported(f"{source}: {what} is an object")
    return cast("dict[str, object]", document)


def _object(source: str) -> tuple[str, object]:
    """Import what `package.module:Name` names; return it with how it was named."""
    module, colon, attribute = source.partition(":")
    words = [*module.split("."), *attribute.split(".")]
    if not colon or not all(word.isidentifier() for word in words):
        raise NotImported(f"{source}: name it as package.module:Name")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        # What is printed meanwhile is no part of the file.
        with redirect_stdout(sys.stderr):
            found: object = import_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # Also SystemExit: a script without a guard for its main part may end Python.
        raise NotImported(
            f"{source}: {module} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    for word in attribute.split("."):
        try:
            found = getattr(found, word)
        except AttributeError:
            raise NotImported(f"{source}: {module} has no `{attribute}`") from None
    return source, found
