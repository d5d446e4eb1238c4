"""What a rule looks at: the bodies that ship, with their trees and the meaning of their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from odps_jupyter.analysis.evidence import Body, Evidence, Journey, Span
from odps_jupyter.analysis.values import Binding, Member, Module, OneOf

from .facts import Facts, cell_facts, children
from .libraries import InForce, in_force
from .model import EXECUTOR, Diagnostic, span_of
from .setting import Setting

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Subject:
    """One notebook under one setting: executor profile, client, folder, resources."""

    evidence: Evidence
    setting: Setting
    _libraries: dict[int, InForce] = field(default_factory=dict)

    @cached_property
    def shipped(self) -> tuple[ShippedCode, ...]:
        """Every body on every journey."""
        return tuple(
            ShippedCode(
                self.evidence, journey, body, cell_facts(self.evidence, body.cell).definition(body.line, body.column)
            )
            for journey in self.evidence.journeys
            for body in journey.bodies
        )

    def libraries(self, journey: Journey) -> InForce:
        """What ``libraries=`` and the options give one shipment."""
        found = self._libraries.get(id(journey))
        if found is None:
            found = self._libraries[id(journey)] = in_force(self.evidence, journey)
        return found

    def local_nodes(self, cell: int) -> Iterator[ast.AST]:
        """The nodes of a cell outside the bodies that ship."""
        away = self._away.get(cell, set())
        stack: list[ast.AST] = [self.evidence.tree(cell)]
        while stack:
            node = stack.pop()
            if isinstance(node, _FUNCTIONS) and (node.lineno, node.col_offset) in away:
                continue
            yield node
            stack += children(node)

    @cached_property
    def _away(self) -> dict[int, set[tuple[int, int]]]:
        found: dict[int, set[tuple[int, int]]] = {}
        for code in self.shipped:
            found.setdefault(code.body.cell, set()).add((code.body.line, code.body.column))
        return found


@dataclass(frozen=True)
class ShippedCode:
    """One body on one journey."""

    evidence: Evidence
    journey: Journey
    body: Body
    facts: Facts

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
