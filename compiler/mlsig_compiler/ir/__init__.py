"""The resolved model as a JSON document that other tools can read: `mlsig ir`.

    document(modules, ["qa"], sources)  ->  Document
    text(document)                      ->  {"version": 1, "requested": ["qa"], "modules": [...]}
    back.modules(document)              ->  the same model again, spans aside

One pydantic class mirrors each class of `model/`; docs/ir.schema.json is derived from them. Only this package
and the configuration load pydantic.
"""

from __future__ import annotations

import json

from mlsig_compiler.ir.convert import document
from mlsig_compiler.ir.module import Document

__all__ = ["Document", "document", "text"]


def text(made: Document) -> str:
    """Return a document as JSON, in ASCII, so that any terminal and any reader takes it."""
    return json.dumps(made.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"
