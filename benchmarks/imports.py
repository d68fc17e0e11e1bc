"""Import time, as CPU of a fresh interpreter above that of an empty one; bytecode is cached for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.sources import compile_to
from benchmarks.timing import Row, compare_commands, cpu_of, python

FIELDS = """
  id: str(min_length=1, max_length=64)
  title: str(max_length=200)
  kind: "note" | "mail" | "page"
  score: probability
  views: int(ge=0)
  public: bool
"""
MODEL = """
class Record{n}(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=64)]
    title: Annotated[str, Field(max_length=200)]
    kind: Literal["note", "mail", "page"]
    score: Annotated[float, Field(ge=0.0, le=1.0)]
    views: Annotated[int, Field(ge=0)]
    public: bool
"""


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    compile_to(folder, "bench_fifty", "".join(f"schema Record{n} {{{FIELDS}}}\n" for n in range(50)))
    models = "from typing import Annotated, Literal\nfrom pydantic import BaseModel, Field\n"
    models += "".join(MODEL.format(n=n) for n in range(50))
    (folder / "bench_models.py").write_text(models, encoding="utf-8")
    generated, rival = str(folder / "generated"), str(folder)
    table = compare_commands(
        "`import mlsig` and its first use of a program's classes",
        {
            "mlsig": _extra("from mlsig import Program, Record"),
            "`import dspy`": _extra("import dspy"),
        },
    )
    return table + compare_commands(
        "import a module of 50 records, libraries included",
        {
            "mlsig": _extra("import bench_fifty", generated),
            "50 pydantic models": _extra("import bench_models", rival),
        },
    )


def _extra(statement: str, path: str | None = None) -> Callable[[], float]:
    """Return a run of the statement, less a run of nothing at all beside it."""
    places = [path] if path else []

    def run() -> float:
        bare = min(cpu_of(python("-c", "pass")) for _ in range(3))
        return max(cpu_of(python("-c", statement), pythonpath=places) - bare, 1e-4)

    run()
    return run
