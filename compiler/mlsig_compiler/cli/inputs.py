"""What `--input` says: one value by name, a file with a JSON object, or an object on standard input.

--input review="Not a dull moment."  --input limit=3  --input @more.json  --input -
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsig.errors import MlsigError, StoreError
from mlsig.spelling import nearest

if TYPE_CHECKING:
    from mlsig.signatures import Signature


class InputError(MlsigError):
    """An `--input` cannot be understood."""


def inputs_of(given: Sequence[str], signature: type[Signature]) -> dict[str, Any]:
    """Return the inputs by name, not yet validated.

    A value after `=` is text where the signature has text, and is read as a cell of a CSV file is otherwise.

    Raises:
        InputError: One is not of a known form, names no input, or one that is given already.
        StoreError: A file cannot be read.
    """
    from mlsig.data.cells import value_of  # noqa: PLC0415

    fields = {
        name: field for field in signature.Input.shape().fields for name in (field.name, field.alias) if name
    }
    found: dict[str, Any] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if one == "-":
            values = _object(sys.stdin.buffer.read(), "standard input")
        elif one.startswith("@"):
            values = _object(_read(Path(one[1:])), one[1:])
        elif not equals:
            raise InputError(f"--input {one}: must be NAME=VALUE, @FILE.json, or - for standard input")
        elif name not in fields:
            near = nearest(name, fields)
            hint = (
                f"did you mean `{near}`?" if near else f"there are {', '.join(f'`{key}`' for key in fields)}"
            )
            raise InputError(f"--input {name}=…: there is no input `{name}`; {hint}")
        else:
            values = {name: value_of(text, fields[name].shape)}
        for key, value in values.items():
            if key in found:
                raise InputError(f"the input `{key}` is given twice")
            found[key] = value
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def _object(raw: bytes, source: str) -> Mapping[str, Any]:
    import msgspec  # noqa: PLC0415

    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{source}: must hold one JSON object with inputs by name ({error})") from error
