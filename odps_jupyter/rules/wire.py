"""Diagnostics as JSON: for the panel (0-based lines, UTF-16 columns) and for other programs (both from 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.positions import utf16_column

from .checker import Report
from .model import Diagnostic, Fix, Span


def to_panel(report: Report, cells: Sequence[Cell]) -> dict[str, Any]:
    """``diagnostics`` and ``prediction`` of the panel's wire form (see ``analysis.wire``)."""
    return {
        "diagnostics": [_diagnostic(item, _panel_span(item.span, cells)) for item in report.diagnostics],
        "prediction": report.prediction,
    }


def to_report(report: Report, cells: Sequence[Cell]) -> dict[str, Any]:
    """The same as ``odps-jupyter check --format json`` prints it: lines and characters from 1, ends exclusive."""
    return {
        "diagnostics": [_diagnostic(item, report_span(item.span, cells)) for item in report.diagnostics],
        "prediction": report.prediction,
    }


def report_span(span: Span, cells: Sequence[Cell]) -> dict[str, int]:
    """Cells from 0, lines and characters from 1; the end is behind the last character."""
    return {
        "cell": span.cell,
        "line": span.line,
        "column": _character(cells, span.cell, span.line, span.column) + 1,
        "end_line": span.end_line,
        "end_column": _character(cells, span.cell, span.end_line, span.end_column) + 1,
    }


def _panel_span(span: Span, cells: Sequence[Cell]) -> dict[str, int]:
    return {
        "cell": span.cell,
        "line": span.line - 1,
        "column": utf16_column(_line(cells, span.cell, span.line), span.column),
        "end_line": span.end_line - 1,
        "end_column": utf16_column(_line(cells, span.cell, span.end_line), span.end_column),
    }


def _diagnostic(item: Diagnostic, span: dict[str, int]) -> dict[str, Any]:
    return {
        **span,
        "code": item.code,
        "kind": item.kind,
        "severity": item.severity,
        "message": item.message,
        "functions": list(item.functions),
        "fix": None if item.fix is None else _fix(item.fix),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [
        {
            "cell": edit.span.cell,
            "line": edit.span.line,
            "column": edit.span.column,
            "end_line": edit.span.end_line,
            "end_column": edit.span.end_column,
            "text": edit.text,
        }
        for edit in fix.edits
    ]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _line(cells: Sequence[Cell], cell: int, line: int) -> str:
    return cells[cell].source.split("\n")[line - 1]


def _character(cells: Sequence[Cell], cell: int, line: int, column: int) -> int:
    return len(_line(cells, cell, line).encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))
