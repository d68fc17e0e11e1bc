"""JSON Schema, drafts 4 to 2020-12, as a draft.

    read(document, "Review")   ->   Draft with `schema Review { … }` and what it refers to

What the language cannot say becomes a comment at the place, and a note with the JSON pointer. Nothing is
fetched: a reference that leads out of the document is refused.
"""

from mlsig_compiler.drafting.json_schema.document import RemoteReference, SchemaError
from mlsig_compiler.drafting.json_schema.reader import read

__all__ = ["RemoteReference", "SchemaError", "read"]
