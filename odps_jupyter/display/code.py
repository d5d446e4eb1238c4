"""A shipped function as Python: what it finds on the executor by name, what it brought, its helpers, itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from odps_jupyter.backends.shipment import Captured, Piece, ShippedFunction
from odps_jupyter.sizes import in_words


def listing(function: ShippedFunction, *, masked: bool = False) -> str:
    """A text that Python can read whatever was sent: what has no text of its own is ``...`` or a comment.

    Args:
        masked: whether captured values are left out, however short.
    """
    if function.unread is not None:
        return comment(f"Its pickle cannot be read: {function.unread}.")
    form = ", code as source" if function.form == "source" else ""
    lines = [comment(f"{function.signature}; a pickle of {in_words(function.pickle_size)}{form}")]
    if function.modules:
        lines.append(comment(f"loading it imports {', '.join(function.modules)}"))
    if function.resources:
        lines.append(comment(f"it opens the resources {', '.join(function.resources)}"))
    captures = [capture for piece in function.pieces for capture in piece.captures if not capture.name.endswith("=")]
    said = {one.name: _assignment(one, masked) for one in captures}
    # Two functions of one factory hold values of their own under one name: no line here may say which.
    several = {one.name for one in captures if _assignment(one, masked) != said[one.name]}
    said |= {name: (f"{_mark(name)}{name} = ...", "another one in each function below") for name in several}
    lines += _aligned(said.values())
    taken = {*said, *(_last(piece.name) for piece in function.pieces)}
    for piece in reversed(function.pieces):
        defaults = [capture for capture in piece.captures if capture.name.endswith("=")]
        lines += ["", _place(piece), *(comment(f"default {one.name[:-1]}: {_weight(one)}") for one in defaults)]
        own = [_assignment(one, masked) for one in piece.captures if one.name in several]
        lines += (comment(line.removeprefix("# ")) for line in _aligned(own))
        free = [name for name in piece.names if name not in taken]
        taken.update(free)
        lines += _code(piece, free)
        lines += [comment(f"the code around finds it as {name}") for name in piece.names if name not in free]
    return "\n".join(lines)


def comment(text: str) -> str:
    """``text`` as comments, a line each."""
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines() or [""])


def _code(piece: Piece, names: Iterable[str]) -> Iterator[str]:
    """The code of a piece, which its own name and ``names`` are bound to."""
    name = _last(piece.name)
    if piece.source is None:
        yield comment(f"{piece.kind} {piece.name}: its source is gone")
        return
    if piece.kind != "lambda":
        yield _without_decorators(piece.source)
        yield from (f"{other} = {name}" for other in names)
        return
    source = piece.source if _is_python(piece.source) else f"({piece.source})"
    yield f"{' = '.join([*names, ''])}{source}" if _is_python(source) else comment(piece.source)


def _without_decorators(source: str) -> str:
    """The executor gets what is below them, and what they made of it as code of its own."""
    try:
        made = ast.parse(source).body[0]
    except SyntaxError:
        return comment(source)
    above = made.lineno - 1 if getattr(made, "decorator_list", ()) else 0
    lines = source.splitlines()
    return "\n".join([*map(comment, lines[:above]), *lines[above:]])


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _assignment(capture: Captured, masked: bool) -> tuple[str, str]:
    """A statement, and what is remarked on it."""
    mark = _mark(capture.name)
    if capture.by == "reference":
        if capture.type == capture.module:
            alias = "" if capture.name == capture.module else f" as {capture.name}"
            return f"{mark}import {capture.module}{alias}", "by reference: the executor's own"
        attribute = capture.type.removeprefix(f"{capture.module}.")
        outer, _, inner = attribute.partition(".")
        alias = "" if capture.name == attribute else f" as {capture.name}"
        line = f"from {capture.module} import {outer}" + (f"; {capture.name} = {attribute}" if inner else alias)
        return f"{mark}{line}", "by reference: the executor's own"
    known = None if masked else capture.literal
    return f"{mark}{capture.name} = {known or '...'}", _weight(capture)


def _mark(name: str) -> str:
    """What a class holds stands in its body too."""
    return "" if name.isidentifier() else "# "


def _weight(capture: Captured) -> str:
    return f"{capture.type}, {in_words(capture.size)}, by {capture.by}"


def _aligned(pairs: Iterable[tuple[str, str]]) -> list[str]:
    listed = list(pairs)
    width = max((len(code) for code, _ in listed), default=0)
    return [f"{code:<{width}}  # {remark}" for code, remark in listed]


def _place(piece: Piece) -> str:
    where = f"cell {piece.cell}, line {piece.line}" if piece.cell is not None else f"{piece.file}, line {piece.line}"
    imports = f"; imports {', '.join(piece.imports)} when it runs" if piece.imports else ""
    return comment(f"{where}{imports}")


def _last(name: str) -> str:
    return name.rpartition(".")[2]
