"""What `mlsig lint` warns of: text that is right, and probably not what was meant.

    lint(analysis, modules, rules) -> [Diagnostic, …]

Only a module that is proved is looked at, so nothing here repeats what `check` says. A rule reads one file,
as syntax and as model, and what the whole run uses. `# mlsig: ignore[MLS0701]` silences a line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.front import Analysis
from mlsig_compiler.lint import (
    checked,
    deprecated,
    described,
    idle,
    imports,
    patterns,
    pipelines,
    programs,
    resources,
    shadowing,
    suppression,
    unobserved,
    unused,
)
from mlsig_compiler.lint.run import Run, Subject

Rule = Callable[[Subject, Run], None]

RULES: Final[dict[str, Rule]] = {
    "MLS0701": imports.unused,
    "MLS0702": unused.unused,
    "MLS0703": described.undescribed,
    "MLS0704": checked.unchecked,
    "MLS0705": shadowing.shadowing,
    "MLS0706": patterns.slow,
    "MLS0707": programs.aimless,
    "MLS0709": pipelines.unused,
    "MLS0710": deprecated.deprecated,
    "MLS0711": resources.unreached,
    "MLS0712": idle.idle,
    "MLS0713": unobserved.unobserved,
}
USELESS: Final = "MLS0708"
CODES: Final = (*RULES, USELESS)


def lint(analysis: Analysis, modules: Iterable[str], rules: Collection[str] = CODES) -> list[Diagnostic]:
    """Return the warnings about some modules of a run whose syntax was kept, by the rules with some codes."""
    run = Run.of(analysis)
    found: list[Diagnostic] = []
    for name in modules:
        subject = run.subjects.get(name)
        if subject is None:
            continue
        for code, rule in RULES.items():
            if code in rules:
                rule(subject, run)
        found += suppression.kept(subject, rules)
    return found
