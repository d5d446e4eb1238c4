"""All rules over one notebook, from check to check, and what they predict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from odps_jupyter.analysis.collecting import collector_at_rest
from odps_jupyter.analysis.evidence import Evidence, place_of
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.record import ShippedKey

from .keeping import Keeper, whole
from .libraries import Library
from .model import Diagnostic, Outcome
from .registry import RULES
from .setting import Setting
from .subject import Notebook, Subject
from .suppressions import Suppression, Suppressions
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


#: What the comments, and the calls that hand over a library's function, are filed under.
_COMMENTS, _CALLS = whole("comments"), whole("calls")
#: The rules that look at the whole notebook.
_RULES = {whole(rule.code): rule.check_notebook for rule in RULES if rule.check_notebook is not None}


class Checker:
    """The rules over one notebook and its edits: a shipped callable is judged again when what was looked at changed.

    What rules look at is noted by the evidence they are given, and their questions about files by the setting.
    """

    def __init__(self) -> None:
        self._notebook: Notebook | None = None
        self._keeper = Keeper()
        #: Of each shipped callable where it is handed over first and what was found.
        self._found: dict[ShippedKey, tuple[tuple[object, ...], list[Diagnostic]]] = {}
        #: What was found with what looks at the whole notebook.
        self._of_whole: dict[ShippedKey, list[Diagnostic]] = {}
        #: All calls that hand something over, and those that hand over a library's function.
        self._told: tuple[CallSite, ...] = ()
        self._calls: tuple[CallSite, ...] = ()
        self._libraries: list[Library] = []
        self._comments: tuple[Suppression, ...] = ()
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
        before, self._shown = self._shown, None
        changed = [key for key in stale if self._judge_again(notebook, key)]
        looked = self._look_at_whole(notebook, evidence, None if before is None else stale)
        self._shown = before if before is not None and not changed and not looked else self._conclude()
        evidence.sources.settle()
        self._notebook = notebook
        return Report(self._shown, _prediction(evidence, self._shown))

    def _judge_again(self, notebook: Notebook, key: ShippedKey) -> bool:
        """Judges a shipped callable; returns whether it finds something else than before."""
        before, now = self._found.get(key), None
        subject = notebook.subjects.get(key)
        if subject is not None:
            found = list(_judge(subject))
            self._keeper.note(key, subject.grounds)
            now = (place_of(subject.journeys[0]), found) if found else None
        if now is None:
            self._found.pop(key, None)
        else:
            self._found[key] = now
        return now != before

    def _look_at_whole(self, notebook: Notebook, evidence: Evidence, stale: Collection[ShippedKey] | None) -> bool:
        """Asks again what looks at the whole notebook and is stale (None: all of it); returns whether any was."""
        # Calls that hand over a library's function are few.
        before, told = self._calls, evidence.told.calls
        if told is not self._told:
            self._told, self._calls = told, tuple([call for call in told if call.library])
        libraries = notebook.libraries() if evidence.sources.holding("libraries") else []
        due = {key for key in (_COMMENTS, _CALLS, *_RULES) if stale is None or key in stale}
        due.update([_CALLS] if self._calls != before else (), _RULES if libraries != self._libraries else ())
        self._libraries = libraries
        for key in due:
            notebook.evidence = evidence
            subject = Subject(notebook, (), self._calls)
            notebook.evidence = subject.evidence
            if key == _COMMENTS:
                self._comments = Suppressions.of(subject.evidence).found
            else:
                look = _RULES.get(key)
                found = look(notebook) if look is not None else _judge(subject) if self._calls else ()
                self._of_whole[key] = list(found)
            self._keeper.note(key, subject.grounds)
        return bool(due)

    def _conclude(self) -> tuple[Diagnostic, ...]:
        """What is shown, of all that was found, in the order of the text."""
        found = [item for _, items in sorted(self._found.values(), key=itemgetter(0)) for item in items]
        found += [item for key in (_CALLS, *_RULES) for item in self._of_whole[key]]
        suppressions = Suppressions(self._comments)
        return tuple(sorted([*suppressions.without(_merged(found)), *suppressions.unused()], key=order))


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
    usual: Outcome = "unknown" if evidence.broken else "ok"
    return {
        "pandas": "error" if "pandas" in fails else usual,
        "executor": "error" if "executor" in fails else usual,
    }
