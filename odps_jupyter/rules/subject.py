"""What a rule looks at: the bodies that ship, with their trees and the meaning of their names."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TypeVar, cast

from odps_jupyter.analysis.evidence import Body, Evidence, Grounds, Journey, Span, place_of
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.nodes import children
from odps_jupyter.analysis.record import ShippedKey
from odps_jupyter.analysis.values import Binding, Member, Module, OneOf

from .facts import Facts, cell_facts
from .libraries import InForce, Library, in_force
from .model import EXECUTOR, Diagnostic, span_of
from .watching import WatchedSetting

_Made = TypeVar("_Made")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Notebook:
    """One notebook under one setting: executor profile, client, folder, resources; what all its subjects share.

    ``subjects`` are those of its shipped callables, by what the evidence files them under.
    """

    def __init__(self, evidence: Evidence, setting: WatchedSetting) -> None:
        self.evidence = evidence
        self.setting = setting
        self.subjects: dict[ShippedKey, Subject] = {}
        self._away: defaultdict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
        #: By what a body names or uses of a module the callables it is of; None until somebody asks.
        self._using: dict[str | int, set[ShippedKey]] | None = None
        #: By shipped callable the libraries that shipments of it are given; how many callables are given each.
        self._given: dict[ShippedKey, frozenset[Library]] = {}
        self._libraries: Counter[Library] = Counter()
        self._in_order: list[Library] | None = None
        #: Callables that came, went or changed since somebody asked what shipments are given.
        self._unasked: set[ShippedKey] = set()

    def put(self, key: ShippedKey, journeys: tuple[Journey, ...]) -> set[int]:
        """Makes the subject of a shipped callable, or drops it where nothing ships it; returns the cells it is in."""
        cells = set()
        before = self.subjects.pop(key, None)
        for body in before.bodies() if before is not None else ():
            self._away[self._place(body.cell)][body.line, body.column] -= 1
            cells |= self._runs(body.cell)
        if before is not None and self._using is not None:
            for used in before.used():
                self._using[used].discard(key)
        self._unasked.add(key)
        if journeys:
            now = self.subjects[key] = Subject(self, journeys, ())
            for body in now.bodies():
                self._away[self._place(body.cell)][body.line, body.column] += 1
                cells |= self._runs(body.cell)
            if self._using is not None:
                self._file(key, now)
        return cells

    def _file(self, key: ShippedKey, subject: Subject) -> None:
        assert self._using is not None
        for used in subject.used():
            self._using.setdefault(used, set()).add(key)

    def naming(self, name: str) -> list[ShippedCode]:
        """The bodies that name ``name``, in the order of the calls that hand them over."""
        self.evidence.grounds.shipped.add(name)
        return [code for code in self._bodies(name) if name in code.facts.names]

    def user(self, path: str) -> str | None:
        """The last shipped function that uses ``path`` of a module."""
        # Written behind a dot, or the whole of what a name is.
        spellings = (path.rpartition(".")[2], path)
        self.evidence.grounds.shipped.update(spellings)
        return next((code.journey.name for code in reversed(self._bodies(*spellings)) if path in code.paths), None)

    def _bodies(self, *used: str) -> list[ShippedCode]:
        """The bodies of the callables that use any of something, in the order of the calls that hand them over."""
        if self._using is None:
            self._using = {}
            for key, subject in self.subjects.items():
                self._file(key, subject)
        keys = {key for each in used for key in self._using.get(each, ())}
        found = chain.from_iterable(self.subjects[key].shipped for key in keys)
        return sorted(found, key=lambda code: place_of(code.journey))

    def libraries(self) -> list[Library]:
        """Every library that ``libraries=`` or the options give a shipment, in the order of the text."""
        for key in self._unasked:
            subject, before = self.subjects.get(key), self._given.pop(key, frozenset())
            named = [subject.libraries(each).libraries for each in subject.journeys] if subject is not None else []
            given = frozenset(chain.from_iterable(named))
            if given:
                self._given[key] = given
            if given != before:
                self._libraries.update(given)
                if before:
                    self._libraries -= Counter(before)
                self._in_order = None
        self._unasked.clear()
        if self._in_order is None:
            self._in_order = sorted(self._libraries, key=_place_of)
        return self._in_order

    def is_away(self, cell: int, node: ast.AST) -> bool:
        """Whether ``node`` is a body that ships, from this run of its cell or from another."""
        return _is_among(self.away(cell, self.evidence.grounds), node)

    def away(self, cell: int, grounds: Grounds) -> Mapping[tuple[int, int], int]:
        """Where in a cell bodies begin that ship, each with how many callables make it ship."""
        grounds.shipped.add(cell)
        return self._away.get(self._place(cell), {})

    def _place(self, cell: int) -> int:
        places = self.evidence.places
        return places[cell] if places else cell

    def _runs(self, cell: int) -> set[int]:
        """All runs of the cell that ``cell`` is a run of."""
        places = self.evidence.places
        return {entry for entry, place in enumerate(places) if place == places[cell]} if places else {cell}


class Subject:
    """The journeys of one shipped callable, or the calls that hand over a library's.

    Its ``evidence`` notes what is looked at: as long as that stays as it is, so do the diagnostics.
    """

    def __init__(self, notebook: Notebook, journeys: tuple[Journey, ...], calls: tuple[CallSite, ...]) -> None:
        self.journeys = journeys
        self.calls = calls
        self.setting = notebook.setting
        self.grounds = Grounds()
        self.evidence = notebook.evidence.watched(self.grounds)
        self._notebook = notebook
        self._libraries: dict[int, InForce] = {}

    @cached_property
    def shipped(self) -> tuple[ShippedCode, ...]:
        """Every body on every journey."""
        evidence = self.evidence
        return tuple(
            [
                ShippedCode(evidence, journey, body, cell_facts(evidence, body.cell).definition(body.line, body.column))
                for journey in self.journeys
                for body in journey.bodies
            ]
        )

    def bodies(self) -> Iterator[Body]:
        return (body for journey in self.journeys for body in journey.bodies)

    def used(self) -> set[str | int]:
        """What its bodies name, and what of modules these names are."""
        found = set[str | int]()
        for code in self.shipped:
            found |= code.facts.names
            found.update(code.facts.imported.values())
            found.update([path for path in map(module_path, code.body.names.values()) if path is not None])
        return found

    def libraries(self, journey: Journey) -> InForce:
        """What ``libraries=`` and the options give one shipment."""
        found = self._libraries.get(id(journey))
        if found is None:
            found = self._libraries[id(journey)] = in_force(self.evidence, journey)
        return found

    def local_nodes(self, cell: int) -> Iterator[ast.AST]:
        """The nodes of a cell outside the bodies that ship."""
        away = self._notebook.away(cell, self.grounds)
        stack: list[ast.AST] = [self.evidence.tree(cell)]
        while stack:
            node = stack.pop()
            if not _is_among(away, node):
                yield node
                stack += children(node)


def _is_among(places: Mapping[tuple[int, int], int], node: ast.AST) -> bool:
    """Whether ``node`` is a function or lambda that begins at one of some places."""
    return bool(places) and isinstance(node, _FUNCTIONS) and places.get((node.lineno, node.col_offset), 0) > 0


@dataclass(frozen=True)
class ShippedCode:
    """One body on one journey."""

    evidence: Evidence
    journey: Journey
    body: Body
    facts: Facts
    _kept: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    def kept(self, make: Callable[[ShippedCode], _Made]) -> _Made:
        """What ``make`` makes of it, made once: several rules ask for the same."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast("_Made", self._kept[make])

    @cached_property
    def paths(self) -> frozenset[str]:
        """What of modules the body uses."""
        paths = {self.path(node) for node in (*self.facts.attributes, *self.facts.first.values())}
        return frozenset([path for path in paths if path is not None and not path.startswith("builtins.")])

    def path(self, node: ast.expr) -> str | None:
        """The dotted path of what ``node`` names in a library, such as ``requests.get``; None where it names none."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.facts.imported:
            root: str | None = self.facts.imported[node.id]
        elif node.id in self.facts.own:
            root = None
        else:
            root = module_path(self.body.names.get(node.id))
        return None if root is None else ".".join([root, *reversed(attributes)])

    def outside(self, name: str) -> Binding:
        """What the body reads ``name`` as where it does not bind it itself; None where that is unknown."""
        return None if self._binds(name) else self.body.names.get(name)

    def reads(self, name: str) -> ast.Name | None:
        """The first place in the body that reads ``name`` from outside it."""
        return None if self._binds(name) else self.facts.first.get(name)

    def fails(self, code: str, kind: str, node: ast.expr, message: str) -> Diagnostic:
        """An error on the executor, at ``node`` of the body."""
        return Diagnostic(code, kind, "error", self.span(node), message, (self.journey.name,), EXECUTOR)

    def span(self, node: ast.expr | ast.stmt) -> Span:
        return span_of(self.body.cell, node)

    def _binds(self, name: str) -> bool:
        return name in self.facts.own or name in self.facts.imported


def _place_of(library: Library) -> tuple[int, int, int]:
    return (library.span.cell, library.span.line, library.span.column)


def span_of_call(journey: Journey) -> Span:
    """Where the call that hands a function over stands, from its method's name on."""
    call = journey.call
    return Span(call.cell, call.line, call.column, call.end_line, call.end_column)


def module_path(value: Binding) -> str | None:
    """The dotted path of a module, or of something of one; of several possible values the one they agree on."""
    if isinstance(value, OneOf):
        paths = {module_path(option) for option in value.options}
        return paths.pop() if len(paths) == 1 else None
    return value.path if isinstance(value, (Module, Member)) else None
