"""What a rule says: plain data."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from odps_jupyter.analysis.evidence import Span

#: As in the Language Server Protocol: error (fails on the executor), warning (runs and means something else).
Severity = Literal["error", "warning", "information", "hint"]
Outcome = Literal["ok", "error", "unknown"]
#: On which backends a notebook ends in an error.
EXECUTOR = frozenset({"executor"})
PANDAS = frozenset({"pandas"})
BOTH = EXECUTOR | PANDAS


@dataclass(frozen=True, slots=True)
class Edit:
    """``text`` takes the place of what stands in ``span``; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What would mend it. ``safe`` edits change nothing but the diagnosed behaviour, so they may be applied unseen."""

    title: str
    safe: bool
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that will go wrong, or mean something else, and where.

    Attributes:
        code: stable, such as ``ODP105``. ``kind``: its name, such as ``local-module-code``.
        functions: names of the shipped functions it concerns; empty where it concerns local code.
        fails: on which backends the notebook ends in an error there.
        others: other ways to mend it than ``fix``, for who knows more than the source says.
    """

    code: str
    kind: str
    severity: Severity
    span: Span
    message: str
    functions: tuple[str, ...] = ()
    fails: frozenset[str] = frozenset()
    fix: Fix | None = None
    others: tuple[Fix, ...] = ()


def span_of(cell: int, node: ast.expr | ast.stmt) -> Span:
    """Where ``node`` of a cell stands."""
    return Span(cell, node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)
