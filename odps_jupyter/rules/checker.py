"""All rules over one notebook, from check to check, and what they predict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from odps_jupyter.analysis.collecting import collector_at_rest
from odps_jupyter.analysis.evidence import Evidence, place_of
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.record import ShippedKey

from .keeping import WHOLE, Keeper
from .model import Diagnostic, Outcome
from .registry import RULES
from .setting import Setting
from .subject import Notebook, Subject
from .suppressions import Suppressions
from .watching import WatchedSetting


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
    return Checker().check(evidence, setting)


class Checker:
    """The rules over one notebook and its edits: a shipped callable is judged again when what was looked at changed.

    What rules look at is noted by the evidence they are given, and their questions about files by the setting.
    """

    def __init__(self) -> None:
        self._notebook: Notebook | None = None
        self._keeper = Keeper()
        self._found: dict[ShippedKey, list[Diagnostic]] = {}
        self._calls: tuple[CallSite, ...] = ()
        self._shown: tuple[Diagnostic, ...] | None = None

    def check(self, evidence: Evidence, setting: Setting | None = None) -> Report:
        """What goes wrong in a notebook; see :func:`check`."""
        setting = setting or Setting()
        # Whatever breaks off halfway leaves nothing to build upon.
        notebook, self._notebook = self._notebook, None
        if notebook is None or not self._keeper.continues(evidence) or not notebook.setting.still(setting):
            notebook = Notebook(evidence, WatchedSetting.of(setting))
            self._keeper = Keeper()
            self._found.clear()
            self._shown = None
        if self._shown is None:
            with collector_at_rest():
                return self._look(notebook, evidence)
        return self._look(notebook, evidence)

    def _look(self, notebook: Notebook, evidence: Evidence) -> Report:
        """What goes wrong in a notebook of which only the stale parts are judged."""
        notebook.evidence = evidence
        stale = self._keeper.stale(notebook)
        for key in stale:
            self._found.pop(key, None)
            subject = notebook.subjects.get(key)
            if subject is not None:
                found = list(_judge(subject))
                self._keeper.note(key, subject.grounds)
                if found:
                    self._found[key] = found
        calls = tuple([call for call in evidence.told.calls if call.library])
        if stale or calls != self._calls or self._shown is None:
            self._calls = calls
            self._shown = tuple(sorted(self._conclude(notebook), key=order))
        evidence.sources.settle()
        self._notebook = notebook
        return Report(self._shown, _prediction(evidence, self._shown))

    def _conclude(self, notebook: Notebook) -> list[Diagnostic]:
        """What is shown, of all that was found; the rules that look at the whole notebook are asked here."""
        # Calls that hand over a library's function are few.
        calls = Subject(notebook, (), self._calls)
        notebook.evidence = calls.evidence
        suppressions = Suppressions.of(calls.evidence)
        ordered = sorted(self._found, key=lambda key: place_of(notebook.subjects[key].journeys[0]))
        found = [item for key in ordered for item in self._found[key]]
        if self._calls:
            found += _judge(calls)
        found += [item for rule in RULES if rule.check_notebook is not None for item in rule.check_notebook(notebook)]
        self._keeper.note(WHOLE, calls.grounds)
        return [*suppressions.without(_merged(found)), *suppressions.unused()]


def _judge(subject: Subject) -> Iterator[Diagnostic]:
    for rule in RULES:
        if rule.check is not None:
            yield from rule.check(subject)


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
    broken = [cell for cell in evidence.told.cells if cell.error is not None]
    usual: Outcome = "unknown" if broken else "ok"
    return {
        "pandas": "error" if "pandas" in fails else usual,
        "executor": "error" if "executor" in fails else usual,
    }
