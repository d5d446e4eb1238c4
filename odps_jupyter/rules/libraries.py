"""Which libraries are in force where a function ships."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from operator import attrgetter

from odps_jupyter.analysis.evidence import Evidence, Journey, Span
from odps_jupyter.analysis.nodes import walk

from .facts import cell_facts, dotted
from .model import span_of
from .setting import Setting

OPTION = "df.libraries"
SUPERSEDE = "df.supersede_libraries"
#: What adds to the option besides assignments: ``%odps pack NAME --use``, a method of the list, ``setattr``.
_ADDED = re.compile(
    r"""^[ \t]*%odps[ \t]+pack\b(?:\\\n|.)*--use\b|\blibraries(?:\s*\+=|\.)|['"]libraries['"]""", re.MULTILINE
)
#: ``%%odps --libraries NAME``: what a cell executes has them.
_OF_CELL = re.compile(r"\A\s*%%odps\b.*--libraries\b")


@dataclass(frozen=True)
class Library:
    """A library named in the notebook, and where."""

    name: str
    span: Span


@dataclass(frozen=True)
class InForce:
    """The libraries one shipment gets; ``complete`` is false where there may be more than the source shows."""

    libraries: tuple[Library, ...]
    complete: bool

    def provides(self, module: str, setting: Setting) -> bool | None:
        """Whether one of them holds ``module``; None where that is not known."""
        top = module.partition(".")[0]
        known = self.complete
        for library in self.libraries:
            contents = setting.contents(library.name)
            if contents is None:
                known = False
            elif top in contents.modules:
                return True
        return False if known else None


def in_force(evidence: Evidence, journey: Journey) -> InForce:
    """What ``libraries=`` of the executing call and ``options.df.libraries`` name."""
    found: list[Library] = []
    complete = True
    execution = journey.execution
    if execution is not None:
        keyword = _keyword(evidence, journey)
        if keyword is not None:
            named = literal_names(evidence, execution.cell, keyword)
            complete = named is not None
            found += named or []
        at = (execution.cell, execution.line)
        said = execution.cell in evidence.speaking_of("--libraries")
        complete = complete and not (said and _OF_CELL.match(evidence.cells[execution.cell].source))
    else:
        # Shown by a front end, or executed by code nobody here can follow.
        at = (len(evidence.cells), 0)
        complete = not may_have_any(evidence)
    assigned = last_option(evidence, OPTION, at)
    if assigned is not None:
        named = literal_names(evidence, *assigned)
        complete = complete and named is not None
        found += named or []
    return InForce(tuple(found), complete and not _may_be_added(evidence, at[0]))


def _may_be_added(evidence: Evidence, before: int) -> bool:
    """Whether a cell up to ``before`` gives the option more than an assignment shows."""
    cells = {cell for word in ("libraries", "--use") for cell in evidence.speaking_of(word) if cell <= before}
    return any(_ADDED.search(evidence.cells[cell].source) for cell in cells)


def may_have_any(evidence: Evidence) -> bool:
    """Whether the notebook speaks of libraries at all."""
    return bool(evidence.speaking_of("libraries"))


def supersedes(evidence: Evidence, journey: Journey) -> tuple[int, ast.expr] | None:
    """What ``options.df.supersede_libraries`` was set to where the function ships, with its cell; None: not said."""
    execution = journey.execution
    at = (execution.cell, execution.line) if execution is not None else (len(evidence.cells), 0)
    return last_option(evidence, SUPERSEDE, at)


def literal_names(evidence: Evidence, cell: int, node: ast.expr) -> list[Library] | None:
    """The names in a literal list, or in the one literal a name is bound to; None where they are not literal."""
    if isinstance(node, ast.Constant):
        if node.value is None:
            return []
        return [Library(node.value, span_of(cell, node))] if isinstance(node.value, str) else None
    if isinstance(node, (ast.List, ast.Tuple)):
        found: list[Library] = []
        for element in node.elts:
            named = literal_names(evidence, cell, element)
            if named is None:
                return None
            found += named
        return found
    if isinstance(node, ast.Name):
        values = [
            (index, statement.value)
            for index in evidence.writers.get(node.id, ())
            for statement in evidence.tree(index).body
            if isinstance(statement, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == node.id for target in statement.targets)
        ]
        if len(values) == 1 and not isinstance(values[0][1], ast.Name):
            return literal_names(evidence, *values[0])
    return None


@dataclass(frozen=True)
class Assigned:
    """An assignment to an option; ``written`` is its value with all its places, by which two are told apart."""

    line: int
    value: ast.expr = field(compare=False)
    written: str


def last_option(evidence: Evidence, name: str, at: tuple[int, int]) -> tuple[int, ast.expr] | None:
    """The value last assigned to ``options.<name>`` before a cell and line, with its cell."""
    assigned = evidence.filed("options.", _assigned, name)
    position = bisect_right(assigned, at, key=lambda item: (item[0], item[1].line))
    return None if position == 0 else (assigned[position - 1][0], assigned[position - 1][1].value)


def _assigned(tree: ast.Module) -> dict[str, list[Assigned]]:
    """By option the assignments to it, in the order of the lines."""
    found: dict[str, list[Assigned]] = {}
    for node in walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            before, mark, option = dotted(target).rpartition("options.")
            if isinstance(node, ast.Assign) and mark and (not before or before.endswith(".")):
                said = Assigned(node.lineno, node.value, ast.dump(node.value, include_attributes=True))
                found.setdefault(option, []).append(said)
    for assigned in found.values():
        assigned.sort(key=attrgetter("line"))
    return found


def _keyword(evidence: Evidence, journey: Journey) -> ast.expr | None:
    execution = journey.execution
    assert execution is not None
    if "libraries" not in evidence.cells[execution.cell].source:
        return None
    extent = (execution.line, execution.column, execution.end_line, execution.end_column)
    call = cell_facts(evidence, execution.cell).call(*extent)
    return next((k.value for k in call.keywords if k.arg == "libraries"), None) if call is not None else None
