"""The golden cases: `<case>/input.mlsig`, and the module that it compiles to, `<case>/expected.py`.

`imports/` is a folder of files that import from each other, each with what it compiles to beside it; and
`std/resources.mlsig` compiles to `mlsig/resources/std.py`.

`python tests/golden/cases.py` rewrites what is expected; read the difference before you commit it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlsig_compiler import standard as library
from mlsig_compiler.pipeline import Compiled, compile_all, compile_source
from mlsig_compiler.source import Source

FOLDER = Path(__file__).resolve().parent
CASES = tuple(sorted(path.parent.name for path in FOLDER.glob("*/input.mlsig")))


def compiled(case: str) -> Compiled:
    """Compile a case, as a module that has the case's name."""
    path = FOLDER / case / "input.mlsig"
    return compile_source(Source(Path(f"{case}.mlsig"), case, path.read_text(encoding="utf-8")))


def imports() -> dict[Path, str]:
    """Compile the files that import from each other: the texts, by where they are expected."""
    root = FOLDER / "imports"
    sources = [
        Source(
            path.relative_to(root),
            ".".join(path.relative_to(root).with_suffix("").parts),
            path.read_text(encoding="utf-8"),
        )
        for path in sorted(root.rglob("*.mlsig"))
    ]
    made = compile_all(sources, lambda _: None)
    return {root / source.path.with_suffix(".py"): made.texts[source.module] for source in sources}


def standard() -> tuple[Path, str]:
    """Compile the resources of the library: where the runtime has them, and the text."""
    source = library.source("std.resources")
    made = compile_source(source).text if source else None
    if made is None:
        raise SystemExit("std/resources.mlsig does not compile")
    return FOLDER.parents[1] / "runtime" / "mlsig" / "resources" / "std.py", made


def expected(case: str) -> Path:
    """Return the file that holds what is expected."""
    return FOLDER / case / "expected.py"


def main() -> int:
    """Rewrite every expected module."""
    for case in CASES:
        result = compiled(case)
        if result.text is None:
            sys.stderr.write(f"{case}: {[str(found.message) for found in result.diagnostics]}\n")
            return 1
        expected(case).write_text(result.text, encoding="utf-8")
    for path, text in (*imports().items(), standard()):
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
