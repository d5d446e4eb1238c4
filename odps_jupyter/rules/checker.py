"""All rules over one notebook, and what they predict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from odps_jupyter.analysis.evidence import Evidence

from .model import Diagnostic, Outcome
from .registry import RULES
from .setting import Setting
from .subject import Subject
from .suppressions import Suppressions


@dataclass(frozen=True)
class Report:
    """Attributes:

    diagnostics: in the order of the text.
    prediction: ``ok``, ``error`` or ``unknown`` for the backends ``pandas`` and ``executor``.
    """

    diagnostics: tuple[Diagnostic, ...]
    prediction: dict[str, Outcome]

    def only(self, select: frozenset[str], ignore: frozenset[str]) -> Report:
        """The diagnostics of the kinds or codes in ``select`` (all where it is empty) and none of ``ignore``."""
        shown = [
            item
            for item in self.diagnostics
            if (not select or item.kind in select or item.code in select)
            and not (item.kind in ignore or item.code in ignore)
        ]
        return Report(tuple(shown), self.prediction)

    def of_function(self, name: str) -> dict[str, Outcome]:
        """How a shipped function ends, judged by the diagnostics that name it."""
        fails = {backend for item in self.diagnostics if name in item.functions for backend in item.fails}
        return {backend: "error" if backend in fails else "ok" for backend in ("pandas", "executor")}


def check(evidence: Evidence, setting: Setting | None = None) -> Report:
    """What goes wrong in a notebook under a setting: the plain runtime of cp311 and its own client where None."""
    subject = Subject(evidence, setting or Setting())
    suppressions = Suppressions.of(evidence)
    found = [diagnostic for rule in RULES for diagnostic in rule.check(subject)]
    shown = [*suppressions.without(_merged(found)), *suppressions.unused()]
    return Report(tuple(sorted(shown, key=order)), _prediction(evidence, shown))


def _merged(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One diagnostic for one place: a helper that several functions take along is said once, with all of them."""
    kept: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in found:
        key = (diagnostic.kind, diagnostic.span)
        before = kept.get(key)
        if before is None:
            kept[key] = diagnostic
        else:
            functions = dict.fromkeys((*before.functions, *diagnostic.functions))
            kept[key] = replace(before, functions=tuple(functions), fails=before.fails | diagnostic.fails)
    return list(kept.values())


def order(diagnostic: Diagnostic) -> tuple[int, int, int, str]:
    """That of the text."""
    span = diagnostic.span
    return (span.cell, span.line, span.column, diagnostic.code)


def _prediction(evidence: Evidence, diagnostics: Iterable[Diagnostic]) -> dict[str, Outcome]:
    fails = {backend for diagnostic in diagnostics for backend in diagnostic.fails}
    broken = any(cell.error is not None for cell in evidence.model.cells)
    usual: Outcome = "unknown" if broken else "ok"
    return {
        "pandas": "error" if "pandas" in fails else usual,
        "executor": "error" if "executor" in fails else usual,
    }
