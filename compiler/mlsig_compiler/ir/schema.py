"""The JSON Schema of the document, as it is published in docs/ir.schema.json.

mlsig ir --schema > docs/ir.schema.json
"""

from __future__ import annotations

import json
from typing import Any, Final, cast

from mlsig_compiler.ir.module import Document

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema."""
    made: Any = _tidy(Document.model_json_schema())
    return {"$schema": DIALECT, "title": "The resolved model of mlsig, version 1", **made}


def text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(schema(), indent=2) + "\n"


def _tidy(node: Any) -> Any:
    """Drop what pydantic adds and the document never needs: titles made of names, null for what is absent."""
    known: Any = cast("Any", type(node))
    if known is list:
        return [_tidy(item) for item in node]
    if known is not dict:
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            found[key] = {name: _tidy(_present(each)) for name, each in value.items()}
        elif key == "description":
            found[key] = " ".join(value.split())
        elif key != "title":
            found[key] = _tidy(value)
    return found


def _present(node: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a property that may be absent, without the null that stands for it in Python."""
    if "default" not in node:
        return node
    options = [option for option in node["anyOf"] if option != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key not in ("default", "anyOf")}
    return {**(options[0] if len(options) == 1 else {"anyOf": options}), **rest}
