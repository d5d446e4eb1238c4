"""What runs where, and what travels: pure `ast` and the standard library, over cells that are never run."""

from __future__ import annotations

from .evidence import Body, Evidence, Journey, Span
from .incremental import Analysis, analyze
from .model import CallSite, CellError, CellModel, NotebookModel, Placement, Shipped
from .wire import to_json

__all__ = [
    "Analysis",
    "Body",
    "CallSite",
    "CellError",
    "CellModel",
    "Evidence",
    "Journey",
    "NotebookModel",
    "Placement",
    "Shipped",
    "Span",
    "analyze",
    "to_json",
]
