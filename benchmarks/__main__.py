"""Run every benchmark, print the table, and with `--readme` put it into README.md.

make bench
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks.timing import Figure, Row

SUITES = (
    "validation",
    "arrays",
    "reading",
    "imports",
    "compile",
    "spaces",
    "runtime",
    "orchestrator",
    "parsing",
    "store",
)
RIVALS = (
    "pydantic",
    "msgspec",
    "ConfigSpace",
    "optuna",
    "mlflow",
    "dspy",
    "openai",
    "baml-py",
    "grpcio-tools",
    "json_repair",
)
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def table(found: list[Row | Figure]) -> str:
    """Return rows and figures as Markdown tables, with the versions that were measured."""
    rows = [each for each in found if isinstance(each, Row)]
    figures = [each for each in found if isinstance(each, Figure)]
    lines = [
        "| workload | rival | rival's CPU ÷ ours, median | middle half of the rounds |",
        "| --- | --- | ---: | ---: |",
    ]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    versions = ", ".join(f"{name} {version(name)}" for name in RIVALS)
    lines.append("")
    lines.append(f"CPython {platform.python_version()}; {versions}. More than 1× means mlsig needs less CPU.")
    if figures:
        lines += ["", "| figure | goal | measured |", "| --- | --- | --- |"]
        lines += ["| " + " | ".join(figure.cells()) + " |" for figure in figures]
    return "\n".join(lines)


def main() -> int:
    """Run the suites that were asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "suites", nargs="*", choices=[*SUITES, []], help="which to run; all when none is named"
    )
    parser.add_argument("--readme", type=Path, help="replace the table in this file")
    options = parser.parse_args()
    rows: list[Row | Figure] = []
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        folder = Path(name)
        for suite in options.suites or SUITES:
            sys.stderr.write(f"{suite} …\n")
            found = import_module(f"benchmarks.{suite}").run(folder)
            for row in found:
                sys.stderr.write("  " + " | ".join(row.cells()) + "\n")
            rows += found
    text = table(rows)
    sys.stdout.write(text + "\n")
    if options.readme:
        before, _, rest = options.readme.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        options.readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0


raise SystemExit(main())
