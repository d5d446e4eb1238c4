"""An aggregate's ``merge`` leaves out what it is to merge.

MaxCompute computes an aggregate in several workers and merges their buffers; the pandas backend never calls ``merge``,
so a ``merge`` that ignores the other buffer goes unnoticed until the result is wrong.

Example::

    def merge(self, buffer, pbuffer):
        pass

Fix: add ``pbuffer`` to ``buffer``, item by item.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.nodes import walk
from odps_jupyter.analysis.values import Class

from .model import Diagnostic, span_of
from .signatures import definition_of, returns
from .subject import ShippedCode, Subject

CODE, KIND = "ODP120", "agg-merge-untested"
#: Expressions whose values ``+=`` does not change.
_REPLACED = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.JoinedStr)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        node = code.facts.node
        if not code.body.name.endswith(".merge") or code.journey.call.role != "aggregate":
            continue
        parameters = [argument.arg for argument in node.args.args]
        if isinstance(node, ast.Lambda) or len(parameters) != 3:
            continue
        own, other = parameters[1], parameters[2]
        read = _read(node)
        if own not in read and _in_place(subject, code):
            read |= _changed_whole(node)
        unread = next((name for name in (other, own) if name not in read), None)
        if unread is not None and not code.facts.raises:
            lost = "other workers" if unread == other else "this worker"
            message = (
                f"merge never reads {unread}: what {lost} counted is lost. The pandas backend never calls merge, so it "
                "shows on MaxCompute alone."
            )
            yield Diagnostic(CODE, KIND, "warning", span_of(code.body.cell, node), message, (code.journey.name,))


def _changed_whole(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names in ``buffer += pbuffer``."""
    changed = [part.target for part in ast.walk(node) if isinstance(part, ast.AugAssign)]
    return {target.id for target in changed if isinstance(target, ast.Name)}


def _in_place(subject: Subject, code: ShippedCode) -> bool:
    """Whether ``buffer += pbuffer`` changes the buffer itself: of a number, a text or a tuple it makes another."""
    target = code.journey.target
    made = definition_of(subject.evidence, code.journey, target, "buffer") if isinstance(target, Class) else None
    return made is not None and not any(isinstance(value, _REPLACED) for value in returns(made))


def _read(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names whose values a body uses; ``buffer[0] = 1`` uses nothing of ``buffer``."""
    parts = walk(node)
    written = {
        id(part.value)
        for part in parts
        if isinstance(part, (ast.Subscript, ast.Attribute)) and isinstance(part.ctx, ast.Store)
    }
    changed = {
        part.target.value.id
        for part in parts
        if isinstance(part, ast.AugAssign)
        and isinstance(part.target, (ast.Subscript, ast.Attribute))
        and isinstance(part.target.value, ast.Name)
    }
    return changed | {
        part.id
        for part in parts
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and id(part) not in written
    }
