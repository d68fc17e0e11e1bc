"""Lint on random files: it never fails, and its fixes leave files right."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mlsig_compiler import model, standard
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.fixes import applied
from mlsig_compiler.findings.formats import FORMATS
from mlsig_compiler.findings.render import render
from mlsig_compiler.front import analyse_all
from mlsig_compiler.lint import CODES, lint
from mlsig_compiler.source import Source

from compiler.printing import printed
from compiler.random_models.whole import files, machines, records, stores, tunings

LIBRARY = [found.module for name in standard.names() if (found := standard.module(name))]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
whole = st.one_of(
    files(), *(st.lists(some(), min_size=1, max_size=1) for some in (records, tunings, machines, stores))
)


def warnings(texts: dict[str, str]) -> dict[str, list[Diagnostic]] | None:
    """Return the warnings about files, by module, or None when one is wrong."""
    sources = [Source(Path(f"{name}.mlsig"), name, text) for name, text in texts.items()]
    analysis = analyse_all(sources, lambda _: None, keep=True)
    if analysis.errors:
        return None
    return {name: lint(analysis, [name]) for name in texts}


@given(whole, st.randoms(use_true_random=False))
@settings(max_examples=40, suppress_health_check=SLOW)
def test_lint_mends_without_breaking(modules: list[model.Module], chance: random.Random) -> None:
    texts = {module.name: printed(module, [*LIBRARY, *modules], chance) for module in modules}
    found = warnings(texts)
    assume(found is not None)
    assert found is not None
    for warning in (warning for some in found.values() for warning in some):
        assert warning.severity == "warning"
        assert warning.code in CODES
        assert 0 <= warning.span.start <= warning.span.end <= len(warning.source.text)
        for format in FORMATS:
            assert warning.code in render([warning], format)  # type: ignore[arg-type]
    mended = {
        name: applied(text, [warning.fix for warning in found[name] if warning.fix])[0]
        for name, text in texts.items()
    }
    again = warnings(mended)
    assert again is not None, "\n".join(mended.values())
    assert sum(map(len, again.values())) <= sum(map(len, found.values()))


@given(whole, st.randoms(use_true_random=False))
@settings(max_examples=20, suppress_health_check=SLOW)
def test_every_warning_can_be_silenced(modules: list[model.Module], chance: random.Random) -> None:
    texts = {module.name: printed(module, [*LIBRARY, *modules], chance) for module in modules}
    found = warnings(texts)
    assume(found is not None)
    assert found is not None
    quiet: dict[str, str] = {}
    for name, text in texts.items():
        lines = text.split("\n")
        by_line: dict[int, set[str]] = {}
        for warning in found[name]:
            by_line.setdefault(warning.source.position(warning.span.start).line, set()).add(warning.code)
        for number in sorted(by_line, reverse=True):
            lines.insert(number - 1, f"# mlsig: ignore[{', '.join(sorted(by_line[number]))}] so be it")
        quiet[name] = "\n".join(lines)
    again = warnings(quiet)
    assert again is not None
    # in a text of several lines the comment would be a part of it
    left = [warning for some in again.values() for warning in some if '"""' not in warning.source.text]
    assert [warning.message for warning in left] == []
