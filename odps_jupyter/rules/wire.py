"""Diagnostics as JSON: for the panel (0-based lines, UTF-16 columns) and for other programs (both from 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.positions import utf16_column

from .checker import Report
from .ignoring import ignore_edit
from .model import Diagnostic, Fix

#: How a span is told.
Place = Callable[[Span, Sequence[Cell]], dict[str, int]]


def to_panel(report: Report, cells: Sequence[Cell]) -> dict[str, Any]:
    """``diagnostics`` and ``prediction`` of the panel's wire form (see ``analysis.wire``).

    ``ignore`` is the edit that silences a diagnostic where it stands, null where there is none.
    """
    return {
        "diagnostics": [panel_diagnostic(item, cells) for item in report.diagnostics],
        "prediction": report.prediction,
    }


def panel_diagnostic(item: Diagnostic, cells: Sequence[Cell]) -> dict[str, Any]:
    """One diagnostic for the panel."""
    return {**_diagnostic(item, cells, _panel_span), "ignore": _ignore(item, cells)}


def to_report(report: Report, cells: Sequence[Cell]) -> dict[str, Any]:
    """The same as ``odps-jupyter check --format json`` prints it: lines and characters from 1, ends exclusive."""
    return {
        "diagnostics": [_diagnostic(item, cells, report_span) for item in report.diagnostics],
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


def _diagnostic(item: Diagnostic, cells: Sequence[Cell], place: Place) -> dict[str, Any]:
    return {
        **place(item.span, cells),
        "code": item.code,
        "kind": item.kind,
        "severity": item.severity,
        "message": item.message,
        "functions": list(item.functions),
        "fix": None if item.fix is None else _fix(item.fix, cells, place),
    }


def _fix(fix: Fix, cells: Sequence[Cell], place: Place) -> dict[str, Any]:
    edits = [{**place(edit.span, cells), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _ignore(item: Diagnostic, cells: Sequence[Cell]) -> dict[str, Any] | None:
    edit = ignore_edit(item, cells[item.span.cell].source)
    return None if edit is None else {**_panel_span(edit.span, cells), "text": edit.text}


def _line(cells: Sequence[Cell], cell: int, line: int) -> str:
    return cells[cell].source.split("\n")[line - 1]


def _character(cells: Sequence[Cell], cell: int, line: int, column: int) -> int:
    return len(_line(cells, cell, line).encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))
