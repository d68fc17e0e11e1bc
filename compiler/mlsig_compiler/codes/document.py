"""docs/errors.md, made from the table of codes."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from mlsig_compiler.codes import CODES

RANGES: Final = {
    "MLS01": "Text and syntax",
    "MLS03": "Names and imports",
    "MLS04": "Types, values and expressions",
    "MLS05": "Spaces",
    "MLS06": "Providers, tools, programs, pipelines and resources",
    "MLS07": "Lint",
    "MLS09": "Files and configuration",
}
HEAD: Final = """\
# Errors and warnings

Every finding of `mlsig check` and `mlsig lint` has a code, which keeps its meaning. `mlsig explain MLS0301`
prints the page of a code, `mlsig explain` lists them all. Warnings, MLS07, come from `mlsig lint` alone, and
a comment silences them: `# mlsig: ignore[MLS0704]` at the end of a line, or alone on the line before; several
codes are separated by commas, and a reason may follow the bracket. Errors cannot be silenced.

This page is written by `make docs` from the table in the compiler: change it there.
"""


def document() -> str:
    """Return the page: a table of all codes, and then each with its explanation and examples."""
    parts = [HEAD]
    pages: list[str] = []
    for prefix, group in groupby(sorted(CODES), key=lambda code: code[:5]):
        entries = [CODES[code] for code in group]
        rows = [f"| [{entry.code}](#{entry.anchor}) | {entry.title} |" for entry in entries]
        parts.append(
            "\n".join([f"**{RANGES[prefix]}**", "", "| code | meaning |", "| --- | --- |", *rows, ""])
        )
        pages.append(f"## {RANGES[prefix]}\n")
        pages += [f"### {entry.code}\n\n**{entry.title}**\n\n{entry.markdown()}" for entry in entries]
    return "\n".join([*parts, *pages])
