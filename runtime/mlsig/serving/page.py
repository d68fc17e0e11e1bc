"""The description of the programs as a page for people: all of it in one file, without scripts."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

STYLE: Final = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { color: #1c1c1c }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d0d0d0 } code, pre { font-size: 14px }
pre { background: #f5f5f2; padding: .8rem; overflow-x: auto; border-radius: 4px }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .3rem .6rem; vertical-align: top; border-top: 1px solid #e2e2e2 }
.post { color: #0a5a2a; font-weight: 600 } summary { cursor: pointer }
@media (prefers-color-scheme: dark) { body { background: #16181a; color: #e4e4e0 } pre { background: #22262a }
h2, td, th { border-color: #3a3f44 } .post { color: #7fd39b } a { color: #8ab8ff } }
"""
SECURITY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(document: Mapping[str, Any]) -> str:
    """Return the page."""
    title = escape(document["info"]["title"])
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
        f'<h1>{title}</h1><p>The same for programs: <a href="openapi.json">openapi.json</a> '
        f"(OpenAPI {escape(document['openapi'])}).</p>",
    ]
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method, operation, schemas)
    parts.append("</body></html>")
    return "\n".join(parts)


def _operation(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[str]:
    parts = [f'<h2><span class="post">{method.upper()}</span> <code>{escape(path)}</code></h2>']
    parts.append(f"<p>{escape(operation['summary'])}</p>")
    if operation.get("description"):
        parts.append(f"<pre>{escape(operation['description'])}</pre>")
    body = operation.get("requestBody")
    if body is not None:
        name = _named(body["content"]["application/json"]["schema"])
        parts += [*_table("Inputs", schemas[name]), _whole(name, schemas)]
    for content in operation["responses"]["200"].get("content", {}).values():
        if "$ref" in content["schema"]:
            name = _named(content["schema"])
            parts += [*_table("Output", schemas[name]), _whole(name, schemas)]
        else:
            parts.append(f"<p>{escape(operation['responses']['200']['description'])}</p>")
    return parts


def _table(title: str, schema: Mapping[str, Any]) -> list[str]:
    needed = set(schema.get("required", ()))
    rows = [
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(field))}</td>"
        f"<td>{'yes' if name in needed else 'no'}</td><td>{escape(_said(field))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    ]
    return [f"<table><tr><th>{title}</th><th>type</th><th>required</th><th></th></tr>", *rows, "</table>"]


def _whole(name: str, schemas: Mapping[str, Any]) -> str:
    own = {each: one for each, one in schemas.items() if each == name or each.startswith(f"{name}.")}
    text = json.dumps(own, indent=2, ensure_ascii=False)
    return f"<details><summary>JSON Schema</summary><pre>{escape(text)}</pre></details>"


def _kind(field: Any) -> str:
    """Say in a few words what a schema takes; the whole of it is shown below."""
    schema: Any = field
    if not isinstance(field, dict):
        return "anything"
    if "$ref" in schema:
        return _named(schema).rpartition(".")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', True))}"
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    return str(schema.get("type", "anything"))


def _said(field: Any) -> str:
    schema: Any = field
    return str(schema.get("description", "")) if isinstance(field, dict) else ""


def _named(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]
