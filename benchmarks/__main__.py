"""Run every benchmark and print the tables.

With `--write` they go into docs/benchmarks.md, and the lines that say most, of both kinds, into README.md.

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
HEADLINES = (
    ("validate a flat record", "pydantic"),
    ("validate a flat record", "msgspec, tuned"),
    ("a batch of 1,000 flat records", "pydantic"),
    ("three mistakes explained, with paths and messages", "pydantic"),
    ("import a module of 50 records, libraries imported before", "50 pydantic models"),
    ("import a module of 1,000 signatures, and use one", "baml_client of 1,000 functions"),
    ("compile 200 signatures, cold", "baml-cli generate"),
    ("compile 200 signatures again, nothing changed", "baml-cli generate"),
    ("sample a space, conditional, one at a time", "ConfigSpace"),
    ("check a configuration, conditional, from a dict", "ConfigSpace"),
    ("overhead of a call, sync", "dspy.Predict"),
    ("evaluate 200 examples over HTTP, 200 at once", "dspy.Evaluate"),
    ("read clean JSON, flat", "BAML, b.parse"),
    ("read JSON that needs mending, flat", "json_repair + pydantic"),
    ("keep an evaluation on the disk", "Optuna RDB, ask and tell"),
)
"""What README.md shows: a loss beside each kind of gain."""
PAGES = {Path("docs/benchmarks.md"): False, Path("README.md"): True}
"""The pages that hold a table, and whether it is the short one."""
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def table(found: list[Row | Figure], *, short: bool = False) -> str:
    """Return rows and figures as Markdown tables, with the versions that were measured.

    The short one has the headlines only, and no figures.
    """
    rows = [each for each in found if isinstance(each, Row)]
    figures = [each for each in found if isinstance(each, Figure) and not short]
    if short:
        rows = [row for row in rows if row.cells()[:2] in HEADLINES]
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
    parser.add_argument("--write", action="store_true", help="replace the tables of README.md and docs/")
    options = parser.parse_args()
    if options.write and options.suites:
        parser.error("--write needs the whole table: name no suite")
    rows: list[Row | Figure] = []
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        folder = Path(name)
        for suite in options.suites or SUITES:
            sys.stderr.write(f"{suite} …\n")
            found = import_module(f"benchmarks.{suite}").run(folder)
            for row in found:
                sys.stderr.write("  " + " | ".join(row.cells()) + "\n")
            rows += found
    sys.stdout.write(table(rows) + "\n")
    for page, short in PAGES.items() if options.write else ():
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        page.write_text(f"{before}{BEGIN}\n{table(rows, short=short)}\n{END}{after}", encoding="utf-8")
    return 0


raise SystemExit(main())
