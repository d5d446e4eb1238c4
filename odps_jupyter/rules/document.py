"""A report over the runs of cells, told of the cells of the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from odps_jupyter.analysis.course import Course
from odps_jupyter.analysis.evidence import Span

from .checker import Report
from .model import Diagnostic, Fix
from .suppressions import KIND as UNUSED
from .telling import order


def in_document(report: Report, course: Course) -> Report:
    """``report``, whose cells are the entries of ``course``, with the cells of the document.

    What is found in several runs of a cell is said once. A suppression is unused only where no run uses it.
    """
    if course.is_document:
        return report
    runs = Counter(course.cells)
    moved = Counter([_moved(item, course.cells) for item in report.diagnostics])
    kept = [item for item, seen in moved.items() if item.kind != UNUSED or seen == runs[item.span.cell]]
    merged: dict[tuple[str, Span, str], Diagnostic] = {}
    for item in kept:
        key = (item.kind, item.span, item.message)
        before = merged.get(key)
        if before is not None:
            functions = tuple(dict.fromkeys((*before.functions, *item.functions)))
            item = replace(item, functions=functions, fails=before.fails | item.fails, fix=before.fix or item.fix)
        merged[key] = item
    return Report(tuple(sorted(merged.values(), key=order)), report.prediction)


def _moved(item: Diagnostic, places: Sequence[int]) -> Diagnostic:
    return replace(item, span=_placed(item.span, places), fix=None if item.fix is None else _fix(item.fix, places))


def _fix(fix: Fix, places: Sequence[int]) -> Fix:
    edits = tuple(dict.fromkeys([replace(edit, span=_placed(edit.span, places)) for edit in fix.edits]))
    return replace(fix, edits=edits)


def _placed(span: Span, places: Sequence[int]) -> Span:
    return replace(span, cell=places[span.cell])
