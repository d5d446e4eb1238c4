"""The panel's wire form as text, of one notebook over its edits: what stays as it was is written once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from odps_jupyter.analysis.kept import Kept
from odps_jupyter.analysis.model import CellModel, NotebookModel, Shipped
from odps_jupyter.analysis.wire import VERSION, calling, cell_json, placement_json, shipped_json
from odps_jupyter.notebook.cell import Cell

from .checker import Report
from .model import Diagnostic
from .wire import panel_diagnostic


class Answers:
    """Texts of the cells and shipped callables of a model, for as long as those stay the same objects, and of its
    diagnostics, for as long as those and the cells they speak of are equal."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._diagnostics: dict[tuple[object, ...], str] = {}

    def text(self, model: NotebookModel, report: Report, cells: Sequence[Cell]) -> str:
        """The JSON of ``to_json(model) | to_panel(report, cells)``."""
        self._kept.turn()
        told = [self._kept.of(_cell, cell) for cell in model.cells]
        fields = {
            "version": str(VERSION),
            "cells": _list(cell for cell, _ in told),
            "placement": _list(placement for _, placement in told if placement),
            "shipped": _list(self._kept.of(_shipped, item, *calling(item, model)) for item in model.shipped),
            "diagnostics": _list(self._written(report.diagnostics, cells)),
            "prediction": json.dumps(report.prediction),
        }
        return "{" + ", ".join([f'"{name}": {text}' for name, text in fields.items()]) + "}"

    def _written(self, diagnostics: Iterable[Diagnostic], cells: Sequence[Cell]) -> list[str]:
        before, self._diagnostics = self._diagnostics, {}
        texts = []
        for item in diagnostics:
            spans = [item.span, *[edit.span for edit in (item.fix.edits if item.fix is not None else ())]]
            key = (item, *[cells[span.cell] for span in spans])
            text = before.get(key) or json.dumps(panel_diagnostic(item, cells))
            self._diagnostics[key] = text
            texts.append(text)
        return texts


def _cell(cell: CellModel) -> tuple[str, str]:
    """The text of a cell, and those of its definitions."""
    return json.dumps(cell_json(cell)), ", ".join([json.dumps(placement_json(each)) for each in cell.definitions])


def _shipped(item: Shipped, *cells: CellModel) -> str:
    return json.dumps(shipped_json(item, *cells))


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(texts)}]"
