"""Import time, as CPU of a fresh interpreter above that of an empty one; bytecode is cached for everybody."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.sources import compile_to
from benchmarks.timing import Row, compare_commands, cpu_of, environment_with, python

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
STRUCT = """
class Record{n}(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    id: Annotated[str, Meta(min_length=1, max_length=64)]
    title: Annotated[str, Meta(max_length=200)]
    kind: Literal["note", "mail", "page"]
    score: Annotated[float, Meta(ge=0.0, le=1.0)]
    views: Annotated[int, Meta(ge=0)]
    public: bool
"""
TIMED = "import time, {libraries}; start = time.process_time(); import {module}"
TIMED += "; print(time.process_time() - start)"


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    compile_to(folder, "bench_fifty", "".join(f"schema Record{n} {{{FIELDS}}}\n" for n in range(50)))
    models = "from typing import Annotated, Literal\nfrom pydantic import BaseModel, Field\n"
    models += "".join(MODEL.format(n=n) for n in range(50))
    (folder / "bench_models.py").write_text(models, encoding="utf-8")
    structs = "from __future__ import annotations\nfrom typing import Annotated, Literal\n"
    structs += "from msgspec import Meta, Struct\n" + "".join(STRUCT.format(n=n) for n in range(50))
    (folder / "bench_structs.py").write_text(structs, encoding="utf-8")
    generated, rival = str(folder / "generated"), str(folder)
    table = compare_commands(
        "`import mlsig` and its first use of a program's classes",
        {
            "mlsig": _extra("from mlsig import Program, Record"),
            "`import dspy`": _extra("import dspy"),
        },
    )
    return (
        table
        + compare_commands(
            "import a module of 50 records, libraries included",
            {
                "mlsig": _extra("import bench_fifty", generated),
                "50 pydantic models": _extra("import bench_models", rival),
                "50 msgspec structs, by hand": _extra("import bench_structs", rival),
            },
        )
        + compare_commands(
            "import a module of 50 records, libraries imported before",
            {
                "mlsig": _alone("mlsig.records, mlsig.shapes, mlsig.gencode", "bench_fifty", generated),
                "50 pydantic models": _alone("pydantic", "bench_models", rival),
                "50 msgspec structs, by hand": _alone("msgspec, typing", "bench_structs", rival),
            },
        )
    )


def _alone(libraries: str, module: str, path: str) -> Callable[[], float]:
    """Return a run that imports the libraries first, and times the module alone."""
    command = python("-c", TIMED.format(libraries=libraries, module=module))

    def run() -> float:
        done = subprocess.run(command, env=environment_with(path), capture_output=True, text=True, check=True)
        return float(done.stdout)

    run()
    return run


def _extra(statement: str, path: str | None = None) -> Callable[[], float]:
    """Return a run of the statement, less a run of nothing at all beside it."""
    places = [path] if path else []

    def run() -> float:
        bare = min(cpu_of(python("-c", "pass")) for _ in range(3))
        return max(cpu_of(python("-c", statement), pythonpath=places) - bare, 1e-4)

    run()
    return run
