"""What came out of a run, for people: as text for a terminal, and as one HTML file for a browser."""

from __future__ import annotations

from mlsig.report.details import Details, details
from mlsig.report.html import ReportExtraMissing, render, require_extra, write
from mlsig.report.text import summary

__all__ = ["Details", "ReportExtraMissing", "details", "render", "require_extra", "summary", "write"]
