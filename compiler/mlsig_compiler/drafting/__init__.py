"""`.mlsig` text out of what is there already: rows of data, JSON Schema, pydantic models, DSPy signatures.

    rows  ─ infer ─────┐
    JSON Schema ───────┼─>  Draft  ─ prove ─>  Draft that `mlsig check` accepts  ─ print ─>  text
    pydantic, DSPy ────┘

Readers make a `Draft`, a small model of a file with comments. `proving` compiles its text and weakens what
the language refuses, saying so; `printing` lays it out. What a source says and the language cannot is a
comment at the place and a note for the user: nothing is dropped silently.
"""
