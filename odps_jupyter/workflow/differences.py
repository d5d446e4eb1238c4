"""Where what was sent differs from what the analysis predicted from the source: each is a bug of one of the two."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from odps_jupyter.backends.shipment import Captured, Piece, ShippedFunction

#: The analysis as it goes over the wire (``odps_jupyter.analysis.wire``).
Model = Mapping[str, Any]


def differences(function: ShippedFunction, model: Model) -> tuple[str, ...]:
    """One sentence for each difference; nothing where the function is from no cell, or its cell was run again since.

    Only names are compared: what values there are is known when they are pickled, not before. A name that is read
    while a function or class is made (a default, an attribute of a class) brings its value under another one.
    """
    first = function.pieces[0] if function.pieces else None
    if first is None or first.cell is None or not _defined(model, first.cell - 1, first.line - 1):
        return ()
    predicted = _predicted(function, (first.cell - 1, first.line - 1), model)
    if not predicted:
        return (f"{function.name} was sent, and the analysis did not predict it.",)
    captures = {name for item in predicted for name in item["captures"]}
    helpers = {_last(name) for item in predicted for name in (item["name"], *item["functions"])}
    sent = list(_values(function))
    known = {capture.name for piece in function.pieces for capture in piece.captures}
    read = {name for piece in function.pieces for name in _read_inside(piece)}
    pieces = {_last(piece.name) for piece in function.pieces[1:] if piece.kind != "lambda" and piece.cell is not None}
    found = [
        f"{function.name} took {capture.name} along ({capture.type}), which the analysis did not predict."
        for capture in sent
        if capture.name not in captures and capture.name not in helpers
    ]
    found += [
        f"The analysis predicted that {function.name} takes {name} along; it did not."
        for name in sorted((captures & read) - known - pieces)
    ]
    found += [
        f"{function.name} took the code of {name} along, which the analysis did not predict."
        for name in sorted(pieces - helpers - captures)
    ]
    return tuple(found)


def _predicted(function: ShippedFunction, place: tuple[int, int], model: Model) -> Sequence[Mapping[str, Any]]:
    """What was predicted of a function that begins at ``place``, or of those that a decorator there was put around."""
    direct = [item for item in model["shipped"] if _place(item) == place]
    if direct:
        return direct
    names = {item["name"] for item in model["placement"] if _place(item) == place}
    around = [item for item in model["shipped"] if names & set(item["functions"])]
    sent = {(piece.cell - 1, piece.line - 1) for piece in function.pieces if piece.cell is not None}
    return [item for item in around if _place(item) in sent] or around


def _values(function: ShippedFunction) -> Sequence[Captured]:
    """Captured by value under a name of the notebook: defaults and attributes of classes have none."""
    named = {
        capture.name: capture
        for piece in function.pieces
        if piece.cell is not None
        for capture in piece.captures
        if capture.by == "value" and capture.name.isidentifier() and capture.name != "__class__"
    }
    return list(named.values())


def _read_inside(piece: Piece) -> Iterator[str]:
    """The names that the bodies of a piece read."""
    try:
        tree = ast.parse(piece.source or "")
    except SyntaxError:
        return  # a lambda cut out of a line that stands in brackets may need them
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            bodies = node.body if isinstance(node.body, list) else [node.body]
            for body in bodies:
                yield from (inner.id for inner in ast.walk(body) if isinstance(inner, ast.Name))


def _defined(model: Model, cell: int, line: int) -> bool:
    return any(_place(item) == (cell, line) for item in model["placement"])


def _place(item: Mapping[str, Any]) -> tuple[int, int]:
    return item["cell"], item["line"]


def _last(name: str) -> str:
    return name.rpartition(".")[2]
