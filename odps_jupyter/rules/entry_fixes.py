"""Reading here what a function wants of the entry object or of a table, so that the object stays here."""

from __future__ import annotations

import ast

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Entry, Table

from .model import Edit, Fix, span_of
from .places import first_line, reads_of, statement_at
from .subject import ShippedCode

#: Attributes that are texts and numbers, and of them those that need no request, and cannot change meanwhile.
_DATA = {
    Entry: frozenset({"project", "endpoint", "schema"}),
    Table: frozenset({"name", "comment", "owner", "size", "creation_time", "last_data_modified_time"}),
}
_SURE = frozenset({"project", "endpoint", "name"})


def read_here(code: ShippedCode, name: str) -> Fix | None:
    """Bind each attribute to a name of its own before the function; None where the object itself is used."""
    evidence, cell = code.evidence, code.body.cell
    wanted = _DATA.get(type(code.outside(name)))
    statement = statement_at(evidence, cell, code.body.line)
    if wanted is None or statement is None or not _bound_before(code, name, statement):
        return None
    attributes = [node for node in code.facts.attributes if isinstance(node.value, ast.Name) and node.value.id == name]
    reads = [node for node in ast.walk(code.facts.node) if isinstance(node, ast.Name) and node.id == name]
    if len(attributes) != len(reads) or any(node.attr not in wanted for node in attributes):
        return None
    line = first_line(statement)
    names = {node.attr: f"{name}_{node.attr}" for node in attributes}
    if any(evidence.naming(new) for new in names.values()):
        return None
    bindings = "".join(f"{new} = {name}.{attribute}\n" for attribute, new in names.items())
    edits = [Edit(Span(cell, line, 0, line, 0), bindings)]
    edits += [Edit(span_of(cell, node), names[node.attr]) for node in attributes]
    safe = _SURE.issuperset(names)
    return Fix(f"Read {', '.join(f'{name}.{attribute}' for attribute in names)} here", safe, tuple(edits))


def _bound_before(code: ShippedCode, name: str, statement: ast.stmt) -> bool:
    """Whether all that binds ``name`` stands before ``statement``; the kernel's own entry object does."""
    cells = code.evidence.writers.get(name, ())
    if any(cell > code.body.cell for cell in cells):
        return False
    here = [
        node.lineno
        for node in ast.walk(code.evidence.tree(code.body.cell))
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]
    return all(line < statement.lineno for line in here) and any(True for _ in reads_of(code.evidence, name))
