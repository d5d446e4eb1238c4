"""The model as JSON, for the panel: version 1, 0-based lines, UTF-16 columns."""

from __future__ import annotations

from typing import Any

from odps_jupyter.notebook.positions import utf16_column

from .model import CallSite, CellModel, NotebookModel, Placement, Shipped

VERSION = 1


def to_json(model: NotebookModel) -> dict[str, Any]:
    """``model`` as JSON-ready data (design.md: unknown fields are ignored by readers)."""
    return {
        "version": VERSION,
        "cells": [cell_json(cell) for cell in model.cells],
        "placement": [placement_json(placement) for placement in model.placement],
        "shipped": [shipped_json(shipped, *calling(shipped, model)) for shipped in model.shipped],
        "diagnostics": [],
    }


def calling(shipped: Shipped, model: NotebookModel) -> list[CellModel]:
    """The cells that the calls of ``shipped`` stand in."""
    return [model.cells[call.cell] for call in shipped.calls]


def cell_json(cell: CellModel) -> dict[str, Any]:
    error = None
    if cell.error is not None:
        lines = cell.source.split("\n")
        line = lines[cell.error.line - 1] if cell.error.line <= len(lines) else ""
        error = {
            "line": cell.error.line - 1,
            "column": utf16_column(line, cell.error.column),
            "message": cell.error.message,
        }
    return {
        "id": cell.id,
        "index": cell.index,
        "error": error,
        "summary": {
            "sets": list(cell.sets),
            "imports": list(cell.imports),
            "calls": list(dict.fromkeys(f"{call.method}({call.text})" for call in cell.calls)),
        },
        "regions": [
            {
                "start_line": definition.line - 1,
                "end_line": definition.end_line - 1,
                "side": definition.side,
                "name": definition.name,
                "kind": definition.kind,
                "reason": definition.reason,
            }
            for definition in cell.definitions
        ],
    }


def placement_json(placement: Placement) -> dict[str, Any]:
    return {
        "cell": placement.cell,
        "line": placement.line - 1,
        "end_line": placement.end_line - 1,
        "name": placement.name,
        "kind": placement.kind,
        "side": placement.side,
        "reason": placement.reason,
    }


def shipped_json(shipped: Shipped, *cells: CellModel) -> dict[str, Any]:
    """``shipped``, whose calls stand in ``cells``, one each."""
    calls = [_call(call, cell) for call, cell in zip(shipped.calls, cells, strict=True)]
    return {
        "cell": shipped.cell,
        "line": shipped.line - 1,
        "name": shipped.name,
        "kind": shipped.kind,
        "imports": list(shipped.imports),
        "captures": list(shipped.captures),
        "functions": list(shipped.functions),
        "call": calls[0] if calls else None,
        "calls": calls,
        "details": _zero_based(dict(shipped.details)),
    }


def _call(call: CallSite, cell: CellModel) -> dict[str, Any]:
    lines = cell.source.split("\n")
    return {
        "cell": call.cell,
        "line": call.line - 1,
        "column": utf16_column(lines[call.line - 1], call.column),
        "end_line": call.end_line - 1,
        "end_column": utf16_column(lines[call.end_line - 1], call.end_column),
        "method": call.method,
        "role": call.role,
    }


def _zero_based(value: Any) -> Any:
    """Details with their lines counted from 0, as every line on the wire."""
    if isinstance(value, dict):
        return {
            key: held - 1 if key == "line" and isinstance(held, int) else _zero_based(held)
            for key, held in value.items()
        }
    return [_zero_based(held) for held in value] if isinstance(value, list) else value
