"""All rules over one notebook, from check to check, and what they predict."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

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
from .suppressions import Suppressions
from .telling import Telling
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
        return {backend: "error" if backend in fails else "ok" for backend in _BACKENDS}


def check(evidence: Evidence, setting: Setting | None = None) -> Report:
    """What goes wrong in a notebook under a setting: the plain runtime of cp311 and its own client where None."""
    return Checker().check(evidence, setting)


#: What the comments, and the calls that hand over a library's function, are filed under.
_COMMENTS, _CALLS = whole("comments"), whole("calls")
_BACKENDS = ("pandas", "executor")
#: The rules that look at one shipped callable at a time, and those that look at the whole notebook.
_CHECKS = tuple([rule.check for rule in RULES if rule.check is not None])
_RULES = {whole(rule.code): rule.check_notebook for rule in RULES if rule.check_notebook is not None}


class Checker:
    """The rules over one notebook and its edits: a shipped callable is judged again when what was looked at changed.

    What rules look at is noted by the evidence they are given, and their questions about files by the setting.
    """

    def __init__(self) -> None:
        self._notebook: Notebook | None = None
        self._keeper = Keeper()
        self._telling: Telling | None = None
        #: All calls that hand something over, and those that hand over a library's function.
        self._told: tuple[CallSite, ...] = ()
        self._calls: tuple[CallSite, ...] = ()
        self._libraries: list[Library] = []

    def check(self, evidence: Evidence, setting: Setting | None = None) -> Report:
        """What goes wrong in a notebook; see :func:`check`."""
        setting = setting or Setting()
        # Whatever breaks off halfway leaves nothing to build upon.
        notebook, self._notebook = self._notebook, None
        if notebook is None or not self._keeper.continues(evidence) or not notebook.setting.still(setting):
            notebook = Notebook(evidence, WatchedSetting.of(setting))
            self._keeper = Keeper()
            self._telling = None
        if self._telling is None:
            self._telling = Telling(len(evidence.cells))
            with collector_at_rest():
                return self._look(notebook, evidence, self._telling, everything=True)
        return self._look(notebook, evidence, self._telling, everything=False)

    def _look(self, notebook: Notebook, evidence: Evidence, telling: Telling, *, everything: bool) -> Report:
        """What goes wrong in a notebook of which only the stale parts are judged."""
        notebook.evidence = evidence
        stale = self._keeper.stale(notebook)
        for key in stale:
            self._judge_again(notebook, key, telling)
        self._look_at_whole(notebook, evidence, telling, None if everything else stale)
        shown = telling.diagnostics()
        evidence.sources.settle()
        self._notebook = notebook
        usual: Outcome = "unknown" if evidence.broken else "ok"
        return Report(shown, {backend: "error" if telling.fails(backend) else usual for backend in _BACKENDS})

    def _judge_again(self, notebook: Notebook, key: ShippedKey, telling: Telling) -> None:
        """Judges a shipped callable that is stale."""
        subject = notebook.subjects.get(key)
        if subject is None:
            telling.put(key, (), [])
            return
        found = list(_judge(subject))
        self._keeper.note(key, subject.grounds)
        telling.put(key, place_of(subject.journeys[0]) if found else (), found)

    def _look_at_whole(
        self, notebook: Notebook, evidence: Evidence, telling: Telling, stale: Collection[ShippedKey] | None
    ) -> None:
        """Asks again what looks at the whole notebook and is stale (None: all of it)."""
        # Calls that hand over a library's function are few.
        before, told = self._calls, evidence.told.calls
        if told is not self._told:
            self._told, self._calls = told, tuple([call for call in told if call.library])
        libraries = notebook.libraries() if evidence.sources.holding("libraries") else []
        due = [key for key in (_COMMENTS, _CALLS, *_RULES) if stale is None or key in stale]
        due += [_CALLS] if self._calls != before else []
        due += _RULES if libraries != self._libraries else []
        self._libraries = libraries
        for rank, key in enumerate((_CALLS, *_RULES, _COMMENTS)):
            if key not in due:
                continue
            notebook.evidence = evidence
            subject = Subject(notebook, (), self._calls)
            notebook.evidence = subject.evidence
            if key == _COMMENTS:
                telling.suppress(Suppressions.of(subject.evidence).found)
            else:
                look = _RULES.get(key)
                found = look(notebook) if look is not None else _judge(subject) if self._calls else ()
                # Behind what any shipped callable brings.
                telling.put(key, (math.inf, rank), list(found))
            self._keeper.note(key, subject.grounds)


def _judge(subject: Subject) -> Iterator[Diagnostic]:
    for check_subject in _CHECKS:
        yield from check_subject(subject)
