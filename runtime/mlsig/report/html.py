"""Findings as one HTML file that needs no network: styles, data and plotly.js are all inside.

Every text that comes from a user, a model or a data set passes through `escape`, or, inside the chart data,
through `script_safe`; nothing else reaches the page.
"""

from __future__ import annotations

import os
import tempfile
from html import escape
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any, Final

from mlsig.errors import MlsigError, StoreError
from mlsig.insight import InsightExtraMissing
from mlsig.report import charts, sections
from mlsig.report.details import Details
from mlsig.report.markup import script_safe
from mlsig.simba.experiment import Findings

NOTHING: Final = Details()


class ReportExtraMissing(MlsigError):
    """The optional package for charts is not installed."""

    def __init__(self) -> None:
        super().__init__('the HTML report needs plotly: install it with `pip install "mlsig[report]"`')


def require_extra() -> None:
    """Make sure that a report can be made, before anything is paid for it.

    Raises:
        ReportExtraMissing: plotly is not installed.
        InsightExtraMissing: scikit-learn is not.
    """
    _plotly()
    if find_spec("sklearn") is None:
        raise InsightExtraMissing


def write(findings: Findings, path: Path, details: Details = NOTHING) -> None:
    """Write the report, whole or not at all.

    Raises:
        ReportExtraMissing: plotly is not installed.
        StoreError: The file cannot be written.
    """
    page = render(findings, details)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
        # A temporary file is private; a report is an ordinary file.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise StoreError(f"cannot write the report {path}: {error.strerror or error}") from error


def render(findings: Findings, details: Details = NOTHING) -> str:
    """Return the page.

    Args:
        findings: What came out of the run.
        details: What its store says beyond that (`mlsig.report.details`).

    Raises:
        ReportExtraMissing: plotly is not installed.
    """
    shown = sections.shown(findings, details)
    return Template(_part("page.html")).substitute(
        title=escape(f"{findings.program}: what the search found"),
        program=escape(findings.program),
        subtitle=escape(sections.subtitle(findings)),
        figures=sections.figures(findings),
        nav="".join(f'<a href="#{one.id}-section">{escape(one.short)}</a>' for one in shown),
        sections="".join(one.html for one in shown),
        footer=escape("Written by mlsig. Everything is in this file: it asks no server for anything."),
        charts=script_safe(charts.data(findings, details)),
        style=_part("page.css"),
        script=_part("page.js"),
        plotly=_plotly(),
    )


def _part(name: str) -> str:
    return files("mlsig.report").joinpath(name).read_text(encoding="utf-8")


def _plotly() -> str:
    try:
        # An optional extra, without types.
        offline: Any = import_module("plotly.offline")
    except ImportError as error:
        raise ReportExtraMissing from error
    return str(offline.get_plotlyjs()).replace("</script", "<\\/script")
